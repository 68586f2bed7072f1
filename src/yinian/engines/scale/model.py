"""What an assessment scale consists of: dimensions, items with their options, levels, adjustments, forms, sources.

Built by `load`; scoring is in `scoring`, a county's overlays in `overlay`. In every scale a higher score is a better
ability, and level 0 is the best level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from yinian.engines.entitlement.facts import Words
from yinian.engines.entitlement.model import Document
from yinian.engines.entitlement.sources import Source

InputType = Literal["boolean", "count"]
FieldType = Literal["text", "date", "number", "choice", "table"]
Part = Literal["points", "levels", "dimension_levels", "combination", "adjustments"]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to an item: its points and its wording."""

    score: int
    text: Words


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is rated. `options` stand best first; `max` is the points of the first.

    `source` vouches for the item and its options, `points_source` for their points.
    """

    code: str
    dimension: str
    name: Words
    definition: Words | None
    options: tuple[Option, ...]
    source: Source
    points_source: Source

    @property
    def max(self) -> int:
        """The most points the item can bring."""
        return self.options[0].score

    @property
    def min(self) -> int:
        """The fewest points the item can bring."""
        return self.options[-1].score

    @property
    def scores(self) -> list[int]:
        """The points of the options, best first."""
        return [option.score for option in self.options]

    def option(self, score: int) -> Option:
        """The option of that many points. Raises KeyError."""
        for option in self.options:
            if option.score == score:
                return option
        raise KeyError(score)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A group of items whose points are summed. `max` is the sum of its items' maxima."""

    code: str
    name: Words
    max: int


@dataclass(frozen=True, slots=True)
class Level:
    """A result, 0 the best. `min` and `max` bound its total where levels follow from the total, else None."""

    level: int
    name: Words
    alias: Words
    min: int | None
    max: int | None
    source: Source


