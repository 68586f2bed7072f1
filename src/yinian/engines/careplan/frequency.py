"""How often something is done: so many times in a day, week, month, quarter or year, or once; on some weekdays."""

from __future__ import annotations

import re
from dataclasses import dataclass

ONCE = "once"
PER = ("day", "week", "month", "quarter", "year", ONCE)
_MOST = {"day": 24, "week": 28, "month": 31, "quarter": 90, "year": 99, ONCE: 1}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SHORT = re.compile(r"([1-9][0-9]?)/(day|week|month|quarter|year)")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Frequency:
    """``times`` in each ``per``; ``days`` are weekdays, 0 Monday, and only of a week: as many of them as times.

    Raises ValueError for what cannot be.
    """

    times: int
    per: str
    days: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.per not in PER:
            raise ValueError(f"per is {self.per!r}; expected one of {', '.join(PER)}")
        if not 1 <= self.times <= _MOST[self.per]:
            raise ValueError(f"{self.times} times in a {self.per}; expected 1 to {_MOST[self.per]}")
        if self.days and self.per != "week":
            raise ValueError("weekdays are given only for what is done by the week")
        if len(set(self.days)) != len(self.days) or any(day not in range(7) for day in self.days):
            raise ValueError("weekdays are 0 to 6, each once")
        if self.days and len(self.days) != self.times:
            raise ValueError(f"{len(self.days)} weekdays for {self.times} times a week")

    @classmethod
    def read(cls, text: str) -> Frequency:
        """`3/week`, `1/day` or `once`. Raises ValueError."""
        if text == ONCE:
            return cls(1, ONCE)
        found = _SHORT.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no frequency; expected such as 3/week, 1/day or once")
        return cls(int(found[1]), found[2])

    @property
    def written(self) -> str:
        """As the catalogue writes it; without the weekdays."""
        return ONCE if self.per == ONCE else f"{self.times}/{self.per}"

    @property
    def rrule(self) -> str | None:
        """The recurrence as an iCalendar calendar knows it (RFC 5545, RRULE); None for what leaves the days open."""
        if self.per == ONCE:
            return "FREQ=DAILY;COUNT=1"
        if self.days:
            return "FREQ=WEEKLY;BYDAY=" + ",".join(_WEEKDAYS[day] for day in sorted(self.days))
        if self.times > 1:
            return None
        if self.per in _MONTHS:
            months = _MONTHS[self.per]
            return "FREQ=MONTHLY" + (f";INTERVAL={months}" if months > 1 else "")
        return "FREQ=DAILY" if self.per == "day" else "FREQ=WEEKLY"

    @property
    def a_month(self) -> float:
        """About how many times a month of 30 days; 0 for once."""
        return {"day": 30.0, "week": 30 / 7, "month": 1.0, "quarter": 1 / 3, "year": 1 / 12, ONCE: 0.0}[
            self.per
        ] * self.times
