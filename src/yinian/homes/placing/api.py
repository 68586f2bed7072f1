"""Proposals who would better live where, over REST: reading them, their moves, and who stays and why. Thin.

Nothing is drawn up or answered here: an answer is a person's consent, entered on the page by whoever asked for it.
"""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.homes.placing import queries, words
from yinian.homes.placing.models import Move, Rebalancing, Unmoved

router = Router(tags=["homes"])
PAGE = 100


class ProposalOut(Schema):
    id: int
    region: str = Field(alias="region_id")
    as_of: dt.date
    made_at: dt.datetime
    nearer_beyond_km: int | None
    with_waiting: bool
    counts: dict[str, int]
    optimal: bool

    @staticmethod
    def resolve_optimal(one: Rebalancing) -> bool:
        return bool(one.proof.get("optimal"))


class SideOut(Schema):
    """A home on one side of the proposal. ``more``: who need full care, by its staff; None: the staff is no limit."""

    people: int
    wrong: int
    metres: int
    more: int | None


class HomeSidesOut(Schema):
    id: int
    name: str
    beds: int
    carers: int | None
    before: SideOut
    after: SideOut


class ProposalWholeOut(ProposalOut):
    homes: list[HomeSidesOut]
    proof: dict[str, Any]
    ratio: dict[str, str]

    @staticmethod
    def resolve_homes(one: Rebalancing) -> list[dict[str, Any]]:
        return [
            {"carers": None, **home, **{side: _side(home[side]) for side in ("before", "after")}} for home in one.homes
        ]

    @staticmethod
    def resolve_ratio(one: Rebalancing) -> dict[str, str]:
        return dict(one.staffing.get("per") or {})


class MoveOut(Schema):
    id: int
    person: int = Field(alias="person_id")
    home: int | None = Field(alias="from_site_id")
    to: int = Field(alias="to_site_id")
    level: int
    why: str
    rule: str
    metres_before: int | None
    metres_after: int
    near: str | None = Field(alias="near_id")
    partner: int | None = Field(alias="partner_id")
    state: str
    done: bool
    reasons: list[str]

    @staticmethod
    def resolve_reasons(one: Move) -> list[str]:
        return words.reasons(one)


class LookedAtOut(Schema):
    home: int = Field(alias="id")
    lacks: str  # full: no bed that suits; staff: a bed, but no carer; rule: wished for, not open; empty: nothing
    metres: int
    more: int | None


class UnmovedOut(Schema):
    id: int
    person: int = Field(alias="person_id")
    home: int | None = Field(alias="site_id")
    level: int | None
    why: str
    wrong: bool
    looked_at: list[LookedAtOut]
    reasons: list[str]

    @staticmethod
    def resolve_reasons(one: Unmoved) -> list[str]:
        return words.stays_because(one)


def _side(found: dict[str, Any]) -> dict[str, Any]:
    return {"people": 0, "wrong": 0, "metres": 0, "more": None, **found}


@router.get("/balances", auth=needs("homes.balance"), response=list[ProposalOut], url_name="homes_balances")
def proposals(request: HttpRequest, after: int = 0) -> list[Rebalancing]:
    """Proposals of the caller's counties, by id, 100 at a time."""
    return list(queries.visible_to(caller(request)).filter(pk__gt=after).order_by("pk")[:PAGE])


@router.get("/balances/{int:pk}", auth=needs("homes.balance"), response=ProposalWholeOut, url_name="homes_balance")
def proposal(request: HttpRequest, pk: int) -> Rebalancing:
    """One proposal: every home before and after, the ratio of staff that limited it, the proof."""
    return queries.get_proposal(caller(request), pk)


@router.get("/balances/{int:pk}/moves", auth=needs("homes.balance", "people.view"), response=list[MoveOut],
            url_name="homes_moves")
def moves(request: HttpRequest, pk: int, after: int = 0) -> list[Move]:
    """Who would better live where, with the reasons in words and what was answered; by id, 100 at a time."""
    found = queries.get_proposal(caller(request), pk)
    rows = queries.moves_visible_to(caller(request)).filter(proposal=found, pk__gt=after)
    return list(rows.order_by("pk")[:PAGE])


@router.get("/balances/{int:pk}/unmoved", auth=needs("homes.balance", "people.view"), response=list[UnmovedOut],
            url_name="homes_unmoved")
def unmoved(request: HttpRequest, pk: int, after: int = 0) -> list[Unmoved]:
    """For whom nothing better was found, and why; by id, 100 at a time."""
    found = queries.get_proposal(caller(request), pk)
    rows = queries.unmoved_visible_to(caller(request)).filter(proposal=found, pk__gt=after)
    return list(rows.order_by("pk")[:PAGE])
