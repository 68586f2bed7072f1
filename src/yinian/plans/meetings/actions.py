"""Keeping joint meetings: minutes as a draft, decisions that act on tasks, minutes issued."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.documents import actions as papers_of
from yinian.core.errors import Changed, Refused
from yinian.core.models import User
from yinian.plans import papers, rules
from yinian.plans.documents.models import PlanDocument
from yinian.plans.documents.queries import get_document
from yinian.plans.meetings.models import Decision, Meeting
from yinian.plans.meetings.queries import decisions_of, get_meeting
from yinian.plans.tasks import actions as tasks
from yinian.plans.tasks import asking
from yinian.plans.tasks.models import OPEN_TURNS, Task, TaskUnit, Turn
from yinian.plans.tasks.queries import get_task
from yinian.plans.units.models import Unit

TEMPLATE = "plans/meetings/minutes.typ"
FIELDS = ("title", "held_on", "venue", "chair", "present", "minutes")


def save(actor: User, document_pk: int, *, pk: int | None = None, version: int = 0, **given: Any) -> Meeting:
    """Begin the minutes of a meeting on a plan, or change them while they are a draft (``given``: FIELDS)."""
    if given["held_on"] > timezone.localdate() + dt.timedelta(days=60):
        raise Refused(fields={"held_on": _("This day cannot be right; look at the year.")})
    with transaction.atomic():
        if pk is None:
            document = get_document(actor, document_pk, "plans.drive")
            actor.require("plans.drive", document.region_id)
            if document.state != PlanDocument.State.ADOPTED:
                raise Refused(_("The plan has not been adopted."))
            meeting = Meeting(document=document, created_by=actor)
        else:
            meeting = _draft(actor, pk, version)
            meeting.version += 1
        for name in FIELDS:
            setattr(meeting, name, given[name])
        meeting.save()
        record(actor, "plans.meeting", meeting, region=meeting.document.region_id,
               detail={"held_on": meeting.held_on.isoformat()})
    return meeting


def _draft(actor: User, pk: int, version: int | None) -> Meeting:
    found = get_meeting(actor, pk)
    actor.require("plans.drive", found.document.region_id)
    meeting = (
        Meeting.objects.select_for_update(of=("self",)).select_related("document__region").defer("document__text")
        .get(pk=pk)
    )
    if version is not None and meeting.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if meeting.state != Meeting.State.DRAFT:
        raise Refused(_("Issued minutes stay as they are."))
    return meeting


def decide(
    actor: User, pk: int, kind: str, text: str, *, task_pk: int | None = None, title: str = "",
    due_on: dt.date | None = None, lead: Iterable[Unit] = (), assist: Iterable[Unit] = (),
) -> Decision:
    """Enter a decision and carry it out: a new task with its units and deadline, one withdrawn, a deadline moved.

    The decision's words are the reason that stands with the task.
    """
    text = text.strip()
    if not text:
        raise Refused(fields={"text": _("Fill this in.")})
    if kind not in Decision.Kind.values:
        raise Refused(fields={"kind": _("Choose one.")})
    with transaction.atomic():
        meeting = _draft(actor, pk, None)
        task = None
        if kind in (Decision.Kind.WITHDRAW, Decision.Kind.MOVE):
            if task_pk is None:
                raise Refused(fields={"task": _("Choose the task.")})
            task = get_task(actor, task_pk)
            if task.document_id != meeting.document_id:
                raise Refused(fields={"task": _("Choose a task of this plan.")})
        last = Decision.objects.filter(meeting=meeting).aggregate(n=Max("number"))["n"] or 0
        made = Decision.objects.create(
            meeting=meeting, number=last + 1, kind=kind, text=text[:400], task=task, by=actor
        )
        why = _("Joint meeting of %(day)s: %(text)s") % {"day": meeting.held_on, "text": text}
        if kind == Decision.Kind.MAKE:
            _make(actor, meeting, made, title.strip() or text[:40], due_on, lead, assist)
        elif task is not None and kind == Decision.Kind.WITHDRAW:
            tasks.withdraw(actor, task.pk, None, why[:200])
        elif task is not None:
            turn = Turn.objects.filter(task=task, state__in=OPEN_TURNS).order_by("number").first()
            if turn is None or due_on is None:
                raise Refused(fields={"due_on": _("Give the new deadline of a task that is not over.")})
            tasks.move_deadline(actor, turn.pk, turn.version, due_on, why[:200])
        record(actor, "plans.decision", made, region=meeting.document.region_id, reason=text[:200],
               detail={"kind": kind, "task": task.pk if task else None})
    return made


def _make(
    actor: User, meeting: Meeting, decision: Decision, title: str, due_on: dt.date | None, lead: Iterable[Unit],
    assist: Iterable[Unit],
) -> Task:
    """The task a decision makes, with its one turn, put on the desks of its units."""
    units = {TaskUnit.Role.LEAD.value: list(lead), TaskUnit.Role.ASSIST.value: list(assist)}
    if not units[TaskUnit.Role.LEAD.value]:
        raise Refused(fields={"lead": _("Name at least one lead unit.")})
    if due_on is not None and due_on < meeting.held_on:
        raise Refused(fields={"due_on": _("That lies before the meeting.")})
    task = Task.objects.create(
        document=meeting.document, decision=decision, title=title[:200], created_by=actor, evidence_count=1,
        deadline=Task.Deadline.BY if due_on else Task.Deadline.NONE,
        place=(Task.objects.filter(document=meeting.document).aggregate(n=Max("place"))["n"] or 0) + 1,
    )
    tasks.set_units(task, units)
    kept = rules.days(rules.rules_for(meeting.document.region_id), due_on, timezone.localdate())
    turn = Turn.objects.create(task=task, number=1, begins_on=meeting.held_on, due_on=due_on,
                               amber_on=kept.amber_on, quiet_on=kept.quiet_on)
    asking.ask_to_report(actor, turn)
    return task


def paper_data(meeting: Meeting) -> dict[str, Any]:
    """What the minutes say, as plain data, in Chinese whoever issues them."""
    with translation.override("zh-hans"):
        return {
            "plan": meeting.document.title, "title": meeting.title, "held_on": meeting.held_on.isoformat(),
            "venue": meeting.venue, "chair": meeting.chair, "present": meeting.present,
            "minutes": [part for part in meeting.minutes.splitlines() if part.strip()],
            "decisions": [
                {"text": one.text, "kind": str(one.get_kind_display()), **_effect(one)} for one in decisions_of(meeting)
            ],
        }


def _effect(decision: Decision) -> dict[str, str]:
    """The task a decision speaks of, with its units and deadline as they stand."""
    task = decision.task or getattr(decision, "made_task", None)
    if task is None:
        return {"task": "", "lead": "", "due": ""}
    lead = "、".join(
        part.unit.name if part.unit else part.surface
        for part in TaskUnit.objects.filter(task=task).exclude(role="assist").select_related("unit")[:6]
    )
    turn = Turn.objects.filter(task=task).order_by("number").last()
    due = turn.due_on.isoformat() if turn and turn.due_on and decision.kind != Decision.Kind.WITHDRAW else ""
    return {"task": task.title, "lead": lead, "due": due}


def issue(actor: User, pk: int, version: int) -> Meeting:
    """Issue the minutes: numbered, set as a paper; from then on they stay."""
    with transaction.atomic():
        meeting = _draft(actor, pk, version)
        region = meeting.document.region_id
        if not meeting.minutes.strip():
            raise Refused(_("The minutes are empty; write what was said first."))
        paper = papers_of.issue(actor, papers.MINUTES, region=region, title="联席会议纪要", template=TEMPLATE,
                                data=paper_data(meeting))
        meeting.state, meeting.paper = Meeting.State.ISSUED, paper
        meeting.issued_by, meeting.issued_at, meeting.version = actor, timezone.now(), meeting.version + 1
        meeting.save()
        record(actor, "plans.meeting_issue", meeting, region=region, detail={"number": paper.number})
    return meeting
