"""Objecting to a result, and withdrawing the objection. The re-assessment by others answers it (results)."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments.objections.models import Objection
from yinian.assessments.objections.queries import get_objection
from yinian.assessments.requests import actions as requests
from yinian.assessments.requests.models import Request
from yinian.assessments.results.models import Result
from yinian.assessments.results.queries import get_result
from yinian.core.attachments.models import Attachment
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.people.models import Person
from yinian.people.persons.actions import check_reach
from yinian.people.representatives.models import Representative
from yinian.people.representatives.queries import get_own, standing


def object_to(
    actor: User, result_pk: int, by: str, by_name: str, reason: str, *, lodged_on: dt.date | None = None,
    paper: Attachment | None = None,
) -> Objection:
    """Enter an objection for the person, family or guardian. A re-assessment by others is asked for at once.

    Raises :class:`Refused` after the time to object, for a re-assessment, or where one was raised already.
    """
    seen = get_result(actor, result_pk)
    check_reach(actor, "assessments.request", seen.person)
    if not by_name.strip():
        raise Refused(fields={"by_name": _("Say who objects.")})
    return _object(actor, seen, by, by_name, reason, lodged_on or timezone.localdate(), paper)


def object_own(actor: User, person_pk: int, result_pk: int, reason: str) -> Objection:
    """A family member, or the person, objects from an account of their own."""
    actor.require("own.act")
    person = get_own(actor, person_pk)
    result = Result.objects.select_related("person__region").filter(pk=result_pk, person=person).exclude(
        state__in=(Result.State.REVIEW, Result.State.RETURNED)
    ).first()
    if result is None:
        raise NotVisible("result")
    relation = standing().filter(user=actor, person=person).values_list("relation", flat=True)[0]
    by = {
        Representative.Relation.SELF: Objection.By.PERSON, Representative.Relation.GUARDIAN: Objection.By.GUARDIAN,
    }.get(Representative.Relation(relation), Objection.By.FAMILY)
    return _object(actor, result, by, actor.full_name, reason, timezone.localdate(), None)


def _object(
    actor: User, seen: Result, by: str, by_name: str, reason: str, on: dt.date, paper: Attachment | None
) -> Objection:
    reason = reason.strip()
    if by not in Objection.By.values:
        raise Refused(fields={"by": _("Choose who objects.")})
    if not reason:
        raise Refused(fields={"reason": _("Say what is doubted; the assessors of the re-assessment read it.")})
    if on > timezone.localdate():
        raise Refused(fields={"lodged_on": _("This day lies in the future.")})
    with transaction.atomic():
        person = Person.objects.select_for_update(of=("self",)).select_related("region").get(pk=seen.person_id)
        result = Result.objects.select_for_update(of=("self",)).select_related("request").get(pk=seen.pk)
        if result.state not in (Result.State.ISSUED, Result.State.IN_FORCE) or result.issued_on is None:
            raise Refused(_("This result is not one that can be objected to now."))
        if result.object_until is None:
            raise Refused(_("This is the result of a re-assessment, or of another body; it is final here."))
        if on < result.issued_on or on > result.object_until:
            raise Refused(fields={"lodged_on": _(
                "Objections are taken from %(since)s to %(until)s. After it, ask for an immediate assessment if "
                "something has changed."
            ) % {"since": day(result.issued_on), "until": day(result.object_until)}})
        request = requests.open_request(
            actor, person, result.scale, Request.Kind.DISPUTED,
            Request.Channel.PERSON if by == Objection.By.PERSON else Request.Channel.FAMILY, reason, since=on,
            paper=paper, disputes=result,
        )
        try:
            with transaction.atomic():
                objection = Objection.objects.create(
                    result=result, by=by, by_name=by_name.strip()[:60], reason=reason[:500], lodged_on=on, paper=paper,
                    entered_by=actor, due_on=request.result_due_on, request=request,
                )
        except IntegrityError as error:
            raise Refused(_("An objection to this result was raised already; it is raised once.")) from error
        record(actor, "assessments.object", objection, region=person.region_id, reason=reason[:200],
               detail={"result": result.pk, "request": request.pk, "by": by})
    return objection


def withdraw(actor: User, objection_pk: int, version: int, reason: str) -> Objection:
    """Take an objection back before the re-assessment is in review; the result stands, and can be objected to anew
    while its time runs."""
    seen = get_objection(actor, objection_pk)
    check_reach(actor, "assessments.request", seen.result.person)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why it is withdrawn, and by whom; it is kept.")})
    with transaction.atomic():
        request = requests.locked(seen.request_id or 0, None)
        objection = Objection.objects.select_for_update(of=("self",)).get(pk=seen.pk)
        if objection.version != version:
            raise Changed(_("Somebody has changed this objection meanwhile; look at it again."))
        if objection.state != Objection.State.LODGED:
            raise Refused(_("This objection is answered already."))
        if request.state == Request.State.REVIEW:
            raise Refused(_("The re-assessment is in review already; its result answers the objection."))
        if request.state in Request.OPEN:
            requests.close(actor, request, reason)
        _withdrawn(actor, objection, seen.result.person, reason[:200])
    return objection


def drop(actor: User, request: Request, reason: str) -> None:
    """What asked for a re-assessment falls with its request, which the caller has locked and closed."""
    for objection in Objection.objects.select_for_update(of=("self",)).filter(
        request=request, state=Objection.State.LODGED
    ):
        _withdrawn(actor, objection, request.person, reason[:200])


def _withdrawn(actor: User, objection: Objection, person: Person, reason: str) -> None:
    objection.state, objection.closed_on, objection.closed_by = Objection.State.WITHDRAWN, timezone.localdate(), actor
    objection.close_reason, objection.version = reason, objection.version + 1
    objection.save(update_fields=["state", "closed_on", "closed_by", "close_reason", "version"])
    record(actor, "assessments.object_withdraw", objection, region=person.region_id, reason=reason)
