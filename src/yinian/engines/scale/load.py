"""Reads a scale from text or plain data and checks that its points, ranges, levels and forms fit together.

Takes texts and mappings, never paths; what the answers to a scale mean is for `scoring`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.facts import Words
from yinian.engines.entitlement.located import Located, read_yaml
from yinian.engines.entitlement.model import Document
from yinian.engines.entitlement.sources import Source, must_words
from yinian.engines.scale.errors import ScaleError
from yinian.engines.scale.model import (
    Adjustment,
    Choice,
    Column,
    Combination,
    Dimension,
    DimensionLevels,
    Field,
    Input,
    Item,
    Level,
    OpenPoint,
    Option,
    ProcessRule,
    ReportLine,
    Scale,
    Section,
    SelfAssessment,
    SelfItem,
    Standard,
    deciding_sources,
)
from yinian.engines.scale.schema import check_schema

GROUP_SIZE = 3
"""Items in each group of a self-assessment; its table of grades is one larger each way."""


def load_scale(source: str | Mapping[str, Any], file: str = "") -> Scale:
    """The checked scale of a YAML (or JSON) text, or of the same as plain data.

    `file` names the source in errors. Raises ScaleError naming file, line and what is expected.
    """
    located = located_of(source, file)
    check_schema(located, "scale")
    assert isinstance(located.data, dict)
    return _Reader(located).scale()


def located_of(source: str | Mapping[str, Any], file: str) -> Located:
    """Plain data with its lines; a mapping has none. Raises ScaleError."""
    if isinstance(source, str):
        try:
            return read_yaml(source, file)
        except PackError as error:
            raise ScaleError(error.reason, file=error.file or None, line=error.line) from None
    return Located(file, dict(source))


def a_day(value: object) -> date | None:
    """A date written in YAML or JSON. Raises ValueError."""
    return value if value is None or isinstance(value, date) else date.fromisoformat(str(value))


class _Reader:
    def __init__(self, located: Located) -> None:
        self.located = located
        assert isinstance(located.data, dict)
        self.data: dict[str, Any] = located.data

    def fail(self, reason: str, *path: str | int, item: str | None = None) -> ScaleError:
        line = self.located.line(path) if self.located.lines else None
        return ScaleError(reason, item=item, file=self.located.file or None, line=line)

    def scale(self) -> Scale:
        data = self.data
        self.documents = {entry["id"]: self._document(place, entry) for place, entry in enumerate(data["documents"])}
        self.default = self._source(data["source"], "source")
        self.inputs = self._inputs()
        items = self._items()
        levels = self._levels()
        ranges, names = self._dimension_levels()
        scale = Scale(
            id=data["id"],
            version=data["version"],
            name=must_words(data["name"]),
            standard=self._standard(data["standard"]),
            documents=self.documents,
            source=self.default,
            decisive=data["decisive"],
            not_decisive=must_words(data["not_decisive"]) if "not_decisive" in data else None,
            unverified=(),
            final_as=data.get("final_as", "level"),
            counts_failed=data.get("counts_failed", False),
            dimensions=self._dimensions(),
            items=items,
            levels=levels,
            dimension_level_names=names,
            dimension_levels=ranges,
            combination=self._combination(),
            inputs=self.inputs,
            adjustments=self._adjustments(len(levels)),
            form_a=self._form_a(),
            form_c=self._form_c(),
            process=self._process(),
            open_points=tuple(
                OpenPoint(entry["id"], must_words(entry["note"])) for entry in data.get("open_points", ())
            ),
            self_assessment=self._self_assessment(),
            confirmation=None,
            wording=None,
            hash="",
            by_code={item.code: item for item in items},
            by_name={item.name.zh: item for item in items},
        )
        scale = sealed(scale, self.fail)
        if scale.decisive and scale.unverified:
            raise self.fail(
                f"cannot be decisive while {', '.join(scale.unverified)} is not verified; expected false", "decisive"
            )
        if not scale.decisive and scale.not_decisive is None:
            raise self.fail("is not decisive and does not say why; expected `not_decisive`", "decisive")
        return scale

    # Documents and sources.

    def _document(self, place: int, entry: dict[str, Any]) -> Document:
        self._once(self.data["documents"], place, "id", "documents")
        rest = {key: value for key, value in entry.items() if key not in ("date", "note")}
        note = must_words(entry["note"]) if "note" in entry else None
        return Document(date=self._day(entry.get("date"), "documents", place, "date"), note=note, **rest)

    def _standard(self, entry: dict[str, Any]) -> Standard:
        day = self._day(entry.get("date"), "standard", "date")
        return Standard(entry["title"], entry.get("number"), day, entry.get("issuer"))

    def _day(self, value: object, *path: str | int) -> date | None:
        try:
            return a_day(value)
        except ValueError:
            raise self.fail(f"{value} is not a date; write YYYY-MM-DD", *path) from None

    def _source(self, entry: dict[str, Any], *path: str | int) -> Source:
        if entry["document"] not in self.documents:
            raise self.fail(
                f"source names document `{entry['document']}`; expected one of {', '.join(self.documents)}",
                *path,
                "document",
            )
        note = must_words(entry["note"]) if "note" in entry else None
        return Source(entry["document"], entry["confidence"], entry.get("clause"), entry.get("quote"), note)

    def _own_source(self, entry: dict[str, Any], *path: str | int, key: str = "source") -> Source | None:
        return self._source(entry[key], *path, key) if key in entry else None

    def _once(self, entries: Sequence[Mapping[str, Any]], place: int, key: str, *path: str | int) -> None:
        if any(entry[key] == entries[place][key] for entry in entries[:place]):
            raise self.fail(f"`{entries[place][key]}` is given twice", *path, place, key)

    # Dimensions, items, levels.

    def _dimensions(self) -> tuple[Dimension, ...]:
        entries = self.data["dimensions"]
        for place in range(len(entries)):
            self._once(entries, place, "code", "dimensions")
        return tuple(Dimension(entry["code"], must_words(entry["name"]), entry["max"]) for entry in entries)

    def _items(self) -> tuple[Item, ...]:
        dimensions: dict[str, tuple[Source, Source]] = {}
        for place, entry in enumerate(self.data["dimensions"]):
            own = self._own_source(entry, "dimensions", place) or self.default
            points = self._own_source(entry, "dimensions", place, key="points_source") or own
            dimensions[entry["code"]] = (own, points)
        entries = self.data["items"]
        items = []
        for place, entry in enumerate(entries):
            self._once(entries, place, "code", "items")
            if entry["dimension"] not in dimensions:
                raise self.fail(
                    f"`{entry['dimension']}` is no dimension; expected one of {', '.join(dimensions)}",
                    "items",
                    place,
                    "dimension",
                    item=entry["code"],
                )
            whole, points = dimensions[entry["dimension"]]
            definition = entry.get("definition")
            items.append(
                Item(
                    code=entry["code"],
                    dimension=entry["dimension"],
                    name=must_words(entry["name"]),
                    definition=None if definition is None else must_words(definition),
                    options=self._options(entry, place),
                    source=self._own_source(entry, "items", place) or whole,
                    points_source=self._own_source(entry, "items", place, key="points_source") or points,
                )
            )
        names = [item.name.zh for item in items]
        for place, name in enumerate(names):
            if name in names[:place] or name in {item.code for item in items}:
                raise self.fail(f"the name {name} stands for two items", "items", place, "name")
        return tuple(items)

    def _options(self, entry: dict[str, Any], place: int) -> tuple[Option, ...]:
        given = entry["options"]
        if isinstance(given, str):
            sets = self.data.get("option_sets", {})
            if given not in sets:
                raise self.fail(f"there is no option set `{given}`", "items", place, "options", item=entry["code"])
            given = sets[given]
        options = tuple(Option(option["score"], must_words(option["text"])) for option in given)
        check_options(options, entry["code"], lambda reason: self.fail(reason, "items", place, "options"))
        return options

    def _levels(self) -> tuple[Level, ...]:
        levels = []
        for place, entry in enumerate(self.data["levels"]):
            if entry["level"] != place:
                raise self.fail(f"level {entry['level']} stands here; expected level {place}", "levels", place)
            if ("min" in entry) != ("max" in entry):
                raise self.fail("has only one of min and max; expected both or none", "levels", place)
            levels.append(
                Level(
                    level=place,
                    name=must_words(entry["name"]),
                    alias=must_words(entry.get("alias", entry["name"])),
                    min=entry.get("min"),
                    max=entry.get("max"),
                    source=self._own_source(entry, "levels", place) or self.default,
                )
            )
        return tuple(levels)

    def _dimension_levels(self) -> tuple[dict[str, DimensionLevels], tuple[Words, ...]]:
        entry = self.data.get("dimension_levels")
        if entry is None:
            return {}, ()
        ranges = {
            code: DimensionLevels(
                tuple((low, high) for low, high in given["from"]),
                self._own_source(given, "dimension_levels", "ranges", code) or self.default,
            )
            for code, given in entry["ranges"].items()
        }
        return ranges, tuple(must_words(name) for name in entry["names"])

    def _combination(self) -> Combination | None:
        entry = self.data.get("combination")
        if entry is None:
            return None
        return Combination(
            rows=entry["rows"],
            columns=tuple(entry["columns"]),
            matrix=tuple(tuple(row) for row in entry["matrix"]),
            source=self._own_source(entry, "combination") or self.default,
        )

    # Adjustments and forms.

    def _inputs(self) -> tuple[Input, ...]:
        entries = self.data.get("inputs", [])
        inputs = []
        for place, entry in enumerate(entries):
            self._once(entries, place, "id", "inputs")
            if entry["id"] == "items":
                raise self.fail("an input cannot be called items", "inputs", place, "id")
            if (entry["type"] == "count") != ("max" in entry):
                raise self.fail("a count needs its largest number `max`, a boolean has none", "inputs", place)
            inputs.append(Input(entry["id"], entry["type"], must_words(entry["label"]), entry.get("max")))
        return tuple(inputs)

    def _adjustments(self, levels: int) -> tuple[Adjustment, ...]:
        types = {entry.id: entry.type for entry in self.inputs}
        entries = self.data.get("adjustments", [])
        adjustments = []
        for place, entry in enumerate(entries):
            self._once(entries, place, "id", "adjustments")
            kind = types.get(entry["input"])
            if kind is None:
                raise self.fail(f"there is no input `{entry['input']}`", "adjustments", place, "input")
            if (kind == "count") != ("at_least" in entry):
                raise self.fail("a count is held against `at_least`, a boolean is not", "adjustments", place)
            set_level = entry["effect"].get("set_level")
            if set_level is not None and set_level >= levels:
                raise self.fail(f"there is no level {set_level}", "adjustments", place, "effect")
            adjustments.append(
                Adjustment(
                    id=entry["id"],
                    input=entry["input"],
                    at_least=entry.get("at_least"),
                    set_level=set_level,
                    worsen=entry["effect"].get("worsen", 0),
                    together=entry.get("together"),
                    reason=must_words(entry["reason"]),
                    source=self._own_source(entry, "adjustments", place) or self.default,
                )
            )
        return tuple(adjustments)

    def _form_a(self) -> tuple[Section, ...]:
        seen: set[str] = set()
        sections = []
        for number, entry in enumerate(self.data.get("form_a", ())):
            fields = []
            for place, given in enumerate(entry["fields"]):
                if given["code"] in seen:
                    raise self.fail(f"`{given['code']}` is given twice", "form_a", number, "fields", place, "code")
                seen.add(given["code"])
                fields.append(self._field(given, "form_a", number, "fields", place))
            sections.append(Section(entry["code"], must_words(entry["name"]), tuple(fields)))
        return tuple(sections)

    def _field(self, entry: dict[str, Any], *path: str | int) -> Field:
        kind = entry["type"]
        for key, owner in (("choices", "choice"), ("multiple", "choice"), ("columns", "table"), ("unit", "number")):
            if key in entry and kind != owner:
                raise self.fail(f"a field of type {kind} has no `{key}`", *path, key)
        for key, owner in (("choices", "choice"), ("columns", "table")):
            if kind == owner and key not in entry:
                raise self.fail(f"a field of type {kind} needs `{key}`", *path)
        if (kind == "number") != ("min" in entry and "max" in entry):
            raise self.fail("a number needs its `min` and `max`; other fields have none", *path)
        return Field(
            code=entry["code"],
            name=must_words(entry["name"]),
            type=kind,
            multiple=entry.get("multiple", False),
            choices=self._choices(entry["choices"], *path, "choices") if "choices" in entry else (),
            columns=tuple(Column(column["code"], must_words(column["name"])) for column in entry.get("columns", ())),
            unit=entry.get("unit"),
            min=entry.get("min"),
            max=entry.get("max"),
            register=entry.get("register"),
        )

    def _choices(self, given: Any, *path: str | int) -> tuple[Choice, ...]:
        if isinstance(given, str):
            sets = self.data.get("choice_sets", {})
            if given not in sets:
                raise self.fail(f"there is no choice set `{given}`", *path)
            given, path = sets[given], ("choice_sets", given)
        types = {entry.id: entry.type for entry in self.inputs}
        choices = []
        for place, entry in enumerate(given):
            self._once(given, place, "code", *path)
            for name, value in entry.get("sets", {}).items():
                if name not in types:
                    raise self.fail(f"there is no input `{name}`", *path, place, "sets")
                if isinstance(value, bool) != (types[name] == "boolean"):
                    raise self.fail(f"`{name}` is a {types[name]}", *path, place, "sets", name)
            choices.append(
                Choice(
                    code=entry["code"],
                    text=must_words(entry["text"]),
                    sets=entry.get("sets", {}),
                    icd10=entry.get("icd10"),
                    alone=entry.get("alone", False),
                    detail=entry.get("detail", False),
                )
            )
        return tuple(choices)

    def _form_c(self) -> tuple[ReportLine, ...]:
        codes = {entry["code"] for entry in self.data["dimensions"]}
        lines = []
        for place, entry in enumerate(self.data.get("form_c", ())):
            kind, _, code = entry["shows"].partition(":")
            if kind == "dimension" and code not in codes:
                raise self.fail(f"`{code}` is no dimension", "form_c", place, "shows")
            lines.append(ReportLine(entry["code"], must_words(entry["name"]), entry["shows"]))
        return tuple(lines)

    def _process(self) -> dict[str, ProcessRule]:
        entries = self.data.get("process", [])
        rules = {}
        for place, entry in enumerate(entries):
            self._once(entries, place, "id", "process")
            source = self._source(entry["source"], "process", place, "source")
            rules[entry["id"]] = ProcessRule(
                entry["id"], entry["value"], entry["unit"], must_words(entry["text"]), source
            )
        return rules

    def _self_assessment(self) -> SelfAssessment | None:
        entry = self.data.get("self_assessment")
        if entry is None:
            return None
        top = "self_assessment"
        for place in range(len(entry["items"])):
            self._once(entry["items"], place, "code", top, "items")
        items = tuple(SelfItem(item["code"], item["group"], must_words(item["name"])) for item in entry["items"])
        for group in ("a", "b"):
            if sum(item.group == group for item in items) != GROUP_SIZE:
                raise self.fail(f"group {group} needs {GROUP_SIZE} items", top, "items")
        answers = {answer["code"]: must_words(answer["text"]) for answer in entry["answers"]}
        if len(answers) != 3 or len(entry["answers"]) != 3:
            raise self.fail("needs the answers independent, partial and dependent, each once", top, "answers")
        grades = tuple(tuple(row) for row in entry["grades"])
        if len(grades) != GROUP_SIZE + 1 or any(len(row) != GROUP_SIZE + 1 for row in grades):
            raise self.fail(f"needs {GROUP_SIZE + 1} rows of {GROUP_SIZE + 1} grades", top, "grades")
        known = {grade for row in grades for grade in row}
        if unknown := [grade for grade in entry["may_apply"] if grade not in known]:
            raise self.fail(f"`{unknown[0]}` is no grade of the table", top, "may_apply")
        return SelfAssessment(
            name=must_words(entry["name"]),
            source=self._own_source(entry, top) or self.default,
            answers=answers,
            items=items,
            grades=grades,
            may_apply=tuple(entry["may_apply"]),
        )


# What must fit together, also after a county's confirmation.


Fail = Callable[..., ScaleError]
"""Makes the error about a part: reason, then the part's path."""


