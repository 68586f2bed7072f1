"""The one way a page is declared: with the right it needs. Nothing is open by default.

``@page("people.view")`` sends a stranger to the login, answers 403 without the right, and leaves scope to
queries (404). ``@open_page`` marks the few that need no login. The permission matrix test reads both marks.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from yinian.core.errors import Forbidden
from yinian.core.roles import RIGHTS
from yinian.core.users.models import User

View = Callable[..., HttpResponse]


class StaffRequest(HttpRequest):
    """A request whose user is logged in; what a page declared with :func:`page` receives."""

    user: User  # type: ignore[assignment]
    htmx: Any


def page(right: str | None, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Declare a page. ``right`` None: any logged-in user (their own account only)."""
    if right is not None and right not in RIGHTS:
        raise KeyError(f"unknown right {right!r}")

    def declare(view: View) -> View:
        @require_http_methods([*methods, "HEAD"] if "GET" in methods else list(methods))
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user = request.user
            if not user.is_authenticated:
                if request.headers.get("HX-Request"):
                    response = HttpResponse(status=204)
                    response["HX-Redirect"] = redirect_to_login(request.get_full_path()).url
                    return response
                return redirect_to_login(request.get_full_path())
            if right is not None and not user.may(right):
                raise Forbidden(right)
            response = view(request, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        guarded.right = right  # type: ignore[attr-defined]
        guarded.methods = methods  # type: ignore[attr-defined]
        guarded.is_open = False  # type: ignore[attr-defined]
        return guarded

    return declare


def open_page(view: View) -> View:
    """Declare a page that needs no login (the login itself, health, static explanations)."""
    view.right = None  # type: ignore[attr-defined]
    view.is_open = True  # type: ignore[attr-defined]
    return view


def endpoint(right: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an API operation with the right it needs; put it under the router's decorator.

    The session is checked by the API itself; here the right. Scope is left to queries and actions, as on pages.
    """
    if right not in RIGHTS:
        raise KeyError(f"unknown right {right!r}")

    def declare(operation: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(operation)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            user = request.user
            if not (user.is_authenticated and user.may(right)):
                raise Forbidden(right)
            return operation(request, *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]
        return guarded

    return declare
