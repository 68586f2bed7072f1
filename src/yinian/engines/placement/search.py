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
from yinian.engines.placement.solving import Searcher
from yinian.engines.placement.sphere import HALF_ROUND_MM, Ints, millimetres, on_sphere
from yinian.engines.placement.together import differ
from yinian.engines.placement.transport import Carried, Transport

FIRST_MARGIN = 5_000_000  # millimetres dearer than the bound that are looked at first
HALF, SOME = 0.5, 0.1  # of the work that is left
ENDLESS = 1 << 60
HEAVIEST = 1 << 7  # of the weights by which classes are told apart in one search
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
    wish: int
    arcs: int
    rounds: int

    def proof(self, flow: Proof, levels: Sequence[float], bounds: Sequence[int]) -> Proof:
        """The proof, beside the flow's bounds."""
        counts = tuple(
            (float(level), most, placed) for level, most, placed in zip(levels, bounds, self.counts, strict=True)
        )
        return Proof(
            self.optimal, "search", counts, self.cost, self.bound, self.wish, flow.pairs, self.arcs, self.rounds
        )


class _Model:
    """People to homes by some pairs, with everything that has to hold in a home.

    Which group of a home's beds somebody gets decides nothing between people of one type, so that only the number of
    each type in each group is asked for; `read` gives everybody their own.
    """

    def __init__(
        self, people: Sequence[Person], kind: Ints, pairs: Sequence[tuple[int, int]], net: Network,
        ways: Mapping[tuple[int, int], int], wish: int,
    ) -> None:
        self.wish = wish
        self.model = model = cp_model.CpModel()
        self.people, self.kind, self.net, self.ways = people, kind, net, ways
        self.goes: dict[tuple[int, int], cp_model.IntVar] = {}
        self.helping: list[cp_model.IntVar] = []  # all other variables
        self.sharing: list[tuple[int, int, int, int, cp_model.IntVar]] = []
        by_person: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        of_type: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        of_level: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
        for person, home in sorted(ways):
            goes = self.goes[person, home] = model.new_bool_var("")
            by_person[person].append(goes)
            of_type[int(kind[person]), home].append(goes)
            level = people[person].level
            assert level is not None
            of_level[home, level].append(goes)
        self.lying: dict[tuple[int, int, int], cp_model.LinearExprT] = {}  # by type, home and group of beds
        in_berth: dict[tuple[int, int], list[cp_model.LinearExprT]] = defaultdict(list)
        for (type_, home), those in of_type.items():
            groups = net.usable[type_, home]
            if len(groups) == 1:
                self.lying[type_, home, groups[0]] = sum(those)
            else:
                each = [self._helper(min(net.homes[home].beds[group].free, len(those))) for group in groups]
                model.add(sum(each) == sum(those))
                self.lying |= {(type_, home, group): one for group, one in zip(groups, each, strict=True)}
            for group in groups:
                in_berth[home, group].append(self.lying[type_, home, group])
        for (home, group), numbers in in_berth.items():
            model.add(sum(numbers) <= net.homes[home].beds[group].free)
        self._staff(of_level)
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

    def _helper(self, most: int) -> cp_model.IntVar:
        made = self.model.new_int_var(0, most, "")
        self.helping.append(made)
        return made

    def _staff(self, of_level: Mapping[tuple[int, int], list[cp_model.IntVar]]) -> None:
        """What the staff of each home may care for, of a level and of all together."""
        taken: dict[int, list[cp_model.LinearExprT]] = defaultdict(list)
        for (home, level), those in of_level.items():
            house = self.net.homes[home]
            most = house.most_of(level)
            if most is not None and most < len(those):
                self.model.add(sum(those) <= most)
            if house.staff is not None and (takes := house.staff.takes.get(level, 0)):
                taken[home].append(takes * sum(those))
        for home, loads in taken.items():
            staff = self.net.homes[home].staff
            assert staff is not None
            self.model.add(sum(loads) <= staff.room)

    def _rooms(self, home: int, group: int, pairs: Sequence[tuple[int, int]]) -> None:
        """Each room of a group of beds for men, for women, or for one couple."""
        model, sizes = self.model, Counter(self.net.homes[home].beds[group].rooms)
        mine = {type_: one for (type_, at, those), one in self.lying.items() if (at, those) == (home, group)}
        sharing: list[cp_model.IntVar] = []
        of_type: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for first, second in pairs:
            both = (first, home) in self.goes and (second, home) in self.goes
            types = [int(self.kind[first]), int(self.kind[second])]
            if both and set(types) <= set(mine) and differ(self.people[first], self.people[second]):
                shares = self._helper(1)
                model.add(shares <= self.goes[first, home])
                model.add(shares <= self.goes[second, home])
                sharing.append(shares)
                self.sharing.append((first, second, home, group, shares))
                for type_ in types:
                    of_type[type_].append(shares)
        for type_, shared in of_type.items():
            model.add(sum(shared) <= mine[type_])
        beds: dict[str, list[cp_model.LinearExprT]] = {"male": [], "female": []}
        apart: list[cp_model.LinearExprT] = []
        for size, count in sizes.items():
            his, hers = self._helper(count), self._helper(count)
            theirs = self._helper(min(count, len(sharing)) if size > 1 else 0)
            model.add(his + hers + theirs <= count)
            beds["male"].append(size * his)
            beds["female"].append(size * hers)
            apart.append(theirs)
        if sharing:
            model.add(sum(sharing) <= sum(apart))
        for sex, those in beds.items():
            here = [one for type_, one in mine.items() if self.net.types[type_].sex == sex]
            model.add(sum(here) <= sum([*those, *sharing]))
        # Whose sex is not known lies with men or with women, but not with a couple.
        model.add(sum(mine.values()) <= sum([*beds["male"], *beds["female"], *sharing, *sharing]))

    def cost(self, idle: Mapping[int, int]) -> cp_model.LinearExprT:
        """What all pairs cost, and staying unplaced for those who wish for a home."""
        parts: list[cp_model.LinearExprT] = [cost * self.goes[pair] for pair, cost in self.ways.items()]
        parts += [cost - cost * self.placed[one] if one in self.placed else cost for one, cost in idle.items()]
        return sum(parts)

    def met(self, idle: Mapping[int, int]) -> list[cp_model.IntVar]:
        """The pairs that meet a wish of those who wish."""
        return [one for (person, home), one in self.goes.items()
                if person in idle and self.ways[person, home] < self.wish]  # fmt: skip

    def distance(self) -> cp_model.LinearExprT:
        """All distances; a wish outweighs each, so that what is left beside it is the distance."""
        return sum((cost % self.wish if self.wish else cost) * self.goes[pair] for pair, cost in self.ways.items())

    def read(self, solver: cp_model.CpSolver) -> tuple[Ints, Ints]:
        """Home and group of beds of everybody."""
        home = np.full(len(self.people), NONE, dtype=np.int64)
        berth = np.full(len(self.people), NONE, dtype=np.int64)
        left = {key: solver.value(one) for key, one in self.lying.items()}
        for first, second, at, group, shares in self.sharing:
            if solver.boolean_value(shares):
                for person in (first, second):
                    home[person], berth[person] = at, group
                    left[int(self.kind[person]), at, group] -= 1
        for (person, at), one in self.goes.items():
            if home[person] == NONE and solver.boolean_value(one):
                type_ = int(self.kind[person])
                group = next(group for group in self.net.usable[type_, at] if left[type_, at, group] > 0)
                home[person], berth[person] = at, group
                left[type_, at, group] -= 1
        return home, berth

    def begin(self, home: Ints) -> None:
        """Begins the search near an answer that need not hold."""
        for (person, at), one in self.goes.items():
            self.model.add_hint(one, int(home[person]) == at)

    def hint(self, solver: cp_model.CpSolver) -> None:
        """Begins the next search from this answer."""
        self.model.proto.clear_solution_hint()
        for var in [*self.goes.values(), *self.helping]:
            self.model.add_hint(var, solver.value(var))


