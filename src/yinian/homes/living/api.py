"""Daily life in a home over REST: diets and meals, activities, outings, visits, letters with families. Thin.

A home's own system reads here and sends what it records: meals taken, visits at the door, outings, who came to an
activity. Nobody is named but by the person's number; the person's own endpoint has the name.
"""

import datetime as dt
import uuid
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from yinian.core.access import caller, needs
from yinian.homes.care.actions import Entry
from yinian.homes.care.queries import get_home, local
from yinian.homes.living.activities import actions as activity_actions
from yinian.homes.living.activities import queries as activities
from yinian.homes.living.activities.models import Activity, Participation
from yinian.homes.living.book import living
from yinian.homes.living.meals import actions as meal_actions
from yinian.homes.living.meals import queries as meals
from yinian.homes.living.meals.models import Diet, Intake
from yinian.homes.living.messages import actions as letter_actions
from yinian.homes.living.messages import queries as letters
from yinian.homes.living.messages.models import FamilyMessage
from yinian.homes.living.outings import actions as outing_actions
from yinian.homes.living.outings import queries as outings
from yinian.homes.living.outings.models import Outing
from yinian.homes.living.visits import actions as visit_actions
from yinian.homes.living.visits import queries as visits
from yinian.homes.living.visits.models import Visit
from yinian.homes.stays import queries as stays
from yinian.homes.thresholds import queries as thresholds

router = Router(tags=["homes"])
PAGE = 100
SEES, LETTERS = ("care.view", "homes.view", "people.view"), ("family.view", "homes.view", "people.view")
RECORDS = ("care.record", "care.view", "homes.view", "people.view")
WRITES = ("family.write", *LETTERS)


def _midnight(day: dt.date | None) -> dt.datetime:
    return local(day or dt.date(2000, 1, 1), 0)


# --- meals -----------------------------------------------------------------------------------------------------------


class DietOut(Schema):
    id: int
    person: int = Field(alias="person_id")
    kind: str
    strand: str
    origin: str
    since: dt.date
    until: dt.date | None  # the first day it holds no more

    @staticmethod
    def resolve_since(one: Diet) -> dt.date:
        day: dt.date = one.held.lower
        return day

    @staticmethod
    def resolve_until(one: Diet) -> dt.date | None:
        day: dt.date | None = one.held.upper
        return day


class MenuOut(Schema):
    day: dt.date
    meal: str
    dishes: list[str]
    published: bool


class PortionsOut(Schema):
    """``diet``: ids of the catalogue, texture first."""

    diet: list[str]
    portions: int


class KitchenOut(Schema):
    """A meal for the kitchen. ``left_out``: people away or out."""

    day: dt.date
    meal: str
    dishes: list[str]
    portions: list[PortionsOut]
    left_out: list[int]


class IntakeOut(Schema):
    id: int
    home: int = Field(alias="site_id")
    person: int = Field(alias="person_id")
    day: dt.date
    meal: str
    amount: str
    reason: str
    at: dt.datetime
    corrects: int | None = Field(alias="corrects_id")


class IntakeIn(Schema):
    day: dt.date
    meal: str = Field(max_length=20, description="an id of the catalogue of meals")
    amount: str = Field(pattern="^(all|half|little|none)$")
    reason: str = Field("", max_length=20, description="an id of the catalogue; needed where not all was eaten")
    note: str = Field("", max_length=1000)
    at: AwareDatetime | None = None
    late_reason: str = Field("", max_length=120)
    nonce: uuid.UUID | None = Field(None, description="sent twice with the same one, it is kept once")


@router.get("{int:pk}/diets", auth=needs(*SEES), response=list[DietOut], url_name="homes_diets")
def list_diets(request: HttpRequest, pk: int, after: int = 0) -> list[Diet]:
    """What is ordered today for those who live in a home, by id, 100 at a time."""
    home, today = get_home(caller(request), pk), timezone.localdate()
    here = stays.residents(caller(request), home).values("person")
    found = meals.diets_visible_to(caller(request)).filter(person__in=here, held__contains=today, pk__gt=after)
    return list(found.order_by("pk")[:PAGE])


