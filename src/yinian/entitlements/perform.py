"""A run from facts to stored outcome, stage by stage. Called by the job ``entitlements.run`` and by nothing else.

All is worked out before the transaction; the transaction only writes. Killed anywhere, a run leaves nothing.
"""

import datetime as dt
import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.inbox.actions import Asked, ask_many, settle_many
from yinian.core.jobs.actions import JobContext
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.engines.entitlement import NOT_DUE, FactsError, Pack, PackError
from yinian.entitlements import frames, packs, snapshots, workkinds
from yinian.entitlements.codes import CODE_BITS, RECEIVING
from yinian.entitlements.determinations.finding import settle_findings
from yinian.entitlements.models import Run, ServiceNumber
from yinian.people.circumstances.queries import facts_frame

STAGES = ("facts", "snapshot", "outcome", "compare", "figures", "store")


class _Watch:
    """Times the stages and tells the job's owner which one is on."""

    def __init__(self, ctx: JobContext) -> None:
        self.ctx = ctx
        self.seconds: dict[str, float] = {}
        self.begun = time.perf_counter()

    @contextmanager
    def stage(self, name: str, words: str) -> Iterator[None]:
        if name != "store":
            self.ctx.progress(STAGES.index(name), len(STAGES), words)
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)

    @property
    def total(self) -> float:
        return round(time.perf_counter() - self.begun, 3)


def perform(ctx: JobContext) -> None:
    """Do the run that ``ctx.params`` ask for: ``region`` and ``as_of``. Raises Refused with the reason."""
    from yinian.entitlements.applications.inviting import invite  # it reads a run by this module

    region, as_of = str(ctx.params["region"]), dt.date.fromisoformat(ctx.params["as_of"])
    watch = _Watch(ctx)
    started_at = timezone.now()
    pack = packs.in_force(region, as_of)
    numbers = service_numbers(pack.pack)
    previous = latest_run(region)
    snapshots.sweep(ctx.job.pk)
    run_id = next_run_id()
    place = snapshots.begin(run_id, ctx.job.pk)
    try:
        with watch.stage("facts", _("Reading the facts")):
            known_at = timezone.now()
            # As believed now: asking for this very moment by name would sort half a million records for nothing.
            facts = facts_frame(region, as_of)
            receipts = receipts_frame(region, as_of, known_at, numbers)
        with watch.stage("snapshot", _("Freezing the facts")):
            snapshot_hash = snapshots.write(place, snapshots.FACTS, facts)
        with watch.stage("outcome", _("Working out who is due what")):
            found = frames.with_receipts(frames.outcomes(pack.pack, facts, as_of, numbers), receipts)
        with watch.stage("compare", _("Comparing with the run before")):
            old = standing_frame(previous)
            standing, changed = frames.compare(found, old, run_id)
            rows = frames.rows_to_write(standing, changed, run_id)
            outcome_hash = snapshots.write(place, snapshots.OUTCOME, standing)
        with watch.stage("figures", _("Adding up by village")):
            moves = frames.changes(standing, old)
            periods = {numbers[service.id]: service.period or "" for service in pack.pack.services}
            figures = frames.figures(standing, moves, periods, first=previous is None)
            checks = frames.checks(standing)
            asked = list(_asked(region, checks))
    except (PackError, FactsError) as error:
        raise Refused(str(error)) from error
    closing = changed if previous is not None else changed.head(0)
    run = Run(
        pk=run_id, region_id=region, pack_path=pack.path, pack_hash=pack.pack.hash, pack=described(pack.pack, as_of),
        as_of=as_of, known_at=known_at, snapshot_sha256=snapshot_hash, outcome_sha256=outcome_hash,
        snapshot_file=f"{snapshots.FOLDER}/{run_id}/{snapshots.FACTS}",
        outcome_file=f"{snapshots.FOLDER}/{run_id}/{snapshots.OUTCOME}", previous=previous, people=facts.height,
        outcomes=int((standing["status"] != NOT_DUE).sum()), started_at=started_at, started_by=ctx.actor, job=ctx.job,
        state=Run.State.DONE,
        counts=counts_of(figures, rows.height, len(closing)), checks=_by_fact(checks),
    )
    ctx.progress(STAGES.index("store"), len(STAGES), _("Storing the outcome"))
    with ctx.effect({"run": run_id, "url": reverse("entitlements:run", args=[run_id])}):
        with watch.stage("store", ""):
            _store(ctx.actor, run, previous, rows, closing, figures, numbers, asked, place)
            settle_findings(ctx.actor, run, pack.pack, facts, standing, numbers)
            invite(ctx.actor, run, standing, numbers)
        run.seconds = {**watch.seconds, "total": watch.total}
        run.finished_at = timezone.now()
        run.save(update_fields=["seconds", "finished_at"])


