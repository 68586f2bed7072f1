"""Reading activities: a home's programme, one with who signed up, who has taken part in none of late."""

import datetime as dt
from typing import Any

from django.db.models import Count, DateTimeField, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.living.activities.models import Activity, Participation
from yinian.homes.stays import queries as stays
from yinian.homes.thresholds.catalogue import IDLE_DAYS
from yinian.homes.thresholds.queries import figure
from yinian.people.models import Consent, Person
from yinian.places.models import Site


def visible_to(actor: User) -> QuerySet[Activity]:
    """Activities of the homes whose care the actor sees."""
    actor.require("care.view")
    return Activity.objects.filter(actor.scope("care.view").q("site__region__code", "site"))


def listed(actor: User, home: Site) -> QuerySet[Any]:
    """A home's activities with how many signed up (``signed``) and came (``came``)."""
    return visible_to(actor).filter(site=home).annotate(
        signed=Count("participations"), came=Count("participations", filter=Q(participations__came=True))
    )


def get_activity(actor: User, pk: int) -> Activity:
    found = (
        visible_to(actor).filter(pk=pk).select_related("site__region", "planned_by", "closed_by", "photo").first()
    )
    if found is None:
        raise NotVisible("activity")
    return found


def participations_of(activity: Activity) -> list[Participation]:
    """Who signed up, in their order."""
    return list(
        activity.participations.select_related("person", "signed_by")
        .defer("person__id_number", "person__address", "person__phone")
    )


def next_of(person: Person | int) -> Activity | None:
    """The next activity somebody signed up for."""
    return (
        Activity.objects.filter(
            participations__person=person, state=Activity.State.PLANNED, ends_at__gt=timezone.now()
        ).order_by("starts_at").first()
    )


def coming(home: Site, days: int = 7) -> QuerySet[Activity]:
    """What a home plans in the coming days."""
    now = timezone.now()
    return Activity.objects.filter(
        site=home, state=Activity.State.PLANNED, ends_at__gt=now, starts_at__lt=now + dt.timedelta(days=days)
    ).order_by("starts_at")


def taken_part_in_none(actor: User, home: Site) -> QuerySet[Any]:
    """Residents who took part in nothing for as many days as the home says; ``last_took_part`` is when they last
    did."""
    since = timezone.now() - dt.timedelta(days=figure(home, IDLE_DAYS))
    came = Participation.objects.filter(person=OuterRef("person"), came=True).order_by()
    last = came.values("person").annotate(last=Max("activity__starts_at")).values("last")
    return (
        stays.residents(actor, home)
        .annotate(last_took_part=Subquery(last[:1], output_field=DateTimeField()))
        .filter(Q(last_took_part=None) | Q(last_took_part__lt=since))
    )


def without_photo_consent(activity: Activity) -> list[str]:
    """Names of those who came and whose consent to photos does not stand."""
    agreed = Consent.objects.filter(purpose=Consent.Purpose.PHOTO, withdrawn_on__isnull=True).values("person")
    return list(
        activity.participations.filter(came=True).exclude(person__in=agreed).values_list("person__name", flat=True)
    )
