"""What a pack says is measured: indicators as expressions over views, or as reported by hand, and what they aim at.

Built from `indicators.yaml` as merged by `pack`. What a county's figures are is for `engines/indicator`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.expressions import parse_expression
from yinian.engines.entitlement.facts import Words
from yinian.engines.entitlement.located import Entry, plain_json
from yinian.engines.entitlement.sources import Source, must_words, read_source, words_of
from yinian.engines.entitlement.tree import Const, Node, Type, facts_read, parameters_read
from yinian.engines.entitlement.views import VIEWS

INDICATORS = "indicators"
THEMES = ("people", "support", "assessment", "beds", "network", "home", "visits", "health", "staff", "safety", "money",
          "participation", "civil")  # fmt: skip
SHARES: Mapping[str, int] = {"percent": 100, "per_hundred": 100, "per_thousand": 1000, "per_mille": 1000}
"""Units of a quotient, and what it is multiplied by."""
COUNTED = ("people", "person_times", "households", "beds", "homes", "places", "villages", "counties", "items", "times",
           "organisations", "square_metres", "ten_thousand_people", "fen", "portions", "posts", "ratio")  # fmt: skip
"""Units of a count or a sum; fen is money."""
PERIODS = ("month", "quarter", "year", "as_of")
DIRECTIONS = ("up", "down", "none")
BINDING = ("binding", "expected")
AGGREGATES = ("count", "sum", "avg", "distinct")
LEVELS: Mapping[str, int] = {"province": 1, "prefecture": 2, "county": 3, "town": 4, "village": 5}
"""The levels of regions, by their numbers."""
COMPARATORS = ("at_least", "at_most", "exactly", "above")


@dataclass(frozen=True, slots=True)
class Measure:
    """What is counted: the rows of a view for which `where` is true, or one of their columns summed, averaged or told
    apart. `tree` is the checked condition."""

    view: str
    where: str
    tree: Node
    aggregate: str = "count"
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What an indicator is to reach by a day. `comparator` is one of COMPARATORS, `value` in the indicator's unit."""

    by: date
    comparator: str
    value: Fraction
    kind: str
    source: Source

    def met(self, value: Fraction) -> bool:
        """Whether a value reaches it."""
        match self.comparator:
            case "at_least":
                return value >= self.value
            case "at_most":
                return value <= self.value
            case "above":
                return value > self.value
            case _:
                return value == self.value


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator, merged and checked.

    With `numerator` it is computed (over `denominator` where the unit is a share), else `reported` says who reports it
    by hand. `confidence` is how sure the definition is, `source` who asks for it. `level` is the finest level of
    regions at which it makes sense. `worklist` names the platform's list of the same people, empty where there is none.
    """

    id: str
    label: Words
    theme: str
    unit: str
    period: str
    direction: str
    level: int
    publish: bool
    source: Source
    confidence: str
    numerator: Measure | None
    denominator: Measure | None
    reported: Words | None
    targets: tuple[Target, ...]
    note: Words | None
    worklist: str
    pack: str
    file: str
    line: int
    hash: str

    @property
    def computed(self) -> bool:
        """Whether the platform works it out."""
        return self.numerator is not None

    @property
    def scale(self) -> int:
        """What the quotient is multiplied by; 1 where there is none."""
        return SHARES.get(self.unit, 1)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Numerator and denominator, as far as they are."""
        return tuple(measure for measure in (self.numerator, self.denominator) if measure is not None)


