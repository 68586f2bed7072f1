"""Reading what the recalculation of past months needs: what became known since, what was paid, what is due now.

Frames out; entries merged into another count as the one that stayed. Nothing here writes.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection
from django.db.models import Max

from yinian.engines.entitlement import CHECK, DUE, FACTS, Pack
from yinian.engines.entitlement.tree import facts_read
from yinian.entitlements import frames as outcomes
from yinian.entitlements import packs, perform
from yinian.entitlements.adjustments.frames import AMOUNTS, CHANGES
from yinian.entitlements.models import Cycle, Recalculation
from yinian.people.circumstances.queries import facts_frame

OVERLAP = dt.timedelta(hours=2)
"""What was recorded shortly before a moment may have been committed after it: so much is looked at twice."""

COUNTY_LENGTH = 6
_KEYS = {"person_id": pl.Int64, "service_id": pl.String, "month": pl.Date}
# Everybody's standing entry: of a merged one, that which stayed; chains are followed.
KEPT = """
    WITH RECURSIVE kept(gone, person) AS (
        SELECT id, merged_into_id FROM people_person WHERE merged_into_id IS NOT NULL
        UNION ALL
        SELECT k.gone, p.merged_into_id FROM kept k JOIN people_person p ON p.id = k.person
            WHERE p.merged_into_id IS NOT NULL
    ), stays AS (
        SELECT gone, person FROM kept k
        WHERE NOT EXISTS (SELECT FROM people_person p WHERE p.id = k.person AND p.merged_into_id IS NOT NULL)
    )
"""
_CHANGES = KEPT + """
    SELECT coalesce(k.person, c.person_id), c.starts, c.ends, c.at FROM (
        SELECT s.person_id, lower(s.valid) AS starts, upper(s.valid) AS ends,
            greatest(s.recorded_at, s.retracted_at) AS at
        FROM people_spell s WHERE s.recorded_at > %(since)s OR s.retracted_at > %(since)s
        UNION ALL
        SELECT id, NULL, NULL, greatest(changed_at, created_at) FROM people_person
        WHERE changed_at > %(since)s OR created_at > %(since)s
        UNION ALL
        SELECT m.kept_id, NULL, NULL, greatest(m.merged_at, m.unmerged_at) FROM people_merge m
        WHERE m.merged_at > %(since)s OR m.unmerged_at > %(since)s
        UNION ALL
        SELECT m.gone_id, NULL, NULL, m.unmerged_at FROM people_merge m WHERE m.unmerged_at > %(since)s
        UNION ALL
        SELECT p.id, r.as_of, NULL, greatest(r.recorded_at, r.retracted_at)
        FROM people_roll r JOIN people_person p ON starts_with(p.region_id COLLATE "C", r.region_id COLLATE "C")
        WHERE (r.recorded_at > %(since)s OR r.retracted_at > %(since)s)
            AND (starts_with(r.region_id COLLATE "C", %(region)s)
                OR starts_with(%(region)s, r.region_id COLLATE "C"))
        UNION ALL
        SELECT d.person_id, lower(d.period), NULL, e.at
        FROM entitlements_event e JOIN entitlements_determination d ON d.id = e.determination_id
        WHERE e.at > %(since)s
        UNION ALL
        SELECT l.person_id, l.month, (l.month + interval '1 month')::date, greatest(b.committed_at, b.withdrawn_at)
        FROM entitlements_paidbatch b JOIN entitlements_paidline l ON l.batch_id = b.id
        WHERE l.person_id IS NOT NULL AND (b.committed_at > %(since)s OR b.withdrawn_at > %(since)s)
        UNION ALL
        SELECT l.person_id, l.month, (l.month + interval '1 month')::date, greatest(b.committed_at, b.withdrawn_at)
        FROM entitlements_paidbatch b, jsonb_to_recordset(b.covers) AS v(service text, month date),
            entitlements_cycleline l
        WHERE b.complete AND (b.committed_at > %(since)s OR b.withdrawn_at > %(since)s)
            AND l.service_id = v.service AND l.month = v.month AND l.paid
            AND starts_with(l.region_code, b.region_id COLLATE "C")
    ) c
    LEFT JOIN stays k ON k.gone = c.person_id
    JOIN people_person p ON p.id = coalesce(k.person, c.person_id)
    WHERE starts_with(p.region_id COLLATE "C", %(region)s) OR EXISTS (
        SELECT FROM entitlements_cycleline l WHERE l.person_id = c.person_id
            AND starts_with(l.region_code, %(region)s))
