"""An applicant's total from the experts' scores, how far they lie apart, and the order of all applicants.

Points are exact decimals throughout; a total is rounded once, to two places, half away from zero.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

TWO_PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is scored, and its full points."""

    key: str
    most: Decimal


@dataclass(frozen=True, slots=True)
class Tally:
    """How a total came about.

    ``totals`` are the readers' own totals, ``counted`` those that were kept after the highest and lowest were left
    out, ``left_out`` the readers whose totals were; ``means`` the mean of each criterion over those that count.
    ``spread`` is the distance of the highest from the lowest of all totals, as a share of the full points.
    """

    totals: Mapping[Any, Decimal]
    counted: tuple[Hashable, ...]
    left_out: tuple[Hashable, ...]
    means: Mapping[str, Decimal]
    total: Decimal
    spread: Decimal


@dataclass(frozen=True, slots=True)
class Place:
    """An applicant's place: the same for equal totals, the next one after them counted on (1, 2, 2, 4)."""

    applicant: Hashable
    total: Decimal
    rank: int


def tally(
    criteria: Sequence[Criterion], scores: Mapping[Any, Mapping[str, Decimal]], *, drop_highest: int = 0,
    drop_lowest: int = 0,
) -> Tally:
    """The total of one applicant.

    ``scores``: reader to points by criterion, every criterion given and between 0 and its full points (else
    ValueError). Whole readings are left out, by their totals, as the rule says; where that would leave none, none is.
    """
    if not scores:
        raise ValueError("nobody has scored")
    for reader, points in scores.items():
        for criterion in criteria:
            if criterion.key not in points:
                raise ValueError(f"{reader} has not scored {criterion.key}")
            if not 0 <= points[criterion.key] <= criterion.most:
                raise ValueError(f"{reader} gave {points[criterion.key]} of {criterion.most} for {criterion.key}")
    totals = {reader: sum((points[c.key] for c in criteria), Decimal(0)) for reader, points in scores.items()}
    ordered = sorted(totals, key=lambda reader: (totals[reader], str(reader)))
    low, high = (drop_lowest, drop_highest) if drop_lowest + drop_highest < len(ordered) else (0, 0)
    counted = tuple(ordered[low : len(ordered) - high])
    full = sum((criterion.most for criterion in criteria), Decimal(0))
    exact = {
        c.key: sum((Fraction(scores[reader][c.key]) for reader in counted), Fraction(0)) / len(counted)
        for c in criteria
    }
    return Tally(
        totals=totals,
        counted=counted,
        left_out=tuple(reader for reader in ordered if reader not in counted),
        means={key: _rounded(value) for key, value in exact.items()},
        total=_rounded(sum(exact.values(), Fraction(0))),
        spread=Decimal(0) if full == 0 else (totals[ordered[-1]] - totals[ordered[0]]) / full,
    )


def _rounded(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(TWO_PLACES, ROUND_HALF_UP)


def order(totals: Mapping[Any, Decimal]) -> tuple[Place, ...]:
    """The applicants by total, the highest first; equal totals share a place, in the order they were given."""
    placed: list[Place] = []
    for number, (applicant, total) in enumerate(sorted(totals.items(), key=lambda pair: -pair[1]), start=1):
        rank = placed[-1].rank if placed and placed[-1].total == total else number
        placed.append(Place(applicant, total, rank))
    return tuple(placed)
