"""What each column of a table holds, told by the words of its head and by what its cells are, the likelier of all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yinian.engines.plantext.cellwords import Sort, asks_for_work, blank, sort_of
from yinian.engines.plantext.columns import Kind, column_kind, head_like

_CONTENT: Mapping[Kind, Mapping[Sort, float]] = {
    "number": {"number": 1.0},
    "unit": {"unit": 1.0, "place": 0.7, "person": -0.3, "words": -0.5},
    "office": {"unit": 1.0, "person": -0.3, "words": -0.5},
    "time": {"time": 1.0, "words": -0.2, "work": -0.4, "figure": -0.6},
    "value": {"figure": 1.0, "number": 0.8, "time": -0.4, "words": -0.5, "work": -0.7},
    "amount": {"figure": 1.0, "number": 0.8},
    "percent": {"figure": 1.0, "number": 0.6},
    "year": {"time": 1.0, "figure": 0.2},
    "measure": {"measure": 1.0},
    "quality": {"quality": 1.0, "words": -0.3},
    "nature": {"nature": 1.0, "words": -0.2, "work": -0.4},
    "note": {
        "person": 0.5, "words": 0.1, "place": -0.3, "work": -0.1, "unit": -0.4, "time": -0.3, "figure": -0.3,
        "number": -0.6, "measure": -0.8, "quality": -0.6, "nature": -0.3,
    },
    "text": {"work": 1.0, "words": 0.4, "unit": -0.7, "person": -0.7},
    "name": {"place": 1.0, "words": 0.5, "work": 0.3, "unit": -0.2, "person": -0.2, "measure": -0.6, "nature": -0.5},
}
"""How well cells of a sort sit in a column of a kind; what is not named does not fit at all."""
_OPEN: tuple[Kind, ...] = ("unit", "time", "measure", "quality", "text", "name", "value", "note")
"""What a column may turn out to hold though its head does not say so."""
_SURE_BY_HEAD: tuple[Kind, ...] = ("number", "unit", "time", "measure", "quality", "amount", "nature")
_WEIGHT = 1.2
_NARROW = 0.25
"""A lead smaller than this over the next kind is no certainty."""
_INNER = re.compile(
    r"(?:科室|处室|股室|站所|内设机构)(?!.*(?:单位|部门))|^(?:责任|承办|牵头|配合|主办|负责)(?:科|处|股|站)$"
)
"""Offices within one unit: who answers for a row only where no unit does."""
_PASSING = re.compile(r"(?!.*20\d\d).*(?:[一二三四1-4]季度|[上下]半年|\d{1,2}月份?)(?:进度|目标|计划|安排|任务|情况)*")
"""The head of a column that says how far the work is to be by then."""
_OUTCOME = re.compile(r"成果|成效|佐证|印证|标志|形式|情况|进展|备注|说明|联系|电话|领导|负责人|依据")


@dataclass(frozen=True, slots=True)
class Told:
    """The kinds of a table's columns, and which of them are unsure: column, the kind taken, the next likeliest."""

    kinds: tuple[Kind, ...]
    unsure: tuple[tuple[int, Kind, Kind], ...] = ()


def told(heads: Sequence[str], columns: Sequence[Sequence[str]]) -> Told:
    """The kinds of columns from their heads and the folded words of their cells, column by column."""
    kinds: list[Kind] = []
    unsure: list[tuple[int, Kind, Kind]] = []
    for at, head in enumerate(heads):
        bare = re.sub(r"\s", "", head)
        cells = [words for words in columns[at] if not blank(words)] if at < len(columns) else []
        ranked = sorted(_scores(bare, cells).items(), key=lambda item: -item[1])
        kinds.append(ranked[0][0])
        if cells and len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _NARROW:
            unsure.append((at, ranked[0][0], ranked[1][0]))
    _one_number(heads, kinds)
    _inner_offices(heads, kinds)
    _something_to_do(heads, kinds, columns)
    return Told(tuple(kinds), tuple(unsure))


def promised(heads: Sequence[str]) -> tuple[Kind, ...]:
    """The kinds of columns as far as their heads alone make them sure; the others are open."""
    made: list[Kind] = []
    for head in heads:
        kind = _named(re.sub(r"\s", "", head))
        made.append(kind if kind in _SURE_BY_HEAD else "open")
    return tuple(made)


