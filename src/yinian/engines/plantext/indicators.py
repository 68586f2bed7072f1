"""Targets out of indicator tables."""

from __future__ import annotations

import re
from collections.abc import Sequence

from yinian.engines.plantext.columns import PERCENT, cell_span, column_kind, year_columns
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Deadline, Row, Span, Table, Target
from yinian.engines.plantext.numbers import NUMBER_START, number_at, tidy
from yinian.engines.plantext.times import five_year_plan

_DONE = re.compile(r"完成情况|完成值|实际|现状|基期|基准|基数|数据|底完成|末完成|20\d\d年?(?:底|末)?值?$")
_TOLD = re.compile(r"完成情况|完成值|实现情况")
"""A table that tells what has come of the plan before."""
_AIMED = re.compile(r"目标|规划|指标值|计划")
_UNIT_NOTE = re.compile(r"\(([^()]{1,10})\)?$")
_SCALES = {"万": 10_000, "亿": 100_000_000}


def table_targets(
    document: Document, tables: Sequence[Table], period: tuple[int, int] | None, since: int | None, after: int
) -> list[Target]:
    """The targets that indicator tables set, one for each row and target column; none for years before `since`."""
    targets: list[Target] = []
    for table in tables:
        yearly = year_columns(table.columns) if table.kind == "tasks" else []
        told = any(_TOLD.search(words) for words in (table.title, *table.columns))
        if told or (table.kind != "indicators" and not yearly):
            continue
        name = next((i for i, column in enumerate(table.columns) if re.search(r"二级指标", column)), None)
        if name is None:
            name = next(
                (i for i, column in enumerate(table.columns) if "指标" in column and column_kind(column) == "name"),
                None,
            )
        if yearly:
            name = next((i for i, column in enumerate(table.columns) if column_kind(column) in ("text", "name")), None)
        unit = next((i for i, column in enumerate(table.columns) if re.fullmatch(r"(?:指标|计量)?单位", column)), None)
        aims = [
            i
            for i, column in enumerate(table.columns)
            if (_aims(column, table.columns) or _steps(column, table.columns)) and not _over(column, since)
        ]
        aims = [column for column, year in yearly if since is None or year >= since] or aims
        if name is None:
            continue
        for row in table.rows:
            if row.kind != "data":
                continue
            for column in aims:
                if yearly and not _bare(document, row, column):
                    continue
                made = _target(document, table, row, name, unit, column, period, f"G{after + len(targets) + 1}")
                if made is not None:
                    targets.append(made)
    return targets


def _bare(document: Document, row: Row, column: int) -> bool:
    """Whether a cell of a year holds nothing but a figure."""
    span = cell_span(row, column)
    return span is not None and bool(PERCENT.match(document.folded[span.start : span.end]))


def _aims(column: str, columns: Sequence[str]) -> bool:
    if column_kind(column) != "value":
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
    return own is not None and len(years) > 2 and int(own[1]) > min(years)


def _over(column: str, since: int | None) -> bool:
    years = [int(year) for year in re.findall(r"20\d\d", column)]
    return since is not None and bool(years) and max(years) < since


def _target(
    document: Document,
    table: Table,
    row: Row,
    name: int,
    unit: int | None,
    column: int,
    period: tuple[int, int] | None,
    identity: str,
) -> Target | None:
    text = document.folded
    named, valued = cell_span(row, name), cell_span(row, column)
    if named is None or valued is None:
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
