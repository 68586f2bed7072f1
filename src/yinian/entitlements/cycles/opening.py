"""Opening the cycles of a month: facts frozen once for all services, lines worked out, towns asked. A job does it.

Everything is worked out before or inside the job's one transaction; killed anywhere, it leaves nothing.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.bulk import copy_frame
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Refused
from yinian.core.inbox.actions import Asked, ask_many
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.models import Job
from yinian.core.regions.models import CODE_LENGTHS, Level, Region
from yinian.core.users.models import User
from yinian.core.users.queries import human_key
from yinian.engines.entitlement import FactsError, Pack, PackError
from yinian.engines.entitlement.model import BoundService
from yinian.entitlements import frames, grounds, packs, perform, snapshots
from yinian.entitlements.adjustments.loading import KEPT
from yinian.entitlements.codes import facts_in
from yinian.entitlements.cycles import lines as arithmetic
from yinian.entitlements.cycles.models import SPANS, Unit
from yinian.entitlements.cycles.workkinds import TOWN, month_words, town_key
from yinian.entitlements.models import Cycle, CycleLine, CycleStep, Determination, Figure, Run, TownReview
from yinian.entitlements.reasons import failed
from yinian.entitlements.workkinds import fact_label, in_words
from yinian.people.circumstances.queries import changed_since, facts_frame

OPEN = "entitlements.cycle_open"
TOWN_LENGTH = CODE_LENGTHS[Level.TOWN]
STAGES = 4
BOUND = ("suspended", "check", "elsewhere")  # what no reviewer can lift: such a line is held from the start
# A record may be written some time after the moment it bears: a list of a department takes minutes to load.
SETTLING = dt.timedelta(minutes=15)


@dataclass
class Plan:
    """Which services of a month can be opened, and why others cannot: service id to reason."""

    services: list[BoundService] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def open_cycles(actor: User, region: str, month: dt.date, services: Sequence[str] = ()) -> Job:
    """Queue the opening of a month's cycles: of the named services, or of all that pay money.

    Raises :class:`Refused` for a month to come, without a usable pack, and where nothing can be opened.
    """
    actor.require("entitlements.cycle", region)
    human_key(actor)
    if not Region.objects.filter(pk=region, level=Level.COUNTY).exists():
        raise Refused(fields={"region": _("A cycle covers one whole county.")})
    month = month.replace(day=1)
    if month > timezone.localdate():
        raise Refused(fields={"month": _("This month has not begun.")})
    plan = plan_of(packs.in_force(region, month).pack, region, month, services)
    if not plan.services:
        none = _("No service here pays money that a cycle could decide.")
        raise Refused("; ".join(dict.fromkeys(plan.skipped.values())) or none)
    return jobs.enqueue(
        actor, OPEN, {"region": region, "month": month.isoformat(), "services": list(services)}, region=region,
        key=f"{OPEN}:{region}", url=reverse("entitlements:cycles"),
    )


def plan_of(pack: Pack, region: str, month: dt.date, wanted: Sequence[str] = ()) -> Plan:
    """The services of a pack that a month can be opened for. Raises :class:`Refused` for a bad pack or name."""
    for name in wanted:
        grounds.service_of(pack, name)
    try:
        bound = pack.services_on(month)
    except PackError as error:
        raise Refused(str(error)) from error
    cycles = list(
        Cycle.objects.filter(region=region).exclude(state=Cycle.State.CANCELLED)
        .values_list("service_id", "month", "state")
    )
    granted = set(
        Determination.objects.filter(region_code__startswith=region).exclude(state=Determination.State.STOPPED)
        .values_list("service_id", flat=True)
    )
    plan = Plan()
    for one in bound:
        service = one.service
        pays = service.amount is not None and service.period in Unit.values
        automatic = service.apply == "automatic"
        if service.id not in wanted if wanted else not (pays and (automatic or service.id in granted)):
            continue
        reason = _why_not(one, cycles, month, pays=pays, known=automatic or service.id in granted)
        if reason:
            plan.skipped[service.id] = reason
        else:
            plan.services.append(one)
    for name in wanted:
        if name not in {one.service.id for one in bound}:
            plan.skipped[name] = _("It is not in force in this month.")
    return plan


def _why_not(
    one: BoundService, cycles: list[tuple[str, dt.date, str]], month: dt.date, *, pays: bool, known: bool
) -> str:
    name = in_words(one.service.label)
    if one.service.amount is not None and not pays:
        return _("%(service)s is paid by no stretch of time that a cycle knows.") % {"service": name}
    if not known:
        return _("%(service)s is given on application, and nobody has been granted it yet.") % {"service": name}
    for service_id, other, state in cycles:
        if service_id != one.service.id:
            continue
        if other == month:
            return _("%(service)s is already opened for this month.") % {"service": name}
        if other > month:
            return _("%(service)s was already opened for a later month; what this month lacks is paid as arrears.") % {
                "service": name
            }
        if state != Cycle.State.APPROVED:
            return _("%(service)s of %(month)s is not yet approved; close or cancel it first.") % {
                "service": name, "month": month_words(other)
            }
    return ""


# --- the job ---------------------------------------------------------------------------------------------------


@dataclass
class Frozen:
    """The facts a month is decided on, and what they give: a run that stands, or a new one not yet stored."""

    run: Run
    found: pl.DataFrame  # frames.OUTCOMES
    facts: pl.DataFrame | None
    figures: pl.DataFrame | None = None
    place: Path | None = None


def perform_opening(ctx: JobContext) -> None:
    """Do the opening that ``ctx.params`` ask for: ``region``, ``month``, ``services``. Raises Refused."""
    region, month = str(ctx.params["region"]), dt.date.fromisoformat(ctx.params["month"])
    wanted = [str(name) for name in ctx.params["services"]]
    pack = packs.in_force(region, month)
    numbers = perform.service_numbers(pack.pack)
    snapshots.sweep(ctx.job.pk)
    try:
        frozen = _reused(region, month, pack.pack.hash) or _frozen(ctx, region, month, pack, numbers)
        ctx.progress(3, STAGES, _("Working out the lines"))
        with ctx.effect({"url": f"{reverse('entitlements:cycles')}?month={month:%Y-%m}&region={region}"}) as result:
            # Of two openings of a county one goes first; the other then finds what is open already.
            Region.objects.select_for_update(no_key=True).get(pk=region)
            plan = plan_of(pack.pack, region, month, wanted)
            if not plan.services:
                raise Refused("; ".join(dict.fromkeys(plan.skipped.values())))
            _store_run(frozen, numbers)
            found = {one.service.id: _lines(pack.pack, frozen, region, month, one, numbers) for one in plan.services}
            for one in plan.services:
                if unit_of(one) in SPANS and found[one.service.id].is_empty():
                    plan.skipped[one.service.id] = _("%(service)s: nobody is left to be paid.") % {
                        "service": in_words(one.service.label)}
            opened = [one for one in plan.services if one.service.id not in plan.skipped]
            if not opened:
                raise Refused("; ".join(dict.fromkeys(plan.skipped.values())))
            made = [_write(ctx.actor, pack.pack, frozen, region, month, one, found[one.service.id]) for one in opened]
            _ask_towns(ctx.actor, region, month)
            result |= {"run": frozen.run.pk, "cycles": [cycle.pk for cycle in made], "skipped": plan.skipped}
    except (PackError, FactsError) as error:
        raise Refused(str(error)) from error


def _reused(region: str, month: dt.date, pack_hash: str) -> Frozen | None:
    """A run on the same day and pack after which nothing was recorded, if its files are whole."""
    run = Run.objects.filter(
        region_id=region, as_of=month, pack_hash=pack_hash, state=Run.State.DONE
    ).order_by("-pk").first()
    if run is None or changed_since(region, run.known_at - SETTLING):
        return None
    try:
        found = snapshots.read(run.outcome_file, run.outcome_sha256)
        facts = snapshots.read(run.snapshot_file, run.snapshot_sha256)
    except (snapshots.Altered, pl.exceptions.PolarsError):
        return None
    return Frozen(run, found.select(*frames.OUTCOMES), facts)


def _frozen(ctx: JobContext, region: str, month: dt.date, pack: packs.InForce, numbers: dict[str, int]) -> Frozen:
    ctx.progress(0, STAGES, _("Reading the facts"))
    started_at, run_id = timezone.now(), perform.next_run_id()
    place = snapshots.begin(run_id, ctx.job.pk)
    known_at = timezone.now()
    facts = facts_frame(region, month)
    ctx.progress(1, STAGES, _("Freezing the facts"))
    snapshot_hash = snapshots.write(place, snapshots.FACTS, facts)
    ctx.progress(2, STAGES, _("Working out who is due what"))
    receipts = perform.receipts_frame(region, month, known_at, numbers)
    found = frames.with_receipts(frames.outcomes(pack.pack, facts, month, numbers), receipts)
    standing, _changed = frames.compare(found, pl.DataFrame(schema=frames.STANDING), run_id)
    outcome_hash = snapshots.write(place, snapshots.OUTCOME, standing)
    periods = {numbers[service.id]: service.period or "" for service in pack.pack.services}
    figures = frames.figures(standing, frames.changes(standing, standing), periods, first=True)
    run = Run(
        pk=run_id, region_id=region, pack_path=pack.path, pack_hash=pack.pack.hash,
        pack=perform.described(pack.pack, month), as_of=month, standing=False, known_at=known_at,
        snapshot_sha256=snapshot_hash, outcome_sha256=outcome_hash,
        snapshot_file=f"{snapshots.FOLDER}/{run_id}/{snapshots.FACTS}",
        outcome_file=f"{snapshots.FOLDER}/{run_id}/{snapshots.OUTCOME}", people=facts.height,
        outcomes=found.height, started_at=started_at, started_by=ctx.actor, job=ctx.job, state=Run.State.DONE,
        counts=perform.counts_of(figures, 0, 0),
    )
    return Frozen(run, found.select(*frames.OUTCOMES), facts, figures, place)


def _store_run(frozen: Frozen, numbers: dict[str, int]) -> None:
    if frozen.place is None or frozen.figures is None:
        return
    run = frozen.run
    run.finished_at = timezone.now()
    run.seconds = {"total": round((run.finished_at - run.started_at).total_seconds(), 3)}
    run.save(force_insert=True)
    names = {number: name for name, number in numbers.items()}
    copy_frame(Figure, frozen.figures.select(
        pl.lit(run.pk).alias("run_id"), pl.col("village").alias("region_code"),
        pl.col("service").replace_strict(names, default="", return_dtype=pl.String).alias("service_id"),
        *frames.COUNTS,
    ))
    snapshots.settle(frozen.place, run.pk)


def unit_of(one: BoundService) -> str:
    """How a person is paid the service (models.Unit); one without money is looked at by month."""
    return one.service.period if one.service.period in Unit.values else Unit.MONTH


def _lines(
    pack: Pack, frozen: Frozen, region: str, month: dt.date, one: BoundService, numbers: dict[str, int]
) -> pl.DataFrame:
    service, unit = one.service, unit_of(one)
    standing, elsewhere = standing_frame(service.id, region, month), _elsewhere(service.id, region, month)
    lines = arithmetic.lines_of(
        frozen.found, numbers[service.id], standing, elsewhere, automatic=service.apply == "automatic"
    )
    if unit in SPANS:
        lines = arithmetic.unpaid(lines, paid_in_span(service.id, unit, month), unit)
    lines = arithmetic.by_the_day(lines) if unit == Unit.DAY else lines.with_columns(
        pl.lit(None, pl.Int64).alias("rate_fen"))
    return _explained(pack, frozen, one, month, lines)


def _write(
    actor: User, pack: Pack, frozen: Frozen, region: str, month: dt.date, one: BoundService, lines: pl.DataFrame
) -> Cycle:
    service, unit = one.service, unit_of(one)
    days = {stage.id: stage.working_days for stage in grounds.procedure_of(pack, service.id).review.value}
    cycle = Cycle.objects.create(
        region_id=region, month=month, service_id=service.id, unit=unit, label=grounds.label_of(service),
        run=frozen.run, as_of=month, pack_hash=pack.hash, source=grounds.basis_of(pack, service),
        state=Cycle.State.OPEN if lines.height else Cycle.State.TOWN_REVIEWED,
        review_by=add_working_days(timezone.localdate(), days.get("town", 0)), opened_by=actor,
        counts={change: {"lines": n.lines, "fen": n.fen} for change, n in arithmetic.counted(lines).items()},
    )
    copy_frame(CycleLine, lines.select(
        pl.lit(cycle.pk).alias("cycle_id"), pl.lit(service.id).alias("service_id"), pl.lit(month).alias("month"),
        pl.lit(unit).alias("unit"), "person_id", "region_code", "rate_fen", "amount_fen",
        "previous_fen", "change", pl.lit("").alias("days_proof"),
        pl.when(pl.col("why").is_in(BOUND)).then(pl.lit("held")).otherwise(pl.lit("pending")).alias("state"),
        "why", "finding", pl.lit("").alias("reason"), "clause", pl.lit(False).alias("paid"), "determination_id",
    ))
    towns = arithmetic.by_town(lines, TOWN_LENGTH)
    TownReview.objects.bulk_create([
        TownReview(cycle=cycle, region_id=town, lines=count, differences=differences, amount_fen=fen)
        for town, count, differences, fen in towns.iter_rows()
    ])
    CycleStep.objects.create(cycle=cycle, stage=CycleStep.Stage.OPEN, verb="open", actor=actor,
                             human_key=human_key(actor), detail={"lines": lines.height})
    record(actor, "entitlements.cycle_open", cycle, region=region,
           detail={"service": service.id, "month": month.isoformat(), "run": frozen.run.pk, "counts": cycle.counts})
    return cycle


def standing_frame(service_id: str, region: str, day: dt.date) -> pl.DataFrame:
    """What a county has determined of a service on a day: lines.STANDING."""
    sql = """
        SELECT d.person_id, d.id, d.region_code, d.amount_fen, coalesce((
            SELECT e.kind = 'suspended' FROM entitlements_event e
            WHERE e.determination_id = d.id AND e.kind IN ('suspended', 'resumed') AND e."on" <= %(day)s
            ORDER BY e."on" DESC, e.id DESC LIMIT 1), false)
        FROM entitlements_determination d
        WHERE d.service_id = %(service)s AND d.region_code LIKE %(region)s AND d.period @> %(day)s::date
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"service": service_id, "region": f"{region}%", "day": day})
        return pl.DataFrame(cursor.fetchall(), schema=arithmetic.STANDING, orient="row")


