"""Each distinct profile of people answered once, and the answers handed to everybody who has it.

In every group of services a key leads to one outcome: the answers to the group's services. What somebody comes to in
all groups together is their profile. A book keeps what it has met, so that tables may come in pieces. How people are
told apart is for `keys`, how their rows become keys for `packing`, what keys lead to for `outcomes`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from yinian.engines.entitlement import compiled, fused
from yinian.engines.entitlement.keys import Codes
from yinian.engines.entitlement.model import BoundService, Pack
from yinian.engines.entitlement.numbering import Joint, Numbers, Places, Spare, Wholes, distinct
from yinian.engines.entitlement.outcomes import Group, plan_of, work_out
from yinian.engines.entitlement.packing import BLOCK, row_amounts
from yinian.engines.entitlement.prepare import compact_facts
from yinian.engines.entitlement.settling import NOT_DUE, STATUS_NAMES, facts_of, long_schema
from yinian.engines.entitlement.spreading import Column, Lists, column, dictionary, spread

PIECE = 1 << 18
"""Rows whose own amounts are worked out at once: enough to spread the cost of a call."""

WINDOW = 1 << 20
"""Rows whose keys are known before what they lead to is worked out, so that it is worked out in one go."""

FIRST = 1 << 17
"""Rows of the first window of all: most kinds of people are met among them, and then looked up."""

LARGEST_KEY = 1 << 62
_ANSWER = "answer"

THREADS = max(1, min(4, os.cpu_count() or 1))
"""Threads that share the blocks of a window; NumPy and the compiled steps let one another work."""


@dataclass(frozen=True, slots=True)
class Met:
    """A table of people read: the number of each one's profile, and by place the amounts that are their own."""

    profile: pl.Series
    own: dict[int, pl.Series]