def latest_run(region: str) -> Run | None:
    """The standing run of a region: the last one that was done."""
    return Run.objects.filter(region_id=region, state=Run.State.DONE, standing=True).order_by("-pk").first()


def service_numbers(pack: Pack) -> dict[str, int]:
    """The number of every service of a pack; services not met before get the next ones, for good."""
    wanted = [service.id for service in pack.services]
    known = dict(ServiceNumber.objects.filter(service_id__in=wanted).values_list("service_id", "number"))
    missing = [name for name in wanted if name not in known]
    if missing:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE entitlements_servicenumber IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute(
                "INSERT INTO entitlements_servicenumber (number, service_id) "
                "SELECT coalesce((SELECT max(number) FROM entitlements_servicenumber), 0) + row_number() OVER (), w.id "
                "FROM unnest(%s::text[]) WITH ORDINALITY AS w(id, n) "
                "WHERE NOT EXISTS (SELECT FROM entitlements_servicenumber s WHERE s.service_id = w.id) ORDER BY w.n",
                [missing],
            )
        known = dict(ServiceNumber.objects.filter(service_id__in=wanted).values_list("service_id", "number"))
    return known


def receipts_frame(
    region: str, as_of: dt.date, known_at: dt.datetime, numbers: dict[str, int]
) -> pl.DataFrame:
    """Who receives which service of the pack on ``as_of``, as recorded by ``known_at``: frames.RECEIPTS.

    By what departments report, and by what was determined here and is not suspended.
    """
    sql = """
        SELECT s.number, string_agg(p.id || ' ' || p.region_id, ',')
        FROM (
            SELECT person_id, service_id FROM entitlements_receipt
            WHERE period @> %(day)s::date AND recorded_at <= %(known)s
            UNION
            SELECT person_id, service_id FROM entitlements_determination
            WHERE period @> %(day)s::date AND made_at <= %(known)s AND state <> 'suspended'
        ) r JOIN people_person p ON p.id = r.person_id
            JOIN entitlements_servicenumber s ON s.service_id = r.service_id
        WHERE p.region_id LIKE %(region)s AND s.number = ANY(%(numbers)s)
        GROUP BY s.number
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"day": as_of, "known": known_at, "region": f"{region}%",
                             "numbers": list(numbers.values())})
        texts = cursor.fetchall()
    parts = [
        pl.read_csv(
            text.encode(), has_header=False, separator=" ", eol_char=",", quote_char=None,
            schema={"person_id": pl.Int64, "region_code": pl.String},
        ).with_columns(pl.lit(number, pl.Int32).alias("service"))
        for number, text in texts
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=frames.RECEIPTS)


def standing_frame(previous: Run | None) -> pl.DataFrame:
    """What stood after the run before (frames.STANDING): from its file when that is whole, else from the database."""
    if previous is None:
        return pl.DataFrame(schema=frames.STANDING)
    try:
        return snapshots.read(previous.outcome_file, previous.outcome_sha256).select(*frames.STANDING)
    except (snapshots.Altered, pl.exceptions.PolarsError):
        return stored_frame(previous.region_id)


def stored_frame(region: str) -> pl.DataFrame:
    """The standing outcomes of a region as the database has them: frames.STANDING, in its order."""
    sql = """
        SELECT o.person_id, o.region_code, u.code, u.amount, u.unknown, u.since
        FROM entitlements_outcome o,
            unnest(o.codes, o.amounts, o.unknown, o.since) WITH ORDINALITY AS u(code, amount, unknown, since, n)
        WHERE o.until_run_id IS NULL AND o.region_code LIKE %s ORDER BY o.region_code, o.person_id, u.n
    """
    schema = {"person_id": pl.Int64, "region_code": pl.String, "code": pl.Int64, "amount_fen": pl.Int64,
              "unknown": pl.Int64, "since": pl.Int32}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, [f"{region}%"])
        found = pl.DataFrame(cursor.fetchall(), schema=schema, orient="row")
    return found.with_columns(
        (pl.col("code") // (1 << CODE_BITS)).cast(pl.Int32).alias("service"),
        (pl.col("code") % RECEIVING).cast(pl.UInt8).alias("status"),
        ((pl.col("code") & RECEIVING) != 0).alias("receiving"),
    ).select(*frames.STANDING)


def described(pack: Pack, as_of: dt.date) -> dict[str, Any]:
    """The services as they stood, for reading a run when the pack has long changed."""
    return {
        "name": pack.name,
        "services": [
            {
                "id": bound.service.id, "label": {"zh": bound.service.label.zh, "en": bound.service.label.en},
                "group": bound.service.group, "kind": bound.service.kind, "period": bound.service.period,
                "confidence": bound.service.source.confidence, "document": bound.service.source.document,
            }
            for bound in pack.services_on(as_of)
        ],
    }  # fmt: skip


def next_run_id() -> int:
    """The id of a run that is not stored yet: its folder bears it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('entitlements_run', 'id'))")
        return int(cursor.fetchone()[0])


