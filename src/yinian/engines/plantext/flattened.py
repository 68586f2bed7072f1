"""Tables that a page has flattened to a cell per line: found by their heads and put together again.

A cell may take several lines and an empty one none, so rows are told by their running numbers and by what kind of
value each column holds.
"""

from __future__ import annotations

import re
from bisect import bisect_left
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
    column_kind,
    inside,
    table_kind,
    title_above,
)
from yinian.engines.plantext.fitting import DUE_CELL, VALUE, Fit, assigned, fits, misfit
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Cell, Row, Span, Table
from yinian.engines.plantext.seeking import Seeker, gain_of

_WIDEST = 14
_LONGEST_HEAD = 24
_OPENS_HEAD = re.compile(
    r"序号|编号|.*指标|项目|类[别型]|.*领域|.*任务|.*事项|服务|.*阶段|.*步骤|.*环节|.*时间|方面|板块|层级|批次|区域"
)
_GROUPS = re.compile(r"级|^(?:类[别型]|领域|方面|板块|维度|项目类[别型])$")
"""The head of a column that gathers rows under one name."""
_TALLEST = 12
"""Lines that one row of a table without running numbers may take."""
_BETTER = 1.0
"""How much more a table put together without its words must gain to be taken before one known by them."""
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
    """The flattened tables outside the known stretches, in order of place."""
    cells = _cells_per_line(document)
    between = _lines_between(document.folded, cells)
    tables = _among(document, _set_apart(cells, between), known) if between else []
    return tables + _among(document, cells, [*known, *(Span(table.start, table.end) for table in tables)])


def _lines_between(text: str, cells: Sequence[Span]) -> int:
    """How many lines of blanks a page sets between any two cells, told by those behind the heads of columns."""
    gaps: Counter[int] = Counter()
    last = None
    for index, cell in enumerate(cells):
        if cell.end == cell.start:
            continue
        short = cell.end - cell.start <= _LONGEST_HEAD
        heads = short and HEAD_WORD.match(re.sub(r"\s", "", text[cell.start : cell.end]))
        if short and last is not None:
            gaps[index - last - 1] += 1
        last = index if heads else None
    return max(gaps, key=lambda gap: (gaps[gap], -gap)) if gaps else 0


