"""Automatic numbers of Word paragraphs: the list and level a paragraph stands on, and how its number is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HAN_DIGITS = "零一二三四五六七八九"
_LEGAL = str.maketrans("零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"


def han(number: int) -> str:
    """A number in Chinese counting: 1 一, 10 十, 21 二十一, 105 一百零五."""
    if number < 0 or number > 9999:
        return str(number)
    if number < 10:
        return _HAN_DIGITS[number]
    if number < 20:
        return "十" + (_HAN_DIGITS[number % 10] if number % 10 else "")
    words, gap = "", False
    for factor, mark in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // factor % 10
        if digit:
            words += ("零" if gap and words else "") + _HAN_DIGITS[digit] + mark
            gap = False
        elif words:
            gap = True
    return words


def _roman(number: int) -> str:
    words = ""
    for value, mark in (
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ):
        while number >= value and len(words) < 20:
            words += mark
            number -= value
    return words


def _letters(number: int) -> str:
    return chr(65 + (number - 1) % 26) * min(1 + (number - 1) // 26, 10)


def _shifted(first: int, last: int) -> Callable[[int], str]:
    return lambda number: chr(first + number - 1) if 1 <= number <= last else str(number)


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02d}",
    "decimalFullWidth": lambda number: "".join(chr(0xFF10 + int(digit)) for digit in str(number)),
    "decimalFullWidth2": lambda number: "".join(chr(0xFF10 + int(digit)) for digit in str(number)),
    "decimalHalfWidth": str,
    "chineseCounting": han,
    "chineseCountingThousand": han,
    "japaneseCounting": han,
    "japaneseDigitalTenThousand": lambda number: "".join(_HAN_DIGITS[int(digit)] for digit in str(number)),
    "taiwaneseCounting": han,
    "taiwaneseCountingThousand": han,
    "koreanCounting": str,
    "ideographDigital": lambda number: "".join("〇一二三四五六七八九"[int(digit)] for digit in str(number)),
    "taiwaneseDigital": lambda number: "".join("〇一二三四五六七八九"[int(digit)] for digit in str(number)),
    "chineseLegalSimplified": lambda number: han(number).translate(_LEGAL),
    "ideographLegalTraditional": lambda number: han(number).translate(_LEGAL),
    "ideographTraditional": lambda number: _STEMS[(number - 1) % 10],
    "ideographZodiac": lambda number: _BRANCHES[(number - 1) % 12],
    "decimalEnclosedCircle": _shifted(0x2460, 20),
    "decimalEnclosedCircleChinese": _shifted(0x2460, 20),
    "decimalEnclosedParen": _shifted(0x2474, 20),
    "decimalEnclosedFullstop": _shifted(0x2488, 20),
    "ideographEnclosedCircle": _shifted(0x3220, 10),
    "upperLetter": _letters,
    "lowerLetter": lambda number: _letters(number).lower(),
    "upperRoman": _roman,
    "lowerRoman": lambda number: _roman(number).lower(),
    "ordinal": str,
    "cardinalText": str,
    "none": lambda number: "",
}


def written(number: int, form: str) -> str:
    """A number in one of Word's formats; plain digits for a format that plans do not use."""
    return _FORMATS.get(form, str)(number)


