"""The work desk, the list of work items, and one item with its steps."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yinian.core import jinja
from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Forbidden, Refused
from yinian.core.figures import figures_for
from yinian.core.inbox import actions, queries
from yinian.core.inbox.kinds import KINDS
from yinian.core.inbox.models import WorkItem
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.roles import ROLE_CHOICES, ROLES, Role
from yinian.core.users.doors import safe_next
from yinian.core.users.forms import HandOverForm
from yinian.core.users.queries import colleagues

STEP_WORDS = {
    "asked": gettext_lazy("Put on the desk"), "taken": gettext_lazy("Taken"), "handed": gettext_lazy("Handed over"),
    "escalated": gettext_lazy("Went one level up"), "done": gettext_lazy("Done"),
    "dropped": gettext_lazy("No longer needed"),
}
_STEP_LOOK = {
    "asked": ("info", "inbox"), "taken": ("info", "user"), "handed": ("info", "arrow-right"),
    "escalated": ("warn", "arrow-up"), "done": ("ok", "check"), "dropped": ("mute", "x"),
}


def due_badge(item: WorkItem, today: dt.date | None = None) -> tuple[str, str]:
    """By when, in words and tone: how long overdue, today, or the day."""
    today = today or timezone.localdate()
    left = (item.due_on - today).days
    if left < 0:
        return _("%(count)d days late") % {"count": -left}, "bad"
    if left == 0:
        return _("Today"), "warn"
    if left == 1:
        return _("Tomorrow"), "warn"
    return short_day(item.due_on), "mute"


def short_day(day: dt.date) -> str:
    """Day and month alone; the year too when it is another."""
    if day.year != timezone.localdate().year:
        return jinja.day(day)
    return f"{day.day} {day:%b}" if get_language() == "en" else f"{day.month}月{day.day}日"


def _line(actor: Any, item: WorkItem, today: dt.date) -> dict[str, Any]:
    words, tone = due_badge(item, today)
    return {
        "item": item, "sentence": queries.sentence(item), "verb": queries.verb(item), "due": words, "tone": tone,
        "mine": item.taken_by_id == actor.pk, "late": item.due_on < today,
    }


@page(None)
def desk(request: StaffRequest) -> HttpResponse:
    actor, today = request.user, timezone.localdate()
    if not actor.may("inbox.view"):
        if actor.may("own.view"):
            return redirect("people:own")  # a family's account has no desk: its own matters are its first page
        if actor.may("wall.view"):
            return redirect("indicators:wall")
        raise Forbidden("inbox.view")
    seen = queries.desk(actor)
    groups = [
        ("overdue", _("Overdue"), seen.overdue), ("today", _("Due today"), seen.today),
        ("new", _("Came in since yesterday"), seen.came_in), ("later", _("Later"), seen.later),
    ]
    return render(request, "core/desk.html", {
        "groups": [
            (key, title, [_line(actor, item, today) for item in items]) for key, title, items in groups if items
        ],
        "figures": figures_for(actor), "today_words": today, "may_act": actor.may("inbox.act"),
        "waiting": len(seen.overdue) + len(seen.today), "more": seen.more,
    })


def _overdue(queryset: QuerySet[WorkItem], value: bool) -> QuerySet[WorkItem]:
    return queryset.filter(state=WorkItem.State.OPEN, due_on__lt=timezone.localdate())


def _kind_choices(actor: Any) -> list[tuple[str, str]]:
    return sorted(((name, kind_words(name)) for name in KINDS), key=lambda pair: pair[1])


def kind_words(name: str) -> str:
    """A kind of work item in a few words: its button's verb stands for it."""
    kind = KINDS.get(name)
    return str(kind.verb) if kind is not None else _("Other work")


_STATE_TONES = {"open": "info", "done": "ok", "dropped": "mute"}

