"""Two versions of a plan: what was added, left out, moved, and what was promised less or more firmly than before.

Items of the two versions are paired by likeness: first those whose words are the same, then the likest. A pair is then
asked what became of each promise in it: its time, figure, comparison, units, sum, and how binding its words are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Literal

from yinian.engines.plantext.chars import fold

Direction = Literal["weaker", "stronger", "neutral"]

LIKE = {"task": 0.55, "target": 0.6, "money": 0.6, "project": 0.72, "outline": 0.7}
"""From which likeness on two items are held to be the same promise."""
_FEWEST_SHARED = 0.2
"""Of the pairs of characters, shared: less is not worth comparing closely."""
_PUNCTUATION = re.compile(r"[\s,，.。;；:：、!！?？()（）“”\"'‘’《》〈〉\[\]【】〔〕\-—–·]+")
_FIRM = ("必须", "应当", "务必", "不得", "严禁", "一律", "确保", "全部", "强制", "应", "须")
_SOFT = (
    "可以",
    "鼓励",
    "支持",
    "倡导",
    "探索",
    "引导",
    "力争",
    "争取",
    "原则上",
    "有条件的",
    "逐步",
    "适时",
    "研究",
    "可",
)
_NOT_APART = re.compile(
    r"可靠|可持续|许可|认可|可能|可及|不可|相应|适应|应急|响应|供应|效应|应对|应用|反应|必须|须知|支持体系|支持性"
)
_BINDING, _EXPECTED = "约束性", "预期性"
_EVERY = {"FREQ=DAILY": 365.0, "FREQ=WEEKLY": 52.0, "FREQ=MONTHLY": 12.0, "FREQ=YEARLY": 1.0}
_REACH = {">=": 2, ">": 3, "=": 4, "<=": 2, "<": 3}
"""How tight a comparison is: an exact figure binds both ways."""


@dataclass(frozen=True, slots=True)
class Part:
    """An item as the comparison needs it. `section` is the heading it stands under, `context` its words and some more.

    `data` has the shape that `to_document` gives an item of this kind.
    """

    key: int
    kind: str
    start: int
    quote: str
    section: str
    data: Mapping[str, Any]
    context: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise than before: a code, which way it goes, and what it was and is."""

    code: str
    direction: Direction
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one promise. `old` None: added; `new` None: left out."""

    old: Part | None
    new: Part | None
    likeness: float
    differences: tuple[Difference, ...] = field(default=())

    @property
    def moved(self) -> bool:
        """Whether it stands under another heading than before."""
        return any(one.code == "section" for one in self.differences)

    @property
    def verdict(self) -> str:
        """added, removed, weakened, strengthened, mixed, moved, reworded or same: the gravest that holds."""
        if self.old is None:
            return "added"
        if self.new is None:
            return "removed"
        ways = {one.direction for one in self.differences}
        if {"weaker", "stronger"} <= ways:
            return "mixed"
        if "weaker" in ways:
            return "weakened"
        if "stronger" in ways:
            return "strengthened"
        if self.moved:
            return "moved"
        return "reworded" if self.differences else "same"


def compare(old: Sequence[Part], new: Sequence[Part]) -> list[Change]:
    """The changes from one version to the next: in the order of the new one, what was left out at its old place."""
    changes: list[Change] = []
    for kinds in (("task",), ("target", "standard"), ("money",), ("project",)):
        before = [part for part in old if part.kind in kinds]
        after = [part for part in new if part.kind in kinds]
        changes += _paired(before, after, LIKE[kinds[0]])
    return _ordered(changes)


def _paired(old: Sequence[Part], new: Sequence[Part], least: float) -> list[Change]:
    pairs: list[tuple[int, int, float]] = []
    plain_old, plain_new = [_plain(part) for part in old], [_plain(part) for part in new]
    free_old, free_new = _same(old, new, plain_old, plain_new, pairs)
    pairs += _likest(plain_old, plain_new, free_old, free_new, least)
    changes = [Change(old[a], new[b], score, tuple(_differences(old[a], new[b]))) for a, b, score in pairs]
    gone = {a for a, _, _ in pairs}
    come = {b for _, b, _ in pairs}
    changes += [Change(part, None, 0.0) for number, part in enumerate(old) if number not in gone]
    changes += [Change(None, part, 0.0) for number, part in enumerate(new) if number not in come]
    return changes


def _plain(part: Part) -> str:
    """The words by which an item is known again: without marks and widths."""
    said = part.quote
    if part.kind in ("target", "standard"):
        said = f"{part.data.get('indicator') or ''}{part.data.get('unit') or ''}" or part.quote
    elif part.kind == "project":
        said = str(part.data.get("name") or part.quote)
    return _PUNCTUATION.sub("", fold(said))


def _same(
    old: Sequence[Part],
    new: Sequence[Part],
    plain_old: Sequence[str],
    plain_new: Sequence[str],
    pairs: list[tuple[int, int, float]],
) -> tuple[list[int], list[int]]:
    """Pairs items of the same words, those under the same heading first; returns who is left."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for number, words in enumerate(plain_old):
        waiting[words].append(number)
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    for same_place in (True, False):
        for number, words in enumerate(plain_new):
            if number in taken_new:
                continue
            for other in waiting.get(words, ()):
                if other in taken_old or (same_place and old[other].section != new[number].section):
                    continue
                taken_old.add(other)
                taken_new.add(number)
                pairs.append((other, number, 1.0))
                break
    return (
        [number for number in range(len(old)) if number not in taken_old],
        [number for number in range(len(new)) if number not in taken_new],
    )


