"""What charts show: a small line in a table as SVG points, and the options of the two charts of an indicator's page."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from yinian.engines.entitlement.measures import Indicator, Target
from yinian.engines.indicator import Forecast
from yinian.indicators.queries import Ranked
from yinian.indicators.values import unit_word, written

WIDTH, HEIGHT, EDGE = 88, 22, 3


def spark(points: Sequence[tuple[dt.date, float]]) -> dict[str, Any] | None:
    """The points of a small line, in a box of WIDTH by HEIGHT, and where its last one lies; None for fewer than two."""
    if len(points) < 2:
        return None
    first, last = points[0][0], points[-1][0]
    low, high = min(v for _d, v in points), max(v for _d, v in points)
    spread, days = (high - low) or 1.0, (last - first).days or 1
    placed = [
        (round(EDGE + (when - first).days / days * (WIDTH - 2 * EDGE), 1),
         round(HEIGHT - EDGE - ((value - low) / spread if high > low else 0.5) * (HEIGHT - 2 * EDGE), 1))
        for when, value in points
    ]
    return {"points": " ".join(f"{x},{y}" for x, y in placed), "end": placed[-1], "width": WIDTH, "height": HEIGHT}


def line(
    points: Sequence[tuple[dt.date, float]], ahead: Forecast | None, target: Target | None, indicator: Indicator
) -> dict[str, Any] | None:
    """The trend with its continuation and the target, as an ECharts option; None for fewer than two figures."""
    if len(points) < 2:
        return None
    divide = 100 if indicator.unit == "fen" else 1
    known: list[list[Any]] = [[when.isoformat(), value / divide] for when, value in points]
    series: list[dict[str, Any]] = [
        {"type": "line", "name": _("Frozen figures"), "data": known, "symbolSize": 7},
    ]
    if ahead is not None:
        start, end = known[-1], ahead.day.isoformat()
        series.append({
            "type": "line", "name": _("By the trend"), "data": [start, [end, round(ahead.value / divide, 2)]],
            "lineStyle": {"type": "dashed"}, "symbolSize": 7,
        })
        for name, edge in ((_("Interval from"), ahead.interval.low), (_("Interval to"), ahead.interval.high)):
            series.append({
                "type": "line", "name": name, "data": [start, [end, round(edge / divide, 2)]], "symbol": "none",
                "lineStyle": {"type": "dotted", "width": 1},
            })
    if target is not None:
        first, last = known[0][0], max(str(known[-1][0]), target.by.isoformat())
        aim = float(target.value) / divide
        series.append({
            "type": "line", "name": _("Target"), "data": [[first, aim], [last, aim]], "symbol": "none",
            "lineStyle": {"width": 1.5},
        })
    return {
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0}, "xAxis": {"type": "time"},
        "yAxis": {"type": "value", "name": unit_word(indicator.unit), "scale": indicator.unit != "percent"},
        "tooltip": {"trigger": "axis"}, "series": series,
    }


def bars(ranked: Sequence[Ranked], indicator: Indicator, target: Target | None) -> dict[str, Any] | None:
    """The areas as bars, the best on top; None where fewer than two have a value."""
    known = [row for row in ranked if row.value.number is not None]
    if len(known) < 2:
        return None
    divide = 100 if indicator.unit == "fen" else 1
    shown = list(reversed(known[:30]))
    series: dict[str, Any] = {
        "type": "bar", "barMaxWidth": 18,
        "data": [
            {"value": round((row.value.number or 0) / divide, 2),
             "label": {"show": True, "position": "right", "formatter": written(row.value.value, indicator.unit)}}
            for row in shown
        ],
    }
    if target is not None:
        series["markLine"] = {
            "symbol": "none", "data": [{"xAxis": float(target.value) / divide, "name": _("Target")}],
            "label": {"formatter": _("Target")},
        }
    return {
        "grid": {"left": 8, "right": 56, "top": 16, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": 0}, "yAxis": {"type": "category", "data": [row.region.name for row in shown]},
        "tooltip": {"trigger": "axis"}, "series": [series],
    }
