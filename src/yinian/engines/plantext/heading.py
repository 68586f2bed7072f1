"""The head of a table: which short lines are one, and how its words are shared out among the columns below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from yinian.engines.plantext.cellwords import a_measure, sort_of
from yinian.engines.plantext.columns import GROUP, TOTAL, head_like
from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.roles import agreement

_LONGEST = 16
_YEARS = re.compile(r"20\d\d")
_ENDS_AS_HEAD = re.compile(
    r"^[一-鿿“”\d()、/及和与%‰]{0,12}"
    + any_of(
        r"""单位 部门 科室 处室 股室 站所 主体 领导 责任人 负责人 联系人 时间 时限 期限 节点 安排 进度 计划 日期 内容
        任务 举措 措施 目标 名称 事项 项目 要求 成果 成效 材料 标准 对象 方式 类型 类别 种类 备注 说明 情况 金额 资金
        经费 数量 数 指标 值 属性 性质 地点 规模 来源 用途 序号 编号 工作 职责 分工 领域 方面 方向 环节 阶段 维度
        板块 月份 活动 步骤 问题 表现 清单 依据 形式 频次 人数 周期 电话 县区 区县 县\(市\) 县\(市、区\) 地市 市州
        乡镇 街道 镇街 村 地区 区域 年 年度 标志 类 量 费 层级 程度 效果 效益 合计 小计 总计"""
    )
    + r"(?:\([^()]{1,12}\))?$"
)


def may_head(words: str) -> bool:
    """Whether a line may be the head of a column: known as one, or ending as heads do."""
    bare = re.sub(r"\s", "", words)
    if not bare or len(bare) > _LONGEST or GROUP.match(bare) or TOTAL.match(bare):
        return False
    if re.search(r"[。;,]|(?<!其中):", bare):
        return False
    if sort_of(bare) == "time" and not re.fullmatch(r"20\d\d年?", bare):
        return bool(re.fullmatch(r"第?[一二三四1-4]季度|[上下]半年", bare))
    measured = re.fullmatch(r"[一-鿿“”、]{2,12}\(([^()]{1,8})\)", bare)
    if measured and a_measure(measured[1]):
        return True
    return head_like(bare) or bare.startswith("其中:") or bool(_ENDS_AS_HEAD.match(bare))


def may_stand_among(words: str) -> bool:
    """Whether a line may be the head of a column among others that surely are: short, and no value itself."""
    bare = re.sub(r"\s", "", words)
    plain = re.fullmatch(r"(?!\d{1,2}[.、])[一-鿿“”\d()、/%‰·.]{2,12}", bare)
    if not plain or GROUP.match(bare) or TOTAL.match(bare) or re.search(r"[^代]表$|台账$|通知$|^附件", bare):
        return False
    return sort_of(bare) not in ("unit", "figure", "number", "time")


def shared_out(
    lines: Sequence[str], width: int, columns: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], float] | None:
    """The lines of a head as one for each column, in the way that suits best what the columns hold.

    A head may be torn over lines, or have a second row whose heads stand under one of the first. None where the lines
    are too few. The second of what is returned is what it costs to read the lines so.
    """
    best: tuple[float, tuple[str, ...], float] | None = None
    for order, penalty in _orders(list(lines), width):
        found = _partition(order, width, columns)
        if found is not None and (best is None or found[0] - penalty > best[0]):
            best = (found[0] - penalty, found[1], max(penalty, 0.0) + 0.3 * (len(order) - width))
    return (best[1], best[2]) if best else None


def _orders(lines: list[str], width: int) -> Iterator[tuple[list[str], float]]:
    """The lines as they stand, and as they are with the last ones under one or two of those before, nearest first."""
    yield lines, 0.0
    for split in range(2, len(lines) - 1):
        upper, lower = lines[:split], lines[split:]
        known = 0.4 * sum(map(head_like, lower))  # whole heads below others, though the two together are none
        if len(upper) - 1 + len(lower) < width:
            continue
        for at in reversed(range(1, len(upper))):
            if not (head_like(upper[at]) or may_head(upper[at])):
                continue
            yield upper[:at] + [upper[at] + word for word in lower] + upper[at + 1 :], 0.4 - known
        if len(lower) % 2 or len(lower) < 4:
            continue
        half = len(lower) // 2
        for at in reversed(range(1, len(upper) - 1)):
            for other in reversed(range(at + 1, len(upper))):
                first = [upper[at] + word for word in lower[:half]]
                second = [upper[other] + word for word in lower[half:]]
                yield upper[:at] + first + upper[at + 1 : other] + second + upper[other + 1 :], 0.6 - known


def _partition(
    lines: Sequence[str], width: int, columns: Sequence[Sequence[str]]
) -> tuple[float, tuple[str, ...]] | None:
    """Neighbouring lines joined to as many heads as there are columns."""
    count = len(lines)
    if count < width:
        return None
    most = min(4, count - width + 1)
    low = float("-inf")
    best = [[low] * (width + 1) for _ in range(count + 1)]
    taken = [[0] * (width + 1) for _ in range(count + 1)]
    best[0][0] = 0.0
    for made in range(1, width + 1):
        for stop in range(made, count + 1):
            for size in range(1, min(most, stop) + 1):
                before = best[stop - size][made - 1]
                if before == low:
                    continue
                word = "".join(lines[stop - size : stop])
                gain = before + agreement(word, columns[made - 1] if made <= len(columns) else ()) - 0.3 * (size - 1)
                if len(set(_YEARS.findall(word))) > 1:
                    gain -= 1.5
                whole = size > 1 and all(map(head_like, lines[stop - size : stop]))
                if whole and (len(word) > _LONGEST or not head_like(word)):
                    gain -= 0.7 * (size - 1)  # whole heads, and no pieces of one
                if size > 1 and head_like(word) and not head_like(lines[stop - size]):
                    gain += 0.5
                if gain > best[stop][made]:
                    best[stop][made], taken[stop][made] = gain, size
    if best[count][width] == low:
        return None
    heads: list[str] = []
    stop = count
    for made in range(width, 0, -1):
        size = taken[stop][made]
        heads.append("".join(lines[stop - size : stop]))
        stop -= size
    return best[count][width], tuple(reversed(heads))
