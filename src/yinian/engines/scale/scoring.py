"""Scores answers: points by dimension, the initial level, what adjusts it, the final level; and a running total.

Nothing here reads files or knows who was assessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yinian.engines.entitlement.facts import Words
from yinian.engines.scale.errors import ScaleError
from yinian.engines.scale.model import Adjustment, Input, Item, Level, Scale

LONGEST_SHOWN = 40
"""Characters of a wrong value or name that an error repeats."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """An adjustment whose condition holds: the level before and after. They are equal where it moved nothing."""

    id: str
    reason: Words
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A whole assessment's result. Levels are numbers, 0 the best; `level_of` gives their names.

    `adjustments` moved the level, those in `without_effect` hold but moved nothing. `failed` counts the items with
    the fewest points. `dimension_levels` is empty unless the scale combines them.
    """

    scale: Scale
    items: Mapping[str, int]
    inputs: Mapping[str, bool | int]
    total: int
    dimensions: Mapping[str, int]
    dimension_levels: Mapping[str, int]
    initial: int
    adjustments: tuple[Adjusted, ...]
    without_effect: tuple[Adjusted, ...]
    final: int
    failed: int

    @property
    def decisive(self) -> bool:
        """Whether the result may decide anything."""
        return self.scale.decisive

    @property
    def initial_level(self) -> Level:
        """The level before adjustments, with its name."""
        return self.scale.levels[self.initial]

    @property
    def final_level(self) -> Level:
        """The level after adjustments, with its name."""
        return self.scale.levels[self.final]

    def to_json(self, language: str = "zh") -> dict[str, Any]:
        """The result as the command line gives it."""
        scale = self.scale

        def called(level: Level) -> int | str:
            return level.name.in_language(language) if scale.final_as == "name" else level.level

        document: dict[str, Any] = {
            "scale": scale.id,
            "version": scale.version,
            "total": self.total,
            "dimensions": dict(self.dimensions),
            "initial": called(self.initial_level),
            "adjustments": [_adjusted_json(entry, language) for entry in self.adjustments],
            "final": called(self.final_level),
            "initial_name": self.initial_level.name.in_language(language),
            "final_name": self.final_level.name.in_language(language),
            "without_effect": [_adjusted_json(entry, language) for entry in self.without_effect],
            "decisive": scale.decisive,
            "hash": scale.hash,
        }
        if scale.counts_failed:
            document["failed"] = self.failed
        if self.dimension_levels:
            document["dimension_levels"] = {
                code: {"level": level, "name": scale.dimension_level_names[level].in_language(language)}
                for code, level in self.dimension_levels.items()
            }
        if not scale.decisive:
            assert scale.not_decisive is not None
            document["not_decisive"] = scale.not_decisive.in_language(language)
            document["unverified"] = list(scale.unverified)
        return document


def _adjusted_json(entry: Adjusted, language: str) -> dict[str, Any]:
    return {
        "id": entry.id,
        "reason": entry.reason.in_language(language),
        "from": entry.before,
        "to": entry.after,
    }


@dataclass(frozen=True, slots=True)
class RunningDimension:
    """How far one dimension is filled in."""

    score: int
    max: int
    answered: int
    items: int


@dataclass(frozen=True, slots=True)
class Running:
    """A form being filled: the points so far, what is missing, and the best and worst initial level still possible."""

    total: int
    answered: int
    missing: tuple[str, ...]
    dimensions: Mapping[str, RunningDimension]
    best: int
    worst: int

    @property
    def complete(self) -> bool:
        """Whether every item is answered."""
        return not self.missing


def score(scale: Scale, answers: Mapping[str, object]) -> Scored:
    """The result of `{"items": {code: points}, input: value, …}`.

    An item may be named by its code or by its Chinese name. Every item and every input of the scale must be there,
    an item with the points of one of its options, a boolean input as true or false, a count as a whole number.
    Raises ScaleError naming the item and what is expected: nothing missing or out of range is ever taken as zero.
    """
    known = ("items", *(entry.id for entry in scale.inputs))
    for key in answers:
        if key not in known:
            raise ScaleError(f"is not part of this scale; expected {', '.join(known)}", item=str(key)[:LONGEST_SHOWN])
    if "items" not in answers:
        raise ScaleError("is missing; expected the points of every item by its code", item="items")
    given = answers["items"]
    if not isinstance(given, Mapping):
        raise ScaleError(f"is {shown(given)}; expected the points of every item by its code", item="items")
    items = _points(scale, given)
    for item in scale.items:
        if item.code not in items:
            raise ScaleError(f"is missing; expected {_expected(item)}", item=item.code, name=item.name.zh)
    inputs = {entry.id: _input(entry, answers) for entry in scale.inputs}
    dimensions = {dimension.code: 0 for dimension in scale.dimensions}
    for item in scale.items:
        dimensions[item.dimension] += items[item.code]
    initial, by_dimension = _initial(scale, dimensions)
    moved, idle, final = _adjust(scale, inputs, initial)
    return Scored(
        scale=scale,
        items={item.code: items[item.code] for item in scale.items},
        inputs=inputs,
        total=sum(dimensions.values()),
        dimensions=dimensions,
        dimension_levels=by_dimension,
        initial=initial,
        adjustments=moved,
        without_effect=idle,
        final=final,
        failed=sum(items[item.code] == item.min for item in scale.items),
    )


