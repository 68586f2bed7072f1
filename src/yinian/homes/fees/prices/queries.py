"""A home's published prices: what holds today, what is coming, for whom."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from yinian.core.users.models import User
from yinian.homes.beds.queries import visible_to as homes_visible_to
from yinian.places.models import Price, Site


@dataclass(frozen=True)
class PriceLine:
    """One item: the price today (None before its first), the next one, and those before."""

    item: str
    category: str
    current: Price | None
    coming: Price | None
    past: list[Price]


def lines_of(site: Site, today: dt.date | None = None) -> list[PriceLine]:
    """The items of a home, bed first, then care, meals and what else."""
    today = today or timezone.localdate()
    by_item: dict[str, list[Price]] = {}
    for price in Price.objects.filter(site=site).order_by("item", "-from_date"):
        by_item.setdefault(price.item, []).append(price)
    lines = []
    for item, prices in by_item.items():
        begun = [one for one in prices if one.from_date <= today]
        ahead = [one for one in prices if one.from_date > today]
        lines.append(PriceLine(item, prices[0].category, begun[0] if begun else None, ahead[-1] if ahead else None,
                               begun[1:]))
    order = {value: place for place, value in enumerate(Price.Category.values)}
    return sorted(lines, key=lambda line: (order[line.category], line.item))


def usual(site: Site, bed_kind: str, level: int | None) -> list[Price]:
    """What somebody of an ability level pays in a bed of a kind: bed, care and meals of today's prices that hold there.

    A price for certain levels is left out where the level is not known; what else the home offers is chosen by hand.
    """
    return [
        line.current for line in lines_of(site)
        if line.current is not None and line.category != Price.Category.OTHER
        and line.current.bed_kind in ("", bed_kind)
        and (not line.current.levels or level in line.current.levels)
    ]


def current(actor: User) -> QuerySet[Price]:
    """The prices that hold today in the homes the actor sees: of each item the latest that has begun."""
    homes = homes_visible_to(actor)
    today = timezone.localdate()
    latest = Price.objects.filter(from_date__lte=today).order_by("site_id", "item", "-from_date").distinct(
        "site_id", "item").values("pk")
    return Price.objects.filter(pk__in=latest, site__in=homes).select_related("site__region__parent").defer(
        "site__region__outline", "site__region__parent__outline")


def published(county: str) -> list[tuple[Site, list[PriceLine]]]:
    """Every open home of a county with its prices, for the public."""
    homes = Site.objects.filter(kind=Site.Kind.HOME, state=Site.State.OPEN, region__code__startswith=county[:6])
    return [(home, lines_of(home)) for home in homes.order_by("name")]
