"""A figure as pages and reports speak of it: its exact value, its bounds, and how it is written."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from yinian.core.jinja import yuan
from yinian.engines.entitlement.measures import COUNTED, SHARES, Indicator, Target
from yinian.engines.entitlement.tree import round_half_away

DECIMALS = 1


@dataclass(frozen=True, slots=True)
class Value:
    """The counts of one indicator in one region, live or frozen. ``denominator`` None: a count or a sum.

    ``scale`` is what the quotient is multiplied by (100 for percent). ``figure`` is the frozen row's id, ``version``
    its version; a live value has neither.
    """

    numerator: int
    denominator: int | None
    outside: int = 0
    unknown: int = 0
    unsure: int = 0
    scale: int = 1
    as_of: dt.date | None = None
    reported: bool = False
    figure: int | None = None
    version: int = 0

    @property
    def value(self) -> Fraction | None:
        """The exact value; None where there is nothing to divide by, or nothing is known."""
        if self.denominator is not None:
            return Fraction(self.numerator * self.scale, self.denominator) if self.denominator else None
        if not self.reported and self.numerator == 0 and self.outside == 0 and self.unknown:
            return None
        return Fraction(self.numerator)

    @property
    def number(self) -> float | None:
        """The value for a chart."""
        return None if self.value is None else float(round_half_away(self.value, 2))

    @property
    def most(self) -> Fraction | None:
        """What the value would be if all that is not known were counted; None where everything is known."""
        if not self.unknown or self.reported:
            return None
        if self.denominator is None:
            return Fraction(self.numerator + self.unknown)
        if not self.denominator or self.numerator + self.unknown > self.denominator:
            return None
        return Fraction((self.numerator + self.unknown) * self.scale, self.denominator)


def written(value: Fraction | None, unit: str) -> str:
    """A value in its unit's digits, without the unit's word: a share with one decimal, money in yuan.

    A share is never rounded to a whole (0 or 100) that is not reached.
    """
    if value is None:
        return "–"
    if unit == "fen":
        return yuan(int(round_half_away(value)))
    if unit in SHARES:
        shown = round_half_away(value, DECIMALS)
        top = Fraction(SHARES[unit])
        step = Fraction(1, 10**DECIMALS)
        if unit == "percent" and shown == top and value < top:
            shown = top - step
        if shown == 0 and value > 0:
            shown = step if unit == "percent" else round_half_away(value, 3)
        return f"{float(shown):,.{DECIMALS}f}".removesuffix(".0") if shown.denominator in (1, 2, 5, 10) else (
            f"{float(shown):,.3f}".rstrip("0"))
    if value.denominator == 1:
        return f"{int(value):,}"
    return f"{float(round_half_away(value, 2)):,.2f}".rstrip("0").rstrip(".")


def foreseen(value: float, unit: str) -> str:
    """A value by the trend in its unit's digits: nobody is counted in tenths, and no share to more than one decimal."""
    exact = Fraction(value).limit_denominator(10**6)
    return written(round_half_away(exact) if unit in COUNTED or unit == "fen" else exact, unit)


def unit_word(unit: str) -> str:
    """What stands behind a number of the unit."""
    return {
        "percent": "%", "per_mille": "‰", "per_hundred": _("per hundred"), "per_thousand": _("per thousand"),
        "people": _("people"), "person_times": _("person-times"), "households": _("households"), "beds": _("beds"),
        "homes": _("homes"), "places": _("places of care"), "villages": _("villages"), "counties": _("counties"),
        "items": _("items"), "times": _("times"), "organisations": _("organisations"),
        "square_metres": _("square metres"), "ten_thousand_people": _("ten thousand people"), "fen": _("yuan"),
        "portions": _("portions"), "posts": _("posts"), "ratio": "",
    }[unit]


def with_unit(value: Fraction | None, unit: str) -> str:
    """A value with its unit, as one reads it."""
    text = written(value, unit)
    word = unit_word(unit)
    return text if text == "–" or not word else f"{text}{word}" if word in "%‰" else f"{text} {word}"


def target_words(target: Target, unit: str) -> str:
    """A target as one reads it: at least 60% by the end of 2026."""
    value = with_unit(target.value, unit)
    return {
        "at_least": _("at least %(value)s"), "at_most": _("at most %(value)s"), "above": _("more than %(value)s"),
        "exactly": _("exactly %(value)s"),
    }[target.comparator] % {"value": value}


def scale_of(indicator: Indicator) -> int:
    """What the quotient of an indicator is multiplied by."""
    return indicator.scale


assert not set(COUNTED) & set(SHARES)
