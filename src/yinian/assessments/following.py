"""Nobody is sent to whoever has died or moved away: what is under way of their assessment falls, with the reason."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from yinian.assessments.objections import actions as objections
from yinian.assessments.requests import actions as requests
from yinian.assessments.requests.models import Request
from yinian.assessments.results import actions as results
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
    results.drop(actor, request, reason)
    requests.close(actor, request, reason)
    objections.drop(actor, request, reason)


def look_after() -> int:
    """By the clock, for those whom a department's list told of: how many requests fell."""
    gone = Request.objects.filter(state__in=Request.OPEN, person__state__in=GONE)
    return sum(follow(platform_user(), pk) for pk in sorted(set(gone.values_list("person_id", flat=True))))


def _told(actor: User, person_pk: int) -> None:
    follow(actor, person_pk)


events.register("assessments.requests", _told)
