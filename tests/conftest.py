"""What every test stands on: the tests' own PostgreSQL, and the standing cast of a small county."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Before Django reads its settings: tests keep to a data folder and a server of their own.
os.environ.setdefault("YINIAN_DATA", str(ROOT / "var" / "test"))
os.environ["DJANGO_SETTINGS_MODULE"] = "yinian.settings"
os.environ.pop("YINIAN_IN_SERVICE", None)

import pytest  # noqa: E402

from yinian.core import pgserver  # noqa: E402

if not os.environ.get("DATABASE_URL"):
    # A lost test database costs nothing: no fsync.
    pgserver.ensure_running(Path(os.environ["YINIAN_DATA"]).resolve(), durable=False)

pytest_plugins = ["tests.sharing", "tests.cast", "tests.sparkcluster", "tests.oversight.land"]

from django.db.backends.postgresql.operations import DatabaseOperations  # noqa: E402

_flush = DatabaseOperations.execute_sql_flush


def _flush_history_too(self, sql_list):
    """The audit chain refuses TRUNCATE; between two tests, and only there, its triggers are put to sleep."""
    _flush(self, ["SET LOCAL session_replication_role = replica", *sql_list])


DatabaseOperations.execute_sql_flush = _flush_history_too


@pytest.fixture(autouse=True)
def _plain_settings(settings, tmp_path):
    """Fast hashing and files in a folder that goes with the test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DATA = tmp_path
    settings.AXES_ENABLED = False
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
