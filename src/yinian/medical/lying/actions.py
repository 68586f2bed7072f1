"""Writing beds of the health side: entered, ended, marked as an error."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.homes.stays.refusing import constraint_of
from yinian.medical import ending
from yinian.medical.health.queries import get_person
from yinian.medical.institutions.queries import get_institution
from yinian.medical.keeping import given_reason
from yinian.medical.lying.models import MedicalBed
from yinian.medical.lying.queries import get_bed
from yinian.people.models import Person


def lie(
    actor: User, person_pk: int, institution_pk: int, *, kind: str, since: dt.date, told_by: str, note: str = ""
) -> MedicalBed:
    """Enter that a person lies in a bed of the health side from a day on. A resident goes to hospital by a referral."""
    person = get_person(actor, person_pk, "health.edit")
    institution = get_institution(actor, institution_pk)
    faults = {}
    if kind not in MedicalBed.Kind.values:
        faults["kind"] = _("Choose one.")
    if since > timezone.localdate():
        faults["since"] = _("This day lies in the future.")
    if not told_by.strip():
        faults["told_by"] = _("Say who told you.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        # Admission locks the person too: the two cannot pass each other.
        Person.objects.select_for_update().only("pk").get(pk=person.pk)
        try:
            with transaction.atomic():
                made = MedicalBed.objects.create(
                    person=person, institution=institution, kind=kind, period=DateRange(since, None),
                    told_by=told_by.strip()[:60], note=note.strip()[:200] or None, entered_by=actor,
                )
        except IntegrityError as error:
            words = {
                "one_medical_bed_at_a_time": _("The person lies in such a bed already; end that first."),
                "resident_in_hospital_is_an_absence": _(
                    "The person has a bed in a care home: the home refers them or enters the absence."
                ),
            }
            if constraint_of(error) not in words:
                raise
            raise Refused(fields={"kind": words[constraint_of(error)]}) from error
        record(actor, "medical.bed", made, region=person.region_id,
               detail={"person": person.pk, "kind": kind, "since": since.isoformat()})
    return made


def leave(actor: User, pk: int, version: int, on: dt.date, reason: str) -> MedicalBed:
    """Enter that the person left the bed; ``on`` is the first day without it."""
    reason = given_reason(reason)
    if on > timezone.localdate():
        raise Refused(fields={"on": _("This day lies in the future.")})
    with transaction.atomic():
        found = _locked(actor, pk, version)
        if on <= found.period.lower:
            raise Refused(fields={"on": _("It began on %(day)s.") % {"day": day(found.period.lower)}})
        found.period = DateRange(found.period.lower, on)
        ending.write(actor, found, reason)
        record(actor, "medical.stop", found, region=found.person.region_id, reason=reason,
               detail={"person": found.person_id, "on": on.isoformat()})
    return found


def take_back(actor: User, pk: int, version: int, reason: str) -> MedicalBed:
    """Mark as entered in error: it stays, and counts for nothing."""
    reason = given_reason(reason)
    with transaction.atomic():
        found = _locked(actor, pk, version)
        found.in_error = True
        ending.write(actor, found, reason)
        record(actor, "medical.error", found, region=found.person.region_id, reason=reason,
               detail={"person": found.person_id})
    return found


def _locked(actor: User, pk: int, version: int) -> MedicalBed:
    seen = get_bed(actor, pk)
    get_person(actor, seen.person_id, "health.edit")
    return ending.lock(seen, version, "person")