def search(
    people: Sequence[Person], kind: Ints, pairs: Sequence[tuple[int, int]], net: Network, number: Mapping[str, int],
    levels: Sequence[float], bounds: Sequence[int], transport: Transport, riding: Ints, carried: Carried, work: float,
) -> Found:
    """The best placement with couples together and all limits kept; `Found.optimal` says whether that is proven."""
    searcher = Searcher(work)
    found = _as_many(people, kind, pairs, net, levels, bounds, transport, riding, carried, searcher)
    if found is not None:
        return found
    begin = np.full(len(people), NONE, dtype=np.int64)
    begin[riding] = carried.home
    return _fewer(people, kind, pairs, net, number, levels, searcher, begin)


def _as_many(
    people: Sequence[Person], kind: Ints, pairs: Sequence[tuple[int, int]], net: Network, levels: Sequence[float],
    bounds: Sequence[int], transport: Transport, riding: Ints, carried: Carried, searcher: Searcher,
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
        made = _Model(people, kind, pairs, net, ways, carried.wish)
        if all(at in made.placed for at in must):
            for at in must:
                made.model.add(made.placed[at] == 1)
            _hold(made, people, levels, bounds, riding.tolist())
            made.model.minimize(made.cost(idle))
            found = searcher.solve(made.model, SOME)
            if not found.settled:
                return None  # class by class it is easier
            if found.answer:
                solver = found.solver
                cost = round(solver.objective_value)
                if cost - carried.bound <= margin or margin >= everything:
                    return _finish(made, people, levels, solver, cost, cost, True, rounds, searcher, idle)
                margin = cost - carried.bound
                continue
        if margin >= everything:
            return None
        margin *= WIDER


def _fewer(
    people: Sequence[Person], kind: Ints, pairs: Sequence[tuple[int, int]], net: Network, number: Mapping[str, int],
    levels: Sequence[float], searcher: Searcher, begin: Ints,
) -> Found:
    """Class by class as many as can be, then the cheapest, over every pair. Where the work runs out, the best that was
    found until then."""
    # What outweighs every distance among those whom the flow could hold need not do so among all.
    wish = HALF_ROUND_MM * (len(people) + 1)
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
    wish = wish if idle else 0
    made = _Model(people, kind, pairs, net, ways, wish)
    made.begin(begin)
    optimal, rounds, last = True, 0, None
    for batch in _batches(people, levels, made.placed):
        rounds += 1
        made.model.maximize(sum(weight * sum(those) for weight, those in batch))
        found = searcher.largest(made.model, HALF)
        optimal &= found.answer and found.settled
        if not found.answer:
            break
        last = found.solver
        for _, those in batch:
            made.model.add(sum(those) == sum(last.value(one) for one in those))
        made.hint(last)
    if last is None:
        raise PlacementError("the search for couples and staff limits found nothing in the work it was given")
    # Wishes before distance, each by itself: one number for both would be too long to search in.
    least, met = 0, made.met(idle)
    if met:
        rounds += 1
        made.model.maximize(sum(met))
        found = searcher.largest(made.model, HALF)
        optimal &= found.answer and found.settled
        if found.answer:
            last = found.solver
            made.model.add(sum(met) == sum(last.value(one) for one in met))
            made.hint(last)
            least = wish * (len(idle) - (found.bound or 0))
    made.model.minimize(made.distance())
    found = searcher.largest(made.model)
    optimal &= found.answer and found.settled
    if found.answer:
        last = found.solver
    where, _ = made.read(last)
    cost = sum(ways[at, house] for at, house in enumerate(where.tolist()) if house != NONE)
    cost += sum(one for at, one in idle.items() if where[at] == NONE)
    if optimal:
        least = cost
    return _finish(made, people, levels, last, cost, least, optimal, rounds, searcher, idle)


def _batches(
    people: Sequence[Person], levels: Sequence[float], placed: Mapping[int, cp_model.LinearExprT]
) -> list[list[tuple[int, list[cp_model.LinearExprT]]]]:
    """The classes in their order, as many together as whole weights can keep apart: one of a higher class weighs more
    than everybody of the lower ones in its batch."""
    of: dict[float, list[cp_model.LinearExprT]] = defaultdict(list)
    for at, one in enumerate(people):
        if at in placed:
            of[one.priority].append(placed[at])
    batches: list[list[list[cp_model.LinearExprT]]] = [[]]
    size = 1
    for those in (of[level] for level in levels if level in of):
        if size * (len(those) + 1) > HEAVIEST and batches[-1]:
            batches.append([])
            size = 1
        batches[-1].append(those)
        size *= len(those) + 1
    weighed = []
    for batch in batches:
        weight, lines = 1, []
        for those in reversed(batch):
            lines.append((weight, those))
            weight *= len(those) + 1
        weighed.append(lines)
    return weighed


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
    optimal: bool, rounds: int, searcher: Searcher, idle: Mapping[int, int],
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
        going = [made.ways[at, where] for at, where in enumerate(home.tolist()) if where != NONE]
        far = sum(cost % (made.wish or ENDLESS) for cost in going)
        made.model.add(made.distance() == far)
        if met := made.met(idle):
            made.model.add(sum(met) == sum(
                1 for at, where in enumerate(home.tolist())
                if at in idle and where != NONE and made.ways[at, where] < made.wish
            ))  # fmt: skip
        made.model.maximize(sum(rank.get(people[at].waiting_since, 0) * made.placed[at] for at in concerned))
        better = searcher.largest(made.model)
        optimal &= better.settled
        if better.answer:
            home, berth = made.read(better.solver)
    counts = tuple(
        sum(1 for at, one in enumerate(people) if one.priority == level and home[at] != NONE) for level in levels
    )
    return Found(home, berth, counts, cost, least, optimal, made.wish, len(made.ways), rounds)
