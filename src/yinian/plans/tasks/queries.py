"""Reading tasks: who sees which, how each stands, what a unit has to do."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.errors import NotVisible
from yinian.core.models import User
from yinian.plans.tasks import colours
from yinian.plans.tasks.models import OPEN_TURNS, Task, TaskReport, TaskUnit, Turn
from yinian.plans.units.models import Unit
from yinian.plans.units.queries import spoken_for

ANSWERING = (TaskUnit.Role.LEAD, TaskUnit.Role.RESPONSIBLE, TaskUnit.Role.JOINT, TaskUnit.Role.TERRITORIAL)


def visible_to(actor: User, right: str = "plans.view") -> QuerySet[Task]:
    """Tasks of the plans of the actor's area, and those in which a unit the actor speaks for has a part."""
    actor.require(right)
    own = Exists(TaskUnit.objects.filter(task=OuterRef("pk"), unit__in=spoken_for(actor)))
    condition = Q(own)
    if actor.may("plans.area"):
        condition |= actor.scope("plans.area").q("document__region__code")
    return Task.objects.filter(condition)


def get_task(actor: User, pk: int) -> Task:
    """One visible task with its document, item and heading. Raises NotVisible."""
    found = (
        visible_to(actor).select_related("document__region", "item", "section", "parent", "decision__meeting",
                                         "closed_by")
        .defer("document__text", "document__region__outline").filter(pk=pk).first()
    )
    if found is None:
        raise NotVisible("task")
    return found


def turns_of(actor: User) -> QuerySet[Turn]:
    """All turns of the tasks the actor sees, with ``colour`` and its ``rank``."""
    found = Turn.objects.filter(task__in=visible_to(actor))
    return found.annotate(colour=colours.annotated(timezone.localdate())).annotate(rank=colours.ranked())


def current(turns: QuerySet[Turn]) -> QuerySet[Turn]:
    """Of each task the turn that counts today: the first that is not over, else the last; withdrawn tasks are out."""
    of_task = Turn.objects.filter(task=OuterRef("task")).order_by().values("task")
    first_open = of_task.filter(state__in=OPEN_TURNS).annotate(n=Min("number")).values("n")
    last = of_task.annotate(n=Max("number")).values("n")
    return turns.exclude(task__state=Task.State.WITHDRAWN).filter(
        number=Coalesce(Subquery(first_open), Subquery(last))
    )


def listed(actor: User) -> QuerySet[Turn]:
    """The current turns with what a list shows of their tasks."""
    return (
        current(turns_of(actor)).select_related("task__document__region", "task__section")
        .defer("task__document__text", "task__document__region__outline", "task__section__data",
               "task__section__quote")
    )


def get_turn(actor: User, pk: int) -> Turn:
    """One turn of a task the actor sees. Raises NotVisible."""
    found = (
        Turn.objects.filter(task__in=visible_to(actor), pk=pk).select_related("task__document__region")
        .defer("task__document__text", "task__document__region__outline").first()
    )
    if found is None:
        raise NotVisible("turn")
    return found


def parts_of(task: Task) -> list[TaskUnit]:
    """The units of a task, lead first; names nobody has assigned among them."""
    order = list(TaskUnit.Role.values)
    found = list(TaskUnit.objects.filter(task=task).select_related("unit"))
    return sorted(found, key=lambda part: (order.index(part.role), part.pk))


def attach_units(turns: Any) -> None:
    """Give each turn of a page ``lead_words`` and ``assist_words``, in one query."""
    parts: dict[int, dict[str, list[str]]] = {}
    for task, role, name, surface in TaskUnit.objects.filter(task__in=[turn.task_id for turn in turns]).order_by(
        "pk"
    ).values_list("task_id", "role", "unit__name", "surface"):
        side = "assist" if role == TaskUnit.Role.ASSIST else "lead"
        names = parts.setdefault(task, {"lead": [], "assist": []})[side]
        words = surface if role == TaskUnit.Role.TERRITORIAL else name or surface
        if words not in names:
            names.append(words)
    for turn in turns:
        found = parts.get(turn.task_id, {"lead": [], "assist": []})
        turn.lead_words, turn.assist_words = (_few(found[side]) for side in ("lead", "assist"))


