"""Whether people and homes can be worked with; the first fault is told with its bearer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from yinian.engines.placement.model import Home, Person, PlacementError, Position

LARGEST_HOME = 10**9


def check(people: Sequence[Person], homes: Sequence[Home]) -> None:
    """Raises PlacementError for a doubled id, an impossible position, number of beds, limit, priority or couple."""
    for what, ids in (("person", [one.id for one in people]), ("home", [one.id for one in homes])):
        for before, after in pairwise(ids):
            if before == after:
                raise PlacementError(f"{what} {after} is given twice")
    for one in people:
        for position in (one.position, one.kin):
            if position is not None:
                _on_earth(position, f"person {one.id}")
        if not math.isfinite(one.priority):
            raise PlacementError(f"person {one.id}: the priority is no number")
    for home in homes:
        _on_earth(home.position, f"home {home.id}")
        for number in [*(beds.free for beds in home.beds), *home.limits.values()]:
            if not 0 <= number <= LARGEST_HOME:
                raise PlacementError(f"home {home.id}: {number} is no number of beds or people")
    for couple, size in Counter(one.couple for one in people if one.couple is not None).items():
        if size > 2:
            raise PlacementError(f"couple {couple}: there are {size} people of it; expected two")


def _on_earth(position: Position, whose: str) -> None:
    latitude, longitude = position
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise PlacementError(f"{whose}: {latitude}, {longitude} is no latitude and longitude in degrees")
