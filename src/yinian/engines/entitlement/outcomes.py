"""What keys lead to: in every group of services the answers of each key, worked out once.

A key's outcome is the number of its answer to each service of the group; an answer is what stands in a row of the long
form beside person, pack and day. Of groups with few keys all are worked out beforehand where many people are to come,
and kept with the pack: they do not depend on anybody.
"""

from __future__ import annotations

from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.compute as pc

from yinian.engines.entitlement.fused import Fused
from yinian.engines.entitlement.keys import LARGEST_GROUP, Keys, Reading, rows_of
from yinian.engines.entitlement.model import BoundService, Pack
from yinian.engines.entitlement.numbering import Numbering, Numbers, Places, Wholes, alike
from yinian.engines.entitlement.packing import Packing
from yinian.engines.entitlement.settling import (
    NOT_DUE,
    UNKNOWN,
    Settled,
    check_arithmetic,
    facts_to_ask,
    long_schema,
    settle_prepared,
    words_of,
)
from yinian.engines.entitlement.tree import Node

KEYS_PER_PERSON = 4
"""All keys of small groups are worked out beforehand where they are at most so many times the people at hand."""

_LARGEST_CODE = 1 << 40
_APART = ("person_id", "pack_hash", "as_of")


class Answers:
    """The distinct answers met, numbered from 0, each with the place of its service."""

    def __init__(self, services: tuple[BoundService, ...], with_not_due: bool, with_unknown_facts: bool) -> None:
        self._services = services
        self._with = (with_not_due, with_unknown_facts)
        self._rows: list[tuple[int | str | None, ...]] = []
        self._numbers: dict[tuple[object, ...], int] = {}
        schema = long_schema(with_unknown_facts)
        self.told = {name: kind for name, kind in schema.items() if name not in _APART}
        self._frame = self._framed()

    def copy(self) -> Answers:
        """One that grows on its own."""
        other = Answers(self._services, *self._with)
        other._rows, other._numbers = list(self._rows), dict(self._numbers)
        return other

    @property
    def frame(self) -> pl.DataFrame:
        """By number the place of the answer's service, and the columns of the long form that follow from the answer."""
        if self._frame.height != len(self._rows):
            self._frame = self._framed()
        return self._frame

    def _framed(self) -> pl.DataFrame:
        return pl.DataFrame(self._rows, schema={"place": pl.UInt16, **self.told}, orient="row")

    def number(self, place: int, settled: Settled, within: int, seen: dict[Node, Places]) -> Numbers:
        """The number of each row's answer to the service that is at a place of the list and within the settled ones,
        from 1; 0 for no answer. `seen` keeps the codes of truths for those services that read the same test."""
        bound = settled.services[within]
        status, money = settled.status[within].to_numpy(), settled.amount[within]
        truths = [_truths(*both, seen) for both in zip(bound.tests, settled.tests[within], strict=True)]
        asked = facts_to_ask(bound) if self._with[1] else {}
        lacking = {name: settled.facts[name].is_null().to_numpy().astype(np.intp) for name in asked}
        codes, size = status.astype(np.intp), 4
        parts = [(truth, 3) for truth in truths] + [(lack, 2) for lack in lacking.values()]
        if money is not None:
            found = pc.dictionary_encode(money.to_arrow(), null_encoding="encode")
            amounts = (found.indices.to_numpy().astype(np.intp) + 1) * (status != NOT_DUE)
            parts.append((amounts, len(found.dictionary) + 1))
        for part, count in parts:
            if size * count > _LARGEST_CODE:
                codes, first = alike(codes, size)
                size = max(1, len(first))
            codes = codes * count + part
            size *= count
        kinds, first = alike(codes, size)
        numbers = np.zeros(len(first), dtype=np.uint32)
        for kind, row in enumerate(first.tolist()):
            if status[row] == NOT_DUE and not self._with[0]:
                continue
            words = words_of(
                bound, int(status[row]), [int(truth[row]) for truth in truths],
                {name: places for name, places in asked.items() if lacking[name][row]} if self._with[1] else None,
            )  # fmt: skip
            amount = None if money is None or status[row] == NOT_DUE else money[row]
            answer = (place, bound.service.id, words[0], amount, bound.service.period, *words[1:])
            numbers[kind] = self._numbers.setdefault(answer, len(self._rows)) + 1
            if numbers[kind] > len(self._rows):
                self._rows.append(answer)
        return np.take(numbers, kinds)


def _truths(test: Node, column: pl.Series, seen: dict[Node, Places]) -> Places:
    if test not in seen:
        seen[test] = column.cast(pl.UInt8).fill_null(UNKNOWN).to_numpy().astype(np.intp)
    return seen[test]


