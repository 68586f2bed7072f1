"""Tables: given with the document, drawn with tabs or bars, or flattened to a cell per line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from yinian.engines.plantext.columns import (
    GROUP,
    NUMERIC,
    TOTAL,
    head_like,
    heads_line,
    inside,
    table_kind,
    title_above,
)
from yinian.engines.plantext.flattened import flattened_tables
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Cell, Row, Span, Table

_RULE = re.compile(r"\s*\|[|\s:-]+")
"""The rule under the head of a table of bars."""


@dataclass(frozen=True, slots=True)
class Given:
    """A table that the document's own format marks as one: rows of cells, each a span of the text."""

    start: int
    end: int
    rows: tuple[tuple[Span, ...], ...]
    ditto: frozenset[tuple[int, int]] = frozenset()
    """(row, column) of the cells that go on from the row above."""


def find_tables(document: Document, given: Sequence[Given], skip: Sequence[Span]) -> list[Table]:
    """All tables in order of place. `skip` are stretches already left out."""
    tables = [table for one in given if (table := _from_given(document, one)) is not None]
    known = [Span(table.start, table.end) for table in tables] + list(skip)
    tables += _from_separators(document, known)
    known = [Span(table.start, table.end) for table in tables] + list(skip)
    tables += flattened_tables(document, known)
    tables.sort(key=lambda table: table.start)
    return [
        Table(f"B{number}", one.start, one.end, one.title, one.columns, one.rows, one.kind)
        for number, one in enumerate(tables, 1)
    ]


# ── tables that the format gives ─────────────────────────────────────────────────────────────────────────────────────


def _from_given(document: Document, given: Given) -> Table | None:
    rows = [row for row in given.rows if any(span.end > span.start for span in row)]
    if len(rows) < 2 or max(len(row) for row in rows) < 2:
        return None
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    head_rows = 0
    for row in rows[:3]:
        words = [document.folded[span.start : span.end] for span in row]
        if sum(head_like(word) for word in words if word.strip()) * 2 >= max(
            1, len([word for word in words if word.strip()])
        ):
            head_rows += 1
        else:
            break
    if head_rows == 0 and not _numbered(document, rows):
        return None
    head_rows = max(head_rows, 1)
    columns = _heads(document, rows[:head_rows], width)
    made: list[Row] = []
    for index, row in enumerate(rows):
        place = given.rows.index(row) if given.ditto else index
        cells = tuple(
            Cell(span.start, span.end, column, (place, column) in given.ditto) for column, span in enumerate(row)
        )
        kind = "head" if index < head_rows else _row_kind(document, cells)
        made.append(Row(kind, cells[0].start, max(cell.end for cell in cells), cells))
    return Table(
        "", given.start, given.end, title_above(document, given.start), columns, tuple(made), table_kind(columns)
    )


def _numbered(document: Document, rows: Sequence[Sequence[Span]]) -> bool:
    """Whether a row of 序号 stands above the number 1, and one at least of its heads is known."""
    words = [re.sub(r"\s", "", document.folded[span.start : span.end]) for span in rows[0]]
    first = document.folded[rows[1][0].start : rows[1][0].end].strip()
    return words[0].endswith(("序号", "编号")) and first == "1" and any(head_like(word) for word in words[1:])


def _heads(document: Document, rows: Sequence[Sequence[Span]], width: int) -> tuple[str, ...]:
    columns: list[str] = []
    for column in range(width):
        words: list[str] = []
        for row in rows:
            if column < len(row):
                word = re.sub(r"\s+", "", document.folded[row[column].start : row[column].end])
                if word and word not in words:
                    words.append(word)
        columns.append("".join(words))
    return tuple(columns)


def _row_kind(document: Document, cells: Sequence[Cell]) -> Literal["data", "group", "total"]:
    filled = [document.folded[cell.start : cell.end] for cell in cells if cell.end > cell.start]
    if filled and TOTAL.match(filled[0]):
        return "total"
    texts = [word for word in filled if not NUMERIC.match(word.strip())]
    if filled and len(texts) == 1 and (GROUP.match(filled[0]) or len(filled) == 1):
        return "group"
    return "data"


# ── tabs and bars ────────────────────────────────────────────────────────────────────────────────────────────────────


def _from_separators(document: Document, known: Sequence[Span]) -> list[Table]:
    tables: list[Table] = []
    run: list[tuple[Span, ...]] = []
    for line in [*document.lines, None]:
        if line is not None and run and _RULE.fullmatch(document.raw, line.start, line.end):
            continue
        row: tuple[Span, ...] = ()
        if line is not None and not inside(line.start, known):
            row = _separated(document, line.start, line.end) or _single_spaced(document, line.start, line.end, run)
        if row and (not run or abs(len(row) - len(run[-1])) <= 1):
            run.append(row)
            continue
        if len(run) >= 2:
            made = _from_given(document, Given(run[0][0].start, run[-1][-1].end, tuple(run)))
            if made is not None:
                tables.append(made)
        run = [row] if row else []
    return tables


def _separated(document: Document, start: int, end: int) -> tuple[Span, ...]:
    words = document.raw[start:end]
    mark = "\t" if words.count("\t") >= 1 else "|" if words.count("|") >= 2 else ""
    if not mark:
        return _spaced(document, start, end)
    spans: list[Span] = []
    position = start
    for part in words.split(mark):
        stripped = part.strip()
        first = position + (part.index(stripped) if stripped else 0)
        spans.append(Span(first, first + len(stripped)))
        position += len(part) + 1
    if mark == "|":
        while spans and spans[0].end == spans[0].start:
            spans.pop(0)
        while spans and spans[-1].end == spans[-1].start:
            spans.pop()
    return tuple(spans) if len(spans) >= 2 else ()


def _single_spaced(document: Document, start: int, end: int, run: Sequence[tuple[Span, ...]]) -> tuple[Span, ...]:
    """The cells of a line that sets them apart by single blanks: heads that are all known, or a row under such."""
    spans = tuple(Span(match.start(), match.end()) for match in re.compile(r"\S+").finditer(document.raw, start, end))
    if len(spans) < 3 or (run and len(spans) != len(run[0])):
        return ()
    words = [document.folded[span.start : span.end] for span in spans]
    if not run:
        return spans if heads_line(words) else ()
    return spans if words[0] == str(len(run)) else ()


_GAP = re.compile(r"[ \u3000\xa0]{2,}")


def _spaced(document: Document, start: int, end: int) -> tuple[Span, ...]:
    """The cells of a line that sets them apart by two blanks or more; a line of two is no row of a table."""
    spans: list[Span] = []
    position = start
    for gap in [*_GAP.finditer(document.raw, start, end), None]:
        stop = gap.start() if gap else end
        if stop > position:
            spans.append(Span(position, stop))
        position = gap.end() if gap else end
    return tuple(spans) if len(spans) >= 3 else ()
