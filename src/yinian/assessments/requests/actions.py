"""Asking for an assessment, for one person or for many, and withdrawing what was asked."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import rules, scales, workkinds
from yinian.assessments.assignments.models import Seat
from yinian.assessments.requests.models import Request
from yinian.assessments.requests.queries import COUNTY_DIGITS, get_request, open_of, region_of_rules
from yinian.assessments.results.models import Result
from yinian.core.attachments.models import Attachment
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day as words_of_day
from yinian.core.jobs import actions as jobs
from yinian.core.models import Job, Region
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.people.models import Person, Spell
from yinian.people.persons.actions import check_reach, lock_person
from yinian.people.persons.queries import visible_to
from yinian.people.representatives.models import Representative
from yinian.people.representatives.queries import get_own, standing

MOST_AT_ONCE = 2000  # in one go; more are asked for by a job
MANY = "assessments.request_many"
LATE_ENTRY_DAYS = 366  # a request on paper may be entered so many days after it was made
TOWN_DIGITS = 9
LOCK = 7305471


def suggest_kind(person: Person, scale: str) -> str:
    """First, unless a result or a recorded level stands already: then routine."""
    fact = scales.main_fact(scale)
    known = Result.objects.filter(person=person, scale=scale).exclude(state__in=("review", "returned")).exists() or (
        fact is not None and Spell.objects.filter(person=person, kind=fact, retracted_at__isnull=True).exists()
    )
    return Request.Kind.ROUTINE if known else Request.Kind.FIRST


def ask(
    actor: User, person_pk: int, scale: str, kind: str, channel: str, reason: str, *,
    requested_on: dt.date | None = None, place: str = "", paper: Attachment | None = None,
) -> Request:
    """Ask for one person to be assessed by one scale. The coordinator is asked to name assessors.

    Raises :class:`Refused` for a person who has died or moved away, an unknown scale, a channel the pack does not
    allow, or where a request stands open.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why the assessment is needed.")})
    if kind not in Request.Kind.values or kind == Request.Kind.DISPUTED:
        raise Refused(fields={"kind": _("Choose why it is made.")})
    with transaction.atomic():
        person = lock_person(actor, "assessments.request", person_pk)
        return open_request(
            actor, person, scale, kind, channel, reason, since=_day(requested_on), place=place, paper=paper
        )


def open_request(
    actor: User, person: Person, scale: str, kind: str, channel: str, reason: str, *, since: dt.date,
    place: str = "", paper: Attachment | None = None, disputes: Result | None = None,
) -> Request:
    """Open a request for a locked person whose right the caller has checked."""
    if person.state != Person.State.LIVING:
        raise Refused(fields={"person": _("%(name)s is not recorded as living in the county.") % {"name": person.name}})
    region = person.region_id
    if scale not in scales.names(region):
        raise Refused(fields={"scale": _("Choose the scale.")})
    kept = rules.frozen(region)
    if channel not in rules.rules_for(region).requesters.value:
        raise Refused(fields={"channel": _("By the rules of the county, this side does not ask for assessments.")})
    open_one = Request.objects.filter(person=person, scale=scale, state__in=Request.OPEN).first()
    if open_one is not None:
        raise _stands(open_one)
    due = rules.deadlines(kept, kind, scale, since)
    try:
        with transaction.atomic():
            request = Request.objects.create(
                person=person, scale=scale, kind=kind, channel=channel, reason=reason[:200], place=place.strip()[:200],
                paper=paper, requested_on=since, requested_by=actor, due_on=due.assign, result_due_on=due.result,
                rules=kept, disputes=disputes,
            )
    except IntegrityError as error:  # somebody asked at the same moment
        raise Refused(fields={"person": _("A request for this person stands open already.")}) from error
    record(actor, "assessments.request", request, region=region, reason=reason[:200],
           detail={"person": person.pk, "scale": scale, "kind": kind, "channel": channel})
    ask_to_assign(actor, region, due.assign)
    return request


def _stands(request: Request) -> Refused:
    return Refused(fields={"person": _(
        "A request of %(day)s by this scale stands open already (%(state)s)."
    ) % {"day": words_of_day(request.requested_on), "state": request.get_state_display()}})