WORK = ListView(
    title=gettext_lazy("Work in my area"),
    subtitle=gettext_lazy("Everything asked of you and, for officers, of the offices below you."),
    columns=[
        Column("what", gettext_lazy("What"), queries.sentence),
        Column("region", gettext_lazy("Area"), lambda item: item.region.name, sort="region_id"),
        Column("role", gettext_lazy("Asked of"), lambda item: ROLES[Role(item.role)].label),
        Column("holder", gettext_lazy("Taken by"), lambda item: item.taken_by.full_name if item.taken_by else ""),
        Column("due", gettext_lazy("Due"), lambda item: due_badge(item) if item.state == "open" else
               (jinja.day(item.due_on), "mute"), kind="badge", sort="due_on"),
        Column("state", gettext_lazy("State"), lambda item: (item.get_state_display(), _STATE_TONES[item.state]),
               kind="badge"),
        Column("came", gettext_lazy("Came in"), lambda item: item.created_at, kind="moment", sort="created_at",
               default=False),
        Column("escalations", gettext_lazy("Times raised"), lambda item: item.escalations, kind="number",
               default=False),
    ],
    filters=[
        Filter("state", gettext_lazy("State"), lambda qs, value: qs.filter(state=value),
               choices=lambda actor: WorkItem.State.choices),
        Filter("kind", gettext_lazy("Kind of work"), lambda qs, value: qs.filter(kind=value), choices=_kind_choices),
        Filter("role", gettext_lazy("Asked of"), lambda qs, value: qs.filter(role=value),
               choices=lambda actor: ROLE_CHOICES),
        Filter("region", gettext_lazy("Area"), lambda qs, value: qs.filter(region__code__startswith=value),
               kind="region"),
        Filter("overdue", gettext_lazy("Overdue only"), _overdue, kind="bool"),
    ],
    default_sort=("due", "asc"),
    row_url=lambda item: reverse("core:work_item", args=[item.pk]),
    empty=gettext_lazy("No work has come in yet"),
    excel_right="inbox.view",
)


@page("inbox.view")
def work_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, WORK, queries.visible_to(request.user),
                       extra={"crumbs": [(_("Desk"), reverse("core:desk")), (_("Work in my area"), None)]})


@page("inbox.view")
def work_item(request: StaffRequest, pk: int) -> HttpResponse:
    return _item(request, pk, None, None)


def _item(request: StaffRequest, pk: int, form: HandOverForm | None, refusal: Refused | None) -> HttpResponse:
    actor, item = request.user, queries.get_item(request.user, pk)
    may_act = item.state == WorkItem.State.OPEN and actor.may("inbox.act")
    if may_act and form is None:
        form = _hand_over_form(request, item)
    if form is not None and refusal is not None and form.is_bound:
        form.refuse(refusal)
    steps = [
        {"at": step.at, "title": STEP_WORDS.get(step.verb, _("Changed")), "text": step.note,
         "who": step.actor.full_name, "tone": _STEP_LOOK.get(step.verb, ("mute", "activity"))[0],
         "icon": _STEP_LOOK.get(step.verb, ("mute", "activity"))[1], "url": ""}
        for step in item.steps.select_related("actor").order_by("-id")
    ]
    status = 200 if refusal is None else 409 if isinstance(refusal, Changed) else 422
    return render(request, "core/work_item.html", {
        **_line(actor, item, timezone.localdate()), "role": ROLES[Role(item.role)].label, "steps": steps,
        "may_act": may_act, "form": form, "close_error": refusal if form is None or not form.is_bound else None,
        "outcome": request.POST.get("outcome", ""),
    }, status=status)


def _hand_over_form(request: StaffRequest, item: WorkItem, data: Any = None) -> HandOverForm:
    form = HandOverForm(data)
    form.fields["to"].queryset = colleagues(request.user, item.region_id)  # type: ignore[attr-defined]
    return form


def _version(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else 0


@page("inbox.act", methods=("POST",))
def take(request: StaffRequest, pk: int) -> HttpResponse:
    item = actions.take(request.user, pk, _version(request))
    messages.success(request, _("It is yours now."))
    return redirect(safe_next(request, reverse("core:work_item", args=[item.pk])))


@page("inbox.act", methods=("POST",))
def hand_over(request: StaffRequest, pk: int) -> HttpResponse:
    form = _hand_over_form(request, queries.get_item(request.user, pk), request.POST)
    if not form.is_valid():
        return _item(request, pk, form, Refused())
    to = form.cleaned_data["to"]
    try:
        actions.hand_over(request.user, pk, _version(request), to, form.cleaned_data["note"])
    except Refused as refusal:
        return _item(request, pk, form, refusal)
    messages.success(request, _("Handed over to %(name)s.") % {"name": to.full_name})
    return redirect("core:desk")


@page("inbox.act", methods=("POST",))
def close(request: StaffRequest, pk: int) -> HttpResponse:
    try:
        actions.close(request.user, pk, _version(request), request.POST.get("outcome", ""),
                      needed=request.POST.get("needed", "1") == "1")
    except Refused as refusal:
        return _item(request, pk, None, refusal)
    messages.success(request, _("Closed. What you wrote is kept with it."))
    return redirect(safe_next(request, reverse("core:desk")))
