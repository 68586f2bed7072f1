"""From rows of facts to keys, in a few passes over small whole numbers.

The classes of all facts and conditions are first packed into words that the groups share, each of so few values that a
table over them stays in the nearest cache; a group's key is then the sum of one table's entry for each word it reads,
and the keys of several groups lie beside one another in one whole number of 64 bits, so that they are summed at once.
Texts that come as codes into a dictionary are looked at once for each entry of it, not for each person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any as Anything

import numpy as np
import numpy.typing as npt
import polars as pl

from yinian.engines.entitlement.coding import (
    BYTE,
    Coded,
    by_absence,
    by_dictionary,
    by_presence,
    coded_fact,
    coded_truths,
)
from yinian.engines.entitlement.columns import boolean_column, fen_column
from yinian.engines.entitlement.facts import FACTS
from yinian.engines.entitlement.keys import UNKNOWN_TRUTH, Bytes, Codes, Keys, Reading, domain
from yinian.engines.entitlement.prepare import DTYPES
from yinian.engines.entitlement.settling import Contest, is_beaten
from yinian.engines.entitlement.tree import Node, facts_read

LARGEST_WORD = 1 << 8
"""Values of a word: it is summed up in bytes, and a table over it is at most 2 KiB."""

BLOCK = 1 << 15
"""Rows packed at once: their numbers stay in the cache between one pass and the next."""

FEW = 8
"""A fact of so few values takes them into a word as they are: classes would cost a pass and save little room."""

_WIDEST = 8


@dataclass(frozen=True, slots=True)
class Part:
    """One fact or condition in a word: the class of each code, none where codes are classes, and its step."""

    name: str
    classes: Bytes | None
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
    """How the keys of some groups come about at once: by number of a word the entry for each of its values, None where
    it adds nothing."""

    kind: np.dtype[Anything]
    tables: tuple[Codes | None, ...]
    lanes: tuple[_Lane, ...]


class Packing:
    """The words of a reading, and for each of its groups how a key is summed up from them."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.words: list[list[Part]] = []
        steps = [_steps(keys) for keys in reading.groups]
        names = [*reading.facts, *reading.conditions]
        shared = {name: tuple(name in group for group in steps) for name in names}
        entries: list[list[list[int]]] = []
        sizes: list[int] = []
        for name in sorted(names, key=lambda name: shared[name], reverse=True):
            classes, shares = _classes(name, reading, steps)
            count = len(shares[0]) if shares else 1
            if count == 1:
                continue
            number = next((word for word, size in enumerate(sizes) if size * count <= LARGEST_WORD), len(sizes))
            if number == len(sizes):
                self.words.append([])
                sizes.append(1)
                entries.append([[0] for _ in steps])
            self.words[number].append(Part(name, classes, sizes[number]))
            sizes[number] *= count
            before = entries[number]
            entries[number] = [
                [low + high for high in own for low in mine] for own, mine in zip(shares, before, strict=True)
            ]
        self._entries = entries
        self._sums = [_sum(groups, reading.groups, entries) for groups in _beside(reading.groups)]

    @property
    def adds(self) -> list[list[npt.NDArray[np.int64]]]:
        """By group and word what each of the word's values adds to the group's key."""
        groups = range(len(self.reading.groups))
        return [[np.array(shares[group], dtype=np.int64) for shares in self._entries] for group in groups]

    @property
    def contested(self) -> bool:
        """Whether keys depend on amounts that are worked out row by row."""
        return any(lane.contests for each in self._sums for lane in each.lanes)

    def blocks(self, facts: pl.DataFrame, amounts: Mapping[int, pl.Series]) -> Iterator[list[Codes]]:
        """Some rows at a time, the key of each in every group: numbers below the group's size. `facts` are in their
        compact types. What was given is overwritten by what comes next."""
        columns = row_codes(self.reading, facts)
        words = [[(columns[part.name], part) for part in word] for word in self.words]
        lanes = [lane for each in self._sums for lane in each.lanes]
        contests = {
            lane.group: [(_contested(one, amounts, facts.height), lane.kind.type(step)) for one, step in lane.contests]
            for lane in lanes
        }
        spares = {each.kind: np.empty(BLOCK, dtype=each.kind) for each in self._sums}
        places = np.empty(BLOCK, dtype=np.intp)
        spare, packed = np.empty(BLOCK, dtype=np.uint8), np.empty(BLOCK, dtype=np.uint8)
        sums = [np.empty(BLOCK, dtype=each.kind) for each in self._sums]
        for start in range(0, facts.height, BLOCK):
            rows = slice(start, min(start + BLOCK, facts.height))
            height = rows.stop - start
            wholes = [each[:height] for each in sums]
            for whole in wholes:
                whole.fill(0)
            word = packed[:height]
            for number, parts in enumerate(words):
                word.fill(0)
                for column, part in parts:
                    column.add(rows, part.classes, part.step, word, spare[:height])
                self._add(number, word, wholes, places[:height], spares)
            found: dict[int, Codes] = {}
            for each, whole in zip(self._sums, wholes, strict=True):
                for lane in each.lanes:
                    key = whole
                    if lane.kind != each.kind:
                        key = whole.view(lane.kind)[lane.place :: each.kind.itemsize // lane.kind.itemsize]
                    for truths, step in contests[lane.group]:
                        key += np.multiply(truths[rows], step, dtype=lane.kind)
                    found[lane.group] = key
            yield [found[group] for group in range(len(lanes))]

    def _add(
        self,
        number: int,
        word: Bytes,
        wholes: list[Codes],
        places: npt.NDArray[np.intp],
        spares: Mapping[np.dtype[Anything], Codes],
    ) -> None:
        """Adds to the keys what the values of a word come to in each."""
        tables = [(each.tables[number], whole) for each, whole in zip(self._sums, wholes, strict=True)]
        places[:] = word
        for table, whole in tables:
            if table is not None:
                whole += np.take(table, places, out=spares[table.dtype][: len(word)], mode="clip")

    def keys(self, facts: pl.DataFrame, amounts: Mapping[int, pl.Series]) -> list[Codes]:
        """The same for all rows at once."""
        parts = [[codes.copy() for codes in block] for block in self.blocks(facts, amounts)]
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
    kind = lanes[0].kind if lanes[0].kind.hasobject else np.dtype("<u8")
    tables: list[Codes | None] = []
    for shares in entries:
        parts = [shares[number] for number in numbers]
        shifted = [[add << shift for add in part] for part, shift in zip(parts, shifts, strict=True)]
        whole = [sum(adds) for adds in zip(*shifted, strict=True)]
        tables.append(np.array(whole, dtype=kind) if any(whole) else None)
    return _Sum(kind, tuple(tables), tuple(lanes))


def row_amounts(reading: Reading, facts: pl.DataFrame) -> dict[int, pl.Series]:
    """By place the amounts in fen that are worked out row by row: the own ones, and what they are weighed against."""
    nodes = {**reading.weighed, **reading.own}
    if not nodes:
        return {}
    columns = [fen_column(node).alias(str(place)) for place, node in nodes.items()]
    found = _published(facts, nodes.values()).select(columns).collect()
    return {place: found[str(place)] for place in nodes}


def row_codes(reading: Reading, facts: pl.DataFrame) -> dict[str, Coded]:
    """By name the codes of each fact's values and each condition's truth; `facts` are in their compact types."""
    found = {name: coded_fact(FACTS[name], facts[name]) for name in reading.facts}
    plain: dict[str, Node] = {}
    for name, node in reading.conditions.items():
        bits = by_absence(node, facts, reading.asked[name]) or by_presence(node, facts, found)
        coded = bits or by_dictionary(node, facts)
        if coded is None:
            plain[name] = node
        else:
            found[name] = coded
    if plain:
        columns = [boolean_column(node).alias(name) for name, node in plain.items()]
        answers = _published(facts, plain.values()).select(columns).collect()
        found.update((column.name, coded_truths(column)) for column in answers.get_columns())
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
) -> tuple[Bytes | None, list[list[int]]]:
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
        return None, [list(share) for share in zip(*rows, strict=True)]
    padded = np.frombuffer(table.ljust(BYTE, b"\0"), dtype=np.uint8)
    return padded, [list(share) for share in zip(*numbers, strict=True)]


def _published(facts: pl.DataFrame, nodes: Iterable[Node]) -> pl.LazyFrame:
    """The facts that the expressions read, lists as text again."""
    names = sorted({name for node in nodes for name in facts_read(node)})
    return facts.lazy().select(pl.col(name).cast(DTYPES[FACTS[name].type]) for name in names)


def _contested(contest: Contest, amounts: Mapping[int, pl.Series], height: int) -> Bytes:
    none = pl.Series([None], dtype=pl.Int64).new_from_index(0, height)
    rivals, own = (amounts.get(place, none) for place in contest)
    return is_beaten(contest, rivals, own).cast(pl.UInt8).to_numpy()


__all__ = ["Packing", "row_amounts", "row_codes"]
