"""Couples in one home, staff limits across rooms and levels, rooms for one sex: what is no flow, by exact search.

The flow's answer is a bound. Its prices say of every pair of person and home how much dearer the whole becomes at
least where that pair is chosen; so pairs dearer than what is left between bound and answer need not be looked at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from ortools.sat.python import cp_model

from yinian.engines.placement.model import Person, PlacementError, Proof
from yinian.engines.placement.network import NONE, Network
from yinian.engines.placement.sphere import HALF_ROUND_MM, Ints, millimetres, on_sphere
from yinian.engines.placement.together import differ
from yinian.engines.placement.transport import Carried, Transport

FIRST_MARGIN = 5_000_000  # millimetres dearer than the bound that are looked at first
WIDER = 8  # times the margin where nothing is found within it


@dataclass(frozen=True, slots=True)
class Found:
    """What the search came to."""

    home: Ints
    berth: Ints
    counts: tuple[int, ...]
    cost: int
    bound: int
    optimal: bool
    arcs: int
    rounds: int

    def proof(self, flow: Proof, levels: Sequence[float], bounds: Sequence[int]) -> Proof:
        """The proof, beside the flow's bounds."""
        counts = tuple(
            (float(level), most, placed) for level, most, placed in zip(levels, bounds, self.counts, strict=True)
        )
        return Proof(
            self.optimal, "search", counts, self.cost, self.bound, flow.wish, flow.pairs, self.arcs, self.rounds
        )


class _Model:
    """People to homes by some pairs, with everything that has to hold in a home."""

    def __init__(
        self, people: Sequence[Person], kind: Ints, pairs: Sequence[tuple[int, int]], net: Network,
        ways: Mapping[tuple[int, int], int],
    ) -> None:
        self.model = model = cp_model.CpModel()
        self.people, self.net, self.ways = people, net, ways
        self.goes: dict[tuple[int, int], cp_model.IntVar] = {}
        self.berths: dict[tuple[int, int, int], cp_model.IntVar] = {}
        by_person: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        in_berth: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        of_level: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        for person, home in sorted(ways):
            goes = self.goes[person, home] = model.new_bool_var("")
            by_person[person].append(goes)
            groups = net.usable[int(kind[person]), home]
            if len(groups) == 1:
                self.berths[person, home, groups[0]] = goes
            else:
                each = [model.new_bool_var("") for _ in groups]
                model.add(sum(each) == goes)
                self.berths |= {(person, home, group): one for group, one in zip(groups, each, strict=True)}
            level = people[person].level
            assert level is not None
            of_level[home, level].append(goes)
        for (_, home, group), one in self.berths.items():
            in_berth[home, group].append(one)
        for (home, group), those in in_berth.items():
            model.add(sum(those) <= net.homes[home].beds[group].free)
        taken: dict[int, list[cp_model.LinearExprT]] = defaultdict(list)
        for (home, level), those in of_level.items():
            house = net.homes[home]
            most = house.most_of(level)
            if most is not None and most < len(those):
                model.add(sum(those) <= most)
            if house.staff is not None and (takes := house.staff.takes.get(level, 0)):
                taken[home].append(takes * sum(those))
        for home, loads in taken.items():
            staff = net.homes[home].staff
            assert staff is not None
            model.add(sum(loads) <= staff.room)
        self.placed: dict[int, cp_model.LinearExprT] = {}
        for person, those in by_person.items():
            model.add_at_most_one(those)
            self.placed[person] = sum(those)
        for first, second in pairs:
            for home in {home for person, home in ways if person in (first, second)}:
                model.add(self.goes.get((first, home), 0) == self.goes.get((second, home), 0))
        for home, group in in_berth:
            if net.homes[home].beds[group].rooms:
                self._rooms(home, group, pairs)

    def _rooms(self, home: int, group: int, pairs: Sequence[tuple[int, int]]) -> None:
        """Each room of a group of beds for men, for women, or for one couple."""
        model, sizes = self.model, Counter(self.net.homes[home].beds[group].rooms)
        mine = {person: one for (person, at, those), one in self.berths.items() if (at, those) == (home, group)}
        sharing: list[cp_model.IntVar] = []
        for first, second in pairs:
            if first in mine and second in mine and differ(self.people[first], self.people[second]):
                shares = model.new_bool_var("")
                model.add_implication(shares, mine[first])
                model.add_implication(shares, mine[second])
                sharing.append(shares)
        beds: dict[str, list[cp_model.LinearExprT]] = {"male": [], "female": []}
        apart: list[cp_model.LinearExprT] = []
        for size, count in sizes.items():
            his, hers = model.new_int_var(0, count, ""), model.new_int_var(0, count, "")
            theirs = model.new_int_var(0, min(count, len(sharing)) if size > 1 else 0, "")
            model.add(his + hers + theirs <= count)
            beds["male"].append(size * his)
            beds["female"].append(size * hers)
            apart.append(theirs)
        if sharing:
            model.add(sum(sharing) <= sum(apart))
        for sex, those in beds.items():
            here = [one for person, one in mine.items() if self.people[person].sex == sex]
            model.add(sum(here) - sum(sharing) <= sum(those))
        # Whose sex is not known lies with men or with women, but not with a couple.
        model.add(sum(mine.values()) - 2 * sum(sharing) <= sum(beds["male"] + beds["female"]))

    def cost(self, idle: Mapping[int, int]) -> cp_model.LinearExprT:
        """What all pairs cost, and staying unplaced for those who wish for a home."""
        parts: list[cp_model.LinearExprT] = [cost * self.goes[pair] for pair, cost in self.ways.items()]
        parts += [cost - cost * self.placed[one] if one in self.placed else cost for one, cost in idle.items()]
        return sum(parts)

    def read(self, solver: cp_model.CpSolver) -> tuple[Ints, Ints]:
        """Home and group of beds of everybody."""
        home = np.full(len(self.people), NONE, dtype=np.int64)
        berth = np.full(len(self.people), NONE, dtype=np.int64)
        for (person, where, group), one in self.berths.items():
            if solver.boolean_value(one):
                home[person], berth[person] = where, group
        return home, berth

    def hint(self, solver: cp_model.CpSolver) -> None:
        """Begins the next search from this answer."""
        self.model.proto.clear_solution_hint()
        for var in {id(one): one for one in [*self.goes.values(), *self.berths.values()]}.values():
            self.model.add_hint(var, solver.value(var))