@dataclass(frozen=True, slots=True)
class DimensionLevels:
    """How a dimension's points become one of the named dimension levels: ranges (from, to), best first."""

    ranges: tuple[tuple[int, int], ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Combination:
    """Levels by combination: the row is the level of one dimension, the column the worst of the others'."""

    rows: str
    columns: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Input:
    """What the adjustments read besides the items: a `boolean`, or a `count` from 0 to `max`."""

    id: str
    type: InputType
    label: Words
    max: int | None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A condition that changes the initial level: its input is true, or is a count of `at_least`.

    Either `set_level` gives the level at once, or the level gets worse by `worsen`. Of the adjustments that share
    the name `together` only one counts, however many hold.
    """

    id: str
    input: str
    at_least: int | None
    set_level: int | None
    worsen: int
    together: str | None
    reason: Words
    source: Source


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a form's field. `sets` are the inputs it speaks for; `alone` excludes all other choices;
    `detail` asks for words besides; `icd10` is the range of diagnoses it stands for, such as F00～F03."""

    code: str
    text: Words
    sets: Mapping[str, bool | int]
    icd10: str | None
    alone: bool
    detail: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a field that is a table."""

    code: str
    name: Words


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form filled in beside the items. `register` names what the register of people knows already."""

    code: str
    name: Words
    type: FieldType
    multiple: bool
    choices: tuple[Choice, ...]
    columns: tuple[Column, ...]
    unit: str | None
    min: int | None
    max: int | None
    register: str | None

    def choice(self, code: str) -> Choice:
        """The choice of that code. Raises KeyError."""
        for choice in self.choices:
            if choice.code == code:
                return choice
        raise KeyError(code)


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the form."""

    code: str
    name: Words
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line of the report. `shows` is dimensions, dimension:CODE, total, initial, adjustments or final."""

    code: str
    name: Words
    shows: str


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """Something about the scale that nobody here has seen in an official text; shown wherever the scale is used."""

    id: str
    note: Words


@dataclass(frozen=True, slots=True)
class ProcessRule:
    """A figure about how assessments are made, such as how many assessors; `value` is None where it is not known."""

    id: str
    value: int | None
    unit: str
    text: Words
    source: Source


@dataclass(frozen=True, slots=True)
class SelfItem:
    """One question of a self-assessment, in one of two groups."""

    code: str
    group: Literal["a", "b"]
    name: Words


@dataclass(frozen=True, slots=True)
class SelfAssessment:
    """A short table that people fill in themselves before they may apply.

    `grades[i][j]` is the grade of i dependent items of group a and j of group b; the first cell holds only where
    every item is independent.
    """

    name: Words
    source: Source
    answers: Mapping[str, Words]
    items: tuple[SelfItem, ...]
    grades: tuple[tuple[str, ...], ...]
    may_apply: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standard:
    """The document a scale comes from."""

    title: str
    number: str | None
    date: date | None
    issuer: str | None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A county's own reading of the official text, which took the place of what was not verified."""

    document: str
    number: str | None
    by: str
    on: date
    parts: tuple[Part, ...]
    file: str


@dataclass(frozen=True, slots=True)
class Wording:
    """The official wording a county has loaded, and the document it owns."""

    document: str
    number: str | None
    file: str


@dataclass(frozen=True, slots=True)
class Scale:
    """One assessment scale, checked. `hash` covers all that decides a level, and no wording.

    `by_code` and `by_name` (Chinese) find the items. `decisive` says whether a result may decide anything; if not,
    `not_decisive` says why, for people to read, and `unverified` names the parts to be confirmed. `final_as` says
    whether a result is called by its level's number or by its name.
    """

    id: str
    version: str
    name: Words
    standard: Standard
    documents: Mapping[str, Document]
    source: Source
    decisive: bool
    not_decisive: Words | None
    unverified: tuple[Part, ...]
    final_as: Literal["level", "name"]
    counts_failed: bool
    dimensions: tuple[Dimension, ...]
    items: tuple[Item, ...]
    levels: tuple[Level, ...]
    dimension_level_names: tuple[Words, ...]
    dimension_levels: Mapping[str, DimensionLevels]
    combination: Combination | None
    inputs: tuple[Input, ...]
    adjustments: tuple[Adjustment, ...]
    form_a: tuple[Section, ...]
    form_c: tuple[ReportLine, ...]
    process: Mapping[str, ProcessRule]
    open_points: tuple[OpenPoint, ...]
    self_assessment: SelfAssessment | None
    confirmation: Confirmation | None
    wording: Wording | None
    hash: str
    by_code: Mapping[str, Item] = field(repr=False, compare=False)
    by_name: Mapping[str, Item] = field(repr=False, compare=False)

    @property
    def confidence(self) -> str:
        """`verified` where all that decides is, else the weakest confidence of a part that decides."""
        order = ("unknown", "general", "secondary", "verified")
        return min((source.confidence for source in deciding_sources(self).values()), key=order.index)

    @property
    def max(self) -> int:
        """The most points there are."""
        return sum(dimension.max for dimension in self.dimensions)

    def item(self, code: str) -> Item:
        """The item of that code. Raises KeyError."""
        return self.by_code[code]

    def items_of(self, dimension: str) -> tuple[Item, ...]:
        """The items of a dimension, in order."""
        return tuple(item for item in self.items if item.dimension == dimension)

    def field(self, code: str) -> Field:
        """The field of form A with that code. Raises KeyError."""
        for section in self.form_a:
            for found in section.fields:
                if found.code == code:
                    return found
        raise KeyError(code)


def with_items(scale: Scale, items: tuple[Item, ...]) -> Scale:
    """The scale with other items, to be found by code and name."""
    by_code, by_name = {item.code: item for item in items}, {item.name.zh: item for item in items}
    return replace(scale, items=items, by_code=by_code, by_name=by_name)


def deciding_sources(scale: Scale) -> dict[str, Source]:
    """The weakest source of each part that decides a level, by the part's name."""
    order = ("unknown", "general", "secondary", "verified")
    parts: dict[str, list[Source]] = {"points": [item.points_source for item in scale.items]}
    if scale.combination is None:
        parts["levels"] = [level.source for level in scale.levels]
    else:
        parts["dimension_levels"] = [ranges.source for ranges in scale.dimension_levels.values()]
        parts["combination"] = [scale.combination.source]
    if scale.adjustments:
        parts["adjustments"] = [adjustment.source for adjustment in scale.adjustments]
    return {part: min(sources, key=lambda source: order.index(source.confidence)) for part, sources in parts.items()}
