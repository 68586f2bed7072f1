"""Reading check-ups: who sees which, who has had this year's and who not, what is still to be followed up."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.stays.queries import nights
from yinian.medical.checkups.models import CheckUp
from yinian.medical.doctors.models import FamilyDoctor
from yinian.people.models import Person
from yinian.people.persons import queries as persons


def visible_to(actor: User) -> QuerySet[CheckUp]:
    actor.require("health.view")
    return CheckUp.objects.filter(persons.reached(actor, "health.view"))


def listed(actor: User) -> QuerySet[CheckUp]:
    """For lists: with person and institution, without what a list never shows."""
    return (
        visible_to(actor)
        .filter(error_at__isnull=True)
        .select_related("person__region", "institution__organisation")
        .defer(
            "findings", "follow", "followed_note", "person__id_number", "person__address", "person__phone",
            "person__region__outline",
        )
    )


def get_check_up(actor: User, pk: int) -> CheckUp:
    found = (
        visible_to(actor)
        .select_related("person__region", "institution__organisation", "recorded_by", "followed_by", "error_by")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotVisible("check-up")
    return found


def still_open() -> Q:
    """Check-ups of which something is still to be followed up."""
    return Q(result=CheckUp.Result.ABNORMAL, followed_on__isnull=True, error_at__isnull=True)


def born_by(years: int, day: dt.date | None = None) -> dt.date:
    """The last birth date of those who are ``years`` old on a day (today)."""
    day = day or timezone.localdate()
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February in a year without one
        return day.replace(year=day.year - years, day=28)


def people(actor: User, year: int | None = None) -> QuerySet[Any]:
    """Living people whose health the actor may know, with ``checked`` (the last check-up of the year), ``home`` (where
    they live, if in a home), ``signed`` (has a family doctor now)."""
    today = timezone.localdate()
    year = year or today.year
    done = CheckUp.objects.filter(person=OuterRef("pk"), error_at__isnull=True, done_on__year=year)
    doctor = FamilyDoctor.objects.filter(person=OuterRef("pk"), period__contains=today, in_error=False)
    return (
        persons.standing(actor, "health.view")
        .filter(state=Person.State.LIVING)
        .annotate(
            checked=Subquery(done.order_by("-done_on").values("done_on")[:1]),
            home=Subquery(nights(today).filter(person=OuterRef("pk")).values("bed__site__name")[:1]),
            signed=Exists(doctor),
        )
    )


@dataclass(frozen=True)
class Share:
    """How many of how many."""

    part: int
    all: int

    @property
    def percent(self) -> str:
        return f"{self.part * 100 / self.all:.1f}%" if self.all else ""


@dataclass(frozen=True)
class Figures:
    """Of the year: residents checked, people from the age on checked, the same signed with a doctor, still open."""

    residents: Share
    aged: Share | None
    signed: Share | None
    open: int


def figures(actor: User, area: str = "", age: int | None = None) -> Figures:
    """The figures of this year. ``age``: from which age everybody is offered a check-up; None: no rule is known."""
    today = timezone.localdate()
    # Joined the other way about: residents and check-ups are few, the register is long.
    done = set(
        CheckUp.objects.filter(error_at__isnull=True, done_on__year=today.year).values_list("person_id", flat=True)
    )
    reach = persons.standing(actor, "health.view").filter(
        state=Person.State.LIVING, region__code__startswith=area
    )
    residents = set(reach.filter(pk__in=nights(today).values("person")).values_list("pk", flat=True))
    aged = signed = None
    if age is not None:
        old = reach.filter(birth_date__lte=born_by(age, today))
        doctors = FamilyDoctor.objects.filter(period__contains=today, in_error=False)
        total = old.count()
        checked = old.filter(pk__in=CheckUp.objects.filter(
            error_at__isnull=True, done_on__year=today.year).values("person")).count()
        aged = Share(checked, total)
        signed = Share(old.filter(pk__in=doctors.values("person")).count(), total)
    still = visible_to(actor).filter(still_open(), person__region__code__startswith=area).count()
    return Figures(Share(len(residents & done), len(residents)), aged, signed, still)
