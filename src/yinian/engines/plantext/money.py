"""Amounts of money that a plan sets aside, grants or caps, in yuan; not what was spent, earned or counted before."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Money
from yinian.engines.plantext.numbers import NUMBER_START, SCALES, number_at, tidy
from yinian.engines.plantext.quantities import clause
from yinian.engines.plantext.tasks import Found

_UNIT = re.compile(r"\s?(?P<scale>[万亿千百]{0,2})(?P<more>余|多)?(?P<scale2>[万亿千百]{0,2})元")
_CAP = re.compile(
    r"(?:不高于|不得高于|不超过|不[得能应宜可]超过|最高(?:不超过|可达|给予|补助|奖励|资助|不得超过)?|最多(?:不超过)?|上限(?:为)?|封顶|不大于|限额(?:为)?|至多)[^,。;\d]{0,8}$"
)
_FLOOR = re.compile(r"(?:不低于|不得低于|不少于|不得少于|至少|最低|不小于|超过|突破|达到)[^,。;\d]{0,6}$")
_AFTER_CAP = re.compile(r"(?:(?:及|或)?以[内下]|之内|封顶)")
_AFTER_FLOOR = re.compile(r"(?:及)?以上|余|多")
_HISTORY = re.compile(
    r"(?:整合|累计|共计|已|合计|完成|先后)投入了?$|投入了$|已(?:投入|安排|拨付|下达)|累计|目前|现有|截至|共计投入|原有|现行|上年|去年|从.{0,20}(?:提高|增加)到?$|筹集了|获捐|达到了"
)
STATISTIC = re.compile(
    r"(?:GDP|生产总值|收入|产值|增加值|销售额|营业额|规模|消费支出|交易额|资产|税收|利润|效益|损失)[^,。;、]{0,10}$"
)
"""What is measured in money and not paid: a target where it is to be reached, no amount either way."""
_QUALIFIES = re.compile(r"(?:注册资[本金]|净资产|开办资金|年?(?:主营业务|营业)收入)[^,。;]{0,8}$")
"""Money that a firm must have to be considered."""
_RISES = re.compile(r"(?:/[一-鿿·]{1,6})?(?:逐步|统一)?(?:提[高升]|增加|上调|调整|增长|下调|下?降低?|减少)(?:到|至|为)")
"""What follows an amount that is left behind: 由每人每月60元提高至80元."""
_CONDITION = re.compile(
    r"^(?:的)?(?:项目(?!补[助贴]|资助|奖[励补]|资金|经费|支持)|企业|机构|投资者|部分)|^[^,。;]{0,14}的[,:]"
    r"|^(?:的?(?:标准|水平))?的?基础上"
)
_THRESHOLD = re.compile(r"(?:及|或)?以[上下](?:的|、|[或并且]|[^,。;]{0,4}(?:企业|项目|机构|业务|主体|家庭|部分))")
"""500万元及以下的业务: an amount that says which ones are meant."""
_OVER = re.compile(r"(?:超过?|突破|达到?|[上过])$")
_KIND_OF = re.compile(
    r"(?:级|以上)?的\s?\d+\s?[家个户]|(?:级|以上)?的[^,。;、]{0,10}(?:产业|集群|企业|园区|基地|项目|机构|品牌|平台|集团|乡镇|[市县区镇村])"
)
"""超100亿元的产业集群: an amount that says of what size they are."""
_KINDS = (
    ("subsidy", re.compile(r"补助|补贴|奖励|奖补|资助|以奖代投|以奖代补|津贴|助老资金|给予|发放|救助|慰问")),
    ("investment", re.compile(r"投资|总投资|投入|建设资金|融资")),
    ("budget", re.compile(r"预算|配套资金|经费|安排|资金|列支|拨付")),
    ("fee", re.compile(r"收费|费用|价格|缴|保费|租金")),
)
_BASIS = re.compile(
    r"(?<![一-鿿])[户人床]均|每(?:人每月|人每年|人每天|床每月|床每年|张床位|个|所|家|户|名|人|床|年|月|张|处|支|次|平方米|千户)[^,。;:按给安的不]{0,14}|(?:地方|县级|市级|省级|中央)?配套"
)

_NEAR = 40
_TO = re.compile(r"\s?(?:[至到]|[-—–―~]{1,2})\s?")


def find_money(document: Document, found: Sequence[Found]) -> list[Money]:
    """The amounts of all sentences outside the background, in order of place."""
    money: list[Money] = []
    for one in found:
        if one.node is not None and one.node.kind in ("background", "closing"):
            continue
        money.extend(_of_sentence(document, one, len(money)))
    return money


def _of_sentence(document: Document, one: Found, count: int) -> list[Money]:
    text, brackets, sentence = document.folded, document.brackets, one.sentence
    made: list[Money] = []
    position = sentence.start
    starts = [time.start for time in one.times]
    first_due = next((time for time in one.times if time.due), None)
    history = [time for time in one.times if not time.due and time.why in ("history", "baseline")]
    measured = -1
    while True:
        match = NUMBER_START.search(text, position, sentence.end)
        if not match:
            return made
        position = match.start() + 1
        index = bisect_right(starts, match.start()) - 1
        if (index >= 0 and match.start() < one.times[index].end) or brackets.quoted(match.start()):
            continue
        if match.start() > sentence.start and re.match(r"[\dA-Za-z.]", text[match.start() - 1]):
            continue
        number = number_at(text, match.start(), sentence.end)
        if number is None or not number.high:
            continue
        unit = _UNIT.match(text, number.end, sentence.end)
        position = max(position, number.end)
        if not unit:
            continue
        position = unit.end()
        scale = 1.0
        for char in (unit["scale"] or "") + (unit["scale2"] or ""):
            scale *= SCALES[char]
        low, high = number.low * scale, number.high * scale
        if made and _TO.fullmatch(text, made[-1].end, match.start()) and made[-1].amount_min == made[-1].amount_max:
            # 5000元至1万元 is one amount with two ends
            made[-1] = replace(made[-1], end=unit.end(), amount_max=tidy(high))
            continue
        first, last = clause(text, brackets, match.start(), sentence.start, sentence.end)
        before, after = text[first : match.start()], text[unit.end() : last + 1]
        said = text[sentence.start : match.start()]
        planned = any(time.due and first <= time.start < match.start() for time in one.times)
        listed = measured >= first and re.fullmatch("[、和及]", text[measured : match.start()])
        if (_measured(before, after) and "基金" not in said[-_NEAR:]) or listed:
            measured = unit.end()  # 增加值分别达到8亿元、11亿元和15亿元
            continue
        if _QUALIFIES.search(before) or (_RISES.match(after) and re.search("[由从]", before)):
            continue
        if (
            (_HISTORY.search(before) and not planned and not _CAP.search(before))
            or (history and history[-1].start >= first)
        ):
            continue
        if history and (first_due is None or first_due.end > match.start()):
            continue
        if re.match(r"(?:均?已经?)(?:下达|拨付|到位|安排|投入|发放|支出)", after):
            continue
        if _THRESHOLD.match(after) or (_OVER.search(before) and _KIND_OF.match(after)):
            continue
        if re.search(r"目前|近年来|截至", said) or "现有" in before or _CONDITION.match(after):
            continue
        approx = bool(number.more or unit["more"] or re.match(r"左右", after) or re.search(r"约\s?$", before))
        minimum: float | None = low
        maximum: float | None = high
        if _CAP.search(before) or _AFTER_CAP.match(after):
            minimum = None if not number.is_range else low
        elif number.more or unit["more"] or _AFTER_FLOOR.match(after) or _FLOOR.search(before):
            maximum = None
        elif made and "分别" in before and re.fullmatch("[、和]", text[made[-1].end : match.start()]):
            # 分别不低于200元、600元: what bounds the first bounds the others
            minimum = None if made[-1].amount_min is None else minimum
            maximum = None if made[-1].amount_max is None else maximum
        end = unit.end()
        tail = re.compile(r"/[一-鿿]{1,4}(?:[·•/][一-鿿]{1,3})?|以上|以内|以下|左右").match(text, end, sentence.end)
        end = tail.end() if tail else end
        begin = _begin(text, first, match.start())
        # the nearest: 每年建设50个, 对验收合格的每个补助3万元
        *_, basis = [None, *_BASIS.finditer(text, max(sentence.start, first - 20), match.start())]
        made.append(
            Money(
                id=f"M{count + len(made) + 1}",
                start=begin,
                end=end,
                amount_min=None if minimum is None else tidy(minimum),
                amount_max=None if maximum is None else tidy(maximum),
                kind=next((kind for kind, words in _KINDS if words.search(text[first:last])), "amount"),
                basis=document.raw[basis.start() : basis.end()].strip() if basis else None,
                approx=approx,
                outline_id=one.node.id if one.node else None,
            )
        )


def _measured(before: str, after: str) -> bool:
    """Whether money is the measure of something: 规模达到2亿元, but not 总规模2亿元的产业基金."""
    return bool(STATISTIC.search(before)) and not re.match(r"的[^,。;]{0,10}基金", after)


def _begin(text: str, first: int, number: int) -> int:
    """The clause up to the amount, without the blanks before it."""
    begin = max(first, number - 40)
    while begin < number and (text[begin].isspace() or text[begin] in "、)"):
        begin += 1
    return begin