def running(scale: Scale, items: Mapping[str, object]) -> Running:
    """Where a form stands that is still being filled; an item not yet answered is absent or None.

    Raises ScaleError for an unknown item and for points that no option has.
    """
    given = _points(scale, {code: value for code, value in items.items() if value is not None})
    dimensions: dict[str, RunningDimension] = {}
    best: dict[str, int] = {}
    worst: dict[str, int] = {}
    for dimension in scale.dimensions:
        members = scale.items_of(dimension.code)
        answered = [item for item in members if item.code in given]
        so_far = sum(given[item.code] for item in answered)
        dimensions[dimension.code] = RunningDimension(so_far, dimension.max, len(answered), len(members))
        best[dimension.code] = sum(given.get(item.code, item.max) for item in members)
        worst[dimension.code] = sum(given.get(item.code, item.min) for item in members)
    return Running(
        total=sum(entry.score for entry in dimensions.values()),
        answered=len(given),
        missing=tuple(item.code for item in scale.items if item.code not in given),
        dimensions=dimensions,
        best=_initial(scale, best)[0],
        worst=_initial(scale, worst)[0],
    )


def _points(scale: Scale, given: Mapping[Any, object]) -> dict[str, int]:
    """Each given item's points by its code."""
    points: dict[str, int] = {}
    for key, value in given.items():
        item = scale.by_code.get(key) or scale.by_name.get(key)
        if item is None:
            raise ScaleError(
                f"is not an item of {scale.id}; expected one of {', '.join(scale.by_code)}",
                item=str(key)[:LONGEST_SHOWN],
            )
        if item.code in points:
            raise ScaleError("is given twice, by its code and by its name", item=item.code, name=item.name.zh)
        # True equals 1 in Python: a boolean must not pass for a point.
        if not isinstance(value, int) or isinstance(value, bool) or value not in item.scores:
            raise ScaleError(f"is {shown(value)}; expected {_expected(item)}", item=item.code, name=item.name.zh)
        points[item.code] = int(value)
    return points


def _input(entry: Input, answers: Mapping[str, object]) -> bool | int:
    expected = "true or false" if entry.type == "boolean" else f"a whole number from 0 to {entry.max}"
    if entry.id not in answers:
        raise ScaleError(f"is missing; expected {expected}", item=entry.id, name=entry.label.zh)
    value = answers[entry.id]
    if entry.type == "boolean":
        if isinstance(value, bool):
            return value
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= (entry.max or 0):
        return value
    raise ScaleError(f"is {shown(value)}; expected {expected}", item=entry.id, name=entry.label.zh)


def _expected(item: Item) -> str:
    return f"one of {', '.join(str(option.score) for option in reversed(item.options))}"


def shown(value: object) -> str:
    """A value as the writer of a JSON file knows it, and never long."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


def _initial(scale: Scale, dimensions: Mapping[str, int]) -> tuple[int, dict[str, int]]:
    """The level by total or by combination, and the level of each dimension where they are combined."""
    if scale.combination is None:
        total = sum(dimensions.values())
        for level in scale.levels:
            assert level.min is not None and level.max is not None
            if level.min <= total <= level.max:
                return level.level, {}
        raise AssertionError(f"no level holds {total}; a loaded scale covers every total")
    by_dimension = {code: _place(scale, code, points) for code, points in dimensions.items()}
    column = max(by_dimension[code] for code in scale.combination.columns)
    return scale.combination.matrix[by_dimension[scale.combination.rows]][column], by_dimension


def _place(scale: Scale, code: str, points: int) -> int:
    for place, (low, high) in enumerate(scale.dimension_levels[code].ranges):
        if low <= points <= high:
            return place
    raise AssertionError(f"no range of {code} holds {points}; a loaded scale covers every total")


def _holds(adjustment: Adjustment, inputs: Mapping[str, bool | int]) -> bool:
    value = inputs[adjustment.input]
    return value >= adjustment.at_least if adjustment.at_least is not None else bool(value)


def _adjust(
    scale: Scale, inputs: Mapping[str, bool | int], initial: int
) -> tuple[tuple[Adjusted, ...], tuple[Adjusted, ...], int]:
    """What moved the level, what holds without moving it, and the final level. No adjustment ever improves it."""
    holding = [entry for entry in scale.adjustments if _holds(entry, inputs)]
    setting = [entry for entry in holding if entry.set_level is not None]
    worst = len(scale.levels) - 1
    moved: list[Adjusted] = []
    idle: list[Adjusted] = []
    level = initial
    if setting:
        # A level set at once stands by itself: nothing is added to it.
        level = max(initial, *(entry.set_level or 0 for entry in setting))
        for entry in holding:
            moves = entry.set_level == level and level > initial
            found = Adjusted(entry.id, entry.reason, initial if moves else level, level)
            (moved if moves else idle).append(found)
        return tuple(moved), tuple(idle), level
    groups: dict[str, list[Adjustment]] = {}
    for entry in holding:
        groups.setdefault(f"together {entry.together}" if entry.together else f"alone {entry.id}", []).append(entry)
    for members in groups.values():
        after = min(worst, level + max(entry.worsen for entry in members))
        for entry in members:
            (moved if after > level else idle).append(Adjusted(entry.id, entry.reason, level, after))
        level = after
    return tuple(moved), tuple(idle), level