@dataclass
class Asked:
    """What came of asking for many: ids of the new requests, and who was left out for what reason."""

    made: list[int] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def request_many(
    actor: User, person_pks: Iterable[int], reason: str, *, scale: str = "gbt42195", channel: str = "",
) -> Asked:
    """Ask for many persons at once: those with an open request, or not living here, are left out and named.

    Each gets the kind that fits: first, or routine where a level is on record.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why the assessments are needed.")})
    wanted = list(dict.fromkeys(person_pks))
    if len(wanted) > MOST_AT_ONCE:
        raise Refused(_("At most %(most)d people at once.") % {"most": MOST_AT_ONCE})
    if not wanted:
        raise Refused(_("Choose at least one person."))
    asked, today = Asked(), timezone.localdate()
    with transaction.atomic():
        people = list(
            visible_to(actor, "assessments.request").filter(pk__in=wanted).select_for_update(of=("self",))
            .order_by("pk").only("name", "state", "region_id", "merged_into_id", "id")
        )
        busy = open_of([person.pk for person in people], scale)
        known = _with_level([person.pk for person in people], scale)
        kept: dict[str, tuple[dict[str, Any], rules.Deadlines]] = {}
        rows = []
        for person in people:
            county = person.region_id[:COUNTY_DIGITS]
            if person.pk in busy:
                asked.left_out.append((person.name, _("a request stands open")))
                continue
            if person.state != Person.State.LIVING:
                asked.left_out.append((person.name, _("not recorded as living here")))
                continue
            if county not in kept:
                found = rules.frozen(county)
                side = channel or channel_of(actor)
                if side not in rules.rules_for(county).requesters.value:
                    raise Refused(_("By the rules of the county, this side does not ask for assessments."))
                kept[county] = (found, rules.deadlines(found, Request.Kind.ROUTINE, scale, today))
            snapshot, due = kept[county]
            rows.append(Request(
                person=person, scale=scale, reason=reason[:200], channel=channel or channel_of(actor),
                kind=Request.Kind.ROUTINE if person.pk in known else Request.Kind.FIRST, requested_on=today,
                requested_by=actor, due_on=due.assign, result_due_on=due.result, rules=snapshot,
            ))
        if rows and scale not in scales.names(rows[0].person.region_id):
            raise Refused(fields={"scale": _("Choose the scale.")})
        Request.objects.bulk_create(rows)
        asked.made = [row.pk for row in rows]
        for region in sorted({row.person.region_id[:TOWN_DIGITS] for row in rows}):
            ask_to_assign(actor, region, next(r.due_on for r in rows if r.person.region_id.startswith(region)))
        if rows:
            home = actor.home_region
            record(actor, "assessments.request_many", region=home.code if home else "", reason=reason[:200],
                   detail={"requests": len(rows), "scale": scale, "left_out": len(asked.left_out),
                           "first": rows[0].pk, "last": rows[-1].pk})
    return asked


def start_many(actor: User, person_pks: Iterable[int], reason: str, scale: str) -> Job:
    """The same for any number of persons, as a job that shows its progress and can be stopped."""
    actor.require("assessments.request")
    reason, wanted = reason.strip()[:200], list(dict.fromkeys(person_pks))
    if not reason:
        raise Refused(fields={"reason": _("Say why the assessments are needed.")})
    if not wanted:
        raise Refused(_("Nobody is in this list."))
    region = region_of_rules(actor)
    if scale not in scales.names(region):
        raise Refused(fields={"scale": _("Choose the scale.")})
    if channel_of(actor) not in rules.rules_for(region).requesters.value:
        raise Refused(_("By the rules of the county, this side does not ask for assessments."))
    assert actor.home_region is not None
    with transaction.atomic():
        return jobs.enqueue(
            actor, MANY, {"people": wanted, "reason": reason, "scale": scale}, region=actor.home_region.code,
            key=f"{MANY}:{actor.pk}",
        )


def channel_of(actor: User) -> str:
    """On whose side the actor asks: by the role they hold."""
    by_role = {
        Role.VILLAGE_WORKER: Request.Channel.VILLAGE, Role.TOWN_OFFICER: Request.Channel.TOWN,
        Role.HOME_MANAGER: Request.Channel.HOME,
    }
    held = {Role(posting.role) for posting in actor.current_postings}
    return next((side for role, side in by_role.items() if role in held), Request.Channel.BUREAU)


def _with_level(people: list[int], scale: str) -> set[int]:
    fact = scales.main_fact(scale)
    if fact is None:
        return set(Result.objects.filter(person__in=people, scale=scale).values_list("person_id", flat=True))
    return set(
        Spell.objects.filter(person__in=people, kind=fact, retracted_at__isnull=True).values_list(
            "person_id", flat=True
        )
    )


def withdraw(actor: User, request_pk: int, version: int, reason: str) -> Request:
    """Take a request back before its result is made: its visits fall away, what was recorded stays on file."""
    seen = get_request(actor, request_pk)
    check_reach(actor, "assessments.request", seen.person)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why the request is withdrawn; it is kept.")})
    with transaction.atomic():
        request = locked(request_pk, version)
        if request.state not in (Request.State.REQUESTED, Request.State.ASSIGNED, Request.State.CONFIRMING):
            raise Refused(_("The result is in review already; the reviewer can return it."))
        if request.disputes_id is not None:
            raise Refused(_("This re-assessment answers an objection; withdraw the objection."))
        close(actor, request, reason)
    return request


def close(actor: User, request: Request, reason: str) -> None:
    """Withdraw a locked open request; what waited for it waits no longer."""
    was, due = request.state, request.due_on
    request.state, request.version = Request.State.WITHDRAWN, request.version + 1
    request.closed_at, request.closed_by, request.close_reason = timezone.now(), actor, reason[:200]
    request.save(update_fields=["state", "version", "closed_at", "closed_by", "close_reason"])
    settle_all(actor, request, _("The request was withdrawn."))
    if was == Request.State.REQUESTED:
        ask_to_assign(actor, request.person.region_id, due)
    record(actor, "assessments.withdraw", request, region=request.person.region_id, reason=reason[:200],
           detail={"from": was})


def settle_all(actor: User, request: Request, outcome: str) -> None:
    """Close every item that waits for this request's assessors or reviewer."""
    for seat in Seat.objects.filter(request=request):
        for name in (workkinds.VISIT, workkinds.CONFIRM, workkinds.RETURNED):
            inbox.settle(actor, seat_key(name, request.pk, seat.assessor_id), outcome, needed=False)
    inbox.settle(actor, f"{workkinds.ISSUE}:{request.pk}", outcome, needed=False)


