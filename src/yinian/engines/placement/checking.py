"""Whether people and homes can be worked with; the first fault is told with its bearer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from yinian.engines.placement.model import Home, Person, PlacementError, Position

LARGEST_HOME = 10**9


def check(people: Sequence[Person], homes: Sequence[Home]) -> None:
    """Raises PlacementError for a doubled id, an impossible position, number of beds, room, limit, priority, couple."""
    for what, ids in (("person", [one.id for one in people]), ("home", [one.id for one in homes])):
        for before, after in pairwise(ids):
            if before == after:
                raise PlacementError(f"{what} {after} is given twice")
    for one in people:
        for position in (one.position, one.kin):
            if position is not None and not _on_earth(position):
                raise _nowhere(position, f"person {one.id}")
        if not math.isfinite(one.priority):
            raise PlacementError(f"person {one.id}: the priority is no number")
    for home in homes:
        if not _on_earth(home.position):
            raise _nowhere(home.position, f"home {home.id}")
        staff = [] if home.staff is None else [home.staff.room, *home.staff.takes.values()]
        for number in [*(beds.free for beds in home.beds), *home.limits.values(), *staff]:
            if not 0 <= number <= LARGEST_HOME:
                raise PlacementError(f"home {home.id}: {number} is no number of beds or people")
        for beds in home.beds:
            if beds.rooms and (beds.sex is not None or min(beds.rooms) < 1 or sum(beds.rooms) != beds.free):
                raise PlacementError(f"home {home.id}: rooms of {beds.rooms} beds are not {beds.free} beds for anybody")
    for couple, size in Counter(one.couple for one in people if one.couple is not None).items():
        if size > 2:
            raise PlacementError(f"couple {couple}: there are {size} people of it; expected two")


def _on_earth(position: Position) -> bool:
    return -90 <= position[0] <= 90 and -180 <= position[1] <= 180


def _nowhere(position: Position, whose: str) -> PlacementError:
    return PlacementError(f"{whose}: {position[0]}, {position[1]} is no latitude and longitude in degrees")
