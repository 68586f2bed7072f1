"""Codes of facts and conditions, straight from Arrow's buffers: a byte for each person, some rows at a time.

A fact's code is the place of its value in its domain, unknown last; a truth's is 0, 1, or 2 for unknown. Codes are
added to a word by NumPy, or by the `compiled` steps where these were loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import polars as pl

from yinian.engines.entitlement import compiled
from yinian.engines.entitlement.columns import boolean_column
from yinian.engines.entitlement.facts import Fact
from yinian.engines.entitlement.keys import UNKNOWN_TRUTH, Bytes, domain
from yinian.engines.entitlement.tree import All, Any, FactRef, IsNull, Node, Not, facts_read

BYTE = 256
SAME = np.arange(BYTE, dtype=np.uint8)
"""Classes that are the codes themselves."""


@dataclass(frozen=True, slots=True)
class Bits:
    """Truths as packed bits; a fact that is not known has no bit in `present` (None where all are known)."""

    values: Bytes
    present: Bytes | None
    offset: int

    def codes(self, rows: slice) -> Bytes:
        """The codes of some rows."""
        values, present, within = self._packed(rows)
        if present is None:
            return _spread(values, within, rows)
        codes = _spread(values & present, within, rows)
        unknown = _spread(~present, within, rows)
        unknown *= np.uint8(UNKNOWN_TRUTH)
        codes |= unknown
        return codes

    def add(self, rows: slice, classes: Bytes | None, step: int, into: Bytes, spare: Bytes) -> None:
        """Adds the class of each code, so many times, to a word."""
        values, present, within = self._packed(rows)
        if compiled.steps is None or classes is not None or within:
            _add(self.codes(rows), classes, step, into, spare)
        else:
            compiled.steps.add_bits(values, values if present is None else present, present is not None, step, into)

    def _packed(self, rows: slice) -> tuple[Bytes, Bytes | None, int]:
        start, stop = self.offset + rows.start, self.offset + rows.stop
        part = slice(start // 8, (stop + 7) // 8)
        return self.values[part], None if self.present is None else self.present[part], start % 8


@dataclass(frozen=True, slots=True)
class Whole:
    """Numbers below 256; the code of each is in a table, and `unknown` is that of what has no bit in `present`."""

    values: Bytes
    present: Bytes | None
    offset: int
    table: Bytes
    unknown: int

    def codes(self, rows: slice) -> Bytes:
        """The codes of some rows."""
        given = _translated(self.values[rows], self.table)
        if self.present is None:
            return given
        start, stop = self.offset + rows.start, self.offset + rows.stop
        bits = _spread(self.present[start // 8 : (stop + 7) // 8], start % 8, rows)
        mask = np.negative(bits)  # all bits of those that are known; a choice would be slower
        given = given & mask
        np.invert(mask, out=mask)
        mask &= np.uint8(self.unknown)
        given |= mask
        return given

    def add(self, rows: slice, classes: Bytes | None, step: int, into: Bytes, spare: Bytes) -> None:
        """Adds the class of each code, so many times, to a word."""
        start, stop = self.offset + rows.start, self.offset + rows.stop
        if compiled.steps is None or start % 8:
            _add(self.codes(rows), classes, step, into, spare)
            return
        table = self.table if classes is None else classes[self.table]
        unknown = self.unknown if classes is None else int(classes[self.unknown])
        values = self.values[rows]
        present = values if self.present is None else self.present[start // 8 : (stop + 7) // 8]
        add = compiled.steps.add_bytes if table is SAME else compiled.steps.add_listed
        add(values, present, self.present is not None, table, unknown, step, into)


Coded = Bits | Whole


def coded_fact(fact: Fact, column: pl.Series) -> Coded:
    """The codes of a fact of few values, in its compact type."""
    if fact.type == "bool":
        return coded_truths(column)
    count = len(domain(fact)) - 1
    table = SAME if not fact.low else (SAME - np.uint8(fact.low)).astype(np.uint8)
    return _whole(column.to_physical(), table, count)


def coded_truths(column: pl.Series) -> Bits:
    """The codes of truths."""
    values, present, offset = _buffers(column)
    return Bits(values, present, offset)


def by_presence(node: Node, facts: pl.DataFrame) -> pl.Series | None:
    """The truths of a condition that asks only whether facts are known; None for any other."""
    match node:
        case IsNull(item=FactRef(name=name)):
            return facts[name].is_null()
        case Not(item=item):
            inner = by_presence(item, facts)
            return None if inner is None else ~inner
        case All(items=items) | Any(items=items):
            found = [by_presence(item, facts) for item in items]
            parts = [part for part in found if part is not None]
            if not parts or len(parts) < len(items):
                return None
            both = isinstance(node, All)
            return reduce(lambda left, right: left & right if both else left | right, parts)
        case _:
            return None


def by_dictionary(node: Node, facts: pl.DataFrame) -> Coded | None:
    """The truths of a condition over one text that comes as codes, where its dictionary is shorter than the rows."""
    names = set(facts_read(node))
    if len(names) != 1:
        return None
    column = facts[names.pop()]
    if not isinstance(column.dtype, pl.Enum) or len(column.dtype.categories) >= len(column):
        return None
    words = column.dtype.categories
    listed = pl.concat([words.cast(pl.String), pl.Series([None], dtype=pl.String)]).alias(column.name)
    answers = listed.to_frame().select(boolean_column(node)).to_series()
    told = coded_truths(answers).codes(slice(0, len(answers)))
    if len(words) < BYTE:
        table = np.zeros(BYTE, dtype=np.uint8)
        table[: len(told)] = told
        return _whole(column.to_physical(), table, int(told[-1]))
    codes = column.to_physical().cast(pl.UInt32).fill_null(len(words)).to_numpy()
    return Whole(np.take(told, codes), None, 0, SAME, 0)


def _whole(column: pl.Series, table: Bytes, unknown: int) -> Whole:
    values, present, offset = _buffers(column if column.dtype == pl.UInt8 else column.cast(pl.UInt8))
    return Whole(values[offset : offset + len(column)], present, offset, table, unknown)


def _buffers(column: pl.Series) -> tuple[Bytes, Bytes | None, int]:
    array = column.to_arrow()
    present, values = array.buffers()
    known = np.frombuffer(present, dtype=np.uint8) if column.null_count() else None
    return np.frombuffer(values, dtype=np.uint8), known, array.offset


def _spread(packed: Bytes, within: int, rows: slice) -> Bytes:
    """Some bits, a byte for each."""
    return np.unpackbits(packed, bitorder="little")[within : within + rows.stop - rows.start]


def _add(codes: Bytes, classes: Bytes | None, step: int, into: Bytes, spare: Bytes) -> None:
    if classes is not None:
        codes = _translated(codes, classes)
    into += codes if step == 1 else np.multiply(codes, np.uint8(step), out=spare)


def _translated(codes: Bytes, table: Bytes) -> Bytes:
    if table is SAME:
        return codes
    return np.frombuffer(codes.tobytes().translate(table.tobytes()), dtype=np.uint8)

