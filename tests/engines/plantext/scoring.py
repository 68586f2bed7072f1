"""How well a reading agrees with an annotation: precision and recall of each kind of item, as F1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

AIMS = {
    "outline": 0.98,
    "tasks": 0.95,
    "deadlines": 0.95,
    "members": 0.95,
    "targets": 0.90,
    "comparators": 0.95,
    "values": 0.95,
    "measures": 0.95,
    "money": 0.95,
}
"""What a plan never seen before is to be read with."""


def scores(gold: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, float | None]:
    """F1 of each kind, None where neither side has any. Comparators, values and measures are shares of the targets."""
    made: dict[str, float | None] = {}
    made["outline"] = _agreement(
        {(one["start"], one["label"], one["title"]) for one in gold["outline"]},
        {(one["start"], one["label"].strip(), one["title"].strip()) for one in found["outline"]},
    )
    tasks = _matched(gold["tasks"], found["tasks"], lambda one: (one["start"], one["end"]), 0.5)
    made["tasks"] = _f1(len([1 for one, _ in tasks if one and _ and not one["optional"]]), *_lost(tasks))
    made["deadlines"] = _deadlines(tasks)
    made["units of tasks"] = _agreement(
        {(one["start"], role, name) for one, other in tasks if one and other for role, name in _units(one)},
        {(one["start"], role, name) for one, other in tasks if one and other for role, name in _units(other)},
    )
    made["members"] = _agreement(_members(gold), _members(found))
    targets = _matched(gold["targets"], found["targets"], lambda one: (one["value_start"], one["value_end"]), 0.01)
    made["targets"] = _f1(len([1 for one, other in targets if one and other]), *_lost(targets))
    both = [(one, other) for one, other in targets if one and other]
    for name, field in (("comparators", "comparator"), ("values", "value"), ("measures", "unit")):
        made[name] = sum(one[field] == other[field] for one, other in both) / len(both) if both else None
    money = _matched(gold["money"], found["money"], lambda one: (one["start"], one["end"]), 0.01)
    right = [
        1
        for one, other in money
        if one and other and all(one[end] == other[end] for end in ("amount_min", "amount_max"))
    ]
    made["money"] = _f1(len(right), len(found["money"]) - len(right), len(gold["money"]) - len(right))
    return made


def trapped(gold: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """The traps that a target, an amount or a deadline sits on."""
    taken = [(one["value_start"], one["value_end"]) for one in found["targets"]]
    taken += [(one["start"], one["end"]) for one in found["money"]]
    for task in found["tasks"]:
        taken += [(one["start"], one["end"]) for one in task["deadlines"] if "start" in one]
    right = [(one["value_start"], one["value_end"]) for one in gold["targets"]]
    right += [(one["start"], one["end"]) for one in gold["money"]]
    return [
        trap["quote"]
        for trap in gold["distractors"]
        for start, end in taken
        if start < trap["end"] and trap["start"] < end and not any(a < end and start < b for a, b in right)
    ]


def _f1(right: int, extra: int, missed: int) -> float | None:
    return 2 * right / (2 * right + extra + missed) if right + extra + missed else None


def _agreement(gold: set[Any], found: set[Any]) -> float | None:
    return _f1(len(gold & found), len(found - gold), len(gold - found))


def _lost(pairs: Sequence[tuple[Any, Any]]) -> tuple[int, int]:
    extra = sum(one is None for one, _ in pairs)
    return extra, sum(other is None and not one["optional"] for one, other in pairs if one is not None)


def _matched(
    gold: Sequence[Any], found: Sequence[Any], place: Callable[[Any], tuple[int, int]], least: float
) -> list[tuple[Any, Any]]:
    """Pairs of what shares its place, best first, and what is left over on either side with None."""
    shares = sorted(
        (
            (_share(place(one), place(other)), i, j)
            for i, one in enumerate(gold)
            for j, other in enumerate(found)
            if place(one)[0] < place(other)[1] and place(other)[0] < place(one)[1]
        ),
        reverse=True,
    )
    left, right = set(range(len(gold))), set(range(len(found)))
    pairs: list[tuple[Any, Any]] = []
    for share, i, j in shares:
        if share >= least and i in left and j in right:
            left.discard(i)
            right.discard(j)
            pairs.append((gold[i], found[j]))
    return pairs + [(gold[i], None) for i in left] + [(None, found[j]) for j in right]


def _share(one: tuple[int, int], other: tuple[int, int]) -> float:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared / (max(one[1], other[1]) - min(one[0], other[0]))


def _deadlines(pairs: Sequence[tuple[Any, Any]]) -> float | None:
    right = extra = missed = 0
    for one, other in pairs:
        if one is not None and one["optional"]:
            continue
        said, read = _due(one), _due(other)
        right += said == read and said is not None
        extra += read is not None and said != read
        missed += said is not None and said != read
    return _f1(right, extra, missed)


def _due(task: Any) -> Any:
    due = task["deadline"] if task else None
    if due is None:
        return None
    return due.get("rule") if due["kind"] == "recurring" else due.get("iso")


def _units(task: Any) -> list[tuple[str, str]]:
    return [
        (key, name)
        for key in ("lead_units", "assist_units", "responsible_units")
        for name in map("".join, map(str.split, task[key]))
    ]


def _members(document: Mapping[str, Any]) -> set[Any]:
    return {(one["start"], one["end"], one["role"]) for block in document["units"] for one in block["members"]}
