"""Targets: figures that a plan says are to be reached, with indicator, comparator, value, unit and deadline."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from yinian.engines.plantext.aims import REACH, Place, aimed_at, baseline
from yinian.engines.plantext.dues import Expression
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Deadline, Node, Target
from yinian.engines.plantext.naming import PER, covered, indicator
from yinian.engines.plantext.numbers import tidy
from yinian.engines.plantext.quantities import MEASURES, NEVER, PERCENT, Quantity, find_quantities
from yinian.engines.plantext.tasks import Found, Tree, inherited

_STANDARD = re.compile(
    r"标准|每百|每千|每万|每所|每张|每间|每床|人均|床均|户均|每个[^,]{0,8}(?:面积|配)|跟班|面积|时长"
)
_ALL_COVERED = re.compile(r"(?:(?<![个项])全覆盖|100%覆盖|全部覆盖)(?=的?目标|[,。;、)\s!:和及并]|$)")
_COVERS = re.compile(r"实现|达到|做到|完成|基本|率先|全部|推动|推进")
_REACHES = re.compile(r"(?:实现|达到|做到|确保)[^,。;]*$")
_LONGEST = 80
_AND = re.compile(r"\s?[和、及]\s?")
_MOST_DATES = 6
_NEW_SUBJECT = re.compile(r"同时|另外|此外|并|鼓励|支持|探索|对")


class TargetReader:
    """Finds the targets of one plan's sentences."""

    def __init__(self, document: Document, tree: Tree, five_year: bool) -> None:
        self.document, self.tree, self.five_year = document, tree, five_year
        self._carried: tuple[int, Deadline] | None = None
        """The paragraph and the deadline that opened a sentence and may govern those after it."""
        self._previous: Node | None = None

    def targets(self, found: Sequence[Found]) -> list[Target]:
        """The targets in order of place."""
        targets: list[Target] = []
        for one in found:
            targets.extend(self._of_sentence(one, len(targets)))
        return targets

    def _of_sentence(self, one: Found, count: int) -> list[Target]:
        node, sentence, document = one.node, one.sentence, self.document
        if node is not None and node.kind in ("background", "closing"):
            self._carried = None
            return []
        goal = one.aim or any(above.kind == "goal" for above in self.tree.line_up(node))
        own = [time for time in one.times if time.due]
        own = [time for time in own if time.deadline and (time.deadline.iso or time.deadline.rule)] or own
        carried = one.given or self._carried_here(one, goal)
        taken = [(time.start, time.end) for time in one.times]
        starts = [time.start for time in one.times]
        quantities = list(find_quantities(document.folded, document.brackets, sentence.start, sentence.end, taken))
        made: list[Target] = []
        last: Place | None = None
        shared: Place | None = None
        in_turn = _in_turn(document.folded, own, quantities)
        for index, quantity in enumerate(quantities):
            deadline = in_turn.get(index) or _deadline_at(quantity.number_start, own, carried)
            near = _near(one.times, starts, quantity)
            place = Place(
                document.folded, document.brackets, quantity, sentence.start, near, deadline, goal, self.five_year
            )
            like = _respectively(document.folded, shared or last, quantity)
            if like is not None:
                place = replace(place, quantity=replace(quantity, comparator=like.quantity.comparator))
            elif not (last is not None and _joins(document.folded, last, place)) and not aimed_at(place):
                continue
            shared = like
            last = place
            previous = quantities[index - 1].end if index else -1
            same = like is not None and like.quantity.unit == quantity.unit
            where = indicator(like, -1) if like is not None and same else indicator(place, previous)
            again = made and made[-1].unit == quantity.unit and where[1] <= quantity.clause_start
            if again and where[0] < made[-1].value_end <= max(where[1], made[-1].end):
                # the clause before is that of the figure before, whose indicator goes on
                where = (made[-1].indicator_start, made[-1].indicator_end)
            made.append(self._made(place, where, one, previous))
        stated = [(target.value_start, target.value_end) for target in made]
        made.extend(
            target
            for target in self._covered(one, own, carried if goal else None, goal)
            if not any(start < target.value_end and target.value_start < end for start, end in stated)
        )
        self._remember(one, own, goal, bool(made))
        made.sort(key=lambda target: target.value_start)
        return [replace(target, id=f"G{count + number}") for number, target in enumerate(made, 1)]

    # ── deadlines ────────────────────────────────────────────────────────────────────────────────────────────────

    def _carried_here(self, one: Found, goal: bool) -> Deadline | None:
        if self._carried is None:
            return None
        paragraph, deadline = self._carried
        if not goal:
            if one.node != self._previous or paragraph != one.sentence.paragraph:
                return None
            if _NEW_SUBJECT.match(self.document.folded, one.sentence.start):
                return None
        return inherited(deadline)

    def _remember(self, one: Found, own: Sequence[Expression], goal: bool, hit: bool) -> None:
        """A date that opens a sentence governs those after it: all among goals, else the next with figures."""
        leading = [time for time in own if time.leading and time.deadline and time.deadline.kind != "recurring"]
        if one.node != self._previous and not (goal and self._same_goal(one)):
            self._carried = None
        if leading and (goal or self.document.folded[leading[-1].start] not in "([〔【"):
            assert leading[-1].deadline is not None
            self._carried = (one.sentence.paragraph, leading[-1].deadline)
        elif not goal and (own or not hit):
            self._carried = None
        self._previous = one.node

    def _same_goal(self, one: Found) -> bool:
        above = {node.id for node in self.tree.line_up(self._previous)}
        return bool(above & {node.id for node in self.tree.line_up(one.node)})

    # ── making ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _made(self, place: Place, where: tuple[int, int], one: Found, previous: int) -> Target:
        quantity, number = place.quantity, place.quantity.number
        per = PER.match(_since(place, previous))
        said = per[0].strip() if per else ""
        comparator = ">=" if number.is_range and quantity.comparator == "=" else quantity.comparator
        return Target(
            id="",
            start=min(where[0], quantity.start),
            end=max(where[1], quantity.end),
            indicator=self.document.raw[where[0] : where[1]],
            indicator_start=where[0],
            indicator_end=where[1],
            value_start=quantity.start,
            value_end=quantity.end,
            comparator=comparator,
            value=tidy(number.low),
            value_max=tidy(number.high) if number.is_range else None,
            unit=quantity.unit,
            kind="standard" if _is_standard(place) else "goal",
            deadline=place.deadline,
            per=said if len(said) > 1 else None,
            implicit=False,
            approx=quantity.approx,
            outline_id=one.node.id if one.node else None,
        )

    def _covered(self, one: Found, own: Sequence[Expression], carried: Deadline | None, goal: bool) -> list[Target]:
        """全覆盖 with a deadline is a target of 100 % that no figure states."""
        text, start = self.document.folded, one.sentence.start
        made: list[Target] = []
        for match in _ALL_COVERED.finditer(text, start, one.sentence.end):
            before = [time.deadline for time in own if time.end <= match.start()]
            deadline = before[-1] if before else carried
            if self.document.brackets.quoted(match.start()):
                continue
            if deadline is None and not _REACHES.search(text, max(start, match.start() - _LONGEST), match.start()):
                continue
            if baseline(text, start, match.start(), one.times):
                continue
            if not goal and not _COVERS.search(text, start, match.start()):
                continue
            opened = [time.end for time in one.times if time.end <= match.start()]
            begin, first, end = covered(max([start, *opened]), text, match.start())
            made.append(
                Target(
                    id="",
                    start=begin,
                    end=match.end(),
                    indicator=self.document.raw[first:end],
                    indicator_start=first,
                    indicator_end=end,
                    value_start=match.start(),
                    value_end=match.end(),
                    comparator=">=",
                    value=100,
                    value_max=None,
                    unit="%",
                    kind="goal",
                    deadline=deadline,
                    per=None,
                    implicit=True,
                    approx=False,
                    outline_id=one.node.id if one.node else None,
                )
            )
        return made


