"""What the pack rules about driving plans, and the days that follow from it. No figure of any place stands here."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.core.packs import pack_for
from yinian.engines.entitlement import PackError, SupervisionRules

UNSPECIFIED = "unspecified"
_FREQUENCY = re.compile(r"FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY)")
_INTERVAL = re.compile(r"INTERVAL=(\d+)")
_MONTHS = re.compile(r"BYMONTH=([\d,]+)")


def rules_for(region_code: str) -> SupervisionRules:
    """The rules in force for a region. Raises :class:`Refused` where its pack says nothing of driving plans."""
    pack = pack_for(region_code)
    try:
        return pack.supervision_rules()
    except PackError as error:
        raise Refused(_("The policy pack does not say how plans are driven: %(reason)s") % {"reason": error}) from error


@dataclass(frozen=True)
class Days:
    """What a turn keeps of the rules: from when it is amber by its deadline, and by silence."""

    amber_on: dt.date | None
    quiet_on: dt.date


def days(rules: SupervisionRules, due_on: dt.date | None, heard_on: dt.date) -> Days:
    """The days of a turn due on ``due_on`` that was last heard of on ``heard_on``."""
    return Days(
        None if due_on is None else due_on - dt.timedelta(days=rules.soon.value),
        heard_on + dt.timedelta(days=rules.quiet.value),
    )


def month_end(year: int, month: int) -> dt.date:
    """The last day of a month."""
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def next_due(rule: str, after: dt.date, vague_months: int) -> dt.date:
    """The first day after ``after`` on which a turn of ``rule`` (an RRULE fragment, or ``unspecified``) ends.

    Months, quarters and years end on their last day; ``BYMONTH`` says in which month a yearly turn is due. What a plan
    wants done "regularly" runs in turns of ``vague_months``.
    """
    found = _FREQUENCY.search(rule)
    kind = found[1] if found else ""
    every = int(m[1]) if (m := _INTERVAL.search(rule)) else 1
    if kind == "DAILY":
        return after + dt.timedelta(days=max(1, every))
    if kind == "WEEKLY":
        # A week ends on its Sunday.
        return after + dt.timedelta(days=7 * max(1, every) - after.weekday() % 7 - 1 or 7)
    months = [int(part) for part in m[1].split(",")] if (m := _MONTHS.search(rule)) else []
    if kind == "YEARLY" and months:
        candidates = [month_end(year, month) for year in range(after.year, after.year + every + 1) for month in months]
        return min(day for day in candidates if day > after)
    step = 12 * every if kind == "YEARLY" else every if kind == "MONTHLY" else vague_months
    return _period_end(after, max(1, step))


def _period_end(after: dt.date, step: int) -> dt.date:
    """The end of the period of ``step`` months, counted from January, that comes first after a day."""
    index = after.year * 12 + after.month - 1
    for ahead in range(step + 1):
        year, month = divmod(index + ahead, 12)
        end = month_end(year, month + 1)
        in_year = (month + 1) % step == 0 if 12 % step == 0 else (index + ahead + 1) % step == 0
        if in_year and end > after:
            return end
    year, month = divmod(index + step, 12)
    return month_end(year, month + 1)
