"""Text that a page prints twice: the second copy is found and left out of the reading."""

from __future__ import annotations

from yinian.engines.plantext.lines import Document, Line
from yinian.engines.plantext.model import Duplicate, Span

_LONG = 18
"""A line shorter than this may well stand twice in one document."""
_GAP = 80
"""Lines too short to tell by themselves (the cells of a table) that may stand between two that are found again."""
_WORTH = 600
"""A stretch with fewer characters is a repeated passage, not a second copy."""


def find_duplicates(document: Document) -> list[Duplicate]:
    """Every stretch of lines that prints an earlier stretch again; lines of either copy may be missing in the other."""
    first: dict[str, int] = {}
    twin: list[int | None] = []
    keys = ["".join(document.words(line).split()) for line in document.lines]
    for index, key in enumerate(keys):
        twin.append(first.get(key) if len(key) >= _LONG else None)
        if len(key) >= _LONG:
            first.setdefault(key, index)
    found: list[Duplicate] = []
    index = 0
    lines = document.lines
    while index < len(lines):
        if twin[index] is None:
            index += 1
            continue
        run, last, size = index, index, 0
        earlier = twin[index] or 0
        while run < len(lines) and run - last <= _GAP:
            here = twin[run]
            if here is not None and earlier <= here < index:
                earlier, last = here, run
                size += len(keys[run])
            run += 1
        if size >= _WORTH:
            found.append(_made(document, lines, keys, twin, index, last))
            index = last + 1
        else:
            index += 1
    return found


def _made(
    document: Document, lines: list[Line], keys: list[str], twin: list[int | None], first: int, last: int
) -> Duplicate:
    # short lines before the first long one (a heading, a date) belong to the copy as well
    begin, source = first, twin[first] or 0
    while begin > 0 and source > 0 and begin - 1 > (twin[last] or 0) and keys[begin - 1] == keys[source - 1]:
        begin, source = begin - 1, source - 1
    end, tail = last, twin[last] or 0
    while end + 1 < len(lines) and tail + 1 < begin and keys[end + 1] == keys[tail + 1]:
        end, tail = end + 1, tail + 1
    identical = keys[begin : end + 1] == keys[source : tail + 1]
    return Duplicate(
        lines[begin].start,
        lines[end].end,
        Span(lines[source].start, lines[tail].end),
        identical,
    )