def _set_apart(cells: Sequence[Span], between: int) -> list[Span]:
    """The cells without the lines that only set them apart; what is over of a run of them are empty cells."""
    made: list[Span] = []
    blanks: list[Span] = []
    for cell in cells:
        if cell.end == cell.start:
            blanks.append(cell)
            continue
        made += blanks[: max(0, (len(blanks) - between) // (between + 1))]
        made.append(cell)
        blanks = []
    return made


def _among(document: Document, cells: Sequence[Span], known: Sequence[Span]) -> list[Table]:
    text = document.folded
    tables: list[Table] = []
    seeker = Seeker(document, cells)
    index = 0
    while index < len(cells):
        cell = cells[index]
        if cell.end == cell.start or cell.end - cell.start > _LONGEST_HEAD or inside(cell.start, known):
            index += 1
            continue
        head = _head_run(text, cells, index)
        made = _assembled(document, cells, index, head) if head else _paired(document, cells, index)
        sought = seeker.seek(index, known)
        if sought is not None and (made is None or _better(document, sought, made[0])):
            made = sought[:2]
        if made is None:
            index += 1
            continue
        table, index = made
        tables.append(table)
    return tables


def _better(document: Document, sought: tuple[Table, int, float], made: Table) -> bool:
    """Whether a table sought without its words is the better reading: no running number lost, and more gained."""
    if "number" not in sought[0].kinds and re.match(r"(?:项目|任务|事项)?(?:序号|编号)", made.columns[0]):
        return False
    known = gain_of(document, made)
    return sought[2] > known + max(_BETTER, known / 10)


def _paired(document: Document, cells: Sequence[Span], index: int) -> tuple[Table, int] | None:
    """A table of two columns, of which one says who and the other what: its cells take turns."""
    text = document.folded
    heads = [re.sub(r"\s", "", text[cell.start : cell.end]) for cell in cells[index : index + 2]]
    kinds = [column_kind(head) for head in heads]
    if sorted(kinds) != ["text", "unit"] or not all(map(HEAD_WORD.match, heads)):
        return None
    who = kinds.index("unit")
    rows: list[Row] = []
    stop = index + 2
    while stop + 1 < len(cells):
        row = cells[stop : stop + 2]
        names, words = (text[row[at].start : row[at].end] for at in (who, 1 - who))
        if not names or not words or not _names_units(names) or _names_units(words) or GROUP.match(words):
            break
        rows.append(_row("data", row, range(2)))
        stop += 2
    if len(rows) < 2:
        return None
    head = _row("head", cells[index : index + 2], range(2))
    title = title_above(document, head.start)
    return Table("", head.start, rows[-1].end, title, tuple(heads), (head, *rows), table_kind(heads)), stop


def _head_run(text: str, cells: Sequence[Span], index: int) -> int:
    """How many cells from here on read as the heads of columns; 0 where there is no table."""
    count = sure = 0
    numbered = bool(re.match(r"(?:项目|任务|事项)?(?:序\s?号|编\s?号)", text[cells[index].start : cells[index].end]))
    if numbered:
        ruled = _heads_before_one(text, cells, index)
        if ruled:
            return ruled
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
            and not re.match(r"\d{1,2}[.、]", compact)
            and (numbered or not _value_next(text, cells, index + count + 1))
        ) and not (count and re.fullmatch(r"[一-鿿]{2,8}", compact) and _head_next(text, cells, index + count + 1)):
            break
        count += 1
    first = re.sub(r"\s", "", text[cells[index].start : cells[index].end])
    second = re.sub(r"\s", "", text[cells[index + 1].start : cells[index + 1].end]) if count > 1 else ""
    heads = re.fullmatch(r"序号|(?:[一二三]级|主要)?指标(?:名称)?|项目名称", second)
    if not numbered and heads and not _GROUPS.search(first):
        return 0  # the title above the head
    opens = _OPENS_HEAD.match(first)
    charges = count > 3 and any(
        column_kind(text[cell.start : cell.end]) == "unit" for cell in cells[index : index + count]
    )
    return count if count >= 3 and sure * 2 > count and (opens or charges) else 0


def _heads_before_one(text: str, cells: Sequence[Span], index: int) -> int:
    """How many short cells stand between 序号 and the number 1, where one of them at least heads a known column."""
    known = 0
    for count in range(1, _WIDEST + 1):
        if index + count >= len(cells):
            return 0
        cell = cells[index + count]
        words = re.sub(r"\s", "", text[cell.start : cell.end])
        if words == "1":
            if not known or count < 3 or not _number_opens_row(text, cells, index + count):
                return 0
            # the name of a group may stand before the number of its first row; or a head is torn: 2025年我市, 目标值
            heads = [re.sub(r"\s", "", text[head.start : head.end]) for head in cells[index : index + count]]
            torn = HEAD_WORD.match(heads[-1]) and any(map(_torn, heads[:-1]))
            grouped = count > 3 and not torn and _number_at(text, cells, index + 2 * count - 1, 2)
            return count - 1 if grouped else count
        if not words or len(words) > _LONGEST_HEAD or re.search(r"[。;,:]", words) or GROUP.match(words):
            return 0
        known += bool(HEAD_WORD.match(words))
    return 0


def _head_next(text: str, cells: Sequence[Span], index: int) -> bool:
    """Whether a cell is the head of a known column, and no date."""
    if index >= len(cells) or cells[index].end - cells[index].start > _LONGEST_HEAD:
        return False
    words = re.sub(r"\s", "", text[cells[index].start : cells[index].end])
    return bool(HEAD_WORD.match(words)) and not re.fullmatch(r"20\d\d年?[\d月日底前上中下旬至-]*", words)


def _value_next(text: str, cells: Sequence[Span], index: int) -> bool:
    """Whether a cell holds a value, so that the one before it names a row and heads no column."""
    if index >= len(cells):
        return False
    words = text[cells[index].start : cells[index].end]
    return bool(NUMERIC.match(words) or PERCENT.match(words))


def _assembled(document: Document, cells: Sequence[Span], index: int, head: int) -> tuple[Table, int] | None:
    text = document.folded
    heads = [re.sub(r"\s", "", text[cell.start : cell.end]) for cell in cells[index : index + head]]
    numbered = bool(re.match(r"(?:项目|任务|事项)?(?:序号|编号)", heads[0]))
    body = index + head
    if numbered:
        width = _width_by_numbers(text, cells, body, len(heads))
        if width is None:
            return None
        if width < len(heads) <= width + sum(column_kind(head) == "note" for head in heads):
            width = len(heads)  # columns for notes that hold none
        columns = _fitted(heads, width)
        rows, stop = _numbered_rows(document, cells, body, columns)
        rows = [_going_on(row, columns) for row in rows]
    else:
        columns = _fitted(heads, len(heads))
        rows, stop = [], body
        if table_kind(columns) == "tasks":
            rows, stop = _work_rows(document, cells, body, columns)
        if not rows:
            rows, stop = _plain_rows(document, cells, body, columns)
    if len([row for row in rows if row.kind == "data"]) < 2:
        return None
    while rows[-1].kind == "group":  # a heading of what follows the table: 三、重点任务
        stop = bisect_left(cells, rows.pop().start, key=lambda cell: cell.start)
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
    if all(_number_at(text, cells, body + row * heads, row + 1) for row in range(2)):
        return heads
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


def _torn(head: str) -> bool:
    """Whether the words of a head go on in the next line."""
    return bool(re.search(r"(?:20\d\d年?|[我全][省市州盟县区旗]|“?十.五”?)$", head))


def _fitted(heads: list[str], width: int) -> tuple[str, ...]:
    """The words of the head as one for each column; a head torn over two lines is put together."""
    fitted = list(heads)
    while len(fitted) > width:
        joinable = [
            index
            for index in range(len(fitted) - 1)
            if _torn(fitted[index]) or not HEAD_WORD.match(fitted[index])
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
    kinds = fits(columns)
    rows: list[Row] = []
    index, number, grouped = body, 0, False
    while index < len(cells):
        words = text[cells[index].start : cells[index].end]
        if GROUP.match(words) or TOTAL.match(words):
            stop = _summary_stop(text, cells, index, width, number + 1)
            if stop is None:
                break
            kind: Literal["group", "total"] = "total" if TOTAL.match(words) else "group"
            rows.append(_row(kind, cells[index:stop], range(stop - index)))
            again = stop < len(cells) and text[cells[stop].start : cells[stop].end] == "1"
            number, index = 0 if kind == "group" and again else number, stop
            continue
        named = words and len(words) <= _LONGEST_HEAD and "。" not in words
        if named and not words.isdigit() and _number_at(text, cells, index + 1, number + 1):
            rows.append(_row("group", cells[index : index + 1], [0]))
            index, grouped = index + 1, True
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
        stop = _row_stop(text, cells, index, width, number, grouped)
        row = _row("data", cells[index:stop], assigned(text, cells[index:stop], kinds))
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
        goes_on = kind == "time" or (kind == "unit" and not re.search("配合|协|参[与加]|支持", head))
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


def _summary_stop(text: str, cells: Sequence[Span], index: int, width: int, number: int) -> int | None:
    """Where a group heading or a total ends: before the number 1 or that which follows; after a total, the first group.

    Between stand nothing but amounts and empty cells; prose with a label of its own is no part of a table.
    """
    total = bool(TOTAL.match(text[cells[index].start : cells[index].end]))
    for stop in range(index + 1, min(len(cells), index + width + 3)):
        words = text[cells[stop].start : cells[stop].end]
        if words == "1" or (total and GROUP.match(words)) or _number_at(text, cells, stop, number):
            return stop
        if words and not NUMERIC.match(words) and not PERCENT.match(words):
            return None
    return min(len(cells), index + width) if total else None


def _row_stop(text: str, cells: Sequence[Span], index: int, width: int, number: int, grouped: bool) -> int:
    """Where a row ends: at the next number once the row may be full; the last row where its columns are.

    With `grouped` the name of a group may stand before that number.
    """
    if _number_at(text, cells, index + width, number + 1):
        return index + width
    for stop in range(index + max(2, width - 4), min(len(cells), index + width + 60)):
        words = text[cells[stop].start : cells[stop].end]
        if words == str(number + 1) and _number_opens_row(text, cells, stop):
            return stop - 1 if grouped and stop - index == width + 1 else stop
        closes = stop - index >= width - 3 and bool(GROUP.match(words) or TOTAL.match(words))
        if closes and _summary_stop(text, cells, stop, width, number + 1) is not None:
            return stop
    return min(len(cells), index + width)


def _number_at(text: str, cells: Sequence[Span], index: int, number: int) -> bool:
    """Whether a row with this running number begins at a cell."""
    if index >= len(cells) or text[cells[index].start : cells[index].end] != str(number):
        return False
    return _number_opens_row(text, cells, index)


def _number_opens_row(text: str, cells: Sequence[Span], index: int) -> bool:
    """A running number is followed by words; an amount is followed by another amount or an empty cell."""
    if index + 1 >= len(cells):
        return False
    after = text[cells[index + 1].start : cells[index + 1].end]
    return bool(re.search(r"[一-鿿]{2}", after))


def _row(kind: Literal["head", "data", "group", "total"], cells: Sequence[Span], columns: Sequence[int]) -> Row:
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
    kinds = fits(columns)
    last = max((at for at, kind in enumerate(kinds) if kind not in ("unit", "time", "note", "value")), default=0)
    timed = "time" in kinds[last:]
    rows: list[Row] = []
    index = body
    while index < len(cells):
        stop, closed, ended = index, False, False
        while stop < len(cells) and stop - index < _TALLEST:
            words = text[cells[stop].start : cells[stop].end]
            when = timed and len(words) <= _LONGEST_HEAD and bool(DUE_CELL.match(words))
            closing = bool(words) and (_names_units(words) or when)
            if words and (ended or (closed and not closing)):
                break
            closed = closed or closing
            ended = ended or (bool(words) and when and kinds[-1] == "time")
            if not words and not closed:
                break
            stop += 1
        while stop > index and cells[stop - 1].end == cells[stop - 1].start:
            stop -= 1
        opens = text[cells[index].start : cells[index].end]
        whole = closed and stop - index >= len(columns) and len(opens) <= _LONGEST_HEAD and "。" not in opens
        if whole and GROUP.match(opens):
            rows.append(_row("group", cells[index : index + 1], [0]))
            index += 1
            opens = text[cells[index].start : cells[index].end]
        if not closed or stop - index < 2 or GROUP.match(opens) or _names_units(opens):
            break
        rows.append(_row("data", cells[index:stop], assigned(text, cells[index:stop], kinds)))
        index = stop
    return rows, index


def _names_units(words: str) -> bool:
    """Whether a cell holds nothing but the names of units."""
    names = [name for name in re.split(r"[、,;\s]+", words) if name]
    return bool(names) and all(
        organs.strictly_office(name)
        or (organs.group(name) and organs.office(name))
        or organs.territory(name)
        or organs.bare_territory(name)
        or organs.unnamed(name)
        for name in names
    )


def _plain_rows(document: Document, cells: Sequence[Span], body: int, columns: Sequence[str]) -> tuple[list[Row], int]:
    """Rows without running numbers: a name, values, perhaps what sort of aim it is; a group stands alone or before."""
    text = document.folded
    kinds = fits(columns)
    valued = [index for index, kind in enumerate(kinds) if kind in ("value", "percent", "amount", "measure")]
    if not valued:
        return [], body
    first, last = valued[0], valued[-1]
    named, size = max(0, first - 1), len(columns) - max(0, first - 1)
    rows: list[Row] = []
    index = body
    while index < len(cells):
        words = text[cells[index].start : cells[index].end]
        if not words or "。" in words or len(words) > 50:
            break
        if GROUP.match(words) and first > 1:
            rows.append(_row("group", cells[index : index + 1], [0]))
            index += 1
            continue
        count, values = last - first + 1, kinds[first:]
        alone = first == 1 and not _valued(text, cells, index + 1, count, values)
        if alone and not _head_next(text, cells, index + 1) and _valued(text, cells, index + 2, count, values):
            rows.append(_row("group", cells[index : index + 1], [0]))
            index += 1
            continue
        opened = index
        if first > 1 and not _valued(text, cells, index + 1, last - first + 1, kinds[first:]):
            opened += 1  # the name of a group stands before the first of its rows
        if not _valued(text, cells, opened + 1, last - first + 1, kinds[first:]) or GROUP.match(words):
            break
        stop = min(len(cells), opened + size)
        while stop > opened + 2 + last - first and not _closes(text, cells[stop - 1]):
            stop -= 1
        row = cells[index:stop]
        rows.append(_row("data", row, [*range(named - (opened - index), named), *range(named, named + stop - opened)]))
        index = stop
    return rows, index


def _valued(text: str, cells: Sequence[Span], index: int, count: int, kinds: Sequence[Fit]) -> bool:
    """Whether so many cells from here on hold values."""
    found = [text[cell.start : cell.end] for cell in cells[index : index + count]]
    return len(found) == count and all(
        not word or (misfit(word, kind) == 0.0 if kind == "measure" else bool(VALUE.match(word)))
        for word, kind in zip(found, kinds, strict=False)
    )


def _closes(text: str, cell: Span) -> bool:
    """Whether a cell behind the values says of what sort the aim is, or who answers for it."""
    words = text[cell.start : cell.end]
    return not words or misfit(words, "quality") == 0.0 or _names_units(words)
