"""Reading referrals: who sees which, who of a home is in hospital, what covers a green channel."""

from django.db.models import QuerySet
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.absences.models import Absence
from yinian.homes.stays.models import Stay
from yinian.homes.stays.queries import nights
from yinian.medical.referrals.models import OPEN, Referral
from yinian.people.models import Person
from yinian.places.models import Site


def visible_to(actor: User) -> QuerySet[Referral]:
    """Referrals of the homes whose people's health the actor may know."""
    actor.require("health.view")
    return Referral.objects.filter(actor.scope("health.view").q("site__region__code", "site"))


def listed(actor: User) -> QuerySet[Referral]:
    """For lists: with home, person and institution, without what a list never shows."""
    return (
        visible_to(actor)
        .select_related("site", "person", "institution__organisation")
        .defer("reason", "discharge_note", "person__id_number", "person__address", "person__phone")
    )


def get_referral(actor: User, pk: int) -> Referral:
    found = (
        visible_to(actor)
        .select_related(
            "site__region", "person", "institution__organisation", "contract", "asked_by", "answered_by",
            "arrived_by", "ended_by", "absence",
        )
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotVisible("referral")
    return found


def stay_now(person: Person | int, site: Site | int) -> Stay | None:
    """The stay by night of a person in a home that runs today; a change of bed begins another."""
    return nights().filter(person=person, bed__site=site, period__endswith__isnull=True).first()


def absence_now(stay: Stay) -> Absence | None:
    """The absence over which a stay runs now."""
    return Absence.objects.filter(stay=stay, period__endswith__isnull=True).first()


def open_of(person: Person | int) -> Referral | None:
    """The person's referral that has not ended."""
    return Referral.objects.filter(person=person, state__in=OPEN).select_related("site").first()


def in_hospital(site: Site) -> list[Stay]:
    """Residents of a home who are in hospital today without an open referral: whom a hospital may send back."""
    away = Absence.objects.filter(
        kind=Absence.Kind.HOSPITAL, period__contains=timezone.localdate(), period__endswith__isnull=True,
        stay__bed__site=site,
    ).exclude(stay__person__in=Referral.objects.filter(state__in=OPEN).values("person"))
    return list(Stay.objects.filter(absences__in=away).select_related("person", "bed").order_by("bed__label"))


def left_unclosed() -> QuerySet[Referral]:
    """Referrals to hospital whose person has come back or left the home while nobody entered how it ended.

    For the nightly look; no actor.
    """
    still = Absence.objects.filter(
        kind=Absence.Kind.HOSPITAL, period__endswith__isnull=True
    ).values("stay__person")
    return (
        Referral.objects.filter(state=Referral.State.ARRIVED).exclude(person__in=still)
        .select_related("site", "person", "institution__organisation")
    )
