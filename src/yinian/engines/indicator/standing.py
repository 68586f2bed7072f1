"""Where an indicator stands to what it aims at: reached, within reach, behind, missed, or without an aim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from yinian.engines.entitlement.measures import Target
from yinian.engines.indicator.trend import Forecast

STANDINGS = ("reached", "likely", "open", "unlikely", "missed", "unknown", "none")
"""Reached; likely by the trend; not yet, and no trend to tell; not by the trend; its day is past; no value; no aim."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands, to which target."""

    state: str
    target: Target | None = None


def target_on(targets: Sequence[Target], day: date) -> Target | None:
    """The target that counts on a day: the next that is due, else the last that was."""
    ahead = [target for target in targets if target.by >= day]
    return ahead[0] if ahead else (targets[-1] if targets else None)


def stand(
    value: Fraction | None, targets: Sequence[Target], day: date, ahead: Forecast | None = None
) -> Standing:
    """How a value stands on a day. `ahead` is what the trend gives for the target's day, where there is a trend."""
    target = target_on(targets, day)
    if target is None:
        return Standing("none")
    if value is None:
        return Standing("unknown", target)
    if target.met(value):
        return Standing("reached", target)
    if target.by < day:
        return Standing("missed", target)
    if ahead is None:
        return Standing("open", target)
    return Standing("likely" if target.met(Fraction(ahead.value)) else "unlikely", target)
