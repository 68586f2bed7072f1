"""What a bulletin says, before it is set in any form: chapters, tables by area, charts, notes; of frozen figures.

The public version carries only what its pack lets be published, and holds back counts of a few people.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.jinja import day
from yinian.core.models import Region, User
from yinian.core.regions.models import Level
from yinian.engines.entitlement import Pack
from yinian.engines.entitlement.measures import SHARES, Indicator
from yinian.engines.entitlement.views import VIEWS
from yinian.engines.indicator import suppressed
from yinian.engines.indicator.standing import stand
from yinian.indicators import live, queries, words
from yinian.indicators.models import Figure, Period
from yinian.indicators.periods import Span, before, kind_for, span_of
from yinian.indicators.values import Value, unit_word, with_unit, written

HELD_BACK = "*"
KINDS = (Period.QUARTER, Period.YEAR)
PEOPLE = ("person", "stay", "worker")
"""Kinds of row that are people: only of them can a small count tell."""
COLUMNS = 5  # indicators side by side in one table by area


@dataclass(frozen=True)
class Line:
    """One indicator in the report: as written, what it was in the period before, and where it stands."""

    indicator: Indicator
    label: str
    unit: str
    value: str
    number: float | None
    earlier: str
    change: str
    aim: str
    state: str
    as_of: dt.date
    version: int
    held_back: bool = False


@dataclass(frozen=True)
class Table:
    """Areas against a few indicators: ``cells`` as written, ``numbers`` for charts and workbooks (None: held back)."""

    heads: Sequence[str]
    units: Sequence[str]
    areas: Sequence[str]
    cells: Sequence[Sequence[str]]
    numbers: Sequence[Sequence[float | None]]


@dataclass(frozen=True)
class Chart:
    """The areas' values of one indicator, the best first."""

    title: str
    unit: str
    rows: Sequence[tuple[str, float, str]]


@dataclass
class Chapter:
    """One theme."""

    title: str
    lines: list[Line] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)


@dataclass
class Content:
    """A whole report."""

    title: str
    area: str
    period: str
    public: bool
    opening: str
    chapters: list[Chapter]
    notes: list[str]
    sources: list[str]


def available(actor: User, region: Region) -> list[Span]:
    """The quarters and years that are over and of which any figure of the region is frozen, the latest first."""
    actor.require("indicators.view", region.pk)
    days = Figure.objects.filter(region=region).order_by().values_list("ends", flat=True).distinct()
    found = {span_of(kind, ends) for kind in KINDS for ends in days}
    over = [span for span in found if span.ends < timezone.localdate()]
    return sorted(over, key=lambda span: (span.ends, span.kind), reverse=True)


def least_of(pack: Pack) -> int:
    """Below how many people a count is not published."""
    small = (pack.extras.get("limits") or {}).get("small_cell")
    return int(small["value"]) if small else 1


def in_span(figures: Sequence[Figure], span: Span) -> Figure | None:
    """The latest of an indicator's figures whose period ends within a span."""
    inside = [figure for figure in figures if span.starts <= figure.ends <= span.ends]
    return max(inside, key=lambda figure: figure.ends) if inside else None


def build(actor: User, region: Region, span: Span, public: bool) -> Content:
    """The report of a region for a quarter or a year. Raises NotVisible out of reach, Refused without a pack."""
    actor.require("indicators.view", region.pk)
    pack = live.pack_of(live.unit_of(region.pk))
    shown = [one for one in queries.shown_in(pack, region) if one.publish or not public]
    history = queries.trends(actor, region, shown)
    least = least_of(pack)
    chapters: list[Chapter] = []
    lines: list[Line] = []
    notes: list[str] = []
    documents: dict[str, str] = {}
    for theme, label in words.THEMES.items():
        chapter = Chapter(str(label))
        for one in (one for one in shown if one.theme == theme):
            figure = in_span(history.get(one.id, []), span)
            if figure is None:
                continue
            line = _line(one, figure, in_span(history[one.id], before(span)), span, public, least)
            chapter.lines.append(line)
            source = words.clause(pack, one.source)
            documents.setdefault(source.document_id, f"《{source.title}》" + (f"（{source.number}）" if source.number
                                                                             else ""))
            if figure.version > 1:
                notes.append(_("%(what)s: corrected on %(day)s (version %(n)s): %(why)s") % {
                    "what": line.label, "day": day(figure.made_at), "n": figure.version, "why": figure.reason})
            if one.confidence not in ("verified", "secondary"):
                notes.append(_("%(what)s: how it is worked out is not laid down in a document seen; %(note)s") % {
                    "what": line.label, "note": words.in_words(one.note) if one.note else _("taken by its name")})
        if chapter.lines:
            if region.level < Level.VILLAGE:
                _areas(actor, region, chapter, history, span, public, least)
            chapters.append(chapter)
            lines += chapter.lines
    if any(line.held_back for line in lines) or any(
        HELD_BACK in row for chapter in chapters for table in chapter.tables for row in table.cells
    ):
        notes.append(_("%(sign)s: held back, for it would tell of fewer than %(n)s people.") % {
            "sign": HELD_BACK, "n": least})
    yearly = span.kind == Period.YEAR
    title = (_("Statistics bulletin of elderly care of %(area)s, %(period)s") if yearly
             else _("Report on elderly care of %(area)s, %(period)s")) % {"area": region.name, "period": span.name}
    return Content(title, region.name, span.name, public, _opening(region, span, lines), chapters, notes,
                   list(documents.values()))


