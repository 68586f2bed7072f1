"""Reading medicines: a resident's orders, which doses are due and how they stand."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.care.book import book, clock
from yinian.homes.care.models import LOOK_BACK
from yinian.homes.care.queries import local, shift_of
from yinian.homes.medicines.models import Giving, MedicineOrder
from yinian.homes.stays.models import Stay
from yinian.homes.thresholds import queries as thresholds
from yinian.homes.thresholds.catalogue import DOSE_LATE
from yinian.people.models import Person
from yinian.places.models import Site


@dataclass
class Dose:
    """One dose of an order. ``state``: given, withheld, refused (recorded), late, due, ahead."""

    order: MedicineOrder
    day: dt.date
    minute: int
    at: dt.datetime
    state: str
    giving: Giving | None = None

    @property
    def clock(self) -> str:
        return clock(self.minute)


def orders_of(person: Person, site: Site) -> list[MedicineOrder]:
    return list(MedicineOrder.objects.filter(person=person, site=site).select_related("entered_by", "stopped_by"))


def get_order(actor: User, pk: int) -> MedicineOrder:
    actor.require("care.view")
    found = (
        MedicineOrder.objects.filter(actor.scope("care.view").q("site__region__code", "site"), pk=pk)
        .select_related("site__region", "person")
        .first()
    )
    if found is None:
        raise NotVisible("order")
    return found


def givings_of(person: Person, site: Site, since: dt.date) -> list[Giving]:
    return list(
        Giving.objects.filter(order__person=person, order__site=site, day__gte=since, corrected_by__isnull=True)
        .select_related("order", "recorded_by")
        .order_by("-day", "-slot")
    )


def doses_between(
    site: Site,
    start: dt.datetime,
    end: dt.datetime,
    *,
    people: Collection[int] | None = None,
    now: dt.datetime | None = None,
) -> list[Dose]:
    """Every dose ordered in the home whose time lies in [start, end), with what came of it. Three queries."""
    now = now or timezone.now()
    first, last = timezone.localtime(start).date(), timezone.localtime(end).date()
    ordered = MedicineOrder.objects.filter(site=site, held__overlap=(first, last + dt.timedelta(days=1)))
    if people is not None:
        ordered = ordered.filter(person__in=people)
    orders = list(ordered.select_related("person"))
    kept = {
        (one.order_id, one.day, one.slot): one
        for one in Giving.objects.filter(
            order__in=orders, day__gte=first, day__lte=last, corrected_by__isnull=True
        ).select_related("recorded_by")
    }
    before, late, found = book().dose.before, thresholds.figure(site, DOSE_LATE), []
    for order in orders:
        day = first
        while day <= last:
            for minute in order.times if day in order.held else ():
                at = local(day, minute)
                # What was due before the order was entered could not be given by it.
                if start <= at < end and at + dt.timedelta(minutes=1) > order.entered_at:
                    giving = kept.get((order.pk, day, minute))
                    if giving is not None:
                        state = giving.outcome
                    elif now > at + dt.timedelta(minutes=late):
                        state = "late"
                    else:
                        state = "due" if now >= at - dt.timedelta(minutes=before) else "ahead"
                    found.append(Dose(order, day, minute, at, state, giving))
            day += dt.timedelta(days=1)
    return sorted(found, key=lambda dose: (dose.at, dose.order.pk))


def doses(stay: Stay, now: dt.datetime | None = None) -> list[Dose]:
    """A resident's doses of this shift, and what of the last hours is not recorded."""
    now = now or timezone.now()
    shift = shift_of(now)
    found = doses_between(stay.bed.site, min(shift.start, now - LOOK_BACK), shift.end, people=[stay.person_id], now=now)
    return [dose for dose in found if dose.at >= shift.start or dose.giving is None]
