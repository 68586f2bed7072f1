"""Targets out of indicator tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from yinian.engines.plantext.cellwords import a_figure
from yinian.engines.plantext.columns import cell_span, column_kind, year_columns
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Deadline, Row, Span, Table, Target
from yinian.engines.plantext.numbers import NUMBER_START, number_at, tidy
from yinian.engines.plantext.times import five_year_plan

_DONE = re.compile(r"完成情况|完成[值数量]|上年|实际|现状|基期|基准|基数|数据|底完成|末完成|20\d\d年?(?:底|末)?值?$")
_GROUPS = re.compile(r"类[型别]|分类|维度|领域|一级")
"""The head of a column that gathers indicators under one name."""
_COUNTED = re.compile(r"目标|任务|数量|规模|指标|计划|合计|\([^()]{1,10}\)$|数$")
"""The head of a column that says how much of it is to be done."""
_GROWTH = re.compile(r"增[幅速长减]|同比|环比|占.{0,4}分值|权重|得分")
"""The head of a column that says how much more it is than before, or what it weighs."""
_TOLD = re.compile(r"完成情况|完成值|实现情况")
"""A table that tells what has come of the plan before."""
_AIMED = re.compile(r"目标|规划|指标值|计划")
_UNIT_NOTE = re.compile(r"\(([^()]{1,10})\)?$")
_SCALES = {"万": 10_000, "亿": 100_000_000}


@dataclass(frozen=True, slots=True)
class _Aims:
    """Where a table says what is to be reached: the columns of figures, and where their names and units stand."""

    columns: tuple[int, ...]
    name: int | None
    """The column that names each row's indicator; None where the heads of the columns of figures do."""
    unit: int | None = None
    bare: bool = False
    """Whether only cells that hold nothing but a figure count: others say what is to be done."""


def table_targets(
    document: Document, tables: Sequence[Table], period: tuple[int, int] | None, since: int | None, after: int
) -> list[Target]:
    """The targets that tables set, one for each row and target column; none for years before `since`."""
    targets: list[Target] = []
    for table in tables:
        aims = None if any(_TOLD.search(words) for words in (table.title, *table.columns)) else _where(table, since)
        for row in table.rows if aims is not None else ():
            if row.kind != "data" or aims is None:
                continue
            for column in aims.columns:
                if aims.bare and not _bare(document, row, column):
                    continue
                named = cell_span(row, aims.name) if aims.name is not None else cell_span(table.rows[0], column)
                if named is None:
                    continue
                identity = f"G{after + len(targets) + 1}"
                made = _target(document, table, row, named, aims.unit, column, period, identity)
                if made is not None:
                    targets.append(made)
    return targets


def _where(table: Table, since: int | None) -> _Aims | None:
    """Where a table states its aims; None where it states none."""
    heads, kinds = table.columns, table.kinds
    unit = next((at for at, kind in enumerate(kinds) if kind == "measure"), None)
    words = [at for at, kind in enumerate(kinds) if kind in ("text", "name")]
    yearly = year_columns(heads) if table.kind == "tasks" else []
    years = [column for column, year in yearly if since is None or year >= since]
    if years:
        first = min(column for column, _ in yearly)
        name = next((at for at in words if at != first), None)
        return None if name is None else _Aims(tuple(years), name, unit, bare=True)
    if table.kind == "indicators":
        aims = tuple(
            at
            for at, head in enumerate(heads)
            if (_aims(head, kinds[at], heads) or _steps(head, heads)) and not _over(head, since)
        )
        name = next((at for at, head in enumerate(heads) if re.search(r"二级指标", head)), None)
        if name is None:
            named = [at for at in words if "指标" in heads[at]]
            name = next((at for at in named if not _GROUPS.search(heads[at])), named[0] if named else None)
        return None if name is None else _Aims(aims, name, unit)
    figures = [
        at
        for at, kind in enumerate(kinds)
        if kind == "value" and not _DONE.search(heads[at]) and not _over(heads[at], since)
    ]
    if table.kind == "tasks":
        name = next((at for at in words if kinds[at] == "text"), None)
        counted = [at for at in figures if unit is not None or _COUNTED.search(heads[at])]
        return _Aims(tuple(counted), name, unit, bare=True) if counted and name is not None else None
    if unit is not None and words:
        return _Aims(tuple(figures), words[-1], unit, bare=True) if figures else None
    shares = [at for at, kind in enumerate(kinds) if kind == "percent" and _COUNTED.search(heads[at])]
    measured = tuple(
        at for at in sorted([*figures, *shares]) if _UNIT_NOTE.search(heads[at]) and not _GROWTH.search(heads[at])
    )
    return _Aims(measured, None, bare=True) if table.kind == "other" and measured and words[:1] == [0] else None


