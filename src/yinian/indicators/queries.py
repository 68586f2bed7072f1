"""Every read: live values, frozen figures, trends, comparison, the rows behind a figure. Scope is by region."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from django.db.models import QuerySet
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.regions.models import Level, Region
from yinian.core.users.models import User
from yinian.engines.entitlement import Pack
from yinian.engines.entitlement.measures import Indicator
from yinian.engines.entitlement.views import REGION, VIEWS
from yinian.engines.indicator import Forecast, Interval, Standing, forecast, rows_behind, stand, wilson
from yinian.engines.indicator.rollup import Part
from yinian.engines.indicator.standing import target_on
from yinian.indicators import live
from yinian.indicators.models import Figure
from yinian.indicators.periods import kind_for
from yinian.indicators.values import Value, scale_of

AHEAD = dt.timedelta(days=365)
"""How far a trend is drawn where no target says how far."""
FEW = 30
"""Of fewer than so many a share is shown with its interval beside it."""


def visible_to(actor: User) -> QuerySet[Figure]:
    """Frozen figures of the regions the actor reaches."""
    actor.require("indicators.view")
    return Figure.objects.filter(actor.scope("indicators.view").q("region__code"))


def get_figure(actor: User, pk: int) -> Figure:
    """A figure the actor may see. Raises NotVisible."""
    found = visible_to(actor).select_related("region", "snapshot", "author", "attachment").filter(pk=pk).first()
    if found is None:
        raise NotVisible("figure")
    return found


def region_for(actor: User, code: str, right: str = "indicators.view") -> Region:
    """The region asked for, or the widest the actor reaches. Raises NotVisible outside the actor's reach."""
    actor.require(right)
    scope = actor.scope(right)
    if not code:
        if not scope.regions:
            raise NotVisible("region")
        code = min(scope.regions, key=lambda c: (len(c), c))
    if not scope.covers(code):
        raise NotVisible("region")
    region = Region.objects.defer("outline").filter(pk=code, level__lte=Level.VILLAGE).first()
    if region is None:
        raise NotVisible("region")
    return region


def path_to(actor: User, region: Region) -> list[Region]:
    """The regions from the widest the actor reaches down to ``region``."""
    scope = actor.scope("indicators.view")
    found = Region.objects.defer("outline").filter(pk__in=Region.codes_above(region.pk)).order_by("code")
    return [step for step in found if scope.covers(step.pk)]


def below(region: Region) -> list[Region]:
    """The regions one level down."""
    return list(
        Region.objects.defer("outline").filter(parent=region, level__lte=Level.VILLAGE).order_by("code")
    )


def shown_in(pack: Pack, region: Region) -> list[Indicator]:
    """The pack's indicators that make sense for a region of this level."""
    return [indicator for indicator in pack.indicators.values() if region.level <= indicator.level]


def get_indicator(actor: User, region: Region, name: str) -> tuple[Pack, Indicator]:
    """An indicator of the pack in force for a region. Raises NotVisible."""
    actor.require("indicators.view", region.pk)
    pack = live.pack_of(live.unit_of(region.pk))
    if name not in pack.indicators:
        raise NotVisible("indicator")
    return pack, pack.indicators[name]


# --- values ----------------------------------------------------------------------------------------------------


def live_values(actor: User, region: Region) -> tuple[live.Live, dict[str, Value]]:
    """What every computed indicator is now in a region; one of which no row is there is nought."""
    actor.require("indicators.view", region.pk)
    found = live.live(region.pk)
    pack = live.pack_of(live.unit_of(region.pk))
    rows = {row["indicator"]: row for row in found.counts.filter(pl.col(REGION) == region.pk).iter_rows(named=True)}
    return found, {
        name: tallied(rows.get(name), pack.indicators[name], found.as_of) for name in pack.indicators
        if pack.indicators[name].computed and name not in found.left_out
    }


