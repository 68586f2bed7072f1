"""Whether a figure is aimed at: a target and no baseline, threshold, age, rate of pay, frequency or turn of phrase."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from yinian.engines.plantext.chars import Brackets
from yinian.engines.plantext.dues import Expression
from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.model import Deadline
from yinian.engines.plantext.money import STATISTIC
from yinian.engines.plantext.quantities import AREAS, MEASURES, NEVER, PERCENT, Quantity

RATE = re.compile(
    any_of("率 占比 比例 比重 比率 覆盖面 份额 百分比 比 覆盖 增速 增长 达标 比值 参评")
    + any_of(
        """均 要 应 应当 须 必须 需 力争 全部 都 将 分别 总体 整体 平均 逐步 基本 确保 年均 在 为 是 仍 力争实现 保持
        稳步 [年末底]"""
    )
    + "*$"
)
"""A share that stands right before its figure."""
_MAKES = re.compile(
    any_of(
        """建设 新建 建成 建立 建有 创建 打造 培育 新增 增加 增设 招聘 招录 培训 培养 引进 设立 设置 组建 发展 改造
        完成 配备 配置 评选 扶持 建造 改建 扩建 修建 布局 开设 开办 制定 出台 编制 推出 形成 认定 选树 遴选 评定
        实施 建档 签约 成立 开展 开通 提供 推广 达 选派 组织 举办 孵化 树立 创成 争创 申报 争取 整合 撤并 盘活
        转型 启动 储备 落地 招引 支持 培植 推动 推进 覆盖 提质 升级 投用 投入使用 安装 加装 购置 采购 布设"""
    )
)
MAKES_STRONGLY = re.compile(
    any_of(
        """建设 新建 建成 建立 创建 打造 培育 新增 增设 招聘 招录 培训 培养 引进 设立 组建 改造 配备 配置 评选 扶持 改建
        扩建 认定 选树 遴选 完成 建有 争创 孵化 储备 新设 选拔 资助 筹建 转化 筹集 开发 选派 培植 轮训 发动 评定
        新改扩建 推出 支持 选送 选取 输送 新开工 开工建设 竣工 建成投用"""
    )
    + "(?:一批|了|和培训|培训|产生|推广|推荐|提升|升级|并|好|各类|以上|开放|运营|使用)?$"
)
"""A verb of making right before its figure."""
MAKES_FIRST = re.compile(
    any_of(
        """完成 新设 增设 建成 建设 新建 创建 打造 培育 新增 增加 招聘 培训 培养 引进 设立 组建 发展 改造 建有 开展
        配备 配置 制定出台 制定 出台 评选 扶持 认定 选拔 资助 筹建 遴选"""
    )
    + "(?:和|并|、)?"
)
_PRESENT = any_of(
    """目前 现已 已经 (?:最近|近|过去)[几一二两三四五六七八九十\\d]年(?!内) [几一二两三四五六七八九十\\d]年来
    截至 截止 近年来 以来 (?<!以)上年 去年 当前 历史 累计已 此前 以往 为止 同期
    (?:现有|已有|共有|原有)[^,。;\\d]{0,16}(?:\\d|$) 已(?:建|完成|达|实现|设|配)[^,。;的按\\d]{0,18}(?:\\d|$)"""
)
_BASELINE = re.compile(rf"{_PRESENT}|(?:建成|完成|投入|新建|改造|实现|获|达)了")
_TURNS = re.compile(
    "(?:"
    + any_of(
        """提高 提升 增加 增长 扩大 发展 扩展 拓展 上升 升级 下降 降低 减少 压减 缩减 调整 整合 合并 优化 改造 撤并
        归并 转型"""
    )
    + "(?:到|至|为|成)|增至|降至|升至|达到|基础上)"
)
"""A change that ends what was: 由41%提高到70%, 现有17所整合为6所."""
_WHOM = re.compile(
    r"的[^,。]{0,8}(?:机构|企业|项目|小区|家庭|人员|敬老院|福利院|老年人|老人|单位|组织|地区|乡镇|街道|县|市|区|[设场]施|站|中心)"
)
_SETS_ABOUT = re.compile(
    any_of("全年 全市 全县 全区 全省 年内 新 拟 计划 力争 争取 累计 共 再 继续 大力 积极 重点 统一 逐步 稳步")
    + f"*(?:{_MAKES.pattern}|{MAKES_FIRST.pattern})"
)
"""A clause that opens with the making of what it counts: 全年建成…50家, 新签约床位3000张."""
_BY_POINTS = re.compile(r"(?:提[高升]|增[加长]|上升|下降|降低|减少|压减|压缩|缩短)(?:了|约|至少|不少于)?\s?$")
"""A change that is stated by its size: 较2022年提高5个百分点."""
_NO_AIM = re.compile(
    r"(?:支付比例|分担比例|承担比例|权重|押金|保证金|利率|税率|费率|首付|折扣|扣[减除分])[^,]{0,4}$|(?:价格|收费)[^,率]{0,12}$"
)
_OF_COST = re.compile(r"(?:费用|造价|投资额?|金额|成本|价款|总价|租金|支出)的\s?$")
"""A part of what something costs: 最高不超过改造费用的60%."""
_OF_WHOM = re.compile(
    r"的[^,的]{0,6}(?:人才|人员|老年人|老人|个人|企业|机构|单位|家庭|项目)"
    r"(?=$|[,;、。)]|开展|提供|给予|实施|发放|享受|可)"
)
_PUSHES = re.compile(r"(?:推动|推进|支持|实施|启动|开展)(?:完成)?$")
_WORKED_ON = re.compile(r"[^,的]{2,30}?(?:改造|建设|提升|提质|升级|创建|达标|投用|运营|转型)(?:工作|工程)?(?=$|[,、;])")
_GROUP = re.compile(r"的?[^,。]{0,6}(?:小组|工作组|专家组|评审组|专班|班子)")
_OF_SIZE = ("人", "名", "张", "户", "年")
_PLACES = re.compile(r"的[^,。的]{0,8}(?:机构|企业|单位|[站点院]|中心|小区|社区|村|组织|项目)(?=$|[,;、])")
_AS_ASKED = re.compile(r"的(?:要求|原则|规定|距离|范围)(?=[,、。]|$|[一-鿿])")
_FINED = re.compile(r"[^,。]{0,8}(?:罚款|罚金|滞纳金)")
_AREA = re.compile(r"(?:总?(?:建筑|占地|用地|使用)?面积|总?占地|总?用地)(?:约|共|为|达)?$")
"""How large a building is: no promise, but a description."""
_LOWERS = re.compile(r"降|控制|压")
_SCORED = re.compile(r"满意度[^,\d]{0,6}$")
_SHORTENS = re.compile(r"(?:缩短|压缩)[至到]\s?$")
_FOR_WHOM = re.compile(r"^(?:为(?:全[市县区省州])?|[对给]|(?:加强|深化|推动)?[与同])$")
_SERVES = re.compile(r"[^,]{2,20}?(?:实施|开展|提供|完成|安装|改造|配备|建立|建设|进行|办理|发放|配发|送上|购买)")
_ONLY_THEN = re.compile(
    r"[^,;]{0,24}的(?:均|即)?(?:方可|可以?|才能?|给予|予以|按|不予|由)|[^,;]{0,12}即可(?:申[报请领]|享受|获得)"
)
_REACHES_OUT = re.compile(r"(?:惠及|覆盖|服务|资助|帮扶|救助|培训)(?:全[市县区省])?$")
_MAKES_SOME = re.compile(rf"(?:{_MAKES.pattern})[^,的]{{2,16}}$")
_HAD = ("现有", "已有", "原有", "共有")
_MADE_INTO = re.compile(any_of("整合 合并 优化 调整 压减 缩减 撤并 归并 转型 改造 提升") + "[为成到至]$")
_RISES = re.compile(r"(?:逐步|分别|依次)?(?:提高|提升|增加|增长|扩大|下降|降低|上升|减少|调整|压减|拓展)(?:到|至|为)")
"""What follows a figure that is the beginning of a change: 由65%提高到70%."""
_CONDITIONAL = re.compile(
    "^"
    + any_of(
        """凡(?=.{0,40}(?:的|者)$) 对于?(?=[^,]{0,30}的$) 符合 满 未满 年满 若 如 申[请报领](?!量|率)
        经(?!常|济|营|费|办|典|验) 超过部分 超出 不足 每超
        每(?:增加|新[增建]|建[成设]|完成|培[训养]|改造|引进|招[收聘])
        达不到 未达到 低于[^,]{0,10}的 对达到"""
    )
)
_PAID = re.compile(
    any_of(
        """奖励 补助 补贴 资助 奖补 减免 上浮 下浮 优惠 贴息 报销(?!比例) 承担 分担(?!率) 返还 抵扣 免征 减按 资金支持
        扣减 处罚 罚款 加收 折"""
    )
)
_PAID_AFTER = re.compile(r"的?(?:比例|标准|幅度)?[^,。]{0,8}(?:奖励|补助|补贴|资助|贴息|承担|分担|减免|优惠)")
_REACHED = re.compile(
    r"的?[^,]{0,30}(?:覆盖|达标|建成|完成|实现|纳入|达到|建有|开展|具备|创建|签约|就业|持证|入网|取得|设立|设置|配备|安装|接入|落实|建立|组建|成立|参加|享受|接受)"
)
_LASTING = re.compile(r"(?:寿命|年限|期限|时长|时间)[^,]{0,4}$")
_NO_COUNT_BEFORE = re.compile(
    any_of(
        """每 大类 类 方面 共 这 那 某 任 另 同 前 后 上述 以下 下列 的 原有 其 其他 其余 分为 分 由 依托 利用 按 以
        在 从 比 约占 下设 下辖 包括 以及 含 辖"""
    )
    + "$"
)
_IDLE_UNITS = frozenset(
    [
        "次",
        "场",
        "期",
        "天",
        "日",
        "小时",
        "分钟",
        "倍",
        "种",
        "类",
        "位",
        "组",
        "只",
        "份",
        "米",
        "公里",
        "度",
        "学时",
        "课时",
        "个月",
    ]
)
"""Units whose bare count is a frequency, a length or a manner of speaking."""
_HAN_UNITS = frozenset(["所", "家", "个", "张", "名", "户", "支", "处", "座", "栋", "套", "人"])
_PHRASE_AFTER = re.compile(
    any_of(
        """方面 环节 层次 层面 阶段 体系 机制 转变 坚持 不变 一 确保 聚焦 统筹 百分 清单 专项 工程 行动 关系 维护
        意识 自信 导向 原则"""
    )
)
_ORDINAL_AFTER = re.compile(
    any_of(
        """级 类 体系 体 网 层 者 是 要 大 化 方 位一体 条龙 站式 件事 门式 张网 本账 盘棋 体两翼 把手 把关 键 次性
        律 致 样 些 直 定 般 同 并 旦 边 生 起 带 路 流 手 线 审 公开 助"""
    )
)


REACH = 400
"""Characters: a word of the present governs no figure further off."""


@dataclass(frozen=True, slots=True)
class Place:
    """A figure in its sentence, with what is known of the sentence."""

    folded: str
    brackets: Brackets
    quantity: Quantity
    sentence_start: int
    times: Sequence[Expression]
    deadline: Deadline | None
    goal: bool
    """Whether the section states goals."""
    five_year: bool
    """Whether the plan has years of its own, so that a figure needs no date beside it."""

    @property
    def before(self) -> str:
        """The clause before the figure, from the last date on."""
        quantity = self.quantity
        opened = [time.end for time in self.times if time.end <= quantity.start]
        return self.folded[max([quantity.clause_start, *opened]) : quantity.start]

    @property
    def after(self) -> str:
        """The clause after the figure."""
        return self.folded[self.quantity.end : self.quantity.clause_end]


def baseline(folded: str, sentence_start: int, position: int, times: Sequence[Expression]) -> bool:
    """Whether a word of the present or the past governs a place, with no deadline between the two."""
    due = [time.end for time in times if time.due and time.end <= position]
    since = max([sentence_start, position - REACH, *due])
    # what a parenthesis says of the present holds within it: 达到70%(2023年为61%), 床位不少于4000张
    said = re.sub(r"\([^()]*\)", lambda aside: " " * len(aside[0]), folded[since:position])
    turn = max((match.end() for match in _TURNS.finditer(said)), default=0)
    was = _BASELINE.search(said)
    left = was and was.start() < turn and re.search(r"\d", said[was.start() : turn])
    if was and not (left and (was[0][:2] in _HAD or said[: was.start()].endswith(("由", "从")))):
        return True
    for time in times:
        if time.due or time.why not in ("history", "baseline") or not since <= time.start < position:
            continue
        if not said[time.start - since : time.end - since].strip():
            continue
        compared = folded[time.start - 1] in "由从较比"
        if compared and (time.start - since < turn or re.search("[,;]", folded[time.end : position])):
            continue  # what a figure is compared with says nothing of the clauses after it
        return True
    return False


def _was(place: Place) -> bool:
    """Whether the year named right before a level is over: 上升到2023年的22%."""
    start = place.quantity.number_start
    return any(
        not time.due and time.why in ("history", "condition") and place.folded[time.end : start].strip() == "的"
        for time in place.times
        if start - 4 <= time.end <= start
    )


def aimed_at(place: Place) -> bool:
    """Whether a figure is a target."""
    if _was(place):
        return False
    quantity, before, after = place.quantity, place.before, place.after
    unit, number = quantity.unit, quantity.number
    lasting = unit in ("岁", "年") and quantity.compared and _LASTING.search(before) and not after.startswith("的")
    lasting = lasting and not (quantity.comparator in ("<", "<=") and re.search(r"期限|年限", before))
    scored = unit == "分" and quantity.comparator in (">=", ">") and bool(_SCORED.search(before))
    scored = scored and not after.startswith("的")
    if unit in NEVER and not (lasting or scored):
        return False
    if unit == "元" and (place.deadline is None or not quantity.compared or not _measures_money(before)):
        return False
    if unit == "元" and re.match(r"(?:及?以上)?的", after):
        return False  # 年营业收入超10亿元的企业
    by_points = unit in ("个百分点", "%") and bool(_BY_POINTS.search(before) or _BY_POINTS.search(_clause_to(place)))
    whole = place.folded[quantity.start : quantity.number_start].rstrip().endswith("的")
    # 不低于上年度人均支出的60%: what it is a share of may be of the past
    until = quantity.start if whole else quantity.number_start
    past = baseline(place.folded, place.sentence_start, until, place.times)
    if (past and not (by_points and (place.goal or place.deadline is not None))) or _RISES.match(after):
        return False
    if by_points and re.match(r",?(?:并|力争)?达到?", place.folded[quantity.clause_end : quantity.clause_end + 6]):
        return False  # 提高6个百分点, 达到58%: the level is the target
    if number.han and _ORDINAL_AFTER.match(place.folded, number.end):
        return False
    only_after = quantity.compared and quantity.start == quantity.number_start
    if number.han and only_after and not MAKES_STRONGLY.search(before):
        return False  # 涉及两个以上部门的事项
    if only_after and before.endswith(("由", "经", "从")):
        return False  # 由3名以上代表提出
    if before.endswith(("允许", "可以")) or _FINED.match(after):
        return False
    if _AS_ASKED.match(after) and quantity.comparator in ("<=", "<"):
        return False  # 按照服务半径不超过1公里的要求
    if re.search(r"预计|预测|估计", before) or re.match(r",\s?占", place.folded[quantity.clause_end :][:3]):
        return False
    around = place.brackets.around(quantity.number_start)
    aside = around is not None and around[2] in "([〔" and not place.folded.startswith("(其中", around[0])
    if aside and not (quantity.compared and re.search(r"率|占比|达到|不低于|不少于", before)):
        return False
    if _is_condition(place):
        return False
    if unit in PERCENT:
        return by_points or _share_aimed(place, before, after)
    if quantity.compared:
        return _compared_aimed(place, before, after)
    among = around is not None and place.folded.startswith("(其中", around[0])
    return (around is None or among) and _count_aimed(place, before, after)


def _clause_to(place: Place) -> str:
    return place.folded[place.quantity.clause_start : place.quantity.start]


def _measures_money(before: str) -> bool:
    """Whether money is what an indicator is measured in (产业规模达到2万亿元), and not what is paid."""
    return bool(STATISTIC.search(before)) and "标准" not in before


def _is_condition(place: Place) -> bool:
    """Whether the clause of a figure says when something holds: …的, …前提下, 凡…"""
    quantity = place.quantity
    words = re.sub(r"\([^()]*\)$", "", place.folded[quantity.clause_start : quantity.clause_end].strip())
    closing = place.folded[quantity.clause_end : quantity.clause_end + 1]
    if closing in (",", ":") and words.endswith("的") and not words.endswith("目的"):
        return True
    if words.endswith(("前提下", "情况下", "条件下", "基础上")):
        return True
    if _ONLY_THEN.match(place.after):
        return True  # 床位50张以上、入住率60%以上的方可申请
    head = place.folded[quantity.clause_start : quantity.start]
    of_those = quantity.unit in PERCENT and quantity.compared and re.match("对", head) and place.after.startswith("的")
    if of_those or (quantity.comparator in ("<", "<=") and re.match(r"(?:对|凡|对于)[^,]{2,}", head.strip())):
        return True  # 对建筑面积3000平方米以下、不足50张床位的机构
    if re.search(r"以[^,]{2,}$", head) and re.match(r"[^,]{0,16}为(?:主要|重点|服务|工作)?对象", place.after):
        return True  # 以1200名独居老人为主要对象
    if re.match(r"(?:对|凡|对于|将|把)[^,]{2,}", head.strip()) and _WHOM.match(place.after):
        return True  # 对入住率达到60%的养老机构给予补贴
    return bool(_CONDITIONAL.match(words))


def _share_aimed(place: Place, before: str, after: str) -> bool:
    quantity = place.quantity
    lowered = _LOWERS.search(place.folded, quantity.start, quantity.number_start)
    if _NO_AIM.search(before) and not lowered:
        return False
    if _OF_COST.search(place.folded, quantity.start, quantity.number_start):
        return False
    reached = place.folded.startswith(("达", "实现", "不低于", "不少于"), quantity.start)
    if (_PAID.search(before[-14:]) and not (reached and not _PAID.search(before[-5:]))) or _PAID_AFTER.match(after):
        return False
    if quantity.comparator in ("<", "<=") and after.startswith("的"):
        return False  # 入住率低于40%的敬老院 names whom it means
    if not quantity.compared and re.search(r"按照?[^,]{0,24}$|(?:给予|以)[^,]{0,6}$", before):
        return False
    if quantity.comparator in ("<=", "<") and re.search(r"给予[^,]{0,16}$", before):
        return False  # 给予设备投资不超过30%的支持
    if place.deadline is None and _OF_WHOM.match(after) and not MAKES_STRONGLY.search(before):
        return False  # 持股比例不低于5%的创业人才
    if quantity.compared or RATE.search(before) or before.endswith(("实现", "做到")):
        return True
    if quantity.number.is_range:
        return False
    return bool(_REACHED.match(after))


def _compared_aimed(place: Place, before: str, after: str) -> bool:
    quantity, unit = place.quantity, place.quantity.unit
    words = place.folded[quantity.start : quantity.number_start]
    if unit == "分钟" and not (re.search(r"不少于|至少|不低于", words) or _SHORTENS.search(place.before)):
        return False
    if unit in ("次", "场", "期", "个月") and (quantity.number.is_range or _often(place)):
        return False
    if re.match(r"的(?:,|$|\s?\d)", after):
        return False
    if after.startswith("的") and re.search(r"\d[支个家所处名座]$", place.before):
        return False  # 1支10人以上的队伍: how large each is
    if after.startswith("部分") or (unit in ("人", "名") and _GROUP.match(after)):
        return False  # 3倍以内部分, 不少于3人的专家组
    if unit in _OF_SIZE and place.deadline is None and _PLACES.match(after) and not _SETS_ABOUT.match(before.strip()):
        return False  # 服务老年人不少于20人的互助点
    if quantity.approx and quantity.comparator == "=" and place.deadline is None and not MAKES_STRONGLY.search(before):
        return False
    shortens = bool(_SHORTENS.search(place.folded[quantity.clause_start : quantity.number_start]))
    lasts = unit in ("日", "天", "个工作日", "工作日", "小时", "个月", "分钟") and not shortens
    if lasts and (quantity.comparator in ("<=", "<") or re.match(r"(?:前|后|内|之内|以内|以上的)", after)):
        return False
    few = quantity.comparator in ("<", "<=") and not re.search(r"控制|降|不超过|不高于", words)
    if few and re.match(r"的?[^,。]{0,6}(?:养老机构|机构|企业|项目|小区|家庭|人员)", after):
        return False  # 10张以下的养老机构 names whom it means
    if quantity.start == quantity.number_start and place.folded[: quantity.end].endswith("以上"):
        if re.match(r"[^,]{2,40}的[^,]{1,8}(?:都|均|应|要|须)", after):
            return False
        whom = re.match(
            r"的?(?:老年人|老人|人员|家庭|机构|企业|项目|小区|床位的|的?(?:行政|自然)村|村|社区的|建制镇)", after
        )
        return not (whom and not MAKES_STRONGLY.search(before) and not _REACHES_OUT.search(before))
    return True


def _often(place: Place) -> bool:
    """Whether the number of times belongs to a recurrence: 每年参加安全培训2次以上, 一周不超过5次."""
    if re.search(r"[一每单](?:周|个?月|年|天|日|季度?)(?:内|最多|累计)?$", place.before):
        return True
    return any(
        time.deadline is not None and time.deadline.kind == "recurring" and time.end <= place.quantity.number_start
        for time in place.times
    )


def _count_aimed(place: Place, before: str, after: str) -> bool:
    number, unit, deadline = place.quantity.number, place.quantity.unit, place.deadline
    tail = before.rstrip()
    sets_about = not number.han and bool(_SETS_ABOUT.match(tail.lstrip()))
    if _NO_COUNT_BEFORE.search(tail) or (unit in _IDLE_UNITS and not (unit == "公里" and sets_about)):
        return False
    if tail.endswith("等"):
        begun = MAKES_FIRST.match(tail.lstrip()) or re.match("(?:全面|基本)?实现", tail.lstrip())
        return sets_about or (deadline is not None and bool(begun))
    if re.search(r"(?:^|[^面针])对[^,]{0,12}$", tail) and (deadline is None or re.search(r"的[^,]{0,2}$", tail)):
        return False
    if number.han and not _han_count(place, tail, after):
        return False
    if not number.han and _PUSHES.search(tail) and _WORKED_ON.match(after):
        return True  # 推动8所乡镇敬老院提质改造
    if unit in MEASURES and re.search(r"每[^,]{1,8}$", tail) and re.match(r"的?(?:标准|比例)", after):
        return True  # 按每百户20平方米标准配建
    if re.match(r"[一-鿿]{0,6}(?:[督检核调指]\w组|小组|工作组|专班)", after):
        return False  # 成立4个督导组: how the work is organised, not what it comes to
    if not number.han and _MADE_INTO.search(tail):
        return True
    if MAKES_STRONGLY.search(tail):
        return deadline is not None or place.goal or place.five_year or not number.han
    if not number.han and re.search(r"(?:每|各(?!级|类|种))[^,]{1,12}(?:有|拥有|配|设|建)[有备置成立]?$", tail):
        return True
    if unit in AREAS and _AREA.search(tail) and not re.search(r"新增|增加|人均|户均|每", tail):
        return False
    closing = not re.sub(r"^\([^()]*\)", "", after).strip("、 ") or bool(re.match(r"、[一-鿿]{2}", after))
    if closing and not number.han and re.match(r"每(?:个|所|家|支|[县市区镇乡村])[^,]{2,}", tail.lstrip()):
        return True
    dated = deadline is not None or sets_about or bool(_MAKES_SOME.search(tail))
    if closing and dated and not number.han and re.search(r"[一-鿿”》)]{2}$", tail):
        whose = re.search(r"[对由为][^,]{0,12}$", tail)
        return whose is None or bool(_MAKES.search(whose[0], 2))
    if deadline is None:
        return False
    if _FOR_WHOM.match(tail) and _SERVES.match(after):
        return True
    if not tail or re.fullmatch(
        r"(?:余下|剩余|其余|首批|第一批|全部|全[市县省区]|力争|确保|每[^,]{1,10}|各[^,]{1,10})+", tail
    ):
        return place.goal or bool(re.search(r"到位|建成|完成|改造|达|落实|通过|验收|投用|运营|实现|接入", after))
    return bool(_MAKES.search(tail))


def _han_count(place: Place, tail: str, after: str) -> bool:
    """Whether a number in Chinese figures counts things: 三所新建…中心, but not 一个方面, 两个维护."""
    number, unit = place.quantity.number, place.quantity.unit
    if unit not in _HAN_UNITS or place.deadline is None:
        return False
    if unit == "个" and _PHRASE_AFTER.match(after):
        return False
    word = place.folded[number.start : number.end]
    if word in ("百", "千", "万"):
        return False
    return word not in ("一", "两") or (bool(MAKES_STRONGLY.search(tail)) and unit in ("所", "家", "座", "处", "个"))