@router.get("{int:pk}/menus", auth=needs(*SEES), response=list[MenuOut], url_name="homes_menus")
def list_menus(request: HttpRequest, pk: int, week: dt.date | None = None) -> list[dict[str, Any]]:
    """A home's menus of the week of a day (this one)."""
    home = get_home(caller(request), pk)
    found = meals.menus_of(home, meals.monday(week or timezone.localdate()))
    order = {meal: n for n, meal in enumerate(living().meals)}
    return [
        {"day": day, "meal": meal, "dishes": [line.dish.name for line in menu.lines.all()],
         "published": menu.published_at is not None}
        for (day, meal), menu in sorted(found.items(), key=lambda pair: (pair[0][0], order.get(pair[0][1], 0)))
    ]


@router.get("{int:pk}/kitchen", auth=needs(*SEES), response=KitchenOut, url_name="homes_kitchen")
def kitchen(request: HttpRequest, pk: int, day: dt.date | None = None, meal: str = "") -> dict[str, Any]:
    """A meal counted by what is eaten; without day and meal, the next one."""
    home = get_home(caller(request), pk)
    next_day, next_meal = meals.next_meal()
    sheet = meals.kitchen(caller(request), home, day or next_day, living().meals.get(meal, next_meal))
    return {
        "day": sheet.day, "meal": sheet.meal.id, "dishes": [dish.name for dish in sheet.dishes],
        "portions": [{"diet": list(kinds), "portions": found.total()} for kinds, found in sheet.counts.items()],
        "left_out": [stay.person_id for stay, _why in sheet.left_out],
    }


@router.get("{int:pk}/meals-taken", auth=needs(*SEES), response=list[IntakeOut], url_name="homes_meals_taken")
def list_intakes(request: HttpRequest, pk: int, since: dt.date | None = None, after: int = 0) -> list[Intake]:
    """Who ate how much, from a day on, by id, 100 at a time. One that was put right stands beside its correction."""
    home = get_home(caller(request), pk)
    found = meals.intakes_of(caller(request), home).filter(pk__gt=after)
    return list((found.filter(day__gte=since) if since else found).order_by("pk")[:PAGE])


@router.post("stays/{int:pk}/meals-taken", auth=needs(*RECORDS), response={201: IntakeOut}, url_name="homes_eat")
def record_intake(request: HttpRequest, pk: int, given: IntakeIn) -> Status[Intake]:
    """Record how much of a meal a resident ate."""
    made = meal_actions.record_intake(
        caller(request), pk, given.meal, given.day, given.amount, reason=given.reason, note=given.note,
        entry=Entry(given.at, given.late_reason, given.nonce),
    )
    return Status(201, made)


# --- activities ------------------------------------------------------------------------------------------------------


class ActivityOut(Schema):
    id: int
    home: int = Field(alias="site_id")
    kind: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str
    leader: str
    capacity: int | None
    state: str
    version: int


class TookPartOut(Schema):
    person: int = Field(alias="person_id")
    came: bool | None


class WholeActivityOut(ActivityOut):
    report: str
    people: list[TookPartOut]

    @staticmethod
    def resolve_people(one: Activity) -> list[Participation]:
        return list(one.participations.all())


class SignIn(Schema):
    stay: int


class HeldIn(Schema):
    version: int
    came: list[int] = Field(max_length=500, description="persons who came, signed up or not")
    report: str = Field("", max_length=500)


@router.get("{int:pk}/activities", auth=needs(*SEES), response=list[ActivityOut], url_name="homes_activities")
def list_activities(request: HttpRequest, pk: int, since: dt.date | None = None, after: int = 0) -> list[Activity]:
    """A home's activities from a day on, by id, 100 at a time."""
    home = get_home(caller(request), pk)
    rows = activities.visible_to(caller(request)).filter(site=home, starts_at__gte=_midnight(since), pk__gt=after)
    return list(rows.order_by("pk")[:PAGE])