def _line(
    one: Indicator, figure: Figure, earlier: Figure | None, span: Span, public: bool, least: int
) -> Line:
    value = queries.value_of(figure, one)
    old = None if earlier is None else queries.value_of(earlier, one)
    held = public and bool(suppressed({0: _telling(one, value)}, least, total=False))
    old_held = public and old is not None and bool(suppressed({0: _telling(one, old)}, least, total=False))
    standing = stand(value.value, one.targets, span.ends)
    return Line(
        one, words.in_words(one.label), unit_word(one.unit),
        HELD_BACK if held else with_unit(value.value, one.unit), None if held else number_of(value, one),
        "" if old is None else HELD_BACK if old_held else with_unit(old.value, one.unit),
        "" if held or old_held or old is None else _change(value, old, one), words.aim(standing.target, one.unit),
        "" if standing.state == "none" else str(words.STATES[standing.state][0]), figure.as_of, figure.version, held,
    )


def _telling(one: Indicator, value: Value) -> list[int | None]:
    """The counts of people that a figure tells."""
    if one.numerator is None or VIEWS[one.numerator.view].opens not in PEOPLE:
        return []
    if not queries.is_proportion(one):
        return [value.numerator]
    return [value.numerator, value.outside, value.unknown]


def number_of(value: Value, one: Indicator) -> float | None:
    """A value for a cell or a bar: yuan for money."""
    if value.value is None:
        return None
    return round(float(value.value) / (100 if one.unit == "fen" else 1), 4)


def _change(value: Value, old: Value, one: Indicator) -> str:
    if value.value is None or old.value is None:
        return ""
    step: Fraction = value.value - old.value
    if one.unit in SHARES:
        text = written(abs(step), "ratio")
        unit = _("percentage points") if one.unit == "percent" else ""
    else:
        text, unit = written(abs(step), one.unit), unit_word(one.unit)
    if step == 0:
        return _("unchanged")
    return (_("up %(n)s %(unit)s") if step > 0 else _("down %(n)s %(unit)s")) % {"n": text, "unit": unit}


def _areas(
    actor: User, region: Region, chapter: Chapter, history: dict[str, list[Figure]], span: Span, public: bool,
    least: int,
) -> None:
    """The tables by area of a chapter, and a chart of its first share."""
    areas = queries.below(region)
    below = [line for line in chapter.lines if line.indicator.level >= region.level + 1]
    columns: list[tuple[Line, dict[str, Value], set[str]]] = []
    for line in below:
        figure = in_span(history[line.indicator.id], span)
        if figure is None:
            continue
        values = queries.frozen_by_area(actor, region, line.indicator, figure.ends)
        if not values:
            continue
        held = suppressed({code: _telling(line.indicator, value) for code, value in values.items()}, least) \
            if public else set()
        if line.held_back:
            held = set(values)
        columns.append((line, values, held))
    for start in range(0, len(columns), COLUMNS):
        part = columns[start : start + COLUMNS]
        rows = [area for area in areas if any(area.pk in values for _l, values, _h in part)]
        cells, numbers = [], []
        for area in rows:
            cells.append([
                HELD_BACK if area.pk in held else written(values[area.pk].value, line.indicator.unit)
                if area.pk in values else "–" for line, values, held in part
            ])
            numbers.append([
                None if area.pk in held or area.pk not in values else number_of(values[area.pk], line.indicator)
                for line, values, held in part
            ])
        chapter.tables.append(Table(
            [line.label for line, _v, _h in part], [line.unit for line, _v, _h in part], [area.name for area in rows],
            cells, numbers,
        ))
    chosen = next((column for column in columns if column[0].indicator.unit in SHARES), None)
    if chosen is not None:
        line, values, held = chosen
        bars = [
            (area.name, number, written(values[area.pk].value, line.indicator.unit)) for area in areas
            if area.pk in values and area.pk not in held
            and (number := number_of(values[area.pk], line.indicator)) is not None
        ]
        bars.sort(key=lambda bar: bar[1], reverse=line.indicator.direction != "down")
        if len(bars) > 1:
            chapter.charts.append(Chart(line.label, line.unit, bars))


def _opening(region: Region, span: Span, lines: Sequence[Line]) -> str:
    aimed = [line for line in lines if line.aim]
    reached = [line for line in aimed if line.state == str(words.STATES["reached"][0])]
    text = _("%(area)s, %(period)s: %(n)s indicators with a frozen figure") % {
        "area": region.name, "period": span.name, "n": len(lines)}
    if aimed:
        text += _("; of %(aimed)s with a target %(reached)s have reached it") % {
            "aimed": len(aimed), "reached": len(reached)}
    return text + _(".")


def span_from(kind: str, starts: dt.date) -> Span | None:
    """The quarter or year that an address names; None where it names none."""
    if kind not in KINDS:
        return None
    span = span_of(kind, starts)
    return span if span.starts == starts else None


__all__ = ["Chapter", "Chart", "Content", "Line", "Table", "available", "build", "kind_for", "span_from"]
