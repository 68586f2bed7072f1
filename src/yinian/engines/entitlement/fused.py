"""From facts to profiles in one pass of compiled steps, where every key of a pack was worked out beforehand.

Words of facts' classes lead to keys and keys to outcomes, as in `packing` and `profiles`. Since all outcomes are known,
values of a word that lead to the same ones whatever else is true count as one: the keys come to few numbers, so that
four groups have room in one whole number, and the tables of outcomes in the nearest cache. A profile is numbered when
it is first met.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod
from typing import Any as Anything

import numpy as np
import numpy.typing as npt
import polars as pl

from yinian.engines.entitlement import compiled
from yinian.engines.entitlement.coding import BYTE, Bits, Coded, Whole, aligned
from yinian.engines.entitlement.keys import Bytes
from yinian.engines.entitlement.numbering import Numbers
from yinian.engines.entitlement.packing import Packing, Part, row_codes

LANES = 4
"""Keys that lie beside one another in a whole number of 64 bits."""

_LANE = 16
_LARGEST_KEYS = 1 << _LANE
_CODE = 64
_UNKNOWN = BYTE - 1
_LARGEST_STEPS = 24
"""A fact whose classes change more often takes what it adds from a table."""

FIRST = 1 << 14
"""Rows read before the others: most profiles are met among them, and numbered one after the other. A multiple of 8."""

SHARED = 1 << 18
"""From so many rows on two threads share them."""

_SLOTS = 1 << 12
_MOST_KEPT = 256

Whole64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Lane:
    """One or more groups whose key is one number: by word the class of each of its values, and by the words' classes
    the number of the outcome; `outcomes` has for each the outcome in every one of the `groups`."""

    groups: tuple[int, ...]
    classes: dict[int, Ints]
    table: Ints
    outcomes: Ints

    @property
    def bits(self) -> int:
        """How many bits the number of an outcome needs."""
        return (len(self.outcomes) - 1).bit_length()


class Fused:
    """The tables by which compiled steps go from words to the code of a profile; the same for everybody."""

    def __init__(self, packing: Packing, tables: Sequence[Anything], counts: Sequence[int]) -> None:
        """`tables` and `counts`: by group the outcome of each key, and how many outcomes there are."""
        self.packing = packing
        self.groups = len(tables)
        self._adds: dict[tuple[object, ...], tuple[Bytes, list[tuple[int, int]]]] = {}
        lanes = _together([
            _lane(number, packing.adds[number], table.astype(np.int64), counts[number])
            for number, table in enumerate(tables)
        ])  # fmt: skip
        self._lanes = lanes
        self.possible = sum(lane.bits for lane in lanes) < _CODE
        if not self.possible:
            return
        fours, words = -(-max(1, len(lanes)) // LANES), len(packing.words)
        self.sums = np.zeros((fours, words + words % 2, BYTE), dtype=np.uint64)
        self.places = np.zeros((fours, 2, LANES), dtype=np.uint64)
        outcomes, room, shift = [np.zeros(1, dtype=np.uint16)], 1, 0  # an empty lane leads to the first
        for number, lane in enumerate(lanes):
            four, beside = divmod(number, LANES)
            step = 1
            for (word, classes), size in zip(lane.classes.items(), lane.table.shape, strict=True):
                adds = (classes * step).astype(np.uint64) << np.uint64(_LANE * beside)
                self.sums[four, word, : len(adds)] += adds
                step *= size
            self.places[four, :, beside] = room, shift
            outcomes.append(lane.table.transpose().reshape(-1).astype(np.uint16))
            room, shift = room + lane.table.size, shift + lane.bits
        self.outcomes = np.concatenate(outcomes)

    def adds(self, column: Whole, part: Part) -> tuple[Bytes, list[tuple[int, int]]]:
        """By value of a column what it adds to its word; and how much more than before from which value on."""
        name = part.name, column.table.tobytes(), column.unknown, column.first, column.last, column.present is None
        if name not in self._adds:
            if len(self._adds) >= _MOST_KEPT:
                self._adds.clear()
            adds = _adds(column, part)
            changes = [(value, int(adds[value] - adds[value - 1]) % BYTE) for value in range(1, BYTE)]
            changes = [(0, int(adds[0])), *changes]
            self._adds[name] = adds.astype(np.uint8), [change for change in changes if change[1]]
        return self._adds[name]

    def decoded(self, codes: Whole64) -> Ints:
        """The outcomes that lead to the codes: a row for each, a column for each group."""
        whole = np.zeros((len(codes), self.groups), dtype=np.int64)
        shift = 0
        for lane in self._lanes:
            own = (codes >> np.uint64(shift)) & np.uint64((1 << lane.bits) - 1)
            whole[:, lane.groups] = lane.outcomes[own.astype(np.int64)]
            shift += lane.bits
        return whole


class Met:
    """The profiles met by compiled steps, numbered in the order of their first person."""

    def __init__(self, fused: Fused) -> None:
        self._fused = fused
        self._slots = np.zeros((_SLOTS, 2), dtype=np.uint64)
        self._marks = np.empty(_SLOTS // 2, dtype=np.uint64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def outcomes(self) -> Ints:
        """By profile its outcome in each group."""
        return self._fused.decoded(self._marks[: self._count] - np.uint64(1))

    def read(self, facts: pl.DataFrame, into: Numbers) -> None:
        """Puts down the number of each row's profile. `facts` are in their compact types."""
        program = _Program(self._fused, facts)
        first = min(FIRST, facts.height) if not self._count else 0
        self._read(program, [(0, first)], into)
        rest = facts.height - first
        half = facts.height if rest < SHARED else first + rest // 2 // BYTE * BYTE
        self._read(program, [(first, half), (half, facts.height)], into)

    def _read(self, program: _Program, parts: list[tuple[int, int]], into: Numbers) -> None:
        parts = [part for part in parts if part[0] < part[1]]
        if len(parts) > 1:
            with ThreadPoolExecutor(len(parts) - 1) as threads:
                others = [threads.submit(program.run, part, self._slots, into) for part in parts[1:]]
                found = [program.run(parts[0], self._slots, into), *(other.result() for other in others)]
        else:
            found = [program.run(part, self._slots, into) for part in parts]
        for rows, marks in found:
            self._meet(rows, marks, into)

    def _meet(self, rows: Ints, marks: Whole64, into: Numbers) -> None:
        assert compiled.steps is not None
        done = 0
        while True:
            done, self._count = compiled.steps.meet(
                rows, marks, done, self._slots, _shift(self._slots), self._marks, self._count, into
            )
            if done == len(rows):
                return
            known, size = self._marks, 4 * len(self._slots)
            self._slots = np.zeros((size, 2), dtype=np.uint64)
            self._marks = np.empty(size // 2, dtype=np.uint64)
            nowhere = np.zeros(len(known), dtype=np.int64)
            compiled.steps.meet(
                nowhere, known, 0, self._slots, _shift(self._slots), self._marks, 0, np.zeros(1, dtype=np.uint32)
            )


class _Program:
    """What the compiled steps do with each column of a table, and where it lies."""

    def __init__(self, fused: Fused, facts: pl.DataFrame) -> None:
        self._fused = fused
        self._kept: list[Anything] = []
        self._bounds: list[tuple[int, int]] = []
        self._tables: list[Bytes] = []
        coded = row_codes(fused.packing.reading, facts)
        assert compiled.steps is not None
        kinds = compiled.steps.kinds
        columns = [
            self._column(number, part, aligned(coded[part.name], facts.height), kinds)
            for number, parts in enumerate(fused.packing.words)
            for part in parts
        ]
        self._columns = np.array(columns, dtype=np.int64).reshape(-1, 6)
        self._steps = np.array(self._bounds, dtype=np.uint8).reshape(-1, 2)
        self._listed = np.array(self._tables, dtype=np.uint8).reshape(-1, BYTE)

    def _column(self, word: int, part: Part, column: Coded, kinds: tuple[int, int, int]) -> tuple[int, ...]:
        bits, stepped, listed = kinds
        first = len(self._bounds)
        self._kept.append(column)
        known = 0 if column.present is None else column.present.ctypes.data
        place = column.values.ctypes.data
        if isinstance(column, Bits):
            self._bounds += [(0, part.step), (0, 2 * part.step % BYTE)]
            return bits, place, known, word, first, 0
        adds, changes = self._fused.adds(column, part)
        if len(changes) > _LARGEST_STEPS:
            self._tables.append(adds)
            return listed, place, known, word, len(self._tables) - 1, 0
        self._bounds += changes
        return stepped, place, known, word, first, len(self._bounds)

    def run(self, rows: tuple[int, int], slots: Whole64, into: Numbers) -> tuple[Ints, Whole64]:
        """Puts down the profiles of some rows; of those that have none yet, which they are and the mark of each."""
        assert compiled.steps is not None
        places, marks = np.empty(rows[1] - rows[0], dtype=np.int64), np.empty(rows[1] - rows[0], dtype=np.uint64)
        count = compiled.steps.read(
            self._columns, self._steps, self._listed, *rows, self._fused.sums, self._fused.outcomes,
            self._fused.places, slots, _shift(slots), into, places, marks,
        )  # fmt: skip
        return places[:count], marks[:count]


def _adds(column: Whole, part: Part) -> Ints:
    """By value of a column what it adds to its word, the last for those that are not known. A value that cannot be
    adds what the next one does."""
    table, unknown = column.table, column.unknown
    if part.classes is not None:
        table, unknown = part.classes[table], int(part.classes[unknown])
    adds = table.astype(np.int64) * part.step
    adds[: column.first] = adds[column.first]
    adds[column.last :] = adds[column.last]
    if column.present is not None:
        adds[_UNKNOWN] = unknown * part.step
    return adds % BYTE


def _lane(group: int, adds: list[Ints], table: Ints, count: int) -> _Lane:
    """A group alone. `adds`: by word what its values add to the key; `table`: the outcome of each key."""
    classes: dict[int, Ints] = {}
    keys = np.zeros((), dtype=np.int64)
    for word, shares in enumerate(adds):
        if shares.any():
            different, classes[word] = np.unique(shares, return_inverse=True)
            keys = np.add.outer(keys, different)
    return _Lane((group,), *_fewest(classes, np.asarray(table[keys])), np.arange(count).reshape(-1, 1))


def _fewest(classes: dict[int, Ints], table: Ints) -> tuple[dict[int, Ints], Ints]:
    """The same with classes put together that lead to the same outcomes whatever the other words are."""
    fewest: dict[int, Ints] = {}
    for axis, (word, numbers) in enumerate(classes.items()):
        kinds: dict[bytes, int] = {}
        rows = np.moveaxis(table, axis, 0).reshape(table.shape[axis], -1)
        kind = np.array([kinds.setdefault(row.tobytes(), len(kinds)) for row in rows])
        first = np.unique(kind, return_index=True)[1]
        table = np.take(table, first, axis=axis)
        fewest[word] = kind[numbers]
    return fewest, table


def _together(lanes: list[_Lane]) -> list[_Lane]:
    """Fewer lanes where there are more than lie beside one another: the smallest are made one while it stays small."""
    lanes = sorted(lanes, key=lambda lane: -lane.table.size)
    while len(lanes) > LANES:
        joint = _joint(lanes[-2], lanes[-1])
        if joint is None:
            break
        lanes = sorted([*lanes[:-2], joint], key=lambda lane: -lane.table.size)
    return lanes


def _joint(one: _Lane, other: _Lane) -> _Lane | None:
    """Both as one lane; None where its table would be large."""
    words = sorted({*one.classes, *other.classes})
    classes: dict[int, Ints] = {}
    within: list[tuple[Ints, Ints]] = []
    for word in words:
        given = [lane.classes.get(word) for lane in (one, other)]
        height = max(len(numbers) for numbers in given if numbers is not None)
        pairs = np.stack([np.zeros(height, np.int64) if numbers is None else numbers for numbers in given], axis=1)
        different, inverse = np.unique(pairs, axis=0, return_inverse=True)
        classes[word] = inverse.reshape(-1)
        within.append((different[:, 0], different[:, 1]))
    if prod(len(first) for first, _ in within) > _LARGEST_KEYS * LANES:
        return None
    tables = []
    for side, lane in enumerate((one, other)):
        axes = [
            within[place][side].reshape([-1 if axis == place else 1 for axis in range(len(words))])
            for place, word in enumerate(words)
            if word in lane.classes
        ]
        tables.append(lane.table[tuple(axes)] if axes else lane.table.reshape([1] * len(words)))
    codes = tables[0] * len(other.outcomes) + tables[1]
    met, numbers = np.unique(codes, return_inverse=True)
    if len(met) > _LARGEST_KEYS:
        return None
    fewest, table = _fewest(classes, numbers.reshape(codes.shape))
    if table.size > _LARGEST_KEYS:
        return None
    places = np.divmod(met, len(other.outcomes))
    outcomes = np.concatenate([one.outcomes[places[0]], other.outcomes[places[1]]], axis=1)
    return _Lane((*one.groups, *other.groups), fewest, table, outcomes)


def _shift(slots: Whole64) -> np.uint64:
    return np.uint64(_CODE - (len(slots) - 1).bit_length())


__all__ = ["Fused", "Met"]
