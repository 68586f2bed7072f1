"""Reading homes: their beds, what is free and how near it is, the board by town.

Residents are seen by those whose reach covers the home. How many beds are free, in which room, at what price is
told to everyone in the county who sees homes: an officer looking for a bed must see beyond their own town.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.models import Region
from yinian.core.users.models import User
from yinian.homes.absences.models import Absence
from yinian.homes.stays.models import Stay
from yinian.homes.way.offers.models import HOLDING
from yinian.homes.way.offers.models import Offer as BedOffer
from yinian.places.distance import kilometres
from yinian.places.models import Bed, Room, Site
from yinian.places.regions.queries import counties_of, neighbourhood
from yinian.places.sites.queries import bed_prices, homes_where

IN_A_ROOM = (Bed.Kind.NURSING, Bed.Kind.PLAIN)


def visible_to(actor: User) -> QuerySet[Site]:
    """Homes in the actor's regions, and the one the actor works at."""
    actor.require("homes.view")
    return homes_where(actor, "homes.view")


def get_home(actor: User, pk: int) -> Site:
    home = visible_to(actor).select_related("region__parent", "organisation").filter(pk=pk).first()
    if home is None:
        raise NotVisible("home")
    return home


def in_county(actor: User) -> QuerySet[Site]:
    """Homes of the whole county the actor works in, for their free beds only; never for residents."""
    actor.require("homes.view")
    condition = Q(pk__in=[])
    for code in counties_of(actor, "homes.view"):
        condition |= Q(region__code__startswith=code)
    return Site.objects.filter(condition, kind=Site.Kind.HOME, state=Site.State.OPEN)


def get_in_county(actor: User, pk: int) -> Site:
    home = in_county(actor).select_related("region__parent", "organisation").filter(pk=pk).first()
    if home is None:
        raise NotVisible("home")
    return home


def holding(today: dt.date) -> Q:
    """Stays that hold a bed on ``today`` or from a later day on: such a bed cannot be promised to another."""
    return Q(period__endswith__isnull=True) | Q(period__endswith__gt=today)


def free_beds(today: dt.date | None = None) -> QuerySet[Bed]:
    """Usable beds in rooms that nobody holds now or has been promised. All homes: narrow it by site."""
    return _free(today).filter(kind__in=IN_A_ROOM)


def free_places(today: dt.date | None = None) -> QuerySet[Bed]:
    """Usable places by day that nobody has now or has been promised."""
    return _free(today).filter(kind=Bed.Kind.DAY)


def _free(today: dt.date | None) -> QuerySet[Bed]:
    held = Stay.objects.filter(holding(today or timezone.localdate()), bed=OuterRef("pk"))
    offered = BedOffer.objects.filter(bed=OuterRef("pk"), state__in=HOLDING)
    usable = Bed.objects.filter(state=Bed.State.USABLE, site__state=Site.State.OPEN)
    return usable.filter(~Exists(held), ~Exists(offered))


def with_figures(homes: QuerySet[Site], today: dt.date | None = None) -> QuerySet[Any]:
    """Homes with real_beds, usable, nursing, occupied, free, free_nursing, gap (filed less real), as of ``today``.

    Beds are beds in rooms; places by day are told apart, as day_places and day_taken.
    """
    today = today or timezone.localdate()

    def count(beds: QuerySet[Bed]) -> Coalesce:
        counted = beds.filter(site=OuterRef("pk")).order_by().values("site").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted), 0)

    real = Bed.objects.filter(kind__in=IN_A_ROOM)
    lying = Stay.objects.filter(bed=OuterRef("pk"), period__contains=today)
    usable = real.filter(state=Bed.State.USABLE)
    places = Bed.objects.filter(kind=Bed.Kind.DAY, state=Bed.State.USABLE)
    return homes.annotate(
        real_beds=count(real),
        usable=count(usable),
        nursing=count(usable.filter(kind=Bed.Kind.NURSING)),
        occupied=count(real.filter(Exists(lying))),
        free=count(free_beds(today)),
        free_nursing=count(free_beds(today).filter(kind=Bed.Kind.NURSING)),
        day_places=count(places),
        day_taken=count(places.filter(Exists(lying))),
    ).annotate(gap=F("filed_beds") - F("real_beds"))


