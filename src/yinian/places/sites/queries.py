"""Reading organisations, sites, their prices, rooms and beds, and licences about to expire."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.renewals import runs_out_soon
from yinian.core.users.models import User
from yinian.places.models import Bed, Organisation, Price, Room, Site


def visible_to(actor: User) -> QuerySet[Site]:
    """Sites in the actor's regions, and those the actor works at."""
    actor.require("places.view")
    return Site.objects.filter(actor.scope("places.view").q("region__code", "pk"))


def homes_where(actor: User, right: str) -> QuerySet[Site]:
    """Care homes in which the actor holds a right: in their regions, and where they work. None without the right."""
    return Site.objects.filter(actor.scope(right).q("region__code", "pk"), kind=Site.Kind.HOME)


def home_choices(right: str) -> Callable[[User], list[tuple[int, str]]]:
    """The choices of a list's filter by home: those of :func:`homes_where`, by name."""
    return lambda actor: list(homes_where(actor, right).order_by("name").values_list("pk", "name"))


def get_site(actor: User, pk: int) -> Site:
    site = visible_to(actor).select_related("region__parent", "organisation").filter(pk=pk).first()
    if site is None:
        raise NotVisible("site")
    return site


def listed(actor: User) -> QuerySet[Site]:
    """Sites with their region, town, organisation and number of usable beds, for a list."""
    beds = (
        Bed.objects.filter(site=OuterRef("pk"), state=Bed.State.USABLE)
        .order_by()
        .values("site")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return (
        visible_to(actor)
        .select_related("region__parent", "organisation")
        .defer("region__outline", "region__parent__outline")
        .annotate(usable_beds=Coalesce(Subquery(beds), 0))
    )


def search(sites: QuerySet[Site], text: str) -> QuerySet[Site]:
    """Sites whose name contains the text or whose initials begin with it."""
    condition = Q(name__contains=text) | Q(organisation__name__contains=text)
    if text.isascii():
        condition |= Q(name_initials__startswith=text.lower().replace(" ", ""))
    return sites.filter(condition)


def with_licence_until(sites: QuerySet[Site], until: dt.date) -> QuerySet[Site]:
    """Sites whose licence has expired or expires up to and including ``until``."""
    return sites.filter(licence_expires__isnull=False, licence_expires__lte=until)


def to_renew(
    sites: QuerySet[Site], today: dt.date | None = None, regions: Iterable[str] | None = None
) -> QuerySet[Site]:
    """Sites whose licence has run out or does so within the days of notice of their place (of ``regions``)."""
    soon = runs_out_soon("licence_expires", "region__code", today or timezone.localdate(), regions)
    return sites.filter(soon, licence_expires__isnull=False)


def expiring(today: dt.date) -> QuerySet[Site]:
    """Sites in work whose licence is to be renewed, for the nightly check; no actor, no page shows it."""
    return (
        to_renew(Site.objects.all(), today)
        .filter(state__in=[Site.State.OPEN, Site.State.SUSPENDED])
        .order_by("pk")
    )


def organisations_visible_to(actor: User) -> QuerySet[Organisation]:
    """Organisations seated in the actor's regions, or with a site the actor sees."""
    actor.require("places.view")
    scope = actor.scope("places.view")
    seated = scope.q("region__code")
    return Organisation.objects.filter(seated | Q(pk__in=visible_to(actor).values("organisation_id")))


def organisations_listed(actor: User) -> QuerySet[Organisation]:
    """Organisations with their region and how many of their sites the actor sees."""
    sites = (
        visible_to(actor)
        .filter(organisation=OuterRef("pk"))
        .order_by()
        .values("organisation")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return (
        organisations_visible_to(actor)
        .select_related("region__parent")
        .defer("region__outline", "region__parent__outline")
        .annotate(site_count=Coalesce(Subquery(sites), 0))
    )


def get_organisation(actor: User, pk: int) -> Organisation:
    organisation = organisations_visible_to(actor).select_related("region__parent").filter(pk=pk).first()
    if organisation is None:
        raise NotVisible("organisation")
    return organisation


def sites_of(actor: User, organisation: Organisation) -> list[Site]:
    return list(visible_to(actor).filter(organisation=organisation).select_related("region").defer("region__outline"))


@dataclass(frozen=True)
class PriceLine:
    """One item of a site: the price today (None before its first), the next one, and those before."""

    item: str
    category: str
    current: Price | None
    coming: Price | None
    past: list[Price]


def prices(site: Site, today: dt.date | None = None) -> list[PriceLine]:
    """What a site charges on a day, item by item: bed first, then care, meals and what else."""
    today = today or timezone.localdate()
    by_item: dict[str, list[Price]] = {}
    for price in Price.objects.filter(site=site).order_by("item", "-from_date"):
        by_item.setdefault(price.item, []).append(price)
    lines = []
    for item, dated in by_item.items():
        begun = [price for price in dated if price.from_date <= today]
        ahead = [price for price in dated if price.from_date > today]
        lines.append(PriceLine(
            item, dated[0].category, begun[0] if begun else None, ahead[-1] if ahead else None, begun[1:],
        ))
    order = {value: place for place, value in enumerate(Price.Category.values)}
    return sorted(lines, key=lambda line: (order[line.category], line.item))


def bed_prices(sites: Iterable[int], today: dt.date | None = None) -> dict[int, dict[str, int]]:
    """By site (its number) and kind of bed what the cheapest such bed costs a month, in fen, by the prices of a day."""
    rows = (
        Price.objects.filter(
            site__in=list(sites), category=Price.Category.BED, unit=Price.Unit.MONTH,
            from_date__lte=today or timezone.localdate(),
        )
        .order_by("site_id", "item", "-from_date").distinct("site_id", "item")
        .values_list("site_id", "bed_kind", "amount_fen")
    )
    found: dict[int, dict[str, int]] = {}
    for site, kind, fen in rows:
        of_site = found.setdefault(site, {})
        for one in [kind] if kind else [Bed.Kind.NURSING.value, Bed.Kind.PLAIN.value]:
            of_site[one] = min(fen, of_site.get(one, fen))
    return found


@dataclass(frozen=True)
class RoomLine:
    room: Room | None
    beds: list[Bed]


def rooms(site: Site) -> list[RoomLine]:
    """Rooms with their beds; home care beds stand in a last line without a room."""
    lines = {room.pk: RoomLine(room, []) for room in Room.objects.filter(site=site)}
    at_home = RoomLine(None, [])
    for bed in Bed.objects.filter(site=site).exclude(kind=Bed.Kind.DAY).order_by("label"):
        lines.get(bed.room_id or 0, at_home).beds.append(bed)
    return [*lines.values(), *([at_home] if at_home.beds else [])]


def bed_counts(site: Site) -> dict[str, int]:
    """Beds of a site: all, usable, nursing, plain, home (the last three usable only)."""
    usable = Q(state=Bed.State.USABLE)
    result: dict[str, Any] = Bed.objects.filter(site=site).exclude(kind=Bed.Kind.DAY).aggregate(
        all=Count("pk"),
        usable=Count("pk", filter=usable),
        nursing=Count("pk", filter=usable & Q(kind=Bed.Kind.NURSING)),
        plain=Count("pk", filter=usable & Q(kind=Bed.Kind.PLAIN)),
        home=Count("pk", filter=usable & Q(kind=Bed.Kind.HOME)),
    )
    return result
