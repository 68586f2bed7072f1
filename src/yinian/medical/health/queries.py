"""The health summary: what is known of a person's health, gathered from where each thing is recorded."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments.models import Result
from yinian.assessments.results.queries import in_force, level_words
from yinian.core import identity
from yinian.core.errors import NotVisible
from yinian.core.reading import once
from yinian.core.users.models import User
from yinian.homes.care.book import book
from yinian.homes.care.models import Vital
from yinian.homes.care.queries import latest_vitals, value_words
from yinian.homes.medicines.models import MedicineOrder
from yinian.medical.checkups.models import CheckUp
from yinian.medical.doctors.models import FamilyDoctor
from yinian.medical.health.models import ENTRIES, Allergy, Condition
from yinian.people.circumstances.queries import believed
from yinian.people.circumstances.words import ability_words
from yinian.people.models import Consent, Kin, Person, Spell
from yinian.people.persons import queries as persons


@dataclass(frozen=True)
class Summary:
    """What is known today. A list that is empty says that nothing is on file, not that there is nothing."""

    person: Person
    on: dt.date
    conditions: list[Condition]
    allergies: list[Allergy]
    medicines: list[MedicineOrder]
    vitals: list[Vital]
    ability: Result | None
    level: str  # in words: of the assessment in force, else as the register says; empty where neither does
    contacts: list[Kin]
    doctor: FamilyDoctor | None
    check_up: CheckUp | None
    consent: Consent | None

    @property
    def present(self) -> list[Condition]:
        return [one for one in self.conditions if one.clinical != Condition.Clinical.RESOLVED]


def get_person(actor: User, pk: int, right: str = "health.view") -> Person:
    """A person of whose health the actor may know. Raises NotVisible."""
    return persons.get_person(actor, pk, right)


def get_entry(actor: User, kind: str, pk: int, right: str = "health.edit") -> Any:
    """An entry of the summary (``kind``: condition, allergy) whose person the actor reaches."""
    model = ENTRIES.get(kind)
    actor.require(right)
    found = model._default_manager.select_related("person").filter(pk=pk).first() if model else None
    if found is None:
        raise NotVisible("entry")
    get_person(actor, found.person_id, right)
    return found


@once
def doctors_of(person: Person) -> list[FamilyDoctor]:
    """A person's family doctors, the latest first, without what was entered in error."""
    return list(
        FamilyDoctor.objects.filter(person=person, in_error=False)
        .select_related("institution__organisation", "entered_by").order_by("-period", "-pk")
    )


def doctor_of(person: Person, day: dt.date | None = None) -> FamilyDoctor | None:
    """The family doctor of a day (today)."""
    return next((one for one in doctors_of(person) if (day or timezone.localdate()) in one.period), None)


@once
def check_ups_of(person: Person) -> list[CheckUp]:
    """A person's check-ups, the latest first, without what was entered in error."""
    return list(
        CheckUp.objects.filter(person=person, error_at__isnull=True)
        .select_related("institution__organisation", "recorded_by")
    )


def last_check_up(person: Person) -> CheckUp | None:
    return next(iter(check_ups_of(person)), None)


def summary_of(person: Person) -> Summary:
    """The summary of a person the caller has shown visible for health."""
    today = timezone.localdate()
    consents = persons.consents_of(person)
    latest = latest_vitals(person)
    ability = in_force(person)
    return Summary(
        person=person,
        on=today,
        conditions=list(
            Condition.objects.filter(person=person, error_at__isnull=True).select_related("recorded_by")
        ),
        allergies=list(Allergy.objects.filter(person=person, error_at__isnull=True).select_related("recorded_by")),
        medicines=list(
            MedicineOrder.objects.filter(person=person, held__contains=today).select_related("site").order_by("held")
        ),
        vitals=[latest[kind] for kind in book().vitals if kind in latest],
        ability=ability,
        level=level_words(ability) if ability else _registered_level(person),
        contacts=[one for one in persons.kin_of(person) if one.ended_at is None],
        doctor=doctor_of(person),
        check_up=last_check_up(person),
        consent=next(
            (one for one in consents if one.purpose == Consent.Purpose.HEALTH and one.withdrawn_on is None), None
        ),
    )


def _registered_level(person: Person) -> str:
    """The ability level that a department's list or another body's assessment told the register."""
    told = Spell.objects.filter(
        believed(), person=person, kind="ability", valid__contains=timezone.localdate(), grade__isnull=False
    ).first()
    return "" if told is None else ability_words(told.grade)


def errors_of(person: Person) -> list[Any]:
    """What was entered in error, kept for whoever wants to know."""
    found: list[Any] = []
    for model in ENTRIES.values():
        found += model._default_manager.filter(person=person, error_at__isnull=False).select_related("error_by")
    return sorted(found, key=lambda one: one.error_at, reverse=True)


def vital_words(vital: Vital) -> tuple[str, str]:
    """Of a value: what was measured, and the value as it is read."""
    kind = book().vitals.get(vital.kind)
    return (str(kind.label) if kind else vital.kind), value_words(vital)


def paper_data(found: Summary, *, masked: bool = False) -> dict[str, Any]:
    """The summary as plain data for a paper; ``masked``: the ID number in part. The caller sets the language."""
    person = found.person
    number = str(person.id_number or "")
    if masked and number:
        number = identity.mask_id(number)
    return {
        "person": {
            "name": person.name,
            "sex": str(person.get_sex_display()) if person.sex else "",
            "born": person.birth_date.isoformat() if person.birth_date else "",
            "id_number": number,
        },
        "on": found.on.isoformat(),
        "ability": found.level,
        "ability_on": found.ability.assessed_on.isoformat() if found.ability and found.ability.assessed_on else "",
        "conditions": [
            {
                "text": one.text,
                "code": one.code or "",
                "state": str(one.get_clinical_display()),
                "since": str(one.since_year or ""),
                "source": f"{one.get_source_display()}（{one.learned_on:%Y-%m-%d}）",
            }
            for one in found.conditions
        ],
        "allergies": [
            {
                "text": one.text,
                "danger": str(one.get_criticality_display()),
                "reaction": one.reaction or "",
                "source": f"{one.get_source_display()}（{one.learned_on:%Y-%m-%d}）",
            }
            for one in found.allergies
        ],
        "medicines": [
            {
                "drug": one.drug,
                "dose": one.dose,
                "way": str(one.get_way_display()),
                "times": "、".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in one.times),
                "by": f"{one.prescribed_at} {one.prescriber}",
            }
            for one in found.medicines
        ],
        "vitals": [
            {"what": what, "value": value, "at": f"{timezone.localtime(one.at):%Y-%m-%d %H:%M}"}
            for one in found.vitals
            for what, value in [vital_words(one)]
        ],
        "contacts": [
            {"name": one.name, "relation": one.relation, "phone": str(one.phone or ""), "first": one.emergency}
            for one in found.contacts
        ],
        "doctor": (
            f"{found.doctor.doctor}（{found.doctor.institution.name}）{found.doctor.phone}" if found.doctor else ""
        ),
        "check_up": (
            f"{found.check_up.done_on:%Y-%m-%d} {found.check_up.institution.name}："
            f"{found.check_up.get_result_display()}"
            if found.check_up
            else ""
        ),
        "nothing": _("nothing on file"),
    }
