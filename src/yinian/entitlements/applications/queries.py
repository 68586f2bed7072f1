"""Reading applications: staff by area, a family member those of the people they act for, the public what is put up."""

import datetime as dt
from dataclasses import dataclass

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.identity import mask_name
from yinian.core.jinja import label
from yinian.core.users.models import User
from yinian.entitlements.models import Application, Determination, Intake, Objection
from yinian.people.models import Person
from yinian.people.representatives.queries import get_own, own_people

_HEAVY = ("person__region__outline", "person__region__parent__outline", "region__outline", "region__parent__outline",
          "person__address", "person__id_number", "person__phone")
OPEN = ("draft", "village", "town", "notice", "county", "returned")


def visible_to(actor: User) -> QuerySet[Application]:
    """Applications of the actor's area: where they were lodged, or where the person is now."""
    actor.require("entitlements.names")
    scope = actor.scope("entitlements.names")
    return (
        Application.objects.filter(scope.q("region__code") | scope.q("person__region__code"))
        .select_related("person__region__parent", "region__parent", "lodged_by").defer(*_HEAVY)
    )


def get_application(actor: User, pk: int) -> Application:
    """An application the actor may see as staff. Raises NotVisible."""
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("application")
    return found


def get_own_application(actor: User, pk: int) -> Application:
    """An application of a person the account acts for. Raises NotVisible for any other."""
    people = [person.pk for person in own_people(actor)]
    found = Application.objects.filter(pk=pk, person__in=people).select_related(
        "person__region__parent", "region__parent").defer(*_HEAVY).first()
    if found is None:
        raise NotVisible("application")
    get_own(actor, found.person_id)
    return found


def applications_of(person: Person) -> list[Application]:
    """A person's applications, the latest first. The caller has shown that the actor may see them."""
    mine = Q(person=person) | Q(person__merged_into=person)  # what was decided before a merge stays with the old entry
    return list(Application.objects.filter(mine).exclude(state="invited").order_by("-id"))


def get_objection(actor: User, pk: int) -> Objection:
    """An objection to an application the actor may see. Raises NotVisible."""
    found = Objection.objects.select_related("application").filter(pk=pk, application__in=visible_to(actor)).first()
    if found is None:
        raise NotVisible("objection")
    return found


# --- which services are open -----------------------------------------------------------------------------------


def open_intakes(region_code: str) -> QuerySet[Intake]:
    """The services that the county of a region has opened for application."""
    return Intake.objects.filter(region=region_code[:6], closed_at__isnull=True).select_related("opened_by")


def is_open(region_code: str, service_id: str) -> bool:
    return open_intakes(region_code).filter(service_id=service_id).exists()


@dataclass(frozen=True)
class IntakeRow:
    """A service open for application, with how many were invited, are under way and were approved."""

    intake: Intake
    invited: int
    under_way: int
    approved: int


def intake_rows(actor: User, region_code: str) -> list[IntakeRow]:
    """The open services of a county with their counts in an area."""
    actor.require("entitlements.view", region_code)
    counts = {
        row["service_id"]: row for row in
        Application.objects.filter(region__code__startswith=region_code).order_by().values("service_id").annotate(
            invited=Count("pk", filter=Q(state="invited")), under_way=Count("pk", filter=Q(state__in=OPEN)),
            approved=Count("pk", filter=Q(state="approved")),
        )
    }
    none = {"invited": 0, "under_way": 0, "approved": 0}
    return [
        IntakeRow(intake, *(counts.get(intake.service_id, none)[name] for name in none))  # type: ignore[literal-required]
        for intake in open_intakes(region_code)
    ]


def held(person: Person) -> QuerySet[Determination]:
    """What a person has been granted and that has not ended: it stands, or begins later."""
    return Determination.objects.filter(person=person, period__overlap=DateRange(timezone.localdate(), None))


def granted(person: Person, service_id: str) -> Determination | None:
    """What stands granted to a person of a service, or begins later."""
    return held(person).filter(service_id=service_id).first()


# --- public notice ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoticeRow:
    """What of an application may stand in public: a masked name, the village, the service, and the days."""

    name: str
    town: str
    village: str
    service: str
    since: dt.date
    until: dt.date


def on_notice(region_code: str = "", day: dt.date | None = None) -> list[NoticeRow]:
    """The applications put up on a day, village by village. Nothing else of them is public."""
    day = day or timezone.localdate()
    rows = (
        Application.objects.filter(
            state=Application.State.NOTICE, notice_from__lte=day, notice_until__gte=day,
            region__code__startswith=region_code,
        )
        .select_related("person", "region__parent").only(
            "person__name", "region__name", "region__level", "region__parent__name", "label", "notice_from",
            "notice_until",
        )
        .order_by("region_id", "notice_until", "pk")
    )
    shown = []
    for row in rows:
        region = row.region
        above = region.parent.name if region.parent is not None else ""
        assert row.notice_from is not None and row.notice_until is not None
        shown.append(NoticeRow(mask_name(row.person.name), above, region.name, label(row.label), row.notice_from,
                               row.notice_until))
    return shown