"""
# Cast: against numbers of another size the server would go through the whole list for every row.
_WHO = " AND coalesce(k.person, {0}.person_id) = ANY(%(people)s::bigint[])"
_APPROVED = KEPT + """
    SELECT coalesce(k.person, l.person_id), l.service_id, l.month, sum(l.amount_fen)
    FROM entitlements_cycleline l LEFT JOIN stays k ON k.gone = l.person_id
    WHERE l.cycle_id = ANY(%(cycles)s) AND l.paid AND l.amount_fen > 0 {who}
    GROUP BY 1, 2, 3
"""
_DAYS = KEPT + """
    SELECT coalesce(k.person, l.person_id), l.service_id, l.month, sum(l.days)
    FROM entitlements_cycleline l LEFT JOIN stays k ON k.gone = l.person_id
    WHERE l.cycle_id = ANY(%(cycles)s) AND l.days IS NOT NULL {who}
    GROUP BY 1, 2, 3
"""
_TURNED_DOWN = KEPT + """
    SELECT coalesce(k.person, l.person_id), l.service_id, l.month, l.amount_fen
    FROM entitlements_cycleline l LEFT JOIN stays k ON k.gone = l.person_id
    WHERE l.cycle_id = ANY(%(cycles)s) AND l.state = 'refused' AND l.amount_fen > 0 {who}
"""
_REPORTED = KEPT + """
    SELECT coalesce(k.person, r.person_id), r.service_id, r.month, sum(r.fen) FROM (
        SELECT l.person_id, l.service_id, l.month, l.amount_fen AS fen
        FROM entitlements_paidline l JOIN entitlements_paidbatch b ON b.id = l.batch_id
        WHERE b.state = 'committed' AND l.month = ANY(%(months)s) AND l.person_id IS NOT NULL
        UNION ALL
        -- A complete report that does not name somebody who was approved: nothing was paid.
        SELECT l.person_id, l.service_id, l.month, 0
        FROM entitlements_paidbatch b, jsonb_to_recordset(b.covers) AS v(service text, month date),
            entitlements_cycleline l
        WHERE b.state = 'committed' AND b.complete AND l.service_id = v.service AND l.month = v.month AND l.paid
            AND l.month = ANY(%(months)s) AND starts_with(l.region_code, b.region_id COLLATE "C")
    ) r LEFT JOIN stays k ON k.gone = r.person_id
    WHERE true {who} GROUP BY 1, 2, 3
"""
_CARRIED = KEPT + """
    SELECT coalesce(k.person, a.person_id), a.service_id, a.month, sum(a.amount_fen)
    FROM entitlements_adjustmentincycle a LEFT JOIN stays k ON k.gone = a.person_id
    WHERE a.month = ANY(%(months)s) {who} GROUP BY 1, 2, 3
"""
_SETTLED = KEPT + """
    SELECT coalesce(k.person, a.person_id), a.service_id, a.month, sum(a.difference_fen)
    FROM entitlements_adjustment a LEFT JOIN stays k ON k.gone = a.person_id
    WHERE a.standing = 'counted' AND a.month = ANY(%(months)s) {who} GROUP BY 1, 2, 3
"""
_REJECTED = KEPT + """
    SELECT DISTINCT ON (1, 2, 3) coalesce(k.person, a.person_id), a.service_id, a.month, a.held_fen, a.due_fen
    FROM entitlements_adjustment a JOIN entitlements_correction c ON c.id = a.correction_id
        LEFT JOIN stays k ON k.gone = a.person_id
    WHERE a.standing = 'void' AND c.state = 'rejected' AND a.month = ANY(%(months)s) {who}
    ORDER BY 1, 2, 3, a.id DESC
