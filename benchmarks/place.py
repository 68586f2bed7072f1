"""People to homes, against HiGHS on the same instance, and the two sizes that are promised.

Run: `./run bench place [--against 2000x100,5000x200] [--sizes 5000x200,50000x1000]`. All people and homes are made up:
people round towns, five ability levels, four classes of priority; homes take some levels and have fewer beds
altogether than there are people, so that classes compete.

HiGHS gets the linear programme of the last aim alone, every pair of person and home that may be, with the numbers of
each class already given, and needs no integers: such a programme has whole corners. Only its solving is timed. Ours is
timed whole, from plain data to the proven answer. Both are compared by the processor time they take, so that a busy
machine does neither an injustice; the seconds that are promised are those on the clock. HiGHS also bounds the numbers
of the classes by itself, on people gathered by level and class. Beyond 5,000 x 200 HiGHS takes longer than anybody
would wait; there our own proof stands.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import highspy
import numpy as np
from _machine import describe

from yinian.engines.placement import Beds, Home, Person, Placement, place
from yinian.engines.placement.sphere import millimetres, on_sphere

FASTER = 10.0  # times HiGHS
SECONDS = {(5_000, 200): 1.0, (50_000, 1_000): 20.0}
LEVELS, CLASSES = 5, 4
BEDS = 0.9  # for each person
SAME_KM = 1e-6  # of the whole distance: HiGHS works in floating point


def instance(people: int, homes: int, seed: int = 7) -> tuple[list[Person], list[Home]]:
    """Made-up people and homes over half a degree."""
    luck = np.random.default_rng(seed)
    towns = luck.uniform((28.5, 112.8), (29.0, 113.4), (max(3, homes // 8), 2))
    where = towns[luck.integers(len(towns), size=people)] + luck.normal(0, 0.03, (people, 2))
    sites = towns[luck.integers(len(towns), size=homes)] + luck.normal(0, 0.03, (homes, 2))
    mean = people / homes * BEDS
    beds = luck.integers(1, max(2, int(2 * mean)), homes, endpoint=True)
    persons = [
        Person(
            f"p{at:06d}", int(luck.integers(LEVELS)), (float(where[at, 0]), float(where[at, 1])),
            int(luck.integers(CLASSES)), dt.date(2025, 1, 1) + dt.timedelta(days=int(luck.integers(600))),
        )
        for at in range(people)
    ]  # fmt: skip
    takes = luck.random((homes, LEVELS)) < 0.6
    takes[:, 0] |= ~takes.any(axis=1)
    houses = [
        Home(
            f"h{at:04d}", (float(sites[at, 0]), float(sites[at, 1])),
            frozenset(np.flatnonzero(takes[at]).tolist()), (Beds(int(beds[at])),),
        )
        for at in range(homes)
    ]  # fmt: skip
    return persons, houses


def _programme(
    cost: np.ndarray, upper: np.ndarray, rows: list[tuple[float, float]], entries: list[list[int]]
) -> tuple[float, float]:
    """The least cost and the processor seconds HiGHS takes; ``entries`` are the rows of each column, all with a one."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    linear = highspy.HighsLp()
    linear.num_col_, linear.num_row_ = len(cost), len(rows)
    linear.col_cost_, linear.col_lower_, linear.col_upper_ = cost, np.zeros(len(cost)), upper
    linear.row_lower_, linear.row_upper_ = np.array([one[0] for one in rows]), np.array([one[1] for one in rows])
    matrix = linear.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.start_ = np.cumsum([0, *map(len, entries)])
    matrix.index_ = np.concatenate([np.array(one) for one in entries])
    matrix.value_ = np.ones(len(matrix.index_))
    solver.passModel(linear)
    begun = time.process_time()
    solver.run()
    seconds = time.process_time() - begun
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise SystemExit("HiGHS found no optimum")
    return solver.getInfo().objective_function_value, seconds


