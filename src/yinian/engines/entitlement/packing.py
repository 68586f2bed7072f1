"""From rows of facts to keys, in a few passes over small whole numbers.

The classes of all facts and conditions are first packed into words that the groups share, each of so few values that a
table over them stays in the nearest cache; a group's key is then the sum of one table's entry for each word it reads,
and the keys of several groups lie beside one another in one whole number of 64 bits, so that they are summed at once.
Texts that come as codes into a dictionary are looked at once for each entry of it, not for each person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any as Anything

import numpy as np
import numpy.typing as npt
import polars as pl

from yinian.engines.entitlement.columns import boolean_column, fen_column
from yinian.engines.entitlement.facts import FACTS, Fact
from yinian.engines.entitlement.keys import UNKNOWN_TRUTH, Bytes, Codes, Keys, Reading, domain
from yinian.engines.entitlement.prepare import DTYPES
from yinian.engines.entitlement.settling import Contest, is_beaten
from yinian.engines.entitlement.tree import All, Any, FactRef, IsNull, Node, Not, facts_read

LARGEST_WORD = 1 << 12
"""Values of a word: a table over them is at most 32 KiB."""

BLOCK = 1 << 15
"""Rows packed at once: their numbers stay in the cache between one pass and the next."""

FEW = 8
"""A fact of so few values takes them into a word as they are: classes would cost a pass and save little room."""

_BYTE = 256
_WIDEST = 8
Coded = Callable[[slice], Bytes]
"""Gives the codes of some rows."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One fact or condition in a word: the class of each code, empty where codes are classes, and its step."""

    name: str
    classes: bytes
    step: int


@dataclass(frozen=True, slots=True)
class _Lane:
    """Where a group's key lies in a sum: as the how manieth number of its kind; and its contests with their steps."""

    group: int
    kind: np.dtype[Anything]
    place: int
    contests: tuple[tuple[Contest, int], ...]


@dataclass(frozen=True, slots=True)
class _Sum:
    """How the keys of some groups come about at once: by number of a word the entry for each of its values."""

    kind: np.dtype[Anything]
    tables: tuple[tuple[int, Codes], ...]
    lanes: tuple[_Lane, ...]


