"""Workforce over REST: staff, posts, certificates. Thin; no ID number or phone goes out."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.workforce import actions, queries
from yinian.workforce.models import Certificate, Worker
from yinian.workforce.training.api import router as training

router = Router(tags=["workforce"])
router.add_router("", training)
PAGE = 100


class PostOut(Schema):
    id: int
    site: int = Field(alias="site_id")
    kind: str


class CertificateOut(Schema):
    id: int
    kind: str
    level: str
    number: str
    issued_on: dt.date
    expires_on: dt.date | None


class WorkerOut(Schema):
    id: int
    name: str
    sex: str
    birth_year: int | None
    posts: list[PostOut] = Field(alias="held")
    certificates: list[CertificateOut] = Field(alias="papers")
    version: int


class CarersOut(Schema):
    all: int
    certified: int
    trained: int
    lapsing: int


class CertificateIn(Schema):
    kind: str = Field(max_length=20)
    level: str = Field("", max_length=20)
    number: str = Field("", max_length=60)
    issued_on: dt.date
    expires_on: dt.date | None = None


@router.get("", auth=needs("workforce.view"), response=list[WorkerOut], url_name="workforce_list")
def list_workers(request: HttpRequest, after: int = 0) -> list[Worker]:
    """Staff by id with current posts and certificates, 100 at a time."""
    return list(queries.listed(caller(request)).filter(pk__gt=after).order_by("pk")[:PAGE])


@router.get("carers", auth=needs("workforce.view"), response=CarersOut, url_name="workforce_carers")
def carers(request: HttpRequest) -> Any:
    """How many carers, of whom certified, trained, with certificates to renew."""
    return queries.carers(caller(request))


@router.get("{int:pk}", auth=needs("workforce.view"), response=WorkerOut, url_name="workforce_worker")
def get_worker(request: HttpRequest, pk: int) -> Worker:
    """One member of staff."""
    actor = caller(request)
    queries.get_worker(actor, pk)
    return queries.listed(actor).get(pk=pk)


@router.post(
    "{int:pk}/certificates",
    auth=needs("workforce.edit"),
    response={201: CertificateOut},
    url_name="workforce_add_certificate",
)
def add_certificate(request: HttpRequest, pk: int, given: CertificateIn) -> Status[Certificate]:
    """Record a certificate."""
    return Status(201, actions.add_certificate(caller(request), pk, **given.dict()))