"""
# Who had the service granted by a month's day, and of whom officers have said that it is not to be paid. A grant that
# the rule itself ended counts on: if the rule was held against wrong facts, its months are due after all.
_GRANTED = KEPT + """
    SELECT DISTINCT coalesce(k.person, d.person_id), d.service_id, v.month
    FROM entitlements_determination d JOIN (
        SELECT month, as_of FROM unnest(%(months)s::date[], %(days)s::date[]) AS m(month, as_of)
    ) v ON lower(d.period) <= v.as_of LEFT JOIN stays k ON k.gone = d.person_id
    WHERE starts_with(d.region_code, %(region)s) {who}
"""
_STOPPED = KEPT + """
    SELECT DISTINCT coalesce(k.person, d.person_id), d.service_id, v.month
    FROM entitlements_determination d JOIN (
        SELECT month, as_of FROM unnest(%(months)s::date[], %(days)s::date[]) AS m(month, as_of)
    ) v ON lower(d.period) <= v.as_of LEFT JOIN stays k ON k.gone = d.person_id
    WHERE (
        -- Granted by another county over that day.
        (NOT starts_with(d.region_code, %(region)s) AND d.period @> v.as_of)
        -- Suspended or stopped by two officers on other grounds than the rule, and not taken up since.
        OR EXISTS (
            SELECT FROM entitlements_proposal p WHERE p.determination_id = d.id AND p.state = 'confirmed'
                AND p.cause = 'officer' AND p.kind IN ('suspend', 'stop') AND p."on" <= v.as_of
                AND NOT EXISTS (
                    SELECT FROM entitlements_event e WHERE e.determination_id = d.id AND e.kind = 'resumed'
                        AND e."on" > p."on" AND e."on" <= v.as_of)
                AND NOT EXISTS (
                    SELECT FROM entitlements_determination n WHERE n.person_id = d.person_id
                        AND n.service_id = d.service_id AND n.id <> d.id AND n.period @> v.as_of)))
        {who}
"""


# Whom a service that is paid once a year, or once only, was paid on account of another month of the stretch: what was
# approved and what corrections decided since, added up.
_IN_SPAN = KEPT + """
    SELECT coalesce(k.person, x.person_id), x.service_id FROM (
        SELECT person_id, service_id, month, amount_fen AS fen FROM entitlements_cycleline
        WHERE paid AND service_id = ANY(%(services)s)
        UNION ALL
        SELECT person_id, service_id, month, difference_fen FROM entitlements_adjustment
        WHERE standing = 'counted' AND service_id = ANY(%(services)s)
    ) x JOIN unnest(%(services)s::text[], %(units)s::text[]) AS v(service, unit) ON v.service = x.service_id
        LEFT JOIN stays k ON k.gone = x.person_id
    WHERE x.month <> %(month)s
        AND (v.unit = 'once' OR date_trunc('year', x.month) = date_trunc('year', %(month)s::date)) {who}
    GROUP BY 1, 2 HAVING sum(x.fen) > 0
"""


@dataclass(frozen=True)
class Months:
    """The approved cycles to look at again, and how each month's facts are read."""

    region: str
    cycles: Sequence[Cycle]
    others: Sequence[dt.date] = ()  # months that no cycle approved, read on their first day

    @property
    def as_of(self) -> dict[dt.date, dt.date]:
        return {month: month for month in self.others} | {cycle.month: cycle.as_of for cycle in self.cycles}

    def params(self, people: Collection[int] | None = None) -> dict[str, Any]:
        days = self.as_of
        return {
            "region": self.region, "cycles": [cycle.pk for cycle in self.cycles], "months": list(days),
            "days": list(days.values()), "people": list(people or ()),
        }