class Book:
    """The profiles of one pack on one day, with their answers.

    `people` is how many there will be in all, where that is known. Raises PackError where the pack cannot be used on
    that day.
    """

    def __init__(
        self,
        pack: Pack,
        as_of: date,
        *,
        with_not_due: bool = False,
        with_unknown_facts: bool = False,
        people: int | None = None,
    ) -> None:
        self.pack = pack
        self.as_of = as_of
        self._plan = plan_of(pack, as_of, with_not_due, with_unknown_facts)
        self.services = self._plan.services
        self.facts = facts_of(self.services)
        self._schema = long_schema(with_unknown_facts)
        self._reading = self._plan.reading
        self._packing = self._plan.packing
        self.possible = all(keys.size <= LARGEST_KEY for keys in self._reading.groups)
        self._expected = people or 0
        self._groups, self._answers = self._plan.begin(self._expected)
        self._kept = Lists(np.zeros(0, np.int64), np.zeros(0, np.uint32))
        self._coded: tuple[tuple[bool, int], dict[str, Column]] | None = None
        self._begun = False
        self._fast: fused.Met | None = None
        self._joints = [Joint() for _ in self._reading.groups[1:]] or [Joint()]

    def __len__(self) -> int:
        """How many profiles were met: distinct outcomes of all services together."""
        if self._fast is not None:
            return len(self._fast)
        return len(self._joints[-1].pairs) if self._reading.groups else 1

    @property
    def keys_met(self) -> int:
        """How many keys were met, and worked out because they were, in all groups."""
        return sum(group.met for group in self._groups)

    def surely_few(self, people: int) -> bool:
        """Whether there can be but few keys for so many people."""
        return self._plan.small and self._plan.pays(people)

    def read(self, facts: pl.DataFrame) -> Met:
        """The profiles of these people; what was not met before is worked out. `facts` as of `compact_facts`."""
        if not self._begun:
            self._begin(facts.height)
        profiles = np.empty(facts.height, dtype=np.uint32)
        amounts: list[dict[int, pl.Series]] = []
        for start, stop in self._windows(facts.height):
            window = facts.slice(start, stop - start)
            pieces = [window.slice(first, PIECE) for first in range(0, window.height, PIECE)]
            amounts += [row_amounts(self._reading, piece) for piece in pieces]
            theirs = {place: pl.concat([part[place] for part in amounts[-len(pieces) :]]) for place in amounts[-1]}
            if self._fast is not None:
                self._fast.read(window, profiles[start:stop])
            else:
                self._profiles(window, theirs, profiles[start:stop])
        own = {
            place: pl.concat([part[place] for part in amounts]) if amounts else pl.Series(dtype=pl.Int64)
            for place in self._reading.own
        }
        return Met(pl.Series("profile", profiles), own)

    def _begin(self, height: int) -> None:
        if height > self._expected:
            self._groups, self._answers = self._plan.begin(height)
        tables = self._plan.fused() if compiled.steps is not None and self._reading.groups else None
        self._fast = None if tables is None else fused.Met(tables)
        self._begun = bool(height)

    def _windows(self, height: int) -> Iterator[tuple[int, int]]:
        start, size = 0, WINDOW if len(self) or self._fast is not None else min(FIRST, WINDOW)
        while start < height:
            yield start, min(start + size, height)
            start, size = start + size, WINDOW

    def distinct(self, facts: pl.DataFrame) -> tuple[int, int]:
        """How many keys there are among these people over all groups, and how many of them one person has alone."""
        total = alone = 0
        for keys in self._packing.keys(facts, row_amounts(self._reading, facts)):
            places, different = distinct(keys)
            total += len(different)
            alone += int((np.bincount(places) == 1).sum())
        return total, alone

    def long(self, people: pl.Series, met: Met) -> pl.DataFrame:
        """The long form for these people, in their order; `people` are their identifiers."""
        answer, person = self._expanded(met)
        words = self._answers.frame.select(name for name in self._answers.told if name != "amount_fen")
        rows = words[answer].with_columns(
            people.gather(person).alias("person_id"),
            self._money(met, answer, person).alias("amount_fen"),
            pl.lit(self.pack.hash).alias("pack_hash"),
            pl.lit(self.as_of, dtype=pl.Date).alias("as_of"),
        )
        return rows.select(list(self._schema))

    def coded(self, people: pl.Series, met: Met) -> pa.Table:
        """The long form as an Arrow table whose text columns are codes into dictionaries, as Parquet keeps them."""
        columns = self._columns(bool(met.own))
        wanted = {name: column.codes for name, column in columns.items() if not column.same}
        if met.own:
            wanted[_ANSWER] = np.arange(self._answers.frame.height, dtype=np.uint32)
        person, found = spread(met.profile.to_numpy(), self._lists(), wanted)
        none = np.zeros(len(person), dtype=np.int8)
        arrays: dict[str, pa.Array] = {}
        for name, kind in self._schema.items():
            if name == "person_id":
                arrays[name] = dictionary(pa.array(person), people)
            elif name in columns:
                arrays[name] = columns[name].arrow(found.get(name, none))
            elif name == "amount_fen":
                arrays[name] = self._money(met, pl.Series(found[_ANSWER]), pl.Series(person)).to_arrow()
            else:
                value = self.pack.hash if name == "pack_hash" else self.as_of
                arrays[name] = dictionary(pa.array(none), pl.Series([value], dtype=kind))
        return pa.table(arrays)

    def _columns(self, own: bool) -> dict[str, Column]:
        """The columns of the long form that follow from the answer, but for amounts where some are each person's."""
        whole = self._plan.whole(self._groups)
        key = (own, self._answers.frame.height)
        if self._coded is None or self._coded[0] != key:
            names = [name for name in self._answers.told if name != "amount_fen" or not own]
            self._coded = key, {name: column(self._answers.frame[name], narrow=whole) for name in names}
        return self._coded[1]

    def _expanded(self, met: Met) -> tuple[pl.Series, pl.Series]:
        """For each row of the long form the number of its answer and the place of its person."""
        every = np.arange(self._answers.frame.height, dtype=np.uint32)
        person, found = spread(met.profile.to_numpy(), self._lists(), {_ANSWER: every})
        return pl.Series(found[_ANSWER]), pl.Series(person)

    def _money(self, met: Met, answer: pl.Series, person: pl.Series) -> pl.Series:
        """The amounts of the long form, own ones put in."""
        amount = self._answers.frame["amount_fen"].gather(answer)
        if met.own:
            place, status = (self._answers.frame[name].gather(answer) for name in ("place", "status"))
            for number, amounts in met.own.items():
                theirs = (place == number) & (status != STATUS_NAMES[NOT_DUE])
                amount = amounts.gather(person).zip_with(theirs, amount)
        return amount

    def wide(self, people: pl.Series, met: Met) -> pl.DataFrame:
        """The wide form for these people, in their order."""
        codes = self._answers.frame["status"].replace_strict(
            list(STATUS_NAMES), list(range(len(STATUS_NAMES))), return_dtype=pl.UInt8
        )
        status = pl.concat([pl.Series([NOT_DUE], dtype=pl.UInt8), codes])
        amount = pl.concat([pl.Series([None], dtype=pl.Int64), self._answers.frame["amount_fen"]])
        columns: list[pl.Series] = [people]
        for place, answers in enumerate(self._outcomes().T):
            bound, numbers = self.services[place], pl.Series(answers)
            columns.append(status.gather(numbers).gather(met.profile).alias(f"status:{bound.service.id}"))
            if bound.amount is None:
                continue
            if place in met.own:
                money = met.own[place].zip_with(columns[-1] != NOT_DUE, amount[:1].new_from_index(0, len(people)))
            else:
                money = amount.gather(numbers).gather(met.profile)
            columns.append(money.alias(f"amount:{bound.service.id}"))
        return pl.DataFrame(columns)

    def answers(self) -> pl.DataFrame:
        """The long form with `profile` in place of `person_id`."""
        lists = self._lists()
        profiles = np.repeat(np.arange(len(self), dtype=np.uint32), np.diff(lists.offsets))
        told = self._answers.frame.select(list(self._answers.told))[lists.answers]
        return told.insert_column(0, pl.Series("profile", profiles))

    def _profiles(self, facts: pl.DataFrame, amounts: Mapping[int, pl.Series], into: Numbers) -> None:
        """The profile of each row, block by block: the outcome of the first group, joined with that of each further
        one. Some threads share the blocks; what was not met before is worked out for all of them together."""
        share = -(-max(1, facts.height) // (BLOCK * THREADS)) * BLOCK
        parts = [
            (
                self._packing.blocks(
                    facts.slice(first, share), {place: money.slice(first, share) for place, money in amounts.items()}
                ),
                into[first : first + share],
            )
            for first in range(0, facts.height, share)
        ]
        if len(parts) > 1:
            with ThreadPoolExecutor(THREADS) as threads:
                found = list(threads.map(lambda part: self._known(*part), parts))
        else:
            found = [self._known(*part) for part in parts]
        waiting = [block for blocks in found for block in blocks]
        if waiting:
            numbers = self._meet([keys for keys, _, _ in waiting])
            for (_, rows, whole), theirs in zip(waiting, numbers, strict=True):
                whole[rows] = theirs

    def _known(
        self, blocks: Iterator[list[Codes]], into: Numbers
    ) -> list[tuple[list[Codes], Places | slice, Numbers]]:
        """Puts in its place the profile of each row that was met before; of the others, block by block, the keys, the
        rows, and where these lie."""
        waiting: list[tuple[list[Codes], Places | slice, Numbers]] = []
        fresh = not len(self)
        spare = Spare(BLOCK)
        start = 0
        for keys in blocks:
            whole = into[start : start + BLOCK]
            start += BLOCK
            if fresh:
                waiting.append(([codes.copy() for codes in keys], slice(None), whole))
            elif not self._look(keys, spare, whole):
                rows = np.flatnonzero(spare.missing[: len(whole)])
                waiting.append(([codes[rows] for codes in keys], rows, whole))
                spare.missing.fill(0)
        return waiting

    def _look(self, keys: list[Codes], spare: Spare, into: Numbers) -> bool:
        """The profiles of one block; whether all that is in it was met before."""
        into.fill(0)
        known = True
        for codes, group, joint in zip(keys, self._groups, self._joined(), strict=True):
            numbering = group.numbering
            found = joint.look(into, codes, numbering, spare) if joint else numbering.look(codes, spare, into)
            known &= found
        return known

    def _meet(self, keys: list[list[Codes]]) -> list[Numbers]:
        """The profiles of blocks, what was not met before worked out."""
        wholes = [np.zeros(len(block[0]) if block else 0, dtype=np.uint32) for block in keys]
        before = 1
        for place, (group, joint) in enumerate(zip(self._groups, self._joined(), strict=True)):
            own = group.numbering.of([codes[place] for codes in keys], partial(self._work_out, group))
            wholes = joint.of(wholes, own, (before, len(group.outcomes))) if joint else own
            before = len(joint.pairs) if joint else len(group.outcomes)
        return wholes

    def _joined(self) -> list[Joint | None]:
        """By group what joins its outcomes to those of the groups before; nothing where others are joined to it."""
        return [None, *self._joints] if len(self._groups) > 1 else [*self._joints[: len(self._groups)]]

    def _work_out(self, group: Group, fresh: Wholes) -> Numbers:
        group.met += len(fresh)
        return work_out(self.services, group, self._answers, fresh)

    def _outcomes(self) -> npt.NDArray[np.uint32]:
        """For each profile the number of its answer to each service, from 1; 0 for none."""
        whole = np.zeros((len(self), len(self.services)), dtype=np.uint32)
        if self._fast is not None:
            for group, own in zip(self._groups, self._fast.outcomes().T, strict=True):
                whole[:, group.keys.places] = group.outcomes[own]
            return whole
        numbers = np.arange(len(self), dtype=np.uint32)
        for group, joint in reversed([*zip(self._groups, self._joined(), strict=True)]):
            own = numbers
            if joint:
                numbers, own = joint.pairs[numbers].T
            whole[:, group.keys.places] = group.outcomes[own]
        return whole

    def _lists(self) -> Lists:
        """For each profile the numbers of its answers, in the order of the list."""
        if len(self._kept.offsets) != len(self) + 1:
            outcomes = self._outcomes()
            given = outcomes != 0
            offsets = np.concatenate([np.zeros(1, np.int64), given.sum(axis=1).cumsum()])
            self._kept = Lists(offsets, outcomes[given] - np.uint32(1))
        return self._kept


@dataclass(frozen=True, slots=True)
class Profiled:
    """A population in its compact form: people with one profile have the same answers to every service.

    `profiles`: `profile` (from 0) and `people` (how many have it). `answers`: the long form with `profile` in place of
    `person_id`; an amount in `own` is null there. `person_profile`: `person_id`, `profile`, in the order given. `own`:
    for each service whose amount follows a date continuously, `amount:<id>` in fen, person by person.
    """

    services: tuple[BoundService, ...]
    profiles: pl.DataFrame
    answers: pl.DataFrame
    person_profile: pl.DataFrame
    own: pl.DataFrame


def evaluate_profiles(pack: Pack, facts: pl.DataFrame, as_of: date, with_not_due: bool = False) -> Profiled:
    """Every distinct profile with its answers, and each person's profile. Raises PackError or FactsError."""
    book = Book(pack, as_of, with_not_due=with_not_due)
    compact = compact_facts(facts, as_of, book.facts)
    met = book.read(compact)
    counts = np.bincount(met.profile.to_numpy(), minlength=len(book))
    numbers = pl.int_range(len(book), dtype=pl.UInt32, eager=True).alias("profile")
    return Profiled(
        services=book.services,
        profiles=pl.DataFrame([numbers, pl.Series("people", counts, dtype=pl.UInt32)]),
        answers=book.answers(),
        person_profile=pl.DataFrame([compact["person_id"], met.profile]),
        own=pl.DataFrame({f"amount:{book.services[place].service.id}": money for place, money in met.own.items()}),
    )
