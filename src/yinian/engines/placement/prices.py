"""Prices that prove a flow cheapest: worked out and counted again by our own code, in whole numbers.

A station's price is what a place there is worth; somebody pays distance and price. Prices under which nobody would
rather be elsewhere exist if and only if the flow is the cheapest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yinian.engines.placement.model import PlacementError
from yinian.engines.placement.sphere import Ints


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways between stations, with room and what flows; where ``held`` the flow may not change."""

    tail: Ints
    head: Ints
    room: Ints
    flow: Ints


def prices(stations: int, at: Ints, cost: Ints, person: Ints, door: Ints, arc_cost: Ints, ways: Ways) -> Ints:
    """A price for every station.

    ``at`` and ``cost`` say where each person is and what it costs; ``person``, ``door`` and ``arc_cost`` are all
    that they may choose from. Raises PlacementError where there are no such prices: the flow is not the cheapest.
    """
    along, back = ways.flow < ways.room, ways.flow > 0
    origin = np.concatenate([at[person], ways.tail[along], ways.head[back]])
    target = np.concatenate([door, ways.head[along], ways.tail[back]])
    weight = np.concatenate([
        arc_cost - cost[person], np.zeros(int(along.sum()) + int(back.sum()), dtype=np.int64)
    ])  # fmt: skip
    real = origin != target
    key, weight = origin[real] * stations + target[real], weight[real]
    sort = np.argsort(key, kind="stable")
    key, weight = key[sort], weight[sort]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.empty(0, dtype=np.int64)
    weight = np.minimum.reduceat(weight, first) if len(first) else weight
    origin, target = np.divmod(key[first], stations)
    value = np.zeros(stations, dtype=np.int64)
    if not len(origin):
        return value
    begin = np.flatnonzero(np.r_[True, origin[1:] != origin[:-1]])
    whose = origin[begin]
    for _ in range(stations + 1):
        better = np.minimum(value[whose], np.minimum.reduceat(weight + value[target], begin))
        if (better == value[whose]).all():
            return value
        value[whose] = better
    raise PlacementError("the flow is not the cheapest: there are no prices for it")


def bound(value: Ints, paid: Ints, ways: Ways, leaving: Ints, count: Ints) -> int:
    """The cost that no flow can go below, by the prices alone.

    ``paid`` is the least of cost and price over all that a person may choose; ``count`` people leave at the stations
    ``leaving``.
    """
    rent = np.maximum(0, value[ways.tail] - value[ways.head])
    return _sum(paid) - _product(value[leaving], count) - _product(rent, ways.room)


def _sum(numbers: Ints) -> int:
    return sum(numbers.tolist())


def _product(numbers: Ints, times: Ints) -> int:
    return sum(one * other for one, other in zip(numbers.tolist(), times.tolist(), strict=True))
