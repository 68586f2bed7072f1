"""Sentences: split at 。；; outside brackets and quotation marks, without the parentheses that name units."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Span


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without its final mark. `ended` is that mark, or the first of a block that follows; empty where a
    paragraph just stops."""

    start: int
    end: int
    ended: str
    paragraph: int
    first: bool
    """Whether it opens its paragraph."""


def split(document: Document, start: int, end: int, holes: Sequence[Span]) -> Iterator[Sentence]:
    """The sentences between two places. `holes` (unit blocks, tables), in order, end a sentence and belong to none."""
    for paragraph in document.paragraphs_between(start, end):
        low, high = max(start, paragraph.start), min(end, paragraph.end)
        yield from _of_paragraph(document, low, high, paragraph.start, between(holes, low, high))


def _of_paragraph(
    document: Document, start: int, end: int, paragraph: int, holes: Sequence[Span]
) -> Iterator[Sentence]:
    text, brackets = document.folded, document.brackets
    begin = start
    position = start
    first = True
    waiting = list(holes)
    while position < end:
        if waiting and waiting[0].start <= position:
            hole = waiting.pop(0)
            made = _trimmed(text, begin, max(begin, min(position, hole.start)))
            if made:
                yield Sentence(*made, text[hole.start], paragraph, first)
                first = False
            position = begin = max(position, min(hole.end, end))
            continue
        char = text[position]
        if char in "。;!?" and brackets.around(position) is None:
            made = _trimmed(text, begin, position)
            if made:
                yield Sentence(*made, char, paragraph, first)
                first = False
            begin = position + 1
        position += 1
    made = _trimmed(text, begin, end)
    if made:
        yield Sentence(*made, "", paragraph, first)


def between(holes: Sequence[Span], start: int, end: int) -> list[Span]:
    """Those of some stretches, ordered and apart, that share a character with a stretch."""
    first = max(0, bisect_right(holes, start, key=lambda hole: hole.start) - 1)
    last = bisect_left(holes, end, key=lambda hole: hole.start)
    return [hole for hole in holes[first:last] if hole.end > start]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and (text[start].isspace() or text[start] in ",、。;:"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ",、"):
        end -= 1
    return (start, end) if end - start >= 2 else None
