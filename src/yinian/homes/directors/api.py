"""Directors of homes over REST: who directs which home today, and each home's appointments. Thin.

Nobody is appointed here: an appointment rests on the town's document, entered on the page.
"""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.homes.directors import queries
from yinian.homes.directors.models import Appointment

router = Router(tags=["homes"])
PAGE = 100


class DirectorOut(Schema):
    """``director``: the name, as the home has published it; none where nobody is appointed."""

    home: int = Field(alias="pk")
    name: str
    director: str | None
    since: dt.date | None
    document: str | None
    trained_on: dt.date | None


class AppointmentOut(Schema):
    id: int
    worker: int = Field(alias="worker_id")
    since: dt.date
    until: dt.date | None  # the first day it holds no more
    document: str
    number: str
    issuer: str
    end_reason: str
    trained_on: dt.date | None

    @staticmethod
    def resolve_since(one: Appointment) -> dt.date:
        day: dt.date = one.period.lower
        return day

    @staticmethod
    def resolve_until(one: Appointment) -> dt.date | None:
        day: dt.date | None = one.period.upper
        return day


@router.get("directors", auth=needs("workforce.view"), response=list[DirectorOut], url_name="homes_directors")
def list_directors(request: HttpRequest, after: int = 0) -> list[Any]:
    """Open homes in reach with the director of today, by home, 100 at a time."""
    return list(queries.by_home(caller(request)).filter(pk__gt=after).order_by("pk")[:PAGE])


@router.get("{int:pk}/appointments", auth=needs("workforce.view", "homes.view"), response=list[AppointmentOut],
            url_name="homes_appointments")
def list_appointments(request: HttpRequest, pk: int) -> list[Any]:
    """A home's appointments, the latest first."""
    actor = caller(request)
    return queries.appointments_of(actor, queries.get_home(actor, pk))