def _deadline_at(position: int, own: Sequence[Expression], carried: Deadline | None) -> Deadline | None:
    """The deadline of a figure: the last one before it, else the first one after it, else the one carried here."""
    index = bisect_right(own, position, key=lambda time: time.end)
    if index:
        return own[index - 1].deadline
    following = next((time.deadline for time in own if time.deadline and time.deadline.kind != "recurring"), None)
    return following if following is not None else carried


def _near(times: Sequence[Expression], starts: Sequence[int], quantity: Quantity) -> Sequence[Expression]:
    """The times that may govern a figure: none stands further off than a word of the present reaches."""
    first = bisect_left(starts, quantity.clause_start - REACH)
    return times[first : bisect_right(starts, quantity.clause_end)]


def _in_turn(text: str, own: Sequence[Expression], quantities: Sequence[Quantity]) -> dict[int, Deadline]:
    """Figures that share out the dates before them: 到2025年和2030年, 分别达到60%、75%."""
    for index in range(len(quantities) - 1):
        last = bisect_right(own, quantities[index].start, key=lambda time: time.end)
        first = last - 1
        while first > 0 and last - first < _MOST_DATES and _AND.fullmatch(text, own[first - 1].end, own[first].start):
            first -= 1
        dates = own[max(0, first) : last]
        rest = quantities[index : index + len(dates)]
        if len(dates) < 2 or len(rest) < len(dates) or "分别" not in text[dates[-1].end : rest[0].start]:
            continue
        if len({quantity.clause_start for quantity in rest}) == 1:
            return {index + n: time.deadline for n, time in enumerate(dates) if time.deadline is not None}
    return {}


