"""Writing family doctors: entered, ended with a reason, marked as an error."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.users.models import User
from yinian.homes.stays.refusing import constraint_of
from yinian.medical import ending
from yinian.medical.doctors.models import FamilyDoctor
from yinian.medical.doctors.queries import get_family_doctor
from yinian.medical.health.queries import get_person
from yinian.medical.institutions.queries import get_institution
from yinian.medical.keeping import given_reason


def sign(
    actor: User,
    person_pk: int,
    institution_pk: int,
    *,
    doctor: str,
    since: dt.date,
    last: dt.date | None,
    services: Sequence[str] = (),
    phone: str = "",
    number: str = "",
) -> FamilyDoctor:
    """Enter with which doctor a person has signed. ``last``: the last day; None where no end is agreed."""
    person = get_person(actor, person_pk, "health.edit")
    institution = get_institution(actor, institution_pk)
    faults = {}
    if not doctor.strip():
        faults["doctor"] = _("Give the doctor's name.")
    if not set(services) <= set(FamilyDoctor.Service.values):
        faults["services"] = _("Choose from the list.")
    if last is not None and last < since:
        faults["last"] = _("The last day lies before the first.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = FamilyDoctor.objects.create(
                    person=person,
                    institution=institution,
                    doctor=doctor.strip()[:60],
                    phone=phone.strip()[:30],
                    services=[one for one in FamilyDoctor.Service.values if one in services],
                    number=number.strip()[:60],
                    period=DateRange(since, None if last is None else last + dt.timedelta(days=1)),
                    entered_by=actor,
                )
        except IntegrityError as error:
            if constraint_of(error) != "one_family_doctor_at_a_time":
                raise
            raise Refused(
                fields={"since": _("The person has a family doctor over these days; end that first.")}
            ) from error
        record(actor, "medical.doctor", made, region=person.region_id, detail={"person": person.pk})
    return made


def stop(actor: User, pk: int, version: int, last: dt.date, reason: str) -> FamilyDoctor:
    """End before its day: ``last`` is the last day on which it held."""
    reason = given_reason(reason)
    with transaction.atomic():
        found = _locked(actor, pk, version)
        ending.end_after(found, last)
        ending.write(actor, found, reason)
        record(actor, "medical.stop", found, region=found.person.region_id, reason=reason,
               detail={"person": found.person_id, "last": last.isoformat()})
    return found


def take_back(actor: User, pk: int, version: int, reason: str) -> FamilyDoctor:
    """Mark as entered in error: it stays, and counts for nothing."""
    reason = given_reason(reason)
    with transaction.atomic():
        found = _locked(actor, pk, version)
        found.in_error = True
        ending.write(actor, found, reason)
        record(actor, "medical.error", found, region=found.person.region_id, reason=reason,
               detail={"person": found.person_id})
    return found


def _locked(actor: User, pk: int, version: int) -> FamilyDoctor:
    seen = get_family_doctor(actor, pk)
    get_person(actor, seen.person_id, "health.edit")
    return ending.lock(seen, version, "person")
