"""Time expressions: dates, periods and recurrences, and whether each says when something is due.

A date can be due (到2027年底), a beginning (自2026年1月1日起), a history (2021年整合投入), a condition
(2000年底前建成的小区) or a part of a name (2023年版). Only the first is a deadline.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

from yinian.engines.plantext.chars import Brackets
from yinian.engines.plantext.dues import Clock, Expression, Judge
from yinian.engines.plantext.feasts import FESTIVAL, due_before
from yinian.engines.plantext.model import Deadline
from yinian.engines.plantext.numbers import han_to_int
from yinian.engines.plantext.timewords import (
    ABSOLUTE,
    ALL_YEAR,
    ALSO_MONTH,
    DATED,
    DOTTED,
    EVERY,
    EVERY_TAIL,
    FIVE,
    MONTH_ONLY,
    MONTH_RANGE,
    MONTHS_FROM,
    MONTHS_LISTED,
    NAMED_YEAR,
    ONLY_DAY,
    OPENING,
    OPENS,
    ORDINALS,
    PLAN_PERIOD,
    QUARTERS,
    RANGE,
    REGULAR,
    RELATIVE_YEAR,
    TIMES,
    TO_MONTH,
    WITHIN,
    YEAR_END,
    YEAR_REACH,
    YEARS_FROM,
    ZERO_TO_MONTH,
    frequency,
)


def five_year_plan(ordinal: str) -> tuple[int, int] | None:
    """First and last year of the n-th five-year plan, named like 十四."""
    number = ORDINALS.get(ordinal)
    return None if number is None else (1951 + 5 * number, 1955 + 5 * number)


def _year(text: str) -> int:
    return int(text) if text.isdigit() else (han_to_int(text) or 0)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else (han_to_int(text) or 0)


def month_end(year: int, month: int) -> str:
    """The last day of a month, ISO."""
    return f"{year:04d}-{month:02d}-{calendar.monthrange(year, month)[1]:02d}"


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _point(year: int, parts: dict[str, str | None]) -> tuple[str | None, str]:
    """The last day that a year with its parts names, and how precise it is."""
    if parts.get("half"):
        return f"{year:04d}-06-30" if parts["half"] == "上半年" else f"{year:04d}-12-31", "day"
    if parts.get("quarter"):
        quarter = QUARTERS[(parts["quarter"] or "").removeprefix("第")[0]]
        return month_end(year, ZERO_TO_MONTH[quarter]), "day"
    if parts.get("month"):
        month = _number(parts["month"] or "")
        if not 1 <= month <= 12:
            return None, "day"
        if parts.get("day"):
            return _day(year, month, _number(parts["day"] or "")), "day"
        part = parts.get("mpart")
        if part in ("上旬", "初"):
            return _day(year, month, 10), "day"
        if part == "中旬":
            return _day(year, month, 20), "day"
        precise = "day" if part or parts.get("before") else "month"
        return month_end(year, month), precise
    part = parts.get("ypart") or ""
    if part == "初":
        return f"{year:04d}-03-31", "month"
    precise = "day" if part.strip("年") in ("底", "末", "终") or parts.get("before") else "year"
    return f"{year:04d}-12-31", precise


class TimeReader:
    """Finds the time expressions of one text and decides which of them are deadlines."""

    def __init__(self, raw: str, folded: str, brackets: Brackets, clock: Clock) -> None:
        self.raw, self.folded, self.brackets, self.clock = raw, folded, brackets, clock
        self.judge = Judge(folded, brackets, clock)

    def find(self, start: int, end: int) -> list[Expression]:
        """Every time expression of a sentence, in order, none overlapping."""
        found = sorted(self._candidates(start, end), key=lambda one: (one.start, one.start - one.end))
        kept: list[Expression] = []
        for one in found:
            if not kept or one.start >= kept[-1].end:
                kept.append(one)
        return [self._judged(one, start, end) for one in kept]

    # ── candidates ───────────────────────────────────────────────────────────────────────────────────────────────

    def _candidates(self, start: int, end: int) -> Iterator[Expression]:
        text = self.folded
        for match in EVERY.finditer(text, start, end):
            yield self._every(match, end)
        for match in REGULAR.finditer(text, start, end):
            yield self._made(match.start(), match.end(), "recurring", rule="unspecified")
        for match in RANGE.finditer(text, start, end):
            made = self._range(match)
            if made:
                yield made
        for match in ABSOLUTE.finditer(text, start, end):
            year = _year(match["year"])
            iso, precision = _point(year, match.groupdict())
            bare = not (match["lead"] or match["before"] or match["mpart"] or match["half"] or match["qend"]) and (
                (match["ypart"] or "").strip("年") not in ("底", "末", "终", "内")
            )
            if iso:
                yield self._made(match.start(), match.end(), "by", iso=iso, precision=precision, explicit=not bare)
        for match in DOTTED.finditer(text, start, end):
            day = _day(int(match["year"]), int(match["month"]), int(match["day"]))
            yield self._made(match.start(), match.end(), "by", iso=day, precision="day")
        for match in FIVE.finditer(text, start, end):
            years = five_year_plan(match["plan"])
            if years:
                yield self._made(
                    match.start(),
                    match.end(),
                    "by" if match["part"] in ("末", "期末", "规划期末") else "period",
                    iso=f"{years[1]}-12-31",
                    from_iso=None if match["part"] in ("末", "期末", "规划期末") else f"{years[0]}-01-01",
                    precision="year",
                )
        for match in YEARS_FROM.finditer(text, start, end):
            first, count = _year(match["year"]), _number(match["n"])
            if 0 < count <= 20 and re.search("内|时间", match[0]):
                yield self._made(
                    match.start(),
                    match.end(),
                    "period",
                    iso=f"{first + count - 1}-12-31",
                    from_iso=f"{first}-01-01",
                    precision="year",
                )
        if self.clock.period:
            for match in PLAN_PERIOD.finditer(text, start, end):
                first, last = self.clock.period
                ends = match["part"] == "末"
                yield self._made(
                    match.start(),
                    match.end(),
                    "by" if ends else "period",
                    iso=f"{last}-12-31",
                    from_iso=None if ends else f"{first}-01-01",
                    precision="year",
                )
        yield from self._relative(start, end)

    def _relative(self, start: int, end: int) -> Iterator[Expression]:
        text, today = self.folded, self.clock.today
        for match in MONTHS_FROM.finditer(text, start, end):
            made = self._months_from(match)
            if made:
                yield made
        for match in WITHIN.finditer(text, start, end):
            made = self._within(match)
            if made:
                yield made
        for match in FESTIVAL.finditer(text, start, end):
            iso = due_before(match, today)
            yield self._made(match.start(), match.end(), "by", iso=iso, precision="day")
        for match in RELATIVE_YEAR.finditer(text, start, end):
            which = match["which"]
            if today is None:
                yield self._made(match.start(), match.end(), "by")
                continue
            if which == "次年":
                yield self._year_after(match)
                continue
            year = today.year + {"明年": 1, "后年": 2}.get(which, 0)
            iso, precision = _point(year, match.groupdict())
            if iso and which != "当年":
                yield self._made(match.start(), match.end(), "by", iso=iso, precision=precision)
            else:
                yield self._made(match.start(), match.end(), "by", why="relative")
        for match in MONTH_RANGE.finditer(text, start, end):
            made = self._month_range(match)
            if made:
                yield made
        for match in MONTHS_LISTED.finditer(text, start, end):
            iso, precision = self._this_or_next(match)
            yield self._made(match.start(), match.end(), "by", iso=iso, precision=precision)
        for match in MONTH_ONLY.finditer(text, start, end):
            if match.start() > start and text[match.start() - 1] in ".、":
                continue
            iso, precision = self._this_or_next(match)
            bare = not (match["lead"] or match["before"] or match["whole"] or match["day"])
            if iso or today is None:
                yield self._made(
                    match.start(),
                    match.end(),
                    "by",
                    iso=iso,
                    precision=precision,
                    explicit=not bare or self._at_end(match),
                )
        for match in YEAR_END.finditer(text, start, end):
            parts = match.groupdict()
            if parts["half"] or parts["quarter"] or parts["quarter2"] or parts["quarter3"]:
                iso, _ = self._this_or_next(match)
            elif today is None:
                iso = None
            elif match["monthday"]:
                iso = _day(today.year, today.month, _number(match["monthday"]))
            elif match["monthend"]:
                iso = month_end(today.year, today.month)
            elif match["thisq"]:
                iso = month_end(today.year, ((today.month - 1) // 3 + 1) * 3)
            else:
                iso = f"{self._year_before(match.start()) or today.year}-12-31"
            bare = not (match["lead"] or match["before"] or match["before2"] or match["yearend"] == "年内")
            yield self._made(match.start(), match.end(), "by", iso=iso, precision="day", explicit=not bare)

    def bare(self, start: int, end: int) -> Deadline | None:
        """The deadline of a field or a cell that holds nothing but a month or a day without a year."""
        match = ONLY_DAY.fullmatch(self.folded, start, end)
        if match is None:
            return None
        iso, precision = self._this_or_next(match)
        return self._made(start, end, "by", iso=iso, precision=precision).deadline

    def _year_after(self, match: re.Match[str]) -> Expression:
        """次年1月底前: in the year after the one named before it, else in the first months of every year."""
        start = max(self.folded.rfind("\n", 0, match.start()) + 1, match.start() - YEAR_REACH)
        years = NAMED_YEAR.finditer(self.folded, start, match.start())
        named = [one for one in years if not self.brackets.titled(one.start())]
        if named:
            iso, precision = _point(int(named[-1][1]) + 1, match.groupdict())
            return self._made(match.start(), match.end(), "by", iso=iso, precision=precision)
        if not match["month"]:
            return self._made(match.start(), match.end(), "by", why="relative")
        rule = f"FREQ=YEARLY;BYMONTH={_number(match['month'])}"
        rule += f";BYMONTHDAY={_number(match['day'])}" if match["day"] else ""
        return self._made(match.start(), match.end(), "recurring", rule=rule)

    def _at_end(self, match: re.Match[str]) -> bool:
        return self.folded[match.end() : match.end() + 1] in (")", "前")

    def _year_before(self, position: int) -> int | None:
        """The year of the date with a month that stands before in the paragraph: 2026年3月底前…, 6月底前…"""
        begin = max(self.folded.rfind("\n", 0, position) + 1, position - YEAR_REACH)
        if self.clock.today is None:
            # without a date of the document the heading above may give the year
            begin = max(self.folded.rfind("\n", 0, max(0, begin - 2)) + 1, position - YEAR_REACH)
        dated = [one for one in DATED.finditer(self.folded, begin, position) if not self.brackets.titled(one.start())]
        if not dated:
            return None
        year = int(dated[-1][1])
        return year if self.clock.today is None or year >= self.clock.today.year else None

    def _month_range(self, match: re.Match[str]) -> Expression | None:
        """A stretch within a year that stands before it, or else in the year of the document."""
        today = self.clock.today
        year = self._year_before(match.start()) or (today.year if today else None)
        first, last = _number(match["m1"]), _number(match["m2"])
        if year is None or last < first:
            return None
        end = _day(year, last, _number(match["d2"])) if match["d2"] else month_end(year, last)
        begin = _day(year, first, _number(match["d1"]) if match["d1"] else 1)
        return self._made(match.start(), match.end(), "period", iso=end, from_iso=begin, precision="day")

    def _this_or_next(self, match: re.Match[str]) -> tuple[str | None, str]:
        """A month or quarter without a year: that of the date before it, else the first to come after the document."""
        parts = match.groupdict()
        parts["month"] = parts.get("month") or parts.get("whole")
        parts["quarter"] = parts.get("quarter2") or parts.get("quarter3") or parts.get("quarter")
        carried, today = self._year_before(match.start()), self.clock.today
        if carried is not None:
            return _point(carried, parts)
        if today is None:
            return None, "day"
        iso, precision = _point(today.year, parts)
        if iso is not None and iso < today.isoformat() and not parts.get("half"):
            coming, precise = _point(today.year + 1, parts)
            return (coming, precise) if coming is not None else (iso, precision)  # 2月29日
        return iso, precision

    def _made(
        self,
        start: int,
        end: int,
        kind: str,
        *,
        iso: str | None = None,
        from_iso: str | None = None,
        precision: str | None = None,
        rule: str | None = None,
        explicit: bool = True,
        why: str = "",
    ) -> Expression:
        while start < end and self.folded[start] == " ":
            start += 1
        while end > start and self.folded[end - 1] == " ":
            end -= 1
        deadline = Deadline(self.raw[start:end], start, end, kind, iso, from_iso, precision, rule)  # type: ignore[arg-type]
        return Expression(start, end, deadline, True, why, explicit)

    def _range(self, match: re.Match[str]) -> Expression | None:
        first = _year(match["y1"])
        if not match["y2"] and not match["m2"]:
            return None
        if match["m2"] and not match["m1"] and not match["y2"]:
            return None
        last = _year(match["y2"]) if match["y2"] else first
        month = _number(match["m2"]) if match["m2"] else 12
        if last < first or not 1 <= month <= 12:
            return None
        begin = _number(match["m1"]) if match["m1"] else 1
        last_day = _day(last, month, _number(match["d2"])) if match["d2"] else month_end(last, month)
        if match["p2"] in ("上旬", "中旬"):
            last_day = _day(last, month, 10 if match["p2"] == "上旬" else 20)
        return self._made(
            match.start(),
            match.end(),
            "period",
            iso=last_day,
            from_iso=_day(first, begin, _number(match["d1"]) if match["d1"] else 1),
            precision="day" if match["d2"] else "month" if match["m2"] else "year",
        )

    def _months_from(self, match: re.Match[str]) -> Expression | None:
        """自3月起利用6个月时间: the last day of the last of these months."""
        first, today = _number(match["month"]), self.clock.today
        count = 6 if match["n"] == "半" else _number(match["n"]) * (12 if match["unit"] == "年" else 1)
        count += 6 if match["half"] else 0
        year = _year(match["year"]) if match["year"] else self._year_before(match.start()) or (today and today.year)
        if not year or not 0 < count <= 60:
            return None
        begin = date(year, first, 1)
        iso = month_end(*_months_on(begin, count - 1))
        return self._made(
            match.start(), match.end(), "period", iso=iso, from_iso=begin.isoformat(), precision="month"
        )

    def _within(self, match: re.Match[str]) -> Expression | None:
        said = self.folded[max(0, match.start() - 4) : match.start()]
        if re.search(r"(?:(?:后|之日起)的?|[最将]?近|过去|此前)$", said) and not match["over"]:
            return None  # 建成后半年内, 最近3年内
        if match["over"] in ("通过", "经过") and not match["effort"]:
            return None
        written = match["n3"] or match["n2"] or match["n"]
        count = 0.5 if written == "半" else float(_number(written))
        count += 0.5 if match["half"] or match["half2"] else 0
        from_issue = match["over"] or (match["lead"] and re.search("印发|发布|实施|施行|下发", match["lead"]))
        unit, today = match["unit"] or (match["unit2"] or "年").removesuffix("半"), self.clock.today
        if unit == "年":
            period = self.clock.period
            if period and period[1] - period[0] + 1 == count:
                iso: str | None = f"{period[1]}-12-31"
            elif today is None:
                iso = None
            elif count == int(count):
                iso = f"{today.year + int(count) - (1 if match['n3'] else 0)}-12-31"
            else:
                iso = month_end(*_months_on(today, round(count * 12)))
            return self._made(match.start(), match.end(), "by", iso=iso, precision="year")
        if not from_issue or today is None:
            return None
        if unit in ("个月", "月"):
            year, month = _months_on(today, round(count))
            iso = _day(year, month, today.day) or month_end(year, month)
        else:
            days = count * 7 if unit == "周" else count
            iso = (today + timedelta(days=days * 7 / 5 if "工作" in unit else days)).isoformat()
        return self._made(match.start(), match.end(), "by", iso=iso, precision="day")

    def _every(self, match: re.Match[str], limit: int) -> Expression:
        every, end = match["every"], match.end()
        rule = frequency(every)
        tail = EVERY_TAIL.match(self.folded, end, limit)
        if tail and rule == "FREQ=YEARLY":
            if tail["month"]:
                rule += f";BYMONTH={_number(tail['month'])}"
                rule += f";BYMONTHDAY={_number(tail['day'])}" if tail["day"] else ""
                end = tail.end()
                until = None if tail["day"] else TO_MONTH.match(self.folded, end, limit)
                if until and _number(until["month"]) > _number(tail["month"]):
                    months = range(_number(tail["month"]) + 1, min(12, _number(until["month"])) + 1)
                    rule, end = ",".join([rule, *map(str, months)]), until.end()
                while not tail["day"] and (also := ALSO_MONTH.match(self.folded, end, limit)):
                    rule, end = f"{rule},{_number(also['month'])}", also.end()
            elif tail["quarter"]:
                quarter = QUARTERS[tail["quarter"].removeprefix("第")[0]]
                last = ZERO_TO_MONTH[quarter]
                rule += (
                    f";BYMONTH={last}" if tail["qend"] or tail["before"] else f";BYMONTH={last - 2},{last - 1},{last}"
                )
                end = tail.end()
            elif tail["half"]:
                rule += ";BYMONTH=6" if tail["half"] == "上半年" else ";BYMONTH=12"
                end = tail.end()
            elif tail["ypart"]:
                rule += ";BYMONTH=1" if tail["ypart"].endswith("初") else ";BYMONTH=12"
                end = tail.end()
        elif tail and rule == "FREQ=MONTHLY" and tail["day2"]:
            rule += f";BYMONTHDAY={_number(tail['day2'])}"
            end = tail.end()
        else:
            # 每年分2—3次; once is what the frequency says by itself
            times = TIMES.match(self.folded, end, limit)
            if times:
                low, high = _number(times["low"]), _number(times["high"]) if times["high"] else 0
                if high or low > 1:
                    rule += f";TIMES={low}-{high}" if high else f";TIMES={low}"
                end = times.end()
        return self._made(match.start(), end, "recurring", rule=rule)

    # ── judgement ────────────────────────────────────────────────────────────────────────────────────────────────

    def _judged(self, one: Expression, start: int, end: int) -> Expression:
        why = one.why or self.judge.why_not_due(one, start, end)
        if why:
            return Expression(one.start, one.end, one.deadline, False, why, one.explicit)
        widened = self._with_brackets(one)
        before = self.folded[max(start, widened.start - OPENING) : widened.start]
        before = before[len(opened[0]) :] if (opened := OPENS.match(before)) else before
        leading = widened.start - start < OPENING and not re.search(r"[,。;:]", before) and len(before.strip()) <= 8
        return Expression(widened.start, widened.end, widened.deadline, True, "", one.explicit, leading)

    def _with_brackets(self, one: Expression) -> Expression:
        """A parenthesis that holds nothing but the date belongs to it."""
        left, right = one.start - 1, one.end
        while right < len(self.folded) and right - one.end < 4 and self.folded[right] in "完成实现前达到":
            right += 1
        if (
            left >= 0
            and right < len(self.folded)
            and self.folded[left] in "([〔【"
            and self.folded[right] in ")]〕】"
            and one.deadline is not None
        ):
            deadline = one.deadline
            widened = Deadline(
                self.raw[left : right + 1],
                left,
                right + 1,
                deadline.kind,
                deadline.iso,
                deadline.from_iso,
                deadline.precision,
                deadline.rule,
            )
            return Expression(left, right + 1, widened, one.due, one.why, one.explicit)
        return one


def _months_on(today: date, months: int) -> tuple[int, int]:
    index = today.year * 12 + today.month - 1 + months
    return index // 12, index % 12 + 1


def whole_year(folded: str, start: int, end: int, clock: Clock) -> str | None:
    """The last day of the year where a field for a deadline says 全年, and the document has a date."""
    if clock.today is None or not ALL_YEAR.search(folded, start, end):
        return None
    return f"{clock.today.year}-12-31"
