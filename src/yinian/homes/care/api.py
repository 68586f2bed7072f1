"""Daily care over REST: what was recorded, values measured, incidents. Thin; notes and names do not go out.

A device or a home's own system sends values; what was done for a resident is recorded at the bed.
"""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from yinian.core.access import caller, needs
from yinian.homes.care import actions, queries
from yinian.homes.care.models import CareRecord, Vital
from yinian.homes.incidents import queries as incidents

router = Router(tags=["homes"])
PAGE = 100
SEES = ("care.view", "homes.view", "people.view")


class CareRecordOut(Schema):
    id: int
    person: int = Field(alias="duty.regime.person_id")
    task: str = Field(alias="duty.task")
    day: dt.date
    slot: int  # the minute of the day at which it was due
    outcome: str
    reason: str
    at: dt.datetime
    corrects: int | None = Field(alias="corrects_id")


class VitalOut(Schema):
    """``crossed``: beyond what the home had said when it was recorded."""

    id: int
    person: int = Field(alias="person_id")
    kind: str
    value: float
    second: float | None
    crossed: bool
    at: dt.datetime
    corrects: int | None = Field(alias="corrects_id")


class VitalIn(Schema):
    kind: str = Field(max_length=12, description="an id of the catalogue of care")
    value: Decimal = Field(max_digits=6, decimal_places=1)
    second: Decimal | None = Field(None, max_digits=6, decimal_places=1, description="of blood pressure the lower")
    note: str = Field("", max_length=actions.LONGEST_NOTE)
    at: AwareDatetime | None = None
    late_reason: str = Field("", max_length=120)
    nonce: uuid.UUID | None = Field(None, description="sent twice with the same one, it is kept once")


class IncidentOut(Schema):
    id: int
    home: int = Field(alias="site_id")
    person: int = Field(alias="person_id")
    hazard: str
    severity: str
    happened_at: dt.datetime
    state: str
    version: int


@router.get("{int:pk}/care-records", auth=needs(*SEES), response=list[CareRecordOut], url_name="homes_care_records")
def list_records(request: HttpRequest, pk: int, since: dt.date | None = None, after: int = 0) -> list[CareRecord]:
    """What was recorded in a home from a day on, by id, 100 at a time; corrected ones beside their corrections."""
    home = queries.get_home(caller(request), pk)
    rows = queries.records_of(caller(request), home).filter(pk__gt=after)
    return list((rows.filter(day__gte=since) if since else rows).order_by("pk")[:PAGE])


@router.get("stays/{int:pk}/vitals", auth=needs(*SEES), response=list[VitalOut], url_name="homes_vitals")
def list_vitals(request: HttpRequest, pk: int, since: dt.date | None = None, after: int = 0) -> list[Vital]:
    """What was measured of a resident from a day on, by id, 100 at a time."""
    stay = queries.get_resident(caller(request), pk)
    return list(queries.vitals(stay.person, since).filter(pk__gt=after).order_by("pk")[:PAGE])


@router.post("stays/{int:pk}/vitals", auth=needs("care.record", *SEES), response={201: VitalOut},
             url_name="homes_measure")
def measure(request: HttpRequest, pk: int, given: VitalIn) -> Status[Vital]:
    """Record a value measured; beyond what the home says, its manager is told."""
    made = actions.measure(
        caller(request), pk, given.kind, given.value, given.second, note=given.note,
        entry=actions.Entry(given.at, given.late_reason, given.nonce),
    )
    return Status(201, made)


@router.get("incidents", auth=needs("incidents.view"), response=list[IncidentOut], url_name="homes_incidents")
def list_incidents(
    request: HttpRequest, home: int | None = None, open: bool = False, since: dt.date | None = None, after: int = 0
) -> list[Any]:
    """Incidents in the homes in reach from a day on, by id, 100 at a time."""
    rows = incidents.visible_to(caller(request)).filter(pk__gt=after)
    rows = rows.filter(state="open") if open else rows
    rows = rows.filter(happened_at__gte=queries.local(since, 0)) if since else rows
    return list((rows if home is None else rows.filter(site=home)).order_by("pk")[:PAGE])