def approved_cycles(region: str, months: Collection[dt.date] | None = None) -> list[Cycle]:
    """The county's approved cycles, oldest first."""
    found = Cycle.objects.filter(region=region, state=Cycle.State.APPROVED).select_related("run")
    if months is not None:
        found = found.filter(month__in=months)
    return list(found.order_by("month", "service_id"))


def since_of(cycles: Sequence[Cycle]) -> dict[int, tuple[dt.datetime, str]]:
    """Cycle id to the moment up to which it is worked out already, and the pack it was worked out under."""
    latest = (
        Recalculation.objects.filter(cycle__in=cycles).values("cycle").annotate(last=Max("id")).values_list("last")
    )
    again = {row.cycle_id: (row.known_at, row.pack_hash) for row in Recalculation.objects.filter(pk__in=latest)}
    return {cycle.pk: again.get(cycle.pk, (cycle.run.known_at, cycle.pack_hash)) for cycle in cycles}


def changes_since(region: str, since: dt.datetime) -> pl.DataFrame:
    """Everything recorded or taken back after a moment about the county's people: frames.CHANGES."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, {"since": since, "region": region})
        return pl.DataFrame(cursor.fetchall(), schema=CHANGES, orient="row")


def _amounts(sql: str, params: dict[str, Any], alias: str, people: Collection[int] | None) -> pl.DataFrame:
    return _rows(sql, params, alias, people, dict(AMOUNTS))


def _rows(
    sql: str, params: dict[str, Any], alias: str, people: Collection[int] | None, schema: dict[str, Any]
) -> pl.DataFrame:
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("{who}", "" if people is None else _WHO.format(alias)), params)
        rows = cursor.fetchall()
    return pl.DataFrame([[*row[:3], *map(int, row[3:])] for row in rows], schema=schema, orient="row")


@dataclass(frozen=True)
class Ledger:
    """What stands on account of the months: each of frames.AMOUNTS, or KEYS; see frames.held."""

    approved: pl.DataFrame
    turned_down: pl.DataFrame
    reported: pl.DataFrame
    carried: pl.DataFrame
    settled: pl.DataFrame
    rejected: pl.DataFrame
    granted: pl.DataFrame
    stopped: pl.DataFrame


def ledger(months: Months, people: Collection[int] | None = None) -> Ledger:
    """What was approved, refused, reported, settled and rejected for the months; of ``people``, or of everybody."""
    params = months.params(people)
    rejected = dict(_KEYS) | {"held_fen": pl.Int64, "due_fen": pl.Int64}
    return Ledger(
        approved=_amounts(_APPROVED, params, "l", people), turned_down=_amounts(_TURNED_DOWN, params, "l", people),
        reported=_amounts(_REPORTED, params, "r", people), carried=_amounts(_CARRIED, params, "a", people),
        settled=_amounts(_SETTLED, params, "a", people), rejected=_rows(_REJECTED, params, "a", people, rejected),
        granted=_rows(_GRANTED, params, "d", people, dict(_KEYS)),
        stopped=_rows(_STOPPED, params, "d", people, dict(_KEYS)),
    )


def paid_in_span(units: Mapping[str, str], month: dt.date, people: Collection[int] | None = None) -> pl.DataFrame:
    """``person_id`` and ``service_id`` of whom a service was paid for another month of the stretch it is paid once in.

    ``units``: service id to year or once.
    """
    sql = _IN_SPAN.replace("{who}", "" if people is None else _WHO.format("x"))
    with connection.cursor() as cursor:
        cursor.execute(sql, {"services": list(units), "units": list(units.values()), "month": month,
                             "people": list(people or ())})
        return pl.DataFrame(cursor.fetchall(), schema={"person_id": pl.Int64, "service_id": pl.String}, orient="row")


def days_given(cycles: Sequence[int], people: Collection[int] | None = None) -> pl.DataFrame:
    """``days`` on which a service paid by the day was given, by frames.KEYS, of some cycles."""
    return _rows(_DAYS, {"cycles": list(cycles), "people": list(people or ())}, "l", people,
                 dict(_KEYS) | {"days": pl.Int64})


def ledger_keys(county: str, days: dict[dt.date, dt.date]) -> pl.DataFrame:
    """Who had which service granted by the day of each month (month to day): person_id, service_id, month."""
    params = {"region": county, "months": list(days), "days": list(days.values()), "people": []}
    return _rows(_GRANTED, params, "d", None, dict(_KEYS))


@dataclass(frozen=True)
class Reading:
    """One month as known now: the facts read, what is due (frames.AMOUNTS) and what cannot be said (its keys)."""

    facts: pl.DataFrame
    due: pl.DataFrame
    unknown: pl.DataFrame


def read_month(
    pack: Pack, region: str, month: dt.date, as_of: dt.date, services: Collection[str],
    people: Collection[int] | None = None,
) -> Reading:
    """Facts of a month's day as believed now, and what the rules in force that day give for some services."""
    facts = facts_of(region, as_of, people)
    numbers = perform.service_numbers(pack)
    names = {number: name for name, number in numbers.items()}
    found = outcomes.outcomes(pack, facts, as_of, numbers).with_columns(
        pl.col("service").replace_strict(names, return_dtype=pl.String).alias("service_id"),
        pl.lit(month).alias("month"),
        pl.col("amount_fen").fill_null(0).alias("fen"),
    ).filter(pl.col("service_id").is_in(list(services)))
    due = found.filter((pl.col("status") == DUE) & (pl.col("fen") > 0)).select(*AMOUNTS)
    return Reading(facts, due, found.filter(pl.col("status") == CHECK).select(*_KEYS))


