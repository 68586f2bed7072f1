"""Corrections and a person's months as typed endpoints; what changes them is done on pages, by two humans."""

import datetime as dt

from django.http import HttpRequest
from ninja import Schema

from yinian.core.access import caller, needs
from yinian.entitlements.adjustments import actions, causes, queries
from yinian.entitlements.doors import router
from yinian.entitlements.models import Correction
from yinian.entitlements.queries import region_for
from yinian.people.persons.queries import get_person

PAGE = 100


class StretchOut(Schema):
    """Consecutive months that differ alike; money in fen a month."""

    first: dt.date
    last: dt.date
    held_fen: int
    due_fen: int
    why: list[str]


class CorrectionOut(Schema):
    """Arrears or a recovery; ``amount_fen`` is above 0 either way."""

    id: int
    person: int
    region: str
    service: str
    kind: str
    state: str
    method: str
    amount_fen: int
    settled_fen: int
    first_month: dt.date
    last_month: dt.date
    deceased: bool
    months: list[StretchOut] = []


class CellOut(Schema):
    """One month of one service; money in fen, null where nothing is known of it."""

    month: dt.date
    service: str
    due_fen: int | None
    approved_fen: int | None
    reported_fen: int | None
    corrected_fen: int
    proposed_fen: int
    carried_fen: int
    held_fen: int


class RecalculateIn(Schema):
    region: str
    whole: bool = False


class JobMade(Schema):
    job: int
    state: str


def _out(row: Correction, *, months: bool = False) -> CorrectionOut:
    return CorrectionOut(
        id=row.pk, person=row.person_id, region=row.region_code, service=row.service_id, kind=row.kind,
        state=row.state, method=row.method, amount_fen=row.amount_fen, settled_fen=row.settled_fen,
        first_month=row.first_month, last_month=row.last_month, deceased=row.deceased,
        months=[StretchOut(first=s.first, last=s.last, held_fen=s.held_fen, due_fen=s.due_fen, why=list(s.why))
                for s in causes.stretches(row.adjustments.all())] if months else [],
    )


@router.get("/corrections", auth=needs("entitlements.names"), response=list[CorrectionOut])
def corrections(
    request: HttpRequest, region: str = "", state: str = "", before: int | None = None
) -> list[CorrectionOut]:
    """The latest corrections of an area, at most a hundred; ``before`` goes further back."""
    actor = caller(request)
    area = region_for(actor, region, "entitlements.names")
    found = queries.of_region(actor, area.pk).order_by("-pk")
    if state:
        found = found.filter(state=state)
    if before is not None:
        found = found.filter(pk__lt=before)
    return [_out(row) for row in found[:PAGE]]


@router.get("/corrections/{int:pk}", auth=needs("entitlements.names"), response=CorrectionOut)
def correction(request: HttpRequest, pk: int) -> CorrectionOut:
    """One correction with its months and their reasons."""
    return _out(queries.get_correction(caller(request), pk), months=True)


@router.post("/recalculations", auth=needs("entitlements.adjust"), response={202: JobMade})
def recalculate(request: HttpRequest, wanted: RecalculateIn) -> tuple[int, JobMade]:
    """Look at a county's past months again; ``whole`` at everybody."""
    job = actions.start_recalculation(caller(request), wanted.region, whole=wanted.whole)
    return 202, JobMade(job=job.pk, state=job.state)


@router.get("/people/{int:pk}/months", auth=needs("entitlements.names"), response=list[CellOut])
def months(request: HttpRequest, pk: int) -> list[CellOut]:
    """A person's months by service: due, approved, reported, corrected."""
    actor = caller(request)
    actor.require("entitlements.names")
    grid = queries.months_of(actor, get_person(actor, pk))
    return [
        CellOut(month=month, service=service, due_fen=cell.due_fen, approved_fen=cell.approved_fen,
                reported_fen=cell.reported_fen, corrected_fen=cell.counted_fen, proposed_fen=cell.open_fen,
                carried_fen=cell.carried_fen, held_fen=cell.held_fen)
        for (month, service), cell in sorted(grid.cells.items(), reverse=True)
    ]
