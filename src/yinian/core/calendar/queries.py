"""Working days: counting deadlines by the holidays the county keeps."""

import datetime as dt

from yinian.core.calendar.models import Holiday

# A year without any entry has not been announced (or not entered): deadlines in it are estimates.
_LOOKAHEAD = 400  # calendar days fetched at once: more than any deadline in working days needs


def works(day: dt.date, exceptions: dict[dt.date, bool] | None = None) -> bool:
    """Whether offices work on ``day``."""
    if exceptions is None:
        exceptions = dict(Holiday.objects.filter(day=day).values_list("day", "works"))
    return exceptions.get(day, day.weekday() < 5)


def add_working_days(start: dt.date, days: int) -> dt.date:
    """The ``days``-th working day after ``start``; the day itself is not counted. ``days`` is 0 or more."""
    if days < 0:
        raise ValueError("days must be 0 or more")
    exceptions = dict(
        Holiday.objects.filter(day__range=(start, start + dt.timedelta(days=_LOOKAHEAD))).values_list("day", "works")
    )
    day, left = start, days
    while left:
        day += dt.timedelta(days=1)
        if works(day, exceptions):
            left -= 1
    return day


def working_days_between(start: dt.date, end: dt.date) -> int:
    """Working days after ``start`` up to and including ``end``; negative when ``end`` lies before."""
    if end < start:
        return -working_days_between(end, start)
    exceptions = dict(Holiday.objects.filter(day__range=(start, end)).values_list("day", "works"))
    return sum(works(start + dt.timedelta(days=n), exceptions) for n in range(1, (end - start).days + 1))


def years_entered() -> set[int]:
    """Years for which holidays are on record."""
    return {day.year for day in Holiday.objects.values_list("day", flat=True)}