@router.get("activities/{int:pk}", auth=needs(*SEES), response=WholeActivityOut, url_name="homes_activity")
def one_activity(request: HttpRequest, pk: int) -> Activity:
    """One activity with who signed up and who came."""
    return activities.get_activity(caller(request), pk)


@router.post("activities/{int:pk}/people", auth=needs(*RECORDS), response={201: TookPartOut}, url_name="homes_sign_up")
def sign_up(request: HttpRequest, pk: int, given: SignIn) -> Status[Participation]:
    """Sign a resident up."""
    return Status(201, activity_actions.sign_up(caller(request), pk, given.stay))


@router.post("activities/{int:pk}/held", auth=needs(*RECORDS), response=WholeActivityOut, url_name="homes_held")
def held(request: HttpRequest, pk: int, given: HeldIn) -> Activity:
    """Record that it was held and who came."""
    return activity_actions.hold(caller(request), pk, given.version, given.came, given.report)


# --- outings ---------------------------------------------------------------------------------------------------------


class OutingOut(Schema):
    id: int
    home: int = Field(alias="site_id")
    person: int = Field(alias="person_id")
    left_at: dt.datetime
    expected_back: dt.datetime
    relation: str
    ended_at: dt.datetime | None
    end_kind: str
    version: int


class OutingIn(Schema):
    relation: str = Field(pattern="^(alone|child|spouse|kin|friend|staff)$")
    companion: str = Field("", max_length=60)
    phone: str = Field("", max_length=30)
    reason: str = Field(min_length=1, max_length=200)
    expected_back: AwareDatetime
    left_at: AwareDatetime | None = None


class ComeInIn(Schema):
    version: int
    at: AwareDatetime | None = None
    note: str = Field("", max_length=200)


@router.get("outings", auth=needs(*SEES), response=list[OutingOut], url_name="homes_outings")
def list_outings(
    request: HttpRequest, home: int | None = None, open: bool = False, since: dt.date | None = None, after: int = 0
) -> list[Outing]:
    """Outings from the homes in reach from a day on, or those that run, by id, 100 at a time."""
    rows = outings.listed(caller(request)).filter(left_at__gte=_midnight(since), pk__gt=after)
    rows = rows.filter(ended_at__isnull=True) if open else rows
    return list((rows if home is None else rows.filter(site=home)).order_by("pk")[:PAGE])


@router.post("stays/{int:pk}/outings", auth=needs(*RECORDS), response={201: OutingOut}, url_name="homes_go_out")
def go_out(request: HttpRequest, pk: int, given: OutingIn) -> Status[Outing]:
    """Record that a resident goes out for some hours."""
    return Status(201, outing_actions.go_out(caller(request), pk, **given.dict()))


@router.post("outings/{int:pk}/back", auth=needs(*RECORDS), response=OutingOut, url_name="homes_come_in")
def come_in(request: HttpRequest, pk: int, given: ComeInIn) -> Outing:
    """Record that the person is back."""
    return outing_actions.come_in(caller(request), pk, given.version, at=given.at, note=given.note)


# --- visits ----------------------------------------------------------------------------------------------------------


class VisitOut(Schema):
    """Neither the visitor's name nor a number goes out."""

    id: int
    home: int = Field(alias="site_id")
    person: int = Field(alias="person_id")
    relation: str
    party: int
    booked_for: dt.datetime | None
    came_at: dt.datetime | None
    left_at: dt.datetime | None
    state: str
    version: int


class VisitIn(Schema):
    visitor: str = Field(min_length=1, max_length=60)
    relation: str = Field(pattern="^(child|spouse|kin|friend|volunteer|official)$")
    phone: str = Field("", max_length=30)
    party: int = Field(1, ge=1, le=visit_actions.MOST_PARTY)


@router.get("visits", auth=needs(*SEES), response=list[VisitOut], url_name="homes_visits")
def list_visits(
    request: HttpRequest, home: int | None = None, state: str = "", since: dt.date | None = None, after: int = 0
) -> list[Visit]:
    """Visits in the homes in reach, by id, 100 at a time; ``since`` leaves out who came earlier, and who was booked
    and did not come."""
    rows = visits.listed(caller(request)).filter(pk__gt=after)
    rows = rows.filter(state=state[:10]) if state else rows
    rows = rows.filter(came_at__gte=_midnight(since)) if since else rows
    return list((rows if home is None else rows.filter(site=home)).order_by("pk")[:PAGE])