class Packing:
    """The words of a reading, and for each of its groups how a key is summed up from them."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._words: list[tuple[_Part, ...]] = []
        steps = [_steps(keys) for keys in reading.groups]
        names = [*reading.facts, *reading.conditions]
        shared = {name: tuple(name in group for group in steps) for name in names}
        entries: list[list[list[int]]] = []
        word: list[_Part] = []
        size = 1
        whole = [[0] for _ in steps]
        for name in sorted(names, key=lambda name: shared[name], reverse=True):
            classes, shares = _classes(name, reading, steps)
            count = len(shares[0]) if shares else 1
            if count == 1:
                continue
            if size * count > LARGEST_WORD and word:
                self._words.append(tuple(word))
                entries.append(whole)
                word, size, whole = [], 1, [[0] for _ in steps]
            word.append(_Part(name, classes, size))
            size *= count
            whole = [[low + high for high in own for low in before] for own, before in zip(shares, whole, strict=True)]
        if word:
            self._words.append(tuple(word))
            entries.append(whole)
        self._sums = [_sum(groups, reading.groups, entries) for groups in _beside(reading.groups)]

    def blocks(self, facts: pl.DataFrame, amounts: Mapping[int, pl.Series]) -> Iterator[list[Codes]]:
        """Some rows at a time, the key of each in every group: numbers below the group's size. `facts` are in their
        compact types."""
        columns = row_codes(self._reading, facts)
        words = [[(columns[part.name], part) for part in word] for word in self._words]
        lanes = [lane for each in self._sums for lane in each.lanes]
        contests = {
            lane.group: [(_contested(one, amounts, facts.height), lane.kind.type(step)) for one, step in lane.contests]
            for lane in lanes
        }
        places = [np.empty(BLOCK, dtype=np.intp) for _ in words]
        spare = np.empty(BLOCK, dtype=np.uint16)
        spares = {each.kind: np.empty(BLOCK, dtype=each.kind) for each in self._sums}
        for start in range(0, facts.height, BLOCK):
            rows = slice(start, min(start + BLOCK, facts.height))
            height = rows.stop - start
            for word, into in zip(words, places, strict=True):
                _pack(word, rows, spare[:height], into[:height])
            found: dict[int, Codes] = {}
            for each in self._sums:
                whole = _summed(each, [into[:height] for into in places], spares[each.kind][:height])
                for lane in each.lanes:
                    key = whole
                    if lane.kind != each.kind:
                        key = whole.view(lane.kind)[lane.place :: each.kind.itemsize // lane.kind.itemsize]
                    for truths, step in contests[lane.group]:
                        key += np.multiply(truths[rows], step, dtype=lane.kind)
                    found[lane.group] = key
            yield [found[group] for group in range(len(lanes))]

    def keys(self, facts: pl.DataFrame, amounts: Mapping[int, pl.Series]) -> list[Codes]:
        """The same for all rows at once."""
        parts = list(self.blocks(facts, amounts))
        return [np.concatenate(codes) for codes in zip(*parts, strict=True)]


def _beside(groups: list[Keys]) -> list[list[int]]:
    """Numbers of the groups whose keys lie beside one another, the widest first, so that each is aligned."""
    width = [np.min_scalar_type(keys.size).itemsize for keys in groups]
    sums: list[list[int]] = []
    for number in sorted(range(len(groups)), key=lambda number: -width[number]):
        for beside in sums:
            if sum(width[one] for one in beside) + width[number] <= _WIDEST and groups[number].size < 1 << 64:
                beside.append(number)
                break
        else:
            sums.append([number])
    return sums


def _sum(numbers: list[int], groups: list[Keys], entries: list[list[list[int]]]) -> _Sum:
    """The sum of the keys of these groups. `entries`: by word and group what each of the word's values adds."""
    lanes: list[_Lane] = []
    shifts: list[int] = []
    start = 0
    for number in numbers:
        kind = np.min_scalar_type(groups[number].size)
        step, contests = 1, []
        for column in groups[number].columns:
            if column.contest is not None:
                contests.append((column.contest, step))
            step *= len(column.stands)
        little = kind if kind.hasobject else kind.newbyteorder("<")
        lanes.append(_Lane(number, little, start // kind.itemsize, tuple(contests)))
        shifts.append(8 * start)
        start += kind.itemsize
    kind = lanes[0].kind if len(lanes) == 1 else np.dtype("<u8")
    tables = []
    for word, shares in enumerate(entries):
        parts = [shares[number] for number in numbers]
        if any(any(part) for part in parts):
            whole = [
                sum(add << shift for add, shift in zip(row, shifts, strict=True)) for row in zip(*parts, strict=True)
            ]
            tables.append((word, np.array(whole, dtype=kind)))
    return _Sum(kind, tuple(tables), tuple(lanes))


def _summed(each: _Sum, places: list[npt.NDArray[np.intp]], spare: Codes) -> Codes:
    """The keys of some rows, whose words have these values."""
    whole = np.empty(len(spare), dtype=each.kind) if each.tables else np.zeros(len(spare), dtype=each.kind)
    for number, (word, table) in enumerate(each.tables):
        np.take(table, places[word], out=spare if number else whole, mode="clip")
        if number:
            whole += spare
    return whole


def row_amounts(reading: Reading, facts: pl.DataFrame) -> dict[int, pl.Series]:
    """By place the amounts in fen that are worked out row by row: the own ones, and what they are weighed against."""
    nodes = {**reading.weighed, **reading.own}
    if not nodes:
        return {}
    columns = [fen_column(node).alias(str(place)) for place, node in nodes.items()]
    found = _published(facts, nodes.values()).select(columns).collect()
    return {place: found[str(place)] for place in nodes}


def row_codes(reading: Reading, facts: pl.DataFrame) -> dict[str, Coded]:
    """By name the place of each fact's value in its domain and each condition's truth, to be had for some rows at a
    time; `facts` are in their compact types."""
    found = {name: _code(FACTS[name], facts[name]) for name in reading.facts}
    plain: dict[str, Node] = {}
    for name, node in reading.conditions.items():
        told = _by_dictionary(node, facts) or _by_presence(node, facts)
        if told is None:
            plain[name] = node
        else:
            found[name] = told
    if plain:
        columns = [boolean_column(node).alias(name) for name, node in plain.items()]
        answers = _published(facts, plain.values()).select(columns).collect()
        found.update((column.name, _truths(column)) for column in answers.get_columns())
    return found


def _steps(keys: Keys) -> dict[str, tuple[int, bytes, int]]:
    """By name the step of a column in its group's key, its classes, and how many values it has."""
    steps: dict[str, tuple[int, bytes, int]] = {}
    step = 1
    for column in keys.columns:
        if column.contest is None:
            steps[column.name] = (step, column.classes, len(column.stands))
        step *= len(column.stands)
    return steps


def _classes(
    name: str, reading: Reading, steps: list[dict[str, tuple[int, bytes, int]]]
) -> tuple[bytes, list[list[int]]]:
    """The class of each code, told apart as finely as any group does (none where codes are taken as they are), and by
    group what each class adds to its key."""
    count = len(domain(FACTS[name])) if name in FACTS else UNKNOWN_TRUTH + 1
    rows: list[tuple[int, ...]] = []
    for code in range(count):
        row: list[int] = []
        for group in steps:
            step, classes, size = group.get(name, (0, b"", 1))
            row.append(step * (classes[code] if classes else min(code, size - 1)))
        rows.append(tuple(row))
    numbers = {row: number for number, row in enumerate(dict.fromkeys(rows))}
    table = bytes(numbers[row] for row in rows)
    if count <= FEW or table == bytes(range(count)):
        return b"", [list(share) for share in zip(*rows, strict=True)]
    return table.ljust(_BYTE, b"\0"), [list(share) for share in zip(*numbers, strict=True)]


def _pack(
    word: list[tuple[Coded, _Part]], rows: slice, spare: npt.NDArray[np.uint16], into: npt.NDArray[np.intp]
) -> None:
    """The value of a word in each of these rows."""
    whole = np.zeros(len(spare), dtype=np.uint16)
    for codes_of, part in word:
        codes = codes_of(rows)
        if part.classes:
            codes = _translated(codes, part.classes)
        whole += codes if part.step == 1 else np.multiply(codes, np.uint16(part.step), out=spare)
    into[:] = whole


def _translated(codes: Bytes, table: bytes) -> Bytes:
    return np.frombuffer(codes.tobytes().translate(table), dtype=np.uint8)


def _published(facts: pl.DataFrame, nodes: Iterable[Node]) -> pl.LazyFrame:
    """The facts that the expressions read, lists as text again."""
    names = sorted({name for node in nodes for name in facts_read(node)})
    return facts.lazy().select(pl.col(name).cast(DTYPES[FACTS[name].type]) for name in names)


def _code(fact: Fact, column: pl.Series) -> Coded:
    """The place of a fact's value in its domain, unknown last."""
    if fact.type == "bool":
        return _truths(column)
    return _small(column.to_physical(), fact.low or 0, len(domain(fact)) - 1)


def _small(column: pl.Series, low: int, unknown: int) -> Coded:
    """Whole numbers below 256, counted from the lowest."""
    if column.dtype != pl.UInt8:
        column = column.cast(pl.UInt8)
    array = column.to_arrow()
    present, values = array.buffers()
    offset, known = array.offset, not column.null_count()
    whole = np.frombuffer(values, dtype=np.uint8)[offset : offset + len(array)]

    def codes(rows: slice) -> Bytes:
        given: Bytes = whole[rows] - np.uint8(low) if low else whole[rows]
        if known:
            return given
        mask = np.negative(_bits(present, offset, rows))  # all bits of those that are known; a choice would be slower
        given = given & mask
        np.invert(mask, out=mask)
        mask &= np.uint8(unknown)
        given |= mask
        return given

    return codes


def _truths(column: pl.Series) -> Coded:
    """0, 1, or 2 for unknown."""
    array = column.to_arrow()
    present, values = array.buffers()
    offset, known = array.offset, not column.null_count()

    def codes(rows: slice) -> Bytes:
        truths = _bits(values, offset, rows)
        if known:
            return truths
        told = _bits(present, offset, rows)
        truths &= told
        told ^= np.uint8(1)
        told *= np.uint8(UNKNOWN_TRUTH)
        truths |= told
        return truths

    return codes


def _bits(buffer: Anything, offset: int, rows: slice) -> Bytes:
    """Some bits of an Arrow buffer, a byte for each."""
    start, stop = offset + rows.start, offset + rows.stop
    packed = np.frombuffer(buffer, dtype=np.uint8)[start // 8 : (stop + 7) // 8]
    within = start % 8
    return np.unpackbits(packed, bitorder="little")[within : within + stop - start]


def _by_presence(node: Node, facts: pl.DataFrame) -> Coded | None:
    """The truths of a condition that asks only whether facts are known; None for any other."""
    match node:
        case IsNull(item=FactRef(name=name)):
            return _truths(facts[name].is_null())
        case Not(item=item):
            inner = _by_presence(item, facts)
            return None if inner is None else lambda rows: inner(rows) ^ np.uint8(1)
        case All(items=items) | Any(items=items):
            found = [_by_presence(item, facts) for item in items]
            parts = [part for part in found if part is not None]
            join: Anything = np.bitwise_and if isinstance(node, All) else np.bitwise_or
            if not parts or len(parts) < len(items):
                return None
            return lambda rows: reduce(join, [part(rows) for part in parts])
        case _:
            return None


def _by_dictionary(node: Node, facts: pl.DataFrame) -> Coded | None:
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
    table = _truths(answers)(slice(0, len(answers)))
    if len(words) < _BYTE:
        places = _small(column.to_physical(), 0, len(words))
        known = table.tobytes().ljust(_BYTE, b"\0")
        return lambda rows: _translated(places(rows), known)
    codes = column.to_physical().cast(pl.UInt32).fill_null(len(words)).to_numpy()
    return lambda rows: np.take(table, codes[rows].astype(np.intp), mode="clip")


def _contested(contest: Contest, amounts: Mapping[int, pl.Series], height: int) -> Bytes:
    none = pl.Series([None], dtype=pl.Int64).new_from_index(0, height)
    rivals, own = (amounts.get(place, none) for place in contest)
    return is_beaten(contest, rivals, own).cast(pl.UInt8).to_numpy()


__all__ = ["Packing", "row_amounts", "row_codes"]
