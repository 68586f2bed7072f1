"""Which times are deadlines: what makes a date a beginning, a history, a condition, a rate or a part of a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from yinian.engines.plantext.chars import Brackets
from yinian.engines.plantext.model import Deadline
from yinian.engines.plantext.timewords import BEGINS_WORK, BY_PERIOD, SETS_OUT, STANDS, SUM

_SPAN = re.compile(r"(?:^|[^\d零一二三四五六七八九])(?:\d{1,2}|[一二两三四五六七八九十]{1,2})(?:年|个月)(?:以|之)?内$")
_LASTS = re.compile(
    r"(?:可|均|均可|继续|优先|每年)?(?:享受|免[征收缴除费于交]|减[免征半]|不[得予再变]|暂不"
    r"|(?:按[^,。;]{1,16})?给予[^,。;]{0,16}(?:[补奖]|支持|扶持|优惠|减免))"
)
"""What goes on for so long, and is not done by then."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What relative dates are counted from: the document's own date, and the plan's own years where it has them."""

    today: date | None = None
    period: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """A time expression in its place. `due` says whether it is a deadline; `why` what it is otherwise."""

    start: int
    end: int
    deadline: Deadline | None
    due: bool
    why: str = ""
    explicit: bool = True
    """False for a bare year, which is a deadline only where it opens a clause."""
    leading: bool = False
    """Whether it opens its sentence, so that it can govern those after it."""


