"""Django settings: what a deployment decides comes from the environment or from its data folder.

Variables: ``YINIAN_DATA`` (data folder, default ``var/``), ``DATABASE_URL`` (a county's own PostgreSQL,
15 or newer), ``YINIAN_SECRET_KEY``, ``YINIAN_HOSTS``, ``YINIAN_HTTPS``, ``YINIAN_IN_SERVICE`` (refuses
synthetic people), ``YINIAN_COUNTY_DATA`` (folder of the county's own packs, divisions and figures),
``YINIAN_COUNTY_PACK`` (path of the policy pack, where it is not the one of the county's region).
"""

from pathlib import Path
from typing import Any

from environs import Env

from yinian.core import keys, pgserver

env = Env()

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).resolve().parent
DATA = Path(env.str("YINIAN_DATA", str(ROOT / "var"))).resolve()
DATA.mkdir(parents=True, exist_ok=True)
ASSETS = ROOT / "assets"
# A county may keep packs, divisions and figures in a folder of its own; what it lacks is taken from beside the source.
COUNTY_DATA = Path(env.str("YINIAN_COUNTY_DATA", str(ROOT / "data"))).resolve()
POLICIES = COUNTY_DATA / "policies"

DEBUG = False
SECRET_KEY = env.str("YINIAN_SECRET_KEY", "") or keys.read_or_make(DATA / "secrets" / "session.key")
ALLOWED_HOSTS = env.list("YINIAN_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
HTTPS = env.bool("YINIAN_HTTPS", False)
IN_SERVICE = env.bool("YINIAN_IN_SERVICE", False)
COUNTY_PACK = env.str("YINIAN_COUNTY_PACK", "")

ROOMS = [
    "core", "places", "people", "workforce", "assessments", "plans", "homes", "medical", "entitlements",
    "oversight", "indicators", "demo", "api",
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "pgtrigger",
    "pghistory",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "procrastinate.contrib.django",
    *(f"yinian.{room}" for room in ROOMS),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "yinian.core.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "yinian.core.middleware.ReadingMiddleware",
    "yinian.core.middleware.ErrorsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "yinian.urls"
WSGI_APPLICATION = "yinian.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [SOURCE / room / "templates" for room in ROOMS],
        "OPTIONS": {
            "environment": "yinian.core.jinja.environment",
            "context_processors": ["yinian.core.jinja.page_context"],
        },
    },
]


DATABASES: dict[str, dict[str, Any]] = {"default": pgserver.django_database(env.str("DATABASE_URL", ""), DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "core:login"
LOGIN_REDIRECT_URL = "core:desk"
LOGOUT_REDIRECT_URL = "core:login"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
# One office often shares an address: the pair is locked, never a whole town hall.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "yinian.core.users.doors.locked_out"
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "Yinian"

SESSION_COOKIE_AGE = 12 * 60 * 60  # a working day; an officer logs in each morning
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "yinian.core.pages.csrf_failure"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # ECharts and Leaflet set style attributes on the elements they draw.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "script-src": ["'self'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'self'"],
        "object-src": ["'none'"],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [ASSETS]
STATIC_ROOT = DATA / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 31_536_000
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/"

FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = DATA / "tmp"
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)

# A worker that has not been heard of for so many seconds is dead: its jobs go back to the queue.
WORKER_SILENCE = env.float("YINIAN_WORKER_SILENCE", 30.0)
PROCRASTINATE_ON_APP_READY = None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"yinian": {"level": "INFO"}, "procrastinate": {"level": "WARNING"}, "axes": {"level": "ERROR"}},
}
SILENCED_SYSTEM_CHECKS = ["axes.W003"]