class _Searcher:
    """Solves one after the other within an amount of work, the same way every time."""

    def __init__(self, work: float) -> None:
        self.work = work

    def solve(self, model: cp_model.CpModel) -> tuple[cp_model.CpSolver, bool, bool]:
        """The solver, whether there is an answer, and whether nothing is better (or there is proven to be none)."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.linearization_level = 2
        solver.parameters.max_deterministic_time = max(self.work, 0.001)
        status = solver.solve(model)
        if status == cp_model.MODEL_INVALID:
            raise PlacementError("the search for couples and staff limits cannot be set up")
        self.work -= solver.response_proto.deterministic_time
        answer = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        return solver, answer, status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)


def search(
    people: Sequence[Person], kind: Ints, pairs: Sequence[tuple[int, int]], net: Network, number: Mapping[str, int],
    levels: Sequence[float], bounds: Sequence[int], transport: Transport, riding: Ints, carried: Carried, work: float,
) -> Found:
    """The best placement with couples together and all limits kept; `Found.optimal` says whether that is proven."""
    searcher = _Searcher(work)
    found = _as_many(people, kind, pairs, net, levels, bounds, transport, riding, carried, searcher)
    if found is not None:
        return found
    return _fewer(people, kind, pairs, net, number, levels, carried.wish, searcher)


def _as_many(
    people: Sequence[Person], kind: Ints, pairs: Sequence[tuple[int, int]], net: Network, levels: Sequence[float],
    bounds: Sequence[int], transport: Transport, riding: Ints, carried: Carried, searcher: _Searcher,
) -> Found | None:
    """The cheapest with as many placed as the flow's bound has; None where there is no such, or it is not found."""
    homes, margin, rounds = len(net.homes), FIRST_MARGIN, 0
    everything = 4 * (HALF_ROUND_MM + carried.wish) + int(np.ptp(carried.value))
    idle = {int(at): carried.wish for at in riding[transport.wishing & (transport.riders.waits != NONE)]}
    must = riding[transport.riders.waits == NONE].tolist()
    while True:
        rounds += 1
        key, _ = transport.pairs(carried.value, carried.paid + margin)
        costs = transport.cost_of(key)
        ways = {
            (int(riding[one // homes]), int(one % homes)): int(cost)
            for one, cost in zip(key.tolist(), costs.tolist(), strict=True)
        }  # fmt: skip
        made = _Model(people, kind, pairs, net, ways)
        if all(at in made.placed for at in must):
            for at in must:
                made.model.add(made.placed[at] == 1)
            _hold(made, people, levels, bounds, riding.tolist())
            made.model.minimize(made.cost(idle))
            solver, answer, settled = searcher.solve(made.model)
            if answer:
                cost = round(solver.objective_value)
                if not settled:
                    return _finish(made, people, levels, solver, cost, carried.bound, False, rounds, searcher, idle)
                if cost - carried.bound <= margin or margin >= everything:
                    return _finish(made, people, levels, solver, cost, cost, True, rounds, searcher, idle)
                margin = cost - carried.bound
                continue
            if not settled:
                return None
        if margin >= everything:
            return None
        margin *= WIDER


def _fewer(
    people: Sequence[Person], kind: Ints, pairs: Sequence[tuple[int, int]], net: Network, number: Mapping[str, int],
    levels: Sequence[float], wish: int, searcher: _Searcher,
) -> Found:
    """Class by class as many as can be, then the cheapest, over every pair."""
    spots = on_sphere([one.near for one in people if one.near is not None])
    ways: dict[tuple[int, int], int] = {}
    idle: dict[int, int] = {}
    for at, one in enumerate(people):
        barred = {number[name] for name in one.refused if name in number}
        open_to = [home for home in np.flatnonzero(net.door[kind[at]] != NONE).tolist() if home not in barred]
        away = millimetres(spots[at][None], net.spots[open_to]).tolist()
        wished = {number[name] for name in one.preferred if name in number} & set(open_to)
        for home, mm in zip(open_to, away, strict=True):
            ways[at, home] = mm + (wish if wished and home not in wished else 0)
        if wished:
            idle[at] = wish
    made = _Model(people, kind, pairs, net, ways)
    optimal, rounds, last = True, 0, None
    for level in levels:
        rounds += 1
        those = sum(made.placed[at] for at, one in enumerate(people) if one.priority == level and at in made.placed)
        made.model.maximize(those)
        solver, answer, settled = searcher.solve(made.model)
        if not answer:
            raise PlacementError("the search for couples and staff limits found nothing in the work it was given")
        optimal &= settled
        made.model.add(those == round(solver.objective_value))
        made.hint(solver)
        last = solver
    assert last is not None
    made.model.minimize(made.cost(idle))
    solver, answer, settled = searcher.solve(made.model)
    if answer:
        cost, least, last = round(solver.objective_value), round(solver.best_objective_bound), solver
    else:
        where, _ = made.read(last)
        going = sum(ways[at, house] for at, house in enumerate(where.tolist()) if house != NONE)
        cost, least = going + sum(one for at, one in idle.items() if where[at] == NONE), 0
    return _finish(made, people, levels, last, cost, least, optimal and settled and answer, rounds, searcher, idle)


def _hold(
    made: _Model, people: Sequence[Person], levels: Sequence[float], bounds: Sequence[int], riding: Sequence[int]
) -> None:
    """As many of each class as the bound says."""
    of: dict[float, list[int]] = defaultdict(list)
    for at in riding:
        of[people[at].priority].append(at)
    for level, most in zip(levels, bounds, strict=True):
        made.model.add(sum(made.placed[at] for at in of[level] if at in made.placed) == most)


def _finish(
    made: _Model, people: Sequence[Person], levels: Sequence[float], solver: cp_model.CpSolver, cost: int, least: int,
    optimal: bool, rounds: int, searcher: _Searcher, idle: Mapping[int, int],
) -> Found:
    """Among the answers of one cost, the one that places those who have waited longest."""
    home, berth = made.read(solver)
    waiting = {at for at in range(len(people)) if home[at] == NONE and at in made.placed}
    classes = {people[at].priority for at in waiting}
    concerned = [at for at in made.placed if people[at].priority in classes]
    if optimal and len({people[at].waiting_since for at in concerned}) > 1:
        made.hint(solver)
        days = sorted({day for at in concerned if (day := people[at].waiting_since) is not None}, reverse=True)
        rank: dict[date | None, int] = {day: at + 1 for at, day in enumerate(days)}
        for level in levels:
            those = [at for at in concerned if people[at].priority == level]
            if those:
                made.model.add(
                    sum(made.placed[at] for at in those) == sum(int(home[at] != NONE) for at in those)
                )  # fmt: skip
        made.model.add(made.cost(idle) == cost)
        made.model.maximize(sum(rank.get(people[at].waiting_since, 0) * made.placed[at] for at in concerned))
        better, answer, settled = searcher.solve(made.model)
        optimal &= settled
        if answer:
            home, berth = made.read(better)
    counts = tuple(
        sum(1 for at, one in enumerate(people) if one.priority == level and home[at] != NONE) for level in levels
    )
    return Found(home, berth, counts, cost, least, optimal, len(made.ways), rounds)