class Judge:
    """Decides of the times of one text whether something is due by them."""

    def __init__(self, folded: str, brackets: Brackets, clock: Clock) -> None:
        self.folded, self.brackets, self.clock = folded, brackets, clock

    def why_not_due(self, one: Expression, start: int, end: int) -> str:
        """Why a time is no deadline (name, history, condition, beginning, rate …); empty where it is one."""
        text, deadline = self.folded, one.deadline
        if deadline is None:
            return "none"
        if self.brackets.titled(one.start):
            return "name"
        before, after = text[max(start, one.start - 16) : one.start], text[one.end : min(end, one.end + 24)]
        if deadline.kind == "recurring":
            return self._recurring_not_due(deadline, before, after)
        if self.brackets.quoted(one.start):
            pair = self.brackets.around(one.start)
            if pair and pair[0] < one.start and pair[1] >= one.end:
                return "name"
        inside = self.brackets.around(one.start)
        if deadline.kind == "period" and inside is not None and inside[2] in "([〔":
            named = re.search(
                r"(?:规划|计划|方案|纲要|行动|条例|意见|目录)[”\"]?$", text[max(0, inside[0] - 4) : inside[0]]
            )
            if named and inside[1] - one.end <= 2:
                return "name"
        if re.match(r"内?有效(?!期内|[开推落实])|失效|废止", after):
            return "validity"
        if _SPAN.search(deadline.raw) and _LASTS.match(after):
            return "span"  # 5年内享受补贴, 2年内不得申报
        if re.match(r"是(?!否)", after):
            return "mention"  # 今年是规划的收官之年
        if re.match(r"版|版本|修订|号|以来|届|度?[预决]算|以后|年度报告|标准[)》]", after):
            return "name"
        begins = r"(?:\d{1,2}月\d{1,2}日|[春秋]季新?学期(?:开学)?|)\s?(?:(?:之日)?起|开始|以来)"
        if re.match(begins, after) or re.search(r"(?:自|从)\s?$", before):
            return "beginning"
        if text[one.start] in "自从" and deadline.kind != "period" and not deadline.raw.endswith("内"):
            return "beginning"
        if re.search(r"(?:(?<![占对])比|较|以|超过|高于|基于|参照|相比于?|相较于?|基期)\s?$", before):
            return "baseline"
        if re.match(r"(?:为?基[期数]|的?水平|的?基础上|相比|增长|的?[^,。;]{0,8}基础上)", after):
            return "baseline"
        if re.search(r"(?:依据|根据|按照|参照|截[至止]目?前?|截止到?)\s?$", before) and self._past(deadline):
            return "history"
        if before.endswith("对") and re.match(r"[^,。;]{1,20}的", after):
            return "condition"
        if re.search(r"前$", deadline.raw) and re.match(STANDS, after):
            return "condition"  # 2020年以前建成的
        past = self._past(deadline)
        if past and deadline.kind == "period":
            return "history"
        lead = re.match(r"截[至止]", deadline.raw)
        if past and (lead or (not one.explicit)):
            return "history"
        if past and re.match(r"[^,。;]{0,18}的", after) and self._long_past(deadline):
            return "condition"
        if past and self._long_past(deadline) and not re.search(r"前|内", deadline.raw):
            return "history"
        if not one.explicit:
            return self._bare_not_due(one, start, before, after)
        return ""

    def _bare_not_due(self, one: Expression, start: int, before: str, after: str) -> str:
        """A bare year or month is due where it opens a clause or follows a word of intention."""
        opener = re.search(r"(?:^|[,。;:、(“)\d])\s*$", before) if before else True
        if one.deadline is not None and one.deadline.kind == "period":
            return "" if opener or re.search(r"(?:在|于|计划|决定|按|时间)$", before) else "name"
        if re.match(
            rf"第|版|计划(?!\s?{SETS_OUT})|规划|任务|预算|项目|清单|工作(?:要点|计划)|目标|中央|全国|度", after
        ) and not after.startswith(","):
            return "name"
        if re.match(r"(?:以|之)?前", after):
            return ""
        if re.match(rf"\s?{SUM}", after):
            return "mention"  # 其中2025年2400万元: a part of a sum
        if re.match(r"(?:要|应|力争|争取|预计)?(?:达到|达|实现|不低于|不少于|突破|超过|提[高升]到|增[加长]到)", after):
            return ""
        if re.search(r"20\d\d年[和、]$", before) and re.match(r"[^。;]{0,20}分别", after):
            return ""
        if not opener and not re.search(r"(?:计划|力争|争取|确保|拟|将|于|在|预计)\s?$", before):
            begun = re.match(BEGINS_WORK, after) and not re.search(r"[对将把的与和按在以]\s?$", before)
            future = one.deadline is not None and not self._past(one.deadline)
            return "" if begun and future else "mention"
        return ""

    def _recurring_not_due(self, deadline: Deadline, before: str, after: str) -> str:
        if deadline.rule == "unspecified":
            if re.match(r"[^,。;、]{0,6}?(?:存款|护理补贴|制度|机制)", after):
                return "name"
            return ""
        if re.search(r"(?:每人|每户|每床|每所|每家|每个|每张|人均|每名|每座|每位)$", before):
            return "rate"
        if re.match(
            rf"\s?(?:每[个张所家人户名床位处座]{{1,2}})?(?:不[超高低少][过于]|最[高低多少]|约|至少){{0,3}}{SUM}", after
        ):
            return "rate"  # 每年5000元, 每床每月200—500元
        if re.match(r"(?:每人|每户|每床|每张|每名|每位|每个?老人)", after) and re.search(r"元|补贴|津贴|标准", after):
            return "rate"
        if re.match(r"(?:累计|开放|营业)?(?:不超过|不少于|不低于|最多|至少)\s?\d+(?:天|日|个?小时)", after):
            return "manner"  # 每周开放不少于5天, 每年累计不超过15天的假期
        if re.match(r"[^,。;]{0,4}(?:抵扣|补贴|补助|津贴)(?:比例|标准|金额|上限)", after):
            return "rate"
        if deadline.raw.startswith("逐年") or (deadline.raw.startswith("按") and not re.match(BY_PERIOD, after)):
            return "manner"
        return ""

    def _past(self, deadline: Deadline) -> bool:
        today = self.clock.today
        return today is not None and deadline.iso is not None and deadline.iso < today.isoformat()

    def _long_past(self, deadline: Deadline) -> bool:
        """Before the year that went before the document's own."""
        today = self.clock.today
        return today is not None and deadline.iso is not None and int(deadline.iso[:4]) < today.year - 1
