"""Quantities in a sentence: a number, its unit, the words that compare it, and the clause that it stands in."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yinian.engines.plantext.chars import Brackets
from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.numbers import NUMBER_START, Number, number_at

_COUNTS = any_of(
    """个百分点 人次 人份 场次 例次 平方公里 平方千米 平方米 立方米 平米 ㎡ m2 公里 千米 公顷 小时 分钟 学时 课时
    千瓦时 千瓦 兆瓦 个工作日 工作日
    个月 个 家 所 张 名 人 位 户 支 项 处 座 栋 套 件 次 场 天 日 亩 台 辆 部 条 种 类 期 门 吨
    倍 例 只 组 对 艘 架 间 床 本 份 篇 款 节 米 岁 周岁 度 年 月 级 星 分 点 株 头 口 盏 根 块 片 轮 层 宗 起
    批次 批 村 县 镇 乡 社区 客 餐 席 桌 副 幢 枚 盒 剂 所次 家次 户次"""
)
UNIT = re.compile(rf"%|‰|人\(次\)|{_COUNTS}")
_YUAN = re.compile(r"元(?!/)")
NEVER = {"岁", "周岁", "年", "月", "级", "层", "星", "点", "度", "批", "节", "对", "分", "轮", "起"}
"""Units of ages, dates, grades and turns of phrase: never a target by themselves."""
PERCENT = ("%", "‰", "个百分点")
AREAS = ("平方米", "平米", "㎡", "m2", "亩", "公顷")
MEASURES = {"平方米", "平米", "㎡", "m2", "天", "日", "小时", "分钟", "学时", "课时", "米", "公里", "千米", "张床位"}

_AT_LEAST = any_of(
    """不低于 不得低于 不[能应宜可][低少]于 不少于 不得少于 不小于 不得小于 不短于 至少(?!要) 最少
    最低(?!工资|生活|限度|标准|收费|价) 达到 (?<![下传表送抵])达 提高到 提高至 提升到
    提升至 增加到 增加至 增长到 增长至 上升到 升至 增至 扩大到 扩大至 发展到 稳定在 保持在 保持 维持在 ≥ >=
    力争达到 不低 总数达到?"""
)
_MORE = r"超过|突破|高于|大于|多于|超|>"
_AT_MOST = any_of(
    """不超过 不得超过 不[能应宜可](?:超过?|[高大多]于)
    不高于 不得高于 不大于 不多于 不得多于 最多 最高 至多 控制在 下降到 下降至 降低到 降低至 降到
    降至 压减到 压减至 ≤ <="""
)
_LESS = r"低于|少于|小于|<"
PREFIX = re.compile(rf"(?P<at_most>{_AT_MOST})|(?P<at_least>{_AT_LEAST})|(?P<more>{_MORE})|(?P<less>{_LESS})")
_VERB_GAP = (
    any_of(
        """布局 布设 引入 聘请 选聘 招募 购置 增设 增加 新设 开通 创办 走访 服务
        选派 选取 确定 遴选 认定 推出 形成 实现 储备 改建 扩建 开设 设有 打造 派驻 签约
        建有 建成 建立 建设 新建 打造 组建 设立 设置 配备 配置 拥有 有 开展 组织 举办 培育 培训 培养 完成 创建
        新增 改造 安排 引进 落实 发展 达到 达 为 要 一次性 集中 具备 提供 保留 参加 接受 在 的"""
    )
    + "?"
)
_BEFORE = re.compile(rf"(?:{_AT_MOST}|{_AT_LEAST}|{_MORE}|{_LESS}){_VERB_GAP}\s?$")
SUFFIX = re.compile(
    r" ?(?P<at_least>(?:及|或|\(含\))?以上|余|多(?=[^元样种形层]))| ?(?P<at_most>(?:及|或)?以[内下])"
    r"| ?(?P<about>左右|上下)"
)
_APART = re.compile(rf"(?:{_AT_MOST}|{_AT_LEAST}|{_MORE}|{_LESS})[^,。;:\d]{{1,32}}的\s?$")
"""A comparing word with the whole named before the share: 不低于全市总人口的1.5‰."""
_BY_YEAR = re.compile(
    r"(?:(?P<rises>提高|提升|增加|增长|上升|扩大)|(?P<falls>下降|降低|减少|压减))"
    r"(?:[到至]20\d\d年(?:年?[底末])?的|[^,。;:\d到至、]{2,24}[到至])\s?$"
)
"""A level with its year before it, or with what changes: 提升到2025年的32%, 提高覆盖率至75%."""
_CIRCA = re.compile(r"(?:约|大约|近|预计)\s?$")


_LONGEST_CLAUSE = 300
_LONGEST_NAME = 30
"""Quotation marks around more than so many characters hold a statement, not a name."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit. start..end takes in the comparing words before and after it."""

    start: int
    end: int
    number_start: int
    number: Number
    unit: str
    comparator: str
    compared: bool
    """Whether a word compares it; a bare count stands for exactly that many, a bare percentage for at least that."""
    approx: bool
    clause_start: int
    clause_end: int