def _bare(document: Document, row: Row, column: int) -> bool:
    """Whether a cell of a year holds nothing but a figure."""
    span = cell_span(row, column)
    words = "" if span is None else document.folded[span.start : span.end]
    return a_figure(words) and not re.search(r"[一-鿿]{2}", words)


def _aims(column: str, kind: str, columns: Sequence[str]) -> bool:
    if kind != "value" and column_kind(column) != "value":
        return False
    if _AIMED.search(column):
        return True
    years = [int(year) for one in columns for year in re.findall(r"20\d\d", one)]
    own = [int(year) for year in re.findall(r"20\d\d", column)]
    return (
        bool(own)
        and not _DONE.search(column.replace(str(own[0]) + "年", "年度"))
        and own[0] == max(years)
        and len(set(years)) > 1
    )


def _steps(column: str, columns: Sequence[str]) -> bool:
    """Whether a column is one of three years or more in which an indicator is to rise; the first is its base."""
    years = [int(match[1]) for one in columns if (match := re.fullmatch(r"(20\d\d)年", one))]
    own = re.fullmatch(r"(20\d\d)年", column)
    based = any(_DONE.search(one) for one in columns if not re.fullmatch(r"20\d\d年", one))
    return own is not None and len(years) > 2 and (based or int(own[1]) > min(years))


def _over(column: str, since: int | None) -> bool:
    years = [int(year) for year in re.findall(r"20\d\d", column)]
    return since is not None and bool(years) and max(years) < since


def _target(
    document: Document,
    table: Table,
    row: Row,
    named: Span,
    unit: int | None,
    column: int,
    period: tuple[int, int] | None,
    identity: str,
) -> Target | None:
    text = document.folded
    valued = cell_span(row, column)
    if valued is None:
        return None
    label = re.compile(r"\d{1,2}\s?[.、]\s?(?=\D)").match(text, named.start, named.end)
    if label is not None:
        named = Span(label.end(), named.end)
    match = NUMBER_START.search(text, valued.start, valued.end)
    if not match or not text[match.start()].isdigit():
        return None
    number = number_at(text, match.start(), valued.end)
    if number is None:
        return None
    words = text[valued.start : valued.end]
    measure = _measure(document, row, named, unit, number.percent, text[number.end : valued.end])
    note = _UNIT_NOTE.search(table.columns[column])
    if not measure and note:
        measure = re.sub(r"\s", "", note[1])
    if not measure and table.kind != "indicators":
        return None
    factor = 1
    if measure and measure[0] in _SCALES and len(measure) > 1:
        factor = _SCALES[measure[0]]
        measure = measure[1:]
    sign = re.match(r"\s?(?:(≥|>=|不低于|不少于|达到|至少)|(≤|<=|不超过|不高于)|(>|超过|高于)|(<|低于|少于))", words)
    comparator = "="
    if sign:
        comparator = ">=" if sign[1] else "<=" if sign[2] else ">" if sign[3] else "<"
    elif "以上" in words or measure in ("%", "‰"):
        comparator = ">="
    year = re.search(r"20\d\d", table.columns[column]) or re.search(
        r"20\d\d(?=[^\d]{0,12}目标)", " ".join(table.columns)
    )
    plan = re.search(r"十[一二三四五六七八九](?=五)", table.columns[column])
    last = int(year[0]) if year else (five_year_plan(plan[0]) or (0, 0))[1] if plan else period[1] if period else 0
    deadline = Deadline(table.columns[column], None, None, "by", f"{last}-12-31", precision="year") if last else None
    label_end = named.end
    note = _UNIT_NOTE.search(text[named.start : named.end])
    if note:
        label_end = named.start + note.start()
    first, last_place = min(named.start, valued.start), max(named.end, valued.end)
    return Target(
        id=identity,
        start=first,
        end=last_place,
        indicator=document.raw[named.start : label_end],
        indicator_start=named.start,
        indicator_end=label_end,
        value_start=valued.start,
        value_end=valued.end,
        comparator=comparator,
        value=tidy(number.low * factor),
        value_max=tidy(number.high * factor) if number.is_range else None,
        unit=measure,
        kind="table",
        deadline=deadline,
        per=None,
        implicit=False,
        approx=False,
        outline_id=None,
    )


def _measure(document: Document, row: Row, named: Span, unit: int | None, percent: bool, after: str) -> str:
    """The unit of a value: behind it, in its own column, or in brackets behind the indicator's name."""
    text = document.folded
    if percent and re.match(r"\s?(?:及?以[上下内]|左右|$)", after):
        return "%"
    own = re.match(r"\s?(%|‰|[一-鿿]{1,4}?)(?:以上|以下|左右|$)", after)
    if percent or own:
        return "%" if percent and not own else (own[1] if own else "%")
    if unit is not None:
        span = cell_span(row, unit)
        if span is not None:
            return re.sub(r"\s", "", text[span.start : span.end])
    note = _UNIT_NOTE.search(text[named.start : named.end])
    return re.sub(r"\s", "", note[1]) if note else ""
