"""Tables that a page has flattened to a cell per line: found by their heads and put together again.

A cell may take several lines and an empty one none, so rows are told by their running numbers and by what kind of
value each column holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from yinian.engines.plantext import organs
from yinian.engines.plantext.columns import (
    GROUP,
    HEAD_WORD,
    NUMERIC,
    PERCENT,
    TOTAL,
    Kind,
    column_kind,
    inside,
    table_kind,
    title_above,
)
from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Cell, Row, Span, Table

NATURE = re.compile(
    "^"
    + any_of(
        """新建 改建 扩建 改扩建 续建 迁建 重建 购置 改造 新建或续建 新建、?改建 新、改、扩建 提质改造 设备购置 维修
        升级改造 在建"""
    )
    + "$"
)
YEAR = re.compile(r"^(?:20\d\d)(?:[.年]\d{0,2}月?)?(?:[-—–~至]+(?:20\d\d)?(?:[.年]?\d{0,2}月?)?)?年?$")
VALUE = re.compile(
    r"^(?:[≥≤<>]?\s?\d[\d,.]*\s?(?:%|‰|[一-鿿]{1,4})?(?:以上|以下)?|不(?:低|少|高|超)[于过]?.{0,20}|超过.{0,10}|达到.{0,10}|-{1,3}|—{1,3}|/|[高低].{0,8}\d+%|[一-鿿]{2,8})$"
)
_DUE_CELL = re.compile(r"^(?:20\d\d年)?\d{1,2}月|^20\d\d年|^(?:年底|全年|长期|持续|每[年季月])|^第?[一二三四]季度")
_TELLS = re.compile(r"目前|正在|已(?:完成|累计|建成|启动|全部|开展)")
"""What opens a cell that tells how far the work is: it goes on with no cell that says what is to be done."""
_WIDEST = 14
_LONGEST_HEAD = 24
_TALLEST = 12
"""Lines that one row of a table without running numbers may take."""
_FARTHEST = 80
"""Cells between two running numbers of one table; more, and the table has ended."""


def _cells_per_line(document: Document) -> list[Span]:
    """Every line as a cell; a line of nothing but blanks is an empty cell, a line of nothing is none."""
    cells: list[Span] = []
    for match in re.finditer(r"[^\r\n]+", document.folded):
        words = match[0]
        stripped = words.strip()
        if stripped:
            start = match.start() + words.index(stripped[0])
            cells.append(Span(start, start + len(stripped)))
        else:
            cells.append(Span(match.start(), match.start()))
    return cells


def flattened_tables(document: Document, known: Sequence[Span]) -> list[Table]:
    cells = _cells_per_line(document)
    text = document.folded
    tables: list[Table] = []
    index = 0
    while index < len(cells):
        cell = cells[index]
        if cell.end == cell.start or cell.end - cell.start > _LONGEST_HEAD or inside(cell.start, known):
            index += 1
            continue
        head = _head_run(text, cells, index)
        if not head:
            index += 1
            continue
        made = _assembled(document, cells, index, head)
        if made is None:
            index += 1
            continue
        table, index = made
        tables.append(table)
    return tables


def _head_run(text: str, cells: Sequence[Span], index: int) -> int:
    """How many cells from here on read as the heads of columns; 0 where there is no table."""
    count = sure = 0
    while index + count < len(cells) and count < _WIDEST:
        cell = cells[index + count]
        words = text[cell.start : cell.end]
        if not words or TOTAL.match(words) or GROUP.match(words):
            break
        compact = re.sub(r"\s", "", words)
        if HEAD_WORD.match(compact):
            sure += 1
        elif not (
            count
            and len(compact) <= 14
            and re.fullmatch(r"[一-鿿\d()%“”年、.]+", compact)
            and re.search(r"值|数|\(.+\)$", compact)
        ):
            break
        count += 1
    first = re.sub(r"\s", "", text[cells[index].start : cells[index].end])
    opens = re.match(r"序号|编号|.*指标|项目|类别|.*任务|.*事项|服务", first)
    return count if count >= 3 and sure * 2 > count and opens else 0


def _assembled(document: Document, cells: Sequence[Span], index: int, head: int) -> tuple[Table, int] | None:
    text = document.folded
    heads = [re.sub(r"\s", "", text[cell.start : cell.end]) for cell in cells[index : index + head]]
    numbered = bool(re.match(r"序号|编号", heads[0]))
    body = index + head
    if numbered:
        width = _width_by_numbers(text, cells, body, len(heads))
        if width is None:
            return None
        columns = _fitted(heads, width)
        rows, stop = _numbered_rows(document, cells, body, columns)
        rows = [_going_on(row, columns) for row in rows]
    else:
        columns = _fitted(heads, len(heads))
        rows, stop = _plain_rows(document, cells, body, columns)
        if not rows and table_kind(columns) == "tasks":
            rows, stop = _work_rows(document, cells, body, columns)
    if len([row for row in rows if row.kind == "data"]) < 2:
        return None
    head_cells = tuple(
        Cell(cell.start, cell.end, min(number, len(columns) - 1)) for number, cell in enumerate(cells[index:body])
    )
    start = cells[index].start
    everything = (Row("head", start, cells[body - 1].end, head_cells), *rows)
    end = max(row.end for row in everything)
    table = Table("", start, end, title_above(document, start), columns, everything, table_kind(columns))
    return table, stop


def _width_by_numbers(text: str, cells: Sequence[Span], body: int, heads: int) -> int | None:
    """How many columns there are: the commonest distance between the running numbers 1, 2, 3 …"""
    distances: Counter[int] = Counter()
    position, number, first = None, 0, 0
    for index in range(body, min(len(cells), body + 600)):
        words = text[cells[index].start : cells[index].end]
        if re.match(r"序\s?号$", words) or (position is not None and index - position > _FARTHEST):
            break
        if words == str(number + 1) and _number_opens_row(text, cells, index):
            if position is not None:
                distances[index - position] += 1
                first = first or index - position
            position, number = index, number + 1
        elif words == "1" and position is not None and _number_opens_row(text, cells, index):
            position, number = index, 1
    likely = [(count, width) for width, count in distances.items() if 2 <= width <= heads + 2]
    if not likely:
        return heads if number else None
    if first == heads >= max(distances):
        return heads  # the first row is full; cells of those below it go on from above
    if distances.get(heads, 0) * 3 >= sum(count for count, _ in likely):
        return heads
    return max(likely)[1]


def _fitted(heads: list[str], width: int) -> tuple[str, ...]:
    """The words of the head as one for each column; a head torn over two lines is put together."""
    fitted = list(heads)
    while len(fitted) > width:
        joinable = [
            index
            for index in range(len(fitted) - 1)
            if re.search(r"(?:20\d\d年?|我市|我县|“?十.五”?)$", fitted[index]) or not HEAD_WORD.match(fitted[index])
        ]
        grouped = [
            index for index in range(len(fitted)) if re.fullmatch(r"20\d\d年(?:目标值?|完成情况|数据)", fitted[index])
        ]
        if joinable:
            index = joinable[0]
            fitted[index : index + 2] = [fitted[index] + fitted[index + 1]]
        elif grouped and len(fitted) - len(grouped) >= width - len(grouped):
            fitted = _two_level(fitted, width)
            break
        else:
            fitted[-2:] = [fitted[-2] + fitted[-1]]
    while len(fitted) < width:
        fitted.append("")
    return tuple(fitted)


def _two_level(heads: list[str], width: int) -> list[str]:
    """Heads of two levels: years above, what they count below (省指标, 市指标), shared out from the right."""
    upper = [word for word in heads if re.search(r"20\d\d", word)]
    lower = [word for word in heads if word not in upper and re.match(r"[省市县]", word)]
    plain = [word for word in heads if word not in upper and word not in lower]
    room = width - len(plain)
    if not upper or not lower or room < len(lower):
        return heads[:width]
    single = upper[: room - len(lower)]
    shared = upper[len(single) :]
    each = max(1, len(lower) // max(1, len(shared)))
    return plain + single + [shared[min(index // each, len(shared) - 1)] + word for index, word in enumerate(lower)]


def _numbered_rows(
    document: Document, cells: Sequence[Span], body: int, columns: Sequence[str]
) -> tuple[list[Row], int]:
    """Rows that begin with running numbers; the numbers begin again under each group heading."""
    text = document.folded
    width = len(columns)
    kinds = [column_kind(column) for column in columns]
    rows: list[Row] = []
    index, number = body, 0
    while index < len(cells):
        words = text[cells[index].start : cells[index].end]
        if GROUP.match(words) or TOTAL.match(words):
            stop = _summary_stop(text, cells, index, width)
            if stop is None:
                break
            kind: Literal["group", "total"] = "total" if TOTAL.match(words) else "group"
            rows.append(_row(kind, cells[index:stop], range(stop - index)))
            number, index = 0 if kind == "group" else number, stop
            continue
        if words != str(number + 1) and not (words == "1" and number):
            if not words and index - body < 3 and not rows:
                index += 1
                continue
            if not words and rows and _resumes(text, cells, index, number):
                index += 1
                continue
            break
        number = int(words)
        stop = _row_stop(text, cells, index, width, number)
        row = _aligned(text, cells, index, stop, kinds)
        rows.append(row)
        index = stop
    return rows, index


def _going_on(row: Row, columns: Sequence[str]) -> Row:
    """A row with fewer cells than columns: who answers for it and by when goes on from the row above."""
    if row.kind != "data" or len(row.cells) >= len(columns):
        return row
    taken = {cell.column for cell in row.cells}
    cells = list(row.cells)
    for column, head in enumerate(columns):
        kind = column_kind(head)
        goes_on = kind == "time" or (kind == "unit" and not re.search("配合|协|参与", head))
        if goes_on and column not in taken:
            cells.append(Cell(row.end, row.end, column, ditto=True))
    cells.sort(key=lambda cell: cell.column)
    return Row(row.kind, row.start, row.end, tuple(cells))


def _resumes(text: str, cells: Sequence[Span], index: int, number: int) -> bool:
    """Whether after a few empty cells the next number, group or total follows."""
    for cell in cells[index : index + 4]:
        words = text[cell.start : cell.end]
        if words:
            return words == str(number + 1) or bool(GROUP.match(words) and len(words) < 40) or bool(TOTAL.match(words))
    return False


def _summary_stop(text: str, cells: Sequence[Span], index: int, width: int) -> int | None:
    """Where a group heading or a total ends: before the number 1 or, after a total, the first group.

    Between stand nothing but amounts and empty cells; prose with a label of its own is no part of a table.
    """
    total = bool(TOTAL.match(text[cells[index].start : cells[index].end]))
    for stop in range(index + 1, min(len(cells), index + width + 3)):
        words = text[cells[stop].start : cells[stop].end]
        if words == "1" or (total and GROUP.match(words)):
            return stop
        if words and not NUMERIC.match(words) and not PERCENT.match(words):
            return None
    return min(len(cells), index + width) if total else None


def _row_stop(text: str, cells: Sequence[Span], index: int, width: int, number: int) -> int:
    """Where a row ends: at the next number once the row may be full; the last row where its columns are."""
    for stop in range(index + max(2, width - 4), min(len(cells), index + width + 60)):
        words = text[cells[stop].start : cells[stop].end]
        if words == str(number + 1) and _number_opens_row(text, cells, stop):
            return stop
        closes = stop - index >= width - 3 and bool(GROUP.match(words) or TOTAL.match(words))
        if closes and _summary_stop(text, cells, stop, width) is not None:
            return stop
    return min(len(cells), index + width)


def _number_opens_row(text: str, cells: Sequence[Span], index: int) -> bool:
    """A running number is followed by words; an amount is followed by another amount or an empty cell."""
    if index + 1 >= len(cells):
        return False
    after = text[cells[index + 1].start : cells[index + 1].end]
    return bool(re.search(r"[一-鿿]{2}", after))


def _aligned(text: str, cells: Sequence[Span], start: int, stop: int, kinds: Sequence[Kind]) -> Row:
    """Gives every cell of a row its column, so that the values fit the columns best. A cell may take several lines."""
    count, width = stop - start, len(kinds)
    infinite = float("inf")
    lost = 0.6 if count < width else 2.0
    best = [[infinite] * width for _ in range(count)]
    came: list[list[int]] = [[0] * width for _ in range(count)]
    for row in range(count):
        words = text[cells[start + row].start : cells[start + row].end]
        for column in range(width):
            here = _misfit(words, kinds[column])
            if row == 0:
                best[row][column] = here + 2.0 * column
                continue
            options = [(best[row - 1][column] + _repeated(kinds[column], words), column)]
            for earlier in range(column):
                skipped = sum(
                    0.5
                    if kinds[between] in ("note", "percent")
                    else lost
                    if kinds[between] in ("unit", "time")
                    else 2.0
                    for between in range(earlier + 1, column)
                )
                options.append((best[row - 1][earlier] + skipped, earlier))
            cost, origin = min(options)
            best[row][column] = cost + here
            came[row][column] = origin
    last = min(
        range(width),
        key=lambda column: (
            best[count - 1][column]
            + sum(
                0.2
                if kinds[rest] in ("note", "percent")
                else min(lost, 1.5)
                if kinds[rest] in ("unit", "time")
                else 1.5
                for rest in range(column + 1, width)
            )
        ),
    )
    assigned = [0] * count
    for row in range(count - 1, -1, -1):
        assigned[row] = last
        last = came[row][last]
    return _row("data", cells[start:stop], assigned)


def _misfit(words: str, kind: Kind) -> float:
    bare = words.strip()
    if kind == "number":
        return 0.0 if bare.isdigit() else 4.0
    if kind == "year":
        return 0.0 if YEAR.match(bare) else 0.6 if not bare else 5.0
    if kind == "amount":
        return 0.0 if NUMERIC.match(bare) else 0.6 if not bare else 5.0
    if kind == "percent":
        return 0.1 if PERCENT.match(bare) else 0.0 if not bare else 5.0
    if kind == "nature":
        return 0.0 if NATURE.match(bare) else 1.0 if not bare else 3.0
    if kind == "unit":
        if _DUE_CELL.match(bare):
            return 3.0
        return 0.0 if organs.office(bare) else 1.0 if not bare else (0.9 if len(bare) <= 20 else 2.5)
    if kind == "value":
        return 0.0 if VALUE.match(bare) and len(bare) <= 24 else 0.5 if not bare else (0.5 if len(bare) <= 40 else 2.0)
    if kind == "note":
        return 0.0 if not bare else 0.5
    if kind == "time":
        return 0.0 if re.search(r"年|月|长期|持续|季度", bare) and len(bare) <= 20 else 0.8 if not bare else 1.5
    if not bare:
        return 1.2
    if NATURE.match(bare):
        return 2.0
    if kind == "name":
        return 3.0 if NUMERIC.match(bare) else (0.0 if len(bare) <= 40 else 0.8)
    if organs.strictly_office(bare):
        return 0.9
    return 1.5 if NUMERIC.match(bare) or YEAR.match(bare) else 0.0


def _repeated(kind: Kind, words: str) -> float:
    """What it costs that a further line goes into the same column."""
    if kind == "text":
        return 3.0 if _TELLS.match(words) else 0.3
    if kind in ("unit", "nature"):
        return 0.4
    if kind in ("note", "name", "value"):
        return 0.9
    return 6.0


def _row(kind: Literal["data", "group", "total"], cells: Sequence[Span], columns: Sequence[int]) -> Row:
    merged: list[Cell] = []
    for cell, column in zip(cells, columns, strict=True):
        if merged and merged[-1].column == column and merged[-1].end > merged[-1].start and cell.end > cell.start:
            merged[-1] = Cell(merged[-1].start, cell.end, column)
        elif merged and merged[-1].column == column:
            if cell.end > cell.start:
                merged[-1] = Cell(cell.start, cell.end, column)
        else:
            merged.append(Cell(cell.start, cell.end, column))
    end = max(cell.end for cell in cells)
    return Row(kind, cells[0].start, end, tuple(merged))


def _work_rows(document: Document, cells: Sequence[Span], body: int, columns: Sequence[str]) -> tuple[list[Row], int]:
    """Rows without running numbers that say what is to be done and by whom: words, then units, then perhaps a time."""
    text = document.folded
    kinds = [column_kind(column) for column in columns]
    rows: list[Row] = []
    index = body
    while index < len(cells):
        stop, closed = index, False
        while stop < len(cells) and stop - index < _TALLEST:
            words = text[cells[stop].start : cells[stop].end]
            closing = bool(words) and (_names_units(words) or ("time" in kinds and _misfit(words, "time") == 0.0))
            if closed and words and not closing:
                break
            closed = closed or closing
            if not words and not closed:
                break
            stop += 1
        while stop > index and cells[stop - 1].end == cells[stop - 1].start:
            stop -= 1
        opens = text[cells[index].start : cells[index].end]
        if not closed or stop - index < 2 or GROUP.match(opens) or _names_units(opens):
            break
        rows.append(_aligned(text, cells, index, stop, kinds))
        index = stop
    return rows, index


def _names_units(words: str) -> bool:
    """Whether a cell holds nothing but the names of units."""
    names = [name for name in re.split(r"[、,;\s]+", words) if name]
    return bool(names) and all(
        organs.strictly_office(name) or organs.territory(name) or organs.bare_territory(name) or organs.unnamed(name)
        for name in names
    )


def _plain_rows(document: Document, cells: Sequence[Span], body: int, columns: Sequence[str]) -> tuple[list[Row], int]:
    """Rows without running numbers: a name and then values; a group heading stands alone or before the name."""
    text = document.folded
    values = sum(column_kind(column) in ("value", "percent", "amount") for column in columns)
    names = len(columns) - values
    if not values:
        return [], body
    rows: list[Row] = []
    index = body
    while index < len(cells):
        words = text[cells[index].start : cells[index].end]
        if not words or "。" in words or len(words) > 50:
            break
        group = GROUP.match(words) and names > 1
        if group:
            rows.append(_row("group", cells[index : index + 1], [0]))
            index += 1
            continue
        stop = index + 1 + values
        found = [text[cell.start : cell.end] for cell in cells[index + 1 : stop]]
        if len(found) < values or not all(VALUE.match(word) or not word for word in found) or GROUP.match(words):
            break
        first = names - 1
        rows.append(_row("data", cells[index:stop], [first, *range(first + 1, first + 1 + values)]))
        index = stop
    return rows, index
