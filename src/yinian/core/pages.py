"""Pages of the house itself: front, settings, search, health, refusals and errors."""

import logging
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from yinian.core.access import StaffRequest, open_page, page
from yinian.core.errors import Refused
from yinian.core.search import find

log = logging.getLogger("yinian.pages")


def problem(request: HttpRequest, status: int, title: str, message: str, template: str = "core/problem.html"
            ) -> HttpResponse:
    """A whole page, or for htmx a short alert, that says what happened and what to do."""
    partial = bool(request.headers.get("HX-Request"))
    response = render(request, "core/problem_alert.html" if partial else template,
                      {"status": status, "title": title, "message": message}, status=status)
    if partial:
        response["HX-Retarget"] = "#alerts"
        response["HX-Reswap"] = "innerHTML show:window:top"
    return response


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
    """Without the frame: whatever failed, this page asks nothing of the database."""
    request.user = AnonymousUser()
    return problem(
        request, 500, _("Something went wrong on our side"),
        _("Nothing of what you entered was half-saved. Try again; if it stays, tell the system administrator "
          "the time."),
        "core/problem_bare.html",
    )


@open_page
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem(
        request, 403, _("The page was open too long"),
        _("Go back, reload the page, and send it once more."),
    )


def confirm(request: HttpRequest, **context: Any) -> HttpResponse:
    """The page that names an act's consequence and asks once.

    ``title``, ``consequence``, ``verb``, ``action`` (address to post to), ``fields`` (hidden), ``back`` (address).
    """
    context = {"fields": {}, "back": reverse("core:desk"), "kind": "danger", **context}
    return render(request, "core/confirm.html", context)


def revealed(request: HttpRequest, value: str) -> HttpResponse:
    """The answer to a reveal: the full value in place of the masked one."""
    return render(request, "core/revealed.html", {"value": value})


@open_page
def front(request: HttpRequest) -> HttpResponse:
    return redirect("core:desk" if request.user.is_authenticated else "core:login")


@open_page
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """For watchers: whether the database answers and a worker is alive. Nothing else is told."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM now() - max(last_heartbeat))::int FROM procrastinate_workers")
            age = cursor.fetchone()[0]
    except DatabaseError:
        log.exception("health: the database does not answer")
        return JsonResponse({"database": "down", "worker": "unknown"}, status=503)
    worker = "none" if age is None else "ok" if age < 60 else "late"
    return JsonResponse({"database": "ok", "worker": worker, "worker_heartbeat_seconds": age})


@page("inbox.view")
def search(request: StaffRequest) -> HttpResponse:
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:60]
    groups = find(request.user, text)
    return render(request, "core/search.html", {
        "text": text, "groups": groups, "count": sum(len(group.hits) for group in groups),
    })


@page(None, methods=("POST",))
def explained(request: StaffRequest) -> HttpResponse:
    from yinian.core.users import own
    from yinian.core.users.doors import safe_next

    own.explained(request.user, request.POST.get("key", "")[:60])
    if request.headers.get("HX-Request"):
        return HttpResponse("")
    return redirect(safe_next(request, reverse("core:desk")))


@page(None, methods=("POST",))
def columns(request: StaffRequest) -> HttpResponse:
    from yinian.core.lists import choose_columns
    from yinian.core.users.doors import safe_next

    return choose_columns(request, safe_next(request, reverse("core:desk")))


# Label, what it is for, icon, address, right: what the settings page offers. Rooms above are named by address.
_SETTINGS = (
    (gettext_lazy("Users and their scope"), gettext_lazy("Who may log in, in which role, for which area."), "users",
     "core:users", "users.view"),
    (gettext_lazy("Audit"), gettext_lazy("Who did what, when and why; the chain and its state."), "shield",
     "core:audit", "audit.view"),
    (gettext_lazy("Background work"), gettext_lazy("Runs and loads: how far, what came out, stop."), "activity",
     "core:jobs", "jobs.view"),
    (gettext_lazy("Holidays and working days"), gettext_lazy("What deadlines in working days are counted by."),
     "calendar", "core:calendar", "calendar.edit"),
    (gettext_lazy("Issued papers"), gettext_lazy("Notices and decisions as they went out, with their numbers."),
     "file-text", "core:documents", "documents.view"),
    (gettext_lazy("Workforce"), gettext_lazy("Staff of homes, their posts and certificates."), "heart",
     "workforce:list", "workforce.view"),
    (gettext_lazy("Duplicates"), gettext_lazy("Two records that may be one person."), "git-merge",
     "people:duplicates", "people.merge"),
    (gettext_lazy("Demo calibration"), gettext_lazy("Published figures beside those of the synthetic county."),
     "chart-bar", "demo:calibration", "demo.view"),
    (gettext_lazy("My account"), gettext_lazy("Password, second factor, sessions."), "user", "core:account", None),
)


@page("inbox.view")
def settings_page(request: StaffRequest) -> HttpResponse:
    shown = []
    for label, text, sign, to, right in _SETTINGS:
        if right is not None and not request.user.may(right):
            continue
        try:
            shown.append({"label": label, "text": text, "icon": sign, "url": reverse(to)})
        except NoReverseMatch:  # a room that is not installed
            continue
    return render(request, "core/settings.html", {"entries": shown})