def facts_of(region: str, as_of: dt.date, people: Collection[int] | None = None) -> pl.DataFrame:
    """The facts of a county's people on a day as believed now; of ``people`` wherever they answer now.

    Everybody (None) takes in whoever has a line of the county and answers elsewhere by now.
    """
    if people is None:
        away = facts_of(region, as_of, outsiders(region)).filter(~pl.col("region_code").str.starts_with(region))
        return pl.concat([facts_frame(region, as_of), away])
    wanted = pl.Series([str(person) for person in people], dtype=pl.String)
    parts = [facts_frame(prefix, as_of).filter(pl.col("person_id").is_in(wanted.implode()))
             for prefix in _prefixes(region, people)]
    return pl.concat(parts).unique("person_id", maintain_order=True) if parts else facts_frame(region, as_of).head(0)


def outsiders(region: str) -> list[int]:
    """People with a line of the county whose entry answers to another place by now."""
    sql = """
        SELECT DISTINCT p.id FROM entitlements_cycleline l JOIN people_person p ON p.id = l.person_id
        WHERE starts_with(l.region_code, %s) AND NOT starts_with(p.region_id COLLATE "C", %s)
            AND p.merged_into_id IS NULL
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [region, region])
        return [row[0] for row in cursor.fetchall()]


_FEW = 12  # villages that are quicker read one by one than with the whole county


def _prefixes(region: str, people: Iterable[int]) -> list[str]:
    """Where the people answer now: a few villages, or the county and the villages outside it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT left(region_id, 12) FROM people_person WHERE id = ANY(%s) ORDER BY 1", [list(people)]
        )
        codes = [row[0] for row in cursor.fetchall()]
    inside = [code for code in codes if code.startswith(region)]
    if len(inside) > _FEW:
        inside = [region]
    return inside + [code for code in codes if not code.startswith(region)]


def facts_by_service(pack: Pack, as_of: dt.date) -> dict[str, list[str]]:
    """Service id to the facts its tests and its amount read."""
    found = {}
    for bound in pack.services_on(as_of):
        nodes = (*bound.tests, *((bound.amount,) if bound.amount is not None else ()))
        read = {("birth_date" if name == "age" else name) for node in nodes for name in facts_read(node)}
        found[bound.service.id] = [name for name in FACTS if name in read]
    return found


def on_application(pack: Pack) -> set[str]:
    """Services that nobody is due before they were granted."""
    return {service.id for service in pack.services if service.apply != "automatic"}


def pack_of(region: str, on: dt.date) -> Pack:
    return packs.in_force(region, on).pack
