"""Reading requests: who sees which, and who ought to be assessed."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import rules
from yinian.assessments.assignments.models import Seat
from yinian.assessments.requests.models import Request
from yinian.assessments.requests.wanted import wanted_by_services
from yinian.core.errors import NotVisible, Refused
from yinian.core.reading import once
from yinian.core.users.models import User
from yinian.people.circumstances.queries import believed
from yinian.people.models import Person, Spell
from yinian.people.persons import queries as persons

ABILITY = "ability"
COUNTY_DIGITS = 6


def visible_to(actor: User) -> QuerySet[Request]:
    """Requests about people of the actor's area or site, and those the actor is an assessor of."""
    actor.require("assessments.view")
    condition = Q(Exists(Seat.objects.filter(request=OuterRef("pk"), assessor__user=actor, released_at__isnull=True)))
    if actor.may("assessments.area"):
        condition |= Q(persons.reached(actor, "assessments.area"))
    return Request.objects.filter(condition)


def with_person(requests: QuerySet[Request]) -> QuerySet[Request]:
    """With the person and the village, without what a list never shows."""
    return requests.select_related("person__region__parent").defer(
        "person__id_number", "person__address", "person__region__outline", "person__region__parent__outline",
        "rules", "place",
    )


def get_request(actor: User, pk: int) -> Request:
    """One visible request with person, region and requester. Raises NotVisible."""
    found = (
        visible_to(actor)
        .select_related("person__region__parent", "requested_by", "closed_by", "disputes")
        .defer("person__region__outline", "person__region__parent__outline")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotVisible("request")
    return found


def seats_of(request: Request) -> list[Seat]:
    """The assessors who hold the request now, the leading one first."""
    return list(
        Seat.objects.filter(request=request, released_at__isnull=True)
        .select_related("assessor__user", "signature").order_by("place")
    )


def past_seats_of(request: Request) -> list[Seat]:
    """Assessors who were released from the request, the latest first."""
    return list(
        Seat.objects.filter(request=request, released_at__isnull=False)
        .select_related("assessor__user", "released_by").order_by("-released_at")
    )


def seat_of(actor: User, request: Request) -> Seat | None:
    """The actor's own part in the request, if any."""
    return Seat.objects.filter(request=request, assessor__user=actor, released_at__isnull=True).first()


@once
def requests_of(actor: User, person: Person) -> list[Request]:
    """A person's requests the actor sees, the latest first."""
    return list(visible_to(actor).filter(person=person).order_by("-pk").select_related("requested_by"))


def open_of(person_pks: list[int], scale: str) -> set[int]:
    """Of these persons, those with an open request on the scale."""
    return set(
        Request.objects.filter(person__in=person_pks, scale=scale, state__in=Request.OPEN).values_list(
            "person_id", flat=True
        )
    )


# --- who ought to be assessed --------------------------------------------------------------------------------------


def _ability(**more: Any) -> QuerySet[Spell]:
    """The ability spells in force today of the outer person."""
    return Spell.objects.filter(
        believed(), person=OuterRef("pk"), kind=ABILITY, valid__contains=timezone.localdate(), **more
    )


def overdue_by_level(region_code: str, ahead: int = 0) -> Q:
    """Persons whose routine interval has run (or will within ``ahead`` days), by the rules of the region."""
    today = timezone.localdate()
    condition = Q(pk__in=[])
    for level, months in rules.rules_for(region_code).routine.value.items():
        # The latest day of assessment that is due: its interval ends by then.
        limit = rules.months_after(today + dt.timedelta(days=ahead), -months)
        condition |= Q(Exists(_ability(grade=level, valid__startswith__lte=limit)))
    return condition


def region_of_rules(actor: User) -> str:
    """The county whose rules answer for a list of the actor's; raises Refused where the actor is in none."""
    home = actor.home_region
    if home is None or len(home.code) < COUNTY_DIGITS:
        raise Refused(_("Your posting is in no county; its rules cannot be told."))
    return str(home.code[:COUNTY_DIGITS])


def to_assess(actor: User) -> QuerySet[Any]:
    """Living persons of the actor's area with ``level``, ``assessed_on`` and ``asked`` (an open request stands)."""
    current = _ability().order_by("-recorded_at")
    return (
        persons.standing(actor, "assessments.request")
        .filter(state=Person.State.LIVING)
        .select_related("region__parent")
        .only("name", "sex", "birth_date", "region_id", "region__name", "region__level", "region__parent__name")
        .annotate(
            level=Subquery(current.values("grade")[:1]),
            assessed_on=Subquery(current.values("valid__startswith")[:1]),
            asked=Exists(Request.objects.filter(person=OuterRef("pk"), scale="gbt42195", state__in=Request.OPEN)),
        )
    )


def without_level(people: QuerySet[Any]) -> QuerySet[Any]:
    return people.filter(~Exists(_ability()))


def needing(people: QuerySet[Any], region_code: str) -> QuerySet[Any]:
    """Those without a level, and those whose routine interval has run."""
    return people.filter(~Exists(_ability()) | overdue_by_level(region_code))


def wanted(people: QuerySet[Any]) -> QuerySet[Any]:
    """Those for whom a service waits for the level, as the rooms above say."""
    return people.filter(wanted_by_services())
