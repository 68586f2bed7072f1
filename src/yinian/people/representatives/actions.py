"""Letting an account act for a person, and ending it."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.roles import Role
from yinian.core.users.actions import open_member_account
from yinian.core.users.models import User
from yinian.people.persons.actions import lock_person
from yinian.people.persons.models import Person
from yinian.people.representatives.models import Representative
from yinian.people.representatives.queries import MAX_OWN, standing


def appoint(
    actor: User, person_id: int, *, username: str, full_name: str = "", relation: str, evidence: str,
    since: dt.date | None = None,
) -> tuple[Representative, str]:
    """Let the account ``username`` act for a person; it is opened under ``full_name`` when there is none yet.

    ``evidence``: how the relation was seen, such as the household book. Returns the appointment and, for a new
    account, its one-time password (else an empty text). Raises Refused for an account of staff, for one that acts
    for the person already or for too many, and without evidence.
    """
    evidence = evidence.strip()
    if relation not in Representative.Relation.values:
        raise Refused(fields={"relation": _("Choose how the two are related.")})
    if not evidence:
        raise Refused(fields={"evidence": _("Say how the relation was seen, such as the household book.")})
    with transaction.atomic():
        person = lock_person(actor, "people.represent", person_id)
        if person.state == Person.State.DEAD:
            raise Refused(_("The person has died; nobody is appointed any more."))
        user = User.objects.select_for_update().filter(username=username.strip().lower()).first()
        password = ""
        if user is None:
            user, password = open_member_account(
                actor, username=username, full_name=full_name, region=person.region_id
            )
        elif user.is_machine or {Role(p.role) for p in user.current_postings} - {Role.MEMBER}:
            raise Refused(fields={"username": _("This is an account of staff. A family member gets one of their own.")})
        if standing().filter(user=user).count() >= MAX_OWN:
            raise Refused(fields={"username": _("This account acts for too many people already.")})
        try:
            with transaction.atomic():
                made = Representative.objects.create(
                    user=user, person=person, relation=relation, evidence=evidence[:200], given_by=actor,
                    period=(since or timezone.localdate(), None),
                )
        except IntegrityError as error:
            raise Refused(fields={"username": _("This account acts for the person already.")}) from error
        record(actor, "people.represent", person, region=person.region_id,
               detail={"user": user.pk, "relation": relation, "representative": made.pk})
    return made, password


def end(actor: User, representative_id: int, reason: str) -> Representative:
    """From today on the account no longer acts for the person. Needs a reason."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        found = Representative.objects.select_for_update().get(pk=representative_id)
        person = lock_person(actor, "people.represent", found.person_id)
        if found.period.upper is not None:
            raise Refused(_("This has ended already."))
        today = timezone.localdate()
        # A period of no day at all would be empty; one given today ends with today.
        upper = max(today, found.period.lower + dt.timedelta(days=1))
        found.period = (found.period.lower, upper)
        found.ended_by, found.end_reason = actor, reason[:200]
        found.save(update_fields=["period", "ended_by", "end_reason"])
        record(actor, "people.represent_end", person, region=person.region_id, reason=reason[:200],
               detail={"user": found.user_id, "representative": found.pk})
    return found