def listed(actor: User) -> QuerySet[Any]:
    """Homes with figures, region and organisation, for a list."""
    return (
        with_figures(visible_to(actor))
        .select_related("region__parent", "organisation")
        .defer("region__outline", "region__parent__outline")
    )


def get_bed(actor: User, pk: int) -> Bed:
    bed = Bed.objects.filter(pk=pk, site__in=visible_to(actor)).select_related("site__region", "room").first()
    if bed is None:
        raise NotVisible("bed")
    return bed


def sees_residents(actor: User, home: Site) -> bool:
    return actor.may("people.view") and actor.scope("people.view").covers(home.region_id, home.pk)


@dataclass
class BedCell:
    """One bed of the plan: ``status`` is free, occupied, promised, leave, hospital or out.

    ``stay`` is given only to who may see residents; to others a bed whose holder is away is occupied.
    """

    bed: Bed
    status: str
    stay: Stay | None = None

    @property
    def moves(self) -> bool:
        """Whether whoever lies here can be moved to another bed."""
        return self.stay is not None and self.status != "promised"


@dataclass
class RoomPlan:
    room: Room
    cells: list[BedCell] = field(default_factory=list)


@dataclass
class Floor:
    building: str
    floor: int
    rooms: list[RoomPlan]


def plan(actor: User, home: Site, today: dt.date | None = None) -> list[Floor]:
    """Floors, rooms and beds of a home with what each bed is. Five queries."""
    rooms = {room.pk: RoomPlan(room) for room in Room.objects.filter(site=home).order_by("building", "floor", "name")}
    for cell in _cells(actor, home, IN_A_ROOM, today):
        if cell.bed.room_id in rooms:
            rooms[cell.bed.room_id].cells.append(cell)
    floors: dict[tuple[str, int], Floor] = {}
    for one in rooms.values():
        key = (one.room.building, one.room.floor)
        floors.setdefault(key, Floor(*key, rooms=[])).rooms.append(one)
    return list(floors.values())


def day_places_of(actor: User, home: Site, today: dt.date | None = None) -> list[BedCell]:
    """The places for day care of a home with what each is."""
    return _cells(actor, home, (Bed.Kind.DAY,), today)


def _cells(actor: User, home: Site, kinds: Sequence[str], today: dt.date | None) -> list[BedCell]:
    """Beds of these kinds by label, each with what it is and, for who may see residents, whose."""
    today = today or timezone.localdate()
    beds = list(Bed.objects.filter(site=home, kind__in=kinds).order_by("label"))
    if not beds:
        return []
    show = sees_residents(actor, home)
    stays: dict[int, Stay] = {}
    # Later periods come last, so that of a present and a promised stay the present one is kept.
    query = Stay.objects.filter(holding(today), bed__site=home, bed__kind__in=kinds).order_by("-period")
    for stay in query.select_related("person") if show else query:
        stays[stay.bed_id] = stay
    away: dict[int, str] = {}
    if show:
        gone = Absence.objects.filter(stay__in=stays.values(), period__contains=today)
        away = dict(gone.values_list("stay_id", "kind"))
    offered = set(BedOffer.objects.filter(site=home, state__in=HOLDING).values_list("bed_id", flat=True))
    cells = []
    for bed in beds:
        held = stays.get(bed.pk)
        if held is not None:
            status = away.get(held.pk, "occupied") if held.period.lower <= today else "promised"
        elif bed.pk in offered:
            status = "promised"
        else:
            status = "free" if bed.state == Bed.State.USABLE else "out"
        cells.append(BedCell(bed, status, held if show else None))
    return cells


@dataclass(frozen=True)
class Offer:
    """A home with free beds, seen from a village. ``km`` is as the crow flies, None where a position is missing."""

    home: Site
    free: int
    free_nursing: int
    km: float | None
    schematic: bool
    prices: dict[str, int]

    def price_of(self, kind: str) -> int | None:
        """What the cheapest free bed of a kind (of any, for an empty one) costs a month, in fen; None: unpublished."""
        kinds = [kind] if kind else [one for one in (Bed.Kind.NURSING.value, Bed.Kind.PLAIN.value) if self.free_of(one)]
        return min((self.prices[one] for one in kinds if one in self.prices), default=None)

    def free_of(self, kind: str) -> int:
        """Free beds of a kind; all of them for an empty one."""
        if kind == Bed.Kind.NURSING:
            return self.free_nursing
        return self.free - self.free_nursing if kind == Bed.Kind.PLAIN else self.free