def over_parent(parent: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A parent's entry with what an entry of the same id says put in its place; the rest stays the parent's.

    Who says how it is computed takes away who reported it, and the other way round; and the list, which named the same
    people by the parent's condition.
    """
    gone: set[str] = set()
    if "numerator" in own:
        gone = {"reported", "list"}
    elif "reported" in own:
        gone = {"numerator", "denominator", "formula", "list"}
    return {**{key: value for key, value in parent.items() if key not in gone}, **own}


def read_indicators(
    entries: Mapping[str, Entry], known: Mapping[str, Any], types: Mapping[str, Type]
) -> dict[str, Indicator]:
    """Each indicator by its id. Raises PackError naming file and line."""
    return {name: _indicator(name, entry, known, types) for name, entry in entries.items()}


def _indicator(name: str, entry: Entry, known: Mapping[str, Any], types: Mapping[str, Type]) -> Indicator:
    data = entry.data
    for key in ("label", "theme", "unit", "period", "direction", "level", "publish", "source"):
        if key not in data:
            raise entry.fail(f"`{name}` lacks `{key}`, and no parent pack has an indicator of this id")
    if ("numerator" in data) == ("reported" in data):
        raise entry.fail(f"`{name}` says either how it is computed (`numerator`) or who reports it (`reported`)")
    share = data["unit"] in SHARES
    numerator = _measure(entry, types, "numerator") if "numerator" in data else None
    denominator = _measure(entry, types, "denominator") if "denominator" in data else None
    if numerator is not None and share != (denominator is not None):
        wants = "needs a `denominator`" if share else "is no share, so it has no `denominator`"
        raise entry.fail(f"`{name}` in {data['unit']} {wants}", "unit")
    if denominator is not None and numerator is None:
        raise entry.fail(f"`{name}` is reported by hand; a `denominator` is for what is computed", "denominator")
    if denominator is not None and denominator.aggregate == "avg":
        raise entry.fail("a denominator is no average", "denominator", "aggregate")
    if numerator is not None and denominator is not None and numerator.aggregate == "avg":
        raise entry.fail("an average is not divided again", "numerator", "aggregate")
    confidence = data["formula"]["confidence"] if "formula" in data else data["source"]["confidence"]
    targets = tuple(
        sorted((_target(entry, known, place) for place in range(len(data.get("targets") or ()))), key=lambda t: t.by)
    )
    return Indicator(
        id=name,
        label=must_words(data["label"]),
        theme=data["theme"],
        unit=data["unit"],
        period=data["period"],
        direction=data["direction"],
        level=LEVELS[data["level"]],
        publish=data["publish"],
        source=read_source(entry, known, "source"),
        confidence=confidence,
        numerator=numerator,
        denominator=denominator,
        reported=words_of(data.get("reported")),
        targets=targets,
        note=words_of((data.get("formula") or {}).get("note")) or words_of(data.get("note")),
        worklist=data.get("list", ""),
        pack=entry.pack,
        file=entry.located.file,
        line=entry.line,
        hash=definition_hash(data),
    )


def definition_hash(data: Mapping[str, Any]) -> str:
    """Of what decides the value: view and its version, conditions, aggregates, unit. Words and targets do not."""
    said = {key: plain_json(data[key]) for key in ("numerator", "denominator", "reported", "unit") if key in data}
    versions = {part["view"]: VIEWS[part["view"]].version for part in said.values()
                if isinstance(part, dict) and part.get("view") in VIEWS}  # fmt: skip
    text = json.dumps([said, versions], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _measure(entry: Entry, types: Mapping[str, Type], part: str) -> Measure:
    data = entry.data[part]
    view = VIEWS.get(data["view"])
    if view is None:
        raise entry.fail(f"there is no view `{data['view']}`; there are {', '.join(VIEWS)}", part, "view")
    aggregate, column = data.get("aggregate", "count"), data.get("column")
    if (aggregate == "count") != (column is None):
        wants = "counts rows and takes no column" if aggregate == "count" else "needs a `column`"
        raise entry.fail(f"`{aggregate}` {wants}", part, "aggregate")
    if column is not None:
        if column not in view.columns:
            raise entry.fail(
                f"view `{view.name}` has no column `{column}`; it has {', '.join(view.columns)}", part, "column"
            )
        if aggregate in ("sum", "avg") and view.columns[column].type != "number":
            raise entry.fail(f"column `{column}` is no number, so it has no {aggregate}", part, "column")
    line = entry.located.line((*entry.path, part, "where"))
    raw = data.get("where", True)
    text = str(raw) if isinstance(raw, str) else ("TRUE" if raw else "FALSE")
    return Measure(
        view.name, text,
        parse_expression(text, types, file=entry.located.file, line=line, facts=view.columns, expect="bool"),
        aggregate, column,
    )  # fmt: skip


def _target(entry: Entry, known: Mapping[str, Any], place: int) -> Target:
    data = entry.data["targets"][place]
    path = ("targets", place)
    given = [name for name in COMPARATORS if name in data]
    if len(given) != 1:
        raise entry.fail(f"a target says one of {', '.join(COMPARATORS)}", *path)
    value = data[given[0]]
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise entry.fail(f"`{value}` is no number", *path, given[0])
    if ("year" in data) == ("by" in data):
        raise entry.fail("a target is due by the end of a `year` or on a day, `by`", *path)
    by = date(data["year"], 12, 31) if "year" in data else data["by"]
    if not isinstance(by, date):
        raise entry.fail(f"{by} is not a date; write YYYY-MM-DD", *path, "by")
    source = read_source(entry, known, *path, "source") if "source" in data else read_source(entry, known, "source")
    return Target(by, given[0], Fraction(value), data["kind"], source)


def measure_from(data: Mapping[str, Any], types: Mapping[str, Type]) -> Measure:
    """A measure kept as plain data (view, where, aggregate, column), read again. Raises PackError."""
    view = VIEWS.get(str(data["view"]))
    if view is None:
        raise PackError(f"there is no view `{data['view']}`")
    tree = parse_expression(str(data["where"]), types, facts=view.columns, expect="bool")
    return Measure(view.name, str(data["where"]), tree, str(data["aggregate"]), data["column"])


def parameters_of(indicator: Indicator) -> tuple[str, ...]:
    """The parameters its conditions read, each once."""
    found = [name for measure in indicator.measures for name in parameters_read(measure.tree)]
    return tuple(dict.fromkeys(found))


def columns_of(measure: Measure) -> frozenset[str]:
    """The columns of its view that a measure reads."""
    return frozenset(facts_read(measure.tree)) | ({measure.column} if measure.column else frozenset())


def always(measure: Measure) -> bool:
    """Whether the measure takes every row of its view."""
    return isinstance(measure.tree, Const) and measure.tree.value is True
