"""Homes over REST: figures, free beds, stays; the other nouns have their own. Thin: the room's queries and actions."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.core.errors import NotVisible, Refused
from yinian.homes.absences import actions as absence_actions
from yinian.homes.absences.models import Absence
from yinian.homes.beds import actions as bed_actions
from yinian.homes.beds import queries as beds
from yinian.homes.care.api import router as care
from yinian.homes.directors.api import router as directors
from yinian.homes.economy.api import router as economy
from yinian.homes.fees.api import router as fees
from yinian.homes.living.api import router as living
from yinian.homes.occupancy.queries import Day, by_day, homes_of
from yinian.homes.placing.api import router as placing
from yinian.homes.reviews.api import router as reviews
from yinian.homes.rosters.api import router as rosters
from yinian.homes.shadowing.api import router as shadowing
from yinian.homes.stays import actions as stay_actions
from yinian.homes.stays import queries as stays
from yinian.homes.stays.models import Stay
from yinian.homes.stores.api import router as stores
from yinian.homes.transfers import actions as transfer_actions
from yinian.homes.way.api import router as way
from yinian.places.models import Site

router = Router(tags=["homes"])
for part in (fees, way, rosters, placing, care, living, shadowing, directors, reviews, stores, economy):
    router.add_router("", part)
PAGE = 100


class HomeOut(Schema):
    id: int
    name: str
    region: str = Field(alias="region_id")
    ownership: str
    levels: list[int]
    filed_beds: int
    real_beds: int
    usable: int
    nursing: int
    occupied: int
    free: int
    free_nursing: int


class OfferOut(Schema):
    home: int
    name: str
    phone: str
    address: str
    free: int
    free_nursing: int
    km: float | None
    schematic: bool
    bed_fen: int | None  # the cheapest such bed a month; None: not published


class BedOut(Schema):
    id: int
    label: str
    kind: str
    state: str


class StayOut(Schema):
    id: int
    person: int = Field(alias="person_id")
    bed: int = Field(alias="bed_id")
    basis: str
    since: dt.date
    until: dt.date | None
    kind: str
    expected_end: dt.date | None
    end_kind: str
    version: int

    @staticmethod
    def resolve_since(stay: Stay) -> dt.date:
        day: dt.date = stay.period.lower
        return day

    @staticmethod
    def resolve_until(stay: Stay) -> dt.date | None:
        day: dt.date | None = stay.period.upper
        return day


class AdmitIn(Schema):
    person: int
    bed: int
    basis: str = Field(pattern="^(tekun|disabled|private)$")
    on: dt.date
    kind: str = Field("long", pattern="^(long|trial|respite|day)$")
    expected_end: dt.date | None = None
    level: str = Field("", description="a group of care of the care book, or empty where nobody said yet")


class LeaveIn(Schema):
    version: int
    on: dt.date
    why: str = Field("wish", pattern="^(home|hospital|other_home|wish|breach|death)$")
    reason: str = Field(min_length=1, max_length=200)


class ChangeBedIn(Schema):
    version: int
    bed: int
    on: dt.date


class GoIn(Schema):
    version: int
    kind: str = Field(pattern="^(leave|hospital)$")
    on: dt.date
    reason: str = Field(min_length=1, max_length=200)
    expected_return: dt.date | None = None
    hospital: str = Field("", max_length=120)


class BackIn(Schema):
    version: int
    on: dt.date
    note: str = Field("", max_length=200)


class TransferIn(Schema):
    version: int
    bed: int
    on: dt.date
    reason: str = Field(min_length=1, max_length=200)


class AbsenceOut(Schema):
    id: int
    stay: int = Field(alias="stay_id")
    kind: str
    since: dt.date
    until: dt.date | None
    expected_return: dt.date | None
    kept_until: dt.date | None
    version: int

    @staticmethod
    def resolve_since(absence: Absence) -> dt.date:
        day: dt.date = absence.period.lower
        return day

    @staticmethod
    def resolve_until(absence: Absence) -> dt.date | None:
        day: dt.date | None = absence.period.upper
        return day


class DayOut(Schema):
    day: dt.date
    usable: int
    nursing: int
    occupied: int
    away: int


class ReasonIn(Schema):
    reason: str = Field(min_length=1, max_length=200)


@router.get("", auth=needs("homes.view"), response=list[HomeOut], url_name="homes_list")
def list_homes(request: HttpRequest, after: int = 0) -> list[Site]:
    """Homes with their beds as of today, by id, 100 at a time."""
    return list(beds.listed(caller(request)).filter(pk__gt=after).order_by("pk")[:PAGE])


@router.get("free-beds", auth=needs("homes.view"), response=list[OfferOut], url_name="homes_free_beds")
def free_beds(
    request: HttpRequest, near: str, kind: str = "", level: int | None = None, most_fen: int | None = None
) -> list[dict[str, Any]]:
    """Homes of the county with a free bed, nearest to the region ``near`` first (kilometres as the crow flies)."""
    actor = caller(request)
    place = beds.places_near(actor).filter(pk=near[:14]).first()
    if place is None:
        raise NotVisible("region")
    return [
        {
            "home": o.home.pk,
            "name": o.home.name,
            "phone": o.home.phone,
            "address": o.home.address,
            "free": o.free,
            "free_nursing": o.free_nursing,
            "km": None if o.km is None else round(o.km, 1),
            "schematic": o.schematic,
            "bed_fen": o.price_of(kind),
        }
        for o in beds.nearest(actor, place, kind=kind, level=level, most_fen=most_fen)
    ]


@router.get("{int:pk}/free-beds", auth=needs("homes.view"), response=list[BedOut], url_name="homes_free_beds_of")
def free_beds_of(request: HttpRequest, pk: int) -> list[Any]:
    """The free beds of a home of the county."""
    return beds.free_beds_of(beds.get_in_county(caller(request), pk))


@router.get("{int:pk}/stays", auth=needs("homes.view", "people.view"), response=list[StayOut], url_name="homes_stays")
def list_stays(request: HttpRequest, pk: int) -> list[Stay]:
    """Who lives in a home today; no names, the person's own endpoint has them."""
    actor = caller(request)
    home = beds.get_home(actor, pk)
    actor.require("people.view", home.region_id, home.pk)
    return list(stays.residents(actor, home))


