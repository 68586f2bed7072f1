"""What a plan stands at: counts by colour, unit and month, the share on time; for the overview and reports."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from yinian.plans.documents.models import PlanDocument
from yinian.plans.projects.models import Project, ProjectProgress
from yinian.plans.tasks import colours
from yinian.plans.tasks.models import Task, TaskReport, TaskUnit, Turn
from yinian.plans.tasks.queries import current


@dataclass
class UnitRow:
    """One unit's part of a plan: tasks it leads or answers for by colour, turns that fell due, and those done in time.

    ``rate`` is the percent of what fell due that was reported as done by its day; None where nothing fell due.
    """

    pk: int
    name: str
    colours: Counter[str] = field(default_factory=Counter)
    assists: int = 0
    fell_due: int = 0
    in_time: int = 0

    @property
    def leads(self) -> int:
        return sum(self.colours.values())

    @property
    def rate(self) -> int | None:
        return None if not self.fell_due else round(100 * self.in_time / self.fell_due)


@dataclass
class Figures:
    """The figures of a plan on a day."""

    on: dt.date
    colours: Counter[str]
    units: list[UnitRow]
    months: list[tuple[dt.date, Counter[str]]]
    fell_due: int
    in_time: int
    undated: int
    unassigned: int  # tasks with a name of a unit that nobody has assigned

    @property
    def total(self) -> int:
        return sum(self.colours.values())

    @property
    def rate(self) -> int | None:
        return None if not self.fell_due else round(100 * self.in_time / self.fell_due)


def in_time(turn: Turn) -> bool:
    """Whether a turn that fell due was reported as done by its day and has not come back since."""
    return turn.due_on is not None and turn.done_on is not None and turn.done_on <= turn.due_on


def of_plan(document: PlanDocument | int, turns: QuerySet[Turn] | None = None, on: dt.date | None = None) -> Figures:
    """The figures of a plan, over the turns the caller may see (else all), on a day (else today)."""
    on = on or timezone.localdate()
    rows = list(
        (Turn.objects.all() if turns is None else turns).filter(task__document=document)
        .exclude(task__state=Task.State.WITHDRAWN).exclude(state=Turn.State.DROPPED).exclude(begins_on__gt=on)
        .only("task_id", "number", "due_on", "amber_on", "quiet_on", "state", "done_on", "checked_on")
    )
    standing = set(current(Turn.objects.filter(pk__in=[row.pk for row in rows])).values_list("pk", flat=True))
    now = [row for row in rows if row.pk in standing]
    past = [row for row in rows if row.due_on is not None and row.due_on < on]
    parts = list(
        TaskUnit.objects.filter(task__in={row.task_id for row in rows}).select_related("unit")
        .order_by("unit__kind", "unit_id")
    )
    return Figures(
        on, Counter(colours.colour(row, on) for row in now), _by_unit(now, past, parts, on), _by_month(now, on),
        len(past), sum(in_time(row) for row in past), sum(row.due_on is None for row in now),
        len({part.task_id for part in parts if part.unit_id is None}),
    )


def _by_unit(now: Iterable[Turn], past: Iterable[Turn], parts: Iterable[TaskUnit], on: dt.date) -> list[UnitRow]:
    by_task: dict[int, list[Turn]] = {}
    for turn in now:
        by_task.setdefault(turn.task_id, []).append(turn)
    fell: dict[int, list[Turn]] = {}
    for turn in past:
        fell.setdefault(turn.task_id, []).append(turn)
    found: dict[int, UnitRow] = {}
    for part in parts:
        if part.unit is None:
            continue
        row = found.setdefault(part.unit.pk, UnitRow(part.unit.pk, part.unit.name))
        if part.role == TaskUnit.Role.ASSIST:
            row.assists += len(by_task.get(part.task_id, []))
            continue
        row.colours.update(colours.colour(turn, on) for turn in by_task.get(part.task_id, []))
        row.fell_due += len(fell.get(part.task_id, []))
        row.in_time += sum(in_time(turn) for turn in fell.get(part.task_id, []))
    return sorted(found.values(), key=lambda row: (-row.colours[colours.RED], -row.leads, -row.assists, row.pk))


def _by_month(now: Iterable[Turn], on: dt.date) -> list[tuple[dt.date, Counter[str]]]:
    found: dict[dt.date, Counter[str]] = {}
    for turn in now:
        if turn.due_on is not None:
            found.setdefault(turn.due_on.replace(day=1), Counter())[colours.colour(turn, on)] += 1
    return sorted(found.items())


def ranking(figures: Figures) -> list[UnitRow]:
    """Units of which something has fallen due, by the share in time; of equal shares whoever had more first."""
    rows = [row for row in figures.units if row.rate is not None]
    return sorted(rows, key=lambda row: (-(row.rate or 0), -row.fell_due, row.pk))


def of_month(document: PlanDocument, month: dt.date) -> dict[str, Any]:
    """The numbers of a month's dispatch report, as plain data that can be kept: on its last day, or today within it."""
    following = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    on = min(timezone.localdate(), following - dt.timedelta(days=1))
    found = of_plan(document, on=on)
    turns = (
        Turn.objects.filter(task__document=document).exclude(task__state=Task.State.WITHDRAWN).select_related("task")
    )
    overdue = list(turns.filter(colours.overdue(on)).order_by("due_on", "pk"))
    done = list(turns.filter(checked_on__gte=month, checked_on__lt=following).order_by("checked_on", "pk"))
    not_done = Q(state__in=("open", "returned")) | Q(done_on__gt=on)
    coming = list(turns.filter(not_done, due_on__gte=on, due_on__lt=_months_on(following, 1)).order_by("due_on", "pk"))
    names = _lead_names([*overdue, *done, *coming])
    far = _percents([*overdue, *done, *coming], on)
    return {
        "on": on.isoformat(), "month": month.isoformat(), "total": found.total, "rate": found.rate,
        "fell_due": found.fell_due, "in_time": found.in_time,
        "colours": {name: found.colours[name] for name in colours.ORDER if name != colours.OFF},
        "done": [_line(turn, names, far) for turn in done],
        "overdue": [_line(turn, names, far, on) for turn in overdue],
        "coming": [_line(turn, names, far) for turn in coming],
        "ranking": [[row.name, row.fell_due, row.in_time, row.rate] for row in ranking(found)],
        "units": [[row.name, row.leads, row.colours[colours.RED], row.colours[colours.AMBER], row.colours[colours.DONE]]
                  for row in found.units if row.leads],
        "projects": _projects(document, on),
    }


