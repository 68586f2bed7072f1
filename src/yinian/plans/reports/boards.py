"""Pages that show a plan as a whole: the overview, the bars of its tasks over time (Gantt), a month of deadlines."""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.plans import adoption
from yinian.plans.common import chosen, crumbs, nothing_driven
from yinian.plans.documents.models import PlanDocument
from yinian.plans.documents.queries import get_document
from yinian.plans.projects.queries import sums
from yinian.plans.projects.queries import visible_to as projects_visible_to
from yinian.plans.reports import figures
from yinian.plans.reports.letters import visible_to as letters_visible_to
from yinian.plans.targets.queries import visible_to as targets_visible_to
from yinian.plans.tasks import colours, turnwords
from yinian.plans.tasks.lists import section_words
from yinian.plans.tasks.models import Turn
from yinian.plans.tasks.queries import attach_units, listed, turns_of

NEXT = 10  # tasks shown as due next
SPAN_MONTHS = 60  # the longest stretch the bars cover
APART = 7  # percent of the width that the words of a mark take
NARROW = 2  # percent of the width: no bar is thinner


@page("plans.view")
def home(request: StaffRequest) -> HttpResponse:
    """Where plans begin for the reader: a unit's own page, the overview of the latest plan, or the documents."""
    user = request.user
    if not user.may("plans.area"):
        return redirect("plans:mine" if user.may("plans.report") else "plans:list")
    plan, _plans = chosen(request)
    return redirect("plans:overview" if plan is not None else "plans:list")


@page("plans.drive", methods=("POST",))
def adopt(request: StaffRequest, pk: int) -> HttpResponse:
    """Make what was accepted of a document a plan that is driven; what was accepted since the last time is added."""
    document = get_document(request.user, pk, "plans.drive")
    try:
        made = adoption.adopt(request.user, document)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("plans:document", pk)
    if not made.total:
        messages.info(request, _("Everything that was accepted is in the plan already."))
        return redirect("plans:document", pk)
    messages.success(request, _(
        "In the plan now: %(tasks)d tasks, %(targets)d targets, %(standards)d standards, %(projects)d projects."
    ) % {"tasks": made.tasks, "targets": made.targets, "standards": made.standards, "projects": made.projects})
    if made.left:
        messages.warning(request, ngettext("Of %(n)d item no figure could be taken.",
                                           "Of %(n)d items no figure could be taken.", len(made.left)) % {
                                               "n": len(made.left)})
    if made.unknown_units:
        messages.warning(request, ngettext("%(n)d name of a unit is to be assigned.",
                                           "%(n)d names of units are to be assigned.", made.unknown_units) % {
                                               "n": made.unknown_units})
    return redirect(reverse("plans:overview") + f"?plan={document.pk}")


def _tasks_url(plan: PlanDocument, **query: Any) -> str:
    return reverse("plans:tasks") + "?" + urlencode({"plan": plan.pk, **query})


@page("plans.area")
def overview(request: StaffRequest) -> HttpResponse:
    """How a plan stands: by colour, by unit, by month; what is due next. Every figure opens into its list."""
    plan, plans = chosen(request)
    if plan is None:
        return nothing_driven(request, "overview")
    found = figures.of_plan(plan, turns_of(request.user))
    coming = list(
        listed(request.user).filter(task__document=plan, state__in=(Turn.State.OPEN, Turn.State.RETURNED),
                                    due_on__isnull=False).order_by("due_on", "pk")[:NEXT]
    )
    attach_units(coming)
    most = max((row.leads for row in found.units), default=0)
    tops = max((sum(counts.values()) for _month, counts in found.months), default=0)
    return render(request, "plans/overview.html", {
        "here": "overview", "plan": plan, "plans": plans, "figures": found, "coming": coming, "colour": colours.badge,
        "boxes": [(colours.WORDS[name], colours.TONES[name], found.colours[name], _tasks_url(plan, colour=name))
                  for name in colours.ORDER if name != colours.OFF],
        "units": [(row, _bar(row.colours, most), _tasks_url(plan, lead=row.pk), _tasks_url(plan, lead=row.pk,
                  colour=colours.RED)) for row in found.units if row.leads],
        "helpers": sum(1 for row in found.units if not row.leads),
        "months": [(month, _bar(counts, tops), sum(counts.values()), _tasks_url(plan, month=f"{month:%Y-%m}"))
                   for month, counts in found.months],
        "undated_url": _tasks_url(plan, undated=1), "ranking": figures.ranking(found)[:8],
        "targets": targets_visible_to(request.user).filter(document=plan).count(),
        "projects": sums(projects_visible_to(request.user).filter(document=plan)),
        "letters": letters_visible_to(request.user).filter(document=plan, state__in=("draft", "sent")).count(),
        "crumbs": crumbs(plan.title),
    })


def _bar(counts: Any, most: int) -> list[tuple[str, int, float]]:
    """The parts of a bar: tone, count, width in percent of the longest bar."""
    return [(colours.TONES[name] if name != colours.DONE else "done", counts[name], 100 * counts[name] / most)
            for name in colours.ORDER if counts[name] and most]


