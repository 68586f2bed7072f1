"""Targets: figures that a plan says are to be reached; not baselines, thresholds, ages, rates of pay or names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Deadline, Node, Target
from yinian.engines.plantext.numbers import tidy
from yinian.engines.plantext.quantities import MEASURES, NEVER, Quantity, find_quantities
from yinian.engines.plantext.tasks import Found, Tree, due, inherited

_RATE = re.compile(
    r"(?:率|占比|比例|比重|比率|覆盖面|份额|百分比|比|覆盖|增速|增长|达标|比值|参评)(?:均|要|应|须|必须|力争|全部|都|将|分别|总体|整体|平均|逐步|基本|确保|年均|在|为|是|仍|需|应当)*(?:分别)?$"
)
_MAKES = re.compile(
    any_of(
        """建设 新建 建成 建立 建有 创建 打造 培育 新增 增加 增设 招聘 招录 培训 培养 引进 设立 设置 组建 发展 改造
        完成 配备 配置 评选 扶持 建造 改建 扩建 修建 布局 开设 开办 制定 出台 编制 推出 形成 认定 选树 遴选 评定
        实施 建档 签约 成立 开展 开通 提供 推广 达 选派 组织 举办 孵化 树立 创成 争创 申报 争取 整合 撤并 盘活
        转型 启动 储备 落地 招引 支持 培植 推动 覆盖 提质 升级 投用 投入使用"""
    )
)
_MAKES_STRONGLY = re.compile(
    any_of(
        """建设 新建 建成 创建 打造 培育 新增 增设 招聘 招录 培训 培养 引进 设立 组建 改造 配备 配置 评选 扶持 改建
        扩建 认定 选树 遴选 完成 建有 争创 孵化 储备 新设"""
    )
    + r"(?:一批|了|和培训|培训|并|好|各类|以上)?$"
)
_BASELINE = re.compile(
    r"目前|现已|已经|截至|截止|近年来|以来|上年|去年|当前|历史|累计已|此前|以往|基础上|为止|同期|"
    r"(?:现有|已有|共有|原有)[^,。;\d]{0,16}(?:\d|$)|已(?:建|完成|达|实现|设|配)[^,。;的\d]{0,18}(?:\d|$)"
)
_HISTORY_VERB = re.compile(r"(?:建成|完成|投入|新建|改造|实现|获|达)了")
_CONDITION_END = re.compile(r"的(?:,|$)|(?:时|后|之内|期间|情况下|条件下|前提下)$")
_CONDITIONAL = re.compile(
    r"^(?:凡(?=.{0,40}(?:的|者)$)|对于?(?=[^,]{0,30}的$)|符合|满|未满|年满|若|如|经|超过部分|超出|不足|每增加|每超|达不到|未达到|低于[^,]{0,10}的|对达到)"
)
_RATE_OF_PAY = re.compile(
    r"奖励|补助|补贴|资助|奖补|减免|上浮|下浮|优惠|贴息|报销|承担|分担|返还|抵扣|免征|减按|资金支持|扣减|处罚|罚款|加收|折"
)
_STANDARD = re.compile(
    r"标准|每百|每千|每万|每所|每张|每间|每床|人均|床均|户均|每个[^,]{0,8}(?:面积|配)|跟班|面积|时长"
)
_ALL_COVERED = re.compile(r"全覆盖|100%覆盖|全部覆盖")
_PER = re.compile(
    r"(?:每(?:个|所|家|年|县|市|区|镇|乡|村|支|名|处|条|座|百户|千名|万人|百张)?[^,;:。、达至不超]{0,10}|各[^,;:。至不超]{1,12})"
)
_LEADS_IN = re.compile(
    "^"
    + any_of(
        r"""和 与 及 并 且 同时 其中 力争 争取 确保 实现 使得? 保证 做到 推动 全面 努力 力求 要 应 将 把
        全[市县省区州国] 本[市县区] 我[市县省区] 辖区内? 区域内? 各地 到期末 基本 逐步
        [到至在]?20\d\d年[底末]?前?,? 达到 达 至少 统一 面向社会 不断 进一步 稳步 通过 余下 剩余 其余"""
    )
    + "+"
)
_MAKES_FIRST = re.compile(
    any_of(
        """完成 新设 增设 建成 建设 新建 创建 打造 培育 新增 增加 招聘 培训 培养 引进 设立 组建 发展 改造 建有 开展
        配备 配置 制定出台 制定 出台 评选 扶持 认定"""
    )
    + "+"
)
_NOUN_STOP = re.compile(
    r"[,;:。)\n]|、(?=\d)|\((?![^()\d]{1,8}\))|(?<=[一-鿿])(?:由|用于|专项|进行|开展|予以|给予|要求|标准配|并(?=[^存列行网轨重入])|,)"
)
_ORDINAL_WORDS = re.compile(
    "^"
    + any_of(
        """级 类 体系 体 网 层 者 是 要 大 化 方 位一体 条龙 站式 件事 门式 张网 本账 盘棋 体两翼 把手 把关 键 次性
        律 致 样 些 直 定 般 同 并 旦 边 生 起 带 路 流 手 线 审 公开 助"""
    )
)
_SMALL_HAN = {"一", "两"}


class TargetReader:
    """Finds the targets of one plan's sentences."""

    def __init__(self, document: Document, tree: Tree, five_year: bool) -> None:
        self.document, self.tree, self.five_year = document, tree, five_year
        self._carried: tuple[int, Deadline] | None = None
        self._previous_node: str | None = None

    def targets(self, found: Sequence[Found]) -> list[Target]:
        """The targets in order of place."""
        targets: list[Target] = []
        for one in found:
            targets.extend(self._of_sentence(one, len(targets)))
        return targets

    def _of_sentence(self, one: Found, count: int) -> list[Target]:
        node = one.node
        if node is not None and node.kind in ("background", "closing"):
            self._carried = None
            return []
        goal = node is not None and self._in_goal(node)
        own = [time for time in one.times if time.due and time.deadline is not None]
        sentence = one.sentence
        text = self.document.folded
        carried = self._carried_here(one, goal)
        taken = [(time.start, time.end) for time in one.times]
        made: list[Target] = []
        quantities = list(find_quantities(text, self.document.brackets, sentence.start, sentence.end, taken))
        taken_before: Quantity | None = None
        for quantity in quantities:
            deadline = self._deadline(quantity, own, carried)
            joined = taken_before is not None and self._joins(taken_before, quantity)
            if not joined and not self._aimed_at(quantity, one, goal, deadline, own):
                continue
            taken_before = quantity
            made.append(self._made(quantity, one, deadline, f"G{count + len(made) + 1}"))
        for match in _ALL_COVERED.finditer(text, sentence.start, sentence.end):
            deadline = self._before(match.start(), own) or (carried if goal else None)
            if (
                deadline is None
                or self._is_baseline(match.start(), one, own)
                or self.document.brackets.quoted(match.start())
            ):
                continue
            if (
                not re.search(r"实现|达到|做到|完成|基本|率先|全部|推动|推进", text[sentence.start : match.start()])
                and not goal
            ):
                continue
            made.append(self._covered(match, one, deadline, f"G{count + len(made) + 1}"))
        self._remember(one, own, goal, bool(made))
        made.sort(key=lambda target: target.value_start)
        return made

    def _joins(self, before: Quantity, quantity: Quantity) -> bool:
        """Whether a count follows a target in the same clause after 和 or 、 (1个…中心和2个…站)."""
        text = self.document.folded
        between = text[before.end : quantity.start]
        return (
            before.clause_start == quantity.clause_start
            and quantity.unit not in NEVER
            and before.unit not in ("%", "‰")
            and bool(re.search(r"[一-鿿](?:和|及|以及|与|、)$", between))
        )

    def _in_goal(self, node: Node) -> bool:
        return any(one.kind == "goal" for one in self.tree.line_up(node))

    # ── deadlines ────────────────────────────────────────────────────────────────────────────────────────────────

    def _deadline(self, quantity: Quantity, own: Sequence[object], carried: Deadline | None) -> Deadline | None:
        return self._before(quantity.number_start, own) or self._after(quantity, own) or carried

    def _before(self, position: int, own: Sequence[object]) -> Deadline | None:
        before = [time for time in own if time.end <= position]  # type: ignore[attr-defined]
        return before[-1].deadline if before else None  # type: ignore[attr-defined]

    def _after(self, quantity: Quantity, own: Sequence[object]) -> Deadline | None:
        for time in own:
            if time.start >= quantity.number_start:  # type: ignore[attr-defined]
                found: Deadline | None = time.deadline  # type: ignore[attr-defined]
                return found
        return None

    def _carried_here(self, one: Found, goal: bool) -> Deadline | None:
        if self._carried is None:
            return None
        paragraph, deadline = self._carried
        text = self.document.folded
        if not goal and re.match(
            r"(?:同时|另外|此外|并|鼓励|支持|探索|对)", text[one.sentence.start : one.sentence.start + 4]
        ):
            return None
        owner = one.node.id if one.node else None
        if owner != self._previous_node and not goal:
            return None
        if paragraph != one.sentence.paragraph and not goal:
            return None
        return inherited(deadline)

    def _remember(self, one: Found, own: Sequence[object], goal: bool, hit: bool) -> None:
        """A date that opens a sentence governs those after it: all among goals, else the next with figures."""
        owner = one.node.id if one.node else None
        leading = [time for time in own if time.leading and time.deadline.kind != "recurring"]  # type: ignore[attr-defined]
        if owner != self._previous_node:
            keeps = goal and self._carried is not None and self._same_goal(one)
            self._carried = self._carried if keeps else None
        if leading and (goal or self.document.folded[leading[-1].start] not in "([〔【"):  # type: ignore[attr-defined]
            self._carried = (one.sentence.paragraph, leading[-1].deadline)  # type: ignore[attr-defined]
        elif own or (not goal and not hit):
            self._carried = None if not goal else self._carried
        self._previous_node = owner

    def _same_goal(self, one: Found) -> bool:
        previous = self.tree.by_id.get(self._previous_node or "")
        if previous is None or one.node is None:
            return False
        return bool(
            {node.id for node in self.tree.line_up(previous)} & {node.id for node in self.tree.line_up(one.node)}
        )

    # ── is it a target ───────────────────────────────────────────────────────────────────────────────────────────

    def _aimed_at(
        self, quantity: Quantity, one: Found, goal: bool, deadline: Deadline | None, own: Sequence[object]
    ) -> bool:
        text, brackets = self.document.folded, self.document.brackets
        unit, number = quantity.unit, quantity.number
        opened = max([quantity.clause_start, *(time.end for time in one.times if time.end <= quantity.start)])
        before = text[opened : quantity.start]
        after = text[quantity.end : quantity.clause_end]
        if unit in NEVER:
            return False
        if after.startswith("元") or self._is_baseline(quantity.number_start, one, own):
            return False
        if number.han and _ORDINAL_WORDS.match(text[number.end : number.end + 4]):
            return False
        around = brackets.around(quantity.number_start)
        if (
            around is not None
            and around[2] in "([〔"
            and not (quantity.compared and re.search(r"率|占比|达到|不低于|不少于", before))
        ):
            return False
        percent = unit in ("%", "‰", "个百分点")
        if self._is_condition(quantity, one):
            return False
        if percent:
            return self._percent_aimed(quantity, before, after)
        if quantity.compared:
            return self._compared_aimed(quantity, one, before, after, deadline)
        if around is not None:
            return False
        if goal and deadline is not None and not after.strip() and re.search(r"[一-鿿]{3}$", before):
            return True
        return self._count_aimed(quantity, before, after, goal, deadline)

    def _percent_aimed(self, quantity: Quantity, before: str, after: str) -> bool:
        if _RATE_OF_PAY.search(before[-14:]) or re.match(
            r"的?(?:比例|标准|幅度)?[^,。]{0,8}(?:奖励|补助|补贴|资助|贴息|承担|分担|减免|优惠)", after
        ):
            return False
        if re.search(r"按照?\s?$|按照?[^,]{0,10}的?$", before[-6:]) and not quantity.compared:
            return False
        if quantity.number.is_range and not _RATE.search(before):
            return quantity.compared
        return (
            quantity.compared
            or bool(_RATE.search(before))
            or bool(re.match(r"(?:覆盖|达标|建成|完成|实现|纳入)", after))
        )

    def _compared_aimed(
        self, quantity: Quantity, one: Found, before: str, after: str, deadline: Deadline | None
    ) -> bool:
        unit = quantity.unit
        if unit in ("分钟",) and not re.search(
            r"不少于|至少|不低于", self.document.folded[quantity.start : quantity.number_start]
        ):
            return False
        if unit in ("次", "场", "期") and quantity.number.is_range:
            return False
        if re.match(r"的(?:,|$)", after):
            return False
        if quantity.approx and quantity.comparator == "=" and deadline is None and not _MAKES_STRONGLY.search(before):
            return False
        if unit in ("日", "天", "小时", "个月", "分钟") and re.match(r"(?:前|后|内|之内|以内|以上的)", after):
            return False
        if unit in ("日", "天", "小时") and quantity.comparator in ("<=", "<"):
            return False
        if (
            quantity.comparator in ("<", "<=")
            and re.match(r"(?:的)?[^,。]{0,6}(?:养老机构|机构|企业|项目|小区|家庭|人员)", after)
            and not re.search(r"控制|降|不超过|不高于", self.document.folded[quantity.start : quantity.number_start])
        ):
            return False
        only_above = (
            self.document.folded[quantity.number_start : quantity.end].endswith("以上")
            and quantity.start == quantity.number_start
        )
        whom = re.match(r"(?:的)?(?:老年人|老人|人员|家庭|机构|企业|项目|小区|床位的)", after)
        return not (only_above and whom and not _MAKES.search(before))

    def _count_aimed(self, quantity: Quantity, before: str, after: str, goal: bool, deadline: Deadline | None) -> bool:
        number, unit = quantity.number, quantity.unit
        tail = before.rstrip()
        if re.search(
            r"(?:等|共|这|那|某|任|另|同|前|后|上述|以下|下列|的|原有|其|其他|其余|分为|分|由|依托|利用|按|以|在|从|比)$",
            tail,
        ) and not re.search(r"(?:》|”)等$", tail):
            return False
        if tail.endswith("等") and not re.search(r"制定|出台|印发|修订|编制", tail):
            return False
        if re.search(r"(?:^|[^面针])对[^,]{0,12}$", tail) and (deadline is None or re.search(r"的[^,]{0,2}$", tail)):
            return False
        if unit in ("次", "场", "期", "天", "日", "小时", "分钟", "倍", "种", "类", "方面", "位", "组", "只", "份"):
            return False
        if number.han:
            word = self.document.folded[number.start : number.end]
            if word in _SMALL_HAN and not (
                deadline and _MAKES_STRONGLY.search(tail) and unit in ("所", "家", "座", "处")
            ):
                return False
            if unit not in ("所", "家", "个", "张", "名", "户", "支", "处", "座", "栋", "套", "人") or deadline is None:
                return False
            if unit == "个" and re.match(
                r"(?:方面|环节|层次|层面|阶段|体系|机制|转变|坚持|不变|一|确保|聚焦|统筹|百分|清单|专项|工程|行动|关系|维护|意识|自信|导向|原则)",
                after,
            ):
                return False
        if _MAKES_STRONGLY.search(tail):
            return bool(deadline) or goal or self.five_year or not number.han
        closing = not after.strip() and _MAKES_FIRST.match(tail) and not number.han
        if closing and (deadline is not None or self.five_year):
            return True
        if not number.han and re.search(r"每[^,]{1,12}(?:有|拥有|配|设|建)[有备置成立]?$", tail):
            return True
        if deadline is None:
            return False
        if not tail or re.fullmatch(r"(?:余下|剩余|其余|全[市县省区]|力争|确保|每[^,]{1,10}|各[^,]{1,10})+", tail):
            return goal or bool(re.search(r"到位|建成|完成|改造|达|落实", after))
        return bool(_MAKES.search(tail))

    def _is_baseline(self, position: int, one: Found, own: Sequence[object]) -> bool:
        """Whether a word of the present or past governs a figure, with no deadline between the two."""
        text, start = self.document.folded, one.sentence.start
        since = max((time.end for time in own if time.end <= position), default=start)  # type: ignore[attr-defined]
        segment = text[since:position]
        if _BASELINE.search(segment) or _HISTORY_VERB.search(segment):
            return True
        history = [
            time
            for time in one.times
            if not time.due and time.why in ("history", "baseline") and since <= time.start < position
        ]
        return bool(history)

    def _is_condition(self, quantity: Quantity, one: Found) -> bool:
        """Whether the clause of a figure says when something holds: …的, …时, 凡…"""
        text = self.document.folded
        words = text[quantity.clause_start : quantity.clause_end]
        closing = text[quantity.clause_end : quantity.clause_end + 1]
        if closing in (",", ":") and words.rstrip().endswith("的") and not words.rstrip().endswith("目的"):
            return True
        if words.rstrip().endswith(("前提下", "情况下", "条件下", "基础上")):
            return True
        return bool(_CONDITIONAL.match(words.strip()))

    # ── making ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _made(self, quantity: Quantity, one: Found, deadline: Deadline | None, name: str) -> Target:
        text = self.document.folded
        first, last = self._indicator(quantity, one)
        kind = "standard" if self._is_standard(quantity, deadline) else "goal"
        quote_start, quote_end = min(first, quantity.start), max(last, quantity.end)
        opened = max([quantity.clause_start, *(time.end for time in one.times if time.end <= quantity.start)])
        per = _PER.match(text[opened : quantity.start])
        low, high = quantity.number.low, quantity.number.high
        return Target(
            id=name,
            start=quote_start,
            end=quote_end,
            indicator=self.document.raw[first:last],
            indicator_start=first,
            indicator_end=last,
            value_start=quantity.start,
            value_end=quantity.end,
            comparator=">=" if quantity.number.is_range and quantity.comparator == "=" else quantity.comparator,
            value=tidy(low),
            value_max=tidy(high) if quantity.number.is_range else None,
            unit=quantity.unit,
            kind=kind,  # type: ignore[arg-type]
            deadline=deadline,
            per=per[0].strip() if per and len(per[0].strip()) > 1 else None,
            implicit=False,
            approx=quantity.approx,
            outline_id=one.node.id if one.node else None,
        )

    def _is_standard(self, quantity: Quantity, deadline: Deadline | None) -> bool:
        if deadline is not None:
            return False
        words = self.document.folded[quantity.clause_start : min(quantity.clause_end + 4, len(self.document.folded))]
        return quantity.unit in MEASURES or (quantity.unit not in ("%", "‰") and bool(_STANDARD.search(words)))

    def _indicator(self, quantity: Quantity, one: Found) -> tuple[int, int]:
        """The words that say what is counted: before a rate, after a count, before a count that closes its clause."""
        text = self.document.folded
        before = self._before_words(quantity, one)
        after = self._after_words(quantity)
        if before is not None and re.match(r"的标准|标准(?=[,、。配]|$)", text[quantity.end : quantity.end + 4]):
            return before
        rate = quantity.unit in ("%", "‰", "个百分点")
        if rate and after is not None and not _RATE.search(text[quantity.clause_start : quantity.start]):
            named_after = text[quantity.number_start : quantity.end].endswith(("以上", "以上的"))
            if named_after and quantity.start == quantity.number_start:
                return after
        if (
            rate
            and before is not None
            and not (after is not None and quantity.clause_start >= before[0] and len(text[before[0] : before[1]]) < 3)
        ):
            return before
        if after is not None:
            return after
        if before is not None:
            return before
        return self._previous_clause(quantity, one)

    def _before_words(self, quantity: Quantity, one: Found) -> tuple[int, int] | None:
        text = self.document.folded
        rate = quantity.unit in ("%", "‰", "个百分点")
        start, end = quantity.clause_start, quantity.start
        inner = [time for time in one.times if start <= time.start and time.end <= end]
        if inner and re.search(r"[一-鿿]{2}", text[inner[-1].end : end]):
            start = inner[-1].end
        elif inner:
            end = inner[-1].start  # 占比到2022年不低于55%: the words stand before the date
        lead = _LEADS_IN.match(text[start:end].lstrip())
        while start < end and text[start].isspace():
            start += 1
        if lead and lead.end() < end - start:
            start += lead.end()
        makes = None if rate else _MAKES_FIRST.match(text, start, end)
        if makes and makes.end() < end:
            start = makes.end()
        for closer, opener in ((")", "("), ("]", "[")):
            if text.rfind(closer, start, end) > text.rfind(opener, start, end) and text.find(opener, start, end) < 0:
                start = text.rfind(closer, start, end) + 1
        trailing = re.search(r"(?:[ 为均应须要将都到也]|力争|必须|全部|总体|总数|逐步)+$", text[start:end])
        if trailing and trailing.start() > 1:
            end = start + trailing.start()
        words = text[start:end]
        if _MAKES.fullmatch(words):
            return None
        return (start, end) if len(words) >= 2 and re.search(r"[一-鿿A-Za-z]{2}", words) else None

    def _after_words(self, quantity: Quantity) -> tuple[int, int] | None:
        text = self.document.folded
        start, limit = quantity.end, quantity.clause_end
        while start < limit and text[start] in " 的":
            start += 1
        end = start
        depth = 0
        while end < limit and end - start < 40:
            if depth == 0 and end > start + 1 and _NOUN_STOP.match(text, end):
                break
            depth += text[end] in "(“《"
            depth -= depth > 0 and text[end] in ")”》"
            end += 1
        words = text[start:end]
        return (start, end) if re.search(r"[一-鿿]{2}", words) else None

    def _previous_clause(self, quantity: Quantity, one: Found) -> tuple[int, int]:
        text = self.document.folded
        end = quantity.clause_start
        while end > one.sentence.start and text[end - 1] in ",;: ":
            end -= 1
        start = end
        while start > one.sentence.start and text[start - 1] not in ",;:。":
            start -= 1
        end = min([end, *(time.start for time in one.times if start < time.start < end)])
        return (start, end) if end > start else (quantity.start, quantity.end)

    def _covered(self, match: re.Match[str], one: Found, deadline: Deadline, name: str) -> Target:
        text = self.document.folded
        start = match.start()
        while start > one.sentence.start and text[start - 1] not in ",;:。":
            start -= 1
        lead = _LEADS_IN.match(text[start : match.start()])
        first = start + (lead.end() if lead and start + lead.end() < match.start() else 0)
        end = match.start()
        while end > first and re.search(r"(?:实现|达到|做到|基本|要|均|全部|的)$", text[first:end]):
            end -= len(re.search(r"(?:实现|达到|做到|基本|要|均|全部|的)$", text[first:end])[0])  # type: ignore[index]
        if end <= first:
            first, end = start, match.start()
        if end <= first:
            first, end = match.start(), match.end()
        return Target(
            name,
            start if start < match.start() else match.start(),
            match.end(),
            self.document.raw[first:end],
            first,
            end,
            match.start(),
            match.end(),
            ">=",
            100,
            None,
            "%",
            "goal",
            deadline,
            None,
            True,
            False,
            one.node.id if one.node else None,
        )


def deadlines_of(found: Sequence[Found]) -> dict[int, list[Deadline]]:
    """The deadlines of every sentence by its start."""
    return {one.sentence.start: due(one) for one in found}
