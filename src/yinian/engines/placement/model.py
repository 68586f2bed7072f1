"""What a placement is worked out from, and what comes of it. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

Position = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""


class PlacementError(ValueError):
    """People or homes that nothing can be worked out from; says which one and why."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be placed. What is not known is None; without a position or a level nobody can be placed.

    Distance is counted from ``kin`` where it is given: they are who visits. ``preferred`` homes are wished for, not
    asked for; ``refused`` ones are never given. ``bed`` is the kind of bed that is needed. Two people of the same
    ``couple`` go to one home or to none.
    """

    id: str
    level: int | None
    position: Position | None
    priority: float = 0
    waiting_since: date | None = None
    sex: str | None = None
    kin: Position | None = None
    couple: str | None = None
    refused: frozenset[str] = frozenset()
    preferred: frozenset[str] = frozenset()
    bed: str | None = None

    @property
    def near(self) -> Position | None:
        """Where distance is counted from."""
        return self.position if self.kin is None else self.kin


@dataclass(frozen=True, slots=True)
class Beds:
    """Free beds of one kind in rooms for one sex; ``sex`` None: a room of their own, anybody's.

    ``rooms`` (with ``sex`` None): the sizes of the rooms these beds stand in, where it is still open of each room
    whether it becomes one for men or for women; a couple may share one. They add up to ``free``.
    """

    free: int
    kind: str | None = None
    sex: str | None = None
    rooms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff:
    """How much care a home's staff can still give, in any whole unit, and how much of it one of a level takes."""

    room: int
    takes: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Home:
    """A home with its free beds.

    ``limits``: how many more of a level its staff may care for; absent is unlimited. ``staff``: what all levels
    together may take; None is unlimited.
    """

    id: str
    position: Position
    levels: frozenset[int]
    beds: tuple[Beds, ...]
    limits: Mapping[int, int] = field(default_factory=dict)
    staff: Staff | None = None

    def most_of(self, level: int) -> int | None:
        """How many of one level there could be at most by the staff alone; None: no limit."""
        found = [self.limits[level]] if level in self.limits else []
        if self.staff is not None and (takes := self.staff.takes.get(level, 0)):
            found.append(self.staff.room // takes)
        return min(found, default=None)


class Reason(StrEnum):
    """Why somebody is not placed."""

    NO_POSITION = "no_position"
    NO_LEVEL = "no_level"
    NO_HOME_TAKES_LEVEL = "no_home_takes_level"
    NO_BED_FITS = "no_bed_fits"
    REFUSED_ALL = "refused_all"
    ALL_FULL = "all_full"
    STAFF_LIMIT = "staff_limit"
    OTHERS_FIRST = "others_first"
    NOT_TOGETHER = "not_together"


REASONS = {
    Reason.NO_POSITION: "the position is not known",
    Reason.NO_LEVEL: "the ability level is not known",
    Reason.NO_HOME_TAKES_LEVEL: "no home takes this level",
    Reason.NO_BED_FITS: "no home that takes this level has beds of the kind, or rooms for the sex",
    Reason.REFUSED_ALL: "every home that could be given is refused",
    Reason.ALL_FULL: "all homes that take this level are full",
    Reason.STAFF_LIMIT: "the homes with a free bed have no staff for more of this level",
    Reason.OTHERS_FIRST: "the free beds go to others: of higher priority, or of the same and nearer or longer waiting",
    Reason.NOT_TOGETHER: "no home has room for the couple together",
}
"""Each reason in words."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One person's home, the great-circle distance in millimetres, and the bed's kind and sex of room."""

    person_id: str
    home_id: str
    mm: int
    bed: str | None = None
    room_sex: str | None = None

    @property
    def km(self) -> float:
        """The distance in kilometres."""
        return self.mm / 1_000_000


@dataclass(frozen=True, slots=True)
class Unplaced:
    """One person without a home, and why."""

    person_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Proof:
    """What is proven, and by what.

    ``optimal``: nothing better exists in the whole order of aims. ``method`` ``flow``: every bound was worked out
    again from cuts and prices by our own code, over every person and every home, in whole numbers. ``search``: the
    solver's word beyond the flow's bound, because couples, staff limits across rooms or levels, and rooms that are
    still to become one for men or for women are no flow.

    ``counts`` says for each class of priority how many could be placed at most and how many are. ``cost`` and
    ``bound`` are in millimetres of distance, with ``wish`` millimetres added for each wish that is not met.
    """

    optimal: bool
    method: str
    counts: tuple[tuple[float, int, int], ...]
    cost: int
    bound: int
    wish: int
    pairs: int
    arcs: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Who goes where, who does not and why, in the order of their ids, and the proof."""

    placed: tuple[Placed, ...]
    unplaced: tuple[Unplaced, ...]
    proof: Proof

    @property
    def total_mm(self) -> int:
        """All distances together, in millimetres."""
        return sum(one.mm for one in self.placed)

    @property
    def total_km(self) -> float:
        """All distances together, in kilometres."""
        return self.total_mm / 1_000_000