def _projects(document: PlanDocument, on: dt.date) -> list[int]:
    """How many projects, being built, finished, their total and what was spent in fen, as reported up to a day."""
    rows = Project.objects.filter(document=document)
    finished = rows.filter(finished_on__lte=on)
    running = rows.filter(started_on__lte=on).exclude(finished_on__lte=on).exclude(state=Project.State.STOPPED)
    spent = (
        ProjectProgress.objects.filter(project__document=document, on__lte=on).order_by("project_id", "-on", "-pk")
        .distinct("project_id").values_list("spent_fen", flat=True)
    )
    return [rows.count(), running.count(), finished.count(),
            rows.aggregate(total=Sum("total_fen"))["total"] or 0, sum(spent)]


def _percents(turns: Iterable[Turn], on: dt.date) -> dict[int, int]:
    """How far each turn was by the last report up to a day, in percent: what came later is not of this month."""
    return dict(
        TaskReport.objects.filter(turn__in={turn.pk for turn in turns}, on__lte=on).order_by("turn_id", "-on", "-pk")
        .distinct("turn_id").values_list("turn_id", "percent")
    )


def _months_on(day: dt.date, months: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def _lead_names(turns: Iterable[Turn]) -> dict[int, str]:
    found: dict[int, list[str]] = {}
    for task, name, surface in TaskUnit.objects.filter(task__in={turn.task_id for turn in turns}).exclude(
        role=TaskUnit.Role.ASSIST
    ).order_by("pk").values_list("task_id", "unit__name", "surface"):
        names = found.setdefault(task, [])
        if (name or surface) not in names:
            names.append(name or surface)
    return {task: "、".join(names[:3]) + ("等" if len(names) > 3 else "") for task, names in found.items()}


def _line(turn: Turn, names: dict[int, str], far: dict[int, int], on: dt.date | None = None) -> dict[str, Any]:
    return {
        "title": turn.task.title, "units": names.get(turn.task_id, ""), "percent": far.get(turn.pk, 0),
        "due": turn.due_on.isoformat() if turn.due_on else "",
        "done": turn.checked_on.isoformat() if turn.checked_on else "",
        "late": (on - turn.due_on).days if on and turn.due_on else 0,
    }