def highs(people: list[Person], homes: list[Home], placed: dict[int, int]) -> tuple[float, float]:
    """The least distance in km with so many of each class placed, and the processor seconds HiGHS takes."""
    away = millimetres(on_sphere([one.position for one in people])[:, None], on_sphere([one.position for one in homes]))
    cost, entries = [], []
    for at, one in enumerate(people):
        for number, home in enumerate(homes):
            if one.level in home.levels:
                cost.append(away[at, number] / 1e6)
                entries.append([at, len(people) + number, len(people) + len(homes) + int(one.priority)])
    rows = [(0.0, 1.0)] * len(people)
    rows += [(0.0, float(home.beds[0].free)) for home in homes]
    rows += [(float(placed[number]),) * 2 for number in range(CLASSES)]
    return _programme(np.array(cost), np.ones(len(cost)), rows, entries)


def classes_by_highs(people: list[Person], homes: list[Home]) -> float:
    """The largest sum of priorities (from 1) placed; any weights in their order give the same numbers of each class."""
    groups = Counter((one.level, int(one.priority)) for one in people)
    cost, entries = [], []
    names = sorted(groups)
    for at, (level, priority) in enumerate(names):
        for number, home in enumerate(homes):
            if level in home.levels:
                cost.append(-float(priority + 1))
                entries.append([at, len(names) + number])
    rows = [(0.0, float(groups[name])) for name in names] + [(0.0, float(home.beds[0].free)) for home in homes]
    return -_programme(np.array(cost), np.full(len(cost), highspy.kHighsInf), rows, entries)[0]


def timed(people: list[Person], homes: list[Home], times: int) -> tuple[Placement, float, float]:
    """The answer, and the fewest seconds on the clock and of the processors."""
    answer, clock, work = None, float("inf"), float("inf")
    for _ in range(times):
        begun, used = time.perf_counter(), time.process_time()
        answer = place(people, homes)
        clock, work = min(clock, time.perf_counter() - begun), min(work, time.process_time() - used)
    assert answer is not None
    return answer, clock, work


def sizes(text: str) -> list[tuple[int, int]]:
    """`5000x200,50000x1000`."""
    found = []
    for one in filter(None, text.split(",")):
        people, _, homes = one.partition("x")
        found.append((int(people), int(homes)))
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", default="2000x100,5000x200", help="sizes that HiGHS solves too")
    parser.add_argument("--sizes", default="5000x200,50000x1000", help="sizes that are timed alone")
    options = parser.parse_args(arguments)
    print(describe())
    missed = 0
    for many, homes_ in sizes(options.against):
        people, homes = instance(many, homes_)
        answer, _, work = timed(people, homes, 5)
        placed = {int(level): count for level, _, count in answer.proof.counts}
        weight = classes_by_highs(people, homes)
        least, seconds = highs(people, homes, placed)
        ours = sum((level + 1) * count for level, count in placed.items())
        same = abs(weight - ours) < 0.5 and abs(least - answer.total_km) <= SAME_KM * max(1.0, least)
        fast = seconds >= FASTER * work
        missed += not (same and fast and answer.proof.optimal)
        print(f"{many:,} x {homes_:,}: {len(answer.placed):,} placed, {answer.total_km:.3f} km; HiGHS {least:.3f} km, "
              f"{'the same optimum' if same else 'NOT THE SAME'}")  # fmt: skip
        print(f"  of processors Yinian {work:.3f} s, HiGHS {seconds:.2f} s: {seconds / work:.0f} times faster, "
              f"{FASTER:.0f} promised: {'reached' if fast else 'MISSED'}")  # fmt: skip
    for many, homes_ in sizes(options.sizes):
        people, homes = instance(many, homes_)
        answer, clock, work = timed(people, homes, 3 if many <= 10_000 else 1)
        target = SECONDS.get((many, homes_))
        good = answer.proof.optimal and (target is None or clock <= target)
        missed += not good
        told = "" if target is None else f", {target:.0f} s promised: {'reached' if good else 'MISSED'}"
        print(f"{many:,} x {homes_:,}: {clock:.2f} s on the clock, {work:.2f} s of processors{told}")
        print(f"  {len(answer.placed):,} placed, {answer.total_km:.3f} km, bound met; {answer.proof.arcs:,} of "
              f"{answer.proof.pairs:,} pairs in the flow, {answer.proof.rounds} rounds")  # fmt: skip
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
