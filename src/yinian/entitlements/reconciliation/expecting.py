"""What should have been paid: as approved in the month's cycle, else as the rules give it; and who no longer counts.

Reads only. Entries merged into another count as the one that stayed.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection

from yinian.engines.entitlement import DUE
from yinian.entitlements import frames as outcomes
from yinian.entitlements import perform
from yinian.entitlements.adjustments import loading
from yinian.entitlements.adjustments.loading import KEPT
from yinian.entitlements.models import Cycle
from yinian.entitlements.reconciliation.frames import EXPECTED, GONE, KEYS

Pair = tuple[str, dt.date]
_APPROVED = KEPT + """
    SELECT coalesce(k.person, x.person_id), x.service_id, x.month, sum(x.fen) FROM (
        SELECT l.person_id, l.service_id, l.month, l.amount_fen AS fen FROM entitlements_cycleline l
        WHERE l.cycle_id = ANY(%(cycles)s) AND l.paid AND starts_with(l.region_code, %(region)s)
        UNION ALL
        SELECT a.person_id, a.service_id, a.month, a.amount_fen
        FROM entitlements_adjustmentincycle a JOIN people_person p ON p.id = a.person_id
        WHERE a.cycle_id = ANY(%(cycles)s) AND starts_with(p.region_id COLLATE "C", %(region)s)
    ) x LEFT JOIN stays k ON k.gone = x.person_id GROUP BY 1, 2, 3 HAVING sum(x.fen) > 0
"""
_OTHERS = KEPT + """
    SELECT coalesce(k.person, l.person_id), l.service_id, l.month, sum(l.amount_fen)
    FROM entitlements_paidline l JOIN entitlements_paidbatch b ON b.id = l.batch_id
        LEFT JOIN stays k ON k.gone = l.person_id
    WHERE b.state = 'committed' AND b.id <> %(batch)s AND l.person_id IS NOT NULL AND l.month = ANY(%(months)s)
        AND l.service_id = ANY(%(services)s) GROUP BY 1, 2, 3
"""
_GONE = """
    SELECT x.person_id, m.month, min(x.why) FROM (
        SELECT s.person_id, s.valid, CASE s.kind WHEN 'death' THEN 'dead' ELSE 'moved' END AS why
        FROM people_spell s WHERE s.retracted_at IS NULL AND (s.kind = 'death' OR s.kind = 'move' AND s.value = 'out')
        UNION ALL
        SELECT p.id, daterange(p.died_on, NULL), 'dead' FROM people_person p WHERE p.died_on IS NOT NULL
        UNION ALL
        SELECT p.id, daterange(NULL, NULL), 'moved' FROM people_person p WHERE p.state = 'moved_out' AND NOT EXISTS (
            SELECT FROM people_spell s WHERE s.person_id = p.id AND s.kind = 'move')
    ) x JOIN unnest(%(months)s::date[]) AS m(month) ON x.valid @> m.month
    JOIN people_person p ON p.id = x.person_id
    WHERE starts_with(p.region_id COLLATE "C", %(region)s) GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Expectation:
    """What is expected of some services and months of a region. ``approved``: pairs with an approved cycle."""

    expected: pl.DataFrame
    gone: pl.DataFrame
    others: pl.DataFrame
    approved: frozenset[Pair]


def expectation(region: str, pairs: Iterable[Pair], batch: int) -> Expectation:
    """EXPECTED, GONE and what other reports hold, of some services and months."""
    wanted = sorted(set(pairs))
    months = sorted({month for _service, month in wanted})
    services = sorted({service for service, _month in wanted})
    cycles = [
        cycle for cycle in Cycle.objects.filter(
            region=region[: loading.COUNTY_LENGTH], state=Cycle.State.APPROVED, month__in=months,
            service_id__in=services,
        ) if (cycle.service_id, cycle.month) in set(wanted)
    ]
    approved = frozenset((cycle.service_id, cycle.month) for cycle in cycles)
    params: dict[str, Any] = {
        "cycles": [cycle.pk for cycle in cycles], "region": region, "months": months, "services": services,
        "batch": batch,
    }
    amounts: dict[str, Any] = {name: EXPECTED[name] for name in (*KEYS, "fen")}
    parts = [_fetched(_APPROVED, params, amounts).with_columns(pl.lit(True).alias("claimed"))]
    for month in months:
        mine = [service for service, other in wanted if other == month and (service, month) not in approved]
        if mine:
            parts.append(_by_rules(region, month, mine))
    return Expectation(
        pl.concat([part.select(*EXPECTED) for part in parts]), _fetched(_GONE, params, dict(GONE)),
        _fetched(_OTHERS, params, amounts), approved,
    )


def _fetched(sql: str, params: dict[str, Any], schema: dict[str, Any]) -> pl.DataFrame:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = [[int(cell) if name == "fen" and cell is not None else cell
                 for name, cell in zip(schema, row, strict=True)] for row in cursor.fetchall()]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _by_rules(region: str, month: dt.date, services: list[str]) -> pl.DataFrame:
    """Who is due a service in a month by the rules of its first day, as known now."""
    pack, facts = loading.pack_of(region, month), loading.facts_of(region, month)
    numbers = perform.service_numbers(pack)
    names = {number: name for name, number in numbers.items()}
    monthly = [service.id for service in pack.services if service.period == "month" and service.amount is not None]
    applied = loading.on_application(pack)
    found = outcomes.outcomes(pack, facts, month, numbers).filter(pl.col("status") == DUE).with_columns(
        pl.col("service").replace_strict(names, return_dtype=pl.String).alias("service_id"),
        pl.lit(month).alias("month"),
    ).filter(pl.col("service_id").is_in(services))
    granted = loading.ledger_keys(region[: loading.COUNTY_LENGTH], {month: month}).with_columns(
        pl.lit(True).alias("granted")
    )
    return found.join(granted, on=KEYS, how="left").select(
        *KEYS, pl.when(pl.col("service_id").is_in(monthly)).then(pl.col("amount_fen")).alias("fen"),
        (~pl.col("service_id").is_in(list(applied)) | pl.col("granted").fill_null(False)).alias("claimed"),
    )
