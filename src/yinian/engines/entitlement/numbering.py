"""Numbers for codes: small running numbers in the place of what may be anything up to 64 bits.

Where a table over all codes can be held the number is looked up in it; else it is found among the codes met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

LARGEST_TABLE = 1 << 22
_NONE, _NEW = np.uint16(2**16 - 1), np.uint32(2**32 - 1)
_FEWEST_FOR_HASHING = 1 << 20
"""Codes below that many are told apart by a table over them, others by a hash of each."""

_ROOM = 8
"""A joint's table has room for an eighth more than there is: small enough to stay near, seldom made anew."""

Numbers = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]
Wholes = npt.NDArray[np.unsignedinteger[Any]]


class Spare:
    """Room for the numbers of one block, used over and over so that it stays in the cache."""

    def __init__(self, rows: int) -> None:
        self.places = np.empty(rows, dtype=np.intp)
        self.codes = np.empty(rows, dtype=np.uint32)
        self.numbers = np.empty(rows, dtype=np.uint32)
        self.small = np.empty(rows, dtype=np.uint16)
        self.missing = np.zeros(rows, dtype=np.uint8)


class Numbering:
    """Gives codes below `size` numbers; `table` has them where one can be held, in two bytes each while they go."""

    def __init__(self, size: int) -> None:
        self.table: Wholes | None = np.full(size, _NONE) if size <= LARGEST_TABLE else None
        self._free = size
        self._codes = np.empty(0, dtype=np.uint64)
        self._numbers = np.empty(0, dtype=np.uint32)

    def look(self, codes: Wholes, spare: Spare, into: Numbers) -> bool:
        """Puts the number of each code into an array; 0, and told in `spare.missing`, where none can be looked up.
        Whether there is one for all."""
        missing = spare.missing[: len(codes)]
        if self.table is None:
            missing.fill(1)
            into.fill(0)
            return False
        places = spare.places[: len(codes)]
        places[:] = codes
        if self.table.dtype == np.uint32:
            np.take(self.table, places, out=into, mode="clip")
        else:
            into[:] = np.take(self.table, places, out=spare.small[: len(codes)], mode="clip")
        none = np.iinfo(self.table.dtype).max
        if into.max(initial=0) != none:
            return True
        lacking = into == none
        missing |= lacking
        into[lacking] = 0
        return False

    def of(self, pieces: Sequence[Wholes], meet: Callable[[Wholes], Numbers]) -> list[Numbers]:
        """The number of each code; `meet` gives those codes theirs, each once, that have none yet."""
        if self.table is not None:
            table = self._meet(self.table, pieces, meet)
            return [np.take(table, codes.astype(np.intp), mode="clip").astype(np.uint32) for codes in pieces]
        found = [distinct(codes) for codes in pieces]
        every = np.unique(np.concatenate([self._codes, *(codes for _, codes in found)]))
        if len(every) > len(self._codes):
            fresh = np.setdiff1d(every, self._codes, assume_unique=True)
            numbers = meet(fresh)
            order = np.argsort(np.concatenate([self._codes, fresh]))
            self._numbers = np.concatenate([self._numbers, numbers])[order]
            self._codes = every
        return [self._numbers[np.searchsorted(self._codes, codes)][places] for places, codes in found]

    def _meet(self, table: Wholes, pieces: Sequence[Wholes], meet: Callable[[Wholes], Numbers]) -> Wholes:
        if not self._free:
            return table
        met = np.zeros(len(table), dtype=bool)
        for codes in pieces:
            met[codes] = True
        none = np.iinfo(table.dtype).max
        met &= table == none
        fresh = np.flatnonzero(met).astype(np.uint64)
        if len(fresh):
            numbers = meet(fresh)
            if int(numbers.max()) >= none:
                table = np.where(table == none, _NEW, table)
            table[fresh] = numbers
            self._free -= len(fresh)
            self.table = table
        return table


class Joint:
    """Gives pairs of numbers, each below a bound that grows, numbers of their own."""

    def __init__(self) -> None:
        self.pairs = np.empty((0, 2), dtype=np.uint32)
        self._width = self._height = 1
        self._numbering = Numbering(1)

    def of(self, left: Sequence[Numbers], right: Sequence[Numbers], bounds: tuple[int, int]) -> list[Numbers]:
        """The number of each pair; every number on the left and on the right is below its bound."""
        if bounds[0] > self._height or bounds[1] > self._width:
            self._height, self._width = (bound + bound // _ROOM for bound in bounds)
            self._numbering = Numbering(self._height * self._width)
            known = self._code(self.pairs[:, 0], self.pairs[:, 1])
            order = np.argsort(known)
            self._numbering.of([known], lambda fresh: order.astype(np.uint32))
        return self._numbering.of([self._code(*both) for both in zip(left, right, strict=True)], self._meet)

    def look(self, left: Numbers, codes: Wholes, numbering: Numbering, spare: Spare) -> bool:
        """Puts in the place of each left the number of its pair with the code's number, as `Numbering.look` does."""
        joint = self._numbering.table
        if not len(self.pairs):  # nor is there room yet for what may be on the left
            spare.missing[: len(left)].fill(1)
            return False
        right, pairs = spare.numbers[: len(left)], spare.codes[: len(left)]
        known = numbering.look(codes, spare, right)
        if int(right.max(initial=0)) >= self._width or joint is None:
            spare.missing[: len(left)].fill(1)
            return False
        np.multiply(left, np.uint32(self._width), out=pairs)
        pairs += right
        return self._numbering.look(pairs, spare, left) and known

    def _meet(self, fresh: Wholes) -> Numbers:
        first = len(self.pairs)
        new = np.stack(np.divmod(fresh.astype(np.uint64), np.uint64(self._width)), axis=1).astype(np.uint32)
        self.pairs = np.concatenate([self.pairs, new])
        return np.arange(first, len(self.pairs), dtype=np.uint32)

    def _code(self, left: Numbers, right: Numbers) -> Wholes:
        kind = np.uint32 if self._height * self._width <= LARGEST_TABLE else np.uint64
        codes: Wholes = np.multiply(left, kind(self._width), dtype=kind)
        codes += right
        return codes


def distinct(codes: Wholes) -> tuple[npt.NDArray[np.int32], Wholes]:
    """For each row the place of its code among the distinct ones, and these in the order in which they come."""
    found = pc.dictionary_encode(pa.array(codes))
    return found.indices.to_numpy(), found.dictionary.to_numpy()


def alike(codes: Places, size: int) -> tuple[Places, Places]:
    """For each row the number of its code, below `size`, among the distinct ones, and the first row of each."""
    rows = np.arange(len(codes), dtype=np.intp)
    if size > _FEWEST_FOR_HASHING:
        places = distinct(codes.astype(np.uint64))[0].astype(np.intp)
        first = np.zeros(int(places.max(initial=-1)) + 1, dtype=np.intp)
        first[places[::-1]] = rows[::-1]
        return places, first
    table = np.full(size, -1, dtype=np.intp)
    table[codes[::-1]] = rows[::-1]
    met = np.flatnonzero(table >= 0)
    first = table[met]
    table[met] = np.arange(len(met))
    return np.take(table, codes), first
