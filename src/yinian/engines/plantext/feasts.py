"""Feasts before which something is due: those on a fixed day, and those of the lunar calendar by a table of years."""

from __future__ import annotations

import re
from datetime import date, timedelta

FESTIVAL = re.compile(
    r"(?:(?P<year>20\d\d)年|(?P<which>今年|明年))?[“\"]?(?P<feast>春节|新年|元宵|清明|五一|端午|七一|中秋|重阳|十一|国庆|元旦"
    r"|(?:主)?汛期|高温季|(?:供暖|采暖|取暖)[季期]|(?:春季|秋季)(?:新)?学期(?:开学)?|入冬|入汛)[”\"]?"
    r"(?:节|佳节|假期|长假|期间)?(?:来临|到来|开始)?(?:之前|以前|前)(?!后)"
)
_FIXED = {
    "元旦": "01-01",
    "新年": "01-01",
    "清明": "04-04",
    "五一": "05-01",
    "七一": "07-01",
    "十一": "10-01",
    "国庆": "10-01",
}
_LUNAR = {
    "春节": """0125 0212 0201 0122 0210 0129 0217 0206 0126 0213 0203 0123 0211 0131 0219 0208""",
    "元宵": """0208 0226 0215 0205 0224 0212 0303 0220 0209 0227 0217 0206 0225 0214 0305 0222""",
    "端午": """0625 0614 0603 0622 0610 0531 0619 0609 0528 0616 0605 0624 0612 0601 0620 0610""",
    "中秋": """1001 0921 0910 0929 0917 1006 0925 0915 1003 0922 0912 1001 0919 0908 0927 0916""",
    "重阳": """1025 1014 1004 1023 1011 1029 1018 1008 1026 1016 1005 1024 1012 1001 1020 1009""",
}
_FIRST = 2020
"""The year of the first date of each of these rows."""


def eve(feast: str, year: int) -> date | None:
    """The day before a feast of a year; None for a season, and for a year that the table does not hold."""
    if feast in _FIXED:
        month, day = map(int, _FIXED[feast].split("-"))
        return date(year, month, day) - timedelta(days=1)
    days = _LUNAR.get(feast, "").split()
    if not 0 <= year - _FIRST < len(days):
        return None
    held = days[year - _FIRST]
    return date(year, int(held[:2]), int(held[2:])) - timedelta(days=1)


def due_before(match: re.Match[str], today: date | None) -> str | None:
    """The last day before the feast that FESTIVAL has found: of the year it names, else the next to come. ISO."""
    feast = match["feast"]
    if match["year"] or (match["which"] and today is not None):
        year = int(match["year"]) if match["year"] else today.year + (match["which"] == "明年") if today else 0
        day = eve(feast, year)
        return day.isoformat() if day else None
    if today is None:
        return None
    for year in (today.year, today.year + 1):
        day = eve(feast, year)
        if day is not None and day >= today:
            return day.isoformat()
    return None
