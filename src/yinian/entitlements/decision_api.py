"""The REST door to decisions: cycles and their lines, grants and their changes, applications."""

import datetime as dt
from typing import Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.core.jinja import label
from yinian.entitlements import queries as runs
from yinian.entitlements.applications import actions as applying
from yinian.entitlements.applications import queries as applications_of
from yinian.entitlements.cycles import actions as cycling
from yinian.entitlements.cycles import approval, queries
from yinian.entitlements.determinations import actions as changing
from yinian.entitlements.determinations import queries as grants_of
from yinian.entitlements.doors import router
from yinian.entitlements.models import Application, Cycle, Determination, Event, Proposal

PAGE = 200


class CycleOut(Schema):
    """One month of one service; amounts in fen."""

    id: int
    region: str
    month: dt.date
    service: str
    name: str
    state: str
    as_of: dt.date
    run: int
    pack_hash: str
    review_by: dt.date
    version: int
    counts: dict[str, dict[str, int]]


class LineOut(Schema):
    """One person's month; ``previous_fen`` null: no grant before; ``amount_fen`` null: no money.

    By the day, ``rate_fen`` is of a day, and ``amount_fen`` null until the ``days`` are entered.
    """

    id: int
    person: int
    region: str
    change: str
    amount_fen: int | None
    rate_fen: int | None
    days: int | None
    previous_fen: int | None
    state: str
    why: str
    finding: str
    reason: str
    clause: str
    paid: bool


class OpenIn(Schema):
    region: str = Field(max_length=6)
    month: dt.date
    services: list[str] = Field(default_factory=list, max_length=100)


class VersionIn(Schema):
    version: int


class LinesIn(Schema):
    """Lines to act on; ``reason`` for hold and refuse, ``test`` (the condition that does not hold) for refuse."""

    ids: list[int] = Field(min_length=1, max_length=5000)
    reason: str = Field("", max_length=300)
    test: str = Field("", max_length=60)


class JobOut(Schema):
    job: int
    state: str


class CountOut(Schema):
    count: int


class GrantOut(Schema):
    """One grant; ``until`` exclusive, null while it stands."""

    id: int
    person: int
    service: str
    name: str
    since: dt.date
    until: dt.date | None
    amount_fen: int | None
    unit: str
    state: str
    origin: str


class EventOut(Schema):
    kind: str
    on: dt.date
    amount_fen: int | None
    reason: str
    at: dt.datetime


class GrantFullOut(GrantOut):
    events: list[EventOut]


class ProposeIn(Schema):
    kind: str = Field(max_length=10)
    on: dt.date
    reason: str = Field(max_length=300)


class ProposalOut(Schema):
    id: int
    grant: int
    kind: str
    cause: str
    on: dt.date
    reason: str
    state: str
    version: int


class ApplicationOut(Schema):
    id: int
    person: int
    service: str
    name: str
    channel: str
    state: str
    lodged_on: dt.date | None
    due_on: dt.date | None
    decided_on: dt.date | None
    version: int


class BeginIn(Schema):
    person: int
    service: str = Field(max_length=60)
    channel: str = Field("village", max_length=10)


def _cycle(cycle: Cycle) -> CycleOut:
    return CycleOut(
        id=cycle.pk, region=cycle.region_id, month=cycle.month, service=cycle.service_id, name=label(cycle.label),
        state=cycle.state, as_of=cycle.as_of, run=cycle.run_id, pack_hash=cycle.pack_hash,
        review_by=cycle.review_by, version=cycle.version, counts=cycle.counts,
    )


def _grant(grant: Determination) -> GrantOut:
    return GrantOut(
        id=grant.pk, person=grant.person_id, service=grant.service_id, name=label(grant.label),
        since=grant.period.lower, until=grant.period.upper, amount_fen=grant.amount_fen, unit=grant.unit,
        state=grant.state, origin=grant.origin,
    )


def _proposal(proposal: Proposal) -> ProposalOut:
    return ProposalOut(
        id=proposal.pk, grant=proposal.determination_id, kind=proposal.kind, cause=proposal.cause, on=proposal.on,
        reason=proposal.reason, state=proposal.state, version=proposal.version,
    )


def _application(one: Application) -> ApplicationOut:
    return ApplicationOut(
        id=one.pk, person=one.person_id, service=one.service_id, name=label(one.label), channel=one.channel,
        state=one.state, lodged_on=one.lodged_on, due_on=one.due_on, decided_on=one.decided_on, version=one.version,
    )


@router.get("/cycles", auth=needs("entitlements.view"), response=list[CycleOut])
def cycles(request: HttpRequest, month: dt.date | None = None, before: int | None = None) -> list[CycleOut]:
    """The latest cycles of the caller's counties, at most two hundred; ``before`` (an id) goes further back."""
    found = queries.visible_to(caller(request)).order_by("-pk")
    if month is not None:
        found = found.filter(month=month.replace(day=1))
    if before is not None:
        found = found.filter(pk__lt=before)
    return [_cycle(cycle) for cycle in found[:PAGE]]


@router.get("/cycles/{int:pk}", auth=needs("entitlements.view"), response=CycleOut)
def cycle(request: HttpRequest, pk: int) -> CycleOut:
    return _cycle(queries.get_cycle(caller(request), pk))


