"""Where people lie: the five linked beds as one view, computed from stays, absences and beds of the health side."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Left
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.errors import NotVisible
from yinian.core.regions.models import CODE_LENGTHS, Level, Region
from yinian.core.users.models import User
from yinian.homes.absences.models import Absence
from yinian.homes.stays import queries as stays
from yinian.homes.stays.models import Stay
from yinian.medical.lying.models import MedicalBed
from yinian.people.models import Person
from yinian.people.persons import queries as persons
from yinian.places.models import Bed

CARE, HOSPITAL, HOME_CARE, SICKBED, HOSPICE, DAY = "care", "hospital", "home_care", "sickbed", "hospice", "day"
FIVE = (CARE, HOSPITAL, HOME_CARE, SICKBED, HOSPICE)
"""The beds that are linked, as a prefecture's plan lists them: beds of care homes, of hospitals, care beds at home,
sick beds at home, hospice beds. Places by day are shown beside them."""
WORDS: dict[str, Promise | str] = {
    CARE: gettext_lazy("Bed in a care home"),
    HOSPITAL: gettext_lazy("Hospital bed"),
    HOME_CARE: gettext_lazy("Home care bed"),
    SICKBED: gettext_lazy("Hospital's bed at home"),
    HOSPICE: gettext_lazy("Hospice bed"),
    DAY: gettext_lazy("Place by day"),
}


def kind_words(kind: str) -> str:
    return str(WORDS.get(kind, ""))


def with_bed(people: QuerySet[Person], day: dt.date | None = None) -> QuerySet[Any]:
    """Those of ``people`` who lie in a bed on a day (today), with ``lies`` (the kind) and ``where`` (its house).

    Whoever is in hospital while a home keeps their bed lies in hospital.
    """
    day = day or timezone.localdate()
    mine = {"person": OuterRef("pk"), "period__contains": day}
    held = Stay.objects.filter(**mine)
    by_night = held.exclude(kind=Stay.Kind.DAY)
    absent = Absence.objects.filter(
        kind=Absence.Kind.HOSPITAL, period__contains=day, stay__person=OuterRef("pk")
    )
    medical = MedicalBed.objects.filter(**mine, in_error=False)
    inside = (
        Q(pk__in=Stay.objects.filter(period__contains=day).values("person"))
        | Q(pk__in=MedicalBed.objects.filter(period__contains=day, in_error=False).values("person"))
    )
    house = Subquery(medical.values("institution__organisation__name")[:1])
    return people.filter(inside).annotate(
        lies=Case(
            When(Exists(absent), then=Value(HOSPITAL)),
            When(Exists(medical), then=Subquery(medical.values("kind")[:1])),
            When(Exists(by_night.filter(bed__kind=Bed.Kind.HOME)), then=Value(HOME_CARE)),
            When(Exists(by_night), then=Value(CARE)),
            default=Value(DAY),
            output_field=CharField(),
        ),
        where=Case(
            When(Exists(absent), then=Subquery(absent.values("hospital")[:1])),
            When(Exists(medical), then=house),
            default=Subquery(held.values("bed__site__name")[:1]),
            output_field=CharField(),
        ),
        kept=Case(
            When(Exists(absent), then=Subquery(by_night.values("bed__site__name")[:1])),
            default=Value(""),
            output_field=CharField(),
        ),
    )


def people(actor: User) -> QuerySet[Any]:
    """By name: people whose health the actor may know, who lie in a bed today."""
    return with_bed(persons.standing(actor, "health.view").filter(state=Person.State.LIVING))


@dataclass
class Line:
    """How many lie in which kind of bed, of one town or of all."""

    code: str
    name: str
    by: Counter[str] = field(default_factory=Counter)

    @property
    def five(self) -> int:
        return sum(self.by[kind] for kind in FIVE)


def counts(actor: User, area: str = "") -> tuple[Line, list[Line]]:
    """Counts, without a name: of everybody in reach (within ``area``) and town by town."""
    actor.require("medical.view")
    reach = persons.standing(actor, "medical.view").filter(
        state=Person.State.LIVING, region__code__startswith=area
    )
    rows = (
        with_bed(reach)
        .annotate(town=Left(F("region_id"), CODE_LENGTHS[Level.TOWN]))
        .order_by()
        .values_list("lies", "town")
    )
    total = Line("", "")
    towns: dict[str, Line] = {}
    for kind, code in rows:
        total.by[kind] += 1
        towns.setdefault(code, Line(code, "")).by[kind] += 1
    names = dict(Region.objects.filter(code__in=towns).values_list("code", "name"))
    for code, line in towns.items():
        line.name = names.get(code, code)
    return total, [towns[code] for code in sorted(towns)]


@dataclass(frozen=True)
class Interval:
    """Days in one bed: [``since``, ``until``), open where it goes on. ``told``: how the platform knows."""

    kind: str
    where: str
    since: dt.date
    until: dt.date | None
    told: str
    url: str = ""
    note: str = ""
    bed: MedicalBed | None = None

    def holds(self, day: dt.date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


def history(actor: User, person: Person) -> list[Interval]:
    """In which beds a person lay, the latest first. The caller has shown the person visible for health."""
    found: list[Interval] = []
    for stay in stays.stays_of(actor, person):
        home = stay.bed.site
        inside = actor.may("homes.view") and actor.scope("homes.view").covers(home.region_id, home.pk)
        url = reverse("homes:stay", args=[stay.pk]) if inside and actor.may("people.view") else ""
        kind = DAY if stay.kind == Stay.Kind.DAY else HOME_CARE if stay.bed.kind == Bed.Kind.HOME else CARE
        told = _("stay")
        found.append(Interval(kind, home.name, stay.period.lower, stay.period.upper, told, url,
                              str(stay.get_kind_display())))
        for absence in stay.absences.all():
            if absence.kind == Absence.Kind.HOSPITAL:
                found.append(Interval(
                    HOSPITAL, absence.hospital if inside else "", absence.period.lower, absence.period.upper,
                    _("absence of a resident"), url, _("the bed in %(home)s was kept") % {"home": home.name},
                ))
    for bed in MedicalBed.objects.filter(person=person, in_error=False).select_related("institution__organisation"):
        found.append(Interval(
            bed.kind, bed.institution.name, bed.period.lower, bed.period.upper,
            _("told by %(who)s") % {"who": bed.told_by}, "", str(bed.note or ""), bed,
        ))
    return sorted(found, key=lambda one: (one.since, one.kind == HOSPITAL), reverse=True)


def now_of(intervals: Iterable[Interval], day: dt.date | None = None) -> Interval | None:
    """Where the person lies on a day (today): in hospital before all else; None: in no bed that is known."""
    day = day or timezone.localdate()
    order = (HOSPITAL, HOSPICE, SICKBED, HOME_CARE, CARE, DAY)
    held = [one for one in intervals if one.holds(day)]
    return min(held, key=lambda one: order.index(one.kind), default=None)


def get_bed(actor: User, pk: int) -> MedicalBed:
    actor.require("health.view")
    found = MedicalBed.objects.filter(
        persons.reached(actor, "health.view"), pk=pk
    ).select_related("person").first()
    if found is None:
        raise NotVisible("bed")
    return found
