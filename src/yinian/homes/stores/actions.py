"""Writing stores: goods taken in, handed out, lost, counted; rounds planned, sent, and confirmed by each home."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.models import Region
from yinian.core.users.models import User
from yinian.homes.care.actions import constraint_of
from yinian.homes.catalogues import goods, named
from yinian.homes.stores import workkinds
from yinian.homes.stores.models import Distribution, Parcel, StoreBalance, StoreMove, StoreWish
from yinian.homes.stores.queries import Store, county_store, get_round, heads, needed, store_of
from yinian.people.models import Person
from yinian.places.models import Site

MOST = 100_000  # of one good in one entry; more is a slip of the finger
Kind = StoreMove.Kind


def _lock(store: Store) -> None:
    """One store is written by one at a time: a stock-take must see every movement before it."""
    if store.site is None:
        Region.objects.select_for_update(of=("self",), no_key=True).only("code").get(pk=store.county.pk)
    else:
        Site.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=store.site.pk)


def _held(store: Store, good: str) -> int:
    found = StoreBalance.objects.filter(**store.own, good=good).values_list("balance", flat=True).first()
    return found or 0


def _good(good: str) -> dict[str, str]:
    return {} if good in goods() else {"good": _("Choose one.")}


def enter(
    actor: User, store: Store, kind: str, *, good: str, quantity: int, on: dt.date, text: str = "",
    person: Person | None = None,
) -> StoreMove:
    """One movement in a store that the caller got from the queries.

    ``quantity`` is how many, always 0 or more: of a stock-take how many were counted. Raises Refused where more goes
    out than is there, where a reason is missing, where the person does not live in the home on that day.
    """
    actor.require(store.right, *store.place)
    text = text.strip()
    faults = _good(good)
    if kind not in (Kind.RECEIPT, Kind.HAND, Kind.LOSS, Kind.COUNT) or (kind == Kind.HAND and store.site is None):
        raise Refused(_("Choose what is entered."))
    if not 0 <= quantity <= MOST or (quantity == 0 and kind != Kind.COUNT):
        faults["quantity"] = _("Enter a number from 1 to %(most)d.") % {"most": MOST}
    if on > timezone.localdate():
        faults["on"] = _("This day lies in the future.")
    if kind == Kind.HAND and person is None:
        faults["person"] = _("Choose who was given it.")
    if kind != Kind.HAND and not text:
        faults["text"] = _("Fill this in.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        _lock(store)
        held = _held(store, good)
        if kind in (Kind.HAND, Kind.LOSS) and quantity > held:
            raise Refused(fields={"quantity": _("Only %(n)d are there.") % {"n": held}})
        change = {Kind.RECEIPT: quantity, Kind.COUNT: quantity - held}.get(Kind(kind), -quantity)
        made = _move(actor, store, kind, good, change, on, text, person=person)
        record(actor, f"homes.store_{kind}", made, region=store.place[0],
               detail={"site": store.site.pk if store.site else None, "good": good, "quantity": change,
                       **({"person": person.pk} if person else {})})
    return made


def _move(
    actor: User, store: Store, kind: str, good: str, change: int, on: dt.date, text: str = "", **more: Any
) -> StoreMove:
    try:
        with transaction.atomic():
            return StoreMove.objects.create(
                **store.own, kind=kind, good=good, quantity=change, on=on, text=text[:200], made_by=actor, **more
            )
    except IntegrityError as error:
        name = constraint_of(error)
        if name == "person_lives_here":
            raise Refused(fields={"person": _("This person does not live here on that day.")}) from error
        if name == "store_is_never_below_nothing":
            raise Changed(_("Somebody has taken goods out meanwhile; look at it again.")) from error
        raise


def wish(actor: User, store: Store, *, good: str, wished: int) -> StoreWish:
    """Say how many of a good a store is to hold at least; below it stands on the desk as low."""
    actor.require(store.right, *store.place)
    faults = _good(good)
    if not 0 <= wished <= MOST:
        faults["wished"] = _("Enter a number from 1 to %(most)d.") % {"most": MOST}
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        _lock(store)
        made = StoreWish.objects.create(**store.own, good=good, wished=wished, set_by=actor)
        record(actor, "homes.store_wish", made, region=store.place[0], detail={"good": good, "wished": wished})
    return made


# --- rounds ---


def plan(actor: User, county: str, *, title: str, per_head: Mapping[str, int]) -> Distribution:
    """Plan a round: by good so many a resident, worked out from who lives in each home tonight; changed before sending.

    Raises Refused without a title, without any good, or where nobody lives in any home.
    """
    store = county_store(actor, county, "stores.manage")
    chosen = {good: count for good, count in per_head.items() if good in goods() and count}
    faults = {}
    if not title.strip():
        faults["title"] = _("Fill this in.")
    if any(not 0 < count <= 100 for count in chosen.values()):
        raise Refused(_("Enter from 1 to 100 a resident."))
    found = heads(county)
    if faults or not chosen or not found:
        raise Refused(
            "" if faults else _("Say of at least one good how many a resident gets.") if not chosen
            else _("Nobody lives in any home of the county."), fields=faults,
        )
    with transaction.atomic():
        made = Distribution.objects.create(
            county=store.county, title=title.strip()[:80], per_head=chosen, made_by=actor
        )
        Parcel.objects.bulk_create(
            Parcel(distribution=made, site=site, good=good, heads=people, planned=people * count)
            for site, people in found for good, count in chosen.items()
        )
        record(actor, "homes.distribution", made, region=county, detail={"per_head": chosen, "homes": len(found)})
    return made


def _locked(actor: User, pk: int, version: int) -> Distribution:
    seen = get_round(actor, pk)
    actor.require("stores.manage", seen.county_id)
    found = Distribution.objects.select_for_update(of=("self",)).get(pk=pk)
    if found.version != version or found.state != Distribution.State.DRAFT:
        raise Changed(_("Somebody has changed this round meanwhile; look at it again."))
    return found


def change(actor: User, pk: int, version: int, amounts: Mapping[int, int]) -> Distribution:
    """Put the planned numbers of parcels right, by their ids."""
    if any(not 0 <= count <= MOST for count in amounts.values()):
        raise Refused(_("Enter a number from 1 to %(most)d.") % {"most": MOST})
    with transaction.atomic():
        found = _locked(actor, pk, version)
        changed = []
        for one in found.parcels.filter(pk__in=amounts):
            if one.planned != amounts[one.pk]:
                one.planned = amounts[one.pk]
                changed.append(one)
        Parcel.objects.bulk_update(changed, ["planned"])
        found.version += 1
        found.save(update_fields=["version"])
        record(actor, "homes.distribution_change", found, region=found.county_id, detail={"parcels": len(changed)})
    return found


def send(actor: User, pk: int, version: int) -> Distribution:
    """Send a round: it leaves the county's store, and each home is asked to count it.

    Raises Refused naming the goods of which the county's store holds too few.
    """
    with transaction.atomic():
        found = _locked(actor, pk, version)
        store = Store(Region.objects.defer("outline").get(pk=found.county_id))
        _lock(store)
        short = [
            _("%(good)s: %(n)d needed, %(held)d there")
            % {"good": named(goods(), good), "n": count, "held": held}
            for good, (count, held) in needed(found).items() if count > held
        ]
        if short:
            raise Refused(_("The county's store does not hold enough. ") + "；".join(short))
        found.parcels.filter(planned=0).delete()
        parcels = list(found.parcels.select_related("site").order_by("good", "pk"))
        if not parcels:
            raise Refused(_("Nothing is to be sent."))
        for one in parcels:
            _move(actor, store, Kind.SEND, one.good, -one.planned, timezone.localdate(), parcel=one)
        found.state, found.sent_by, found.sent_at = Distribution.State.SENT, actor, timezone.now()
        found.version += 1
        found.save(update_fields=["state", "sent_by", "sent_at", "version"])
        for site in {one.site_id: one.site for one in parcels}.values():
            ask(actor, workkinds.PARCEL, key=workkinds.key(pk, site.pk), region=site.region_id, site=site.pk,
                params={"home": site.name, "title": found.title}, url=reverse("homes:parcels", args=[pk, site.pk]))
        record(actor, "homes.distribution_send", found, region=found.county_id, detail={"parcels": len(parcels)})
    return found


def drop(actor: User, pk: int, version: int) -> Distribution:
    """Drop a round that was not sent; it stays on file."""
    with transaction.atomic():
        found = _locked(actor, pk, version)
        found.state = Distribution.State.DROPPED
        found.version += 1
        found.save(update_fields=["state", "version"])
        record(actor, "homes.distribution_drop", found, region=found.county_id)
    return found


def confirm(actor: User, pk: int, site_pk: int, counted: Mapping[int, tuple[int, str]]) -> list[Parcel]:
    """A home says how many of each parcel it counted, with a word where that differs; only that much is taken in.

    ``counted`` by parcel id. Raises Refused by field ``n<id>`` or ``why<id>``.
    """
    found = get_round(actor, pk)
    store = store_of(actor, site_pk, "stores.keep")
    with transaction.atomic():
        _lock(store)
        parcels = list(found.parcels.filter(site=store.site, received__isnull=True).order_by("good", "pk"))
        if not parcels:
            raise Changed(_("Somebody has confirmed these goods meanwhile."))
        faults = {}
        for one in parcels:
            count, why = counted.get(one.pk, (-1, ""))
            if not 0 <= count <= MOST:
                faults[f"n{one.pk}"] = _("Enter how many were counted.")
            elif count != one.planned and not why.strip():
                faults[f"why{one.pk}"] = _("Say why the number differs.")
        if faults:
            raise Refused(fields=faults)
        for one in parcels:
            count, why = counted[one.pk]
            one.received, one.confirmed_by, one.confirmed_at = count, actor, timezone.now()
            one.difference = why.strip()[:200] if count != one.planned else ""
            one.save(update_fields=["received", "difference", "confirmed_by", "confirmed_at"])
            if count:
                _move(actor, store, Kind.ARRIVE, one.good, count, timezone.localdate(), one.difference, parcel=one)
        record(actor, "homes.distribution_confirm", found, region=store.place[0], detail={
            "site": site_pk, "parcels": len(parcels),
            "differ": sum(one.received != one.planned for one in parcels)})
        settle(actor, workkinds.key(pk, site_pk), _("counted and confirmed"))
    return parcels
