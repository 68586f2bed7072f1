"""Nobody is sent to whoever has died or moved away: what is under way of their assessment falls, with the reason."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from yinian.assessments.objections.models import Objection
from yinian.assessments.requests import actions as requests
from yinian.assessments.requests.models import Request
from yinian.assessments.results.models import Result
from yinian.core.audit.actions import record
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.people.models import Person
from yinian.people.persons import events

GONE = (Person.State.DEAD, Person.State.MOVED_OUT)


def follow(actor: User, person_pk: int) -> int:
    """Withdraw the open requests of a person who has died or moved away; a result in review is dropped where the
    person has died, and left to its reviewer otherwise. How many."""
    with transaction.atomic():
        person = Person.objects.select_for_update(of=("self",)).get(pk=person_pk)
        if person.state not in GONE:
            return 0
        dead = person.state == Person.State.DEAD
        with override("zh-hans"):  # it stays on file, whoever is at work
            reason = _("The person has died.") if dead else _("The person has moved out of the county.")
        found = list(
            Request.objects.select_for_update(of=("self",)).select_related("person__region")
            .filter(person=person, state__in=Request.OPEN).exclude(state="" if dead else Request.State.REVIEW)
        )
        for request in found:
            _drop(actor, request, reason)
    return len(found)


def _drop(actor: User, request: Request, reason: str) -> None:
    now = timezone.now()
    for result in Result.objects.select_for_update().filter(request=request, state=Result.State.REVIEW):
        result.state, result.version = Result.State.RETURNED, result.version + 1
        result.reviewed_by, result.reviewed_at, result.review_note = actor, now, reason
        result.save(update_fields=["state", "version", "reviewed_by", "reviewed_at", "review_note"])
    requests.close(actor, request, reason)
    for objection in Objection.objects.select_for_update().filter(request=request, state=Objection.State.LODGED):
        objection.state, objection.closed_on, objection.closed_by = (
            Objection.State.WITHDRAWN, timezone.localdate(), actor
        )
        objection.close_reason, objection.version = reason, objection.version + 1
        objection.save(update_fields=["state", "closed_on", "closed_by", "close_reason", "version"])
        record(actor, "assessments.object_withdraw", objection, region=request.person.region_id, reason=reason)


def look_after() -> int:
    """By the clock, for those whom a department's list told of: how many requests fell."""
    gone = Request.objects.filter(state__in=Request.OPEN, person__state__in=GONE)
    return sum(follow(platform_user(), pk) for pk in sorted(set(gone.values_list("person_id", flat=True))))


def _told(actor: User, person_pk: int) -> None:
    follow(actor, person_pk)


events.register("assessments.requests", _told)
