"""Writing check-ups: entered with what was found, followed up until it is closed, marked as an error."""

import datetime as dt
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.homes.stays.queries import nights
from yinian.homes.stays.refusing import constraint_of
from yinian.medical import papers, workkinds
from yinian.medical.checkups import queries
from yinian.medical.checkups.models import CheckUp
from yinian.medical.health.queries import get_person
from yinian.medical.institutions.queries import get_institution
from yinian.medical.keeping import given_reason
from yinian.people.models import Person

LONGEST = 1000
VILLAGE = 12  # digits of a village's code


def enter(
    actor: User,
    person_pk: int,
    institution_pk: int,
    *,
    done_on: dt.date,
    paid: str,
    result: str,
    findings: str = "",
    follow: str = "",
    follow_by: dt.date | None = None,
    file: BinaryIO | None = None,
) -> CheckUp:
    """Enter a check-up. Something to follow up goes to the home's desk, of people at home to the village's."""
    person = get_person(actor, person_pk, "health.edit")
    institution = get_institution(actor, institution_pk)
    abnormal = result == CheckUp.Result.ABNORMAL
    faults = {}
    if done_on > timezone.localdate():
        faults["done_on"] = _("This day lies in the future.")
    if person.birth_date and done_on < person.birth_date:
        faults["done_on"] = _("This day lies before the birth.")
    if paid not in CheckUp.Paid.values:
        faults["paid"] = _("Choose one.")
    if result not in CheckUp.Result.values:
        faults["result"] = _("Choose one.")
    if abnormal:
        if not findings.strip():
            faults["findings"] = _("Write what was found.")
        if not follow.strip():
            faults["follow"] = _("Write what is to be done about it.")
        if follow_by is None or follow_by < done_on:
            faults["follow_by"] = _("Say by which day, after the check-up.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        paper = None
        if file is not None:
            try:
                # Reached as a person's data are: home staff by their resident, others by the village.
                paper = attachments.store(actor, file, papers.CHECK_UP, person.region_id, reached=True)
            except Refused as refusal:
                raise Refused(fields={"file": refusal.message or str(refusal)}) from refusal
        try:
            with transaction.atomic():
                made = CheckUp.objects.create(
                    person=person,
                    institution=institution,
                    done_on=done_on,
                    paid=paid,
                    result=result,
                    findings=findings.strip()[:LONGEST] or None,
                    follow=follow.strip()[:LONGEST] if abnormal else None,
                    follow_by=follow_by if abnormal else None,
                    paper=paper,
                    recorded_by=actor,
                )
        except IntegrityError as error:
            if constraint_of(error) != "check_up_entered_once":
                raise
            raise Refused(fields={"done_on": _("This check-up is entered already.")}) from error
        record(
            actor, "medical.check_up", made, region=person.region_id,
            detail={"person": person.pk, "on": done_on.isoformat(), "result": result},
        )
        if abnormal:
            ask_to_follow(actor, made, person)
    return made


def ask_to_follow(actor: User, made: CheckUp, person: Person) -> None:
    """Put what a check-up found on the desk of the home, of people at home on the village's."""
    stay = nights().filter(person=person).select_related("bed__site").first()
    assert made.follow_by is not None
    inbox.ask(
        actor,
        workkinds.FOLLOW_UP,
        key=key_of(made),
        region=stay.bed.site.region_id if stay else person.region_id[:VILLAGE],
        site=stay.bed.site_id if stay else None,
        role=Role.HOME_MANAGER if stay else Role.VILLAGE_WORKER,
        url=reverse("medical:checkup", args=[made.pk]),
        params={"name": person.name, "on": made.done_on.isoformat(), "day": made.follow_by.isoformat()},
        due_on=max(made.follow_by, timezone.localdate()),
    )


def follow_up(actor: User, pk: int, version: int, on: dt.date, note: str) -> CheckUp:
    """Close what a check-up found: what was done and what came of it."""
    if not note.strip():
        raise Refused(fields={"note": _("Write what was done and what came of it.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("This day lies in the future.")})
    with transaction.atomic():
        found = _locked(actor, pk, version)
        if not found.is_open:
            raise Refused(_("There is nothing to follow up."))
        if on < found.done_on:
            raise Refused(fields={"on": _("It lies before the check-up, %(day)s.") % {"day": day(found.done_on)}})
        found.followed_on, found.followed_by, found.followed_note = on, actor, note.strip()[:LONGEST]
        found.version += 1
        found.save(update_fields=["followed_on", "followed_by", "followed_note", "version"])
        inbox.settle(actor, key_of(found), _("Followed up."))
        record(actor, "medical.followed_up", found, region=found.person.region_id,
               detail={"person": found.person_id, "on": on.isoformat()})
    return found


def mark_error(actor: User, pk: int, version: int, reason: str) -> CheckUp:
    """Mark a check-up as entered in error: it stays, and counts for nothing."""
    reason = given_reason(reason)
    with transaction.atomic():
        found = _locked(actor, pk, version)
        found.error_by, found.error_at, found.error_reason = actor, timezone.now(), reason
        found.version += 1
        found.save(update_fields=["error_by", "error_at", "error_reason", "version"])
        inbox.settle(actor, key_of(found), reason, needed=False)
        record(actor, "medical.error", found, region=found.person.region_id, reason=reason,
               detail={"person": found.person_id})
    return found


def _locked(actor: User, pk: int, version: int) -> CheckUp:
    seen = queries.get_check_up(actor, pk)
    get_person(actor, seen.person_id, "health.edit")
    found = CheckUp.objects.select_for_update(of=("self",)).select_related("person").get(pk=pk)
    if found.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if found.error_at is not None:
        raise Refused(_("It is marked as an error already."))
    return found


def key_of(found: CheckUp) -> str:
    """The key of the work item about what a check-up found."""
    return f"medical.check_up:{found.pk}"
