"""How many members of staff the residents of a home call for, and whether those on duty are enough. Pure.

A ratio says how many residents of a group one member of staff looks after. The shares of all groups are added exactly
and the sum is rounded up to whole people once: two halves of a person are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil

GROUPS = ("independent", "partial", "full")


class Standing(StrEnum):
    """How those on duty stand to what is needed."""

    ENOUGH = "enough"
    SHORT = "short"
    UNSURE = "unsure"  # it depends on residents of whom nobody has said how much they can do alone
    UNKNOWN = "unknown"  # no ratio is on file


@dataclass(frozen=True, slots=True)
class Need:
    """Staff needed, in whole people: ``least`` with the unknown counted best, ``most`` with them counted worst."""

    least: int
    most: int


def need(residents: Mapping[str, int], unknown: int, per_staff: Mapping[str, Decimal | int]) -> Need | None:
    """The staff that residents call for.

    ``residents``: how many of each group; ``unknown``: how many of no known group; ``per_staff``: residents of a
    group to one member of staff. None where a group that anybody belongs, or may belong to, has no ratio.
    Raises ValueError for a ratio or a count that cannot be.
    """
    if any(ratio <= 0 for ratio in per_staff.values()):
        raise ValueError("a ratio is above nothing")
    if unknown < 0 or any(n < 0 for n in residents.values()):
        raise ValueError("nobody is counted less than once")
    wanted = {group for group, n in residents.items() if n} | (set(GROUPS) if unknown else set())
    if not per_staff or not wanted <= set(per_staff):
        return None
    known = sum((Fraction(n) / Fraction(per_staff[group]) for group, n in residents.items() if n), Fraction(0))
    shares = [1 / Fraction(per_staff[group]) for group in GROUPS if group in per_staff]
    return Need(ceil(known + unknown * min(shares)), ceil(known + unknown * max(shares)))


def standing(on_duty: int, wanted: Need | None) -> Standing:
    """Whether so many on duty are enough."""
    if wanted is None:
        return Standing.UNKNOWN
    if on_duty >= wanted.most:
        return Standing.ENOUGH
    return Standing.SHORT if on_duty < wanted.least else Standing.UNSURE
