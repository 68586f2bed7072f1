"""Payment reports and their findings as typed endpoints, to read; taking in and deciding is done on pages."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from yinian.core.access import caller, needs
from yinian.entitlements.doors import router
from yinian.entitlements.models import Finding, PaidBatch
from yinian.entitlements.reconciliation import queries, reasons

PAGE = 100


class ReportOut(Schema):
    """A report of payments; money in fen. paid = agreed + over."""

    id: int
    region: str
    department: str
    source: str
    month: dt.date
    complete: bool
    state: str
    lines: int
    paid_fen: int
    agreed_fen: int
    over_fen: int
    short_fen: int
    kinds: dict[str, Any]


class FindingOut(Schema):
    """What does not agree, for one payee, service and month; ``person`` null: nobody of the register."""

    id: int
    kind: str
    service: str
    month: dt.date
    person: int | None
    region: str
    paid_fen: int
    expected_fen: int
    over_fen: int
    short_fen: int
    basis: str
    reason: str
    why: str
    step: str
    state: str
    correction: int | None


def _report(row: PaidBatch) -> ReportOut:
    counts = row.counts
    return ReportOut(
        id=row.pk, region=row.region_id, department=row.department, source=row.source, month=row.month,
        complete=row.complete, state=row.state, lines=counts.get("lines", 0), paid_fen=counts.get("paid_fen", 0),
        agreed_fen=counts.get("agreed_fen", 0), over_fen=counts.get("over_fen", 0),
        short_fen=counts.get("short_fen", 0), kinds=counts.get("kinds", {}),
    )


def _finding(row: Finding) -> FindingOut:
    return FindingOut(
        id=row.pk, kind=row.kind, service=row.service_id, month=row.month, person=row.person_id,
        region=row.region_code, paid_fen=row.paid_fen, expected_fen=row.expected_fen, over_fen=row.over_fen,
        short_fen=row.short_fen, basis=row.basis, reason=row.reason, why=reasons.sentence(row), step=row.step,
        state=row.state, correction=row.correction_id,
    )


@router.get("/reports", auth=needs("entitlements.names"), response=list[ReportOut])
def reports(request: HttpRequest, before: int | None = None) -> list[ReportOut]:
    """The latest reports, at most a hundred; ``before`` goes further back."""
    found = queries.visible_to(caller(request)).order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    return [_report(row) for row in found[:PAGE]]


@router.get("/reports/{int:pk}", auth=needs("entitlements.names"), response=ReportOut)
def report(request: HttpRequest, pk: int) -> ReportOut:
    """One report with its balance."""
    return _report(queries.get_batch(caller(request), pk))


@router.get("/reports/{int:pk}/findings", auth=needs("entitlements.names"), response=list[FindingOut])
def findings(request: HttpRequest, pk: int, state: str = "", after: int = 0) -> list[FindingOut]:
    """A report's findings in the caller's area, a hundred at a time; ``after`` goes on from an id."""
    actor = caller(request)
    found = queries.findings_of(actor, queries.get_batch(actor, pk)).filter(pk__gt=after).order_by("pk")
    if state:
        found = found.filter(state=state)
    return [_finding(row) for row in found[:PAGE]]
