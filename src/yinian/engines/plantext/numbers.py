"""Numbers as plans write them: 1,260 · 2.5万 · 三十六 · 三分之一 · 八成 · 5—10 · 250余."""

from __future__ import annotations

import re
from dataclasses import dataclass

DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "百": 100, "千": 1000}
SCALES = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}

HAN = "[零一二两三四五六七八九十百千万亿]"
ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
DASH = r"[-—–―~]{1,2}|至|到"


def han_to_int(text: str) -> int | None:
    """The value of a Chinese numeral (三百六十, 二零二五, 十); None where it is none."""
    if not text:
        return None
    if all(char in DIGITS for char in text):
        if len(text) == 1:
            return DIGITS[text]
        return int("".join(str(DIGITS[char]) for char in text))
    total = section = digit = 0
    seen_digit = False
    for char in text:
        if char in DIGITS:
            digit, seen_digit = DIGITS[char], True
        elif char in _TENS:
            section += (digit if seen_digit else 1) * _TENS[char]
            digit, seen_digit = 0, False
        elif char in ("万", "亿"):
            total = (total + section + digit) * SCALES[char]
            section = digit = 0
            seen_digit = False
        else:
            return None
    return total + section + digit


def plain(text: str) -> float | None:
    """The value of an Arabic or a Chinese number without scale or unit."""
    stripped = text.replace(",", "")
    try:
        return float(stripped)
    except ValueError:
        found = han_to_int(text)
        return None if found is None else float(found)


def tidy(value: float) -> float | int:
    """A whole number without its decimal point; at most six places otherwise."""
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


_FRACTION = re.compile(rf"({HAN}{{1,4}}|\d+)分之({HAN}{{1,4}}|\d+)")
_TENTHS = re.compile(rf"({HAN}|半|\d)成(?![立为员功本果长都效熟因])")
_NUMBER = re.compile(
    rf"(?P<low>{ARABIC}|{HAN}{{1,8}})(?P<low_scale>[万亿百]|千(?![瓦米克赫卡]))?(?P<low_percent>[%‰])?"
    rf"(?:(?P<dash>{DASH})(?P<high>{ARABIC}|{HAN}{{1,8}}))?"
    r"(?P<more>[余多几])?(?P<scale>(?:[万亿百]|千(?![瓦米克赫卡])){1,2})?(?P<more2>[余多几])?"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in its place. `high` differs from `low` for a range; `more` where 余 or 多 follows."""

    start: int
    end: int
    low: float
    high: float
    more: bool
    percent: bool
    han: bool

    @property
    def is_range(self) -> bool:
        """Whether two bounds are named."""
        return self.low != self.high


def _scale(text: str | None) -> float:
    value = 1.0
    for char in text or "":
        value *= SCALES[char]
    return value


def number_at(folded: str, match_start: int, limit: int) -> Number | None:
    """The number that begins at a place, read as far as `limit`."""
    fraction = _FRACTION.match(folded, match_start, limit)
    if fraction:
        below, above = plain(fraction[1]), plain(fraction[2])
        if below and above is not None:
            share = above / below * 100
            return Number(fraction.start(), fraction.end(), share, share, False, True, True)
    tenths = _TENTHS.match(folded, match_start, limit)
    if tenths:
        value = 5.0 if tenths[1] == "半" else (plain(tenths[1]) or 0) * 10
        return Number(tenths.start(), tenths.end(), value, value, False, True, True)
    found = _NUMBER.match(folded, match_start, limit)
    if not found:
        return None
    han = not found["low"][0].isdigit()
    low = plain(found["low"])
    if low is None:
        return None
    high = plain(found["high"]) if found["high"] else low
    end = found.end()
    if high is None:
        high, end = low, found.end("low")
    scale = _scale(found["scale"])
    low_scale = _scale(found["low_scale"])
    low *= low_scale if found["low_scale"] else scale
    high *= scale if found["high"] else (low_scale if found["low_scale"] else scale)
    if not found["high"] and found["low_scale"] and found["scale"]:
        low *= scale
        high = low
    if found["high"] and high < low:
        # 2-1 is no range; what follows the first number is something else
        return Number(
            found.start(), found.end("low"), plain(found["low"]) or 0.0, plain(found["low"]) or 0.0, False, False, han
        )
    percent = bool(found["low_percent"])
    more = bool(found["more"] or found["more2"])
    return Number(found.start(), end, low, high, more, percent, han)


NUMBER_START = re.compile(rf"\d|{HAN}|半(?=成)")
