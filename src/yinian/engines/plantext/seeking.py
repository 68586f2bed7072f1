"""Flattened tables whose heads no vocabulary knows: every way to cut a head off is tried, and the one that puts the
cells below it best in order is taken."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from yinian.engines.plantext.alignment import Aligned, align, worth
from yinian.engines.plantext.cellwords import names_units, sort_of
from yinian.engines.plantext.columns import TOTAL, Kind, head_like, kind_of_table, title_above
from yinian.engines.plantext.heading import may_head, may_stand_among, shared_out
from yinian.engines.plantext.lines import Document, signed_date
from yinian.engines.plantext.model import Cell, Row, Span, Table
from yinian.engines.plantext.numbers import han_to_int
from yinian.engines.plantext.roles import agreement, promised, told

_WIDEST = 14
_MOST_LINES = 20
"""Lines that a head may take, torn ones and a second row included."""
_PROBED = 72
"""Cells that decide how a head is cut off."""
_COUNTED = 200
"""Cells in which running numbers tell how wide a table is."""
_NUMBERS = re.compile(r"(?:项目|任务|事项)?(?:序号|编号)")
_FARTHEST = 2500
"""Cells of one table."""
_PAGE = re.compile(r"^\s*(?:[-—–_]+\s*\d{1,4}\s*[-—–_]+|第\s?\d{1,4}\s?页(?:\s?/?\s?共\s?\d{1,4}\s?页)?)\s*$")
_AGREED = 0.35
"""What it gains in every row that a head says what its column holds."""
_UNKNOWN = 6
"""Columns that a table may have none of whose heads is known, if its rows repeat without a break."""
_LEFT = 2.0
"""What it costs that a known head is left above or below the head that is cut off."""
_SHORT = 6
"""Characters of a head that is no title."""
_CUT = 6.0
"""What it costs to leave out the head of the running numbers."""
_UNLIKE = 1.0
"""What it costs that a line of the head does not end as heads do."""
_TURNS = 3
"""How often the columns are told anew by what fell into them."""
_LEAST_GAIN = 2.4
_LEAST_OF_ROW = 0.7
_ANNEX = re.compile(r"附\s?[件表]\s?[\d一二三四五六七八九十-]{0,4}\s?[:.]?")
"""The line that opens an annex."""
_SECTION = re.compile(r"(?:^|(?<=\n))\s*([一二三四五六七八九十]{1,3})、")
_NEAR = 6000
_SURE: tuple[Kind, ...] = ("unit", "time", "value", "amount")


@dataclass(frozen=True, slots=True)
class _Way:
    """A head cut off at `first`, `size` lines long, with the columns it names, and how well the cells fit them."""

    first: int
    size: int
    heads: tuple[str, ...]
    kinds: tuple[Kind, ...]
    gain: float


class Seeker:
    """Seeks tables among the cells of one document, which it looks through but once for what may end them."""

    def __init__(self, document: Document, cells: Sequence[Span]) -> None:
        self.document, self.cells = document, cells
        text = document.folded
        self._sections = [(match.start(1), han_to_int(match[1]) or 0) for match in _SECTION.finditer(text)]
        self._dated = [at for at, line in enumerate(document.lines) if signed_date(document.words(line))]
        self._annexes = [line.start for line in document.lines if _ANNEX.fullmatch(document.words(line))]
        self._found: dict[tuple[int, int], list[_Way]] = {}

    def seek(self, index: int, known: Sequence[Span]) -> tuple[Table, int, float] | None:
        """The table whose head begins at a cell or right behind it: with the cell behind its end, and its gain.

        `known` are stretches that others have been found in; it ends before the next of them.
        """
        place = self.cells[index].start
        first = self.document.folded[place : self.cells[index].end]
        if not may_head(first) and not may_stand_among(first):
            return None
        limit = min((span.start for span in known if span.start >= place), default=len(self.document.folded) + 1)
        annex = bisect_left(self._annexes, place)
        limit = min([limit, self._next_section(place), self._signature(place), *self._annexes[annex : annex + 1]])
        words = _Words(self.document, self.cells, limit)
        ways = [way for at in range(index, min(index + 3, len(words))) for way in self._ways(words, at)]
        if not ways:
            return None
        return _made(self.document, self.cells, words, max(ways, key=lambda one: (round(one.gain, 3), -one.first)))

    def _ways(self, words: _Words, first: int) -> list[_Way]:
        """The ways to cut a head off at a cell, found once for each stretch that the table may fill."""
        key = (first, len(words))
        if key not in self._found:
            self._found[key] = list(_ways(words, first))
        return self._found[key]

    def _next_section(self, place: int) -> int:
        """Where the section ends that a place stands in: at the number after its own, if no others begin before."""
        index = bisect_left(self._sections, place, key=lambda one: one[0])
        wanted = self._sections[index - 1][1] + 1 if index and place - self._sections[index - 1][0] <= _NEAR else 0
        for start, number in self._sections[index:] if wanted > 1 else ():
            if number == wanted:
                return start
            if number == 1:
                break  # groups of the table, or another document
        return len(self.document.folded) + 1

    def _signature(self, place: int) -> int:
        """Where an office signs behind a table, on the line before the only full date that stands alone."""
        lines = self.document.lines
        first = bisect_left(self._dated, bisect_left(self.document.line_starts, place))
        if len(self._dated) - first != 1:
            return len(self.document.folded) + 1
        dated = self._dated[first]
        if dated == 0 or lines[dated - 1].start < place or not names_units(self.document.words(lines[dated - 1])):
            return len(self.document.folded) + 1
        return lines[dated - 1].start


class _Words:
    """The folded words of cells, read as they are asked for, as far as a table may reach."""

    def __init__(self, document: Document, cells: Sequence[Span], limit: int) -> None:
        self._text, self._cells = document.folded, cells
        self._size = bisect_left(cells, limit, key=lambda cell: cell.start)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> str:
        cell = self._cells[index]
        return self._text[cell.start : cell.end]


def _ways(words: _Words, first: int) -> Iterator[_Way]:
    lines: list[str] = []
    while len(lines) < _MOST_LINES and first + len(lines) < len(words):
        word = words[first + len(lines)]
        if not may_head(word) and not may_stand_among(word):
            break
        lines.append(re.sub(r"\s", "", word))
    if not any(map(may_head, lines[:_UNKNOWN])) and not _plainly(words, first, len(lines)):
        return
    before = re.sub(r"\s", "", words[first - 1]) if first else ""
    cut = _CUT if re.fullmatch(r"序号|编号", before) else _LEFT if head_like(before) and len(before) <= _SHORT else 0.0
    for size in range(2, len(lines) + 1):
        heads = lines[:size]
        surely = sum(map(may_head, heads))
        if surely < 2 and size > _UNKNOWN:
            continue
        body = _body(words, first + size, heads, _PROBED)
        probe = [words[at] for at in body]
        left = next((n for n, word in enumerate(probe[:3]) if not head_like(word)), 3)
        if (surely < 2 or surely * 2 < size) and not _regular(probe, size):
            continue
        if size <= _WIDEST:
            way = _probed(first, size, tuple(heads), probe)
            yield replace(way, gain=way.gain - _UNLIKE * (size - surely) - _LEFT * left - cut)
        counted = _counted(words, first + size) if _NUMBERS.match(heads[0]) else {}
        for width in range(max(2, size - 6), min(size, _WIDEST + 1)):
            columns = _regular(probe, width) or counted.get(width, [])
            fitted = shared_out(heads, width, columns) if columns else None
            if fitted is not None:
                way = _probed(first, size, fitted[0], probe)
                yield replace(way, gain=way.gain - fitted[1] - _LEFT * left - cut)


def _plainly(words: _Words, first: int, most: int) -> bool:
    """Whether the rows below lines that no one knows as heads repeat without a break in some width."""
    for size in range(2, min(most, _UNKNOWN) + 1):
        probe = [words[at] for at in range(first + size, min(len(words), first + size * 7))]
        if _regular(probe, size):
            return True
    return False


def _probed(first: int, size: int, heads: tuple[str, ...], probe: Sequence[str]) -> _Way:
    """The best way below a head: what its columns hold is guessed, and then told by what fell into them."""
    width = len(heads)
    named = told(heads, ()).kinds
    best = _Way(first, size, heads, named, 0.0)
    stride = [[probe[at] for at in range(column, min(len(probe), 4 * width), width)] for column in range(width)]
    tried: set[tuple[Kind, ...]] = set()
    for guess in (named, told(heads, stride).kinds, promised(heads)):
        kinds: tuple[Kind, ...] | None = guess
        for _ in range(_TURNS):
            if kinds is None or kinds in tried:
                break
            tried.add(kinds)
            aligned = align(probe, kinds)
            if aligned is None:
                break
            columns = _columns(aligned, probe, width)
            agreed = sum(agreement(head, column) for head, column in zip(heads, columns, strict=True))
            rows = len({place.row for place in aligned.places if place.kind == "data"})
            gain = aligned.gain + agreed * max(_AGREED, _AGREED * rows)
            if gain > best.gain and "open" not in kinds:
                best = _Way(first, size, heads, kinds, gain)
            kinds = told(heads, columns).kinds
    return best


def _body(words: _Words, start: int, heads: Sequence[str], limit: int) -> list[int]:
    """The cells below a head, without the numbers of pages and the head that is printed again on each."""
    found: list[int] = []
    at = start
    while at < len(words) and len(found) < limit:
        word = words[at]
        if _PAGE.match(word):
            at += 1
            continue
        bare = re.sub(r"\s", "", word)
        if bare in heads:
            again = [re.sub(r"\s", "", words[at + n]) for n in range(len(heads)) if at + n < len(words)]
            if again == list(heads):
                at += len(heads)
                continue
            if head_like(bare) and at + 1 < len(words) and may_head(words[at + 1]):
                break  # the head of another table
        found.append(at)
        at += 1
    return found


def _regular(probe: Sequence[str], width: int) -> list[list[str]]:
    """The columns of cells that repeat in rows of a width without a break; empty where they do not."""
    rows = min(len(probe) // width, 6)
    if rows < 3:
        return []
    columns = [[probe[row * width + column] for row in range(rows)] for column in range(width)]
    sorts = [[sort_of(words) for words in column] for column in columns]
    alike = [max(sum(one == other for one in column) for other in column) / rows for column in sorts]
    plain = sum(column[0] not in ("words", "work", "empty") for column in sorts)
    return columns if sum(alike) / width >= 0.85 and plain >= 2 else []


def _counted(words: _Words, start: int) -> dict[int, list[list[str]]]:
    """The columns below a head of running numbers, for each distance between such numbers that comes again."""
    rows: dict[int, list[list[str]]] = {}
    last = None
    for at in range(start, min(len(words), start + _COUNTED)):
        if words[at].strip() == str(1 if last is None else last[1] + 1):
            if last is not None:
                rows.setdefault(at - last[0], []).append([words[n] for n in range(last[0], at)])
            last = (at, 1 if last is None else last[1] + 1)
    return {
        width: [[row[column] for row in found] for column in range(width)]
        for width, found in rows.items()
        if len(found) > 2
    }


def _columns(aligned: Aligned, words: Sequence[str], width: int) -> list[list[str]]:
    columns: list[list[str]] = [[] for _ in range(width)]
    last: tuple[int, int] | None = None
    for place, word in zip(aligned.places, words, strict=False):
        if place.kind != "data":
            last = None
            continue
        if last == (place.row, place.column):
            columns[place.column][-1] += "\n" + word
        else:
            columns[place.column].append(word)
        last = (place.row, place.column)
    return columns


def _made(document: Document, cells: Sequence[Span], words: _Words, way: _Way) -> tuple[Table, int, float] | None:
    lines = [re.sub(r"\s", "", words[way.first + n]) for n in range(way.size)]
    body = _body(words, way.first + way.size, lines, _FARTHEST)
    below = [words[at] for at in body]
    aligned = align(below, way.kinds)
    if aligned is None:
        return None
    kinds = told(way.heads, _columns(aligned, below, len(way.heads))).kinds
    if kinds != way.kinds:
        again = align(below, kinds)
        if again is not None and again.gain >= aligned.gain:
            aligned = again
    rows = _trimmed(_rows(document.folded, cells, body, aligned, kinds), kinds)
    data = [row for row in rows if row.kind == "data"]
    if len(data) < 2 or aligned.gain < _LEAST_GAIN or aligned.gain < _LEAST_OF_ROW * len(data):
        return None
    rows = [_going_on(row, kinds, way.heads) for row in rows]
    kind = kind_of_table(way.heads, kinds)
    if kind == "other" and not any(one in _SURE for one in kinds):
        return None
    start = cells[way.first].start
    head = _head(cells[way.first : way.first + way.size], lines, way.heads)
    everything = (Row("head", start, head[-1].end, head), *rows)
    end = max(row.end for row in everything)
    table = Table("", start, end, title_above(document, start), way.heads, everything, kind, kinds=kinds)
    return table, bisect_left(cells, end, key=lambda cell: cell.start), aligned.gain


def _head(cells: Sequence[Span], lines: Sequence[str], heads: Sequence[str]) -> tuple[Cell, ...]:
    """The cells of a head, each at the column whose words it gives."""
    made: list[Cell] = []
    column = 0
    for at, (cell, line) in enumerate(zip(cells, lines, strict=True)):
        if len(lines) == len(heads):
            column = at
        else:
            column = next((one for one in range(column, len(heads)) if line in heads[one]), column)
        made.append(Cell(cell.start, cell.end, column))
    return tuple(made)


def _trimmed(rows: list[Row], kinds: Sequence[Kind]) -> list[Row]:
    """The rows before what follows the table: the signature, groups that hold nothing."""
    said = {column for column, kind in enumerate(kinds) if kind in ("text", "name", "value", "amount")}
    while rows and not (
        rows[-1].kind == "total"
        or (rows[-1].kind == "data" and any(cell.column in said and cell.end > cell.start for cell in rows[-1].cells))
    ):
        rows.pop()
    return rows


def _under_figures(text: str, cells: list[Cell], kinds: Sequence[Kind]) -> list[Cell]:
    """The figures of a total under the columns of figures, where there is one for each."""
    columns = [at for at, kind in enumerate(kinds) if kind in ("value", "amount")]
    figures = [cell for cell in cells[1:] if sort_of(text[cell.start : cell.end]) in ("figure", "number", "time")]
    if len(columns) != len(figures):
        return cells
    placed = [Cell(cell.start, cell.end, column) for cell, column in zip(figures, columns, strict=True)]
    return [Cell(cells[0].start, cells[0].end, 0), *placed]


def _rows(
    text: str, cells: Sequence[Span], body: Sequence[int], aligned: Aligned, kinds: Sequence[Kind]
) -> list[Row]:
    rows: list[Row] = []
    made: list[Cell] = []
    places = list(aligned.places)
    for at, place in enumerate(places):
        span = cells[body[at]]
        if made and made[-1].column == place.column and place.kind == "data":
            start = made[-1].start if made[-1].end > made[-1].start else span.start
            made[-1] = Cell(start, max(span.end, made[-1].end), place.column)
        else:
            made.append(Cell(span.start, span.end, place.column if place.kind == "data" else len(made)))
        if at + 1 == len(places) or places[at + 1].row != place.row:
            sums = bool(TOTAL.match(text[made[0].start : made[0].end]))
            kind = "total" if sums else place.kind if place.kind in ("group", "total") else "data"
            if kind == "total":
                made = _under_figures(text, made, kinds)
            rows.append(Row(kind, made[0].start, max(cell.end for cell in made), tuple(made)))  # type: ignore[arg-type]
            made = []
    return rows


def _going_on(row: Row, kinds: Sequence[Kind], heads: Sequence[str]) -> Row:
    """A row without a cell for who answers for it or by when takes those of the row above, as merged cells do."""
    if row.kind != "data":
        return row
    taken = {cell.column for cell in row.cells}
    lost = [
        Cell(row.end, row.end, column, ditto=True)
        for column, kind in enumerate(kinds)
        if column not in taken
        and (kind == "time" or (kind == "unit" and not re.search("配合|协|参[与加]|支持", heads[column])))
    ]
    return Row(row.kind, row.start, row.end, tuple(sorted([*row.cells, *lost], key=lambda cell: cell.column)))


def gain_of(document: Document, table: Table) -> float:
    """What a table that was put together otherwise would gain: how well its cells fit its columns."""
    text = document.folded
    columns: list[list[str]] = [[] for _ in table.columns]
    data = [row for row in table.rows if row.kind == "data"]
    for row in data:
        for cell in row.cells:
            if cell.end > cell.start and cell.column < len(columns):
                columns[cell.column].append(text[cell.start : cell.end])
    kinds = told(table.columns, columns).kinds
    gain = 0.0
    for row in data:
        words: dict[int, list[str]] = {}
        for cell in row.cells:
            if cell.end > cell.start:
                words[cell.column] = re.split(r"[\r\n]+", text[cell.start : cell.end])
        gain += worth(words, kinds)
    return gain
