"""A document in pieces that a page can show at once: along its headings, and where those leave too much, along lines.

A piece is a stretch of the text; together the pieces are the whole text, in order, without overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LARGEST = 5000
"""Code points a piece has at most, unless one line is longer: about four printed pages."""
TO = " … "
"""Between the first and the last heading of a piece that holds several."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as far as cutting needs it."""

    start: int
    level: int
    words: str


@dataclass(frozen=True, slots=True)
class Section:
    """One piece: its number, its place, the heading it begins with (empty before the first) and its depth."""

    number: int
    start: int
    end: int
    title: str
    level: int


def cut(text: str, headings: Sequence[Heading]) -> list[Section]:
    """The pieces of a text. A heading opens a piece where what it heads would not fit with what stands before it."""
    marks = [Heading(0, 0, ""), *sorted((h for h in headings if h.start > 0), key=lambda h: (h.start, h.level))]
    pieces: list[tuple[int, int, str, int]] = []
    _part(text, marks, 0, len(marks), len(text), pieces)
    return [Section(number, *piece) for number, piece in enumerate(pieces)]


def _part(
    text: str, marks: Sequence[Heading], first: int, last: int, end: int, pieces: list[tuple[int, int, str, int]]
) -> None:
    """Cut what marks[first:last] head, up to ``end``, into pieces."""
    head = marks[first]
    if end - head.start <= LARGEST and ((first == 0 and last == 1) or head.level > 0):
        _add(pieces, head.start, end, head)
        return
    inner = list(range(first + 1, last))
    if not inner:
        _lines(text, head, end, pieces)
        return
    top = min(marks[n].level for n in inner)
    opens = [n for n in inner if marks[n].level == top]
    before = marks[opens[0]].start
    if before > head.start:
        if opens[0] > first + 1 or before - head.start > LARGEST:
            _part(text, marks, first, opens[0], before, pieces)
        else:
            _add(pieces, head.start, before, head)
    for index, n in enumerate(opens):
        stop = opens[index + 1] if index + 1 < len(opens) else last
        _part(text, marks, n, stop, marks[stop].start if stop < last else end, pieces)


def _add(pieces: list[tuple[int, int, str, int]], start: int, end: int, head: Heading) -> None:
    if end <= start:
        return
    if pieces and head.level > 0 and pieces[-1][3] > 0 and end - pieces[-1][0] <= LARGEST // 2:
        begin, _, title, level = pieces[-1]
        if level == head.level:  # small neighbours share a page
            pieces[-1] = (begin, end, f"{title.split(TO)[0]}{TO}{head.words}", level)
            return
        if level < head.level:
            pieces[-1] = (begin, end, title, level)
            return
    pieces.append((start, end, head.words, head.level))


def _lines(text: str, head: Heading, end: int, pieces: list[tuple[int, int, str, int]]) -> None:
    start, page = head.start, 1
    while end - start > LARGEST:
        at = text.rfind("\n", start + 1, start + LARGEST)
        at = at + 1 if at > start else text.find("\n", start + LARGEST) + 1
        if at <= start or at >= end:
            break
        pieces.append((start, at, _paged(head.words, page), head.level))
        start, page = at, page + 1
    if end > start:
        pieces.append((start, end, _paged(head.words, page), head.level))


def _paged(words: str, page: int) -> str:
    return f"{words}（{page}）" if page > 1 else words
