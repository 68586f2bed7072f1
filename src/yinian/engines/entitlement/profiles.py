"""Each distinct profile of people answered once, and the answers handed to everybody who has it.

In every group of services a key leads to one outcome: the answers to the group's services. What somebody comes to in
all groups together is their profile. A book keeps what it has met, so that tables may come in pieces. How people are
told apart is for `keys`, how their rows become keys for `packing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from yinian.engines.entitlement.keys import LARGEST_GROUP, Codes, Keys, Reading, rows_of
from yinian.engines.entitlement.model import BoundService, Pack
from yinian.engines.entitlement.packing import BLOCK, Packing, row_amounts
from yinian.engines.entitlement.prepare import compact_facts
from yinian.engines.entitlement.settling import (
    NOT_DUE,
    STATUS_NAMES,
    Settled,
    answers_of,
    check_arithmetic,
    facts_of,
    long_schema,
    settle_prepared,
)

PIECE = 1 << 18
"""Rows whose own amounts are worked out at once: enough to spread the cost of a call."""

WINDOW = 1 << 20
"""Rows whose keys are known before what they lead to is worked out, so that it is worked out in one go."""

LARGEST_TABLE = 1 << 22
LARGEST_KEY = 1 << 62
_NEW = np.uint32(2**32 - 1)
Numbers = npt.NDArray[np.uint32]
Wholes = npt.NDArray[np.unsignedinteger[Any]]


class Spare:
    """Room for the numbers of one block, used over and over so that it stays in the cache."""

    def __init__(self) -> None:
        self.places = np.empty(BLOCK, dtype=np.intp)
        self.codes = np.empty(BLOCK, dtype=np.uint32)
        self.numbers = np.empty(BLOCK, dtype=np.uint32)


class Numbering:
    """Gives codes below `size` numbers: by a table where one can be held, else by what was met."""

    def __init__(self, size: int) -> None:
        self._table = np.full(size, _NEW) if size <= LARGEST_TABLE else None
        self._codes = np.empty(0, dtype=np.uint64)
        self._numbers = np.empty(0, dtype=np.uint32)

    def look(self, codes: Wholes, spare: Spare, into: Numbers) -> bool:
        """Puts the number of each code into an array; whether all have one and there is a table of them."""
        if self._table is None:
            return False
        places = spare.places[: len(codes)]
        places[:] = codes
        np.take(self._table, places, out=into, mode="clip")
        return bool(into.max(initial=0) != _NEW)

    def of(self, codes: Wholes) -> tuple[Numbers, Wholes]:
        """The number of each code, or what `fresh` codes there are first, to be given numbers by `note`."""
        if self._table is not None:
            numbers = np.take(self._table, codes.astype(np.intp))
            missing = numbers == _NEW
            if not missing.any():
                return numbers, np.empty(0, dtype=np.uint64)
            met = np.zeros(len(self._table), dtype=bool)
            met[codes[missing]] = True
            return numbers, np.flatnonzero(met).astype(np.uint64)
        places, distinct = _distinct(codes)
        found = np.searchsorted(self._codes, distinct)
        met = np.zeros(len(distinct), dtype=bool)
        within = found < len(self._codes)
        met[within] = self._codes[found[within]] == distinct[within]
        if not met.all():
            return self._numbers[:0], distinct[~met]
        return np.take(self._numbers[found], places), distinct[:0]

    def rest(self) -> Wholes:
        """The codes without a number, where there is a table."""
        assert self._table is not None
        return np.flatnonzero(self._table == _NEW).astype(np.uint64)

    def note(self, fresh: Wholes, numbers: Numbers) -> None:
        """Gives fresh codes their numbers."""
        if self._table is not None:
            self._table[fresh] = numbers
            return
        codes = np.concatenate([self._codes, fresh.astype(np.uint64)])
        order = np.argsort(codes)
        self._codes = codes[order]
        self._numbers = np.concatenate([self._numbers, numbers])[order]


class Joint:
    """Gives pairs of numbers, each below a bound that grows, numbers of their own."""

    def __init__(self) -> None:
        self.pairs = np.empty((0, 2), dtype=np.uint32)
        self._width = self._height = 1
        self._numbering = Numbering(1)

    def of(self, left: Numbers, right: Numbers, bounds: tuple[int, int]) -> Numbers:
        """The number of each pair; every number on the left and on the right is below its bound."""
        if bounds[0] > self._height or bounds[1] > self._width:
            self._height, self._width = (1 << int(bound - 1).bit_length() for bound in bounds)
            self._numbering = Numbering(self._height * self._width)
            known = self._code(self.pairs[:, 0], self.pairs[:, 1])
            self._numbering.note(known, np.arange(len(known), dtype=np.uint32))
        codes = self._code(left, right)
        numbers, fresh = self._numbering.of(codes)
        if len(fresh):
            first = len(self.pairs)
            self._numbering.note(fresh, np.arange(first, first + len(fresh), dtype=np.uint32))
            new = np.stack(np.divmod(fresh.astype(np.uint64), np.uint64(self._width)), axis=1).astype(np.uint32)
            self.pairs = np.concatenate([self.pairs, new])
            numbers, _ = self._numbering.of(codes)
        return numbers

    def look(self, left: Numbers, right: Numbers, spare: Spare) -> bool:
        """Puts the number of each pair in the place of its left; whether all were met before."""
        codes = spare.codes[: len(left)]
        np.multiply(left, np.uint32(self._width), out=codes)
        codes += right
        return self._height * self._width <= LARGEST_TABLE and self._numbering.look(codes, spare, left)

    def _code(self, left: Numbers, right: Numbers) -> Wholes:
        kind = np.uint32 if self._height * self._width <= LARGEST_TABLE else np.uint64
        codes: Wholes = np.multiply(left, kind(self._width), dtype=kind)
        codes += right
        return codes


class Group:
    """One group of services: its keys met, and their distinct outcomes as rows of answers, 0 for none."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.met = 0
        self.numbering = Numbering(keys.size)
        self.outcomes = np.empty((0, len(keys.places)), dtype=np.uint32)
        self._places: dict[bytes, int] = {}

    def number(self, answers: npt.NDArray[np.uint32]) -> Numbers:
        """The number of each row of answers, new ones added."""
        places = np.zeros(len(answers), dtype=np.uint64)
        for column in answers.T:
            places = _distinct(places * np.uint64(int(column.max()) + 1) + column)[0].astype(np.uint64)
        first = np.zeros(int(places.max()) + 1, dtype=np.intp)
        first[places] = np.arange(len(places))
        distinct = answers[first]
        numbers = np.empty(len(distinct), dtype=np.uint32)
        for row, outcome in enumerate(distinct):
            numbers[row] = self._places.setdefault(outcome.tobytes(), len(self._places))
        fresh = numbers >= len(self.outcomes)
        self.outcomes = np.concatenate([self.outcomes, distinct[fresh][np.argsort(numbers[fresh])]])
        return np.take(numbers, places.astype(np.intp))


