"""Supervision letters: drafted for what is long overdue, read and sent by the office, answered by the unit."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.documents import actions as documents
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.models import User
from yinian.plans import papers, rules, workkinds
from yinian.plans.documents.models import PlanDocument
from yinian.plans.reports.models import Letter, LetterLine
from yinian.plans.tasks import asking
from yinian.plans.tasks.models import Task, TaskUnit, Turn
from yinian.plans.tasks.queries import ANSWERING
from yinian.plans.units.models import Unit
from yinian.plans.units.queries import spoken_for

TEMPLATE = "plans/reports/letter.typ"


def visible_to(actor: User) -> QuerySet[Letter]:
    """Letters on the plans of the actor's area, and those sent to units the actor speaks for."""
    actor.require("plans.view")
    found = Letter.objects.filter(unit__in=spoken_for(actor), state__in=("sent", "answered"))
    if actor.may("plans.area"):
        found = found | Letter.objects.filter(actor.scope("plans.area").q("document__region__code"))
    return found.select_related("document__region", "unit", "paper", "sent_by").defer(
        "document__text", "document__region__outline"
    ).distinct()


def get_letter(actor: User, pk: int) -> Letter:
    """A visible letter. Raises NotVisible."""
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("letter")
    return found


def lines_of(letter: Letter) -> list[LetterLine]:
    return list(
        LetterLine.objects.filter(letter=letter).select_related("turn__task").order_by("turn__due_on", "pk")
    )


def draft_overdue(actor: User, document: PlanDocument, before: dt.date) -> int:
    """Draft letters to the units that answer for turns due before a day, of which no letter speaks yet.

    One draft a unit: what falls overdue later joins it until it is sent. Returns how many turns were added.
    """
    added = 0
    with transaction.atomic():
        PlanDocument.objects.select_for_update().defer("text").get(pk=document.pk)
        overdue = list(
            Turn.objects.filter(
                task__document=document, task__state=Task.State.RUNNING, due_on__lt=before,
                state__in=(Turn.State.OPEN, Turn.State.RETURNED),
            ).select_related("task")
        )
        told = set(
            LetterLine.objects.filter(turn__in=overdue).exclude(letter__state=Letter.State.DROPPED)
            .values_list("turn_id", "letter__unit_id")
        )
        waiting: dict[Unit, list[Turn]] = {}
        for turn in overdue:
            for unit in _to_be_told(turn):
                if (turn.pk, unit.pk) not in told:
                    waiting.setdefault(unit, []).append(turn)
        for unit, turns in waiting.items():
            letter, made = Letter.objects.get_or_create(
                document=document, unit=unit, state=Letter.State.DRAFT, defaults={"drafted_by": actor}
            )
            LetterLine.objects.bulk_create([LetterLine(letter=letter, turn=turn) for turn in turns])
            added += len(turns)
            if made:
                record(actor, "plans.letter_draft", letter, region=document.region_id, detail={"unit": unit.pk})
            inbox.ask(actor, workkinds.LETTER, key=asking.key(workkinds.LETTER, letter.pk), region=document.region_id,
                      params={"unit": unit.name, "count": LetterLine.objects.filter(letter=letter).count()},
                      url=reverse("plans:letter", args=[letter.pk]))
    return added


def _to_be_told(turn: Turn) -> list[Unit]:
    """The lead units of a turn, or else those responsible; towns named in a crowd are driven by the lead."""
    parts = [p for p in TaskUnit.objects.filter(task=turn.task_id).select_related("unit") if p.unit is not None]
    leads = [p.unit for p in parts if p.role == TaskUnit.Role.LEAD]
    return leads or [p.unit for p in parts if p.role in ANSWERING and p.role != TaskUnit.Role.TERRITORIAL]  # type: ignore[return-value]


def paper_data(letter: Letter) -> dict[str, Any]:
    """What the letter says, as plain data for the paper: in Chinese, whoever sends it."""
    with translation.override("zh-hans"):
        today = timezone.localdate()
        return {
            "unit": letter.unit.name, "plan": letter.document.title, "number": letter.document.number,
            "words": letter.words, "reply_by": letter.reply_by.isoformat() if letter.reply_by else "",
            "lines": [
                {"title": line.turn.task.title, "due": line.turn.due_on.isoformat() if line.turn.due_on else "",
                 "late": (today - line.turn.due_on).days if line.turn.due_on else 0, "percent": line.turn.percent,
                 "quote": line.turn.task.deadline_words}
                for line in lines_of(letter)
            ],
        }


