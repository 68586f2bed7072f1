"""What tells people apart for one pack on one day: few derived values in place of many facts, group by group.

Services that may supersede one another belong together; other groups are independent, and a person's answers in a group
follow from a short key. Facts of few values (yes or no, lists, levels, the age) count in it by the classes that the
group's expressions can distinguish; dates and free texts only by the truth of the conditions read from them. Amounts
that grow with a date stay outside, to be worked out row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import prod
from typing import Any as Anything

import numpy as np
import numpy.typing as npt
import polars as pl

from yinian.engines.entitlement.facts import FACTS, Fact
from yinian.engines.entitlement.model import BoundService
from yinian.engines.entitlement.prepare import DTYPES
from yinian.engines.entitlement.settling import Contest, contests, exclusion_pairs, facts_to_ask
from yinian.engines.entitlement.tree import (
    All,
    Any,
    Compare,
    Const,
    FactRef,
    Given,
    IsNull,
    Like,
    Node,
    Not,
    Value,
    children,
    facts_read,
    rebuilt,
    value_of,
    walk,
)

Bytes = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.unsignedinteger[Anything]]
Plain = bool | int | str | date | None
LARGEST_GROUP = 1 << 16
"""Groups of services are put together while their key has at most so many values: a table that stays in the cache."""

_BYTE = 256
UNKNOWN_TRUTH = 2
"""The code of an unknown truth."""

_TRUTHS: tuple[Plain, ...] = (False, True, None)


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """One value of a key, with the values it can take, `stands`.

    A fact has `classes`, which map each of its possible values (unknown last) to the place of the one that stands for
    it; others are the truth of a `condition`, or in a `contest` whether the rival's amount stands first.
    """

    name: str
    type: str
    stands: tuple[Plain, ...]
    classes: bytes = b""
    contest: Contest | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """How people are told apart in one group. `places` are those of its services in the pack's list; `services` read
    the key's columns where those of the pack read facts; `nullness` names the condition that tells of a fact outside
    the key whether it is unknown."""

    places: tuple[int, ...]
    services: tuple[BoundService, ...]
    columns: tuple[KeyColumn, ...]
    nullness: dict[str, str]

    @property
    def size(self) -> int:
        """How many keys there can be."""
        return prod(len(column.stands) for column in self.columns)


class Reading:
    """The services of a pack read for what they ask of people: `groups` of them with their keys, names of the `facts`
    that count by classes, `conditions` by name and the facts `asked` in each, and by place the amounts that follow a
    date continuously (`own`) and those they are compared with (`weighed`)."""

    def __init__(self, services: tuple[BoundService, ...], with_unknown_facts: bool = False) -> None:
        self.services = services
        self.conditions: dict[str, Node] = {}
        self.own = {
            place: bound.amount
            for place, bound in enumerate(services)
            if bound.amount is not None and continuous(bound.amount)
        }
        self._names: dict[Node, str] = {}
        self._seen: dict[Node, tuple[Value, ...]] = {}
        self._of: list[_Read] = [self._read(place, bound, with_unknown_facts) for place, bound in enumerate(services)]
        self._contests = [pair for pair in contests(services) if not self.own.keys().isdisjoint(pair)]
        rivals = {place for pair in self._contests for place in pair} - self.own.keys()
        amounts = {place: services[place].amount for place in sorted(rivals)}
        self.weighed = {place: amount for place, amount in amounts.items() if amount is not None}
        self.groups = [self._keys(places) for places in self._together()]
        self.facts = [name for name in FACTS if any(name in read.parts for read in self._of)]
        self.asked = {name: tuple(facts_read(node)) for name, node in self.conditions.items()}

    def _read(self, place: int, bound: BoundService, with_unknown_facts: bool) -> _Read:
        read = _Read()
        tests = tuple(self._settle(test, read) for test in bound.tests)
        amount = None if bound.amount is None or place in self.own else self._settle(bound.amount, read)
        read.service = BoundService(bound.service, tests, amount)
        if with_unknown_facts:
            for name in facts_to_ask(bound):
                told = self._settle(IsNull(FactRef(FACTS[name].type, name)), read)
                if isinstance(told, FactRef):
                    read.nullness[name] = told.name
        return read

    def _settle(self, node: Node, read: _Read) -> Node:
        """Notes by which parts of an expression a fact of few values is read, and puts a column of its own in the
        place of each condition over dates and texts."""
        names = set(facts_read(node))
        if not names:
            return node
        wide = {name for name in names if not finite(FACTS[name])}
        if not wide and len(names) == 1:
            name = names.pop()
            if node not in self._seen:
                rows = (Given(date.min, {}, {name: value}) for value in domain(FACTS[name]))
                self._seen[node] = tuple(value_of(node, row) for row in rows)
            read.parts.setdefault(name, {})[node] = None
            return node
        below = children(node)
        divides = bool(below) and all(child.type == "bool" for child in below)
        if node.type == "bool" and wide and (wide == names or not divides):
            name = self._names.setdefault(node, f"condition {len(self._names) + 1}")
            self.conditions[name] = node
            read.conditions[name] = None
            return FactRef("bool", name)
        return rebuilt(node, [self._settle(child, read) for child in below])

    def _together(self) -> list[list[int]]:
        """Places of the services in groups: what may supersede one another, then whatever has room with it."""
        bound: list[list[int]] = []
        rivals = {*contests(self.services)}
        rivals |= {(earlier, place) for place, found in enumerate(exclusion_pairs(self.services)) for earlier in found}
        for place in range(len(self.services)):
            tied = [group for group in bound if any((one, place) in rivals for one in group)]
            bound = [group for group in bound if group not in tied]
            bound.append(sorted([place, *(one for group in tied for one in group)]))
        groups: list[list[int]] = []
        for places in sorted(bound, key=lambda places: -self._size(places)):
            sizes = [self._size([*group, *places]) for group in groups]
            best = min(range(len(groups)), key=sizes.__getitem__, default=None)
            if best is not None and sizes[best] <= LARGEST_GROUP:
                groups[best] = sorted([*groups[best], *places])
            else:
                groups.append(places)
        return sorted(groups)

    def _size(self, places: list[int]) -> int:
        conditions = {name for place in places for name in self._of[place].conditions}
        facts = [len(set(zip(*parts, strict=True))) for parts in self._parts(places).values()]
        truths = [len(self._truths(name)) for name in conditions]
        return prod([*facts, *truths, *(2 for _ in self._contests_of(places))])

    def _parts(self, places: list[int]) -> dict[str, list[tuple[Value, ...]]]:
        """By fact what its values come to in each part of the expressions."""
        nodes: dict[str, dict[Node, None]] = {}
        for place in places:
            for name, parts in self._of[place].parts.items():
                nodes.setdefault(name, {}).update(parts)
        return {name: [self._seen[node] for node in nodes[name]] for name in FACTS if name in nodes}

    def _truths(self, name: str) -> tuple[Plain, ...]:
        return _TRUTHS[:-1] if never_unknown(self.conditions[name]) else _TRUTHS

    def _contests_of(self, places: list[int]) -> list[Contest]:
        return [pair for pair in self._contests if pair[0] in places]

    def _keys(self, places: list[int]) -> Keys:
        columns: list[KeyColumn] = []
        for name, parts in self._parts(places).items():
            classes: list[int] = []
            stands: dict[tuple[Value, ...], tuple[int, Plain]] = {}
            for value, seen in zip(domain(FACTS[name]), zip(*parts, strict=True), strict=True):
                shown = int(value) if isinstance(value, Fraction) else value
                number, _ = stands.setdefault(seen, (len(stands), shown))
                classes.append(number)
            values = tuple(value for _, value in stands.values())
            columns.append(KeyColumn(name, FACTS[name].type, values, classes=bytes(classes)))
        conditions = dict.fromkeys(name for place in places for name in self._of[place].conditions)
        columns += [KeyColumn(name, "bool", self._truths(name)) for name in conditions]
        for rival, place in self._contests_of(places):
            name = f"{self.services[rival].service.id} before {self.services[place].service.id}"
            columns.append(KeyColumn(name, "bool", (False, True), contest=(rival, place)))
        nullness = {fact: name for place in places for fact, name in self._of[place].nullness.items()}
        return Keys(tuple(places), tuple(self._of[place].service for place in places), tuple(columns), nullness)


class _Read:
    """What one service reads: its parts over single facts, its conditions, and itself with these in their place."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[Node, None]] = {}
        self.conditions: dict[str, None] = {}
        self.nullness: dict[str, str] = {}
        self.service: BoundService


