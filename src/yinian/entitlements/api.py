"""The room's part of the REST door: runs, figures, one person's services, starting a run."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from yinian.core.access import caller, needs
from yinian.entitlements import actions, decision_api, queries
from yinian.entitlements.adjustments import api as adjustments_api
from yinian.entitlements.coverage import queries as coverage_queries
from yinian.entitlements.doors import router
from yinian.entitlements.drafts import api as drafts_api
from yinian.entitlements.models import Run
from yinian.entitlements.person_pages import dues_of
from yinian.entitlements.queries import Sums
from yinian.entitlements.reconciliation import api as reconciliation_api
from yinian.people.persons.queries import get_person

PAGE = 100
# The others put their endpoints on the same router.
__all__ = ["adjustments_api", "decision_api", "drafts_api", "reconciliation_api", "router"]


class RunOut(Schema):
    """A run; ``people`` and ``services`` in counts are sums of people and of person x service."""

    id: int
    region: str
    as_of: dt.date
    known_at: dt.datetime
    people: int
    outcomes: int
    pack_path: str
    pack_hash: str
    snapshot_sha256: str
    outcome_sha256: str
    counts: dict[str, Any]
    seconds: dict[str, float]
    previous: int | None


class FigureOut(Schema):
    """Sums of one service in an area; service "" counts people."""

    service: str
    due: int
    receiving: int
    missing: int
    to_check: int
    superseded: int
    undue: int
    newly: int
    ended: int
    amount_fen: int


class TestOut(Schema):
    label: str
    value: bool | None


class DueOut(Schema):
    """One service for one person, with its reasons."""

    service: str
    name: str
    status: str
    amount: str
    sentence: str
    receiving: bool
    tests: list[TestOut]
    find_out: list[str]


class StartIn(Schema):
    region: str
    as_of: dt.date | None = None


class JobOut(Schema):
    job: int
    state: str


def _run(run: Run) -> RunOut:
    return RunOut(
        id=run.pk, region=run.region_id, as_of=run.as_of, known_at=run.known_at, people=run.people,
        outcomes=run.outcomes, pack_path=run.pack_path, pack_hash=run.pack_hash,
        snapshot_sha256=run.snapshot_sha256, outcome_sha256=run.outcome_sha256, counts=run.counts,
        seconds=run.seconds, previous=run.previous_id,
    )


@router.get("/runs", auth=needs("entitlements.view"), response=list[RunOut])
def runs(request: HttpRequest, before: int | None = None) -> list[RunOut]:
    """The latest runs, at most a hundred; ``before`` goes further back."""
    found = queries.runs_visible_to(caller(request)).order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    return [_run(run) for run in found[:PAGE]]


@router.get("/runs/{int:pk}", auth=needs("entitlements.view"), response=RunOut)
def run(request: HttpRequest, pk: int) -> RunOut:
    return _run(queries.get_run(caller(request), pk))


@router.post("/runs", auth=needs("entitlements.run"), response={202: JobOut})
def start(request: HttpRequest, wanted: StartIn) -> tuple[int, JobOut]:
    """Start a run of a county; the job's page and ``/runs`` tell the rest."""
    job = actions.start_run(caller(request), wanted.region, wanted.as_of)
    return 202, JobOut(job=job.pk, state=job.state)


@router.get("/figures", auth=needs("entitlements.view"), response=list[FigureOut])
def figures(request: HttpRequest, region: str = "") -> list[FigureOut]:
    """By the standing run: sums by service of an area (the caller's own when none is named)."""
    actor = caller(request)
    area = queries.region_for(actor, region)
    found = queries.figures_of(actor, queries.standing_runs(area.pk), area.pk)
    return [FigureOut(service=name, **{f: getattr(sums, f) for f in Sums.__dataclass_fields__})
            for name, sums in sorted(found.items())]


class CoverageOut(Schema):
    """Of so many due (person-times), so many receive; ``rate`` in percent, null where nobody is due."""

    service: str
    due: int
    receiving: int
    missing: int
    rate: float | None


@router.get("/coverage", auth=needs("entitlements.view"), response=list[CoverageOut])
def coverage(request: HttpRequest, region: str = "") -> list[CoverageOut]:
    """By the standing run: coverage by service of an area (the caller's own when none is named)."""
    actor = caller(request)
    area = queries.region_for(actor, region)
    found = coverage_queries.by_service(actor, queries.standing_runs(area.pk), area.pk)
    return [CoverageOut(service=name, due=share.due, receiving=share.receiving, missing=share.missing, rate=share.rate)
            for name, share in sorted(found.items())]


@router.get("/people/{int:pk}", auth=needs("entitlements.names"), response=list[DueOut])
def person(request: HttpRequest, pk: int) -> list[DueOut]:
    """Every service for one person with its reasons, worked out now."""
    actor = caller(request)
    actor.require("entitlements.names")
    dues = dues_of(actor, get_person(actor, pk))
    return [
        DueOut(service=s.id, name=s.name, status=s.status, amount=s.amount, sentence=s.sentence,
               receiving=s.receiving, tests=[TestOut(label=t.label, value=t.value) for t in s.tests],
               find_out=[fact.label for fact in s.find_out])
        for s in dues.services
    ]
