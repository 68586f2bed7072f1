"""Tables: given with the document, or flattened to a cell per line, to tabs or to bars; their columns and rows.

A flattened table is found by the words of its head and put together again by its running numbers and by what kind of
value each column holds, because a cell may take several lines and an empty one none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from yinian.engines.plantext import organs
from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Cell, Row, Span, Table

Kind = Literal["number", "year", "amount", "percent", "nature", "unit", "name", "text", "note", "value", "time"]

_HEAD_WORD = re.compile(
    "^"
    + any_of(
        r"""序号 编号 项目编号 类别 类型 分类 领域 属性 性质 备注 说明 名称 内容 地区 县区 区县 数量 金额 合计
        成果形式 责任人 (?:主要|核心|具体|发展|[一二三]级|考核|监测|评价)?指标(?:名称|内容|类别|属性|值|体系)?
        (?:指标|计量)?单位
        (?:重点|主要|工作|具体|目标)?(?:任务|事项|举措|措施|工作)(?:名称|内容|分解|分工|清单|举措|事项|措施|要求|任务|目标)?
        (?:责任|牵头|配合|参与|协同|主办|协办|实施|建设|承办)(?:单位|部门|主体|科室)(?:及责任人)?
        (?:完成|时间|推进|进度|实施|办结)?(?:时限|时间|节点|安排|期限|进度)(?:要求|安排|节点)?
        (?:重点|建设|工程)?项目(?:名称|类别|内容|类型|单位|业主|建设主体)?
        建设(?:性质|内容|规模|地点|主体|单位|年限|期限|时间|起止年限|内容及规模|规模及内容|内容和规模)
        主要建设内容.{0,8} (?:开工|竣工|完工|起止|建设)(?:年份|年限|时间|日期|年度) 总投资.{0,8}
        投资(?:估算|规模|总额|金额)?.{0,8} 资金来源.{0,6} .{0,12}(?:计划)?投资.{0,8}
        服务(?:对象|项目|内容|标准|类型|主体) 目标值 现状值 基期值 基准值 目标
        (?:20\d\d|“?十[三四五六]五”?(?:末|期末)?)年?.{0,10}(?:目标|数据|值|情况|现状|完成|基数|实际|规划|底|末)?.{0,4}
        [省市](?:指标|完成值) 完成(?:情况|值)"""
    )
    + r"(?:\([^()]*\))?$"
)
_NATURE = re.compile(
    "^"
    + any_of(
        """新建 改建 扩建 改扩建 续建 迁建 重建 购置 改造 新建或续建 新建、?改建 新、改、扩建 提质改造 设备购置 维修
        升级改造 在建"""
    )
    + "$"
)
_YEAR = re.compile(r"^(?:20\d\d)(?:[.年]\d{0,2}月?)?(?:[-—–~至]+(?:20\d\d)?(?:[.年]?\d{0,2}月?)?)?年?$")
_NUMERIC = re.compile(r"^[≥≤<>]?\s?[\d,]+(?:\.\d+)?$")
_PERCENT = re.compile(r"^[≥≤<>]?\s?\d+(?:\.\d+)?\s?[%‰]?$")
_GROUP = re.compile(r"^(?:[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,3}\))\s?\S")
_TOTAL = re.compile(r"^(?:总\s?计|合\s?计|小\s?计|总\s?和|共\s?计)")
_VALUE = re.compile(
    r"^(?:[≥≤<>]?\s?\d[\d,.]*\s?(?:%|‰|[一-鿿]{1,4})?(?:以上|以下)?|不(?:低|少|高|超)[于过]?.{0,20}|超过.{0,10}|达到.{0,10}|-{1,3}|—{1,3}|/|[高低].{0,8}\d+%|[一-鿿]{2,8})$"
)
_RULE = re.compile(r"\s*\|[|\s:-]+")
"""The rule under the head of a table of bars."""
_WIDEST = 14
_LONGEST_HEAD = 24
_FARTHEST = 80
"""Cells between two running numbers of one table; more, and the table has ended."""


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
    tables += _from_lines(document, known)
    tables.sort(key=lambda table: table.start)
    return [
        Table(f"B{number}", one.start, one.end, one.title, one.columns, one.rows, one.kind)
        for number, one in enumerate(tables, 1)
    ]


def column_kind(word: str) -> Kind:
    """What a column holds, told by its head."""
    bare = re.sub(r"\s", "", word)
    if re.search(r"序号|编号", bare):
        return "number"
    if re.search(r"开工|竣工|完工|年份|起止|建设年限|建设期", bare):
        return "year"
    if re.search(r"占比|比例|\(%\)$", bare) and not re.search(r"指标|名称", bare):
        return "percent"
    if re.search(r"投资|资金|金额|经费|\((?:万|亿)?元\)", bare) and "来源" not in bare:
        return "amount"
    if re.search(r"备注|说明", bare):
        return "note"
    if re.search(r"性质$|建设性质", bare):
        return "nature"
    if re.search(r"时限|完成时间|时间节点|进度|期限|时间要求|时间安排", bare):
        return "time"
    if re.search(
        r"(?:责任|牵头|配合|参与|协同|主办|协办|实施|承办)(?:单位|部门|主体)|建设主体|业主|建设单位|项目单位", bare
    ):
        return "unit"
    if re.search(r"目标|现状|基期|基准|20\d\d|完成值|完成情况|指标值|数据|省指标|市指标", bare):
        return "value"
    if re.search(r"内容|规模|任务|举措|措施|事项|工作|要求", bare):
        return "text"
    return "name"


def head_like(words: str) -> bool:
    """Whether a cell reads as the head of a column."""
    return bool(_HEAD_WORD.match(re.sub(r"\s", "", words)))


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
    if head_rows == 0:
        return None
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
        "", given.start, given.end, _title_above(document, given.start), columns, tuple(made), _table_kind(columns)
    )


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
    if filled and _TOTAL.match(filled[0]):
        return "total"
    texts = [word for word in filled if not _NUMERIC.match(word.strip())]
    if filled and len(texts) == 1 and (_GROUP.match(filled[0]) or len(filled) == 1):
        return "group"
    return "data"


def _table_kind(columns: Sequence[str]) -> Literal["indicators", "projects", "tasks", "other"]:
    joined = " ".join(columns)
    kinds = [column_kind(column) for column in columns]
    if "amount" in kinds and re.search(r"项目", joined):
        return "projects"
    if re.search(r"指标", joined) and "value" in kinds:
        return "indicators"
    if "unit" in kinds and any(kind == "text" for kind in kinds):
        return "tasks"
    return "other"


def _title_above(document: Document, start: int) -> str:
    """The short line above a table."""
    index = bisect_right(document.line_starts, start - 1) - 1
    if index < 0:
        return ""
    words = document.words(document.lines[index])
    return (
        document.raw[document.lines[index].start : document.lines[index].end]
        if len(words) <= 60 and "。" not in words
        else ""
    )


# ── tabs and bars ────────────────────────────────────────────────────────────────────────────────────────────────────


def _from_separators(document: Document, known: Sequence[Span]) -> list[Table]:
    tables: list[Table] = []
    run: list[tuple[Span, ...]] = []
    for line in [*document.lines, None]:
        if line is not None and run and _RULE.fullmatch(document.raw, line.start, line.end):
            continue
        row: tuple[Span, ...] = ()
        if line is not None and not _inside(line.start, known):
            row = _separated(document, line.start, line.end)
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
        return ()
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


def _inside(position: int, known: Sequence[Span]) -> bool:
    return any(span.start <= position < span.end for span in known)


# ── a cell per line ──────────────────────────────────────────────────────────────────────────────────────────────────


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


def _from_lines(document: Document, known: Sequence[Span]) -> list[Table]:
    cells = _cells_per_line(document)
    text = document.folded
    tables: list[Table] = []
    index = 0
    while index < len(cells):
        cell = cells[index]
        if cell.end == cell.start or cell.end - cell.start > _LONGEST_HEAD or _inside(cell.start, known):
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
        if not words or _TOTAL.match(words) or _GROUP.match(words):
            break
        compact = re.sub(r"\s", "", words)
        if _HEAD_WORD.match(compact):
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
    else:
        columns = _fitted(heads, len(heads))
        rows, stop = _plain_rows(document, cells, body, columns)
    if len([row for row in rows if row.kind == "data"]) < 2:
        return None
    head_cells = tuple(
        Cell(cell.start, cell.end, min(number, len(columns) - 1)) for number, cell in enumerate(cells[index:body])
    )
    start = cells[index].start
    everything = (Row("head", start, cells[body - 1].end, head_cells), *rows)
    end = max(row.end for row in everything)
    table = Table("", start, end, _title_above(document, start), columns, everything, _table_kind(columns))
    return table, stop


def _width_by_numbers(text: str, cells: Sequence[Span], body: int, heads: int) -> int | None:
    """How many columns there are: the commonest distance between the running numbers 1, 2, 3 …"""
    distances: Counter[int] = Counter()
    position, number = None, 0
    for index in range(body, min(len(cells), body + 600)):
        words = text[cells[index].start : cells[index].end]
        if re.match(r"序\s?号$", words) or (position is not None and index - position > _FARTHEST):
            break
        if words == str(number + 1) and _number_opens_row(text, cells, index):
            if position is not None:
                distances[index - position] += 1
            position, number = index, number + 1
        elif words == "1" and position is not None and _number_opens_row(text, cells, index):
            position, number = index, 1
    likely = [(count, width) for width, count in distances.items() if 2 <= width <= heads + 2]
    if not likely:
        return heads if number else None
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
            if re.search(r"(?:20\d\d年?|我市|我县|“?十.五”?)$", fitted[index]) or not _HEAD_WORD.match(fitted[index])
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
        if _GROUP.match(words) or _TOTAL.match(words):
            stop = _summary_stop(text, cells, index, width)
            if stop is None:
                break
            kind: Literal["group", "total"] = "total" if _TOTAL.match(words) else "group"
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


def _resumes(text: str, cells: Sequence[Span], index: int, number: int) -> bool:
    """Whether after a few empty cells the next number, group or total follows."""
    for cell in cells[index : index + 4]:
        words = text[cell.start : cell.end]
        if words:
            return (
                words == str(number + 1) or bool(_GROUP.match(words) and len(words) < 40) or bool(_TOTAL.match(words))
            )
    return False


def _summary_stop(text: str, cells: Sequence[Span], index: int, width: int) -> int | None:
    """Where a group heading or a total ends: before the number 1 or, after a total, the first group.

    Between stand nothing but amounts and empty cells; prose with a label of its own is no part of a table.
    """
    total = bool(_TOTAL.match(text[cells[index].start : cells[index].end]))
    for stop in range(index + 1, min(len(cells), index + width + 3)):
        words = text[cells[stop].start : cells[stop].end]
        if words == "1" or (total and _GROUP.match(words)):
            return stop
        if words and not _NUMERIC.match(words) and not _PERCENT.match(words):
            return None
    return min(len(cells), index + width) if total else None


def _row_stop(text: str, cells: Sequence[Span], index: int, width: int, number: int) -> int:
    """Where a row ends: at the next number once the row may be full; the last row where its columns are."""
    for stop in range(index + max(2, width - 4), min(len(cells), index + width + 60)):
        words = text[cells[stop].start : cells[stop].end]
        if words == str(number + 1) and _number_opens_row(text, cells, stop):
            return stop
        closes = stop - index >= width - 3 and bool(_GROUP.match(words) or _TOTAL.match(words))
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
                    0.5 if kinds[between] in ("note", "percent") else 2.0 for between in range(earlier + 1, column)
                )
                options.append((best[row - 1][earlier] + skipped, earlier))
            cost, origin = min(options)
            best[row][column] = cost + here
            came[row][column] = origin
    last = min(
        range(width),
        key=lambda column: (
            best[count - 1][column]
            + sum(0.2 if kinds[rest] in ("note", "percent") else 1.5 for rest in range(column + 1, width))
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
        return 0.0 if _YEAR.match(bare) else 0.6 if not bare else 5.0
    if kind == "amount":
        return 0.0 if _NUMERIC.match(bare) else 0.6 if not bare else 5.0
    if kind == "percent":
        return 0.1 if _PERCENT.match(bare) else 0.0 if not bare else 5.0
    if kind == "nature":
        return 0.0 if _NATURE.match(bare) else 1.0 if not bare else 3.0
    if kind == "unit":
        return 0.0 if organs.office(bare) else 1.0 if not bare else (0.9 if len(bare) <= 20 else 2.5)
    if kind == "value":
        return 0.0 if _VALUE.match(bare) and len(bare) <= 24 else 0.5 if not bare else (0.5 if len(bare) <= 40 else 2.0)
    if kind == "note":
        return 0.0 if not bare else 0.5
    if kind == "time":
        return 0.0 if re.search(r"年|月|长期|持续|季度", bare) and len(bare) <= 20 else 0.8 if not bare else 1.5
    if not bare:
        return 1.2
    if _NATURE.match(bare):
        return 2.0
    if kind == "name":
        return 3.0 if _NUMERIC.match(bare) else (0.0 if len(bare) <= 40 else 0.8)
    if organs.strictly_office(bare):
        return 0.9
    return 1.5 if _NUMERIC.match(bare) or _YEAR.match(bare) else 0.0


def _repeated(kind: Kind, words: str) -> float:
    """What it costs that a further line goes into the same column."""
    if kind == "text":
        return 0.3
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
        group = _GROUP.match(words) and names > 1
        if group:
            rows.append(_row("group", cells[index : index + 1], [0]))
            index += 1
            continue
        stop = index + 1 + values
        found = [text[cell.start : cell.end] for cell in cells[index + 1 : stop]]
        if len(found) < values or not all(_VALUE.match(word) or not word for word in found) or _GROUP.match(words):
            break
        first = names - 1
        rows.append(_row("data", cells[index:stop], [first, *range(first + 1, first + 1 + values)]))
        index = stop
    return rows, index


def cell_text(document: Document, row: Row, column: int) -> str:
    """The words of a row's cell in a column, as they stand; empty where it is."""
    for cell in row.cells:
        if cell.column == column:
            return document.raw[cell.start : cell.end]
    return ""


def cell_span(row: Row, column: int) -> Span | None:
    """The place of a row's cell in a column."""
    for cell in row.cells:
        if cell.column == column and cell.end > cell.start:
            return Span(cell.start, cell.end)
    return None
