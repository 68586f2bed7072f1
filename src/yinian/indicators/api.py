"""The room's part of the REST door: live values, areas, frozen figures."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from yinian.core.access import caller, needs
from yinian.engines.entitlement.measures import Indicator
from yinian.indicators import queries
from yinian.indicators.models import Figure
from yinian.indicators.values import Value

router = Router(tags=["indicators"])
MOST = 500


class ValueOut(Schema):
    """One indicator's counts and value in a region; ``value`` in its unit (fen for money), null where unknown."""

    indicator: str
    label: str
    unit: str
    value: float | None
    numerator: int | None
    denominator: int | None
    outside: int | None
    unknown: int | None
    as_of: dt.date | None
    reported: bool
    standing: str
    confidence: str


class AreaOut(Schema):
    """An area's value; ``low`` and ``high`` bound what chance alone could make of it."""

    region: str
    name: str
    place: int | None
    value: float | None
    numerator: int
    denominator: int | None
    unknown: int
    low: float | None
    high: float | None


class FigureOut(Schema):
    """One version of a frozen figure."""

    id: int
    indicator: str
    region: str
    period: str
    starts: dt.date
    ends: dt.date
    as_of: dt.date
    version: int
    origin: str
    numerator: int | None
    denominator: int | None
    outside: int | None
    unknown: int | None
    definition_hash: str
    reason: str


def _float(value: Value | None) -> float | None:
    return None if value is None or value.value is None else float(value.value)


def _out(indicator: Indicator, value: Value | None, standing: str) -> dict[str, Any]:
    counted = value is not None and not value.reported
    return {
        "indicator": indicator.id, "label": indicator.label.zh, "unit": indicator.unit, "value": _float(value),
        "numerator": value.numerator if counted and value else None,
        "denominator": value.denominator if counted and value else None,
        "outside": value.outside if counted and value else None,
        "unknown": value.unknown if counted and value else None,
        "as_of": None if value is None else value.as_of, "reported": not indicator.computed, "standing": standing,
        "confidence": indicator.confidence,
    }


@router.get("", auth=needs("indicators.view"), response=list[ValueOut])
def values(request: HttpRequest, region: str = "") -> list[dict[str, Any]]:
    """Every indicator of a region as it is now."""
    actor = caller(request)
    _pack, _live, rows = queries.listed(actor, queries.region_for(actor, region[:14]))
    return [_out(row.indicator, row.value, row.standing.state) for row in rows]


@router.get("/areas", auth=needs("indicators.view"), response=list[AreaOut])
def areas(request: HttpRequest, indicator: str, region: str = "") -> list[dict[str, Any]]:
    """A computed indicator in the areas one level down, the best first."""
    actor = caller(request)
    place = queries.region_for(actor, region[:14])
    _pack, found = queries.get_indicator(actor, place, indicator)
    if not found.computed:
        return []
    _live, now = queries.live_values(actor, place)
    ranked = queries.compared(actor, place, found, queries.live_by_area(actor, place, found), now.get(found.id))
    return [
        {"region": row.region.pk, "name": row.region.name, "place": row.place, "value": _float(row.value),
         "numerator": row.value.numerator, "denominator": row.value.denominator, "unknown": row.value.unknown,
         "low": row.interval and row.interval.low, "high": row.interval and row.interval.high}
        for row in ranked
    ]


@router.get("/figures", auth=needs("indicators.view"), response=list[FigureOut])
def figures(request: HttpRequest, indicator: str, region: str = "") -> list[dict[str, Any]]:
    """The frozen figures of an indicator in a region, every version, the latest first; at most 500."""
    actor = caller(request)
    place = queries.region_for(actor, region[:14])
    queries.get_indicator(actor, place, indicator)
    found = Figure.objects.filter(indicator=indicator, region=place).order_by("-ends", "-version")[:MOST]
    return [
        {"id": one.pk, "region": one.region_id, **{
            name: getattr(one, name) for name in (
                "indicator", "period", "starts", "ends", "as_of", "version", "origin", "numerator", "denominator",
                "outside", "unknown", "definition_hash", "reason")}}
        for one in found
    ]
