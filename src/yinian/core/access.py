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
from ninja.security import SessionAuth

from yinian.core.errors import Forbidden
from yinian.core.roles import RIGHTS
from yinian.core.users.models import User

View = Callable[..., HttpResponse]


class StaffRequest(HttpRequest):
    """A request whose user is logged in; what a page declared with :func:`page` receives."""

    user: User
    htmx: Any


def page(
    right: str | None, methods: tuple[str, ...] = ("GET",), *, also: tuple[str, ...] = (), post: str | None = None
) -> Callable[[View], View]:
    """Declare a page. ``right`` None: any logged-in user (their own account only).

    ``also`` are further rights it needs; ``post`` one more for sending it.
    """
    for name in (right, post, *also):
        if name is not None and name not in RIGHTS:
            raise KeyError(f"unknown right {name!r}")

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
            for needed in (right, *also, post if request.method == "POST" else None):
                if needed is not None and not user.may(needed):
                    raise Forbidden(needed)
            response = view(request, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        guarded.right = right  # type: ignore[attr-defined]
        guarded.also = also  # type: ignore[attr-defined]
        guarded.post = post  # type: ignore[attr-defined]
        guarded.methods = methods  # type: ignore[attr-defined]
        guarded.is_open = False  # type: ignore[attr-defined]
        return guarded

    return declare


def open_page(view: View) -> View:
    """Declare a page that needs no login (the login itself, health, static explanations)."""
    view.right = None  # type: ignore[attr-defined]
    view.is_open = True  # type: ignore[attr-defined]
    return view


def caller(request: HttpRequest) -> User:
    """Who calls an endpoint that :class:`needs` guards."""
    assert isinstance(request.user, User)  # needs() has seen to it
    return request.user


class needs(SessionAuth):
    """The right an API operation needs: ``@router.get("", auth=needs("people.view"))``.

    Asked before the request's body is read, so that a caller without the right learns nothing about it. The CSRF
    token is checked by the base class; scope is left to queries and actions, as on pages.
    """

    def __init__(self, right: str, *also: str) -> None:
        for name in (right, *also):
            if name not in RIGHTS:
                raise KeyError(f"unknown right {name!r}")
        super().__init__()
        self.right, self.also = right, also

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        user = request.user
        if not user.is_authenticated:
            return None
        for name in (self.right, *self.also):
            if not user.may(name):
                raise Forbidden(name)
        return user
