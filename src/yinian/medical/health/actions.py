"""Writing the health summary, and opening it, which is logged each time."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from yinian.core.audit.actions import record, shown
from yinian.core.documents.actions import issuer_of
from yinian.core.documents.setting import set_paper
from yinian.core.errors import Changed, Refused
from yinian.core.users.models import User
from yinian.medical.health import queries
from yinian.medical.health.models import ENTRIES, Allergy, Condition, Source
from yinian.medical.health.queries import Summary
from yinian.medical.keeping import given_reason
from yinian.people.models import Person
from yinian.people.representatives.queries import get_own

TEMPLATE = "medical/documents/summary.typ"
TITLE = "健康摘要"
FIELD = "health_summary"
LONGEST = 200


def open_summary(actor: User, person_pk: int, reason: str) -> Summary:
    """The summary of a person, after it is logged who opened it and why, as for masked data."""
    person = queries.get_person(actor, person_pk)
    with transaction.atomic():
        shown(actor, person, FIELD, region=person.region_id, reason=reason)
    return queries.summary_of(person)


def open_own_summary(actor: User, person_pk: int) -> Summary:
    """The summary of somebody the account acts for, logged like any opening. Raises NotVisible for anybody else."""
    person = get_own(actor, person_pk)
    with transaction.atomic():
        shown(actor, person, FIELD, region=person.region_id, reason=_("The person or the family looks at it"))
    return queries.summary_of(person)


def summary_pdf(actor: User, person_pk: int, reason: str) -> bytes:
    """The same as a paper, logged like any opening; kept nowhere."""
    found = open_summary(actor, person_pk, reason)
    with override("zh-hans"):
        head = {
            "title": TITLE,
            "number": "",
            "issuer": issuer_of(found.person.region_id),
            "issued_on": found.on.isoformat(),
        }
        return set_paper(
            TEMPLATE, {**queries.paper_data(found, masked=not actor.may("people.reveal")), "paper": head},
            at=timezone.now(),
        )


def _check(text: str, source: str, learned_on: dt.date) -> dict[str, str]:
    faults = {}
    if not text.strip():
        faults["text"] = _("Fill this in.")
    if source not in Source.values:
        faults["source"] = _("Say where it is known from.")
    if learned_on > timezone.localdate():
        faults["learned_on"] = _("This day lies in the future.")
    return faults


def add_condition(
    actor: User,
    person_pk: int,
    *,
    text: str,
    source: str,
    learned_on: dt.date,
    code: str = "",
    clinical: str = Condition.Clinical.ACTIVE,
    since_year: int | None = None,
) -> Condition:
    """Enter a disease or state. ``since_year``: since when, where known; ``code``: ICD-10, where known."""
    person = queries.get_person(actor, person_pk, "health.edit")
    faults = _check(text, source, learned_on)
    if clinical not in Condition.Clinical.values:
        faults["clinical"] = _("Choose one.")
    born = person.birth_date.year if person.birth_date else 1880
    if since_year is not None and not born <= since_year <= learned_on.year:
        faults["since_year"] = _("This year cannot be right.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        _locked_person(person)
        words = text.strip()[:LONGEST]
        for one in Condition.objects.filter(person=person, error_at__isnull=True):
            if one.text == words and one.clinical != Condition.Clinical.RESOLVED:
                raise Refused(fields={"text": _("This is on the summary already.")})
        made = Condition.objects.create(
            person=person,
            text=words,
            code=_code(code),
            source=source,
            learned_on=learned_on,
            clinical=clinical,
            since_year=since_year,
            recorded_by=actor,
        )
        record(actor, "medical.condition", made, region=person.region_id, detail={"person": person.pk})
    return made


def _code(text: str) -> str | None:
    """An ICD-10 code in its usual form. Raises :class:`Refused` for what cannot be one."""
    text = text.strip().upper()
    if not text:
        return None
    plain = text.replace(".", "").replace("X", "", 1) if len(text) > 3 else text
    if len(text) > 12 or not (len(plain) >= 3 and plain[0].isalpha() and plain[1:3].isdigit()):
        raise Refused(fields={"code": _("An ICD-10 code is a letter and two digits, and perhaps more, such as I10.")})
    return text


def add_allergy(
    actor: User,
    person_pk: int,
    *,
    text: str,
    category: str,
    criticality: str,
    source: str,
    learned_on: dt.date,
    reaction: str = "",
) -> Allergy:
    """Enter what a person does not tolerate."""
    person = queries.get_person(actor, person_pk, "health.edit")
    faults = _check(text, source, learned_on)
    if category not in Allergy.Category.values:
        faults["category"] = _("Choose one.")
    if criticality not in Allergy.Criticality.values:
        faults["criticality"] = _("Choose one.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        _locked_person(person)
        words = text.strip()[:LONGEST]
        if any(one.text == words for one in Allergy.objects.filter(person=person, error_at__isnull=True)):
            raise Refused(fields={"text": _("This is on the summary already.")})
        made = Allergy.objects.create(
            person=person,
            text=words,
            category=category,
            criticality=criticality,
            reaction=reaction.strip()[:LONGEST] or None,
            source=source,
            learned_on=learned_on,
            recorded_by=actor,
        )
        record(actor, "medical.allergy", made, region=person.region_id, detail={"person": person.pk})
    return made


def change_condition(actor: User, pk: int, version: int, clinical: str, on: dt.date) -> Condition:
    """Enter how a condition goes on: present, in remission, over; as of a day."""
    seen = queries.get_entry(actor, "condition", pk)
    if clinical not in Condition.Clinical.values:
        raise Refused(fields={"clinical": _("Choose one.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("This day lies in the future.")})
    with transaction.atomic():
        found: Condition = _locked("condition", seen.pk, version)
        before = found.clinical
        found.clinical, found.changed_by, found.changed_on = clinical, actor, on
        found.version += 1
        found.save(update_fields=["clinical", "changed_by", "changed_on", "version"])
        record(
            actor, "medical.condition_change", found, region=seen.person.region_id,
            detail={"person": found.person_id, "before": before, "now": clinical},
        )
    return found


def mark_error(actor: User, kind: str, pk: int, version: int, reason: str) -> None:
    """Mark an entry (``kind``: condition, allergy) as entered in error. It stays, and shows no longer."""
    seen = queries.get_entry(actor, kind, pk)
    reason = given_reason(reason)
    with transaction.atomic():
        found = _locked(kind, pk, version)
        found.error_by, found.error_at, found.error_reason = actor, timezone.now(), reason
        found.version += 1
        found.save(update_fields=["error_by", "error_at", "error_reason", "version"])
        record(
            actor, "medical.error", found, region=seen.person.region_id, reason=reason,
            detail={"person": found.person_id},
        )


def _locked_person(person: Person) -> None:
    Person.objects.select_for_update().only("pk").get(pk=person.pk)


def _locked(kind: str, pk: int, version: int) -> Any:
    found = ENTRIES[kind]._default_manager.select_for_update().get(pk=pk)
    if found.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if found.in_error:
        raise Refused(_("It is marked as an error already."))
    return found
