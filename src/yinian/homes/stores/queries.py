"""Reading stores: balances and movements within reach, rounds, what a round takes from the county's store."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.models import Region
from yinian.core.users.models import User
from yinian.homes.catalogues import goods
from yinian.homes.stays.queries import nights
from yinian.homes.stores.models import Distribution, Parcel, StoreBalance, StoreMove
from yinian.places.models import Site
from yinian.places.regions.queries import counties_of
from yinian.places.sites.queries import homes_where

COUNTY = 6  # digits of a county's code


@dataclass(frozen=True)
class Store:
    """A store: the county's, or a home's."""

    county: Region
    site: Site | None = None

    @property
    def place(self) -> tuple[str, int | None]:
        """Where it lies, as scopes take it."""
        return (self.county.code, None) if self.site is None else (self.site.region_id, self.site.pk)

    @property
    def own(self) -> dict[str, Any]:
        """What tells its rows from others'."""
        return {"county": self.county, "site": self.site}

    @property
    def right(self) -> str:
        """What it takes to enter movements here."""
        return "stores.manage" if self.site is None else "stores.keep"


def _reach(actor: User) -> Q:
    """Rows of stores the actor sees: a home's by the home, the county's by the county."""
    actor.require("stores.view")
    scope = actor.scope("stores.view")
    return Q(scope.q("site__region__code", "site"), site__isnull=False) | Q(scope.q("county__code"), site__isnull=True)


def homes(actor: User) -> QuerySet[Site]:
    """Homes whose store the actor sees."""
    actor.require("stores.view")
    return homes_where(actor, "stores.view")


def store_of(actor: User, pk: int, right: str = "stores.view") -> Store:
    """A home's store. Raises NotVisible."""
    home = homes(actor).select_related("region").filter(pk=pk).first()
    if home is None:
        raise NotVisible("store")
    actor.require(right, home.region_id, home.pk)
    return Store(Region.objects.defer("outline").get(pk=home.region_id[:COUNTY]), home)


def county_store(actor: User, code: str, right: str = "stores.view") -> Store:
    """The county's store. Raises NotVisible."""
    actor.require("stores.view")
    county = Region.objects.defer("outline").filter(pk=code, level=3).first()
    if county is None or not actor.scope("stores.view").covers(code):
        raise NotVisible("store")
    actor.require(right, code)
    return Store(county)


def counties(actor: User) -> QuerySet[Region]:
    """Counties whose store the actor sees."""
    whole = [code for code in counties_of(actor, "stores.view") if actor.scope("stores.view").covers(code)]
    return Region.objects.defer("outline").filter(pk__in=whole, level=3)


def balances(actor: User) -> QuerySet[StoreBalance]:
    """What stands in the stores within reach."""
    return StoreBalance.objects.filter(_reach(actor)).select_related("site", "county").defer("county__outline")


def low(actor: User) -> QuerySet[StoreBalance]:
    """Goods of which a store holds less than it wishes for."""
    return balances(actor).filter(wished__isnull=False, balance__lt=F("wished"))


def moves(actor: User) -> QuerySet[StoreMove]:
    """Movements of the stores within reach. Names of residents are shown to those who see older people alone."""
    return (
        StoreMove.objects.filter(_reach(actor)).select_related("site", "county", "person", "made_by")
        .defer("county__outline", "person__id_number", "person__address", "person__phone")
        .annotate(where=Coalesce("site__region_id", "county_id"))
    )


@dataclass(frozen=True)
class Line:
    """One good in a store."""

    good: str
    balance: int
    wished: int | None

    @property
    def is_low(self) -> bool:
        return self.wished is not None and self.balance < self.wished


def lines_of(store: Store) -> list[Line]:
    """Every good of the catalogue with what stands of it, and what the catalogue no longer has but the store holds."""
    held = {row.good: row for row in StoreBalance.objects.filter(**store.own)}
    keys = [*goods(), *(key for key in sorted(held) if key not in goods())]
    return [
        Line(key, held[key].balance if key in held else 0, held[key].wished if key in held else None) for key in keys
    ]


def rounds(actor: User) -> QuerySet[Any]:
    """Rounds of the counties the actor works in, with their parcels and how many wait to be counted."""
    actor.require("stores.view")
    mine = Q(parcels__site__in=homes(actor))
    return Distribution.objects.filter(county__in=counties_of(actor, "stores.view")).select_related(
        "county", "made_by"
    ).defer("county__outline").annotate(
        homes=Count("parcels__site", filter=mine, distinct=True),
        pieces=Sum("parcels__planned", filter=mine, default=0),
        waiting=Count("parcels", filter=mine & Q(parcels__received__isnull=True, state="sent")),
        differing=Count("parcels", filter=mine & Q(parcels__received__isnull=False) & ~Q(
            parcels__received=F("parcels__planned"))),
    )


def get_round(actor: User, pk: int) -> Distribution:
    """A round of the actor's county; homes' staff see it once it is sent. Raises NotVisible."""
    found = rounds(actor).filter(pk=pk).first()
    guides = found is not None and actor.scope("stores.manage").covers(found.county_id)
    if found is None or (not guides and (found.state != Distribution.State.SENT or not found.homes)):
        raise NotVisible("distribution")
    return found


@dataclass
class HomeLine:
    """What a round sends one home, good by good."""

    site: Site
    heads: int
    parcels: dict[str, Parcel] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        return any(one.received is None for one in self.parcels.values())

    @property
    def differs(self) -> bool:
        return any(one.received not in (None, one.planned) for one in self.parcels.values())


def table_of(actor: User, found: Distribution) -> tuple[list[str], list[HomeLine]]:
    """Goods in the catalogue's order, and a line for each home within reach."""
    lines: dict[int, HomeLine] = {}
    used = set()
    for one in found.parcels.filter(site__in=homes(actor)).select_related("site", "confirmed_by"):
        lines.setdefault(one.site_id, HomeLine(one.site, one.heads)).parcels[one.good] = one
        used.add(one.good)
    order = [key for key in goods() if key in used] + sorted(key for key in used if key not in goods())
    return order, list(lines.values())


def needed(found: Distribution) -> dict[str, tuple[int, int]]:
    """By good: how many the round takes, and how many the county's store holds."""
    held = dict(StoreBalance.objects.filter(county=found.county_id, site=None).values_list("good", "balance"))
    wanted: dict[str, int] = defaultdict(int)
    for good, planned in found.parcels.values_list("good", "planned"):
        wanted[good] += planned
    return {good: (count, held.get(good, 0)) for good, count in wanted.items()}


def heads(county: str) -> list[tuple[Site, int]]:
    """Open homes of a county with how many live there by night today, those with nobody left out."""
    counted = dict(
        nights(timezone.localdate()).filter(bed__site__region__code__startswith=county).order_by()
        .values_list("bed__site").annotate(n=Count("pk"))
    )
    found = Site.objects.filter(pk__in=counted, state=Site.State.OPEN).order_by("name")
    return [(site, counted[site.pk]) for site in found]
