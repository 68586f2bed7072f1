"""The county's training over REST: trainers, sessions, who of one's staff took part. Thin."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.workforce.models import Attendance, Trainer
from yinian.workforce.training import queries

router = Router(tags=["workforce"])
PAGE = 100


class TrainerOut(Schema):
    id: int
    name: str
    unit: str
    fields: list[str]
    since: dt.date
    until: dt.date | None  # the first day they train no more


class SessionOut(Schema):
    """``people`` were put on it, ``passed`` of them passed: of all the county's staff."""

    id: int
    day: dt.date
    place: str
    trainer: int = Field(alias="trainer_id")
    field: str
    subject: str
    hours: float
    certificate: bool
    people: int
    passed: int
    version: int


class AttendanceOut(Schema):
    worker: int = Field(alias="worker_id")
    outcome: str
    certificate: int | None = Field(alias="certificate_id")


class YearOut(Schema):
    sessions: int
    staff: int
    took_part: int


@router.get("trainers", auth=needs("workforce.view"), response=list[TrainerOut], url_name="workforce_trainers")
def list_trainers(request: HttpRequest, after: int = 0) -> list[Trainer]:
    """The county's trainers by id, 100 at a time."""
    return list(queries.trainers(caller(request)).filter(pk__gt=after).order_by("pk")[:PAGE])


@router.get("trainings", auth=needs("workforce.view"), response=list[SessionOut], url_name="workforce_trainings")
def list_sessions(request: HttpRequest, since: dt.date | None = None, after: int = 0) -> list[Any]:
    """The county's training from a day on, by id, 100 at a time."""
    rows = queries.listed(caller(request)).filter(pk__gt=after)
    return list((rows.filter(day__gte=since) if since else rows).order_by("pk")[:PAGE])


@router.get("trainings/year", auth=needs("workforce.view"), response=YearOut, url_name="workforce_training_year")
def year(request: HttpRequest) -> Any:
    """This year so far: sessions held, carers and managers in post, how many of them took part."""
    return queries.year_so_far(caller(request))


@router.get("trainings/{int:pk}/people", auth=needs("workforce.view"), response=list[AttendanceOut],
            url_name="workforce_training_people")
def list_people(request: HttpRequest, pk: int) -> list[Attendance]:
    """Who of the staff in reach is on a training, and how it went."""
    actor = caller(request)
    return queries.attended(actor, queries.get_session(actor, pk))