def _likest(
    plain_old: Sequence[str], plain_new: Sequence[str], free_old: Sequence[int], free_new: Sequence[int], least: float
) -> list[tuple[int, int, float]]:
    """The likest pairs of what is left, each item once."""
    grams_old = {number: _grams(plain_old[number]) for number in free_old}
    grams_new = {number: _grams(plain_new[number]) for number in free_new}
    holders: dict[str, list[int]] = defaultdict(list)
    for number, grams in grams_old.items():
        for gram in grams:
            holders[gram].append(number)
    scored: list[tuple[float, int, int]] = []
    for number, grams in grams_new.items():
        shared: dict[int, int] = defaultdict(int)
        for gram in grams:
            for other in holders.get(gram, ()):
                shared[other] += 1
        for other, count in shared.items():
            if 2 * count < _FEWEST_SHARED * (len(grams) + len(grams_old[other])):
                continue
            score = SequenceMatcher(None, plain_old[other], plain_new[number], autojunk=False).ratio()
            if score >= least:
                scored.append((score, other, number))
    scored.sort(key=lambda one: (-one[0], abs(one[1] - one[2]), one[1]))
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    pairs = []
    for score, a, b in scored:
        if a not in taken_old and b not in taken_new:
            taken_old.add(a)
            taken_new.add(b)
            pairs.append((a, b, score))
    return pairs


def _grams(words: str) -> set[str]:
    return {words[n : n + 2] for n in range(max(1, len(words) - 1))}


def _ordered(changes: Iterable[Change]) -> list[Change]:
    def place(change: Change) -> tuple[int, int]:
        part = change.new or change.old
        assert part is not None
        return part.start, part.key

    return sorted(changes, key=place)


# --- what became of a promise ----------------------------------------------------------------------------------


def _differences(old: Part, new: Part) -> list[Difference]:
    found = [*_moved(old, new), *_time(old, new)]
    if new.kind == "task":
        found += _units(old, new)
        found += _modality(old, new)
    elif new.kind in ("target", "standard"):
        found += _figure(old, new)
        found += _nature(old, new)
    elif new.kind == "money":
        found += _sum(old, new)
    elif new.kind == "project":
        found += _project(old, new)
    if not found and _PUNCTUATION.sub("", fold(old.quote)) != _PUNCTUATION.sub("", fold(new.quote)):
        found.append(Difference("words", "neutral"))
    return found


def _moved(old: Part, new: Part) -> list[Difference]:
    a, b = _PUNCTUATION.sub("", fold(old.section)), _PUNCTUATION.sub("", fold(new.section))
    if a == b or SequenceMatcher(None, a, b, autojunk=False).ratio() >= LIKE["outline"]:
        return []
    return [Difference("section", "neutral", old.section, new.section)]


def _time(old: Part, new: Part) -> list[Difference]:
    a, b = old.data.get("deadline"), new.data.get("deadline")
    if not a and not b:
        return []
    if not b:
        return [Difference("deadline_gone", "weaker", a)]
    if not a:
        return [Difference("deadline_new", "stronger", None, b)]
    if a.get("kind") == "recurring" or b.get("kind") == "recurring":
        return _rhythm(a, b)
    if not a.get("iso") or not b.get("iso") or a["iso"] == b["iso"]:
        return []
    later = b["iso"] > a["iso"]
    return [Difference("deadline_later" if later else "deadline_earlier", "weaker" if later else "stronger", a, b)]