def find_quantities(
    folded: str, brackets: Brackets, start: int, end: int, times: Sequence[tuple[int, int]]
) -> Iterator[Quantity]:
    """The quantities of a sentence that are no part of a time, a name or a longer number."""
    position = start
    while True:
        match = NUMBER_START.search(folded, position, end)
        if not match:
            return
        begin = match.start()
        position = begin + 1
        index = bisect_right(times, (begin, end)) - 1
        if index >= 0 and times[index][1] > begin:
            position = times[index][1]
            continue
        number = number_at(folded, begin, end)
        if number is None:
            continue
        position = number.end
        if (
            begin > start
            and re.match(r"[\dA-Za-z.+/〔第-]", folded[begin - 1])
            and not (folded[begin - 1] in "-" and not number.han)
        ):
            continue
        if _named(brackets, begin):
            continue
        found = _quantity(folded, brackets, number, start, end)
        if found is not None:
            position = max(position, found.end)
            yield found


def _named(brackets: Brackets, position: int) -> bool:
    """Whether a place lies in a name: inside quotation marks, unless they hold whole clauses."""
    if not brackets.quoted(position):
        return False
    around = brackets.around(position)
    return around is None or around[2] in "《〈<" or around[1] - around[0] < _LONGEST_NAME


def _quantity(folded: str, brackets: Brackets, number: Number, start: int, end: int) -> Quantity | None:
    after = number.end
    unit = ""
    if number.percent:
        unit = "%" if number.han else folded[after - 1] if folded[after - 1] in "%‰" else ""
    more = number.more
    suffix = SUFFIX.match(folded, after, end)
    if suffix and suffix.lastgroup == "at_least" and suffix["at_least"] in ("余", "多"):
        more = True
        after = suffix.end()
    if not unit:
        while after < end and folded[after] == " ":
            after += 1
        found = UNIT.match(folded, after, end) or _YUAN.match(folded, after, end)
        if not found:
            counted = _unit_of_count(folded, start, number, after, end)
            if counted is None:
                return None
            unit = counted
        else:
            unit = found[0].replace("人(次)", "人次")
            after = found.end()
    if unit == "人" and folded[after : after + 1] in "均民口员才大事类力格":
        return None
    if unit == "个" and folded[after : after + 2] == "人" and re.match(r"[^,。]?[收所]", folded[after + 1 : after + 3]):
        return None
    comparator, compared, approx = "=", False, more or number.is_range
    value_end = after
    suffix = SUFFIX.match(folded, after, end)
    if suffix:
        value_end = suffix.end()
        compared = True
        comparator = {"at_least": ">=", "at_most": "<=", "about": "="}[suffix.lastgroup or ""]
        approx = approx or suffix.lastgroup == "about"
    value_start = number.start
    window = folded[max(start, number.start - 14) : number.start]
    prefix = _BEFORE.search(window)
    if not prefix and unit in ("%", "‰"):
        window = folded[max(start, number.start - 44) : number.start]
        prefix = _APART.search(window)
    if prefix:
        value_start = number.start - len(window) + prefix.start()
        word = PREFIX.search(folded, value_start, number.start)
        kind = word.lastgroup if word else "at_least"
        mapped = {"at_least": ">=", "more": ">", "at_most": "<=", "less": "<"}[kind or "at_least"]
        if not (compared and mapped == ">=" and comparator == "<="):
            comparator = comparator if (compared and kind == "at_least" and comparator != "=") else mapped
        compared = True
    elif more:
        comparator, compared = ">=", True
    elif by_year := _BY_YEAR.search(folded[max(start, number.start - 32) : number.start]):
        comparator, compared = ">=" if by_year["rises"] else "<=", True
    if not compared and unit in PERCENT:
        comparator = ">="
    approx = approx or bool(_CIRCA.search(window))
    clause_start, clause_end = clause(folded, brackets, number.start, start, end)
    return Quantity(
        value_start, value_end, number.start, number, unit, comparator, compared, approx, clause_start, clause_end
    )


def _unit_of_count(folded: str, start: int, number: Number, after: int, end: int) -> str | None:
    """The unit of a figure without one that its indicator names: 新增就业人数24万以上 counts people."""
    if number.han or (not SUFFIX.match(folded, after, end) and folded[after : after + 1] not in (",", ";", "", "、")):
        return None
    before = re.sub(
        rf"(?:{_AT_LEAST}|{_MORE}|{_AT_MOST}|{_LESS})$", "", folded[max(start, number.start - 24) : number.start]
    )
    if before.endswith(("人数", "人口")):
        measures = re.match(r"以上的?[^,。;]{0,4}(?:城市|县城|[县市区乡镇村])", folded[after : after + 12])
        return None if measures else "人"
    return "户" if before.endswith("户数") else None


def clause(folded: str, brackets: Brackets, position: int, start: int, end: int) -> tuple[int, int]:
    """The clause around a place: between , ; : outside brackets, or inside the same brackets."""
    around = brackets.around(position)
    low, high = (around[0] + 1, around[1]) if around else (start, end)
    low, high = max(low, start, position - _LONGEST_CLAUSE), min(high, end, position + _LONGEST_CLAUSE)
    first = position
    while first > low and not (
        folded[first - 1] in ",;:。" and (around is not None or brackets.around(first - 1) is None)
    ):
        first -= 1
    last = position
    while last < high and not (folded[last] in ",;:。" and (around is not None or brackets.around(last) is None)):
        last += 1
    return first, last
