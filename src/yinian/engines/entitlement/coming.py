"""What two packs cost in the years to come, over people who grow older and of whom nothing else changes.

Nobody dies, moves, falls ill or comes to be registered: that would need figures with a source, and none are at hand.
A year is taken as its middle day is, twelve times a month's amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from yinian.engines.entitlement.evaluate import CHECK, DUE, settle
from yinian.engines.entitlement.model import Pack
from yinian.engines.entitlement.whatif import a_year, band_column, standing_of


@dataclass(frozen=True, slots=True)
class Cost:
    """One service in one year under both packs: people, and fen a year, sure and at most. A service that is not in
    force counts nothing; what is paid once only is left out."""

    due_a: int = 0
    due_b: int = 0
    check_a: int = 0
    check_b: int = 0
    year_a: int = 0
    year_b: int = 0
    most_year_a: int = 0
    most_year_b: int = 0


@dataclass(frozen=True)
class Year:
    """A year as its ``day`` is: people by the band of age (its lowest age; null is not known), costs by service id."""

    day: date
    bands: dict[int | None, int]
    costs: dict[str, Cost]


def middle_of(year: int) -> date:
    """The day that stands for a year."""
    return date(year, 7, 1)


def year_of(a: Pack, b: Pack, facts: pl.DataFrame, day: date) -> Year:
    """Both packs over the people of ``facts``, as old as they are on a day. Raises PackError or FactsError."""
    sides = standing_of(settle(a, facts, day)), standing_of(settle(b, facts, day))
    costs: dict[str, dict[str, int]] = {}
    for name, side in zip("ab", sides, strict=True):
        for service, (status, amount, most, period) in side.items():
            due = status == DUE
            cost = costs.setdefault(service, {})
            cost[f"due_{name}"], cost[f"check_{name}"] = int(due.sum()), int((status == CHECK).sum())
            if amount is not None:
                cost[f"year_{name}"] = a_year(int(amount.filter(due).sum() or 0), period)
                cost[f"most_year_{name}"] = a_year(int(amount.filter(most).sum() or 0), period)
    bands = facts.select(band_column(set(facts.columns), day).alias("band"))["band"].value_counts()
    return Year(
        day, dict(sorted(bands.iter_rows(), key=lambda one: (one[0] is None, one[0]))),
        {service: Cost(**cost) for service, cost in costs.items()},
    )


def total_of(costs: dict[str, Cost]) -> Cost:
    """All services together; people are counted once for each service."""
    return Cost(*(sum(getattr(cost, name) for cost in costs.values()) for name in Cost.__dataclass_fields__))