@dataclass(frozen=True)
class Bar:
    """One turn over time: where it begins and how wide it is in percent of the axis; ``open_end``: no deadline."""

    turn: Any
    left: float
    width: float
    open_end: bool
    word: str
    tone: str
    words: str


def _axis(turns: list[Turn], today: dt.date) -> tuple[dt.date, dt.date]:
    """From which day to which the bars run: whole months around all turns and today, at most five years."""
    days = [turn.begins_on for turn in turns] + [turn.due_on for turn in turns if turn.due_on] + [today]
    first, last = min(days).replace(day=1), max(days)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months > SPAN_MONTHS:
        first = max(first, (today.replace(day=1) - dt.timedelta(days=366)).replace(day=1))
        months = min(SPAN_MONTHS, (last.year - first.year) * 12 + last.month - first.month + 1)
    index = first.year * 12 + first.month - 1 + max(months, 3)
    return first, dt.date(index // 12, index % 12 + 1, 1)


@page("plans.view")
def gantt(request: StaffRequest) -> HttpResponse:
    """The tasks of a plan as bars from their beginning to their deadline, under their headings, today as a line."""
    plan, plans = chosen(request)
    if plan is None:
        return nothing_driven(request, "gantt")
    today = timezone.localdate()
    turns = list(
        turns_of(request.user).filter(task__document=plan).exclude(state=Turn.State.DROPPED)
        .exclude(task__state="withdrawn").select_related("task__section")
        .order_by("task__place", "task_id", "number")
    )
    first, end = _axis(turns, today)
    whole = (end - first).days

    def at(day: dt.date) -> float:
        return max(0.0, min(100.0, 100 * (day - first).days / whole))

    groups: list[dict[str, Any]] = []
    for turn in turns:
        until = turn.due_on + dt.timedelta(days=1) if turn.due_on else end
        left = at(turn.begins_on)
        word, tone = colours.badge(turn)
        bar = Bar(turn, min(left, 100 - NARROW), max(NARROW, at(until) - left), turn.due_on is None, word, tone,
                  turnwords.words(turn))
        heading = section_words(turn.task.section)
        if not groups or groups[-1]["heading"] != heading:
            groups.append({"heading": heading, "rows": []})
        rows = groups[-1]["rows"]
        if rows and rows[-1]["task"].pk == turn.task_id:
            rows[-1]["bars"].append(bar)
        else:
            rows.append({"task": turn.task, "bars": [bar]})
    return render(request, "plans/gantt.html", {
        "here": "gantt", "plan": plan, "plans": plans, "groups": groups, "today_at": at(today),
        "marks": _marks(first, end, at),
        "count": len({turn.task_id for turn in turns}), "legend": [(colours.WORDS[n], colours.TONES[n])
                                                                  for n in colours.ORDER if n != colours.OFF],
        "crumbs": crumbs(_("Tasks over time")),
    })


def _marks(first: dt.date, end: dt.date, at: Any) -> list[tuple[float, str, bool]]:
    """The marks of the axis: place, words, and whether a year begins there. Quarters, or months on a short axis."""
    months = (end.year - first.year) * 12 + end.month - first.month
    step = 1 if months <= 12 else 3 if months <= 36 else 6
    found = []
    for n in range(0, months + 1):
        index = first.year * 12 + first.month - 1 + n
        day = dt.date(index // 12, index % 12 + 1, 1)
        if day < end and ((day.month - 1) % step == 0 or n == 0):
            found.append((at(day), f"{day.year}-{day.month:02d}", day.month == 1))
    # The first mark gives way where the next would run into it.
    return found[1:] if len(found) > 1 and found[1][0] - found[0][0] < APART else found


@page("plans.view")
def month(request: StaffRequest) -> HttpResponse:
    """A month of deadlines, day by day."""
    plan, plans = chosen(request)
    today = timezone.localdate()
    year, number = _month_of(request, today)
    first = dt.date(year, number, 1)
    weeks = calendar.Calendar().monthdatescalendar(year, number)
    within = {"due_on__gte": weeks[0][0], "due_on__lte": weeks[-1][-1]}
    turns = list(listed(request.user).filter(**within).order_by("due_on", "pk"))
    if plan is not None and request.GET.get("plan"):
        turns = [turn for turn in turns if turn.task.document_id == plan.pk]
    attach_units(turns)
    by_day: dict[dt.date, list[Turn]] = {}
    for turn in turns:
        by_day.setdefault(turn.due_on, []).append(turn)  # type: ignore[arg-type]
    index = year * 12 + number - 1
    return render(request, "plans/month.html", {
        "here": "month", "plan": plan, "plans": plans, "first": first, "weeks": weeks, "by_day": by_day,
        "now": today, "colour": colours.badge,
        "previous": f"{(index - 1) // 12}-{(index - 1) % 12 + 1:02d}",
        "next": f"{(index + 1) // 12}-{(index + 1) % 12 + 1:02d}",
        "crumbs": crumbs(_("Month of deadlines")),
    })


def _month_of(request: StaffRequest, today: dt.date) -> tuple[int, int]:
    year, _dash, number = request.GET.get("month", "").partition("-")
    if year.isdigit() and number.isdigit() and 2000 <= int(year) <= 2100 and 1 <= int(number) <= 12:
        return int(year), int(number)
    return today.year, today.month
