"""Pages of the house itself: refusals and errors, and what every page shares in answering."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from yinian.core.access import open_page
from yinian.core.errors import Refused


def problem(request: HttpRequest, status: int, title: str, message: str) -> HttpResponse:
    """A whole page, or for htmx a short alert, that says what happened and what to do."""
    template = "core/problem_alert.html" if request.headers.get("HX-Request") else "core/problem.html"
    return render(request, template, {"status": status, "title": title, "message": message}, status=status)


def refused(request: HttpRequest, error: Refused, status: int) -> HttpResponse:
    return problem(request, status, _("This could not be done"), str(error))


@open_page
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(
        request, 403, _("You have no right to this page"),
        _("Your role does not include this. If your work needs it, ask the bureau's account keeper."),
    )


@open_page
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(
        request, 404, _("Nothing is here for you"),
        _("The page does not exist, or lies outside the area you are responsible for."),
    )


@open_page
def server_error(request: HttpRequest) -> HttpResponse:
    return problem(
        request, 500, _("Something went wrong on our side"),
        _("Nothing of what you entered was half-saved. Try again; if it stays, tell the system administrator the time."),
    )


@open_page
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem(
        request, 403, _("The page was open too long"),
        _("Go back, reload the page, and send it once more."),
    )


def confirm(request: HttpRequest, **context: Any) -> HttpResponse:
    """The page that names an act's consequence and asks once."""
    return render(request, "core/confirm.html", context)
