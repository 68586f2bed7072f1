"""Reading letters with families: threads of a home, one thread for each side, what waits for an answer, notices."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.beds import queries as beds
from yinian.homes.care.queries import local
from yinian.homes.living.messages.models import FamilyMessage, FamilyNotice, FamilyRead
from yinian.homes.stays import queries as stays
from yinian.homes.stays.models import Stay
from yinian.homes.thresholds.queries import answer_days
from yinian.people.models import Consent, Person, Representative
from yinian.people.representatives.queries import get_own, standing
from yinian.places.models import Site

Side = FamilyMessage.Side


# --- the home's side -----------------------------------------------------------------------------------------------


def get_home(actor: User, pk: int, right: str = "family.view") -> Site:
    """A home whose letters the actor may read (or do ``right`` in). Raises NotVisible."""
    home = beds.get_home(actor, pk)
    actor.require(right, home.region_id, home.pk)
    return home


def residents_visible_to(actor: User) -> QuerySet[Stay]:
    """Who lives today in a home whose letters the actor reads."""
    actor.require("family.view")
    return stays.stays_visible_to(actor).filter(
        actor.scope("family.view").q("bed__site__region__code", "bed__site"), period__contains=timezone.localdate()
    )


def get_resident(actor: User, stay_pk: int, right: str = "family.view") -> Stay:
    found = residents_visible_to(actor).filter(pk=stay_pk).select_related("person", "bed__site__region").first()
    if found is None:
        raise NotVisible("stay")
    actor.require(right, found.bed.site.region_id, found.bed.site_id)
    return found


def threads(actor: User) -> QuerySet[Any]:
    """Residents with somebody to write to or something written: ``last_at``, ``last_side``, ``unread``, ``family``."""
    mine = FamilyMessage.objects.filter(person=OuterRef("person"), site=OuterRef("bed__site"))
    last = mine.order_by("-at", "-pk")
    unread = (
        mine.filter(side=Side.FAMILY).exclude(Exists(FamilyRead.objects.filter(message=OuterRef("pk"))))
        .order_by().values("person").annotate(n=Count("pk")).values("n")
    )
    return (
        residents_visible_to(actor)
        .annotate(
            last_at=Subquery(last.values("at")[:1], output_field=DateTimeField()),
            last_side=Subquery(last.values("side")[:1]),
            unread=Subquery(unread[:1]),
            family=Exists(standing().filter(person=OuterRef("person"))),
        )
        .filter(Q(last_at__isnull=False) | Q(family=True))
        .select_related("person", "bed__site")
        .defer("person__id_number", "person__address", "person__phone")
    )


def waiting(found: QuerySet[Any]) -> QuerySet[Any]:
    """Of the threads, those whose last word is the family's."""
    return found.filter(last_side=Side.FAMILY)


def thread(person: Person | int, site: Site | int) -> list[FamilyMessage]:
    """Everything written about a person with a home, the oldest first, with who has read it."""
    found = FamilyMessage.objects.filter(person=person, site=site).select_related("author", "photo")
    return list(found.prefetch_related("reads__user"))


def unread_for_home(person: Person | int, site: Site | int) -> int:
    """Messages of a family that nobody of the home has read."""
    found = FamilyMessage.objects.filter(person=person, site=site, side=Side.FAMILY)
    return found.exclude(Exists(FamilyRead.objects.filter(message=OuterRef("pk")))).count()


def may_photo(person: Person | int) -> bool:
    """Whether the consent to photos stands."""
    return Consent.objects.filter(person=person, purpose=Consent.Purpose.PHOTO, withdrawn_on__isnull=True).exists()


def family_of(person: Person | int) -> list[Representative]:
    """Who acts for a person today."""
    return list(standing().filter(person=person).select_related("user"))


def get_photo(actor: User, pk: int) -> FamilyMessage:
    """A message with a photo, for who may read the thread: staff of the home, or whoever acts for the person."""
    found = FamilyMessage.objects.filter(pk=pk, photo__isnull=False).select_related("photo", "site").first()
    if found is None:
        raise NotVisible("photo")
    if actor.may("family.view") and actor.scope("family.view").covers(found.site.region_id, found.site_id):
        return found
    if actor.may("own.view") and any(one.pk == found.pk for one in own_thread(actor, found.person_id)):
        return found
    raise NotVisible("photo")


@dataclass(frozen=True)
class Waits:
    """A thread whose last word is the family's, since when."""

    person: int
    site: int
    since: dt.datetime


def unanswered(now: dt.datetime | None = None) -> list[Waits]:
    """Threads of all homes that have waited longer than each says, with the first word left unanswered."""
    now = now or timezone.now()
    usual, own = answer_days()
    limit = now - dt.timedelta(days=min([usual, *own.values()]))
    answered = FamilyMessage.objects.filter(
        person=OuterRef("person"), site=OuterRef("site"), side=Side.HOME, at__gte=OuterRef("at")
    )
    found: dict[tuple[int, int], Waits] = {}
    open_ones = FamilyMessage.objects.filter(~Exists(answered), side=Side.FAMILY, at__lte=limit).order_by("at")
    for person, site, at in open_ones.values_list("person", "site", "at"):
        if at <= now - dt.timedelta(days=own.get(site, usual)):
            found.setdefault((person, site), Waits(person, site, at))
    return list(found.values())


def notices_of(home: Site) -> QuerySet[FamilyNotice]:
    return FamilyNotice.objects.filter(site=home).select_related("author", "withdrawn_by")


def get_notice(actor: User, pk: int) -> FamilyNotice:
    actor.require("family.view")
    found = FamilyNotice.objects.filter(actor.scope("family.view").q("site__region__code", "site"), pk=pk).first()
    if found is None:
        raise NotVisible("notice")
    return found


# --- the family's side ---------------------------------------------------------------------------------------------


def home_of(person: Person | int) -> Site | None:
    """The home a person lives in today."""
    today = timezone.localdate()
    return Site.objects.filter(beds__stays__person=person, beds__stays__period__contains=today).first()


def own_thread(actor: User, person_id: int) -> list[FamilyMessage]:
    """What was written about a person whom the account acts for, from the day on which it was let act for them."""
    person = get_own(actor, person_id)
    since = min(
        (one.period.lower for one in standing().filter(user=actor, person=person)), default=None
    )
    if since is None:
        raise NotVisible("person")
    found = FamilyMessage.objects.filter(person=person, at__gte=local(since, 0)).select_related("author", "site")
    return list(found.prefetch_related("reads"))


def own_unread(actor: User, person_id: int) -> int:
    """Answers of the home that this account has not read."""
    return sum(
        one.side == Side.HOME and all(read.user_id != actor.pk for read in one.reads.all())
        for one in own_thread(actor, person_id)
    )


def own_notices(person: Person | int) -> list[FamilyNotice]:
    """What the person's home tells all families today. The caller has checked that the account acts for them."""
    home = home_of(person)
    if home is None:
        return []
    return list(
        FamilyNotice.objects.filter(site=home, until__gte=timezone.localdate(), withdrawn_at__isnull=True)
    )
