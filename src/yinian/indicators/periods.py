"""Months, quarters and years as spans of days, and how they are named."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from yinian.indicators.models import Period

_MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One period: its kind and its first and last day."""

    kind: str
    starts: dt.date
    ends: dt.date

    @property
    def name(self) -> str:
        """As one says it: 2026年3月, 2026年第一季度, 2026年."""
        return span_name(self.kind, self.starts)


def span_name(kind: str, starts: dt.date) -> str:
    """The name of the period of a kind that starts on a day."""
    if kind == Period.YEAR:
        return _("%(year)s, whole year") % {"year": starts.year}
    if kind == Period.QUARTER:
        quarter = [_("first quarter"), _("second quarter"), _("third quarter"), _("fourth quarter")]
        return _("%(year)s, %(quarter)s") % {"year": starts.year, "quarter": quarter[(starts.month - 1) // 3]}
    return _("%(year)s, month %(month)s") % {"year": starts.year, "month": starts.month}


def span_of(kind: str, day: dt.date) -> Span:
    """The period of a kind that a day lies in."""
    months = _MONTHS[Period(kind)]
    starts = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    return Span(str(kind), starts, _add(starts, months) - dt.timedelta(days=1))


def before(span: Span, count: int = 1) -> Span:
    """The period so many before."""
    for _n in range(count):
        span = span_of(span.kind, span.starts - dt.timedelta(days=1))
    return span


def last_ended(kind: str, today: dt.date) -> Span:
    """The last period of a kind that was over by a day."""
    return before(span_of(kind, today))


def ending_on(day: dt.date) -> Iterator[Span]:
    """The periods whose last day this is: none on most days, all three at the end of a year."""
    for kind in Period.values:
        span = span_of(kind, day)
        if span.ends == day:
            yield span


def kind_for(period: str) -> str:
    """The kind of period in which an indicator of a pack's ``period`` is frozen: ``as_of`` is taken each month."""
    return str(Period.MONTH) if period == "as_of" else period


def _add(day: dt.date, months: int) -> dt.date:
    whole = day.year * 12 + day.month - 1 + months
    return dt.date(whole // 12, whole % 12 + 1, 1)
