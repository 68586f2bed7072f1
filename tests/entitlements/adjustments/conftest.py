"""A county with approved months: cycles written as an approval leaves them, on a run's own outcome."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import polars as pl
import pytest
from django.utils import timezone

from tests import cast as people
from yinian.core.users.queries import human_key
from yinian.engines.entitlement import DUE
from yinian.entitlements import snapshots
from yinian.entitlements.models import Cycle, CycleLine, CycleStep, Determination, Run, ServiceNumber
from yinian.people.models import Person

JULY, AUGUST, SEPTEMBER, OCTOBER = (dt.date(2024, month, 1) for month in (7, 8, 9, 10))
LABELS = {"age-allowance": "高龄津贴", "small-subsidy": "小额补贴", "large-subsidy": "大额补贴"}


def step(cycle: Cycle, stage: str, actor: Any) -> None:
    CycleStep.objects.create(cycle=cycle, stage=stage, verb=stage, actor=actor, human_key=human_key(actor))


def approved_month(cast: Any, run: Run, month: dt.date, services: Iterable[str], **states: str) -> dict[str, Cycle]:
    """Approve a month of some services as the run found it. ``states``: person's id to held or refused."""
    found = snapshots.read(run.outcome_file, run.outcome_sha256)
    made = {}
    for service in services:
        cycle = Cycle.objects.create(
            region_id=people.COUNTY, month=month, service_id=service, label={"zh": LABELS[service], "en": service},
            run=run, as_of=month, pack_hash=run.pack_hash, review_by=month, opened_by=cast.dispatcher,
        )
        number = ServiceNumber.objects.get(service_id=service).number
        rows = found.filter((pl.col("service") == number) & (pl.col("status") == DUE))
        for row in rows.iter_rows(named=True):
            state = states.get(f"p{row['person_id']}", "accepted")
            grant = Determination.objects.filter(person_id=row["person_id"], service_id=service).first()
            if state == "accepted" and grant is None:
                grant = Determination.objects.create(
                    person_id=row["person_id"], region_code=row["region_code"], service_id=service, label=cycle.label,
                    period=(month, None), amount_fen=row["amount_fen"], unit="month", origin="cycle", cycle=cycle,
                    pack_hash=run.pack_hash,
                )
            CycleLine.objects.create(
                determination=grant, cycle=cycle, service_id=service, month=month, person_id=row["person_id"],
                region_code=row["region_code"], amount_fen=row["amount_fen"], change="new", state=state,
                reason="" if state == "accepted" else "人不在本地", reviewed_by=cast.town_a,
                reviewed_at=timezone.now(), paid=state == "accepted",
            )
        step(cycle, "check", cast.auditor)
        step(cycle, "approve", cast.bureau)
        cycle.state, cycle.checked_by, cycle.checked_at = Cycle.State.APPROVED, cast.auditor, timezone.now()
        cycle.approved_by, cycle.approved_at = cast.bureau, timezone.now()
        cycle.save()
        made[service] = cycle
    return made


def known_from(moment: dt.datetime) -> None:
    """Let everything recorded so far count as recorded long before the runs, as it would be in a living county."""
    Person.objects.update(created_at=moment, changed_at=moment)
    from yinian.people.models import Spell

    Spell.objects.update(recorded_at=moment)


@pytest.fixture
def months(run: Callable[..., Run], cast: Any, folk: dict[str, Any]) -> dict[dt.date, dict[str, Cycle]]:
    """July to September 2024 approved for the age allowance and the two subsidies, all known since the spring."""
    known_from(dt.datetime(2024, 3, 1, tzinfo=dt.UTC))
    made = {}
    for month in (JULY, AUGUST, SEPTEMBER):
        found = run(cast.bureau, month)
        made[month] = approved_month(cast, found, month, LABELS)
    return made
