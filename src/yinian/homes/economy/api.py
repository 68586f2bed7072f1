"""Gardens and animals of homes over REST: what is grown and kept, harvests, what became of them, a quarter. Thin.

Amounts are in kilogrammes or pieces to one place, income in fen. What was taken back is marked and counts no more.
"""

import datetime as dt
import re
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.core.errors import Refused
from yinian.homes.economy import queries
from yinian.homes.economy.models import Holding, ProduceUse

router = Router(tags=["homes"])
PAGE = 100


class HoldingOut(Schema):
    """``size`` is square metres, of animals heads."""

    id: int
    home: int = Field(alias="site_id")
    kind: str
    what: str
    place: str
    size: float
    began: dt.date
    ended: dt.date | None


class HarvestOut(Schema):
    id: int
    holding: int = Field(alias="holding_id")
    on: dt.date
    amount: float
    unit: str
    helped: int
    taken_back: bool

    @staticmethod
    def resolve_taken_back(one: Any) -> bool:
        return one.voided_at is not None


class UseOut(Schema):
    id: int
    holding: int = Field(alias="holding_id")
    kind: str
    on: dt.date
    amount: float
    unit: str
    income_fen: int
    account: str
    purpose: str
    taken_back: bool

    @staticmethod
    def resolve_taken_back(one: Any) -> bool:
        return one.voided_at is not None


class QuarterOut(Schema):
    home: int = Field(alias="pk")
    name: str
    kept: int
    kg: float
    pieces: float
    eaten_kg: float
    eaten_pieces: float
    income_fen: int = Field(alias="income")


@router.get("holdings", auth=needs("economy.view"), response=list[HoldingOut], url_name="homes_holdings")
def list_holdings(request: HttpRequest, home: int | None = None, after: int = 0) -> list[Holding]:
    """What the homes in reach grow and keep, or did, by id, 100 at a time."""
    rows = queries.holdings(caller(request)).filter(pk__gt=after)
    return list((rows if home is None else rows.filter(site=home)).order_by("pk")[:PAGE])


@router.get("harvests", auth=needs("economy.view"), response=list[HarvestOut], url_name="homes_harvests")
def list_harvests(
    request: HttpRequest, home: int | None = None, since: dt.date | None = None, after: int = 0
) -> list[Any]:
    """Harvests of the homes in reach from a day on, by id, 100 at a time."""
    rows = queries.harvests(caller(request)).filter(pk__gt=after)
    rows = rows.filter(on__gte=since) if since else rows
    return list((rows if home is None else rows.filter(holding__site=home)).order_by("pk")[:PAGE])


@router.get("produce-uses", auth=needs("economy.view"), response=list[UseOut], url_name="homes_produce_uses")
def list_uses(
    request: HttpRequest, home: int | None = None, since: dt.date | None = None, after: int = 0
) -> list[ProduceUse]:
    """What became of the harvests from a day on, by id, 100 at a time."""
    rows = queries.uses(caller(request)).filter(pk__gt=after)
    rows = rows.filter(on__gte=since) if since else rows
    return list((rows if home is None else rows.filter(holding__site=home)).order_by("pk")[:PAGE])


@router.get("economy", auth=needs("economy.view"), response=list[QuarterOut], url_name="homes_economy")
def quarter(request: HttpRequest, quarter: str = "", after: int = 0) -> list[Any]:
    """A quarter by home (``2026Q4``; this one), by home, 100 at a time."""
    asked = quarter or queries.quarter_of(timezone.localdate())
    if not re.fullmatch(r"20\d{2}Q[1-4]", asked):
        raise Refused(fields={"quarter": _("Write the quarter as 2026Q4.")})
    return list(queries.by_home(caller(request), asked).filter(pk__gt=after).order_by("pk")[:PAGE])