@router.get("/cycles/{int:pk}/lines", auth=needs("entitlements.names"), response=list[LineOut])
def lines(request: HttpRequest, pk: int, region: str = "", after: int = 0) -> list[LineOut]:
    """The lines of a cycle in the caller's area by id, at most two hundred after ``after``."""
    actor = caller(request)
    found = queries.lines_of(actor, queries.get_cycle(actor, pk)).filter(pk__gt=after)
    if region:
        found = found.filter(region_code__startswith=runs.region_for(actor, region, "entitlements.names").pk)
    return [
        LineOut(id=x.pk, person=x.person_id, region=x.region_code, change=x.change, amount_fen=x.amount_fen,
                rate_fen=x.rate_fen, days=x.days, previous_fen=x.previous_fen, state=x.state, why=x.why,
                finding=x.finding, reason=x.reason, clause=x.clause, paid=x.paid)
        for x in found.order_by("pk")[:PAGE]
    ]


@router.post("/cycles", auth=needs("entitlements.cycle"), response={202: JobOut})
def open_month(request: HttpRequest, wanted: OpenIn) -> tuple[int, JobOut]:
    """Open a month: of the named services, or of all that pay by the month."""
    job = cycling.open_cycles(caller(request), wanted.region, wanted.month, wanted.services)
    return 202, JobOut(job=job.pk, state=job.state)


@router.post("/cycles/{int:pk}/lines/{verb}", auth=needs("entitlements.review"), response=CountOut)
def review(request: HttpRequest, pk: int, verb: Literal["accept", "hold", "refuse"], wanted: LinesIn) -> CountOut:
    """Accept, hold or refuse lines of a town that reviews."""
    actor = caller(request)
    if verb == "accept":
        return CountOut(count=cycling.accept(actor, pk, wanted.ids))
    if verb == "hold":
        return CountOut(count=cycling.hold(actor, pk, wanted.ids, wanted.reason))
    return CountOut(count=cycling.refuse(actor, pk, wanted.ids, wanted.reason, wanted.test))


@router.post("/cycles/{int:pk}/check", auth=needs("entitlements.check"), response=CycleOut)
def check(request: HttpRequest, pk: int, wanted: VersionIn) -> CycleOut:
    """The county's check, by another human than who opened or reviewed."""
    return _cycle(cycling.check(caller(request), pk, wanted.version))


@router.post("/cycles/{int:pk}/approve", auth=needs("entitlements.approve"), response={202: JobOut})
def approve(request: HttpRequest, pk: int, wanted: VersionIn) -> tuple[int, JobOut]:
    """The approval, by another human than all before."""
    job = approval.approve(caller(request), pk, wanted.version)
    return 202, JobOut(job=job.pk, state=job.state)


@router.get("/grants", auth=needs("entitlements.names"), response=list[GrantOut])
def grants(request: HttpRequest, service: str = "", state: str = "", after: int = 0) -> list[GrantOut]:
    """Grants of the caller's area by id, at most two hundred after ``after``."""
    found = grants_of.visible_to(caller(request)).filter(pk__gt=after)
    if service:
        found = found.filter(service_id=service)
    if state:
        found = found.filter(state=state)
    return [_grant(grant) for grant in found.order_by("pk")[:PAGE]]


@router.get("/grants/{int:pk}", auth=needs("entitlements.names"), response=GrantFullOut)
def grant(request: HttpRequest, pk: int) -> GrantFullOut:
    """One grant with everything decided about it."""
    found = grants_of.get_determination(caller(request), pk)
    events: list[Event] = grants_of.events_of([found])
    return GrantFullOut(**_grant(found).dict(), events=[
        EventOut(kind=e.kind, on=e.on, amount_fen=e.amount_fen, reason=e.reason, at=e.at) for e in events
    ])


@router.post("/grants/{int:pk}/propose", auth=needs("entitlements.propose"), response=ProposalOut)
def propose(request: HttpRequest, pk: int, wanted: ProposeIn) -> ProposalOut:
    """Propose to suspend, resume or stop a grant; another human decides."""
    return _proposal(changing.propose(caller(request), pk, wanted.kind, wanted.on, wanted.reason))


@router.post("/proposals/{int:pk}/confirm", auth=needs("entitlements.check"), response=EventOut)
def confirm(request: HttpRequest, pk: int, wanted: VersionIn) -> EventOut:
    event = changing.confirm(caller(request), pk, wanted.version)
    return EventOut(kind=event.kind, on=event.on, amount_fen=event.amount_fen, reason=event.reason, at=event.at)


@router.get("/applications", auth=needs("entitlements.names"), response=list[ApplicationOut])
def applications(request: HttpRequest, state: str = "", service: str = "", after: int = 0) -> list[ApplicationOut]:
    """Applications of the caller's area by id, at most two hundred after ``after``."""
    found = applications_of.visible_to(caller(request)).filter(pk__gt=after)
    if state:
        found = found.filter(state=state)
    if service:
        found = found.filter(service_id=service)
    return [_application(one) for one in found.order_by("pk")[:PAGE]]


@router.get("/applications/{int:pk}", auth=needs("entitlements.names"), response=ApplicationOut)
def application(request: HttpRequest, pk: int) -> ApplicationOut:
    return _application(applications_of.get_application(caller(request), pk))


@router.post("/applications", auth=needs("entitlements.lodge"), response=ApplicationOut)
def begin(request: HttpRequest, wanted: BeginIn) -> ApplicationOut:
    """Begin an application on paper; its papers are added on the page."""
    return _application(applying.begin(caller(request), wanted.person, wanted.service, wanted.channel))