@dataclass(frozen=True, slots=True)
class Met:
    """A table of people read: the number of each one's profile, and by place the amounts that are their own."""

    profile: pl.Series
    own: dict[int, pl.Series]


class Book:
    """The profiles of one pack on one day, with their answers.

    Raises PackError where the pack cannot be used on that day.
    """

    def __init__(
        self, pack: Pack, as_of: date, *, with_not_due: bool = False, with_unknown_facts: bool = False
    ) -> None:
        check_arithmetic(pack, as_of)
        self.pack = pack
        self.as_of = as_of
        self.services = pack.services_on(as_of)
        self.facts = facts_of(self.services)
        self._with_not_due = with_not_due
        self._schema = long_schema(with_unknown_facts)
        self._reading = Reading(self.services, with_unknown_facts)
        self._packing = Packing(self._reading)
        self._groups = [Group(keys) for keys in self._reading.groups]
        self.possible = all(group.keys.size <= LARGEST_KEY for group in self._groups)
        self._answers = pl.DataFrame(schema={"place": pl.UInt16, **self._told, "answer": pl.UInt32})
        self._kept = pl.Series("answer", [], dtype=pl.List(pl.UInt32))
        self._joints = [Joint() for _ in self._groups]

    @property
    def _told(self) -> dict[str, Any]:
        return {name: kind for name, kind in self._schema.items() if name not in _APART}

    def __len__(self) -> int:
        """How many profiles were met: distinct outcomes of all services together."""
        return len(self._joints[-1].pairs) if self._joints else 1

    @property
    def keys_met(self) -> int:
        """How many keys were met in all groups."""
        return sum(group.met for group in self._groups)

    def read(self, facts: pl.DataFrame) -> Met:
        """The profiles of these people; what was not met before is worked out. `facts` as of `compact_facts`."""
        parts: list[Numbers] = []
        amounts: list[dict[int, pl.Series]] = []
        for start in range(0, facts.height, WINDOW):
            window = facts.slice(start, WINDOW)
            pieces = [window.slice(first, PIECE) for first in range(0, window.height, PIECE)]
            amounts += [row_amounts(self._reading, piece) for piece in pieces]
            theirs = {place: pl.concat([part[place] for part in amounts[-len(pieces) :]]) for place in amounts[-1]}
            parts += self._profiles(self._packing.blocks(window, theirs))
        own = {
            place: pl.concat([part[place] for part in amounts]) if amounts else pl.Series(dtype=pl.Int64)
            for place in self._reading.own
        }
        return Met(pl.Series("profile", np.concatenate(parts) if parts else [], dtype=pl.UInt32), own)

    def distinct(self, facts: pl.DataFrame) -> tuple[int, int]:
        """How many keys there are among these people over all groups, and how many of them one person has alone."""
        total = alone = 0
        for keys in self._packing.keys(facts, row_amounts(self._reading, facts)):
            places, distinct = _distinct(keys)
            total += len(distinct)
            alone += int((np.bincount(places) == 1).sum())
        return total, alone

    def long(self, people: pl.Series, met: Met) -> pl.DataFrame:
        """The long form for these people, in their order; `people` are their identifiers."""
        answer, person = self._expanded(met)
        words = self._answers.select(name for name in self._told if name != "amount_fen")
        rows = words[answer].with_columns(
            people.gather(person).alias("person_id"),
            self._money(met, answer, person).alias("amount_fen"),
            pl.lit(self.pack.hash).alias("pack_hash"),
            pl.lit(self.as_of, dtype=pl.Date).alias("as_of"),
        )
        return rows.select(list(self._schema))

    def coded(self, people: pl.Series, met: Met) -> pa.Table:
        """The long form as an Arrow table whose text columns are codes into dictionaries, as Parquet keeps them."""
        answer, person = self._expanded(met)
        columns: dict[str, pa.Array] = {}
        for name, kind in self._schema.items():
            if name == "person_id":
                places = pa.array(person.to_numpy().view(np.int32))
                columns[name] = pa.DictionaryArray.from_arrays(places, _strings(people))
            elif name == "amount_fen":
                columns[name] = self._money(met, answer, person).to_arrow()
            elif name in self._told:
                texts = self._answers[name]
                distinct = texts.unique(maintain_order=True).drop_nulls()
                codes = texts.replace_strict(distinct, pl.int_range(len(distinct), eager=True)).cast(pl.Int32)
                columns[name] = pa.DictionaryArray.from_arrays(codes.gather(answer).to_arrow(), _strings(distinct))
            else:
                value = self.pack.hash if name == "pack_hash" else self.as_of
                constant = pl.Series([value], dtype=kind)
                codes = pa.array(np.zeros(len(answer), dtype=np.int32))
                columns[name] = pa.DictionaryArray.from_arrays(
                    codes, _strings(constant) if kind == pl.String else constant.to_arrow()
                )
        return pa.table(columns)

    def _expanded(self, met: Met) -> tuple[pl.Series, pl.Series]:
        """For each row of the long form the number of its answer and the place of its person."""
        lists = self._lists().gather(met.profile)
        counts = lists.list.len().to_numpy()
        person = np.repeat(np.arange(len(counts), dtype=np.uint32), counts)
        return lists.explode(empty_as_null=False, keep_nulls=False), pl.Series(person)

    def _money(self, met: Met, answer: pl.Series, person: pl.Series) -> pl.Series:
        """The amounts of the long form, own ones put in."""
        amount = self._answers["amount_fen"].gather(answer)
        if met.own:
            place, status = (self._answers[name].gather(answer) for name in ("place", "status"))
            for number, amounts in met.own.items():
                theirs = (place == number) & (status != STATUS_NAMES[NOT_DUE])
                amount = amounts.gather(person).zip_with(theirs, amount)
        return amount

    def wide(self, people: pl.Series, met: Met) -> pl.DataFrame:
        """The wide form for these people, in their order."""
        codes = self._answers["status"].replace_strict(
            list(STATUS_NAMES), list(range(len(STATUS_NAMES))), return_dtype=pl.UInt8
        )
        status = pl.concat([pl.Series([NOT_DUE], dtype=pl.UInt8), codes])
        amount = pl.concat([pl.Series([None], dtype=pl.Int64), self._answers["amount_fen"]])
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
        rows = pl.DataFrame({"profile": pl.int_range(len(self), dtype=pl.UInt32, eager=True), "answer": self._lists()})
        rows = rows.explode("answer", empty_as_null=False, keep_nulls=False)
        return rows.select("profile").hstack(self._answers.select(list(self._told))[rows["answer"]])

    def _profiles(self, blocks: Iterator[list[Codes]]) -> list[Numbers]:
        """The profile of each row, block by block: the outcome of the first group, joined with that of each further
        one. What was not met before is worked out for all blocks together."""
        found: list[Numbers | None] = []
        waiting: list[list[Codes]] = []
        spare = Spare()
        for keys in blocks:
            found.append(self._look(keys, spare))
            if found[-1] is None:
                waiting.append(keys)
        worked_out = iter(self._meet(waiting))
        return [next(worked_out) if numbers is None else numbers for numbers in found]

    def _look(self, keys: list[Codes], spare: Spare) -> Numbers | None:
        """The profiles of one block where all that is in it was met before."""
        whole = np.zeros(len(keys[0]) if keys else 0, dtype=np.uint32)
        own = spare.numbers[: len(whole)]
        for codes, group, joint in zip(keys, self._groups, self._joints, strict=True):
            if not (group.numbering.look(codes, spare, own) and joint.look(whole, own, spare)):
                return None
        return whole

    def _meet(self, keys: list[list[Codes]]) -> list[Numbers]:
        """The profiles of blocks, what was not met before worked out."""
        wholes = [np.zeros(len(block[0]) if block else 0, dtype=np.uint32) for block in keys]
        before = 1
        for place, (group, joint) in enumerate(zip(self._groups, self._joints, strict=True)):
            for block, own in enumerate(self._outcomes_of(group, [codes[place] for codes in keys])):
                wholes[block] = joint.of(wholes[block], own, (before, len(group.outcomes)))
            before = len(joint.pairs)
        return wholes

    def _outcomes_of(self, group: Group, codes: list[Codes]) -> list[Numbers]:
        """The numbers of the outcomes to which these keys of one group lead."""
        found = [group.numbering.of(piece) for piece in codes]
        lacking = [fresh for _, fresh in found if len(fresh)]
        if not lacking:
            return [numbers for numbers, _ in found]
        fresh = np.unique(np.concatenate(lacking))
        before = group.met
        group.met += len(fresh)
        if before and group.keys.size <= LARGEST_GROUP:
            fresh = group.numbering.rest()  # many small rounds would cost more than one of all there can be
        group.numbering.note(fresh, self._work_out(group, fresh))
        return [
            group.numbering.of(piece)[0] if len(missing) else numbers
            for piece, (numbers, missing) in zip(codes, found, strict=True)
        ]

    def _work_out(self, group: Group, fresh: Wholes) -> Numbers:
        """The outcome of each key not met before."""
        rows, beaten = rows_of(group.keys, fresh)
        found = settle_prepared(group.keys.services, rows, beaten)
        services = tuple(self.services[place] for place in group.keys.places)
        settled = Settled(services, found.people, found.status, found.amount, found.tests, rows)
        outcomes = np.zeros((len(fresh), len(services)), dtype=np.uint32)
        for within, place in enumerate(group.keys.places):
            told = answers_of(settled, within, self._with_not_due, "unknown_facts" in self._schema)
            alike = ["pattern", "amount_fen"]
            kinds = told.rows.select(alike).unique(maintain_order=True)
            texts = kinds.join(told.texts, on="pattern", how="left", maintain_order="left").with_columns(
                pl.lit(place, dtype=pl.UInt16).alias("place"),
                pl.lit(services[within].service.id).alias("service_id"),
                pl.lit(services[within].service.period, dtype=pl.String).alias("period"),
            )
            kinds = kinds.with_columns(self._number_answers(texts.select("place", *self._told)))
            answer = told.rows.join(kinds, on=alike, how="left", nulls_equal=True, maintain_order="left")["answer"]
            outcomes[told.rows["row"].to_numpy(), within] = answer.to_numpy() + 1
        return group.number(outcomes)

    def _number_answers(self, rows: pl.DataFrame) -> pl.Series:
        alike = rows.columns
        new = rows.unique(maintain_order=True).join(
            self._answers, on=alike, how="anti", nulls_equal=True, maintain_order="left"
        )
        first = self._answers.height
        numbered = new.with_columns(pl.int_range(first, first + new.height, dtype=pl.UInt32).alias("answer"))
        self._answers = pl.concat([self._answers, numbered], rechunk=True)
        return rows.join(self._answers, on=alike, how="left", nulls_equal=True, maintain_order="left")["answer"]

    def _outcomes(self) -> npt.NDArray[np.uint32]:
        """For each profile the number of its answer to each service, from 1; 0 for none."""
        whole = np.zeros((len(self), len(self.services)), dtype=np.uint32)
        numbers = np.arange(len(self), dtype=np.uint32)
        for place in range(len(self._groups) - 1, -1, -1):
            group = self._groups[place]
            numbers, own = self._joints[place].pairs[numbers].T
            whole[:, group.keys.places] = group.outcomes[own]
        return whole

    def _lists(self) -> pl.Series:
        """For each profile the numbers of its answers, in the order of the list."""
        if len(self._kept) != len(self):
            outcomes = self._outcomes()
            given = outcomes != 0
            offsets = np.concatenate([np.zeros(1, np.int64), given.sum(axis=1).cumsum()])
            lists = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(outcomes[given] - 1))
            self._kept = pl.Series("answer", lists)
        return self._kept


_APART = ("person_id", "pack_hash", "as_of")


def _strings(texts: pl.Series) -> pa.Array:
    return texts.to_arrow().cast(pa.string())


def _distinct(codes: Wholes) -> tuple[npt.NDArray[np.int32], Wholes]:
    """For each row the place of its code among the distinct ones, and these."""
    found = pc.dictionary_encode(pa.array(codes))
    return found.indices.to_numpy(), found.dictionary.to_numpy()


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
