"""Cells one after the other put back into the rows and columns of their table, all at once.

What kind of thing each column holds is known; the best way through is sought among all that read the cells in order,
where a cell may have been broken over lines, an empty or merged one lost, and names of groups and totals stand between.
The gain of every cell that fits its column is weighed against what it costs to leave columns out, so that the way ends
by itself where the table does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from yinian.engines.plantext.cellwords import Sort, asks_for_work, opens_with_time, sort_of
from yinian.engines.plantext.columns import GROUP, TOTAL, Kind

_GAIN: dict[Kind, dict[Sort, float]] = {
    "number": {"number": 1.0},
    "unit": {"unit": 1.0, "place": 0.6, "words": -0.9, "person": -0.6},
    "office": {"unit": 1.0, "words": -0.9, "person": -0.6},
    "time": {"time": 1.0, "words": -0.9, "work": -1.2},
    "value": {"figure": 1.0, "number": 0.8, "words": -0.8, "time": -0.6},
    "amount": {"figure": 1.0, "number": 0.8},
    "percent": {"figure": 1.0, "number": 0.6},
    "year": {"time": 1.0},
    "measure": {"measure": 1.0},
    "quality": {"quality": 1.0, "words": -0.5},
    "nature": {"nature": 1.0, "words": -0.4},
    "note": {"words": 0.1, "person": 0.8, "work": 0.0, "unit": -0.5, "time": -0.7, "figure": -0.6, "number": -1.0},
    "text": {"work": 0.5, "words": 0.25, "unit": -1.2, "person": -0.8, "measure": -1.5, "figure": -0.3},
    "name": {"place": 0.6, "words": 0.3, "work": 0.2, "unit": 0.0, "person": -0.4, "nature": -0.8},
}
_DASHES: dict[Kind, float] = {
    "value": 0.5, "amount": 0.5, "percent": 0.5, "note": 0.0, "text": -0.8, "name": -0.8, "number": -1.0,
}
"""A stroke stands where there is no figure, or nothing to note."""
_UNFIT = -2.0
_MISSING: dict[Kind, float] = {
    "number": 1.2, "text": 1.2, "note": 0.15, "unit": 0.6, "time": 0.6, "percent": 0.3, "open": 0.6,
}
"""What it costs to leave out a column; the name of a group less, any other kind more."""
_GROUPED = 0.35
_MISSED = 0.8
_AGAIN: dict[Kind, float] = {"text": 0.1, "name": 0.6, "note": 0.35, "time": 0.9, "nature": 0.9, "open": 0.5}
_NEVER_AGAIN = 2.5
_WRAP = 0.15
_DROP = 9.0
"""How far the gain may fall below its best before the table is over."""
_LONG_NAME = 24
_SAID = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell belongs: the row it stands in, its column, and what its row is."""

    row: int
    column: int
    kind: str


@dataclass(frozen=True, slots=True)
class Aligned:
    """A way through the cells: the places of the first so many, and what was gained."""

    places: tuple[Place, ...]
    gain: float


def align(cells: Sequence[str], kinds: Sequence[Kind]) -> Aligned | None:
    """The best way to read the folded words of cells as rows of such columns, as far as the table goes."""
    width = len(kinds)
    missing = _missing(kinds)
    ahead = [0.0]
    for cost in missing:
        ahead.append(ahead[-1] + cost)
    opening = [sum(_opening(kinds, at) for at in range(column)) for column in range(width)]
    chain = _running(cells) if "number" in kinds else frozenset()
    further = _further(kinds)
    group, total = width, width + 1
    low = float("-inf")
    last: list[float] = []
    came: list[list[int]] = []
    best, best_at, best_state = 0.0, -1, -1
    wrapped, wrapped_from = 0.0, -1
    for at, words in enumerate(cells):
        sort = sort_of(words)
        now, origin = [low] * (width + 2), [-1] * (width + 2)
        running, running_from = low, -1
        for column, kind in enumerate(kinds):
            if last and last[column - 1] > low and column:
                carried = last[column - 1] + ahead[column]
                if carried > running:
                    running, running_from = carried, column - 1
            gain = _gain(words, sort, kind, at in chain)
            options = [(wrapped - opening[column] - (_WRAP if at else 0.0) + gain, -2 - wrapped_from)]
            if running > low:
                options.append((running - ahead[column] + gain, running_from))
            if last and last[column] > low:
                options.append((last[column] + _more(kind, words, cells[at - 1], gain, column in further), column))
            now[column], origin[column] = max(options)
        if GROUP.match(words) or (sort == "words" and len(words) <= _LONG_NAME and "。" not in words):
            now[group] = wrapped + (0.3 if GROUP.match(words) else -0.7)
            origin[group] = -2 - wrapped_from
        elif last and last[group] > low and sort in ("figure", "number") and at not in chain:
            now[group], origin[group] = last[group] + 0.2, group  # the sums of a group
        if TOTAL.match(words):
            now[total], origin[total] = wrapped + 0.5, -2 - wrapped_from
        elif last and last[total] > low and sort in ("figure", "number", "empty"):
            now[total], origin[total] = last[total] + 0.2, total
        came.append(origin)
        last = now
        ends = [(now[column] - (ahead[width] - ahead[column + 1]), column) for column in range(width)]
        ends += [(now[group] - 0.1, group), (now[total], total)]
        wrapped, wrapped_from = max(ends)
        if wrapped >= best and wrapped_from != group:
            best, best_at, best_state = wrapped, at, wrapped_from
        if wrapped < best - _DROP:
            break
    if best_at < 0:
        return None
    return Aligned(_traced(came, best_at, best_state, width), best)


