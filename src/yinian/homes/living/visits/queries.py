"""Reading visits: the door today, visits of a home and of a resident, visiting hours, who is visited by nobody."""

import datetime as dt
from typing import Any

from django.db.models import DateTimeField, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.care.queries import local
from yinian.homes.living.visits.models import Visit, VisitHours
from yinian.homes.stays import queries as stays
from yinian.homes.thresholds.catalogue import ALONE_DAYS
from yinian.homes.thresholds.queries import figure
from yinian.people.models import Person
from yinian.people.representatives.queries import get_own
from yinian.places.models import Site

State = Visit.State


def visible_to(actor: User) -> QuerySet[Visit]:
    """Visits in the homes whose care the actor sees."""
    actor.require("care.view")
    return Visit.objects.filter(actor.scope("care.view").q("site__region__code", "site"))


def listed(actor: User) -> QuerySet[Any]:
    """For lists: without telephone numbers; ``at`` is when they came, else for when it is booked."""
    return (
        visible_to(actor)
        .select_related("site", "person", "booked_by", "came_by")
        .defer("phone", "person__id_number", "person__address", "person__phone")
    )


def get_visit(actor: User, pk: int) -> Visit:
    found = (
        visible_to(actor).filter(pk=pk)
        .select_related("site__region", "person", "booked_by", "came_by", "left_by", "dropped_by").first()
    )
    if found is None:
        raise NotVisible("visit")
    return found


def hours_of(home: Site) -> list[VisitHours]:
    """A home's visiting hours; an empty list where it has said nothing."""
    return list(VisitHours.objects.filter(site=home).select_related("set_by"))


def takes_visitors(home: Site, moment: dt.datetime) -> bool | None:
    """Whether a moment lies within the visiting hours; None where the home has said nothing."""
    hours = hours_of(home)
    if not hours:
        return None
    at = timezone.localtime(moment)
    minute = at.hour * 60 + at.minute
    return any(one.weekday == at.weekday() and one.opens <= minute < one.closes for one in hours)


def at_the_door(home: Site) -> tuple[list[Visit], list[Visit]]:
    """Who is inside now, and who is booked for today, by time."""
    today = timezone.localdate()
    found = Visit.objects.filter(site=home).select_related("person")
    inside = found.filter(state=State.INSIDE).order_by("came_at")
    booked = found.filter(
        state=State.BOOKED, booked_for__gte=local(today, 0), booked_for__lt=local(today, 24 * 60)
    ).order_by("booked_for")
    return list(inside), list(booked)


def last_of(person: Person | int) -> Visit | None:
    """The last visit somebody had."""
    return Visit.objects.filter(person=person, came_at__isnull=False).order_by("-came_at").first()


def visited_by_nobody(actor: User, home: Site) -> QuerySet[Any]:
    """Residents whom nobody has visited for as many days as the home says; ``last_visit`` is when somebody did.

    Whoever came on official duty does not count.
    """
    since = timezone.now() - dt.timedelta(days=figure(home, ALONE_DAYS))
    came = Visit.objects.filter(person=OuterRef("person"), came_at__isnull=False)
    last = (
        came.exclude(relation=Visit.Relation.OFFICIAL).order_by().values("person")
        .annotate(last=Max("came_at")).values("last")
    )
    return (
        stays.residents(actor, home)
        .annotate(last_visit=Subquery(last[:1], output_field=DateTimeField()))
        .filter(Q(last_visit=None) | Q(last_visit__lt=since))
    )


def own_visits(actor: User, person_id: int) -> list[Visit]:
    """The visits this account booked for a person it acts for, the latest first."""
    person = get_own(actor, person_id)
    found = Visit.objects.filter(person=person, booked_by=actor).select_related("site")
    return list(found.order_by("-booked_for")[:20])


def get_own_visit(actor: User, pk: int) -> Visit:
    """A visit the account booked, of a person whom it still acts for."""
    found = Visit.objects.filter(pk=pk, booked_by=actor).select_related("site", "person").first()
    if found is None:
        raise NotVisible("visit")
    get_own(actor, found.person_id)
    return found
