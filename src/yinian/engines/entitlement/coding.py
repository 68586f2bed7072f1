"""Codes of facts and conditions, straight from Arrow's buffers: a byte for each person, some rows at a time.

A fact's code is the place of its value in its domain, unknown last; a truth's is 0, 1, or 2 for unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, reduce

import numpy as np
import polars as pl
import pyarrow as pa

from yinian.engines.entitlement.columns import boolean_column
from yinian.engines.entitlement.facts import Fact
from yinian.engines.entitlement.keys import UNKNOWN_TRUTH, Bytes
from yinian.engines.entitlement.tree import All, Any, FactRef, Given, IsNull, Node, Not, facts_read, value_of

BYTE = 256
SAME = np.arange(BYTE, dtype=np.uint8)
"""Classes that are the codes themselves."""

FEW_WORDS = 64
"""So few words are asked one by one; an expression over them would take longer to set up."""

AS_IT_LIES = pl.CompatLevel.newest()
"""Columns are looked at where they lie, texts as well."""


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
        _add(self.codes(rows), classes, step, into, spare)

    def _packed(self, rows: slice) -> tuple[Bytes, Bytes | None, int]:
        start, stop = self.offset + rows.start, self.offset + rows.stop
        part = slice(start // 8, (stop + 7) // 8)
        return self.values[part], None if self.present is None else self.present[part], start % 8


@dataclass(frozen=True, slots=True)
class Whole:
    """Numbers below 256, from `first` to `last`; the code of each is in a table, and `unknown` is that of what has no
    bit in `present`."""

    values: Bytes
    present: Bytes | None
    offset: int
    table: Bytes
    unknown: int
    first: int
    last: int

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
        _add(self.codes(rows), classes, step, into, spare)


Coded = Bits | Whole


def coded_fact(fact: Fact, column: pl.Series) -> Coded:
    """The codes of a fact of few values, in its compact type."""
    if fact.type == "bool":
        return coded_truths(column)
    if fact.type == "text":
        return _whole(column, SAME, len(fact.values), 0, len(fact.values) - 1)
    assert fact.low is not None and fact.high is not None
    table = (SAME - np.uint8(fact.low)).astype(np.uint8) if fact.low else SAME
    return _whole(column, table, fact.high - fact.low + 1, fact.low, fact.high)


def coded_truths(column: pl.Series) -> Bits:
    """The codes of truths."""
    values, present, offset = _buffers(column)
    return Bits(values, present, offset)


def by_presence(node: Node, facts: pl.DataFrame, coded: Mapping[str, Coded]) -> Bits | None:
    """The truths of a condition that asks only whether facts are known; None for any other. `coded` are facts whose
    codes are there already."""
    truths = _presence(node, facts, coded)
    return None if truths is None else Bits(truths, None, 0)


def _presence(node: Node, facts: pl.DataFrame, coded: Mapping[str, Coded]) -> Bytes | None:
    match node:
        case IsNull(item=FactRef(name=name)) if name in coded:
            known = coded[name].present
            if known is None:
                return np.zeros((facts.height + 7) // 8, dtype=np.uint8)
            return np.invert(_from(known, coded[name].offset, facts.height))
        case IsNull(item=FactRef(name=name)):
            column = facts[name]
            if not column.null_count():
                return np.zeros((len(column) + 7) // 8, dtype=np.uint8)
            array = column.to_arrow(compat_level=AS_IT_LIES)
            known = np.frombuffer(array.buffers()[0], dtype=np.uint8)
            return np.invert(_from(known, array.offset, len(column)))
        case Not(item=item):
            inner = _presence(item, facts, coded)
            return None if inner is None else np.invert(inner)
        case All(items=items) | Any(items=items):
            found = [_presence(item, facts, coded) for item in items]
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
    kind = column.dtype
    if not isinstance(kind, pl.Enum) or len(kind.categories) >= len(column):
        return None
    words = kind.categories
    told = _told(node, column.name, words)
    if len(words) < BYTE:
        table = np.zeros(BYTE, dtype=np.uint8)
        table[: len(told)] = told
        return _whole(column, table, int(told[-1]), 0, max(0, len(words) - 1))
    codes = column.to_physical().cast(pl.UInt32).fill_null(len(words)).to_numpy()
    return Whole(np.take(told, codes), None, 0, SAME, 0, 0, UNKNOWN_TRUTH)


def _told(node: Node, name: str, words: pl.Series) -> Bytes:
    """The code of a condition's truth for each word, and for none."""
    if len(words) <= FEW_WORDS:
        return _told_one_by_one(node, name, tuple(words))
    listed = pl.concat([words.cast(pl.String), pl.Series([None], dtype=pl.String)]).alias(name)
    truths = listed.to_frame().select(boolean_column(node)).to_series()
    return coded_truths(truths).codes(slice(0, len(truths)))


@lru_cache(maxsize=1024)
def _told_one_by_one(node: Node, name: str, words: tuple[str, ...]) -> Bytes:
    answers = [value_of(node, Given(date.min, {}, {name: word})) for word in (*words, None)]
    told = np.array([UNKNOWN_TRUTH if answer is None else int(bool(answer)) for answer in answers], dtype=np.uint8)
    told.flags.writeable = False
    return told


def by_absence(node: Node, facts: pl.DataFrame, names: tuple[str, ...]) -> Bits | None:
    """The truths of a condition over the facts of these names where nobody's are known; None for any other."""
    if not facts.height or any(facts[name].null_count() < facts.height for name in names):
        return None
    truth = value_of(node, Given(date.min, {}, {}))
    none = np.zeros((facts.height + 7) // 8, dtype=np.uint8)
    return Bits(np.invert(none) if truth else none, none if truth is None else None, 0)


def aligned(column: Coded, height: int) -> Coded:
    """The same with its bits from the beginning of a byte on, and without the number 255 where some are not known."""
    if isinstance(column, Whole) and column.present is not None and column.last >= BYTE - 1:
        return Whole(column.codes(slice(0, height)), None, 0, SAME, 0, 0, column.unknown)
    if not column.offset:
        return column
    values = column.values if isinstance(column, Whole) else _from(column.values, column.offset, height)
    present = None if column.present is None else _from(column.present, column.offset, height)
    return replace(column, values=values, present=present, offset=0)


def _from(bits: Bytes, offset: int, height: int) -> Bytes:
    part = bits[offset // 8 : (offset + height + 7) // 8]
    if not offset % 8:
        return part
    return np.packbits(_spread(part, offset % 8, slice(0, height)), bitorder="little")


def _whole(column: pl.Series, table: Bytes, unknown: int, first: int, last: int) -> Whole:
    values, present, offset = _buffers(column, pa.uint8())
    return Whole(values[offset : offset + len(column)], present, offset, table, unknown, first, last)


def _buffers(column: pl.Series, kind: pa.DataType | None = None) -> tuple[Bytes, Bytes | None, int]:
    array = column.to_arrow(compat_level=AS_IT_LIES)
    if pa.types.is_dictionary(array.type):
        array = array.indices
    if kind is not None and array.type != kind:
        array = array.cast(kind)
    present, values = array.buffers()
    known = np.frombuffer(present, dtype=np.uint8) if array.null_count else None
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