def _further(kinds: Sequence[Kind]) -> frozenset[int]:
    """The columns in which several units stand as a rule: the only one of units, or those behind the first."""
    units = [at for at, kind in enumerate(kinds) if kind == "unit"]
    return frozenset(units if len(units) == 1 else units[1:])


def _missing(kinds: Sequence[Kind]) -> list[float]:
    """What it costs to leave each column out; of neighbouring columns of words the last says most."""
    words = ("name", "text")
    named = "name" if "text" not in kinds else "text"
    made: list[float] = []
    for at, kind in enumerate(kinds):
        if kind in words and any(one in words for one in kinds[at + 1 : at + 2]):
            made.append(_GROUPED)
        else:
            made.append(_MISSING["text"] if kind == named else _MISSING.get(kind, _MISSED))
    return made


def _opening(kinds: Sequence[Kind], column: int) -> float:
    """What it costs that a row begins behind a column: the name of a group stands but once, if there is more to say."""
    kind = kinds[column]
    if column < 2 and kind in ("name", "text"):
        return 0.3 if any(one in ("name", "text") for one in kinds[column + 1 :]) else 1.5
    return _MISSING.get(kind, _MISSED)


def _more(kind: Kind, words: str, before: str, gain: float, further: bool) -> float:
    """What is gained where a cell goes on in a further line; units beside those of another column as a rule do."""
    if not words.strip():
        return -0.3
    if kind == "unit" and gain > 0:
        return 0.7 if further else 0.45
    if kind == "unit" and sort_of(words) == "person":
        return 0.1  # the person within the unit
    if before.rstrip().endswith(("、", ":", "(", "—", "-", "至")) and gain > _UNFIT:
        return 0.3
    if kind == "text" and before.rstrip().endswith(("。", ";")) and asks_for_work(words):
        return min(gain, 0.0) - 0.3
    return min(gain, 0.0) - _AGAIN.get(kind, _NEVER_AGAIN)


def _gain(words: str, sort: Sort, kind: Kind, chained: bool) -> float:
    if sort == "empty":
        return _DASHES.get(kind, -0.1) if words.strip() else 0.0
    if kind == "open":
        return _UNFIT if chained and sort == "number" else 0.2
    if kind == "number":
        return 1.2 if chained else 0.2 if sort == "number" and not words.strip().isdigit() else _UNFIT
    if sort == "number" and chained and kind in ("value", "amount", "percent"):
        return 0.5
    gain = _GAIN.get(kind, {}).get(sort, _UNFIT)
    if kind == "name" and len(words) > _LONG_NAME:
        return gain - 0.5
    if kind == "time" and sort in ("words", "work") and opens_with_time(words):
        return 0.3
    if kind in ("unit", "time", "value") and sort in ("words", "work"):
        if kind == "value" and len(words) <= _SAID:
            return 0.1  # an aim in words: 基本建立
        return _UNFIT if len(words) > 30 else gain
    return gain


def _running(cells: Sequence[str]) -> frozenset[int]:
    """The cells that count 1, 2, 3 …, and those that begin again."""
    chain: set[int] = set()
    wanted = 1
    for at, words in enumerate(cells):
        bare = re.sub(r"[^\d]", "", words) if re.fullmatch(r"\s*\(?\d{1,3}[).、]?\s*", words) else ""
        if bare and int(bare) == wanted:
            chain.add(at)
            wanted += 1
        elif bare == "1":
            chain.add(at)
            wanted = 2
    return frozenset(chain)


def _traced(came: Sequence[Sequence[int]], at: int, state: int, width: int) -> tuple[Place, ...]:
    """The way back from the last cell to the first."""
    states: list[int] = []
    opens: list[bool] = []
    while at >= 0:
        states.append(state)
        origin = came[at][state]
        opens.append(origin <= -1)
        state = -2 - origin if origin <= -1 else origin
        at -= 1
    states.reverse()
    opens.reverse()
    places: list[Place] = []
    row = -1
    for one, opening in zip(states, opens, strict=True):
        row += opening
        kind = "group" if one == width else "total" if one == width + 1 else "data"
        places.append(Place(row, 0 if one >= width else one, kind))
    return tuple(places)


def worth(row: Mapping[int, Sequence[str]], kinds: Sequence[Kind]) -> float:
    """What one row gains whose lines are already shared out among its columns."""
    gain = 0.0
    missing, further = _missing(kinds), _further(kinds)
    for column, kind in enumerate(kinds):
        lines = row.get(column)
        if not lines:
            gain -= missing[column]
            continue
        first = lines[0]
        gain += _gain(first, sort_of(first), kind, kind == "number" and first.strip().isdigit())
        for before, words in pairwise(lines):
            gain += _more(kind, words, before, _gain(words, sort_of(words), kind, False), column in further)
    return gain