def seat_key(kind: str, request_pk: int, assessor_pk: int) -> str:
    """The key of what one assessor is asked to do for one request."""
    return f"{kind}:{request_pk}:{assessor_pk}"


def locked(request_pk: int, version: int | None) -> Request:
    """The request, locked, if nobody changed it since ``version``."""
    request = Request.objects.select_for_update(of=("self",)).select_related("person__region").get(pk=request_pk)
    if version is not None and request.version != version:
        raise Changed(_("Somebody has changed this request meanwhile; look at it again."))
    return request


def ask_to_assign(actor: User, region_code: str, due_on: dt.date) -> None:
    """One line on the coordinator's desk for each town and day: how many requests wait for assessors by then."""
    town = region_code[:TOWN_DIGITS]
    key = f"{workkinds.ASSIGN}:{town}:{due_on.isoformat()}"
    with connection.cursor() as cursor:  # so that the count of the last to come is the true one
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, key])
    waiting = Request.objects.filter(
        person__region__code__startswith=town, state=Request.State.REQUESTED, due_on=due_on
    ).aggregate(n=Count("pk"))["n"]
    if not waiting:
        inbox.settle(actor, key, _("Assessors are named."))
        return
    name = Region.objects.filter(pk=town).values_list("name", flat=True).first() or town
    inbox.ask(
        actor, workkinds.ASSIGN, key=key, region=region_code[:COUNTY_DIGITS], due_on=due_on,
        params={"area": name, "count": waiting}, url=f"{reverse('assessments:assigning')}?region={town}",
    )


def _day(day: dt.date | None) -> dt.date:
    today = timezone.localdate()
    if day is None:
        return today
    if day > today:
        raise Refused(fields={"requested_on": _("This day lies in the future.")})
    if day < today - dt.timedelta(days=LATE_ENTRY_DAYS):
        raise Refused(fields={"requested_on": _("This day lies too far back; ask anew.")})
    return day


def ask_own(actor: User, person_pk: int, scale: str, kind: str, reason: str, *, place: str = "") -> Request:
    """A family member, or the person, asks from an account of their own. Raises NotVisible for anybody else's."""
    actor.require("own.act")
    person = get_own(actor, person_pk)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say what has changed or why it is needed.")})
    if kind not in (Request.Kind.FIRST, Request.Kind.ROUTINE, Request.Kind.IMMEDIATE):
        raise Refused(fields={"kind": _("Choose why it is made.")})
    with transaction.atomic():
        locked_person = Person.objects.select_for_update(of=("self",)).select_related("region").get(pk=person.pk)
        return open_request(
            actor, locked_person, scale, kind, own_channel(actor, person), reason, since=timezone.localdate(),
            place=place,
        )


def own_channel(actor: User, person: Person) -> str:
    """On whose side an account of a family asks: the person's own, or the family's."""
    own = standing().filter(user=actor, person=person, relation=Representative.Relation.SELF).exists()
    return Request.Channel.PERSON if own else Request.Channel.FAMILY
