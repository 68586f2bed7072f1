"""The beds of homes as the engine takes them: by kind, and by whom the rest of the room allows.

A room that nobody has set aside is for whoever lies in it: for women where women lie, for men where men do. Where
nobody lies in it yet, it is still open; only an empty room with beds of both kinds is counted for the sex of most of
those in question. Where both lie in it, nobody else is laid there.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from yinian.engines.placement import Beds
from yinian.homes.beds.queries import IN_A_ROOM, holding
from yinian.homes.stays.models import Stay
from yinian.homes.way.offers.models import HOLDING, Offer
from yinian.places.models import Bed, Site

SEXES = ("female", "male")
MIXED = "mixed"  # set aside for couples and whoever does not mind


@dataclass(frozen=True)
class _Bed:
    pk: int
    site: int
    kind: str
    usable: bool
    room: int | None
    aside: str  # for whom the room is set aside


class HomeBeds:
    """The beds of some homes on a day, read once; `supply` counts them for a question."""

    def __init__(self, homes: Iterable[Site], on: dt.date) -> None:
        homes = list(homes)
        self.beds = [
            _Bed(pk, site, kind, state == Bed.State.USABLE, room, aside or "")
            for pk, site, kind, state, room, aside in Bed.objects.filter(site__in=homes, kind__in=IN_A_ROOM)
            .values_list("pk", "site", "kind", "state", "room", "room__sex")
        ]  # fmt: skip
        held = Stay.objects.filter(holding(on), bed__site__in=homes).values_list("bed", "person__sex")
        offered = Offer.objects.filter(state__in=HOLDING, site__in=homes).values_list("bed", "person__sex")
        self.sex_of: dict[int, str] = {}
        self.taken: set[int] = set()
        room_of = {bed.pk: bed.room for bed in self.beds}
        self.size = Counter(bed.room for bed in self.beds)
        self.lying: dict[int, set[str]] = defaultdict(set)
        for pk, sex in (*held, *offered):
            self.taken.add(pk)
            self.sex_of[pk] = sex or ""
            room = room_of.get(pk)
            if room is not None:
                self.lying[room].add(sex or "")

    def supply(self, asked: Collection[int], mostly: str) -> dict[int, tuple[Beds, ...]]:
        """Home to its beds that can be given. ``asked``: taken beds whose holders are part of the question; ``mostly``:
        the sex of most of those in question."""
        plain: dict[int, Counter[tuple[str, str | None]]] = defaultdict(Counter)
        open_: dict[int, list[_Bed]] = defaultdict(list)
        for bed in self.beds:
            if bed.pk not in asked and (bed.pk in self.taken or not bed.usable):
                continue
            if bed.room is None or bed.aside == MIXED or (self.size[bed.room] == 1 and bed.aside not in SEXES):
                plain[bed.site][bed.kind, None] += 1
            elif bed.aside in SEXES:
                plain[bed.site][bed.kind, bed.aside] += 1
            elif not (there := self.lying[bed.room]):
                open_[bed.room].append(bed)
            elif len(there) == 1 and there <= set(SEXES):
                plain[bed.site][bed.kind, next(iter(there))] += 1
            elif bed.pk in asked:  # men and women lie there: the bed goes on to one like its holder
                plain[bed.site][bed.kind, self.sex_of[bed.pk] or None] += 1
        rooms: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for beds in open_.values():
            kinds = {bed.kind for bed in beds}
            if len(kinds) == 1:
                rooms[beds[0].site][kinds.pop()].append(len(beds))
            else:
                for bed in beds:
                    plain[bed.site][bed.kind, mostly] += 1
        return {
            site: tuple(
                _group(plain[site], kind, sex, rooms[site][kind] if sex is None else [])
                for kind in (Bed.Kind.NURSING.value, Bed.Kind.PLAIN.value) for sex in (*SEXES, None)
            )
            for site in {bed.site for bed in self.beds}
        }  # fmt: skip


def _group(plain: Counter[tuple[str, str | None]], kind: str, sex: str | None, rooms: list[int]) -> Beds:
    """One group of beds; beds for anybody beside open rooms are rooms of one."""
    free = plain[kind, sex]
    if not rooms:
        return Beds(free, kind, sex)
    return Beds(free + sum(rooms), kind, sex, (*sorted(rooms), *(1,) * free))
