"""Reading stays: who lies where, a person's stays, whom a home may admit."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core import identity
from yinian.core.errors import NotVisible, Refused
from yinian.core.reading import once
from yinian.core.users.models import User
from yinian.homes.absences.models import Absence
from yinian.homes.beds.queries import holding
from yinian.homes.stays.models import Stay, StayLevel
from yinian.people.models import Person
from yinian.people.persons import keys
from yinian.people.persons import queries as persons
from yinian.places.models import Site
from yinian.places.regions.queries import counties_of

MAX_CANDIDATES = 20
PROOF = "yinian.homes.admit"
PROOF_SECONDS = 2 * 60 * 60


def nights(day: dt.date | None = None) -> QuerySet[Stay]:
    """Stays by night that hold on a day (today). Day care is not among them."""
    return Stay.objects.filter(period__contains=day or timezone.localdate()).exclude(kind=Stay.Kind.DAY)


def stays_visible_to(actor: User) -> QuerySet[Stay]:
    """Stays in the homes the actor sees, for those who may see older people there."""
    actor.require("homes.view")
    actor.require("people.view")
    homes, people = actor.scope("homes.view"), actor.scope("people.view")
    return Stay.objects.filter(
        homes.q("bed__site__region__code", "bed__site"), people.q("bed__site__region__code", "bed__site")
    )


def get_stay(actor: User, pk: int) -> Stay:
    stay = (
        stays_visible_to(actor)
        .select_related("person", "bed__site__region", "bed__room", "admitted_by", "left_by")
        .filter(pk=pk)
        .first()
    )
    if stay is None:
        raise NotVisible("stay")
    return stay


def residents(actor: User, home: Site, today: dt.date | None = None) -> QuerySet[Stay]:
    """Who lives in the home today, by night or by day; with ``level_now`` and, for who is away, ``away_kind``."""
    today = today or timezone.localdate()
    return with_now(
        stays_visible_to(actor)
        .filter(bed__site=home, period__contains=today)
        .select_related("person__region__parent", "bed__room")
        .defer("person__region__outline", "person__region__parent__outline"),
        today,
    )


def with_now(found: QuerySet[Stay], today: dt.date) -> QuerySet[Any]:
    """Stays with the care level of a day (``level_now``) and, where the person is away then, how (``away_kind``)."""
    level = StayLevel.objects.filter(stay=OuterRef("pk"), period__contains=today)
    away = Absence.objects.filter(stay=OuterRef("pk"), period__contains=today)
    return found.annotate(level_now=Subquery(level.values("level")[:1]), away_kind=Subquery(away.values("kind")[:1]))


def ending(actor: User, today: dt.date | None = None) -> QuerySet[Any]:
    """Stays that hold today and have an agreed end, in every home in reach."""
    today = today or timezone.localdate()
    return with_now(
        stays_visible_to(actor).filter(period__contains=today, expected_end__isnull=False), today
    ).select_related("person", "bed__site")


def leavings(actor: User) -> QuerySet[Stay]:
    """Stays after which the person left the home, not merely the bed."""
    return (
        stays_visible_to(actor).filter(end_kind__in=Stay.LEAVINGS).select_related("person", "bed__site", "left_by")
    )


@once
def stays_of(actor: User, person: Person) -> list[Stay]:
    """A person's stays, latest first, in homes the actor sees. The caller has checked that the person is visible."""
    if not actor.may("homes.view"):
        return []
    scope = actor.scope("homes.view")
    counties = Q(pk__in=[])
    for code in counties_of(actor, "homes.view"):
        counties |= Q(bed__site__region__code__startswith=code)
    return list(
        Stay.objects.filter(counties | scope.q("bed__site__region__code", "bed__site"), person=person)
        .select_related("bed__site", "bed__room", "admitted_by")
        .order_by("-period")
    )


@dataclass(frozen=True)
class Candidate:
    """Somebody who might be admitted. ``stay`` is where they lie now; ``stay_seen`` whether the actor may know where.

    ``proof`` shows that this actor found this person for this home, even by the card alone.
    """

    person: Person
    stay: Stay | None
    stay_seen: bool
    proof: str


def candidates(actor: User, home: Site, text: str) -> list[Candidate]:
    """People to admit to ``home``: by name or initials among those the actor sees, by whole ID number in the county.

    Home staff see their residents only; the number on the card lets them admit whoever stands before them.
    Raises :class:`Refused` for a text too short to search by.
    """
    actor.require("homes.admit", home.region_id, home.pk)
    actor.require("people.view")
    text = text.strip()
    number = identity.normalise_id(text)
    if len(number) == 18 and number[:17].isdigit():
        found = Person.objects.filter(id_index=keys.id_index(number), region__code__startswith=home.region_id[:6])
    elif len(text) < 2:
        raise Refused(fields={"find": _("Type at least two characters of the name, or the whole ID number.")})
    else:
        found = persons.search(persons.standing(actor), text)
    found = found.filter(state=Person.State.LIVING)
    people = list(
        found.select_related("region__parent")
        .defer("region__outline", "region__parent__outline")
        .order_by("name", "birth_date", "pk")[:MAX_CANDIDATES]
    )
    today = timezone.localdate()
    stays = {
        stay.person_id: stay
        for stay in Stay.objects.filter(holding(today), person__in=people).select_related("bed__site")
    }
    seen = actor.scope("homes.view")
    result = []
    for person in people:
        stay = stays.get(person.pk)
        result.append(
            Candidate(
                person,
                stay,
                stay is not None and seen.covers(stay.bed.site.region_id, stay.bed.site_id),
                signing.dumps([person.pk, home.pk, actor.pk], salt=PROOF),
            )
        )
    return result


def admissible(actor: User, home: Site, pk: int, proof: str = "") -> Person:
    """A person of the county whom the actor sees in their own regions, or found for this home (``proof``)."""
    person = Person.objects.filter(pk=pk, region__code__startswith=home.region_id[:6]).first()
    if person is None:
        raise NotVisible("person")
    if not persons.visible_to(actor).filter(pk=pk).exists():
        try:
            found = signing.loads(proof, salt=PROOF, max_age=PROOF_SECONDS)
        except signing.BadSignature as error:
            raise NotVisible("person") from error
        if found != [person.pk, home.pk, actor.pk]:
            raise NotVisible("person")
    return person