@dataclass(slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    suffix: str = "tab"
    restart: int | None = None
    legal: bool = False


class Numbering:
    """The lists of a document, counting as paragraphs go by."""

    def __init__(self, numbering: Any, styles: Any) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._abstract: dict[str, str] = {}
        self._overrides: dict[str, dict[int, int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()
        self._styles: dict[str, tuple[str | None, int | None]] = {}
        self._parents: dict[str, str] = {}
        self._style_levels: dict[str, tuple[str, int]] = {}
        self._default_style: str | None = None
        if numbering is not None:
            self._read_lists(numbering)
        if styles is not None:
            self._read_styles(styles)

    def _read_lists(self, root: Any) -> None:
        links: dict[str, str] = {}
        for abstract in root.iter(_W + "abstractNum"):
            name = abstract.get(_W + "abstractNumId") or ""
            levels = {}
            for level in abstract.findall(_W + "lvl"):
                depth = _int(level.get(_W + "ilvl"))
                levels[depth] = _level(level)
                style = level.find(_W + "pStyle")
                if style is not None:
                    links[style.get(_W + "val") or ""] = name
                    self._style_levels[style.get(_W + "val") or ""] = (name, depth)
            self._levels[name] = levels
        for number in root.findall(_W + "num"):
            name = number.get(_W + "numId") or ""
            target = number.find(_W + "abstractNumId")
            if target is None:
                continue
            abstract_name = target.get(_W + "val") or ""
            self._abstract[name] = abstract_name
            for override in number.findall(_W + "lvlOverride"):
                depth = _int(override.get(_W + "ilvl"))
                start = override.find(_W + "startOverride")
                if start is not None:
                    self._overrides.setdefault(name, {})[depth] = _int(start.get(_W + "val"), 1)
                own = override.find(_W + "lvl")
                if own is not None:
                    # a list with a level of its own counts by itself
                    private = f"{abstract_name}#{name}"
                    levels = dict(self._levels.get(private, self._levels.get(abstract_name, {})))
                    levels[depth] = _level(own)
                    self._levels[private] = levels
                    self._abstract[name] = private

    def _read_styles(self, root: Any) -> None:
        for style in root.findall(_W + "style"):
            name = style.get(_W + "styleId") or ""
            if style.get(_W + "default") in ("1", "true") and style.get(_W + "type") == "paragraph":
                self._default_style = name
            parent = style.find(_W + "basedOn")
            if parent is not None:
                self._parents[name] = parent.get(_W + "val") or ""
            properties = style.find(f"{_W}pPr/{_W}numPr")
            if properties is not None:
                self._styles[name] = _reference(properties)

    def label(self, paragraph: Any) -> str:
        """The number that Word prints before a paragraph, with what separates it; empty where there is none."""
        found = self._list_of(paragraph)
        if found is None:
            return ""
        name, depth = found
        abstract = self._abstract.get(name)
        levels = self._levels.get(abstract or "")
        if not levels or depth not in levels or abstract is None:
            return ""
        counts = self._counts.setdefault(abstract, {})
        level = levels[depth]
        override = self._overrides.get(name, {}).get(depth)
        if override is not None and (name, depth) not in self._begun:
            counts[depth] = override
        elif depth in counts:
            counts[depth] += 1
        else:
            counts[depth] = level.start
        self._begun.add((name, depth))
        for deeper in [one for one in counts if one > depth]:
            restart = levels[deeper].restart if deeper in levels else None
            if restart is None or restart > depth:
                del counts[deeper]
        if level.form == "bullet":
            return ""
        words = re.sub(
            r"%([1-9])", lambda match: self._part(levels, counts, int(match[1]) - 1, level.legal), level.text
        )
        gap = {"space": " ", "nothing": ""}.get(level.suffix, "")
        return words + gap

    def _part(self, levels: dict[int, _Level], counts: dict[int, int], depth: int, legal: bool) -> str:
        level = levels.get(depth)
        if level is None:
            return ""
        number = counts.setdefault(depth, level.start)
        return str(number) if legal else written(number, level.form)

    def _list_of(self, paragraph: Any) -> tuple[str, int] | None:
        properties = paragraph.find(_W + "pPr")
        style = self._default_style
        if properties is not None:
            named = properties.find(_W + "pStyle")
            style = named.get(_W + "val") if named is not None else style
            own = properties.find(_W + "numPr")
            if own is not None:
                name, depth = _reference(own)
                if name is not None:
                    return None if name == "0" else (name, depth or 0)
        name, depth = self._of_style(style)
        if name is None or name == "0":
            return None
        bound = self._style_levels.get(style or "")
        if bound is not None and self._abstract.get(name) == bound[0]:
            depth = bound[1]
        return name, depth or 0

    def _of_style(self, style: str | None) -> tuple[str | None, int | None]:
        depth: int | None = None
        for _ in range(12):
            if style is None:
                break
            name, own = self._styles.get(style, (None, None))
            depth = own if depth is None else depth
            if name is not None:
                return name, depth
            style = self._parents.get(style)
        return None, depth


def _level(element: Any) -> _Level:
    def value(name: str) -> str | None:
        child = element.find(_W + name)
        return None if child is None else child.get(_W + "val")

    restart = value("lvlRestart")
    legal = element.find(_W + "isLgl")
    return _Level(
        start=_int(value("start"), 1),
        form=value("numFmt") or "decimal",
        text=value("lvlText") or "",
        suffix=value("suff") or "tab",
        restart=None if restart is None else _int(restart),
        legal=legal is not None and legal.get(_W + "val") not in ("0", "false"),
    )


def _reference(properties: Any) -> tuple[str | None, int | None]:
    name, depth = properties.find(_W + "numId"), properties.find(_W + "ilvl")
    return (
        None if name is None else name.get(_W + "val"),
        None if depth is None else _int(depth.get(_W + "val")),
    )


def _int(text: str | None, default: int = 0) -> int:
    return int(text) if text is not None and text.isdigit() and len(text) < 6 else default
