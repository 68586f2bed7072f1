"""How many of each class of priority can be placed, each bounded by a cut that is counted again.

Which sets of people the network can hold is a matroid, so whoever serves the higher class as fully as possible loses
nothing in number; and a person who cannot be held beside everybody of higher priority never can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.graph.python import max_flow

from yinian.engines.placement.model import PlacementError
from yinian.engines.placement.network import OUT, Network
from yinian.engines.placement.sphere import Ints


@dataclass(frozen=True, slots=True)
class Group:
    """People who come in by the same doors, whatever their priority."""

    doors: Ints


@dataclass(slots=True)
class Class:
    """One class of priority: its people by group, how many of them can be placed, and which groups are out of it."""

    members: Ints
    most: int = 0
    shut: frozenset[int] = frozenset()

    @property
    def open(self) -> int:
        """How many of its people may be placed at all."""
        return int(self.members.sum()) - sum(int(self.members[group]) for group in self.shut)


class Counter:
    """Largest numbers of people that the network holds, by a flow and a cut of the same size."""

    def __init__(self, network: Network, groups: Sequence[Group]) -> None:
        self.groups = len(groups)
        base = network.stations
        own = [np.full(len(group.doors), base + number, dtype=np.int64) for number, group in enumerate(groups)]
        doors = [group.doors for group in groups]
        self.tail = np.concatenate([*own, network.tail]) if groups else network.tail
        self.head = np.concatenate([*doors, network.head]) if groups else network.head
        self.entering = len(self.tail) - len(network.tail)
        self.room = network.room
        self.source = base + len(groups)

    def most(self, supply: Ints) -> tuple[int, frozenset[int]]:
        """How many of ``supply`` (by group) can be placed at once, and the groups of which nobody more could be."""
        fed = np.arange(self.groups, dtype=np.int64)
        tail = np.concatenate([np.full(self.groups, self.source), self.tail])
        head = np.concatenate([self.source - self.groups + fed, self.head])
        wide = np.concatenate([np.full(self.entering, int(supply.sum()), dtype=np.int64), self.room])
        room = np.concatenate([supply, wide])
        solver = max_flow.SimpleMaxFlow()
        solver.add_arcs_with_capacity(tail, head, room)
        if solver.solve(self.source, OUT) != solver.OPTIMAL:
            raise PlacementError("the numbers that can be placed cannot be worked out")
        flow = np.asarray(solver.flows(np.arange(len(tail))), dtype=np.int64)
        reaching = self._reaching(tail, head, room, flow)
        cut = int(room[~reaching[tail] & reaching[head]].sum())
        if cut != solver.optimal_flow():
            raise PlacementError("a largest number of people and its bound differ")
        return cut, frozenset(np.flatnonzero(~reaching[self.source - self.groups : self.source]).tolist())

    def _reaching(self, tail: Ints, head: Ints, room: Ints, flow: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """The stations from which one more could still leave."""
        reaching = np.zeros(self.source + 1, dtype=np.bool_)
        reaching[OUT] = True
        along, back = flow < room, flow > 0
        while True:
            before = int(reaching.sum())
            reaching[tail[along & reaching[head]]] = True
            reaching[head[back & reaching[tail]]] = True
            if int(reaching.sum()) == before:
                return reaching


def count(network: Network, groups: Sequence[Group], classes: Sequence[Class]) -> None:
    """Fills in `most` and `shut` of the classes, which come highest priority first."""
    if not classes:
        return
    counter = Counter(network, groups)
    sums = np.cumsum(np.stack([one.members for one in classes]), axis=0)
    placed, shut, at = 0, frozenset[int](), 0
    while at < len(classes):
        before = sums[at - 1] if at else np.zeros(len(groups), dtype=np.int64)
        first, past, reach = at, len(classes), 0
        while first < past:  # how many classes from here on can be placed whole, but for those shut out
            middle = (first + past + 1) // 2 if first + 1 < past else past
            supply = _without(sums[middle - 1], shut, before)
            whole = placed + int((supply - before).sum())
            most, _ = counter.most(supply)
            if most == whole:
                first, reach = middle, most
            else:
                past = middle - 1
        for one in classes[at:first]:
            one.shut = shut
            one.most = one.open
        placed, at = (reach, first) if first > at else (placed, at)
        if at < len(classes):
            before = sums[at - 1] if at else np.zeros(len(groups), dtype=np.int64)
            one = classes[at]
            one.shut = shut
            most, now = counter.most(_without(sums[at], shut, before))
            one.most, placed, at = most - placed, most, at + 1
            shut |= now


def _without(supply: Ints, shut: frozenset[int], before: Ints) -> Ints:
    """Of the groups shut out nobody beyond those counted before."""
    kept = supply.copy()
    for group in shut:
        kept[group] = before[group]
    return kept