def live_by_area(actor: User, region: Region, indicator: Indicator) -> dict[str, Value]:
    """Region code one level down to the indicator's value there now."""
    actor.require("indicators.view", region.pk)
    found = live.live(region.pk)
    if indicator.id in found.left_out:
        return {}
    rows = {row[REGION]: row for row in found.counts.filter(
        (pl.col("indicator") == indicator.id) & pl.col(REGION).str.starts_with(region.pk)
    ).iter_rows(named=True)}
    return {area.pk: tallied(rows.get(area.pk), indicator, found.as_of) for area in below(region)}


def tallied(row: Mapping[str, int] | None, indicator: Indicator, as_of: dt.date) -> Value:
    """A row of TALLY as a value; of a region without any row, nought."""
    if row is None:
        return Value(0, 0 if indicator.denominator is not None else None, scale=scale_of(indicator), as_of=as_of)
    return Value(
        row["numerator"], row["denominator"], row["outside"], row["unknown"], row["unsure"], scale_of(indicator), as_of
    )


def value_of(figure: Figure, indicator: Indicator) -> Value:
    """A frozen figure as a value."""
    reported = figure.origin == Figure.Origin.REPORTED
    assert figure.numerator is not None
    return Value(
        figure.numerator, figure.denominator, figure.outside or 0, figure.unknown or 0, figure.unsure or 0,
        1 if reported else scale_of(indicator), figure.as_of, reported, figure.pk, figure.version,
    )


def latest(figures: QuerySet[Figure]) -> QuerySet[Figure]:
    """Of each indicator, region and period the latest version alone."""
    return figures.order_by("indicator", "region_id", "period", "starts", "-version").distinct(
        "indicator", "region_id", "period", "starts"
    )


def trends(actor: User, region: Region, indicators: Sequence[Indicator]) -> dict[str, list[Figure]]:
    """Indicator to its frozen figures in a region, oldest first, the latest version of each period."""
    actor.require("indicators.view", region.pk)
    kinds = {one.id: kind_for(one.period) for one in indicators}
    found: dict[str, list[Figure]] = {}
    for figure in latest(Figure.objects.filter(region=region, indicator__in=kinds)):
        if figure.period == kinds[figure.indicator]:
            found.setdefault(figure.indicator, []).append(figure)
    return found


def frozen_by_area(actor: User, region: Region, indicator: Indicator, ends: dt.date) -> dict[str, Value]:
    """Region code one level down to the indicator's frozen value of the period that ended on a day."""
    actor.require("indicators.view", region.pk)
    figures = latest(Figure.objects.filter(
        indicator=indicator.id, region__parent=region, period=kind_for(indicator.period), ends=ends
    ))
    return {figure.region_id: value_of(figure, indicator) for figure in figures}


def versions(figure: Figure) -> list[Figure]:
    """Every version of a figure, the latest first."""
    return list(Figure.objects.filter(
        indicator=figure.indicator, region_id=figure.region_id, period=figure.period, starts=figure.starts
    ).select_related("author", "snapshot", "attachment").order_by("-version"))


# --- where it stands and where it goes -------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """An indicator in a region as the list shows it: its value, where it stands, where it is heading."""

    indicator: Indicator
    value: Value | None
    standing: Standing
    points: Sequence[tuple[dt.date, float]]
    ahead: Forecast | None
    left_out: str = ""


def points_of(figures: Iterable[Figure], indicator: Indicator) -> list[tuple[dt.date, float]]:
    """Frozen figures as points of a line."""
    made = []
    for figure in figures:
        number = value_of(figure, indicator).number
        if number is not None:
            made.append((figure.as_of, number))
    return made


def ahead_of(indicator: Indicator, points: Sequence[tuple[dt.date, float]], today: dt.date) -> Forecast | None:
    """What the trend gives for the day of the target that counts; for a year ahead where no target is to come."""
    target = target_on(indicator.targets, today)
    day = target.by if target is not None and target.by > today else today + AHEAD
    return forecast(points, day, least=0, most=100 if indicator.unit == "percent" else None)


