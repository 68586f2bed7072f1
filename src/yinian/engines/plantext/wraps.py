"""Line breaks that a margin has put into plain text: where the lines of a text all end at one width."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from yinian.engines.plantext.labels import Label, label_at
from yinian.engines.plantext.lines import ENDS, attachment, furniture, signed_date

_LINE = re.compile(r"[^\r\n]+")
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\r?\n|\r[^\S\n]*\r")
_LEAST, _MOST = 18, 60
"""How narrow and how wide a page is, in characters."""

_RAGGED = 2.5
"""A figure or a mark that may not begin a line leaves so much of the line above empty."""

_VERY_RAGGED = 6
"""Several of them."""

_LEAST_FULL = 5
_LEAST_SHARE = 0.4
_MOST_WIDER = 0.05
_PROSE = re.compile("[,。;、:]")
_LEAST_PROSE = 0.5
_INDENTED = 0.6
"""The share of full lines after a short line with a stop that are indented, where paragraphs are."""

_GAP = r"(?: {2,}|\|)(?!\S{2,6}:)\S"
_COLUMNS = re.compile(rf"\S{_GAP}.*{_GAP}|^\d{{1,3}} \S.*[一-鿿] [一-鿿]")
"""Three cells or more that blanks or bars hold apart, or a numbered row; no fields (配合单位：…  完成时限：…)."""

_PARAGRAPH_ENDS = ENDS + ":)〕】"
_FIGURES = ("digit", "decimal", "digit_bracket", "circle")
_UNITS = "(?:单位|部门|牵头|配合|负责)"
_BLOCK_ENDS = re.compile(rf"(?:^|[(〔])[^()〔〕]*{_UNITS}[^()〔〕]*[)〕]$")
_BLOCK_OPENS = re.compile("(?:责任|主办|协办|承办|牵头|配合|负责)(?:单位|部门):$")


@dataclass(frozen=True, slots=True)
class _Row:
    start: int
    end: int
    words: str
    indented: bool
    width: float


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of a text with a margin: which reach it, which nearly do, and whether paragraphs are indented."""

    rows: Sequence[_Row]
    full: frozenset[int]
    near: frozenset[int]
    indents: bool


def soft_breaks(text: str, folded: str) -> set[int]:
    """The places of the line breaks, and of the blanks beside them, that only a margin has put there."""
    page = _page(_rows(text, folded))
    if page is None:
        return set()
    drop: set[int] = set()
    for place in sorted(page.near):
        if place + 1 < len(page.rows) and _goes_on(folded, page, place):
            drop.update(range(page.rows[place].end, page.rows[place + 1].start))
    return drop


def _rows(text: str, folded: str) -> list[_Row]:
    rows = []
    for match in _LINE.finditer(folded):
        words = match[0].strip()
        if words:
            start = match.start() + match[0].index(words[0])
            end = start + len(words)
            width = sum(0.5 if char.isascii() else 1 for char in text[match.start() : end])
            rows.append(_Row(start, end, words, match[0][0] == " ", width))
    return rows


def _page(rows: Sequence[_Row]) -> _Page | None:
    """What the lines have in common, where they end at a margin: by their width, or by the number of characters."""
    best: _Page | None = None
    for widths in ([row.width for row in rows], [float(row.end - row.start) for row in rows]):
        margin = _margin(sorted(width for width in widths if width >= _LEAST))
        if margin is None:
            continue
        full = frozenset(at for at, width in enumerate(widths) if margin - _RAGGED <= width <= margin)
        if sum(bool(_PROSE.search(rows[at].words)) for at in full) < _LEAST_PROSE * len(full):
            continue
        near = frozenset(at for at, width in enumerate(widths) if margin - _VERY_RAGGED <= width <= margin)
        if best is None or len(full) > len(best.full):
            best = _Page(rows, full, near, _indents(rows, full))
    return best


def _margin(widths: Sequence[float]) -> float | None:
    """The width that most of the longer lines reach and hardly any passes. `widths` ascend."""
    reached, margin = 0, 0.0
    for width in widths:
        if width > _MOST:
            break
        here = bisect_right(widths, width) - bisect_left(widths, width - _RAGGED)
        if here >= reached:
            reached, margin = here, width
    wider = len(widths) - bisect_right(widths, margin)
    if reached < max(_LEAST_FULL, _LEAST_SHARE * len(widths)) or wider > max(2, _MOST_WIDER * len(widths)):
        return None
    return margin


def _indents(rows: Sequence[_Row], full: frozenset[int]) -> bool:
    """Whether the first line of a paragraph stands further in, where the paragraph is longer than a line."""
    ended = [at for at in sorted(full) if at and at - 1 not in full and rows[at - 1].words[-1] in _PARAGRAPH_ENDS]
    first = [rows[at].indented for at in ended]
    return bool(first) and sum(first) >= _INDENTED * len(first)


def _goes_on(folded: str, page: _Page, place: int) -> bool:
    """Whether a line goes on in the next one."""
    above, below = page.rows[place], page.rows[place + 1]
    if place not in page.full and not (page.indents and place + 1 in page.full):
        return False
    if below.indented or _EMPTY_LINE.search(folded[above.end : below.start]) or furniture(above.words):
        return False
    if _COLUMNS.search(above.words) or _COLUMNS.search(below.words):
        return False
    if furniture(below.words) or attachment(below.words) or signed_date(below.words):
        return False
    label, stopped = label_at(below.words), _stopped(above.words)
    if label is not None and (stopped or (not page.indents and _heads(label, below.words))):
        return False
    return page.indents or not stopped


def _stopped(words: str) -> bool:
    """Whether a line ends where a paragraph may."""
    if any(words.rfind(opens) > words.rfind(closes) for opens, closes in ("()", "〔〕", "【】", "[]")):
        return False
    if words[-1] == ":":
        return _BLOCK_OPENS.search(words) is None
    return words[-1] in ENDS or _BLOCK_ENDS.search(words) is not None


def _heads(label: Label, words: str) -> bool:
    """Whether a label in the middle of a sentence is a heading all the same: no figure does, nor 统|一,资源…"""
    return label.sure and label.form not in _FIGURES and words[label.size - 1] != ","
