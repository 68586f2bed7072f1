"""Live values for targets: the room that keeps indicators registers here how to measure one."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from yinian.core.models import User


@dataclass(frozen=True)
class Measured:
    """What an indicator stands at: its value, the day it speaks of, the page behind it, and earlier values by day."""

    value: Decimal | float | int | None
    as_of: dt.date
    url: str = ""
    unit: str = ""
    trend: Sequence[tuple[dt.date, float]] = ()


Measure = Callable[[User, str, str], Measured | None]
Choices = Callable[[str], Sequence[tuple[str, str]]]
_measures: list[tuple[Measure, Choices]] = []


def register(measure: Measure, choices: Choices) -> None:
    """Offer ``measure(actor, indicator id, region code)`` and ``choices(region code)``: the ids with their names.

    ``measure`` gives None for an indicator it does not know, or that the actor may not see. The latest offered counts.
    """
    _measures[:] = [(measure, choices)]


def measured(actor: User, indicator: str, region: str) -> Measured | None:
    """What an indicator stands at in a region, where a room can say; else None."""
    if not indicator:
        return None
    return next((found for measure, _choices in _measures
                 if (found := measure(actor, indicator, region)) is not None), None)


def choices(region: str) -> list[tuple[str, str]]:
    """The indicators a target of a region can be linked to."""
    return [pair for _measure, offered in _measures for pair in offered(region)]
