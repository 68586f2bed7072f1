"""Sentences: split at 。；; outside brackets and quotation marks, without the parentheses that name units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Span


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without its final mark. `ended` is that mark, empty where a paragraph just stops."""

    start: int
    end: int
    ended: str
    paragraph: int
    first: bool
    """Whether it opens its paragraph."""


def split(document: Document, start: int, end: int, holes: Sequence[Span]) -> Iterator[Sentence]:
    """The sentences between two places. `holes` (unit blocks, tables) end a sentence and belong to none."""
    inside = sorted((hole for hole in holes if hole.start < end and hole.end > start), key=lambda hole: hole.start)
    for paragraph in document.paragraphs:
        if paragraph.end <= start:
            continue
        if paragraph.start >= end:
            break
        yield from _of_paragraph(
            document, max(start, paragraph.start), min(end, paragraph.end), paragraph.start, inside
        )


def _of_paragraph(
    document: Document, start: int, end: int, paragraph: int, holes: Sequence[Span]
) -> Iterator[Sentence]:
    text, brackets = document.folded, document.brackets
    begin = start
    position = start
    first = True
    waiting = [hole for hole in holes if hole.start < end and hole.end > start]
    while position < end:
        if waiting and waiting[0].start <= position:
            hole = waiting.pop(0)
            made = _trimmed(text, begin, max(begin, min(position, hole.start)))
            if made:
                yield Sentence(*made, "", paragraph, first)
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


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and (text[start].isspace() or text[start] in ",、。;:"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ",、"):
        end -= 1
    return (start, end) if end - start >= 2 else None
