"""Works a placement out: who can go where, how many of each class, the cheapest flow, waiting, couples, reasons."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from yinian.engines.placement import cells, network, together
from yinian.engines.placement.checking import check
from yinian.engines.placement.counting import Class, Group, count
from yinian.engines.placement.model import Home, Person, Placed, Placement, Proof, Reason, Unplaced
from yinian.engines.placement.network import NONE, Network, Type, type_of
from yinian.engines.placement.sphere import Floats, Ints, millimetres, on_sphere
from yinian.engines.placement.transport import Carried, Riders, Transport
from yinian.engines.placement.waiting import longest_waiting

SEARCH = 60.0  # the most that the search for couples may take, in OR-Tools' units of work (about seconds)


@dataclass(frozen=True, slots=True)
class Solved:
    """Where each rider goes: the number of a home and of its group of beds, NONE for nowhere; and the proof."""

    home: Ints
    berth: Ints
    proof: Proof


def place(people: Iterable[Person], homes: Iterable[Home], *, search: float = SEARCH) -> Placement:
    """Who goes to which home.

    In this order: as many as can be of the highest priority, then of each lower one (so as many as can be at all),
    then as many wishes met, then the least great-circle distance altogether, then those who have waited longest. The
    order in which people and homes are given changes nothing. ``search`` bounds the work on couples, staff limits
    across rooms or levels, and rooms that are still to become one for men or for women. Raises PlacementError naming
    a person or home that cannot be used.
    """
    persons = sorted(people, key=lambda one: one.id)
    houses = sorted(homes, key=lambda one: one.id)
    check(persons, houses)
    reasons: dict[str, Reason] = {}
    usable: list[Person] = []
    for one in persons:
        if one.position is None and one.kin is None:
            reasons[one.id] = Reason.NO_POSITION
        elif one.level is None:
            reasons[one.id] = Reason.NO_LEVEL
        else:
            usable.append(one)
    people_of = collections.Counter([(one.level, one.sex, one.bed) for one in usable if one.level is not None])
    types = sorted((Type(*kind) for kind in people_of), key=lambda kind: (kind.level, kind.sex or "", kind.bed or ""))
    net = network.build(houses, types, collections.Counter({kind: people_of[kind] for kind in types}))
    number = {home.id: at for at, home in enumerate(houses)}
    kind_of = {kind: at for at, kind in enumerate(types)}
    closed = _Closed(houses, net, kind_of, number)
    entering: list[Person] = []
    for one in usable:
        reason = closed.reason(one)
        if reason is None:
            entering.append(one)
        else:
            reasons[one.id] = reason
    entering = _together(entering, closed, persons, reasons)
    spots = on_sphere([one.near for one in entering if one.near is not None])
    solved = _solved(entering, spots, net, kind_of, number, search)
    there = np.flatnonzero(solved.home != NONE)
    reasons |= {entering[at].id: Reason.OTHERS_FIRST for at in np.flatnonzero(solved.home == NONE).tolist()}
    away = millimetres(spots[there], net.spots[solved.home[there]])
    placed = []
    for at, home, berth, mm in zip(
        there.tolist(), solved.home[there].tolist(), solved.berth[there].tolist(), away.tolist(), strict=True
    ):
        beds = houses[home].beds[berth]
        placed.append(Placed(entering[at].id, houses[home].id, mm, beds.kind, beds.sex))
    return Placement(
        tuple(placed), tuple(Unplaced(one.id, reasons[one.id]) for one in persons if one.id in reasons), solved.proof
    )


class _Closed:
    """Why no home at all is open to somebody, whoever else there is."""

    def __init__(
        self, homes: list[Home], net: Network, kind_of: Mapping[Type, int], number: Mapping[str, int]
    ) -> None:
        self.homes, self.net, self.kind_of, self.number = homes, net, kind_of, number
        self.known: dict[tuple[object, ...], Reason | None] = {}

    def reason(self, person: Person) -> Reason | None:
        key = (person.level, person.sex, person.bed, person.refused)
        if key not in self.known:
            self.known[key] = self._reason(type_of(person), person.refused)
        return self.known[key]

    def _reason(self, kind: Type, refused: frozenset[str]) -> Reason | None:
        taking = [at for at, home in enumerate(self.homes) if kind.level in home.levels]
        if not taking:
            return Reason.NO_HOME_TAKES_LEVEL
        fitting = [at for at in taking if network.usable_beds(self.homes[at], kind)]
        if not fitting:
            return Reason.NO_BED_FITS
        asked = [at for at in fitting if self.homes[at].id not in refused]
        if not asked:
            return Reason.REFUSED_ALL
        mine = self.kind_of[kind]
        free = [at for at in asked if (mine, at) in self.net.usable]
        if not free:
            return Reason.ALL_FULL
        if not any(self.net.door[mine, at] != NONE for at in free):
            return Reason.STAFF_LIMIT
        return None

    def open_to(self, person: Person) -> set[int]:
        """The homes with a free bed that somebody may have."""
        mine = self.kind_of[type_of(person)]
        barred = {self.number[name] for name in person.refused if name in self.number}
        return set(np.flatnonzero(self.net.door[mine] != NONE).tolist()) - barred


def _together(
    entering: list[Person], closed: _Closed, persons: list[Person], reasons: dict[str, Reason]
) -> list[Person]:
    """Without the couples of whom one cannot be placed, or who share no home with a free bed."""
    apart: set[str] = set()
    left = {one.id for one in entering}
    given = [one for one in persons if one.couple is not None]
    for first, second in together.couples(given):
        one, other = given[first], given[second]
        both = one.id in left and other.id in left
        if (one.id in left or other.id in left) and not (both and closed.open_to(one) & closed.open_to(other)):
            apart |= {one.id, other.id} & left
    reasons |= dict.fromkeys(apart, Reason.NOT_TOGETHER)
    return [one for one in entering if one.id not in apart]


def _solved(
    people: list[Person], spots: Floats, net: Network, kind_of: Mapping[Type, int], number: Mapping[str, int],
    search: float,
) -> Solved:
    """Where people of whom each has some open home go."""
    homes, total = len(net.homes), len(people)
    if not people:
        nobody = np.empty(0, dtype=np.int64)
        return Solved(nobody, nobody, Proof(True, "flow", (), 0, 0, 0, 0, 0, 0))
    pairs_of = together.couples(people)
    doors: dict[tuple[object, ...], tuple[int, int]] = {}
    groups: list[Group] = []
    ways = []
    for one in people:
        key = (one.level, one.sex, one.bed, one.refused)
        if key not in doors:
            mine = kind_of[type_of(one)]
            doors[key] = mine, len(groups)
            row = net.door[mine].copy()
            row[[number[name] for name in one.refused if name in number]] = NONE
            groups.append(Group(np.unique(row[row != NONE])))
        ways.append(doors[key])
    kind, group = np.array(ways, dtype=np.int64).T.copy()
    priorities = [one.priority for one in people]
    levels = sorted(set(priorities), reverse=True)
    rank = {level: at for at, level in enumerate(levels)}
    of_class = np.array([rank[priority] for priority in priorities], dtype=np.int64)
    members = np.zeros((len(levels), len(groups)), dtype=np.int64)
    np.add.at(members, (of_class, group), 1)
    classes = [Class(row) for row in members]
    count(net, groups, classes)

    # Who is shut out of a class stays out; a class of which not all go has a station to wait at.
    shut = np.zeros(members.shape, dtype=np.bool_)
    for at, one_class in enumerate(classes):
        shut[at, list(one_class.shut)] = True
        shut[at] |= one_class.most == 0
    riding = np.flatnonzero(~shut[of_class, group])
    partial = [at for at, one_class in enumerate(classes) if 0 < one_class.most < one_class.open]
    station = np.full(len(classes), NONE, dtype=np.int64)
    station[partial] = net.stations + np.arange(len(partial))
    left = [classes[at].open - classes[at].most for at in partial]

    riding = riding[cells.order(spots[riding], kind[riding])]
    refused, preferred = _wishes([people[at] for at in riding.tolist()], kind[riding], net, number)
    riders = Riders(spots[riding], kind[riding], group[riding], station[of_class[riding]], refused, preferred)
    transport = Transport(net, riders, left, [one.doors for one in groups])
    carried = transport.solve()
    since = [people[at].waiting_since for at in riding.tolist()]
    if partial and len(set(since)) > 1:
        carried.home, carried.at, carried.ways = longest_waiting(transport, carried, since)
    berth = _berths(net, carried)
    home = np.full(total, NONE, dtype=np.int64)
    beds = np.full(total, NONE, dtype=np.int64)
    home[riding], beds[riding] = carried.home, berth
    counts = tuple(
        (float(level), one_class.most, one_class.most) for level, one_class in zip(levels, classes, strict=True)
    )
    flow = Proof(True, "flow", counts, carried.cost, carried.bound, carried.wish, total * homes, carried.arcs,
                 carried.rounds)  # fmt: skip
    if together.holds(people, pairs_of, home, beds, net):
        return Solved(home, beds, flow)
    bounds = [one.most for one in classes]
    from yinian.engines.placement.search import search as look  # half a second to load, and seldom needed

    found = look(people, kind, pairs_of, net, number, levels, bounds, transport, riding, carried, search)
    return Solved(found.home, found.berth, found.proof(flow, levels, bounds))


def _wishes(
    people: list[Person], kind: Ints, net: Network, number: Mapping[str, int]
) -> tuple[Ints, Ints]:
    """Refused and preferred homes as sorted pairs; a wish for a home that cannot be had is none."""
    homes = len(net.homes)
    refused: list[int] = []
    preferred: list[int] = []
    for at, one in enumerate(people):
        if one.refused:
            refused += [at * homes + number[name] for name in one.refused if name in number]
        if one.preferred:
            preferred += [
                at * homes + number[name] for name in one.preferred - one.refused
                if name in number and net.door[kind[at], number[name]] != NONE
            ]  # fmt: skip
    return np.array(sorted(refused), dtype=np.int64), np.array(sorted(preferred), dtype=np.int64)


def _berths(net: Network, carried: Carried) -> Ints:
    """Follows everybody from their door to a group of beds, in order; beds of one group are alike."""
    ways: dict[int, list[list[int]]] = {}
    for tail, head, flow in zip(net.tail.tolist(), net.head.tolist(), carried.ways.flow.tolist(), strict=True):
        if flow:
            ways.setdefault(tail, []).append([head, flow])
    berth = np.full(len(carried.at), NONE, dtype=np.int64)
    for at, (station, home) in enumerate(zip(carried.at.tolist(), carried.home.tolist(), strict=True)):
        if home == NONE:
            continue
        while station != network.OUT:
            step = ways[station][-1]
            if station in net.berth_station:
                berth[at] = net.berth_station[station][1]
            step[1] -= 1
            if not step[1]:
                ways[station].pop()
            station = step[0]
    return berth