def nearest(
    actor: User, near: Region, *, kind: str = "", level: int | None = None, most_fen: int | None = None,
    today: dt.date | None = None,
) -> list[Offer]:
    """Homes of the county with a free bed of ``kind`` (any when empty) that take ``level``, nearest first.

    ``most_fen``: only where such a bed is published at no more than that a month.
    """
    homes = (
        with_figures(in_county(actor), today)
        .select_related("region__parent")
        .defer("region__outline", "region__parent__outline")
    )
    homes = homes.filter(free_nursing__gt=0) if kind == Bed.Kind.NURSING else homes.filter(free__gt=0)
    if kind == Bed.Kind.PLAIN:
        homes = homes.filter(free__gt=F("free_nursing"))
    found = list(homes)
    offers, prices = [], bed_prices([home.pk for home in found], today)
    for home in found:
        if level is not None and level not in home.levels:
            continue
        lat, lon, drawn = home.lat, home.lon, home.schematic
        if lat is None:
            lat, lon, drawn = home.region.lat, home.region.lon, True
        km = None
        if None not in (lat, lon, near.lat, near.lon):
            km = kilometres(near.lat, near.lon, lat, lon)  # type: ignore[arg-type]
        offer = Offer(home, home.free, home.free_nursing, km, drawn or near.schematic, prices.get(home.pk, {}))
        price = offer.price_of(kind)
        if most_fen is None or (price is not None and price <= most_fen):
            offers.append(offer)
    return sorted(offers, key=lambda o: (o.km is None, o.km or 0.0, o.home.name))


def free_beds_of(home: Site, kind: str = "") -> list[Bed]:
    """The free beds of a home, room by room."""
    beds = free_beds().filter(site=home).select_related("room").order_by("room__floor", "room__name", "label")
    return list(beds.filter(kind=kind) if kind else beds)


def places_near(actor: User) -> QuerySet[Region]:
    """The actor's county, its towns and villages, to look for beds from."""
    return neighbourhood(actor, "homes.view").filter(level__lte=5).defer("outline")


def starting_place(actor: User) -> Region | None:
    """Where a search for beds begins: the actor's own village or town, else the county."""
    home = actor.home_region
    if home is not None and home.level in (3, 4, 5):
        return places_near(actor).filter(pk=home.pk).first()
    if home is not None and home.level == 6:
        return places_near(actor).filter(pk=home.parent_id).first()
    return places_near(actor).order_by("level", "code").first()


@dataclass
class BoardLine:
    """Beds of one town: filed, real, usable, nursing, occupied, free, free nursing; ``homes`` counts the homes."""

    region: Region | None
    homes: int = 0
    filed: int = 0
    real: int = 0
    usable: int = 0
    nursing: int = 0
    occupied: int = 0
    free: int = 0
    free_nursing: int = 0

    def add(self, home: Site) -> None:
        self.homes += 1
        self.filed += home.filed_beds
        for name, given in (
            ("real", "real_beds"),
            *((n, n) for n in ("usable", "nursing", "occupied", "free", "free_nursing")),
        ):
            setattr(self, name, getattr(self, name) + getattr(home, given))

    @property
    def gap(self) -> int:
        return self.filed - self.real

    @property
    def rate(self) -> float | None:
        """Occupied beds as a share of usable ones, 0 to 1 and more; None without usable beds."""
        return self.occupied / self.usable if self.usable else None

    @property
    def nursing_share(self) -> float | None:
        return self.nursing / self.usable if self.usable else None


def board(homes: Iterable[Site]) -> tuple[BoardLine, list[BoardLine]]:
    """Totals over homes with figures, and the same by town, most free beds first."""
    total, towns = BoardLine(None), {}
    names = {}
    for home in homes:
        code = home.region_id[:9]
        if code not in towns:
            region = home.region
            while region.level > 4 and region.parent is not None:
                region = region.parent
            names[code], towns[code] = region, BoardLine(region)
        total.add(home)
        towns[code].add(home)
    return total, sorted(towns.values(), key=lambda line: (-line.free, line.region.code if line.region else ""))
