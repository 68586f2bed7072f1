"""Stores of quilts, clothing and other goods over REST: what stands where, movements, rounds of the county. Thin."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.homes.stores import queries
from yinian.homes.stores.models import Parcel, StoreBalance, StoreMove

router = Router(tags=["homes"])
PAGE = 100


class BalanceOut(Schema):
    """``home``: none for the county's own store. ``wished``: the level it wishes to hold, none where nobody said."""

    id: int
    county: str = Field(alias="county_id")
    home: int | None = Field(alias="site_id")
    good: str
    balance: int
    wished: int | None


class MoveOut(Schema):
    """Above 0 it came in, below 0 it went out. Residents' names do not go out."""

    id: int
    county: str = Field(alias="county_id")
    home: int | None = Field(alias="site_id")
    good: str
    kind: str
    quantity: int
    on: dt.date
    parcel: int | None = Field(alias="parcel_id")


class RoundOut(Schema):
    id: int
    county: str = Field(alias="county_id")
    title: str
    state: str
    homes: int
    pieces: int
    waiting: int
    differing: int
    sent_at: dt.datetime | None


class ParcelOut(Schema):
    id: int
    home: int = Field(alias="site_id")
    good: str
    planned: int
    received: int | None
    difference: str


@router.get("store-balances", auth=needs("stores.view"), response=list[BalanceOut], url_name="homes_store_balances")
def list_balances(
    request: HttpRequest, home: int | None = None, low: bool = False, after: int = 0
) -> list[StoreBalance]:
    """What stands in the stores in reach, by id, 100 at a time; ``low``: of what is below the level wished for."""
    actor = caller(request)
    rows = (queries.low(actor) if low else queries.balances(actor)).filter(pk__gt=after)
    return list((rows if home is None else rows.filter(site=home)).order_by("pk")[:PAGE])


@router.get("store-moves", auth=needs("stores.view"), response=list[MoveOut], url_name="homes_store_moves")
def list_moves(
    request: HttpRequest, home: int | None = None, since: dt.date | None = None, after: int = 0
) -> list[StoreMove]:
    """Movements of the stores in reach from a day on, by id, 100 at a time."""
    rows = queries.moves(caller(request)).filter(pk__gt=after)
    rows = rows.filter(on__gte=since) if since else rows
    return list((rows if home is None else rows.filter(site=home)).order_by("pk")[:PAGE])


@router.get("distributions", auth=needs("stores.view"), response=list[RoundOut], url_name="homes_distributions")
def list_rounds(request: HttpRequest, after: int = 0) -> list[Any]:
    """Rounds of the county that reach the homes in reach, by id, 100 at a time; a home's staff sees those sent."""
    actor = caller(request)
    rows = queries.rounds(actor).filter(pk__gt=after).order_by("pk")
    guides = actor.scope("stores.manage")
    seen = [one for one in rows if guides.covers(one.county_id) or (one.state == "sent" and one.homes)]
    return seen[:PAGE]


@router.get("distributions/{int:pk}/parcels", auth=needs("stores.view"), response=list[ParcelOut],
            url_name="homes_parcels")
def list_parcels(request: HttpRequest, pk: int, after: int = 0) -> list[Parcel]:
    """What a round sends the homes in reach, by id, 100 at a time."""
    actor = caller(request)
    found = queries.get_round(actor, pk)
    rows = found.parcels.filter(site__in=queries.homes(actor), pk__gt=after)
    return list(rows.order_by("pk")[:PAGE])