@router.post("stays", auth=needs("homes.admit"), response={201: StayOut}, url_name="homes_admit")
def admit(request: HttpRequest, given: AdmitIn) -> Status[Stay]:
    """Admit a person the caller sees to a bed."""
    return Status(
        201,
        stay_actions.admit(
            caller(request), given.person, given.bed, given.basis, given.on, kind=given.kind,
            expected_end=given.expected_end, level=given.level,
        ),
    )


@router.post("stays/{int:pk}/discharge", auth=needs("homes.admit"), response=StayOut, url_name="homes_discharge")
def discharge(request: HttpRequest, pk: int, given: LeaveIn) -> Stay:
    """End a stay."""
    return stay_actions.discharge(caller(request), pk, given.version, given.reason, given.on, why=given.why)


@router.post("stays/{int:pk}/bed", auth=needs("homes.admit"), response=StayOut, url_name="homes_change_bed")
def change_bed(request: HttpRequest, pk: int, given: ChangeBedIn) -> Stay:
    """Move a resident to another bed; the answer is the stay in the new bed."""
    return stay_actions.change_bed(caller(request), pk, given.version, given.bed, given.on)


@router.post("stays/{int:pk}/absence", auth=needs("homes.admit"), response={201: AbsenceOut}, url_name="homes_go")
def go(request: HttpRequest, pk: int, given: GoIn) -> Status[Absence]:
    """Record that a resident went on leave or to hospital."""
    made = absence_actions.go(
        caller(request), pk, given.version, given.kind, given.on, given.reason,
        expected_return=given.expected_return, hospital=given.hospital,
    )
    return Status(201, made)


@router.post("absences/{int:pk}/back", auth=needs("homes.admit"), response=AbsenceOut, url_name="homes_come_back")
def come_back(request: HttpRequest, pk: int, given: BackIn) -> Absence:
    """Record a return."""
    return absence_actions.come_back(caller(request), pk, given.version, given.on, given.note)


@router.post("stays/{int:pk}/transfer", auth=needs("homes.admit"), response=StayOut, url_name="homes_transfer")
def transfer(request: HttpRequest, pk: int, given: TransferIn) -> Stay:
    """Move a resident to a bed of another home at once; the answer is the stay there."""
    made = transfer_actions.transfer(caller(request), pk, given.version, given.bed, given.on, given.reason)
    assert made.arrived is not None  # a transfer that was made has arrived
    return made.arrived


@router.get("occupancy", auth=needs("homes.view"), response=list[DayOut], url_name="homes_occupancy")
def occupancy(
    request: HttpRequest, first: dt.date, last: dt.date, region: str = "", home: int | None = None
) -> list[Day]:
    """Usable and held beds of each day, at most a year of them, of the homes in reach."""
    if not dt.timedelta(0) <= last - first <= dt.timedelta(days=366):
        raise Refused(_("Ask for at most a year, the first day before the last."))
    return by_day(homes_of(caller(request), region[:14], home), first, last)


@router.post("beds/{int:pk}/out", auth=needs("homes.admit"), response=BedOut, url_name="homes_bed_out")
def bed_out(request: HttpRequest, pk: int, given: ReasonIn) -> Any:
    """Take a bed out of use."""
    return bed_actions.take_out_of_use(caller(request), pk, given.reason)


@router.post("beds/{int:pk}/in", auth=needs("homes.admit"), response=BedOut, url_name="homes_bed_in")
def bed_in(request: HttpRequest, pk: int) -> Any:
    """Put a bed in use again."""
    return bed_actions.put_in_use(caller(request), pk)