def _respectively(text: str, earlier: Place | None, quantity: Quantity) -> Place | None:
    """The figure whose indicator and comparator this one shares: 收获机械化率分别达到65%和55%."""
    if earlier is None or earlier.quantity.clause_start != quantity.clause_start:
        return None
    if "分别" not in text[quantity.clause_start : quantity.start]:
        return None
    between = text[earlier.quantity.end : quantity.start]
    return earlier if re.fullmatch(r"(?:[^,。]{0,8})(?:和|、|及)(?:达到|达)?", between) else None


def _since(place: Place, previous: int) -> str:
    """The clause before a figure, from the last date or the last figure on."""
    return place.folded[max(place.quantity.start - len(place.before), previous) : place.quantity.start].lstrip(
        "、和及 "
    )


def _joins(text: str, last: Place, place: Place) -> bool:
    """Whether a count goes on with a list that has begun: 1个…中心和2个…站; 选拔100名…, 200名…."""
    before, quantity = last.quantity, place.quantity
    if quantity.unit == before.unit == "%" and before.clause_start == quantity.clause_start:
        return bool(re.fullmatch(r"(?:以上)?[、和及]?[一-鿿]{2,8}", text[before.end : quantity.start]))
    if quantity.unit in NEVER or quantity.unit in PERCENT or before.unit in PERCENT or quantity.number.han:
        return False
    if before.clause_start == quantity.clause_start:
        between = text[before.end : quantity.start]
        after = text[quantity.end : quantity.end + 1]
        named_first = bool(re.fullmatch(r"[、和及][一-鿿]{2,14}", between)) and not re.match(r"[一-鿿]", after)
        return named_first or bool(re.search(r"(?:^|[一-鿿)])(?:和|及|以及|与|、)$", between))
    words = text[quantity.clause_start : quantity.start].strip()
    part = bool(re.fullmatch(r"其中[^,\d]{0,16}", words))
    follows = quantity.clause_start == before.clause_end + 1 and before.unit == quantity.unit
    return follows and (part or (not words and place.deadline is not None))


def _is_standard(place: Place) -> bool:
    """A measure that holds for each and every one, without a date: 每百户不少于20平方米."""
    quantity = place.quantity
    if place.deadline is not None or quantity.unit in ("%", "‰"):
        return False
    if quantity.comparator in ("<=", "<") or quantity.unit in MEASURES:
        return True
    words = place.folded[quantity.clause_start : quantity.clause_end]
    return not place.goal and bool(_STANDARD.search(words))
