"""What a figure counts: the words that name its indicator, before it, after it or in the clause before."""

from __future__ import annotations

import re

from yinian.engines.plantext.aims import MAKES_FIRST, RATE, Place
from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.quantities import PERCENT

LEADS_IN = re.compile(
    "^"
    + any_of(
        r"""[—–-]{1,2} 和 与 及 并 且 同时 其中 力争 争取 确保 实现 使得? 保证 做到 推动 全面 努力 力求 要 应 将 把
        全[市县省区州国] 本[市县区] 我[市县省区] 辖区内? 区域内? 各地 到期末 基本 逐步
        [到至在]?20\d\d年[底末]?前?,? 达到 达(?!标) 至少 统一 面向社会 不断 进一步 稳步 通过 余下 剩余 其余 共"""
    )
    + "+"
)
_TRAILS = re.compile(
    any_of("[ 为均应须要将都到也] 分别 平均 力争 必须 全部 总体 总数 逐步 原则上 保持 稳定 实现 做到") + "+$"
)
_WAS = re.compile(
    r"[由从](?:20\d\d年(?:年?[末底])?的?)?(?:\d[\d.,]*(?:%|‰|[一-鿿]{1,3}))?(?:逐步|稳步)?(?:提[高升]|增[加长]|上升)?$"
)
"""The level that a figure rises from: 占比由45%提高到60%."""
_CHANGES = re.compile(r"\s?(?:分别)?(?:提[高升]|增[加长]|上升|下降|降低|压减)(?:了|约|至少|不少于)?\s?")
_NOUN_ENDS = re.compile(
    r"[,;:。)\n]|、(?=\d|每|各)|[和及与](?=\d)|\((?![^()\d]{1,8}\))"
    r"|(?<=[一-鿿])(?:由|用于|专项|进行|开展|予以|给予|要求|标准配|并(?=[^存列行网轨重入]))"
)
_PLACES = frozenset(["村", "镇", "乡", "县", "区", "市", "户"])
_LONGEST = 40
_LONGEST_CLAUSE = 120
PER = re.compile(
    r"^\s?(?:每(?:个|所|家|年|县|市|区|镇|乡|村|支|名|处|条|座|百户|千名|万人|百张)?"
    r"(?:\([^()]{1,12}\)|[^,;:。、达至不超]){0,10}"
    r"|各(?!级|类|种)[^,;:。至不超]{1,12})"
)


def indicator(place: Place, previous: int) -> tuple[int, int]:
    """Where the indicator's words stand. `previous` is where the figure before this one ends, -1 if there is none.

    A share is named before its figure (覆盖率达到65%), a count after it (30个示范点) or, closing a clause, before it.
    """
    text, quantity = place.folded, place.quantity
    before, after = _before(place, previous), _after(place)
    if before is not None and re.match(r"的标准|标准(?=[,、。配]|$)", text[quantity.end : quantity.end + 4]):
        return before
    share = quantity.unit in PERCENT
    if share and after is not None and not RATE.search(text[quantity.clause_start : quantity.start]):
        # 60%以上福彩公益金, 80%的乡镇敬老院
        bare = quantity.start == quantity.number_start
        if text[quantity.end : quantity.end + 1] == "的" or (bare and text[: quantity.end].endswith("以上")):
            return after
    if share and before is not None:
        return before
    return after or before or _clause_before(place)