def agreement(head: str, cells: Sequence[str]) -> float:
    """How well a head stands above such cells: what its words promise against what they are."""
    bare = re.sub(r"\s", "", head)
    filled = [words for words in cells if not blank(words)]
    kind = _named(bare)
    if kind == "name" and not head_like(bare):
        return max(_fitting(kind, filled), -0.2)  # a head that says nothing of its kind contradicts none
    return _fitting(kind, filled) + (0.5 if head_like(bare) else 0.0)


def _scores(head: str, cells: Sequence[str]) -> dict[Kind, float]:
    named = _named(head)
    scores: dict[Kind, float] = {}
    for kind in dict.fromkeys((named, *_OPEN)):
        prior = 0.0
        if kind == named and head:
            prior = _promised(head, kind)
        scores[kind] = prior + _WEIGHT * _fitting(kind, cells)
    if named == "year" and any("月" in words for words in cells):
        scores["time"] += 1.5
    return scores


def _promised(head: str, kind: Kind) -> float:
    """How much the words of a head weigh for the kind that they name."""
    if kind == "name":
        return 0.3
    if kind == "note":
        return 1.8 if _PASSING.fullmatch(head) else 1.3
    if kind == "value" and re.fullmatch(r"20\d\d年?度?", head):
        return 0.5  # a year stands above figures as well as above work
    return 0.6 if kind == "text" and not head_like(head) else 1.0


def _named(head: str) -> Kind:
    """What the words of a head promise."""
    if _INNER.search(head):
        return "unit"
    if re.fullmatch(r"(?:指标|计量|数量)?单位", head):
        return "measure"
    if re.fullmatch(r"单位名称|部门名称", head):
        return "name"
    if re.search(r"(?:单位|部门)(?:及|和|与|、)", head):
        return "unit"
    if re.search(r"属性$|指标(?:性质|类型)$", head):
        return "quality"
    if _PASSING.fullmatch(head):
        return "note"
    return column_kind(head)


def _fitting(kind: Kind, cells: Sequence[str]) -> float:
    if not cells:
        return 0.0
    content = _CONTENT[kind]
    added = 0.0
    for words in cells:
        sort = sort_of(words)
        share = content.get(sort, -1.0)
        if kind == "text" and sort == "words" and len(words) >= 12:
            share = 0.8
        if kind == "name" and len(words) > 24:
            share -= 0.4
        if kind == "time" and sort in ("words", "work") and re.search(r"\d月|年底|季度|20\d\d年", words):
            share = 0.4
        added += share
    return added / len(cells)


def _one_number(heads: Sequence[str], kinds: list[Kind]) -> None:
    """Running numbers stand in one column; a second one counts something."""
    seen = False
    for at, kind in enumerate(kinds):
        if kind == "number" and seen:
            kinds[at] = "note"
        seen = seen or kind == "number"


def _inner_offices(heads: Sequence[str], kinds: list[Kind]) -> None:
    """Offices of one unit count only where the table names no units besides."""
    inner = [at for at, head in enumerate(heads) if kinds[at] == "unit" and _INNER.search(re.sub(r"\s", "", head))]
    if inner and len(inner) < kinds.count("unit"):
        for at in inner:
            kinds[at] = "office"


def _something_to_do(heads: Sequence[str], kinds: list[Kind], columns: Sequence[Sequence[str]]) -> None:
    """Where no column is known to say what is to be done, the one whose cells ask for it most does."""
    for at, kind in enumerate(kinds):
        if kind == "text" and _OUTCOME.search(heads[at]) and kinds.count("text") > 1:
            kinds[at] = "note"
    if "text" in kinds:
        return
    best, most = None, 0.0
    for at, kind in enumerate(kinds):
        if kind not in ("name", "note") or _OUTCOME.search(heads[at]) or at >= len(columns):
            continue
        cells = [words for words in columns[at] if not blank(words)]
        asked = sum(asks_for_work(words) or len(words) >= 16 for words in cells)
        share = asked / len(cells) if cells else 0.0
        if share > max(most, 0.5):
            best, most = at, share
    if best is not None:
        kinds[best] = "text"
