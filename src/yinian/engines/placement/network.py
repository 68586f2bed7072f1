"""The homes as a network of stations: the door a person comes in by, the staff's limit on a level, the beds, the way
out. People are of types; a type has one door in a home, or none.

Beds, and staff limits within one group of beds, are a network; limits that cut across rooms for men and for women are
not: they are kept in `across`, and with what all levels take of a home's staff, and rooms that are still to become one
for men or for women, they have to be looked at once the flow is known (`together`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from yinian.engines.placement.model import Home, Person
from yinian.engines.placement.sphere import Floats, Ints, on_sphere

NONE = -1
OUT = 0  # the station where everybody placed leaves the network


class Type(NamedTuple):
    """What decides which beds of a home somebody can have."""

    level: int
    sex: str | None
    bed: str | None


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``more`` people of a level in a home (by number), which the network does not hold to."""

    home: int
    level: int
    more: int


@dataclass(slots=True)
class Network:
    """Stations and the ways between them, with how many may pass; ``door[type, home]`` is a station or NONE."""

    homes: Sequence[Home]
    spots: Floats
    types: list[Type]
    door: Ints
    usable: dict[tuple[int, int], tuple[int, ...]]
    tail: Ints
    head: Ints
    room: Ints
    across: list[Limit] = field(default_factory=list)
    berth_station: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def stations(self) -> int:
        """How many stations there are, the way out among them."""
        return int(max(self.head.max(initial=0), self.tail.max(initial=0), self.door.max(initial=0))) + 1


def usable_beds(home: Home, kind: Type) -> tuple[int, ...]:
    """Which groups of a home's beds a type can have, free or not."""
    return tuple(
        number for number, beds in enumerate(home.beds)
        if (kind.bed is None or beds.kind == kind.bed) and (beds.sex is None or beds.sex == kind.sex)
    )  # fmt: skip


def type_of(person: Person) -> Type:
    """The type of somebody whose level is known."""
    assert person.level is not None
    return Type(person.level, person.sex, person.bed)


def build(homes: Sequence[Home], types: Sequence[Type], people_of: Counter[Type]) -> Network:
    """The network of homes for the types of people there are."""
    of_level: Counter[int] = Counter()
    for kind, count in people_of.items():
        of_level[kind.level] += count
    door = np.full((len(types), len(homes)), NONE, dtype=np.int64)
    ways: list[tuple[int, int, int]] = []
    usable: dict[tuple[int, int], tuple[int, ...]] = {}
    across: list[Limit] = []
    berths: dict[int, tuple[int, int]] = {}
    count = OUT + 1
    for number, home in enumerate(homes):
        free = sum(beds.free for beds in home.beds)
        berth = {}
        for group, beds in enumerate(home.beds):
            if beds.free > 0:
                berth[group], count = count, count + 1
                berths[berth[group]] = (number, group)
                ways.append((berth[group], OUT, beds.free))
        wanted: dict[int, dict[tuple[int, ...], list[int]]] = {}
        for index, kind in enumerate(types):
            if kind.level in home.levels:
                groups = tuple(group for group in usable_beds(home, kind) if group in berth)
                if groups:
                    wanted.setdefault(kind.level, {}).setdefault(groups, []).append(index)
                    usable[index, number] = groups
        plain: dict[tuple[int, ...], int] = {}
        for level, by_groups in wanted.items():
            more = home.most_of(level)
            binding = more is not None and more < min(free, of_level[level])
            if binding and len(by_groups) > 1:
                assert more is not None
                across.append(Limit(number, level, more))
            for groups, indexes in by_groups.items():
                if binding and more == 0:
                    continue
                if not binding:
                    if groups not in plain:
                        if len(groups) == 1:
                            plain[groups] = berth[groups[0]]
                        else:
                            plain[groups], count = count, count + 1
                            ways += [(plain[groups], berth[group], home.beds[group].free) for group in groups]
                    station = plain[groups]
                else:
                    assert more is not None
                    station, count = count, count + 1
                    inner = berth[groups[0]]
                    if len(groups) > 1:
                        inner, count = count, count + 1
                        ways += [(inner, berth[group], home.beds[group].free) for group in groups]
                    ways.append((station, inner, more))
                for index in indexes:
                    door[index, number] = station
    tail, head, room = (
        np.array([way[part] for way in ways], dtype=np.int64) if ways else np.empty(0, dtype=np.int64)
        for part in range(3)
    )  # fmt: skip
    spots = on_sphere([home.position for home in homes])
    return Network(homes, spots, list(types), door, usable, tail, head, room, across, berths)