def _few(names: list[str]) -> str:
    """Names in a line; of many the first and how many more."""
    if len(names) <= 4:
        return _(", ").join(names)
    return _("%(names)s and %(n)d more") % {"names": _(", ").join(names[:3]), "n": len(names) - 3}


def answering_units(task: Task) -> list[Unit]:
    """The units that have to report a task done: its leads; where it has none, those responsible."""
    parts = [part for part in parts_of(task) if part.unit is not None]
    leads = [part.unit for part in parts if part.role == TaskUnit.Role.LEAD]
    return [unit for unit in (leads or [p.unit for p in parts if p.role in ANSWERING]) if unit is not None]


def leads_of(task: Task) -> set[int]:
    """The ids of the lead units that are on record."""
    return set(
        TaskUnit.objects.filter(task=task, role=TaskUnit.Role.LEAD, unit__isnull=False)
        .values_list("unit_id", flat=True)
    )


def reports_of(turn: Turn) -> list[TaskReport]:
    return list(
        TaskReport.objects.filter(turn=turn).select_related("unit", "author").prefetch_related("evidence__attachment")
    )


@dataclass
class Standing:
    """What may be done with a turn by the actor: as which units they may report or confirm, and as the office."""

    reporting: list[Unit]
    confirming: list[Unit]
    checks: bool
    returns: bool
    drives: bool


def standing(actor: User, turn: Turn) -> Standing:
    """What the actor may do with a turn in its present state."""
    task, region = turn.task, turn.task.document.region_id
    drives = actor.may("plans.drive") and actor.scope("plans.drive").covers(region)
    mine = set(spoken_for(actor).values_list("pk", flat=True)) if actor.may("plans.report") else set()
    parts = [part for part in parts_of(task) if part.unit is not None]
    leads = [part.unit for part in parts if part.role == TaskUnit.Role.LEAD]
    open_ = task.is_running and turn.state in (Turn.State.OPEN, Turn.State.RETURNED)
    reporting = [p.unit for p in parts if p.unit_id in mine or drives] if open_ else []
    waits_for_lead = turn.state == Turn.State.REPORTED and bool(leads)
    confirming = [u for u in leads if u is not None and (u.pk in mine or drives)] if waits_for_lead else []
    ready = turn.state == Turn.State.CONFIRMED or (turn.state == Turn.State.REPORTED and not leads)
    return Standing(
        sorted((u for u in reporting if u is not None), key=lambda unit: unit.pk not in mine), confirming,
        checks=drives and ready,
        returns=(drives and turn.state in (Turn.State.REPORTED, Turn.State.CONFIRMED)) or bool(confirming),
        drives=drives,
    )


def due_for(actor: User) -> list[Turn]:
    """The open turns in which the actor's own units have to report, the most urgent first, with ``own_unit``."""
    mine = {unit.pk: unit for unit in spoken_for(actor)}
    parts: dict[int, list[TaskUnit]] = {}
    for part in TaskUnit.objects.filter(unit__in=mine):
        parts.setdefault(part.task_id, []).append(part)
    turns = list(
        current(Turn.objects.filter(task__in=parts, task__state=Task.State.RUNNING))
        .annotate(colour=colours.annotated(timezone.localdate()))
        .exclude(state__in=(Turn.State.CHECKED, Turn.State.DROPPED))
        .select_related("task__document", "task__section").defer("task__document__text")
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )
    for turn in turns:
        part = min(parts[turn.task_id], key=lambda p: list(TaskUnit.Role.values).index(p.role))
        turn.own_part, turn.own_unit = part, mine[part.unit_id]  # type: ignore[attr-defined,index]
    rank = {name: n for n, name in enumerate(colours.ORDER)}
    # What one leads comes before what one helps with.
    return sorted(turns, key=lambda t: (rank[t.colour], t.own_part.role == "assist", t.due_on or dt.date.max))  # type: ignore[attr-defined]
