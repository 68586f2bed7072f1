"""Tables: given with the document, drawn with tabs or bars, or flattened to a cell per line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from yinian.engines.plantext.cellwords import sort_of
from yinian.engines.plantext.columns import (
    GROUP,
    NUMERIC,
    TOTAL,
    head_like,
    heads_line,
    inside,
    kind_of_table,
    table_kind,
    title_above,
)
from yinian.engines.plantext.flattened import flattened_tables
from yinian.engines.plantext.heading import may_head
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Cell, Row, Span, Table
from yinian.engines.plantext.roles import told

_VALUES = ("unit", "time", "figure", "number", "measure")
"""The sorts of cells that hold a value and head no column."""
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
    return [replace(_with_kinds(document, one), id=f"B{number}") for number, one in enumerate(tables, 1)]


def _with_kinds(document: Document, table: Table) -> Table:
    """A table with what its columns hold, told by their heads and by their cells."""
    columns: list[list[str]] = [[] for _ in table.columns]
    for row in table.rows:
        for cell in row.cells if row.kind == "data" else ():
            if cell.end > cell.start and cell.column < len(columns):
                columns[cell.column].append(document.folded[cell.start : cell.end])
    found = told(table.columns, columns)
    kind = table.kind if table.kind != "other" else kind_of_table(table.columns, found.kinds)
    return replace(table, kinds=found.kinds, unsure=found.unsure, kind=kind)


# ── tables that the format gives ─────────────────────────────────────────────────────────────────────────────────────


def _from_given(document: Document, given: Given) -> Table | None:
    rows = [row for row in given.rows if any(span.end > span.start for span in row)]
    if len(rows) < 2 or max(len(row) for row in rows) < 2:
        return None
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    head_rows = 0
    while head_rows < min(3, len(rows) - 1) and (
        _is_head(document, rows[head_rows], head_rows > 0) or (head_rows > 0 and _goes_on(given, rows[head_rows]))
    ):
        head_rows += 1
    if head_rows == 0 and not _numbered(document, rows) and not _stands_out(document, rows):
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


def _is_head(document: Document, row: Sequence[Span], second: bool) -> bool:
    """Whether a row heads columns: half its words are known heads, or most end as heads do and none is a value."""
    words = [word for span in row if (word := document.folded[span.start : span.end].strip())]
    if sum(map(head_like, words)) * 2 >= max(1, len(words)):
        return True
    plain = sum(sort_of(word) in _VALUES and not may_head(word) for word in words) * 5 <= len(words)
    return plain and not second and len(words) > 1 and sum(map(may_head, words)) * 10 >= 6 * len(words)


def _goes_on(given: Given, row: Sequence[Span]) -> bool:
    """Whether cells of the head above go on in a row: what else stands in it heads the columns between."""
    return any((given.rows.index(row), column) in given.ditto for column in range(len(row)))


def _stands_out(document: Document, rows: Sequence[Sequence[Span]]) -> bool:
    """Whether the first row says in short words what the values below are: two columns at least hold but one sort."""
    words = [document.folded[span.start : span.end].strip() for span in rows[0]]
    if len(rows) < 3 or any(len(word) > 12 or sort_of(word) in _VALUES for word in words):
        return False
    held = 0
    for column, word in enumerate(words):
        below = [document.folded[row[column].start : row[column].end] for row in rows[1:] if column < len(row)]
        sorts = [sort for one in below if (sort := sort_of(one)) != "empty"]
        held += bool(word) and len(sorts) > 1 and len(set(sorts)) == 1 and sorts[0] in _VALUES
    return held > 1


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
    if any(cell.ditto for cell in cells) and not GROUP.match(filled[0] if filled else ""):
        return "data"
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
