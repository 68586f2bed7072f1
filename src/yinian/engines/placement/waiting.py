"""Among the cheapest flows, the one in which those who have waited longest are placed.

Only ways that cost nothing beside the prices are left open, so every flow found here is as cheap. The sets of people
that a cheapest flow places are a matroid again: any weights in the order of waiting give the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from ortools.graph.python import min_cost_flow

from yinian.engines.placement.model import PlacementError
from yinian.engines.placement.network import NONE
from yinian.engines.placement.prices import Ways, prices
from yinian.engines.placement.sphere import Ints
from yinian.engines.placement.transport import Carried, Transport


def longest_waiting(
    transport: Transport, carried: Carried, since: Sequence[date | None]
) -> tuple[Ints, Ints, Ways]:
    """Home and station of everybody, and what flows, anew. Raises PlacementError where it cannot be proven."""
    riders, value, paid = transport.riders, carried.value, carried.paid
    key, whole = transport.pairs(value, paid)
    person, home = np.divmod(key[whole == paid[key // transport.homes]], transport.homes)
    door = transport.network.door[riders.kind[person], home]
    idle = transport.wish * transport.wishing
    waiting = np.flatnonzero(
        (riders.waits != NONE) & (idle + value[np.where(riders.waits == NONE, 0, riders.waits)] == paid)
    )
    # Who waits longest costs most to leave out; whose day is not known has waited least.
    days = sorted({day for day in since if day is not None}, reverse=True)
    rank = {day: at + 1 for at, day in enumerate(days)}
    loss = np.array([rank.get(day, 0) if day is not None else 0 for day in since], dtype=np.int64)
    if len(np.unique(loss[waiting])) < 2:
        return carried.home, carried.at, carried.ways
    person, home = np.r_[person, waiting], np.r_[home, np.full(len(waiting), NONE, dtype=np.int64)]
    door, cost = np.r_[door, riders.waits[waiting]], np.r_[np.zeros(len(door), dtype=np.int64), loss[waiting]]

    before, ways = carried.ways, transport.network
    drop = value[ways.tail] - value[ways.head]
    held = np.where(drop > 0, before.room, 0)
    room = np.where(drop == 0, before.room, 0)
    stations, leaving = transport.leaving()
    need = np.zeros(transport.stations, dtype=np.int64)
    need[stations] += leaving
    np.add.at(need, ways.tail, held)
    np.subtract.at(need, ways.head, held)
    people = transport.people
    solver = min_cost_flow.SimpleMinCostFlow()
    entering = solver.add_arcs_with_capacity_and_unit_cost(
        person, people + door, np.ones(len(person), dtype=np.int64), cost
    )
    inner = solver.add_arcs_with_capacity_and_unit_cost(
        people + ways.tail, people + ways.head, room, np.zeros(len(room), dtype=np.int64)
    )
    solver.set_nodes_supplies(np.arange(people), np.ones(people, dtype=np.int64))
    solver.set_nodes_supplies(people + np.arange(transport.stations), -need)
    if solver.solve() != solver.OPTIMAL:
        raise PlacementError("those who have waited longest cannot be told from the others")
    taken = np.flatnonzero(np.asarray(solver.flows(entering)) > 0)
    chosen = np.full(people, NONE, dtype=np.int64)
    chosen[person[taken]] = taken
    flow = np.asarray(solver.flows(inner), dtype=np.int64)
    transport.check_flow(person, door, taken, flow + held)
    at = door[chosen]
    # No price, no better order: the same proof as for distance, with the ways that may change.
    prices(transport.stations, at, cost[chosen], person, door, cost, Ways(ways.tail, ways.head, room, flow))
    return home[chosen], at, Ways(ways.tail, ways.head, before.room, flow + held)
