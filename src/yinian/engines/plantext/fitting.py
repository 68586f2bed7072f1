"""Which column a cell of a flattened table belongs to: what each column can hold, and the cheapest way to fit a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from yinian.engines.plantext import organs
from yinian.engines.plantext.columns import NUMERIC, PERCENT, Kind, column_kind, works
from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.model import Span

Fit = Kind | Literal["group", "measure", "quality"]
"""What a column holds; a group's cell goes on over several rows, a measure is a unit, a quality 预期性 or 约束性."""

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
DUE_CELL = re.compile(
    r"^(?:20\d\d年)?\d{1,2}月|^20\d\d(?:[年./-]|$)|^(?:年底|年内|全年|长期|持续|常态|常年|立行|每[年季月周]|[上下]半年)"
    r"|^第?[一二三四]季度"
)
"""What opens a cell that says by when."""
_TELLS = re.compile(r"目前|正在|已(?:完成|累计|建成|启动|全部|开展)")
"""What opens a cell that tells how far the work is: it goes on with no cell that says what is to be done."""
_MEASURE = re.compile(r"^(?:[%‰]|[/·平立方公里亩]{1,3}米?|[万亿]?[一-鿿]{1,3}(?:/[一-鿿]{1,4})?|—|-{1,3})$")
_GROUPING = re.compile(r"类别|类型|领域|分类|板块|方面|一级|任务|事项|工作|行动|工程|目标")
_QUALITY = re.compile(r"^(?:预期|约束|指导|引导|激励|参考)[性型值]$")


def fits(columns: Sequence[str]) -> list[Fit]:
    """What each column of a table holds. Of several columns of words the last says it, those before are groups."""
    made: list[Fit] = []
    for column in columns:
        bare = re.sub(r"\s", "", column)
        if re.fullmatch(r"(?:指标|计量)?单位", bare):
            made.append("measure")
        elif re.search(r"属性$", bare):
            made.append("quality")
        elif works(bare) and any(column_kind(one) == "unit" for one in columns):
            made.append("text")
        else:
            made.append(column_kind(column))
    worded = [index for index, kind in enumerate(made) if kind in ("name", "text")]
    for index, after in pairwise(worded):
        if after == index + 1 and _GROUPING.search(columns[index]):
            made[index] = "group"
    return made


def assigned(text: str, cells: Sequence[Span], kinds: Sequence[Fit]) -> list[int]:
    """The column of every cell of a row, so that the values fit the columns best. A cell may take several lines."""
    count, width = len(cells), len(kinds)
    between, after = _leaving_out(kinds, count < width)
    best = [[float("inf")] * width for _ in range(count)]
    came: list[list[int]] = [[0] * width for _ in range(count)]
    for row, cell in enumerate(cells):
        words = text[cell.start : cell.end]
        for column in range(width):
            here = misfit(words, kinds[column])
            if row == 0:
                best[row][column] = here + sum(between[kinds[one]] for one in range(column))
                continue
            options = [(best[row - 1][column] + _repeated(kinds[column], words), column)]
            for earlier in range(column):
                skipped = sum(between[kinds[one]] for one in range(earlier + 1, column))
                options.append((best[row - 1][earlier] + skipped, earlier))
            cost, origin = min(options)
            best[row][column] = cost + here
            came[row][column] = origin
    last = min(
        range(width),
        key=lambda column: best[count - 1][column] + sum(after[kinds[rest]] for rest in range(column + 1, width)),
    )
    columns = [0] * count
    for row in range(count - 1, -1, -1):
        columns[row] = last
        last = came[row][last]
    return columns


def _leaving_out(kinds: Sequence[Fit], short: bool) -> tuple[dict[Fit, float], dict[Fit, float]]:
    """What it costs to leave a column empty between two cells, and behind the last one."""
    between: dict[Fit, float] = {}
    after: dict[Fit, float] = {}
    for kind in kinds:
        idle, lost = kind in ("note", "percent"), short and kind in ("unit", "time", "group")
        between[kind] = 0.5 if idle else 0.6 if lost else 2.0
        after[kind] = 0.2 if idle else 0.6 if lost else 1.5
    return between, after


def misfit(words: str, kind: Fit) -> float:
    """How ill a cell fits a column."""
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
    if kind == "measure":
        return 0.0 if _MEASURE.match(bare) else 0.6 if not bare else 3.0
    if kind == "quality":
        return 0.0 if _QUALITY.match(bare) else 0.6 if not bare else 2.0
    if kind == "unit":
        if DUE_CELL.match(bare):
            return 3.0
        return 0.0 if organs.office(bare) else 1.0 if not bare else (0.9 if len(bare) <= 20 else 2.5)
    if kind == "value":
        if _QUALITY.match(bare):
            return 2.0
        return 0.0 if VALUE.match(bare) and len(bare) <= 24 else 0.5 if not bare else (0.5 if len(bare) <= 40 else 2.0)
    if kind == "note":
        return 0.0 if not bare else 0.5
    if kind == "time":
        timed = re.search(r"年|月|长期|持续|季度|每周|\d日", bare) and len(bare) <= 20
        return 0.0 if timed else 0.8 if not bare else 1.5
    return _misfit_of_words(bare, kind)


def _misfit_of_words(bare: str, kind: Fit) -> float:
    if not bare:
        return 1.2
    if NATURE.match(bare) or bare in ("%", "‰"):
        return 2.0
    if kind == "group":
        return 3.0 if NUMERIC.match(bare) else 0.0 if len(bare) <= 16 and "。" not in bare else 1.2
    if kind == "name":
        return 3.0 if NUMERIC.match(bare) else (0.0 if len(bare) <= 40 else 0.8)
    if organs.strictly_office(bare):
        return 0.9
    return 1.5 if NUMERIC.match(bare) or YEAR.match(bare) else 0.0


def _repeated(kind: Fit, words: str) -> float:
    """What it costs that a further line goes into the same column."""
    if kind == "text":
        return 3.0 if _TELLS.match(words) else 0.3
    if kind in ("unit", "nature"):
        return 0.4
    if kind in ("note", "name", "value", "group"):
        return 0.9
    return 6.0
