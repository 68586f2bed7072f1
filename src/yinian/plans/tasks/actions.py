"""Driving tasks: reported with evidence, confirmed by the lead, checked by the office; moved, changed, ended."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.models import User
from yinian.core.users.queries import human_key
from yinian.plans import papers, rules, workkinds
from yinian.plans.tasks import asking
from yinian.plans.tasks.models import (
    OPEN_TURNS,
    DeadlineChange,
    Task,
    TaskEvidence,
    TaskReport,
    TaskUnit,
    Turn,
    TurnStep,
)
from yinian.plans.tasks.queries import get_task, get_turn, leads_of, standing, visible_to
from yinian.plans.units.models import Unit

MOST_FILES = 10
MOST_AT_ONCE = 200


def report(
    actor: User, turn_pk: int, unit_pk: int, text: str, percent: int, *, finished: bool = False,
    on: dt.date | None = None, files: Sequence[BinaryIO] = (),
) -> TaskReport:
    """A unit says how far it is; ``finished`` that it is done, with the evidence asked for.

    What the lead itself reports as done needs no confirming. Raises :class:`Refused` without words, evidence, or in a
    state in which nothing is reported; NotVisible for a unit that has no part in it or is not the actor's.
    """
    text, today = text.strip(), timezone.localdate()
    on = on or today
    faults = {}
    if not text:
        faults["text"] = _("Say in a few words what was done.")
    if not 0 <= percent <= 100:
        faults["percent"] = _("Between 0 and 100.")
    if on > today:
        faults["on"] = _("This day lies in the future.")
    if len(files) > MOST_FILES:
        faults["proof"] = _("At most %(n)d files.") % {"n": MOST_FILES}
    if faults:
        raise Refused(fields=faults)
    key = human_key(actor)
    with transaction.atomic():
        turn = _locked(actor, turn_pk)
        unit = _reporting(actor, turn, unit_pk)
        region = turn.task.document.region_id
        made = TaskReport.objects.create(
            turn=turn, unit=unit, text=text[:2000], percent=100 if finished else percent, finished=finished, on=on,
            author=actor, human_key=key,
        )
        for file in files:
            kept = attachments.store(actor, file, papers.EVIDENCE, region, reached=True)
            TaskEvidence.objects.create(report=made, attachment=kept)
        leads = leads_of(turn.task)
        if not leads or unit.pk in leads:
            turn.percent = made.percent
        turn.reported_on = on
        turn.quiet_on = rules.days(rules.rules_for(region), turn.due_on, on).quiet_on
        asking.settle(actor, workkinds.RETURNED, turn.pk, _("reported"), unit.pk)
        if finished:
            _done(actor, turn, unit, key, on, leads)
        turn.version += 1
        turn.save()
        record(actor, "plans.report", turn, region=region,
               detail={"task": turn.task_id, "unit": unit.pk, "percent": made.percent, "finished": finished,
                       "files": len(files)})
    return made


def _reporting(actor: User, turn: Turn, unit_pk: int) -> Unit:
    """The unit for which the actor reports. Raises NotVisible or Refused."""
    found = standing(actor, turn)
    unit = next((one for one in found.reporting if one.pk == unit_pk), None)
    if unit is not None:
        return unit
    if not turn.task.is_running or turn.state not in (Turn.State.OPEN, Turn.State.RETURNED):
        raise Refused(_("Nothing is to be reported here now: it is done, or waits to be confirmed or checked."))
    raise NotVisible("unit")


def _done(actor: User, turn: Turn, unit: Unit, key: bytes, on: dt.date, leads: set[int]) -> None:
    """The turn is reported as done: evidence counted, whoever comes next is asked."""
    held = TaskEvidence.objects.filter(report__turn=turn).count()
    if held < turn.task.evidence_count:
        raise Refused(fields={"proof": _(
            "Evidence is needed before it counts as done: %(wanted)d files, so far %(held)d."
        ) % {"wanted": turn.task.evidence_count, "held": held}})
    turn.reporter_key, turn.confirmer_key, turn.done_on = key, None, on
    asking.settle(actor, workkinds.REPORT, turn.pk, _("reported as done"))
    if leads and unit.pk not in leads:
        turn.state = Turn.State.REPORTED
        asking.ask_to_confirm(actor, turn)
    else:
        turn.state = Turn.State.CONFIRMED if leads else Turn.State.REPORTED
        asking.ask_to_check(actor, turn, unit)


def confirm(actor: User, turn_pk: int, version: int, note: str = "") -> Turn:
    """The lead says that what another unit reported is so; the office is asked to check.

    Raises :class:`Refused` for the human who reported it.
    """
    key = human_key(actor)
    with transaction.atomic():
        turn = _locked(actor, turn_pk, version)
        found = standing(actor, turn)
        if not found.confirming:
            raise Refused(_("This step is not possible in the present state."))
        if bytes(turn.reporter_key or b"") == key:
            raise Refused(_("You have reported this yourself; a colleague confirms it."))
        turn.state, turn.confirmer_key = Turn.State.CONFIRMED, key
        _step(actor, turn, TurnStep.Verb.CONFIRM, note, found.confirming[0])
        asking.settle(actor, workkinds.CONFIRM, turn.pk, _("confirmed"))
        asking.ask_to_check(actor, turn, found.confirming[0])
    return turn


def check(actor: User, turn_pk: int, version: int, note: str = "") -> Turn:
    """The office finds that a turn is done. The next turn of what recurs begins; else the task may be done.

    Raises :class:`Refused` for the human who reported or confirmed it.
    """
    key = human_key(actor)
    with transaction.atomic():
        turn = _locked(actor, turn_pk, version)
        actor.require("plans.drive", turn.task.document.region_id)
        if not standing(actor, turn).checks:
            raise Refused(_("This step is not possible in the present state."))
        if key in (bytes(turn.reporter_key or b""), bytes(turn.confirmer_key or b"")):
            raise Refused(_("You have reported or confirmed this yourself; another officer checks it."))
        turn.state, turn.checker_key, turn.checked_on = Turn.State.CHECKED, key, timezone.localdate()
        turn.percent = 100
        _step(actor, turn, TurnStep.Verb.CHECK, note)
        asking.settle_all(actor, turn, _("checked"))
        go_on(actor, turn)
    return turn


def send_back(actor: User, turn_pk: int, version: int, reason: str) -> Turn:
    """The lead or the office returns a report, with a reason; the unit that reported is asked to put it right."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        turn = _locked(actor, turn_pk, version)
        found = standing(actor, turn)
        if not found.returns:
            raise Refused(_("This step is not possible in the present state."))
        last = TaskReport.objects.filter(turn=turn, finished=True).select_related("unit").latest("pk")
        turn.state, turn.done_on, turn.reporter_key, turn.confirmer_key = Turn.State.RETURNED, None, None, None
        _step(actor, turn, TurnStep.Verb.RETURN, reason, found.confirming[0] if found.confirming else None)
        for kind in (workkinds.CONFIRM, workkinds.CHECK):
            asking.settle(actor, kind, turn.pk, _("returned"))
        asking.ask_unit(actor, workkinds.RETURNED, last.unit, turn.pk, {"task": turn.task.title, "reason": reason[:80]},
                        reverse("plans:report", args=[turn.pk]))
    return turn


