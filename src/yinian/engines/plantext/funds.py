"""Amounts out of tables that share money out: figures in columns of money, in the unit that head or title names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from yinian.engines.plantext.columns import cell_span
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Doubt, Money, Row, Span, Table
from yinian.engines.plantext.numbers import SCALES, tidy

_YUAN = {"元": 1, **{f"{scale}元": SCALES[scale] for scale in "千万亿"}}
_UNIT = re.compile(r"[(:]\s?(?:人民币)?([亿万千]?元)")
_ABOVE = 120
"""Characters before a table in which 单位:万元 may stand."""
_BARE = re.compile(r"^\d[\d,]*(?:\.\d+)?$")
_PAID = re.compile(r"补[助贴]|奖|下达|拨付|安排|资金|经费|金额|预算|小计|其中")
"""The head of a column of money that is set aside or paid out."""
_GONE = re.compile(r"已|上年|去年|累计|结转|支出|执行|决算")


def table_money(document: Document, tables: Sequence[Table], after: int) -> tuple[list[Money], list[Doubt]]:
    """The amounts of tables that share money out, and the sums that do not add up; projects have theirs elsewhere."""
    money: list[Money] = []
    doubts: list[Doubt] = []
    for table in tables:
        if table.kind == "projects":
            continue
        for column, factor in _columns(document, table):
            found = [
                (row, span)
                for row in table.rows
                if row.kind in ("data", "total") and (span := _amount(document, row, column)) is not None
            ]
            for row, span in found:
                if row.kind == "data":
                    amount = tidy(float(_value(document, span) * factor))
                    money.append(_money(document, span, amount, table, f"M{after + len(money) + 1}"))
            doubts += _sum(document, table, column, found, factor)
    return money, doubts


def _columns(document: Document, table: Table) -> list[tuple[int, int]]:
    """The columns of money with the yuan that one of their units is."""
    made: list[tuple[int, int]] = []
    above = document.folded[max(0, table.start - _ABOVE) : table.start] + table.title
    general = _UNIT.findall(above)
    for column, head in enumerate(table.columns):
        bare = re.sub(r"\s", "", head)
        own = _UNIT.search(bare)
        unit = own[1] if own else general[-1] if general else None
        part = bool(made and general) and table.kinds[column] == "value" and not re.search(r"\([^()]+\)|%|率", bare)
        paid = table.kinds[column] == "amount" and _PAID.search(bare)
        if unit and (paid or part) and not _GONE.search(bare):
            made.append((column, _YUAN[unit]))
    return made


def _amount(document: Document, row: Row, column: int) -> Span | None:
    if row.kind == "total":
        cells = [cell for cell in row.cells if cell.end > cell.start]
        placed = next((cell for cell in cells if cell.column == column), None)
        span = None if placed is None else Span(placed.start, placed.end)
    else:
        span = cell_span(row, column)
    return span if span is not None and _BARE.match(document.folded[span.start : span.end].strip()) else None


def _value(document: Document, span: Span) -> Decimal:
    return Decimal(document.folded[span.start : span.end].strip().replace(",", ""))


def _money(document: Document, span: Span, amount: float, table: Table, identity: str) -> Money:
    return Money(identity, span.start, span.end, amount, amount, "budget", None, False, table.outline_id)


def _sum(
    document: Document, table: Table, column: int, found: Sequence[tuple[Row, Span]], factor: int
) -> list[Doubt]:
    """Whether the total of a column, where the table gives it in its place, is the sum of the rows."""
    totals = [span for row, span in found if row.kind == "total"]
    parts = [_value(document, span) for row, span in found if row.kind == "data"]
    if len(totals) != 1 or len(parts) < 2 or any(row.kind == "group" for row in table.rows):
        return []
    stated, added = _value(document, totals[0]), sum(parts, Decimal(0))
    if stated == added:
        return []
    fen = 100 * factor
    return [
        Doubt(
            "sum_differs",
            totals[0].start,
            totals[0].end,
            {
                "of": "total",
                "heading": table.columns[column],
                "field": "amount",
                "stated": int(stated * fen),
                "found": int(added * fen),
                "difference": int((added - stated) * fen),
            },
        )
    ]