def _before(place: Place, previous: int) -> tuple[int, int] | None:
    text, quantity = place.folded, place.quantity
    start, end = quantity.clause_start, quantity.start
    inner = [time for time in place.times if start <= time.start and time.end <= end]
    tail = text[inner[-1].end : end] if inner else ""
    if inner and _CHANGES.fullmatch(tail) and inner[-1].start - start > 2:
        end = inner[-1].start
        while end > start and text[end - 1] in "较比由从在到":
            end -= 1
    elif inner and re.search(r"[一-鿿]{2}", tail):
        start = inner[-1].end
    elif inner:
        end = inner[-1].start  # 占比到2022年不低于55%: the words stand before the date
    if quantity.clause_start < previous <= end and text[previous : previous + 1] in ("、", "和", "及"):
        start = max(start, previous + 1)
    while start < end and text[start].isspace():
        start += 1
    lead = LEADS_IN.match(text[start:end])
    if lead and lead.end() < end - start:
        start += lead.end()
    makes = None if quantity.unit in PERCENT else MAKES_FIRST.match(text, start, end)
    if makes and makes.end() < end:
        start = makes.end()
    if text.rfind(")", start, end) > text.rfind("(", start, end) and text.find("(", start, end) < 0:
        start = text.rfind(")", start, end) + 1
    was = _WAS.search(text[start:end])
    if was and was.start() > 1:
        end = start + was.start()
    trailing = _TRAILS.search(text[start:end])
    if trailing and trailing.start() > 1:
        end = start + trailing.start()
    words = text[start:end]
    says_nothing = any(pattern.fullmatch(words) for pattern in (MAKES_FIRST, LEADS_IN, _TRAILS))
    if says_nothing or not re.search(r"[一-鿿A-Za-z]{2}", words):
        return None
    return start, end


def _after(place: Place) -> tuple[int, int] | None:
    text, quantity = place.folded, place.quantity
    start, limit = quantity.end, quantity.clause_end
    if re.match(r"[、及与]|和(?![谐睦平美])", text[start : start + 2]):
        return None
    while start < limit and text[start] in " 的":
        start += 1
    if text.startswith("(", start) and 0 < text.find(")", start, limit) >= limit - 1:
        return None  # 不少于5天(40学时)
    end, depth = start, 0
    while end < limit and end - start < _LONGEST:
        if depth == 0 and end > start + 1 and _NOUN_ENDS.match(text, end):
            break
        depth += text[end] in "(“《"
        depth -= depth > 0 and text[end] in ")”》"
        end += 1
    words = text[start:end]
    return (start, end) if re.search(r"[一-鿿]{2}", words) or words in _PLACES else None


def _clause_before(place: Place) -> tuple[int, int]:
    """The clause before the figure's own, up to a date in it: 实施…改造工程, 全市改造不少于6500户."""
    text, quantity = place.folded, place.quantity
    start = quantity.clause_start
    for _ in range(3):
        start, end = _earlier_clause(text, start, place.sentence_start)
        inner = [time for time in place.times if start <= time.start < end]
        if inner and re.search(r"[一-鿿]{2}", text[start : inner[0].start]):
            return start, inner[0].start
        begin = inner[-1].end if inner else start
        if re.search(r"[一-鿿]{2}", text[begin:end]):
            return begin, end
    if re.search(r"[一-鿿]{2}$", place.before):
        return quantity.start - len(place.before), quantity.start
    return quantity.start, quantity.end


def _earlier_clause(text: str, position: int, since: int) -> tuple[int, int]:
    """The clause that ends before a place; empty where none does."""
    end = position
    while end > since and text[end - 1] in ",;: ":
        end -= 1
    start = end
    while start > since and end - start < _LONGEST_CLAUSE and text[start - 1] not in ",;:。":
        start -= 1
    return start, end


def covered(start_at: int, text: str, position: int) -> tuple[int, int, int]:
    """For 全覆盖 at a place: where its clause begins (from `start_at` on), and the words that name what is covered."""
    start = position
    while start > start_at and position - start < _LONGEST_CLAUSE and text[start - 1] not in ",;:。":
        start -= 1
    lead = LEADS_IN.match(text[start:position])
    first = start + (lead.end() if lead and start + lead.end() < position else 0)
    end = position
    while trailing := re.search(r"(?:实现|达到|做到|确保|基本|要|均|全部|的)$", text[first:end]):
        end -= len(trailing[0])
    if end <= first:
        first, end = _earlier_clause(text, start, start_at)
    if end <= first:
        first, end = position, position + len("全覆盖")
    return min(start, position), first, end