def _step(actor: User, turn: Turn, verb: str, reason: str = "", unit: Unit | None = None) -> None:
    """Write down a step and keep the turn."""
    TurnStep.objects.create(turn=turn, verb=verb, by=actor, reason=reason.strip()[:300], unit=unit)
    turn.version += 1
    turn.save()
    record(actor, f"plans.{verb}", turn, region=turn.task.document.region_id, reason=reason.strip()[:300],
           detail={"task": turn.task_id, "turn": turn.number})


def _locked(actor: User, turn_pk: int, version: int | None = None) -> Turn:
    """The turn, locked after its task: everything that changes a task's turns waits for it."""
    task_pk = get_turn(actor, turn_pk).task_id
    Task.objects.select_for_update().get(pk=task_pk)
    turn = (
        Turn.objects.select_for_update(of=("self",)).select_related("task__document").defer("task__document__text")
        .get(pk=turn_pk)
    )
    if version is not None and turn.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    return turn


def go_on(actor: User, turn: Turn) -> Turn | None:
    """After a turn is over or its day has passed: the next turn of what recurs, or the end of the task."""
    task = turn.task
    latest = Turn.objects.filter(task=task).latest("number")
    if task.deadline == Task.Deadline.RECURRING and turn.pk == latest.pk and turn.due_on is not None:
        region = task.document.region_id
        ruled = rules.rules_for(region)
        due = rules.next_due(task.rule, max(turn.due_on, timezone.localdate() - dt.timedelta(days=1)),
                             ruled.vague.value)
        if task.until is None or due <= task.until:
            begins = turn.due_on + dt.timedelta(days=1)
            kept = rules.days(ruled, due, max(begins, timezone.localdate()))
            return Turn.objects.create(task=task, number=latest.number + 1, begins_on=begins, due_on=due,
                                       amber_on=kept.amber_on, quiet_on=kept.quiet_on)
    if task.is_running and not Turn.objects.filter(task=task, state__in=OPEN_TURNS).exists():
        task.state, task.closed_at, task.closed_by = Task.State.DONE, timezone.now(), actor
        task.version += 1
        task.save(update_fields=["state", "closed_at", "closed_by", "version"])
        record(actor, "plans.task_done", task, region=task.document.region_id)
    return None