@router.post("stays/{int:pk}/visits", auth=needs(*RECORDS), response={201: VisitOut}, url_name="homes_visit_walk_in")
def walk_in(request: HttpRequest, pk: int, given: VisitIn) -> Status[Visit]:
    """Let somebody in who comes without a booking."""
    return Status(201, visit_actions.walk_in(caller(request), pk, **given.dict()))


@router.post("visits/{int:pk}/in", auth=needs(*RECORDS), response=VisitOut, url_name="homes_visit_in")
def visit_in(request: HttpRequest, pk: int) -> Visit:
    """Whoever is booked comes in."""
    return visit_actions.let_in(caller(request), pk)


@router.post("visits/{int:pk}/out", auth=needs(*RECORDS), response=VisitOut, url_name="homes_visit_out")
def visit_out(request: HttpRequest, pk: int) -> Visit:
    """The visitor has gone."""
    return visit_actions.let_out(caller(request), pk)


# --- letters with families, and from where on a home is told ---------------------------------------------------------


class ThreadOut(Schema):
    stay: int = Field(alias="pk")
    person: int = Field(alias="person_id")
    last_at: dt.datetime | None
    last_side: str | None
    unread: int | None


class MessageOut(Schema):
    id: int
    side: str
    text: str
    at: dt.datetime
    photo: bool
    read: bool

    @staticmethod
    def resolve_photo(one: FamilyMessage) -> bool:
        return one.photo_id is not None

    @staticmethod
    def resolve_read(one: FamilyMessage) -> bool:
        return bool(one.reads.all())


class MessageIn(Schema):
    text: str = Field(min_length=1, max_length=letter_actions.LONGEST)


class ThresholdOut(Schema):
    """``own``: what the home has set; ``suggested``: what the catalogue says; ``value``: what holds."""

    key: str
    own: float | None
    suggested: float | None
    value: float | None


@router.get("family-threads", auth=needs(*LETTERS), response=list[ThreadOut], url_name="homes_threads")
def list_threads(request: HttpRequest, waiting: bool = False, after: int = 0) -> list[Any]:
    """Residents with letters or a family to write to, by stay, 100 at a time; ``waiting``: the family's word is the
    last."""
    rows = letters.threads(caller(request)).filter(pk__gt=after)
    return list((letters.waiting(rows) if waiting else rows).order_by("pk")[:PAGE])


@router.get("stays/{int:pk}/family-messages", auth=needs(*LETTERS), response=list[MessageOut],
            url_name="homes_family_messages")
def list_messages(request: HttpRequest, pk: int, after: int = 0) -> list[FamilyMessage]:
    """What home and family wrote about a resident, by id, 100 at a time."""
    stay = letters.get_resident(caller(request), pk)
    rows = FamilyMessage.objects.filter(person=stay.person_id, site=stay.bed.site_id, pk__gt=after)
    return list(rows.prefetch_related(Prefetch("reads")).order_by("pk")[:PAGE])


@router.post("stays/{int:pk}/family-messages", auth=needs(*WRITES), response={201: MessageOut},
             url_name="homes_write_family")
def write(request: HttpRequest, pk: int, given: MessageIn) -> Status[FamilyMessage]:
    """Write to a resident's family for the home."""
    return Status(201, letter_actions.write_home(caller(request), pk, given.text))


@router.get("{int:pk}/thresholds", auth=needs("care.view", "homes.view"), response=list[ThresholdOut],
            url_name="homes_thresholds")
def list_thresholds(request: HttpRequest, pk: int) -> list[dict[str, Any]]:
    """From where on a home is told."""
    _home, standing, _changes = thresholds.page_of(caller(request), pk)
    return [{"key": key, "own": one.own, "suggested": one.of.suggested, "value": one.value}
            for key, one in standing.items()]
