"""A home's published prices: what holds today, what is coming, for whom."""

from django.db.models import QuerySet
from django.utils import timezone

from yinian.core.users.models import User
from yinian.homes.beds.queries import visible_to as homes_visible_to
from yinian.places.models import Price, Site
from yinian.places.sites.queries import PriceLine, prices


def usual(site: Site, bed_kind: str, level: int | None) -> list[Price]:
    """What somebody of an ability level pays in a bed of a kind: bed, care and meals of today's prices that hold there.

    A price for certain levels is left out where the level is not known; what else the home offers is chosen by hand.
    """
    return [
        line.current for line in prices(site)
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
    return [(home, prices(home)) for home in homes.order_by("name")]