def finite(fact: Fact) -> bool:
    """Whether a fact has so few values that each can be tried beforehand."""
    if fact.type == "number":
        return fact.low is not None and fact.high is not None and fact.high - fact.low + 2 <= _BYTE
    return fact.type == "bool" or bool(fact.values)


def domain(fact: Fact) -> tuple[Value, ...]:
    """Every value of a finite fact in the order of its codes, unknown last."""
    if fact.type == "bool":
        return (False, True, None)
    if fact.type == "number":
        assert fact.low is not None and fact.high is not None
        return (*(Fraction(value) for value in range(fact.low, fact.high + 1)), None)
    return (*fact.values, None)


def continuous(node: Node) -> bool:
    """Whether a value follows a date or a free text other than through conditions."""
    if node.type == "bool" or not any(not finite(FACTS[name]) for name in facts_read(node)):
        return False
    return isinstance(node, FactRef) or any(continuous(child) for child in children(node))


def never_unknown(node: Node) -> bool:
    """Whether a condition over one fact is surely true or false, because it asks whether the fact is known at all."""
    plain = all(
        isinstance(part, All | Any | Not | Compare | Like | IsNull | FactRef)
        or (isinstance(part, Const) and part.value is not None)
        for part in walk(node)
    )
    return plain and len(facts_read(node)) == 1 and value_of(node, Given(date.min, {}, {})) is not None


# From keys back to one row of facts for each.


def rows_of(keys: Keys, numbers: Codes) -> tuple[pl.DataFrame, dict[Contest, pl.Series]]:
    """One row of facts and conditions for each key, numbered by `person_id`, and the outcome of each contest, its
    places counted within the group."""
    columns = [pl.int_range(len(numbers), dtype=pl.UInt32, eager=True).alias("person_id")]
    beaten: dict[Contest, pl.Series] = {}
    rest = numbers.astype(np.uint64)
    for column in keys.columns:
        size = np.uint64(len(column.stands))
        stands = pl.Series(column.name, column.stands, dtype=DTYPES[column.type])
        values = stands.gather(pl.Series(rest % size, dtype=pl.UInt32))
        rest = rest // size
        if column.contest is None:
            columns.append(values)
        else:
            rival, place = (keys.places.index(one) for one in column.contest)
            beaten[rival, place] = values
    known = {
        name: pl.when(~pl.col(condition)).then(pl.lit(True)) for name, condition in keys.nullness.items()
    }  # fmt: skip
    return pl.DataFrame(columns).with_columns(**known), beaten
