"""The door: login in one or two steps, logout, language and theme. None of it needs a right."""

import time

from axes.helpers import get_client_ip_address, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import login as mark_verified

from yinian.core.access import open_page
from yinian.core.audit.actions import record
from yinian.core.middleware import LANGUAGE_COOKIE
from yinian.core.navigation import THEME_COOKIE, THEMES
from yinian.core.users import own
from yinian.core.users.forms import CodeForm, LoginForm
from yinian.core.users.models import User

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_PENDING = "door"  # session key of a login that waits for its second step
_PENDING_FOR = 300  # seconds
_CODES_AT_MOST = 5  # wrong codes before the password is asked again
_YEAR = 365 * 24 * 3600


def safe_next(request: HttpRequest, default: str) -> str:
    """The address to go to afterwards: only a path of our own."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    if address.startswith("/") and url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure()):
        return address
    return default


@open_page
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def login(request: HttpRequest) -> HttpResponse:
    onward = safe_next(request, reverse("core:desk"))
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(onward)
        return _door(request, LoginForm(), onward, 200)
    form = LoginForm(request.POST)
    if not form.is_valid():
        return _door(request, form, onward, 422)
    user = authenticate(request, username=form.cleaned_data["username"].strip().lower(),
                        password=form.cleaned_data["password"])
    if not isinstance(user, User):
        form.add_error(None, _("The login name or the password is not right."))
        return _door(request, form, onward, 422)
    if own.second_factor_of(user) is not None:
        request.session.cycle_key()
        request.session[_PENDING] = {
            "user": user.pk, "until": time.time() + _PENDING_FOR, "wrong": 0, "hash": user.get_session_auth_hash(),
            "next": onward,
        }
        return redirect("core:login_code")
    return _enter(request, user, onward)


@open_page
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def login_code(request: HttpRequest) -> HttpResponse:
    """The second step: the code of the phone, or a recovery code."""
    pending = request.session.get(_PENDING)
    user = User.objects.filter(pk=pending["user"], is_active=True).first() if pending else None
    if pending is None or user is None or pending["until"] < time.time() or (
        pending["hash"] != user.get_session_auth_hash()
    ):
        request.session.pop(_PENDING, None)
        return redirect("core:login")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        device = own.check_second_factor(user, form.cleaned_data["code"])
        if device is not None:
            del request.session[_PENDING]
            response = _enter(request, user, pending["next"])
            mark_verified(request, device)
            return response
        pending["wrong"] += 1
        if pending["wrong"] >= _CODES_AT_MOST:
            del request.session[_PENDING]
            messages.error(request, _("Five wrong codes: begin again with your password."))
            return redirect("core:login")
        request.session[_PENDING] = pending
        form.add_error("code", _("That code is not right, or was used already. Wait for the next one."))
    status = 422 if request.method == "POST" else 200
    return render(request, "core/login_code.html", {"form": form}, status=status)


def _enter(request: HttpRequest, user: User, onward: str) -> HttpResponse:
    with transaction.atomic():
        start_session(request, user, backend=_BACKEND)
        home = user.home_region
        record(user, "users.login", user, region=home.code if home is not None else "")
    response = HttpResponseRedirect(reverse("core:password") if user.must_change_password else onward)
    if user.language:
        _keep(request, response, LANGUAGE_COOKIE, user.language)
    _keep(request, response, THEME_COOKIE, user.theme)
    return response


def _door(request: HttpRequest, form: LoginForm, onward: str, status: int) -> HttpResponse:
    return render(request, "core/login.html", {"form": form, "next": onward}, status=status)


def locked_out(request: HttpRequest, response: HttpResponse | None = None,
               credentials: dict[str, str] | None = None) -> HttpResponse:
    """What somebody sees after too many wrong passwords: how long to wait."""
    username = (credentials or {}).get("username") or request.POST.get("username", "").strip().lower()
    rest = get_cool_off(request)
    minutes = max(1, round(rest.total_seconds() / 60)) if rest else 15
    attempt = AccessAttempt.objects.filter(
        username=username, ip_address=get_client_ip_address(request)
    ).order_by("-attempt_time").first()
    if attempt is not None and rest is not None:
        left = attempt.attempt_time + rest - timezone.now()
        minutes = max(1, -int(-left.total_seconds() // 60))
    form = LoginForm(request.POST)
    form.is_valid()
    form.add_error(None, ngettext(
        "Too many wrong passwords. Try again in %(count)d minute, or ask the bureau's account keeper.",
        "Too many wrong passwords. Try again in %(count)d minutes, or ask the bureau's account keeper.", minutes,
    ) % {"count": minutes})
    return _door(request, form, safe_next(request, reverse("core:desk")), 429)


@open_page
@require_http_methods(["POST"])
def logout(request: HttpRequest) -> HttpResponse:
    end_session(request)
    messages.success(request, _("You are logged out."))
    return redirect("core:login")


@open_page
@require_http_methods(["POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Language and theme: kept in this browser, and with the user when logged in."""
    response = HttpResponseRedirect(safe_next(request, reverse("core:desk")))
    user = request.user if isinstance(request.user, User) else None
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    if language in dict(settings.LANGUAGES):
        if user is not None:
            own.set_language(user, language)
        _keep(request, response, LANGUAGE_COOKIE, language)
        with override(language):
            messages.success(request, _("The pages are in English now."))
    if theme in {"device", *THEMES}:
        chosen = "" if theme == "device" else theme
        if user is not None:
            own.set_theme(user, chosen)
        _keep(request, response, THEME_COOKIE, chosen)
    return response


def _keep(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    if value:
        response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    else:
        response.delete_cookie(name, samesite="Lax")
