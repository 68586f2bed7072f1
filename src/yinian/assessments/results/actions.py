"""Results: made of a confirmed record, reviewed by another human, issued with a notice, in force, void."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import papers, registering, rules, scales, workkinds
from yinian.assessments.assignments.models import Seat
from yinian.assessments.objections.models import Objection
from yinian.assessments.requests.actions import locked as locked_request
from yinian.assessments.requests.models import Request
from yinian.assessments.results import followers
from yinian.assessments.results.models import Result
from yinian.assessments.results.notice import notice_data
from yinian.assessments.results.queries import get_result
from yinian.assessments.visits.actions import back_to_visit
from yinian.assessments.visits.models import Visit
from yinian.assessments.visits.queries import particulars_of
from yinian.core.audit.actions import record
from yinian.core.calendar.queries import add_working_days
from yinian.core.documents import actions as documents
from yinian.core.errors import Changed, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day
from yinian.core.models import Region
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.core.users.queries import human_key, platform_user, same_human
from yinian.engines.scale import Adjusted
from yinian.people.models import Person
from yinian.people.persons.actions import check_reach

COUNTY_DIGITS = 6
VILLAGE_DIGITS = 12
TEMPLATE = "assessments/documents/notice.typ"


def make_result(actor: User, request: Request, visit: Visit) -> Result:
    """The result of a locked record that all its assessors have confirmed; the request goes to review."""
    scale = scales.scale_for(request.person.region_id, request.scale)
    found = scales.scored(scale, visit.items, particulars_of(visit))
    result = Result.objects.create(
        request=request, person_id=request.person_id, scale=scale.id, scale_hash=scale.hash, items=dict(found.items),
        inputs=dict(found.inputs), total=found.total, dimensions=dict(found.dimensions), initial=found.initial,
        adjustments=[_kept(entry) for entry in (*found.adjustments, *found.without_effect)], final=found.final,
        assessed_on=timezone.localtime(visit.ended_at).date() if visit.ended_at else timezone.localdate(),
    )
    request.state, request.version = Request.State.REVIEW, request.version + 1
    request.due_on = rules.stage_due(request, "result", timezone.localdate())
    request.save(update_fields=["state", "version", "due_on"])
    inbox.ask(
        actor, workkinds.ISSUE, key=f"{workkinds.ISSUE}:{request.pk}", due_on=request.due_on,
        region=request.person.region_id[:COUNTY_DIGITS],
        params={"name": request.person.name, "village": request.person.region.name,
                "scale": scales.in_words(scale.name)},
        url=reverse("assessments:result", args=[result.pk]),
    )
    record(actor, "assessments.result", result, region=request.person.region_id,
           detail={"request": request.pk, "total": result.total, "initial": result.initial, "final": result.final})
    return result


def _kept(entry: Adjusted) -> dict[str, Any]:
    return {"id": entry.id, "from": entry.before, "to": entry.after,
            "reason": {"zh": entry.reason.zh, "en": entry.reason.en}}


def send_back(actor: User, result_pk: int, version: int, reason: str) -> Result:
    """Return a result to its assessors: the record is opened again and confirmed anew."""
    seen = get_result(actor, result_pk)
    actor.require("assessments.issue", seen.person.region_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say what is to be put right; the assessors read it.")})
    with transaction.atomic():
        request = locked_request(_request_of(seen), None)
        result = _locked(result_pk, version, Result.State.REVIEW)
        _by_another(actor, result)
        _returned(actor, result, reason[:200])
        inbox.settle(actor, f"{workkinds.ISSUE}:{request.pk}", _("Returned to the assessors."))
        back_to_visit(actor, request, reason)
    return result


def drop(actor: User, request: Request, reason: str) -> None:
    """A result in review falls with its request, which the caller has locked and closes."""
    for result in Result.objects.select_for_update(of=("self",)).select_related("person").filter(
        request=request, state=Result.State.REVIEW
    ):
        _returned(actor, result, reason[:200])


def _returned(actor: User, result: Result, reason: str) -> None:
    result.state, result.version = Result.State.RETURNED, result.version + 1
    result.reviewed_by, result.reviewed_at, result.review_note = actor, timezone.now(), reason
    result.save(update_fields=["state", "version", "reviewed_by", "reviewed_at", "review_note"])
    record(actor, "assessments.send_back", result, region=result.person.region_id, reason=reason)


def issue(actor: User, result_pk: int, version: int, note: str = "") -> Result:
    """Issue a result after review by a human who is none of its assessors: number, notice, the time to object.

    By the pack it holds from now, or when the time to object has passed; a re-assessment is final and holds now.
    """
    seen = get_result(actor, result_pk)
    actor.require("assessments.issue", seen.person.region_id)
    human_key(actor)
    with transaction.atomic():
        request = locked_request(_request_of(seen), None)
        person = Person.objects.select_for_update(of=("self",)).select_related("region").get(pk=seen.person_id)
        result = _locked(result_pk, version, Result.State.REVIEW)
        _by_another(actor, result)
        today = timezone.localdate()
        if person.state == Person.State.DEAD:
            raise Refused(_("%(name)s has died; withdraw the request instead.") % {"name": person.name})
        final = request.disputes_id is not None
        result.reviewed_by, result.reviewed_at, result.review_note = actor, timezone.now(), note.strip()[:200]
        result.issued_on, result.state, result.version = today, Result.State.ISSUED, result.version + 1
        result.object_until = None if final else add_working_days(today, int(request.rules["objection"]))
        result.reassess_on = rules.reassess_on(request.rules, result.final, result.assessed_on)
        result.notice = documents.issue(
            actor, papers.NOTICE, region=person.region_id, person=person.pk, on=today, title=_notice_title(result),
            template=TEMPLATE, data=notice_data(result, request, person, actor),
        )
        result.save()
        if final or request.rules["effect"] == rules.FROM_ISSUE:
            take_effect(actor, result, person, today)
        request.state, request.version = Request.State.DONE, request.version + 1
        request.closed_at, request.closed_by = timezone.now(), actor
        request.save(update_fields=["state", "version", "closed_at", "closed_by"])
        if final:
            _answer(actor, request, result)
        inbox.settle(actor, f"{workkinds.ISSUE}:{request.pk}", _("Issued."))
        _ask_delivery(actor, result, person)
        record(actor, "assessments.issue", result, region=person.region_id, reason=note.strip()[:200],
               detail={"notice": result.notice.number, "final": result.final,
                       "object_until": result.object_until and result.object_until.isoformat()})
    return result


def _notice_title(result: Result) -> str:
    return f"{scales.scale_name(result.scale)}结果告知书"


def _request_of(result: Result) -> int:
    if result.request_id is None:
        raise Refused(_("This result was recognised from another body; it is not reviewed here."))
    return int(result.request_id)


def _by_another(actor: User, result: Result) -> None:
    """The reviewer is none of the assessors, nor the person assessed."""
    for seat in Seat.objects.filter(request=result.request_id, released_at__isnull=True).select_related(
        "assessor__user"
    ):
        if same_human(actor, seat.assessor.user):
            raise Refused(_("You assessed this person yourself; another has to review it."))
    own = actor.identity_index
    if own is not None and result.person.id_index is not None and bytes(own) == bytes(result.person.id_index):
        raise Refused(_("Nobody reviews a result about themself."))


def _locked(result_pk: int, version: int, *states: str) -> Result:
    result = Result.objects.select_for_update(of=("self",)).select_related("person", "notice", "request").get(
        pk=result_pk
    )
    if result.version != version:
        raise Changed(_("Somebody has changed this result meanwhile; look at it again."))
    if states and result.state not in states:
        raise Refused(_("This step is not possible in the present state."))
    return result


def take_effect(actor: User, result: Result, person: Person, on: dt.date) -> None:
    """The result holds from ``on``: what held before ends, and the register learns it. Both are locked."""
    before = Result.objects.select_for_update().filter(
        person=person, scale=result.scale, state=Result.State.IN_FORCE
    ).exclude(pk=result.pk).first()
    if before is not None:
        before.state, before.ended_on, before.version = Result.State.SUPERSEDED, on, before.version + 1
        before.save(update_fields=["state", "ended_on", "version"])
        result.replaces = before
    result.state, result.in_force_on, result.version = Result.State.IN_FORCE, on, result.version + 1
    result.save(update_fields=["state", "in_force_on", "version", "replaces"])
    registering.tell(actor, result, person)
    record(actor, "assessments.take_effect", result, region=person.region_id,
           detail={"on": on.isoformat(), "final": result.final, "replaces": result.replaces_id})
    followers.tell(actor, person.pk)


def _answer(actor: User, request: Request, result: Result) -> None:
    """A re-assessment answers the objection: the level stands, or it is another."""
    objection = Objection.objects.select_for_update().filter(request=request, state=Objection.State.LODGED).first()
    if objection is None:
        return
    disputed = Result.objects.select_for_update().get(pk=objection.result_id)
    same = disputed.final == result.final
    if disputed.state == Result.State.ISSUED:  # it waited for its time to object: the re-assessment stands instead
        disputed.state, disputed.in_force_on, disputed.ended_on = (
            Result.State.SUPERSEDED, result.in_force_on, result.in_force_on
        )
        disputed.version += 1
        disputed.save(update_fields=["state", "in_force_on", "ended_on", "version"])
        if result.replaces_id is None:
            result.replaces = disputed
            result.save(update_fields=["replaces"])
    objection.state = Objection.State.UPHELD if same else Objection.State.CHANGED
    objection.closed_on, objection.closed_by, objection.version = timezone.localdate(), actor, objection.version + 1
    objection.close_reason = (
        _("The re-assessment found the same level.") if same else _("The re-assessment found another level.")
    )
    objection.save(update_fields=["state", "closed_on", "closed_by", "close_reason", "version"])
    record(actor, "assessments.object_close", objection, region=request.person.region_id,
           detail={"result": result.pk, "same": same})


def _ask_delivery(actor: User, result: Result, person: Person) -> None:
    """The village hands the notice over; where no village answers, the town does."""
    region = person.region_id[:VILLAGE_DIGITS]
    inbox.ask(
        actor, workkinds.DELIVER, key=f"{workkinds.DELIVER}:{result.pk}", region=region,
        role=Role.VILLAGE_WORKER if len(region) == VILLAGE_DIGITS else Role.TOWN_OFFICER,
        params={"name": person.name, "village": Region.objects.values_list("name", flat=True).get(pk=region)},
        url=reverse("assessments:result", args=[result.pk]),
    )


def deliver(actor: User, result_pk: int, version: int, on: dt.date | None, to: str) -> Result:
    """Record that the notice was handed over: the time to object counts from that day."""
    seen = get_result(actor, result_pk)
    check_reach(actor, "assessments.request", seen.person)
    to = to.strip()
    if on is None or seen.issued_on is None or not seen.issued_on <= on <= timezone.localdate():
        raise Refused(fields={"on": _("A day from the issue of the notice (%(day)s) until today.")
                              % {"day": day(seen.issued_on)}})
    if not to:
        raise Refused(fields={"to": _("Say to whom the notice was handed.")})
    with transaction.atomic():
        result = _locked(result_pk, version, Result.State.ISSUED, Result.State.IN_FORCE)
        if result.delivered_on is not None:
            raise Refused(_("The delivery is recorded already."))
        result.delivered_on, result.delivered_to, result.version = on, to[:60], result.version + 1
        if result.object_until is not None and result.request is not None:
            result.object_until = max(
                result.object_until, add_working_days(on, int(result.request.rules["objection"]))
            )
        result.save(update_fields=["delivered_on", "delivered_to", "object_until", "version"])
        inbox.settle(actor, f"{workkinds.DELIVER}:{result.pk}", _("Handed over to %(who)s.") % {"who": to[:60]})
        record(actor, "assessments.deliver", result, region=seen.person.region_id,
               detail={"on": on.isoformat(),
                       "object_until": result.object_until and result.object_until.isoformat()})
    return result


def close_windows(today: dt.date | None = None) -> int:
    """By the clock: results that waited for their time to object, and met none, come into force. How many."""
    today, actor, count = today or timezone.localdate(), platform_user(), 0
    waiting = Result.objects.filter(state=Result.State.ISSUED, object_until__lt=today).exclude(
        objections__state=Objection.State.LODGED
    )
    for pk, person_pk in list(waiting.values_list("pk", "person_id")):
        with transaction.atomic():
            person = Person.objects.select_for_update(of=("self",)).select_related("region").get(pk=person_pk)
            result = (
                Result.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("person", "notice", "recognition__body")
                .filter(pk=pk, state=Result.State.ISSUED, object_until__lt=today).first()
            )
            if result is None or person.state == Person.State.DEAD:
                continue
            take_effect(actor, result, person, today)
            count += 1
    return count


def void(actor: User, result_pk: int, version: int, reason: str) -> Result:
    """Declare an issued result void, with the reason: the register takes it back, and what it replaced holds again."""
    seen = get_result(actor, result_pk)
    actor.require("assessments.issue", seen.person.region_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give the reason; it is kept and stands on the result.")})
    with transaction.atomic():
        person = Person.objects.select_for_update(of=("self",)).select_related("region").get(pk=seen.person_id)
        result = _locked(result_pk, version, Result.State.ISSUED, Result.State.IN_FORCE)
        if result.request_id is not None:
            _by_another(actor, result)
        if result.objections.filter(state=Objection.State.LODGED).exists():
            raise Refused(_("An objection to this result is being answered; the re-assessment will replace it."))
        held = result.state == Result.State.IN_FORCE
        today = timezone.localdate()
        result.state, result.ended_on, result.version = Result.State.VOID, today, result.version + 1
        result.void_by, result.void_at, result.void_reason = actor, timezone.now(), reason[:200]
        result.save(update_fields=["state", "ended_on", "version", "void_by", "void_at", "void_reason"])
        if held:
            registering.untell(actor, result, person, reason)
            _restore_before(actor, result, person, today)
            followers.tell(actor, person.pk)
        if result.notice is not None and result.notice.withdrawn_at is None:
            documents.withdraw(actor, result.notice_id or 0, reason)
        inbox.settle(actor, f"{workkinds.DELIVER}:{result.pk}", _("The result is void."), needed=False)
        record(actor, "assessments.void", result, region=person.region_id, reason=reason[:200],
               detail={"held": held})
    return result


def _restore_before(actor: User, result: Result, person: Person, today: dt.date) -> None:
    """What the void result had replaced holds again."""
    if result.replaces_id is None:
        return
    before = Result.objects.select_for_update(of=("self",)).select_related("person", "notice", "recognition__body").get(
        pk=result.replaces_id
    )
    if before.state != Result.State.SUPERSEDED:
        return
    before.state, before.ended_on, before.version = Result.State.IN_FORCE, None, before.version + 1
    before.ended_by, before.end_reason = None, ""
    before.save(update_fields=["state", "ended_on", "ended_by", "end_reason", "version"])
    registering.untell(actor, before, person, _("A later result was void; this one holds again."))
    registering.tell(actor, before, person)
    record(actor, "assessments.take_effect", before, region=person.region_id,
           detail={"on": today.isoformat(), "final": before.final, "again": True})


