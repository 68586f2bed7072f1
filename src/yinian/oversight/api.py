"""Evaluations over REST: rounds, applications, one's own reviews, results, awards. Thin: the room's queries and
actions."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yinian.core.access import needs
from yinian.core.models import User
from yinian.oversight.schemes import actions, deciding, prefecture, queries, scoring
from yinian.oversight.schemes.awarding import Award
from yinian.oversight.schemes.models import Application, Round

router = Router(tags=["oversight"])
PAGE = 200


class RoundOut(Schema):
    id: int
    scheme: str = Field(alias="scheme_id")
    label: dict[str, str]
    region: str = Field(alias="region_id")
    year: int
    state: str
    apply_by: dt.date
    recommend_by: dt.date
    review_by: dt.date
    pack_hash: str
    version: int


class RoundDetail(RoundOut):
    """The round with the rules it was opened under."""

    rules: dict[str, Any]


class ApplicationOut(Schema):
    id: int
    round: int = Field(alias="round_id")
    region: str = Field(alias="region_id")
    prefecture: str = Field(alias="prefecture_id")
    state: str
    submitted_at: dt.datetime | None
    version: int


class LackOut(Schema):
    kind: str
    there: bool
    required: bool


class ApplicationDetail(ApplicationOut):
    summary: str
    affirmed: list[str]
    checklist: list[LackOut]

    @staticmethod
    def resolve_checklist(one: Application) -> list[queries.Lack]:
        return queries.checklist(one, queries.standing_papers(one))


class PlaceOut(Schema):
    application: int
    region: str
    rank: int
    total: Decimal
    spread: Decimal
    working: dict[str, Any]


class ReadingOut(Schema):
    id: int
    application: int = Field(alias="application_id")
    due_on: dt.date
    finished_at: dt.datetime | None
    version: int


class AwardOut(Schema):
    id: int
    application: int = Field(alias="application_id")
    base_fen: int
    share: Decimal
    extra_fen: int
    total_fen: int
    used_fen: int = Field(alias="used")
    approved_at: dt.datetime | None


class VersionIn(Schema):
    version: int


class ReasonIn(VersionIn):
    reason: str = Field(min_length=1, max_length=300)


class ScoresIn(VersionIn):
    """Points and remarks by the criteria's keys."""

    points: dict[str, Decimal]
    remarks: dict[str, str] = {}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@router.get("/rounds", response=list[RoundOut], auth=needs("oversight.view"))
def list_rounds(request: HttpRequest) -> Any:
    return queries.rounds_visible_to(_user(request))[:PAGE]


@router.get("/rounds/{int:pk}", response=RoundDetail, auth=needs("oversight.view"))
def get_round(request: HttpRequest, pk: int) -> Round:
    return queries.get_round(_user(request), pk)


@router.get("/rounds/{int:pk}/ranking", response=list[PlaceOut], auth=needs("schemes.manage"))
def get_ranking(request: HttpRequest, pk: int) -> list[dict[str, Any]]:
    one = queries.get_managed(_user(request), pk)
    return [
        {"application": a.pk, "region": a.region_id, "rank": a.standing.rank, "total": a.standing.total,
         "spread": a.standing.spread, "working": a.standing.working}
        for a in deciding.ranked(one)
    ]


@router.get("/applications", response=list[ApplicationOut], auth=needs("oversight.view"))
def list_applications(request: HttpRequest, round: int | None = None, after: int = 0) -> Any:
    """By id from ``after`` on, at most 200."""
    found = queries.applications_visible_to(_user(request)).filter(pk__gt=after).order_by("pk")
    return (found.filter(round=round) if round is not None else found)[:PAGE]


@router.get("/applications/{int:pk}", response=ApplicationDetail, auth=needs("oversight.view"))
def get_application(request: HttpRequest, pk: int) -> Application:
    return queries.get_application(_user(request), pk)


@router.post("/applications/{int:pk}/submit", response=ApplicationOut, auth=needs("schemes.apply"))
def submit(request: HttpRequest, pk: int, data: VersionIn) -> Application:
    return actions.submit(_user(request), pk, data.version)


@router.post("/applications/{int:pk}/withdraw", response=ApplicationOut, auth=needs("schemes.apply"))
def withdraw(request: HttpRequest, pk: int, data: ReasonIn) -> Application:
    return actions.withdraw(_user(request), pk, data.version, data.reason)


@router.post("/rounds/{int:pk}/prefectures/{code}/send", response=dict[str, str], auth=needs("schemes.recommend"))
def send(request: HttpRequest, pk: int, code: str, data: VersionIn) -> dict[str, str]:
    return {"state": prefecture.send(_user(request), pk, code[:14], data.version).state}


@router.get("/readings", response=list[ReadingOut], auth=needs("schemes.score"))
def list_readings(request: HttpRequest) -> Any:
    """The caller's own reviews, never anybody else's."""
    return queries.readings_of(_user(request))[:PAGE]


@router.post("/readings/{int:pk}/scores", response=ReadingOut, auth=needs("schemes.score"))
def score(request: HttpRequest, pk: int, data: ScoresIn) -> Any:
    return scoring.finish(_user(request), pk, data.version, data.points, data.remarks)


@router.get("/awards", response=list[AwardOut], auth=needs("oversight.view"))
def list_awards(request: HttpRequest, after: int = 0) -> Any:
    found = queries.with_used(queries.awards_visible_to(_user(request)))
    return found.filter(pk__gt=after).order_by("pk")[:PAGE]


@router.get("/awards/{int:pk}", response=AwardOut, auth=needs("oversight.view"))
def get_award(request: HttpRequest, pk: int) -> Award:
    return queries.get_award(_user(request), pk)