def move_deadline(actor: User, turn_pk: int, version: int, day: dt.date | None, reason: str) -> Turn:
    """The office moves a deadline, with a reason that is kept. None takes it away."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        turn = _locked(actor, turn_pk, version)
        region = turn.task.document.region_id
        actor.require("plans.drive", region)
        if not turn.is_open or not turn.task.is_running:
            raise Refused(_("This step is not possible in the present state."))
        if day == turn.due_on:
            raise Refused(fields={"day": _("That is the deadline already.")})
        if day is not None and day < turn.begins_on:
            raise Refused(fields={"day": _("That lies before the work began, on %(day)s.") % {"day": turn.begins_on}})
        DeadlineChange.objects.create(turn=turn, was=turn.due_on, becomes=day, reason=reason[:200], by=actor)
        was, turn.due_on = turn.due_on, day
        turn.amber_on = rules.days(rules.rules_for(region), day, timezone.localdate()).amber_on
        turn.version += 1
        turn.save()
        asking.settle(actor, workkinds.REPORT, turn.pk, _("the deadline was moved"))
        record(actor, "plans.deadline", turn, region=region, reason=reason[:200], detail={
            "task": turn.task_id, "from": str(was or ""), "to": str(day or "")})
    return turn


def edit_task(
    actor: User, task_pk: int, version: int, *, title: str, evidence: str, evidence_count: int,
    units: Mapping[str, Iterable[Unit]], parent: Task | None = None,
) -> Task:
    """The office changes a task's short name, what proof it needs, its place under another task, and who has a part."""
    title = title.strip()
    if not title:
        raise Refused(fields={"title": _("Fill this in.")})
    with transaction.atomic():
        task = _task(actor, task_pk, version)
        if parent is not None and (parent.pk == task.pk or parent.document_id != task.document_id
                                   or parent.pk in _below(task)):
            raise Refused(fields={"parent": _("Choose another task of the same plan that is not a part of this one.")})
        task.title, task.evidence, task.evidence_count = title[:200], evidence.strip()[:200], evidence_count
        task.parent, task.version = parent, task.version + 1
        task.save()
        changed = set_units(task, units)
        record(actor, "plans.task", task, region=task.document.region_id, detail={
            "title": task.title, "evidence": evidence_count, "units": changed})
    return task


def _below(task: Task) -> set[int]:
    found: set[int] = set()
    front = {task.pk}
    while front:
        front = set(Task.objects.filter(parent__in=front).values_list("pk", flat=True)) - found
        found |= front
    return found


def set_units(task: Task, units: Mapping[str, Iterable[Unit]]) -> list[int]:
    """Give a task its units by role; each has one part, the first named. Names nobody assigned stay. The ids."""
    wanted: dict[int, tuple[str, Unit]] = {}
    for role in TaskUnit.Role.values:
        for unit in units.get(role, ()):
            if unit.region_id != task.document.region_id:
                raise Refused(_("That unit belongs to another area."))
            wanted.setdefault(unit.pk, (role, unit))
    held = {part.unit_id: part for part in TaskUnit.objects.filter(task=task, unit__isnull=False)}
    for pk, part in held.items():
        if pk not in wanted:
            part.delete()
        elif part.role != wanted[pk][0]:
            part.role = wanted[pk][0]
            part.save(update_fields=["role"])
    TaskUnit.objects.bulk_create(
        [TaskUnit(task=task, unit=unit, surface=unit.name, role=role)
         for pk, (role, unit) in wanted.items() if pk not in held]
    )
    return sorted(wanted)


def _task(actor: User, pk: int, version: int | None = None) -> Task:
    """A running task of the actor's area, locked. Raises NotVisible, Changed, Refused."""
    found = get_task(actor, pk)
    actor.require("plans.drive", found.document.region_id)
    task = Task.objects.select_for_update(of=("self",)).select_related("document").defer("document__text").get(pk=pk)
    if version is not None and task.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if not task.is_running:
        raise Refused(_("This task is over."))
    return task


def withdraw(actor: User, task_pk: int, version: int | None, reason: str) -> Task:
    """The office takes a task out of the plan, with a reason; its open turns are dropped."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        task = _task(actor, task_pk, version)
        for turn in Turn.objects.select_for_update().filter(task=task, state__in=OPEN_TURNS):
            turn.task = task
            turn.state = Turn.State.DROPPED
            _step(actor, turn, TurnStep.Verb.DROP, reason)
            asking.settle_all(actor, turn, _("no longer needed"))
        task.state, task.close_reason = Task.State.WITHDRAWN, reason[:200]
        task.closed_at, task.closed_by, task.version = timezone.now(), actor, task.version + 1
        task.save()
        record(actor, "plans.task_withdraw", task, region=task.document.region_id, reason=reason[:200])
    return task


def remind(actor: User, turn_pks: Iterable[int]) -> int:
    """The office puts picked turns on the desks of the units that answer for them. Returns how many."""
    actor.require("plans.drive")
    scope, done = actor.scope("plans.drive"), 0
    with transaction.atomic():
        turns = (
            Turn.objects.filter(task__in=visible_to(actor), pk__in=list(turn_pks)[:MOST_AT_ONCE],
                                state__in=(Turn.State.OPEN, Turn.State.RETURNED))
            .filter(scope.q("task__document__region__code")).select_related("task__document")
            .defer("task__document__text")
        )
        for turn in turns:
            asking.ask_to_report(actor, turn)
            record(actor, "plans.remind", turn, region=turn.task.document.region_id, detail={"task": turn.task_id})
            done += 1
    return done

