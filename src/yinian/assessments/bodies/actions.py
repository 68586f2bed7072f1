"""Recognising bodies, entering an assessment of theirs with its paper, and checking it by another human (互认)."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import rules, scales, workkinds
from yinian.assessments.bodies.models import Body, Recognition
from yinian.assessments.bodies.queries import COUNTY_DIGITS, get_body, get_recognition, recognised_now, rule_of
from yinian.assessments.results.actions import take_effect
from yinian.assessments.results.models import Result
from yinian.core.attachments.models import Attachment
from yinian.core.audit.actions import record
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day
from yinian.core.models import Region
from yinian.core.users.models import User
from yinian.core.users.queries import human_key, same_human
from yinian.people.models import Person
from yinian.people.persons.actions import check_day, lock_person


def save_body(
    actor: User, county: Region, name: str, kind: str, scale_ids: Sequence[str], basis: str, since: dt.date,
    until: dt.date | None, *, body_pk: int | None = None, version: int | None = None,
) -> Body:
    """Enter or change a body whose results the county recognises, with the document it rests on."""
    actor.require("assessments.manage", county.code)
    name, basis = name.strip(), basis.strip()
    if not name:
        raise Refused(fields={"name": _("Give the body's name.")})
    if not basis:
        raise Refused(fields={"basis": _("Name the agreement or document it rests on.")})
    if not scale_ids:
        raise Refused(fields={"scales": _("Choose at least one scale.")})
    if until is not None and until <= since:
        raise Refused(fields={"until": _("It must end after the day on which it begins.")})
    accepted = {
        rule.value.scale for rule in rules.rules_for(county.code).recognised if rule.value.id == kind
    }
    if not accepted:
        raise Refused(fields={"kind": _("Choose the kind of body.")})
    if set(scale_ids) - accepted:
        raise Refused(fields={"scales": _("By the pack, results of this kind of body are accepted by another scale.")})
    with transaction.atomic():
        if body_pk is None:
            body = Body(county=county, entered_by=actor)
        else:
            get_body(actor, body_pk)
            body = Body.objects.select_for_update().get(pk=body_pk)
            if version is not None and body.version != version:
                raise Changed(_("Somebody has changed this body meanwhile; look at it again."))
            body.version += 1
        body.name, body.kind, body.scales, body.basis = name[:120], kind, sorted(scale_ids), basis[:200]
        body.since, body.until = since, until
        try:
            with transaction.atomic():
                body.save()
        except IntegrityError as error:
            raise Refused(fields={"name": _("This body is on the list already.")}) from error
        record(actor, "assessments.body", body, region=county.code,
               detail={"kind": kind, "scales": body.scales, "until": until and until.isoformat()})
    return body


def enter(
    actor: User, person_pk: int, body_pk: int, scale: str, number: str, assessed_on: dt.date | None, level: int,
    paper: Attachment | None,
) -> Recognition:
    """Enter an assessment of a recognised body with its paper; another human checks it.

    Raises :class:`Refused` where the body, scale or age of the paper is not accepted, or it was entered before.
    """
    body = recognised_now(actor).filter(pk=body_pk).first()
    if body is None:
        raise NotVisible("body")
    number = number.strip()
    if not number:
        raise Refused(fields={"number": _("Give the number on the paper.")})
    if paper is None:
        raise Refused(fields={"paper": _("Attach the paper as a picture or PDF.")})
    with transaction.atomic():
        person = lock_person(actor, "assessments.request", person_pk)
        assessed = check_day(assessed_on, "assessed_on", person)
        _check(body, scale, level, assessed, person)
        county = person.region_id[:COUNTY_DIGITS]
        due = add_working_days(timezone.localdate(), rules.rules_for(county).result.value)
        try:
            with transaction.atomic():
                found = Recognition.objects.create(
                    person=person, scale=scale, body=body, number=number[:60], assessed_on=assessed, level=level,
                    paper=paper, due_on=due, entered_by=actor,
                )
        except IntegrityError as error:
            raise Refused(fields={"number": _("This paper was entered already, or another waits for its check.")}) \
                from error
        inbox.ask(
            actor, workkinds.CHECK, key=f"{workkinds.CHECK}:{found.pk}", region=county, due_on=due,
            params={"name": person.name, "village": person.region.name},
            url=reverse("assessments:recognition", args=[found.pk]),
        )
        record(actor, "assessments.recognise", found, region=person.region_id,
               detail={"person": person.pk, "body": body.pk, "scale": scale, "level": level,
                       "assessed_on": assessed.isoformat()})
    return found


def _check(body: Body, scale: str, level: int, assessed: dt.date, person: Person) -> None:
    """What must hold both when a paper is entered and when it is accepted."""
    if scale not in body.scales:
        raise Refused(fields={"scale": _("This body is not recognised for this scale.")})
    rule = rule_of(body, scale)
    if rule is None:
        raise Refused(fields={"scale": _("By the pack, results of this kind of body are not accepted.")})
    if level not in [number for number, _name in scales.level_choices(scale)]:
        raise Refused(fields={"level": _("Choose the level.")})
    if assessed < body.since or (body.until is not None and assessed >= body.until):
        raise Refused(fields={"assessed_on": _("The body was not recognised on that day.")})
    months = rule.value.months
    if months is not None and rules.months_after(assessed, months) <= timezone.localdate():
        raise Refused(fields={"assessed_on": _("The assessment is older than %(n)d months and no longer accepted.")
                              % {"n": months}})
    standing = Result.objects.filter(person=person, scale=scale, state=Result.State.IN_FORCE).first()
    if standing is not None and standing.assessed_on > assessed:
        raise Refused(fields={"assessed_on": _("A result of a later day (%(day)s) is in force.")
                              % {"day": day(standing.assessed_on)}})


def accept(actor: User, recognition_pk: int, version: int, note: str = "") -> Result:
    """Accept a paper after comparing it: it becomes a result in force. The checker did not enter it."""
    seen = get_recognition(actor, recognition_pk)
    actor.require("assessments.issue", seen.person.region_id)
    human_key(actor)
    with transaction.atomic():
        person = Person.objects.select_for_update(of=("self",)).select_related("region").get(pk=seen.person_id)
        found = _locked(actor, recognition_pk, version, person)
        _check(found.body, found.scale, found.level, found.assessed_on, person)
        today = timezone.localdate()
        _close(actor, found, Recognition.State.ACCEPTED, note)
        rule = rule_of(found.body, found.scale)
        months = rule.value.months if rule is not None else None
        result = Result.objects.create(
            origin=Result.Origin.RECOGNISED, recognition=found, person=person, scale=found.scale, final=found.level,
            assessed_on=found.assessed_on, state=Result.State.ISSUED, reviewed_by=actor, reviewed_at=timezone.now(),
            review_note=note.strip()[:200], issued_on=today,
            reassess_on=None if months is None else rules.months_after(found.assessed_on, months),
        )
        take_effect(actor, result, person, today)
        record(actor, "assessments.recognise_accept", found, region=person.region_id, reason=note.strip()[:200],
               detail={"result": result.pk, "level": found.level})
    return result


def refuse(actor: User, recognition_pk: int, version: int, reason: str) -> Recognition:
    """Refuse a paper, with the reason."""
    seen = get_recognition(actor, recognition_pk)
    actor.require("assessments.issue", seen.person.region_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why it is refused; it is kept.")})
    with transaction.atomic():
        person = Person.objects.select_for_update(of=("self",)).get(pk=seen.person_id)
        found = _locked(actor, recognition_pk, version, person)
        _close(actor, found, Recognition.State.REFUSED, reason)
        record(actor, "assessments.recognise_refuse", found, region=person.region_id, reason=reason[:200])
    return found


def _locked(actor: User, pk: int, version: int, person: Person) -> Recognition:
    found = Recognition.objects.select_for_update(of=("self",)).select_related("body", "entered_by").get(pk=pk)
    if found.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if found.state != Recognition.State.ENTERED:
        raise Refused(_("This paper is checked already."))
    if same_human(actor, found.entered_by):
        raise Refused(_("You entered this paper yourself; another has to check it."))
    own = actor.identity_index
    if own is not None and person.id_index is not None and bytes(own) == bytes(person.id_index):
        raise Refused(_("Nobody decides about themself."))
    return found


def _close(actor: User, found: Recognition, state: str, reason: str) -> None:
    found.state, found.checked_by, found.checked_at = state, actor, timezone.now()
    found.reason, found.version = reason.strip()[:200], found.version + 1
    found.save(update_fields=["state", "checked_by", "checked_at", "reason", "version"])
    inbox.settle(actor, f"{workkinds.CHECK}:{found.pk}", _("The paper was checked."))
