"""Columns of tables: what the words of a head are, what a column holds, what a row says beside its data."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Row, Span

Kind = Literal[
    "number", "year", "amount", "percent", "nature", "unit", "name", "text", "note", "value", "time", "measure",
    "quality", "office", "open"
]
"""What a column holds. An office is one within a unit, open one of which nothing is known yet."""

HEAD_WORD = re.compile(
    "^"
    + any_of(
        r"""(?:项目|任务|事项)?(?:序号|编号)
        类别 类型 分类 领域 属性 性质 备注 说明 名称 内容 地区 县区 区县 数量 金额 合计
        成果形式 责任人
        (?:主要|核心|具体|发展|[一二三]级|考核|监测|评价)?指标(?:名称|内容|类[别型]|分类|维度|属性|值|体系)?
        (?:指标|计量)?单位
        (?:主要|具体|重点|工作|改革|实施|推进|行动|整改|服务)(?:内容|目标|要求|成果|清单|项目|标准)
        (?:民生)?实事(?:项目|名称|内容)? (?:年度|工作|阶段|建设|预期|总体)目标(?:任务|要求)? 进展要求
        (?:工作|实施|推进|整治)?(?:阶段|步骤) (?:工作|活动|起止|培训)?时间(?:段|安排)?
        (?:活动|培训|会议|整改|督查)(?:内容|名称|主题|地点|时间|任务|事项)
        (?:第?[一二三四]季度|[上下]半年|\d{1,2}月份?)(?:进度|目标|计划|安排|任务)?
        (?:改革|重点|工作|服务|主要)领域
        [一二三]级(?:任务|目标|事项|项目|工作) (?:工作|整治|服务|关键|重点)?环节 层级 批次 区域 责任主体
        板块 方面 责任领导 分管领导 牵头领导 联系人 完成标志
        (?:重点|主要|工作|具体|目标|改革|推进|整改)?(?:任务|事项|举措|措施|工作|职责|职责任务)(?:名称|内容|职责|分解|分工|清单|举措|事项|措施|要求|任务|目标)?
        (?:责任|牵头|配合|参[与加]|协[同助作]|支持|指导|监督|主[办责管]|协办|实施|建设|承[办担]|负责|落实|组织)(?:单位|部门|主体|科室|处室|股室)(?:及责任人)?
        负责人 进展(?:情况)? (?:工作|任务)?进展(?:情况)?
        (?:计划|预计|拟)?(?:完成|时间|推进|进度|实施|办结)?(?:时限|时间|节点|安排|期限|进度)(?:要求|安排|节点)?
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
NUMERIC = re.compile(r"^[≥≤<>]?\s?[\d,]+(?:\.\d+)?$")
PERCENT = re.compile(r"^[≥≤<>]?\s?\d+(?:\.\d+)?\s?[%‰]?$")
GROUP = re.compile(r"^(?:[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,3}\))\s?\S")
TOTAL = re.compile(r"^(?:总\s?计|合\s?计|小\s?计|总\s?和|共\s?计)")


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
    if re.search(r"备注|说明|^(?:工作|任务)?进展|负责人|联系人|(?:科室|处室|股室)(?!.*(?:单位|部门))", bare):
        return "note"
    if re.search(r"性质$|建设性质", bare):
        return "nature"
    if re.search(r"时限|时间|进度|期限|节点", bare):
        return "time"
    if re.search(
        r"(?:责任|牵头|配合|参[与加]|协[同助作]|支持|指导|监督|主[办责管]|协办|实施|承[办担]|负责|落实|组织)[^责牵配]{0,5}(?:单位|部门|主体)|建设主体|业主|建设单位|项目单位",
        bare,
    ):
        return "unit"
    if re.search(r"目标|现状|基期|基准|20\d\d|完成值|完成情况|指标值|数据|省指标|市指标", bare):
        return "value"
    if re.search(r"内容|规模|任务|举措|措施|事项|工作|要求|职责", bare):
        return "text"
    return "name"


def head_like(words: str) -> bool:
    """Whether a cell reads as the head of a column."""
    return bool(HEAD_WORD.match(re.sub(r"\s", "", words)))


def heads_line(words: Sequence[str]) -> bool:
    """Whether the words of a line are the heads of a table, all of them known, or one in two behind 序号."""
    known = sum(map(head_like, words))
    return len(words) > 2 and (known == len(words) or (words[0] in ("序号", "编号") and known * 2 >= len(words)))


def works(head: str) -> bool:
    """Whether a column says what is to be reached, and so what is to be done (年度目标, 工作目标)."""
    named = r"(?:20\d\d年?度?|年度|工作|主要|阶段|建设|具体|预期|任务)?目标(?:任务|要求|内容)?(?:\(.*\))?"
    return bool(re.fullmatch(named, head))


def table_kind(columns: Sequence[str]) -> Literal["indicators", "projects", "tasks", "other"]:
    joined = " ".join(columns)
    kinds = [column_kind(column) for column in columns]
    if "amount" in kinds and re.search(r"项目", joined):
        return "projects"
    if re.search(r"指标", joined) and "value" in kinds:
        return "indicators"
    if "unit" in kinds and any(kind == "text" or works(column) for kind, column in zip(kinds, columns, strict=True)):
        return "tasks"
    return "other"


def kind_of_table(columns: Sequence[str], kinds: Sequence[Kind]) -> Literal["indicators", "projects", "tasks", "other"]:
    """What a table is for, by what its columns were found to hold."""
    named = table_kind(columns)
    if named != "other":
        return named
    joined = " ".join(columns)
    if "指标" in joined and "value" in kinds:
        return "indicators"
    if "text" in kinds and ("unit" in kinds or "time" in kinds):
        return "tasks"
    return "tasks" if "text" in kinds and "value" in kinds else "other"


FORM_LINE = re.compile(r"^\(?(?:金额|计量)?单位\s?:|^(?:填[报表]|制表|报送)(?:单位|日期|部门|人)?\s?:")
"""The line between the title of a table and its head."""


def title_above(document: Document, start: int) -> str:
    """The short line above a table, past one that gives the unit of its figures or who filled it in."""
    index = bisect_right(document.line_starts, start - 1) - 1
    if index > 0 and FORM_LINE.match(document.words(document.lines[index])):
        index -= 1
    if index < 0:
        return ""
    words = document.words(document.lines[index])
    return (
        document.raw[document.lines[index].start : document.lines[index].end]
        if len(words) <= 60 and "。" not in words
        else ""
    )


def inside(position: int, known: Sequence[Span]) -> bool:
    return any(span.start <= position < span.end for span in known)


_OF_YEAR = re.compile(
    r"(20\d\d)年?度?(?:底前?|末)?(?:工作|阶段|重点|建设|推进|实施)?(?:目标|任务|内容|计划|安排|措施|进度){0,2}(?:\([^()]*\))?"
)
"""The head of a column that shares work out to a year."""


def year_columns(columns: Sequence[str]) -> list[tuple[int, int]]:
    """The columns that say what each year is to bring, with their years; there are two of them at least."""
    found = [(column, _OF_YEAR.fullmatch(re.sub(r"\s", "", head))) for column, head in enumerate(columns)]
    years = [(column, int(match[1])) for column, match in found if match]
    return years if len(years) > 1 else []


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
