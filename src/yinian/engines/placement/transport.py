"""The cheapest flow of people to homes, with only the ways that matter, and the proof that the others do not.

The flow is worked out by OR-Tools over each person's nearest homes; then every pair of person and home is held against
the prices, and where one would be cheaper it is added and the flow worked out anew, until none is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.graph.python import max_flow, min_cost_flow

from yinian.engines.placement.cells import FAR, Bools, Cells
from yinian.engines.placement.model import PlacementError
from yinian.engines.placement.network import NONE, OUT, Network
from yinian.engines.placement.prices import Ways, bound, prices
from yinian.engines.placement.sphere import Floats, Ints, furthest, millimetres

NEAREST = 16  # homes that each person begins with
ADDED = 8  # homes added for a person at once, the most wanted first
LARGEST = 1 << 62  # of what OR-Tools can count with: costs times stations


@dataclass(frozen=True, slots=True)
class Riders:
    """Who is to be placed, in the order of `cells.order`: one row each.

    ``refused`` and ``preferred`` are pairs of person and home, as person times homes plus home. ``waits`` is the
    number of the station where somebody stays unplaced, NONE for those who must be placed; ``group`` says who comes
    in by the same doors.
    """

    spots: Floats
    kind: Ints
    group: Ints
    waits: Ints
    refused: Ints
    preferred: Ints


@dataclass(slots=True)
class Carried:
    """A flow that is proven the cheapest. ``home`` is NONE for those who stay unplaced."""

    home: Ints
    at: Ints
    cost: int
    bound: int
    wish: int
    arcs: int
    rounds: int
    value: Ints
    paid: Ints
    ways: Ways


class Transport:
    """One problem: the network, the people, and how many stay unplaced of each class (by waiting station)."""

    def __init__(self, network: Network, riders: Riders, left: Sequence[int], groups: Sequence[Ints]) -> None:
        self.network, self.riders, self.groups = network, riders, groups
        self.left = np.array(left, dtype=np.int64)
        self.people, self.homes = len(riders.spots), len(network.homes)
        self.inner = network.stations
        self.stations = self.inner + len(self.left)
        self.cells = Cells(riders.spots, riders.kind, network.spots)
        self.wishing = np.zeros(self.people, dtype=np.bool_)
        self.wishing[riders.preferred // max(1, self.homes)] = True
        dear = furthest(riders.spots, network.spots) + 1
        # A cycle of changes passes each station once at most: a wish outweighs every distance it can cost.
        self.wish = dear * (min(self.people, self.stations) + 1) if self.wishing.any() else 0
        if (dear + self.wish) * (self.people + self.stations + 2) >= LARGEST:
            raise PlacementError("there are too many people with wishes, too far apart, to be counted exactly")

    def solve(self) -> Carried:
        """The cheapest flow. Raises PlacementError where the solver or its proof fails."""
        arcs = self._first_arcs()
        for turn in range(1, self.people * self.homes + 2):
            person, home, door, cost = self._arcs(arcs)
            chosen, flow = self._flow(person, door, cost)
            at, own = door[chosen], cost[chosen]
            ways = Ways(self.network.tail, self.network.head, self.network.room, flow)
            value = prices(self.stations, at, own, person, door, cost, ways)
            paid = own + value[at]
            more = self._missing(value, paid, arcs)
            if not len(more):
                total = sum(own.tolist())
                least = bound(value, paid, ways, *self.leaving())
                if least != total:
                    raise PlacementError(f"the cost {total} and its bound {least} differ")
                return Carried(home[chosen], at, total, least, self.wish, len(person), turn, value, paid, ways)
            arcs = _once(np.concatenate([arcs, more]))
        raise PlacementError("the homes of some people cannot be settled")

    def leaving(self) -> tuple[Ints, Ints]:
        """The stations where people leave the network, and how many do."""
        stations = np.r_[OUT, self.inner + np.arange(len(self.left))]
        return stations, np.r_[self.people - int(self.left.sum()), self.left]

    def pairs(self, price: Ints, ceiling: Ints) -> tuple[Ints, Ints]:
        """Every allowed pair whose cost and price are not above the ceiling, as sorted keys with cost and price.

        ``price`` is by station; preferred homes are among the pairs whatever the ceiling.
        """
        door = self.network.door
        at_home = np.where(door == NONE, FAR, price[np.maximum(door, 0)])
        top = ceiling - self.wish * self.wishing
        keys, sums = [self.riders.preferred], [self._preferred_costs() + self._price_at(price, self.riders.preferred)]
        for person, home, away in self.cells.within(at_home, top):
            whole = away + at_home[self.riders.kind[person], home]
            near = whole <= top[person]
            key = person[near] * self.homes + home[near]
            kept = ~_among(key, self.riders.refused) & ~_among(key, self.riders.preferred)
            keys.append(key[kept])
            sums.append((whole + self.wish * self.wishing[person])[near][kept])
        key, whole = np.concatenate(keys), np.concatenate(sums)
        sort = np.argsort(key, kind="stable")
        return key[sort], whole[sort]

    def _missing(self, value: Ints, paid: Ints, arcs: Ints) -> Ints:
        """Pairs that somebody would rather have and that are not among the arcs: the most wanted of each."""
        key, whole = self.pairs(value, paid - 1)
        person = key // max(1, self.homes)
        gain = paid[person] - whole
        wanted = (gain > 0) & ~_among(key, arcs)
        key, person, gain = key[wanted], person[wanted], gain[wanted]
        sort = np.lexsort((key, -gain, person))
        key, person = key[sort], person[sort]
        first = np.searchsorted(person, person)
        return key[np.arange(len(key)) - first < ADDED]

    def _first_arcs(self) -> Ints:
        person, home = self.cells.nearest(self.network.door != NONE, NEAREST)
        key = person * self.homes + home
        key = key[~_among(key, self.riders.refused)]
        return _once(np.concatenate([key, self.riders.preferred, self._some_arcs()]))

    def _arcs(self, arcs: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Person, home, station and cost of each arc, those to a waiting station at the end."""
        person, home = np.divmod(arcs, max(1, self.homes))
        door = self.network.door[self.riders.kind[person], home]
        cost = self.cost_of(arcs)
        waiting = np.flatnonzero(self.riders.waits != NONE)
        nowhere = np.full(len(waiting), NONE, dtype=np.int64)
        return (
            np.r_[person, waiting], np.r_[home, nowhere], np.r_[door, self.riders.waits[waiting]],
            np.r_[cost, self.wish * self.wishing[waiting]],
        )  # fmt: skip

    def cost_of(self, key: Ints) -> Ints:
        """What pairs cost: distance, and a wish that is not met."""
        person, home = np.divmod(key, max(1, self.homes))
        away = millimetres(self.riders.spots[person], self.network.spots[home])
        missed = self.wishing[person] & ~_among(key, self.riders.preferred)
        return away + self.wish * missed

    def _preferred_costs(self) -> Ints:
        person, home = np.divmod(self.riders.preferred, max(1, self.homes))
        return millimetres(self.riders.spots[person], self.network.spots[home])

    def _price_at(self, price: Ints, key: Ints) -> Ints:
        person, home = np.divmod(key, max(1, self.homes))
        return price[self.network.door[self.riders.kind[person], home]]

    def _flow(self, person: Ints, door: Ints, cost: Ints) -> tuple[Ints, Ints]:
        """The arc that each person takes and the flow on the ways between stations."""
        ways = self.network
        solver = min_cost_flow.SimpleMinCostFlow()
        entering = solver.add_arcs_with_capacity_and_unit_cost(
            person, self.people + door, np.ones(len(person), dtype=np.int64), cost
        )
        inner = solver.add_arcs_with_capacity_and_unit_cost(
            self.people + ways.tail, self.people + ways.head, ways.room, np.zeros(len(ways.tail), dtype=np.int64)
        )
        solver.set_nodes_supplies(np.arange(self.people), np.ones(self.people, dtype=np.int64))
        stations, count = self.leaving()
        solver.set_nodes_supplies(self.people + stations, -count)
        status = solver.solve()
        if status != solver.OPTIMAL:
            raise PlacementError(f"the flow of people to homes cannot be worked out: {status.name}")
        taken = np.flatnonzero(np.asarray(solver.flows(entering)) > 0) if len(person) else np.empty(0, dtype=np.int64)
        chosen = np.full(self.people, NONE, dtype=np.int64)
        chosen[person[taken]] = taken
        flow = np.asarray(solver.flows(inner), dtype=np.int64) if len(ways.tail) else np.empty(0, dtype=np.int64)
        self.check_flow(person, door, taken, flow)
        return chosen, flow

    def check_flow(self, person: Ints, door: Ints, taken: Ints, flow: Ints) -> None:
        """Counts the flow again: everybody once, nothing lost at a station, no bed given twice."""
        gone, count = self.leaving()
        balance = np.bincount(door[taken], minlength=self.stations).astype(np.int64)
        balance[gone] -= count
        np.subtract.at(balance, self.network.tail, flow)
        np.add.at(balance, self.network.head, flow)
        once = len(taken) == self.people and bool((np.sort(person[taken]) == np.arange(self.people)).all())
        if not once or balance.any() or (flow < 0).any() or (flow > self.network.room).any():
            raise PlacementError("the flow of people to homes does not add up")

    def _some_arcs(self) -> Ints:
        """Pairs among which some flow exists: one that only counts, by groups and classes."""
        group = self.riders.group
        waits = np.where(self.riders.waits == NONE, 0, self.riders.waits - self.inner + 1)
        block, member = np.unique(group * (len(self.left) + 1) + waits, return_inverse=True)
        size = np.bincount(member, minlength=len(block))
        of_group, of_class = np.divmod(block, len(self.left) + 1)
        first_group = self.stations
        first_block = first_group + len(self.groups)
        source, end = first_block + len(block), first_block + len(block) + 1
        blocks = first_block + np.arange(len(block))
        able = np.flatnonzero(of_class > 0)
        doors = [np.full(len(one), first_group + number) for number, one in enumerate(self.groups)]
        entering = sum(len(one) for one in doors)
        gone, count = self.leaving()
        lots = np.int64(self.people)
        tail = np.r_[np.full(len(block), source), blocks, blocks[able], *doors, self.network.tail, gone]
        head = np.r_[
            blocks, first_group + of_group, self.inner + of_class[able] - 1, *self.groups, self.network.head,
            np.full(len(gone), end),
        ]  # fmt: skip
        room = np.r_[size, size, size[able], np.full(entering, lots), self.network.room, count]
        solver = max_flow.SimpleMaxFlow()
        solver.add_arcs_with_capacity(tail.astype(np.int64), head.astype(np.int64), room.astype(np.int64))
        solver.solve(source, end)
        if solver.optimal_flow() != self.people:
            raise PlacementError("the numbers to be placed cannot be reached together")
        flow = np.asarray(solver.flows(np.arange(len(tail))), dtype=np.int64)
        placed = flow[len(block) : 2 * len(block)]
        begin = 2 * len(block) + len(able)
        through = flow[begin : begin + entering]
        sort = np.argsort(member, kind="stable")
        rank = np.empty(self.people, dtype=np.int64)
        starts = np.cumsum(size) - size
        rank[sort] = np.arange(self.people) - np.repeat(starts, size)
        going = np.flatnonzero(rank < placed[member])
        going = going[np.argsort(group[going], kind="stable")]
        door = np.repeat(np.concatenate([*self.groups, np.empty(0, dtype=np.int64)]).astype(np.int64), through)
        home = _home_of(self.network)[door]
        return np.sort(going * self.homes + home)


def _home_of(network: Network) -> Ints:
    """The home that each station belongs to, as far as it is a door."""
    home = np.full(network.stations, NONE, dtype=np.int64)
    kind, where = np.nonzero(network.door != NONE)
    home[network.door[kind, where]] = where
    return home


def _once(keys: Ints) -> Ints:
    """Sorted, each once; several times as fast as `numpy.unique`."""
    keys = np.sort(keys)
    return keys[np.r_[True, keys[1:] != keys[:-1]]] if len(keys) else keys


def _among(keys: Ints, known: Ints) -> Bools:
    """Which keys are among the known ones, which are sorted."""
    if not len(known):
        return np.zeros(len(keys), dtype=np.bool_)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    found: npt.NDArray[np.bool_] = known[at] == keys
    return found
