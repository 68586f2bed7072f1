"""Middleware: the reader's language, and refusals turned into answers."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from yinian.core import pages, reading
from yinian.core.errors import Changed, Refused

LANGUAGE_COOKIE = "yinian_language"
_BEFORE_PASSWORD = {"core:password", "core:account"}


class LanguageMiddleware:
    """Chinese unless the reader chose otherwise: office PCs often claim English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(LANGUAGE_COOKIE, settings.LANGUAGE_CODE)
        if chosen not in dict(settings.LANGUAGES):
            chosen = settings.LANGUAGE_CODE
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        return response


class ReadingMiddleware:
    """While a request that only reads is answered, what several parts of its page ask for is read once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with reading.at_one_moment():
            return self.get_response(request)


class ErrorsMiddleware:
    """A refusal that no form caught becomes a page that says what happened: 422, or 409 when someone was faster."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """A one-time password opens nothing but the page that changes it."""
        match = request.resolver_match
        if getattr(view, "is_open", False) or match is None or match.view_name in _BEFORE_PASSWORD:
            return None
        if not getattr(getattr(request, "user", None), "must_change_password", False):
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": reverse("core:password")})
        if request.method != "GET" or match.namespace == "api":
            return pages.problem(request, 403, _("Change the password first"),
                                 _("This account has a one-time password. Log in on the pages and choose your own."))
        return redirect("core:password")

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return pages.refused(request, exception, 409 if isinstance(exception, Changed) else 422)
        return None