_PAID_IN_SPAN = KEPT + """
    SELECT DISTINCT coalesce(k.person, x.person_id) FROM (
        SELECT person_id, month FROM entitlements_cycleline WHERE service_id = %(service)s AND paid
        UNION ALL
        SELECT l.person_id, l.month FROM entitlements_paidline l JOIN entitlements_paidbatch b ON b.id = l.batch_id
        WHERE l.service_id = %(service)s AND b.state = 'committed' AND l.amount_fen > 0 AND l.person_id IS NOT NULL
    ) x LEFT JOIN stays k ON k.gone = x.person_id
    WHERE %(unit)s = 'once' OR date_trunc('year', x.month) = date_trunc('year', %(month)s::date)
"""


def paid_in_span(service_id: str, unit: str, month: dt.date) -> pl.Series:
    """Who was paid the service in the year of the month (``unit`` year) or ever (once), here or by a report."""
    with connection.cursor() as cursor:
        cursor.execute(_PAID_IN_SPAN, {"service": service_id, "unit": unit, "month": month})
        return pl.Series("person_id", [row[0] for row in cursor.fetchall()], dtype=pl.Int64)


def _elsewhere(service_id: str, region: str, day: dt.date) -> pl.Series:
    """People who answer to this county and for whom another one has determined the service from the day on."""
    sql = """
        SELECT d.person_id FROM entitlements_determination d JOIN people_person p ON p.id = d.person_id
        WHERE d.service_id = %(service)s AND d.region_code NOT LIKE %(region)s AND p.region_id LIKE %(region)s
            AND d.period && daterange(%(day)s, NULL)
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"service": service_id, "region": f"{region}%", "day": day})
        return pl.Series("person_id", [row[0] for row in cursor.fetchall()], dtype=pl.Int64)


def _explained(pack: Pack, frozen: Frozen, one: BoundService, month: dt.date, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with ``finding`` and ``clause``: why a line is to stop, or is held from the start."""
    said: dict[int, tuple[str, str]] = {}
    stopping = lines.filter(pl.col("why") == "not_due")["person_id"]
    if len(stopping):
        said |= failed(pack, frozen.facts, one.service, month, stopping)
    ground = grounds.ground_of(pack, one.service)
    fixed = {
        "suspended": _("The grant is suspended."), "elsewhere": _("Another county still grants it; it must end there "
                                                                 "first."),
        "superseded": _("Covered by another service, which stands before it."),
    }
    findings, clauses = [], []
    for person_id, why, unknown in lines.select("person_id", "why", "unknown").iter_rows():
        finding, clause = said.get(person_id, (fixed.get(why, ""), ground if why == "superseded" else ""))
        if why == "check":
            finding = _("To find out first: %(facts)s") % {
                "facts": _(", ").join(fact_label(name) for name in facts_in(unknown))
            }
        findings.append(finding[:300])
        clauses.append(clause)
    return lines.with_columns(pl.Series("finding", findings, dtype=pl.String),
                              pl.Series("clause", clauses, dtype=pl.String))


def _ask_towns(actor: User, region: str, month: dt.date) -> None:
    """One item a town and month, whatever the number of services; brought up to date when more are opened."""
    ask_many(actor, town_items(region, month))


def town_items(region: str, month: dt.date) -> list[Asked]:
    """The items of the towns that have lines of the month to look through."""
    open_ = TownReview.objects.filter(
        cycle__region=region, cycle__month=month, cycle__state=Cycle.State.OPEN, done_at__isnull=True
    ).select_related("cycle")
    towns: dict[str, dict[str, Any]] = {}
    for review in open_:
        town = towns.setdefault(review.region_id, {"services": 0, "count": 0, "due": review.cycle.review_by})
        town["services"] += 1
        town["count"] += review.differences
        town["due"] = min(town["due"], review.cycle.review_by)
    url = reverse("entitlements:cycles")
    return [
        Asked(TOWN, key=town_key(month, code), region=code,
              params={"month": month_words(month), "services": town["services"], "count": town["count"]},
              url=f"{url}?month={month:%Y-%m}&region={code}", due_on=town["due"])
        for code, town in sorted(towns.items())
    ]