def _without_place(reason: str, *_path: str | int) -> ScaleError:
    return ScaleError(reason)


def check_options(options: Sequence[Option], code: str, fail: Fail) -> None:
    """Options must stand best first, each with points of its own. Raises what `fail` makes."""
    if len(options) < 2:
        raise fail(f"item {code} has one option; expected two or more")
    for better, worse in pairwise(options):
        if better.score <= worse.score:
            raise fail(
                f"item {code}: {worse.score} points stand after {better.score}; expected options best first, "
                "each with fewer points than the one before"
            )


def sealed(scale: Scale, fail: Fail = _without_place) -> Scale:
    """The scale with its fit checked, its unverified parts named and its hash taken. Raises ScaleError."""
    for place, dimension in enumerate(scale.dimensions):
        total = sum(item.max for item in scale.items_of(dimension.code))
        if total != dimension.max:
            raise fail(
                f"dimension {dimension.code} has max {dimension.max}, but the best options of its items sum to {total}",
                "dimensions",
                place,
                "max",
            )
    if scale.combination is None:
        _check_totals(scale, fail)
    else:
        _check_combination(scale, scale.combination, fail)
    unverified = tuple(part for part, source in deciding_sources(scale).items() if source.confidence != "verified")
    digest = hashlib.sha256(
        json.dumps(deciding(scale), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
    return replace(scale, unverified=unverified, hash=digest)  # type: ignore[arg-type]


def deciding(scale: Scale) -> dict[str, Any]:
    """All that decides a level, as plain data: no wording, no sources."""
    return {
        "id": scale.id,
        "version": scale.version,
        "items": {item.code: [item.dimension, item.scores] for item in scale.items},
        "levels": [[level.level, level.min, level.max] for level in scale.levels],
        "dimension_levels": {code: ranges.ranges for code, ranges in scale.dimension_levels.items()},
        "combination": None
        if scale.combination is None
        else [scale.combination.rows, scale.combination.columns, scale.combination.matrix],
        "adjustments": [
            [entry.id, entry.input, entry.at_least, entry.set_level, entry.worsen, entry.together]
            for entry in scale.adjustments
        ],
    }


def _attainable(items: Iterable[Item]) -> set[int]:
    totals = {0}
    for item in items:
        totals = {total + option.score for total in totals for option in item.options}
    return totals


def _check_ranges(ranges: Sequence[tuple[int, int]], totals: set[int], what: str, fail: Fail, *path: str | int) -> None:
    """Every total there can be lies in exactly one range, and a worse range lies lower."""
    for low, high in ranges:
        if low > high:
            raise fail(f"{what}: the range {low} to {high} is empty", *path)
    for (low, _), (_, high) in pairwise(ranges):
        if high >= low:
            raise fail(f"{what}: the range up to {high} does not lie below the one from {low}", *path)
    for total in sorted(totals):
        if not any(low <= total <= high for low, high in ranges):
            raise fail(f"{what}: no range holds a total of {total}, which the items can reach", *path)


def _check_totals(scale: Scale, fail: Fail) -> None:
    if scale.dimension_levels:
        raise fail("levels of dimensions need a combination that reads them", "dimension_levels")
    ranges = []
    for place, level in enumerate(scale.levels):
        if level.min is None or level.max is None:
            raise fail(f"level {place} needs min and max: there is no combination to find it by", "levels", place)
        ranges.append((level.min, level.max))
    _check_ranges(ranges, _attainable(scale.items), "levels", fail, "levels")


def _check_combination(scale: Scale, combination: Combination, fail: Fail) -> None:
    codes = [dimension.code for dimension in scale.dimensions]
    for place, level in enumerate(scale.levels):
        if level.min is not None:
            raise fail(f"level {place} has a range of totals, but levels follow from the combination", "levels", place)
    if sorted((combination.rows, *combination.columns)) != sorted(codes):
        raise fail(f"the combination must name each of {', '.join(codes)} once", "combination")
    if sorted(scale.dimension_levels) != sorted(codes):
        raise fail(f"levels are needed of each of {', '.join(codes)}", "dimension_levels", "ranges")
    size = len(scale.dimension_level_names)
    for code, ranges in scale.dimension_levels.items():
        path = ("dimension_levels", "ranges", code)
        if len(ranges.ranges) != size:
            raise fail(f"{code} has {len(ranges.ranges)} ranges; expected {size}, one for each name", *path)
        _check_ranges(ranges.ranges, _attainable(scale.items_of(code)), code, fail, *path)
    matrix = combination.matrix
    if len(matrix) != size or any(len(row) != size for row in matrix):
        raise fail(f"the matrix needs {size} rows of {size} levels", "combination", "matrix")
    for row in matrix:
        for level_number in row:
            if level_number >= len(scale.levels):
                raise fail(f"the matrix names level {level_number}, which there is not", "combination", "matrix")
    for line in _lines(matrix):
        if any(later < earlier for earlier, later in pairwise(line)):
            raise fail("the matrix gives a better level for a worse ability", "combination", "matrix")


def _lines(matrix: Sequence[Sequence[int]]) -> Iterator[Sequence[int]]:
    yield from matrix
    yield from zip(*matrix, strict=True)
