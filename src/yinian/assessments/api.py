"""Assessments over REST: requests, assigning, the record, results, objections. Thin: the room's queries and actions."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.assessments.assignments import actions as assignments
from yinian.assessments.careplans.api import router as plans
from yinian.assessments.models import Objection, Request, Result
from yinian.assessments.objections import actions as objections
from yinian.assessments.requests import actions as requests
from yinian.assessments.requests import queries
from yinian.assessments.results import actions as results
from yinian.assessments.results import queries as result_queries
from yinian.assessments.visits import actions as visits
from yinian.assessments.visits import queries as visit_queries
from yinian.assessments.visits.pages import answer
from yinian.core.access import caller, needs

router = Router(tags=["assessments"])
router.add_router("/plans/", plans)
PAGE = 100


class RequestOut(Schema):
    id: int
    person: int = Field(alias="person_id")
    scale: str
    kind: str
    channel: str
    state: str
    requested_on: dt.date
    due_on: dt.date
    result_due_on: dt.date
    planned_for: dt.datetime | None
    disputes: int | None = Field(alias="disputes_id")
    version: int


class SeatOut(Schema):
    assessor: int = Field(alias="assessor_id")
    place: int
    medical: bool
    confirmed_at: dt.datetime | None


class RequestDetail(RequestOut):
    seats: list[SeatOut]

    @staticmethod
    def resolve_seats(request: Request) -> list[Any]:
        return queries.seats_of(request)


class AskIn(Schema):
    person: int
    scale: str = Field(max_length=20)
    kind: str = Field(max_length=10)
    channel: str = Field(max_length=10)
    reason: str = Field(min_length=1, max_length=200)
    place: str = Field("", max_length=200)


class ManyIn(Schema):
    people: list[int] = Field(min_length=1, max_length=requests.MOST_AT_ONCE)
    scale: str = Field("gbt42195", max_length=20)
    reason: str = Field(min_length=1, max_length=200)


class ManyOut(Schema):
    made: list[int]
    left_out: int


class AssignIn(Schema):
    version: int
    assessors: list[int] = Field(min_length=1, max_length=5)
    reason: str = Field("", max_length=200)


class ReasonIn(Schema):
    version: int
    reason: str = Field(min_length=1, max_length=200)


class SaveIn(Schema):
    base: int
    changes: dict[str, Any]


class ResultOut(Schema):
    id: int
    person: int = Field(alias="person_id")
    scale: str
    origin: str
    state: str
    total: int | None
    dimensions: dict[str, int]
    initial: int | None
    final: int
    adjustments: list[dict[str, Any]]
    assessed_on: dt.date
    issued_on: dt.date | None
    in_force_on: dt.date | None
    object_until: dt.date | None
    reassess_on: dt.date | None
    version: int


class VersionIn(Schema):
    version: int
    note: str = Field("", max_length=200)


class ObjectIn(Schema):
    by: str = Field(max_length=10)
    by_name: str = Field(min_length=1, max_length=60)
    reason: str = Field(min_length=1, max_length=500)


class ObjectionOut(Schema):
    id: int
    result: int = Field(alias="result_id")
    request: int | None = Field(alias="request_id")
    state: str
    lodged_on: dt.date
    due_on: dt.date
    version: int


@router.get("requests", auth=needs("assessments.view"), response=list[RequestOut], url_name="assessments_requests")
def list_requests(request: HttpRequest, state: str = "", after: int = 0) -> list[Request]:
    """Requests the caller sees, by id, 100 at a time; of one state or all."""
    found = queries.visible_to(caller(request)).filter(pk__gt=after).order_by("pk")
    return list((found.filter(state=state) if state else found)[:PAGE])


@router.post("requests", auth=needs("assessments.request"), response={201: RequestOut}, url_name="assessments_ask")
def ask(request: HttpRequest, given: AskIn) -> Status[Request]:
    """Ask for one person to be assessed."""
    return Status(201, requests.ask(
        caller(request), given.person, given.scale, given.kind, given.channel, given.reason, place=given.place
    ))


@router.post("requests/many", auth=needs("assessments.request"), response={201: ManyOut}, url_name="assessments_many")
def ask_many(request: HttpRequest, given: ManyIn) -> Status[dict[str, Any]]:
    """Ask for many; who has an open request or does not live here is left out and counted."""
    made = requests.request_many(caller(request), given.people, given.reason, scale=given.scale)
    return Status(201, {"made": made.made, "left_out": len(made.left_out)})


@router.get("requests/{int:pk}", auth=needs("assessments.view"), response=RequestDetail, url_name="assessments_request")
def one_request(request: HttpRequest, pk: int) -> Request:
    """One request with its assessors."""
    return queries.get_request(caller(request), pk)


@router.post("requests/{int:pk}/assessors", auth=needs("assessments.assign"), response=RequestOut,
             url_name="assessments_assign")
def assign(request: HttpRequest, pk: int, given: AssignIn) -> Request:
    """Name the assessors, the leader first."""
    return assignments.assign(caller(request), pk, given.version, given.assessors, reason=given.reason)


@router.post("requests/{int:pk}/withdraw", auth=needs("assessments.request"), response=RequestOut,
             url_name="assessments_withdraw")
def withdraw(request: HttpRequest, pk: int, given: ReasonIn) -> Request:
    """Take a request back."""
    return requests.withdraw(caller(request), pk, given.version, given.reason)


@router.post("requests/{int:pk}/record", auth=needs("assessments.assess"), response=dict[str, Any],
             url_name="assessments_save")
def save(request: HttpRequest, pk: int, given: SaveIn) -> dict[str, Any]:
    """Save changed answers made upon version ``base``: what was taken, what conflicts, how the record stands."""
    one, _found = visit_queries.own_visit(caller(request), pk)
    return answer(one, visits.save(caller(request), pk, given.base, given.changes))


@router.get("results", auth=needs("assessments.view"), response=list[ResultOut], url_name="assessments_results")
def list_results(request: HttpRequest, state: str = "", after: int = 0) -> list[Result]:
    """Results the caller sees, by id, 100 at a time; of one state or all."""
    found = result_queries.visible_to(caller(request)).filter(pk__gt=after).order_by("pk")
    return list((found.filter(state=state) if state else found)[:PAGE])


@router.get("results/{int:pk}", auth=needs("assessments.view"), response=ResultOut, url_name="assessments_result")
def one_result(request: HttpRequest, pk: int) -> Result:
    """One result with its adjustments."""
    return result_queries.get_result(caller(request), pk)


@router.post("results/{int:pk}/issue", auth=needs("assessments.issue"), response=ResultOut,
             url_name="assessments_issue")
def issue(request: HttpRequest, pk: int, given: VersionIn) -> Result:
    """Issue a result in review."""
    return results.issue(caller(request), pk, given.version, given.note)


@router.post("results/{int:pk}/return", auth=needs("assessments.issue"), response=ResultOut,
             url_name="assessments_return")
def send_back(request: HttpRequest, pk: int, given: ReasonIn) -> Result:
    """Return a result to its assessors."""
    return results.send_back(caller(request), pk, given.version, given.reason)


@router.post("results/{int:pk}/objections", auth=needs("assessments.request"), response={201: ObjectionOut},
             url_name="assessments_object")
def object_to(request: HttpRequest, pk: int, given: ObjectIn) -> Status[Objection]:
    """Enter an objection; the re-assessment is asked for at once."""
    return Status(201, objections.object_to(caller(request), pk, given.by, given.by_name, given.reason))
