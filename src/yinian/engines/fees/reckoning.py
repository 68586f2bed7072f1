"""Working a month's bill out: charges by day, public money first, corrections last.

A monthly price is spread over the days of its month. What the first `n` days cost is rounded to whole fen, half up, and
a day costs what it adds to that: so a whole month costs its price exactly, any two parts of a month add up to the
whole, no day is below nothing, and a run of days is rounded once.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from yinian.engines.fees.model import (
    BED,
    CARE,
    CATEGORIES,
    MEAL,
    MONTH,
    PRESENT,
    TO_HOME,
    AwayRule,
    Bill,
    Given,
    Grant,
    Line,
    Stretch,
    Tariff,
)

WHOLE = 100  # percent
STANDING = (BED, CARE, MEAL)  # what everybody who lives in a home is charged for
_DAY = dt.timedelta(days=1)


def rounded(value: Fraction) -> int:
    """To whole fen, half up."""
    return int((value + Fraction(1, 2)).__floor__())


def day_fen(amount_fen: int, unit: str, percent: int, day: dt.date) -> int:
    """What a price costs on one day."""
    if unit != MONTH:
        return rounded(Fraction(amount_fen * percent, WHOLE))
    length = monthrange(day.year, day.month)[1]
    share = Fraction(amount_fen * percent, WHOLE * length)
    return rounded(share * day.day) - rounded(share * (day.day - 1))


def work_out(given: Given) -> Bill:
    """The bill of a month. Days of stretches outside of it are left aside; stretches must not overlap."""
    days = _days(given)
    charges, unknown = _charges(given, days)
    lines = [*charges, *(
        Line("charge", extra.category, extra.text, extra.amount_fen, "once", {"on": extra.on.isoformat()})
        for extra in sorted(given.extras, key=lambda one: (one.on, one.text, one.amount_fen))
    )]
    left = dict.fromkeys(CATEGORIES, 0)
    for line in lines:
        left[line.category] += line.amount_fen
    charged = sum(left.values())
    subsidies = list(_subsidies(given.grants, days, left))
    county = -sum(line.amount_fen for line in subsidies if line.kind == "subsidy")
    corrections, carried = _corrections(given, charged - county)
    corrected = sum(line.amount_fen for line in corrections)
    return Bill(
        lines=(*lines, *subsidies, *corrections), days=len(days), charged_fen=charged, county_fen=county,
        corrected_fen=corrected, person_fen=charged - county + corrected, carried=carried, unknown=tuple(unknown),
    )


def _days(given: Given) -> dict[dt.date, Stretch]:
    first = given.month.replace(day=1)
    after = first + dt.timedelta(days=monthrange(first.year, first.month)[1])
    found: dict[dt.date, Stretch] = {}
    for stretch in sorted(given.stretches, key=lambda one: one.start):
        day = max(stretch.start, first)
        while day < min(stretch.end, after):
            if day in found:
                raise ValueError(f"two stretches hold {day}")
            found[day] = stretch
            day += _DAY
    return found


def _away_on(given: Given, day: dt.date) -> tuple[str, int]:
    """Whether somebody is away on a day, and the how-manieth day of it that is."""
    for absence in given.absences:
        if absence.start <= day < absence.end:
            return absence.kind, (day - absence.start).days + 1
    return PRESENT, 0


def _percent(rules: Iterable[AwayRule], kind: str, number: int, category: str) -> int:
    """What is charged of a category: the rule of that kind that begins last before the day; all without one."""
    holding = [rule for rule in rules if rule.kind == kind and rule.from_day <= number]
    if kind == PRESENT or not holding:
        return WHOLE
    return max(holding, key=lambda rule: rule.from_day).percent.get(category, WHOLE)


def _tariffs_on(tariffs: Iterable[Tariff], stretch: Stretch, day: dt.date) -> list[Tariff]:
    """The prices that hold for a stretch on a day: of each item the latest that has begun."""
    current: dict[str, Tariff] = {}
    for tariff in tariffs:
        if tariff.since <= day and (tariff.item not in current or current[tariff.item].since < tariff.since):
            current[tariff.item] = tariff
    return [
        tariff for tariff in current.values()
        if tariff.bed_kind in ("", stretch.bed_kind)
        and (not tariff.levels or (stretch.level is not None and stretch.level in tariff.levels))
    ]  # fmt: skip


def _charges(given: Given, days: Mapping[dt.date, Stretch]) -> tuple[list[Line], list[str]]:
    """One line for each price, share and stretch of days in a row."""
    sums: dict[tuple[str, Tariff, int, str], list[tuple[dt.date, int]]] = {}
    missing: dict[str, None] = {}
    for day, stretch in sorted(days.items()):
        state, number = _away_on(given, day)
        holding = _tariffs_on(given.tariffs, stretch, day)
        for category in STANDING:
            if not any(tariff.category == category for tariff in holding):
                # A level that is not known is the usual reason for a care price that is not found.
                missing["level" if category == CARE and stretch.level is None else f"price:{category}"] = None
        for tariff in holding:
            percent = _percent(given.away, state, number, tariff.category)
            fen = day_fen(tariff.amount_fen, tariff.unit, percent, day)
            sums.setdefault((tariff.category, tariff, percent, state), []).append((day, fen))
    order = {name: place for place, name in enumerate(CATEGORIES)}
    lines = []
    for (category, tariff, percent, state), parts in sums.items():
        lines.append(Line(
            "charge", category, tariff.item, sum(fen for _day, fen in parts), state,
            {"days": len(parts), "from": parts[0][0].isoformat(), "to": parts[-1][0].isoformat(),
             "price_fen": tariff.amount_fen, "unit": tariff.unit, "percent": percent,
             "month_days": monthrange(given.month.year, given.month.month)[1]},
        ))
    lines.sort(key=lambda line: (order[line.category], line.text, line.values["from"], line.why))
    return lines, list(missing)


def _subsidies(grants: Iterable[Grant], days: Mapping[dt.date, Stretch], left: dict[str, int]) -> Iterable[Line]:
    """Public money in the order given; none pays more than is still to be paid of what it covers."""
    for grant in grants:
        here = [day for day in sorted(days) if grant.start <= day and (grant.end is None or day < grant.end)]
        if not here:
            continue
        values = {"days": len(here), "price_fen": grant.amount_fen, "unit": grant.unit}
        if grant.amount_fen is None and not grant.whole:
            yield Line("told", "", grant.label, 0, "unknown", values, grant.id)
            continue
        amount = None if grant.amount_fen is None else sum(
            day_fen(grant.amount_fen, grant.unit, WHOLE, day) for day in here
        )
        if grant.to != TO_HOME:
            yield Line("told", "", grant.label, 0, "to_person", {**values, "month_fen": amount}, grant.id)
            continue
        open_fen = sum(left[category] for category in grant.covers)
        if grant.whole and len(here) < len(days):
            # Whole cover for part of the days: that part of what is open.
            open_fen = rounded(Fraction(open_fen * len(here), len(days)))
        paid = open_fen if grant.whole else min(open_fen, amount or 0)
        rest = paid
        for category in grant.covers:
            part = min(rest, left[category])
            left[category] -= part
            rest -= part
        if paid:
            yield Line("subsidy", "", grant.label, -paid, "whole" if grant.whole else "amount", values, grant.id)


def _corrections(given: Given, owed: int) -> tuple[list[Line], dict[int, int]]:
    """Corrections put in: charges first, then what is given back, as far as something is owed."""
    lines, carried = [], {}
    for one in sorted(given.corrections, key=lambda one: (one.amount_fen < 0, one.id)):
        amount = one.amount_fen if one.amount_fen > 0 else -min(owed, -one.amount_fen)
        if amount != one.amount_fen:
            carried[one.id] = one.amount_fen - amount
        if amount:
            owed += amount
            lines.append(Line("correction", "", one.text, amount, "correction", {"bill": one.bill}, str(one.id)))
    return lines, carried


def month_bed_fen(tariffs: Iterable[Tariff], stretch: Stretch, day: dt.date) -> int | None:
    """The monthly bed fee that holds for a bed on a day; None where none is published. A daily price counts for the
    days of the month."""
    found = [one for one in _tariffs_on(tariffs, stretch, day) if one.category == BED]
    if not found:
        return None
    length = monthrange(day.year, day.month)[1]
    return sum(one.amount_fen if one.unit == MONTH else one.amount_fen * length for one in found)


def monthly_fen(tariffs: Iterable[Tariff], stretch: Stretch, day: dt.date) -> int | None:
    """What a whole month costs at the prices of a day: bed, care and meals; None where one of them is not known."""
    found = _tariffs_on(tariffs, stretch, day)
    if not all(any(one.category == category for one in found) for category in STANDING):
        return None
    length = monthrange(day.year, day.month)[1]
    return sum(one.amount_fen if one.unit == MONTH else one.amount_fen * length for one in found)


def part_of(given: Given, start: dt.date, end: dt.date) -> Given:
    """The same, for the days from ``start`` to before ``end`` alone."""
    cut = tuple(
        replace(one, start=max(one.start, start), end=min(one.end, end))
        for one in given.stretches if max(one.start, start) < min(one.end, end)
    )
    return replace(given, stretches=cut)
