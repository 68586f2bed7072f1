"""Medical care over REST: which homes are covered, contracts, referrals. Thin: the room's queries and actions."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.core.access import needs
from yinian.core.users.models import User
from yinian.medical.contracts import queries as contract_queries
from yinian.medical.contracts.models import Contract
from yinian.medical.referrals import actions
from yinian.medical.referrals import queries as referral_queries
from yinian.medical.referrals.models import Referral

router = Router(tags=["medical"])
PAGE = 100


class CoverageOut(Schema):
    all: int
    covered: int
    contract: int
    clinic: int
    green: int


class ContractOut(Schema):
    id: int
    home: int = Field(alias="site_id")
    institution: int = Field(alias="institution_id")
    name: str
    covers: list[str]
    since: dt.date
    until: dt.date | None
    in_error: bool
    version: int

    @staticmethod
    def resolve_name(contract: Contract) -> str:
        return contract.institution.name

    @staticmethod
    def resolve_since(contract: Contract) -> dt.date:
        day: dt.date = contract.period.lower
        return day

    @staticmethod
    def resolve_until(contract: Contract) -> dt.date | None:
        day: dt.date | None = contract.period.upper
        return day


class ReferralOut(Schema):
    id: int
    home: int = Field(alias="site_id")
    person: int = Field(alias="person_id")
    direction: str
    institution: int = Field(alias="institution_id")
    urgency: str
    green: bool
    state: str
    asked_on: dt.date
    arrived_on: dt.date | None
    ended_on: dt.date | None
    document: int | None = Field(alias="document_id")
    version: int


class ReferIn(Schema):
    institution: int
    urgency: str = Field(pattern="^(planned|urgent|emergency)$")
    reason: str = Field(min_length=1, max_length=1000)
    green: bool = False


class AnswerIn(Schema):
    version: int
    accepts: bool
    who: str = Field(min_length=1, max_length=60)
    words: str = Field("", max_length=200)


class ArriveIn(Schema):
    version: int
    on: dt.date
    who: str = Field("", max_length=60)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@router.get("/coverage", auth=needs("medical.view"), response=CoverageOut)
def coverage(request: HttpRequest, region: str = "") -> Any:
    """Open homes in reach: all, covered by a contract or clinic, and by which."""
    return contract_queries.coverage(_user(request), region if region.isdigit() else "")


@router.get("/contracts", auth=needs("medical.view"), response=list[ContractOut])
def contracts(request: HttpRequest, home: int | None = None, after: int = 0) -> Any:
    """Contracts by id, a hundred at a time; ``after``: the last id seen; ``until``: the first day without it."""
    found = contract_queries.contracts_visible_to(_user(request)).select_related("institution__organisation")
    if home is not None:
        found = found.filter(site=home)
    return found.filter(pk__gt=after).order_by("pk")[:PAGE]


@router.get("/referrals", auth=needs("health.view"), response=list[ReferralOut])
def referrals(request: HttpRequest, state: str = "", after: int = 0) -> Any:
    """Referrals by id, a hundred at a time; ``after``: the last id seen."""
    found = referral_queries.visible_to(_user(request)).defer("reason", "discharge_note")
    if state:
        found = found.filter(state=state)
    return found.filter(pk__gt=after).order_by("pk")[:PAGE]


@router.get("/referrals/{int:pk}", auth=needs("health.view"), response=ReferralOut)
def referral(request: HttpRequest, pk: int) -> Referral:
    return referral_queries.get_referral(_user(request), pk)


@router.post("/stays/{int:pk}/refer", auth=needs("medical.refer", "homes.view", "people.view"),
             response={201: ReferralOut})
def refer(request: HttpRequest, pk: int, data: ReferIn) -> Any:
    """Refer a resident to hospital."""
    return Status(
        201,
        actions.refer(_user(request), pk, data.institution, urgency=data.urgency, reason=data.reason,
                      green=data.green),
    )


@router.post("/referrals/{int:pk}/answer", auth=needs("medical.refer", "health.view"), response=ReferralOut)
def answer(request: HttpRequest, pk: int, data: AnswerIn) -> Referral:
    """Enter the answer to a referral."""
    return actions.answer(_user(request), pk, data.version, accepts=data.accepts, who=data.who, words=data.words)


@router.post("/referrals/{int:pk}/arrive", auth=needs("medical.refer", "health.view", "homes.view", "people.view"),
             response=ReferralOut)
def arrive(request: HttpRequest, pk: int, data: ArriveIn) -> Referral:
    """Enter that the person is in hospital; the absence begins with it."""
    return actions.arrive(_user(request), pk, data.version, on=data.on, who=data.who)