def _rhythm(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    first, second = _often(a), _often(b)
    if first is None or second is None or first == second:
        same = a.get("kind") == b.get("kind") and a.get("rule") == b.get("rule")
        return [] if same else [Difference("deadline_otherwise", "neutral", a, b)]
    less = second < first
    return [Difference("less_often" if less else "more_often", "weaker" if less else "stronger", a, b)]


def _often(deadline: Mapping[str, Any]) -> float | None:
    """Turns a year; None where that cannot be said."""
    rule = deadline.get("rule") or ""
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    base = _EVERY.get(f"FREQ={parts.get('FREQ', '')}")
    if base is None:
        return None
    step = int(parts.get("INTERVAL", "1")) if parts.get("INTERVAL", "1").isdigit() else 1
    times = re.match(r"\d+", parts.get("TIMES", "1"))
    return base / max(1, step) * (int(times[0]) if times else 1)


def _units(old: Part, new: Part) -> list[Difference]:
    found: list[Difference] = []
    before, after = _names(old.data), _names(new.data)
    lead_a, lead_b = list(old.data.get("lead_units") or []), list(new.data.get("lead_units") or [])
    if lead_a != lead_b and (lead_a or lead_b):
        if not lead_b:
            found.append(Difference("lead_gone", "weaker", lead_a))
        elif not lead_a:
            found.append(Difference("lead_new", "stronger", None, lead_b))
        else:
            found.append(Difference("lead_otherwise", "neutral", lead_a, lead_b))
    gone = [name for name in before if name not in after and name not in lead_a]
    come = [name for name in after if name not in before and name not in lead_b]
    if gone:
        found.append(Difference("units_gone", "weaker", gone))
    if come:
        found.append(Difference("units_new", "stronger", None, come))
    return found


def _names(data: Mapping[str, Any]) -> list[str]:
    return [str(name) for key in ("lead_units", "assist_units", "responsible_units") for name in data.get(key) or []]


def _modality(old: Part, new: Part) -> list[Difference]:
    """Whether the words bind less than before: 应 became 可, or 鼓励 came in."""
    firm_a, soft_a = _words(old.quote)
    firm_b, soft_b = _words(new.quote)
    lost_firm, new_firm = firm_a - firm_b, firm_b - firm_a
    lost_soft, new_soft = soft_a - soft_b, soft_b - soft_a
    before = sorted(lost_firm | lost_soft)
    after = sorted(new_firm | new_soft)
    softer = bool(new_soft) - bool(lost_soft) + bool(lost_firm) - bool(new_firm)
    if softer > 0:
        return [Difference("words_softer", "weaker", before, after)]
    if softer < 0:
        return [Difference("words_firmer", "stronger", before, after)]
    return []


def _words(quote: str) -> tuple[set[str], set[str]]:
    said = _PUNCTUATION.sub("", fold(quote))
    firm = {word for word in _FIRM if len(word) > 1 and word in said}
    soft = {word for word in _SOFT if len(word) > 1 and word in said}
    for word in (*firm, *soft):
        said = said.replace(word, "　")
    said = _NOT_APART.sub("　", said)
    firm |= {word for word in _FIRM if len(word) == 1 and word in said}
    soft |= {word for word in _SOFT if len(word) == 1 and word in said}
    return firm, soft


def _figure(old: Part, new: Part) -> list[Difference]:
    found: list[Difference] = []
    a, b = old.data.get("value"), new.data.get("value")
    how_a, how_b = old.data.get("comparator") or "", new.data.get("comparator") or ""
    falling = "<" in how_b or ("<" in how_a and ">" not in how_b)
    if old.data.get("unit") == new.data.get("unit") and isinstance(a, int | float) and isinstance(b, int | float):
        if a != b:
            weaker = b > a if falling else b < a
            code = "value_higher" if b > a else "value_lower"
            found.append(Difference(code, "weaker" if weaker else "stronger", dict(old.data), dict(new.data)))
    elif a is not None and b is None:
        found.append(Difference("value_gone", "weaker", dict(old.data), None))
    if how_a != how_b and how_a in _REACH and how_b in _REACH:
        if ("<" in how_a) != ("<" in how_b) and "=" not in (how_a, how_b):
            found.append(Difference("comparator_otherwise", "neutral", how_a, how_b))
        else:
            looser = _REACH[how_b] < _REACH[how_a]
            found.append(
                Difference(
                    "comparator_looser" if looser else "comparator_tighter",
                    "weaker" if looser else "stronger",
                    how_a,
                    how_b,
                )
            )
    return found


def _nature(old: Part, new: Part) -> list[Difference]:
    a, b = _bound(old), _bound(new)
    if a == b or a is None or b is None:
        return []
    if a == _BINDING:
        return [Difference("no_longer_binding", "weaker", a, b)]
    return [Difference("now_binding", "stronger", a, b)]


def _bound(part: Part) -> str | None:
    """约束性 or 预期性, whichever comes first in the item's words or right after them."""
    said = part.context or part.quote
    places = {word: said.find(word) for word in (_BINDING, _EXPECTED)}
    named = {word: place for word, place in places.items() if place >= 0}
    return min(named, key=lambda word: named[word]) if named else None


def _sum(old: Part, new: Part) -> list[Difference]:
    found: list[Difference] = []
    for key in ("amount_min", "amount_max"):
        a, b = old.data.get(key), new.data.get(key)
        if isinstance(a, int | float) and isinstance(b, int | float) and a != b:
            lower = b < a
            found.append(
                Difference(
                    "sum_lower" if lower else "sum_higher",
                    "weaker" if lower else "stronger",
                    dict(old.data),
                    dict(new.data),
                )
            )
            break
    return found


def _project(old: Part, new: Part) -> list[Difference]:
    found: list[Difference] = []
    a, b = old.data.get("total_fen"), new.data.get("total_fen")
    if isinstance(a, int) and isinstance(b, int) and a != b:
        lower = b < a
        found.append(Difference("total_lower" if lower else "total_higher", "weaker" if lower else "stronger", a, b))
    first, second = old.data.get("end_year"), new.data.get("end_year")
    if isinstance(first, int) and isinstance(second, int) and first != second:
        later = second > first
        code = "year_later" if later else "year_earlier"
        found.append(Difference(code, "weaker" if later else "stronger", first, second))
    return found