def counts_of(figures: pl.DataFrame, written: int, closed: int) -> dict[str, Any]:
    """A run's sums of people and of person x service, and how many rows it wrote and closed."""
    people = figures.filter(pl.col("service").is_null())
    services = figures.filter(pl.col("service").is_not_null())
    return {
        "people": frames.summed(people), "services": frames.summed(services), "written": written, "closed": closed,
    }


def _by_fact(checks: pl.DataFrame) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for village, fact, people in checks.iter_rows():
        found.setdefault(fact, {})[village] = people
    return found


def _asked(region: str, checks: pl.DataFrame) -> Iterator[Asked]:
    """The work items: one a village and fact, or for facts that assessors find out one for the county."""
    url = reverse("entitlements:check_list")
    by_county = {fact for fact in checks["fact"].unique() if workkinds.at_county(fact)}
    for village, fact, people in checks.filter(~pl.col("fact").is_in(by_county)).iter_rows():
        yield _item(url, village, fact, people)
    county = checks.filter(pl.col("fact").is_in(by_county)).group_by("fact").agg(pl.col("people").sum()).sort("fact")
    for fact, people in county.iter_rows():
        yield _item(url, region, fact, people)


def _item(url: str, region: str, fact: str, people: int) -> Asked:
    return Asked(
        workkinds.kind_of(fact), key=f"check:{region}:{fact}", region=region, params={"count": people},
        url=f"{url}?region={region}&fact={fact}",
    )


def _store(
    actor: User, run: Run, previous: Run | None, rows: pl.DataFrame, closing: pl.Series, figures: pl.DataFrame,
    numbers: dict[str, int], asked: list[Asked], place: Path,
) -> None:
    """Write the whole outcome; inside the job's one transaction."""
    # One run of a region at a time may commit, and only upon the run it compared with.
    Region.objects.select_for_update(no_key=True).get(pk=run.region_id)
    latest = latest_run(run.region_id)
    if (latest.pk if latest else None) != (previous.pk if previous else None):
        raise Refused(_("Another run of this area was finished meanwhile; start again."))
    run.save(force_insert=True)
    with connection.cursor() as cursor:
        if len(closing):
            cursor.execute(
                "UPDATE entitlements_outcome SET until_run_id = %s WHERE until_run_id IS NULL "
                "AND person_id = ANY(%s) AND region_code LIKE %s",
                [run.pk, closing.to_list(), f"{run.region_id}%"],
            )
        if rows.height:
            # Whoever moved here from a county with runs of its own still stands there.
            cursor.execute(
                "UPDATE entitlements_outcome SET until_run_id = %s WHERE until_run_id IS NULL "
                "AND region_code NOT LIKE %s AND person_id = ANY(%s)",
                [run.pk, f"{run.region_id}%", rows["person_id"].to_list()],
            )
        _copy(cursor, "entitlements_outcome", rows)
        names = {number: name for name, number in numbers.items()}
        _copy(
            cursor, "entitlements_figure",
            figures.select(
                pl.lit(run.pk).alias("run_id"), pl.col("village").alias("region_code"),
                pl.col("service").replace_strict(names, default="", return_dtype=pl.String).alias("service_id"),
                *frames.COUNTS,
            ),
        )
    ask_many(actor, asked)
    settle_many(
        actor, f"check:{run.region_id}", {item.key for item in asked}, _("Nothing is left to find out."),
    )
    record(
        actor, "entitlements.run", run, region=run.region_id,
        detail={"as_of": run.as_of.isoformat(), "pack": run.pack_hash, "snapshot": run.snapshot_sha256,
                "outcome": run.outcome_sha256, "people": run.people, "counts": json.loads(json.dumps(run.counts))},
    )  # fmt: skip
    snapshots.settle(place, run.pk)


_CHUNK = 1 << 20


def _copy(cursor: Any, table: str, frame: pl.DataFrame) -> None:
    """COPY a frame into a table by its column names. No text in it holds a tab, a backslash or a line break."""
    if frame.is_empty():
        return
    buffer = io.BytesIO()
    frame.write_csv(buffer, include_header=False, separator="\t", quote_style="never")
    data = buffer.getbuffer()
    with cursor.copy(f"COPY {table} ({', '.join(frame.columns)}) FROM STDIN") as copy:
        for start in range(0, len(data), _CHUNK):
            copy.write(data[start : start + _CHUNK])
