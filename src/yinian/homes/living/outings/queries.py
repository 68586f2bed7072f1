"""Reading outings: who is out now, who was, who is not back in time."""

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.living.outings.models import Outing
from yinian.people.models import Person
from yinian.places.models import Site


def visible_to(actor: User) -> QuerySet[Outing]:
    """Outings from the homes whose care the actor sees."""
    actor.require("care.view")
    return Outing.objects.filter(actor.scope("care.view").q("site__region__code", "site"))


def listed(actor: User) -> QuerySet[Outing]:
    """For lists: with home and person, without telephone numbers."""
    return (
        visible_to(actor)
        .select_related("site", "person", "recorded_by", "ended_by")
        .defer("phone", "person__id_number", "person__address", "person__phone")
    )


def get_outing(actor: User, pk: int) -> Outing:
    found = visible_to(actor).select_related("site", "person", "recorded_by", "ended_by").filter(pk=pk).first()
    if found is None:
        raise NotVisible("outing")
    return found


def open_outing(person: Person | int) -> Outing | None:
    """The outing that somebody is on now."""
    return Outing.objects.filter(person=person, ended_at__isnull=True).select_related("recorded_by").first()


def out_at(home: Site, moment: dt.datetime) -> set[int]:
    """People who are out of a home at a moment: gone before it, and not back by it or not expected back by then."""
    back = Q(ended_at__gt=moment) | Q(ended_at__isnull=True, expected_back__gt=moment)
    if moment <= timezone.now():
        back = Q(ended_at__gt=moment) | Q(ended_at__isnull=True)
    return set(Outing.objects.filter(back, site=home, left_at__lte=moment).values_list("person_id", flat=True))


def late(now: dt.datetime | None = None) -> QuerySet[Outing]:
    """Outings of all homes that run beyond their time."""
    return Outing.objects.filter(ended_at__isnull=True, expected_back__lt=now or timezone.now()).select_related(
        "person", "site"
    )