def listed(actor: User, region: Region) -> tuple[Pack, live.Live, list[Shown]]:
    """Every indicator that makes sense for a region, as the list shows it."""
    pack = live.pack_of(live.unit_of(region.pk))
    found, values = live_values(actor, region)
    indicators = shown_in(pack, region)
    history = trends(actor, region, indicators)
    today = timezone.localdate()
    rows = []
    for indicator in indicators:
        figures = history.get(indicator.id, [])
        points = points_of(figures, indicator)
        value = values.get(indicator.id)
        if not indicator.computed and figures:
            value = value_of(figures[-1], indicator)
        ahead = ahead_of(indicator, points, today)
        rows.append(Shown(
            indicator, value, stand(None if value is None else value.value, indicator.targets, today, ahead), points,
            ahead, found.left_out.get(indicator.id, ""),
        ))
    return pack, found, rows


@dataclass(frozen=True)
class Ranked:
    """One area in a comparison. ``interval`` is Wilson's, in the indicator's unit; ``apart`` whether the whole region's
    value lies outside it: only then is the area told from the whole by more than chance."""

    place: int | None
    region: Region
    value: Value
    interval: Interval | None
    apart: bool
    few: bool
    earlier: Value | None


def compared(
    actor: User, region: Region, indicator: Indicator, values: Mapping[str, Value], whole: Value | None,
    earlier: Mapping[str, Value] | None = None,
) -> list[Ranked]:
    """The areas one level down, the best first; areas of the same value share a place."""
    actor.require("indicators.view", region.pk)
    areas = [area for area in below(region) if area.pk in values and area.level <= indicator.level]
    known = sorted(
        (area for area in areas if values[area.pk].value is not None),
        key=lambda area: (values[area.pk].value, area.pk), reverse=indicator.direction != "down",
    )
    middle = None if whole is None or whole.value is None else float(whole.value)
    rows: list[Ranked] = []
    place, last = 0, None
    for number, area in enumerate(known, 1):
        value = values[area.pk]
        if value.value != last:
            place, last = number, value.value
        rows.append(_ranked(place, area, value, indicator, middle, (earlier or {}).get(area.pk)))
    for area in areas:
        if values[area.pk].value is None:
            rows.append(_ranked(None, area, values[area.pk], indicator, middle, (earlier or {}).get(area.pk)))
    return rows


def is_proportion(indicator: Indicator) -> bool:
    """Whether the value is a share of rows of one view, of which an interval by chance can be given."""
    top, base = indicator.numerator, indicator.denominator
    return top is not None and base is not None and top.view == base.view and {top.aggregate, base.aggregate} == {
        "count"
    }


def _ranked(
    place: int | None, area: Region, value: Value, indicator: Indicator, middle: float | None, earlier: Value | None
) -> Ranked:
    interval = None
    if is_proportion(indicator) and value.denominator:
        found = wilson(value.numerator, value.denominator)
        if found is not None:
            interval = Interval(found.low * value.scale, found.high * value.scale)
    apart = interval is not None and middle is not None and not interval.holds(middle)
    few = is_proportion(indicator) and bool(value.denominator) and (value.denominator or 0) < FEW
    return Ranked(place, area, value, interval, apart, few, earlier)


# --- behind a figure -------------------------------------------------------------------------------------------


def keys_behind(actor: User, region: Region, indicator: Indicator, part: Part) -> tuple[str, list[int] | list[str]]:
    """What kind of thing is behind a live figure, and the keys of those of one part.

    The list itself goes through the owning room's scoped query: keys alone tell nobody anything.
    """
    actor.require("indicators.view", region.pk)
    bound = live.bound_now(indicator, region.pk)
    measure = bound.denominator if bound.denominator is not None and not bound.within and part in (
        "base", "unsure") else bound.numerator
    frame = live.view_now(region.pk, measure.view)
    return VIEWS[measure.view].opens, rows_behind(frame, bound, part, region.pk).to_list()


def current_of(
    actor: User, region: Region, indicator: Indicator
) -> tuple[Value | None, Sequence[tuple[dt.date, float]]]:
    """What one indicator stands at in a region, live or last reported, and its frozen figures as points."""
    figures = trends(actor, region, [indicator]).get(indicator.id, [])
    points = points_of(figures, indicator)
    if not indicator.computed:
        return (value_of(figures[-1], indicator) if figures else None), points
    _found, values = live_values(actor, region)
    return values.get(indicator.id), points