class Group:
    """One group of services: its keys met, and their distinct outcomes as rows of answers from 1, 0 for none."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.met = 0
        self.numbering = Numbering(keys.size)
        self.outcomes = np.empty((0, len(keys.places)), dtype=np.uint32)
        self._places: dict[bytes, int] = {}

    def number(self, answers: npt.NDArray[np.uint32]) -> Numbers:
        """The number of each row of answers, new ones added."""
        codes, size = np.zeros(len(answers), dtype=np.intp), 1
        for column in answers.T:
            count = int(column.max(initial=0)) + 1
            if size * count > _LARGEST_CODE:
                codes, first = alike(codes, size)
                size = max(1, len(first))
            codes = codes * count + column
            size *= count
        places, first = alike(codes, size)
        rows = answers[first]
        numbers = np.empty(len(rows), dtype=np.uint32)
        for row, outcome in enumerate(rows):
            numbers[row] = self._places.setdefault(outcome.tobytes(), len(self._places))
        fresh = numbers >= len(self.outcomes)
        self.outcomes = np.concatenate([self.outcomes, rows[fresh][np.argsort(numbers[fresh])]])
        return np.take(numbers, places)


class Plan:
    """A pack on one day, read: how people are told apart, and what each key leads to where that is known beforehand."""

    def __init__(self, pack: Pack, as_of: date, with_not_due: bool, with_unknown_facts: bool) -> None:
        check_arithmetic(pack, as_of)
        self.services = pack.services_on(as_of)
        self.reading = Reading(self.services, with_unknown_facts)
        self.packing = Packing(self.reading)
        self._answers = Answers(self.services, with_not_due, with_unknown_facts)
        self._whole: dict[int, Group] = {}
        self._small = [place for place, keys in enumerate(self.reading.groups) if keys.size <= LARGEST_GROUP]
        self._fused: Fused | None = None
        self._keys = sum(self.reading.groups[place].size for place in self._small)

    def pays(self, people: int) -> bool:
        """Whether the keys of small groups are worked out already or are few for so many people."""
        return len(self._whole) == len(self._small) or self._keys <= people * KEYS_PER_PERSON

    @property
    def small(self) -> bool:
        """Whether all groups have few keys."""
        return len(self._small) == len(self.reading.groups)

    def begin(self, people: int) -> tuple[list[Group], Answers]:
        """The groups and answers from which to go on, for so many people."""
        if not self.pays(people):
            return [Group(keys) for keys in self.reading.groups], self._answers_of_none()
        if len(self._whole) < len(self._small):
            answers, whole = self._answers_of_none(), {}
            for place in self._small:
                group = whole[place] = Group(self.reading.groups[place])
                every = np.arange(group.keys.size, dtype=np.uint64)
                group.numbering.of([every], partial(work_out, self.services, group, answers))
            self._answers, self._whole = answers, whole
        groups = [self._whole.get(place) or Group(keys) for place, keys in enumerate(self.reading.groups)]
        return groups, self._answers.copy()

    def whole(self, groups: list[Group]) -> bool:
        """Whether every key of these groups was worked out beforehand, so that no answer is to come."""
        return all(self._whole.get(place) is group for place, group in enumerate(groups))

    def fused(self) -> Fused | None:
        """How compiled steps go from facts to profiles; None where not every key was worked out beforehand, or keys
        depend on amounts of each person's own."""
        if len(self._whole) < len(self.reading.groups) or self.packing.contested:
            return None
        if self._fused is None:
            groups = [self._whole[place] for place in range(len(self._whole))]
            tables = [group.numbering.table for group in groups]
            self._fused = Fused(self.packing, tables, [len(group.outcomes) for group in groups])
        return self._fused if self._fused.possible else None

    def _answers_of_none(self) -> Answers:
        return Answers(self.services, *self._answers._with)


def plan_of(pack: Pack, as_of: date, with_not_due: bool, with_unknown_facts: bool) -> Plan:
    """The plan of a pack, kept with it. Raises PackError where the pack cannot be used on that day."""
    name = (as_of, with_not_due, with_unknown_facts)
    plan = pack.kept.get(name)
    if not isinstance(plan, Plan):
        plan = Plan(pack, *name)
        if len(pack.kept) >= MOST_PLANS:
            pack.kept.clear()
        pack.kept[name] = plan
    return plan


MOST_PLANS = 16


def work_out(services: tuple[BoundService, ...], group: Group, answers: Answers, fresh: Wholes) -> Numbers:
    """The outcome of each key not met before."""
    rows, beaten = rows_of(group.keys, fresh)
    found = settle_prepared(group.keys.services, rows, beaten)
    theirs = tuple(services[place] for place in group.keys.places)
    settled = Settled(theirs, found.people, found.status, found.amount, found.tests, rows)
    outcomes = np.zeros((len(fresh), len(theirs)), dtype=np.uint32)
    seen: dict[Node, Places] = {}
    for within, place in enumerate(group.keys.places):
        outcomes[:, within] = answers.number(place, settled, within, seen)
    return group.number(outcomes)