def _locked(actor: User, pk: int, version: int) -> Letter:
    letter = Letter.objects.select_for_update(of=("self",)).select_related("document__region", "unit").get(
        pk=get_letter(actor, pk).pk
    )
    if letter.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    return letter


def edit(actor: User, pk: int, version: int, words: str, reply_by: dt.date | None) -> Letter:
    """Keep the office's words on a draft, and by when an answer is wanted."""
    with transaction.atomic():
        letter = _locked(actor, pk, version)
        actor.require("plans.drive", letter.document.region_id)
        if letter.state != Letter.State.DRAFT:
            raise Refused(_("A letter that was sent stays as it is."))
        letter.words, letter.reply_by, letter.version = words.strip()[:2000], reply_by, letter.version + 1
        letter.save(update_fields=["words", "reply_by", "version"])
        record(actor, "plans.letter_edit", letter, region=letter.document.region_id)
    return letter


def send(actor: User, pk: int, version: int, words: str = "", reply_by: dt.date | None = None) -> Letter:
    """Send a letter: numbered, set as a paper, put on the unit's desk with the day by which it is to be answered.

    Turns that were done meanwhile fall out. Raises :class:`Refused` where nothing is left to write about.
    """
    with transaction.atomic():
        letter = _locked(actor, pk, version)
        region = letter.document.region_id
        actor.require("plans.drive", region)
        if letter.state != Letter.State.DRAFT:
            raise Refused(_("A letter that was sent stays as it is."))
        LetterLine.objects.filter(letter=letter).exclude(
            turn__state__in=(Turn.State.OPEN, Turn.State.RETURNED), turn__task__state=Task.State.RUNNING
        ).delete()
        if not LetterLine.objects.filter(letter=letter).exists():
            raise Refused(_("Everything in this letter was done meanwhile; drop it."))
        today = timezone.localdate()
        letter.reply_by = reply_by or letter.reply_by or today + dt.timedelta(days=rules.rules_for(region).reply.value)
        if letter.reply_by < today:
            raise Refused(fields={"reply_by": _("This day has passed.")})
        letter.words = words.strip()[:2000] or letter.words
        title = "督办函"
        letter.paper = documents.issue(actor, papers.LETTER, region=region, title=title, template=TEMPLATE,
                                       data=paper_data(letter))
        letter.state, letter.sent_by, letter.sent_at = Letter.State.SENT, actor, timezone.now()
        letter.version += 1
        letter.save()
        record(actor, "plans.letter_send", letter, region=region,
               detail={"unit": letter.unit_id, "number": letter.paper.number})
        inbox.settle(actor, asking.key(workkinds.LETTER, letter.pk), _("letter sent"))
        asking.ask_unit(actor, workkinds.ANSWER, letter.unit, letter.pk, {"number": letter.paper.number},
                        reverse("plans:letter", args=[letter.pk]), letter.reply_by)
    return letter


def answer(actor: User, pk: int, version: int, reply: str) -> Letter:
    """The unit answers: what it does, by when. The work itself is reported on the tasks."""
    reply = reply.strip()
    if not reply:
        raise Refused(fields={"reply": _("Say what is done about it, and by when.")})
    with transaction.atomic():
        letter = _locked(actor, pk, version)
        region = letter.document.region_id
        actor.require("plans.report")
        drives = actor.may("plans.drive") and actor.scope("plans.drive").covers(region)
        if not drives and not spoken_for(actor).filter(pk=letter.unit_id).exists():
            raise NotVisible("letter")
        if letter.state != Letter.State.SENT:
            raise Refused(_("This step is not possible in the present state."))
        letter.state, letter.reply = Letter.State.ANSWERED, reply[:2000]
        letter.answered_by, letter.answered_at, letter.version = actor, timezone.now(), letter.version + 1
        letter.save()
        record(actor, "plans.letter_answer", letter, region=region, detail={"unit": letter.unit_id})
        asking.settle(actor, workkinds.ANSWER, letter.pk, _("answered"))
    return letter


def drop(actor: User, pk: int, version: int, reason: str) -> Letter:
    """The office does not send a draft, for a reason; the same turns may be drafted anew."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        letter = _locked(actor, pk, version)
        actor.require("plans.drive", letter.document.region_id)
        if letter.state != Letter.State.DRAFT:
            raise Refused(_("A letter that was sent stays as it is."))
        letter.state, letter.drop_reason, letter.version = Letter.State.DROPPED, reason[:200], letter.version + 1
        letter.save()
        record(actor, "plans.letter_drop", letter, region=letter.document.region_id, reason=reason[:200])
        inbox.settle(actor, asking.key(workkinds.LETTER, letter.pk), _("dropped"), needed=False)
    return letter
