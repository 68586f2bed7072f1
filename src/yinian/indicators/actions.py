"""Every write: figures frozen at a period's end, corrected as a new version, reported by hand."""

import datetime as dt
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, BinaryIO

import polars as pl
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.bulk import copy_frame
from yinian.core.errors import Refused
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.actions import JobContext
from yinian.core.models import Job, Region, User
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.core.users.queries import platform_user
from yinian.engines.entitlement import Pack
from yinian.engines.entitlement.measures import Indicator
from yinian.engines.entitlement.views import REGION
from yinian.entitlements import packs
from yinian.indicators import frames, kept, live, queries
from yinian.indicators.models import Figure, Snapshot
from yinian.indicators.periods import Span, ending_on, kind_for, last_ended
from yinian.indicators.purposes import EVIDENCE

FREEZE = "indicators.freeze"
MOST_VALUE = 10**15
_COUNTS = ("numerator", "denominator", "outside", "unknown", "unsure")


# --- freezing --------------------------------------------------------------------------------------------------


def freeze(actor: User, region: str, kind: str) -> Job:
    """Queue the freezing of a county's figures for the last period of a kind that is over.

    Raises :class:`Refused` where they are frozen already.
    """
    county = _county(actor, region)
    span = last_ended(kind, timezone.localdate())
    if frozen(county.pk, span):
        raise Refused(_("The figures of %(period)s are frozen already; a mistake is mended by a correction.")
                      % {"period": span.name})
    return _queue(actor, county, span.ends, [span])


def freeze_ended(today: dt.date | None = None) -> int:
    """What the clock asks for: the periods that ended yesterday, of every county with a pack. Returns how many."""
    ended = list(ending_on((today or timezone.localdate()) - dt.timedelta(days=1)))
    count = 0
    for county in packs.counties_with_packs() if ended else ():
        spans = [span for span in ended if not frozen(county.pk, span)]
        if spans:
            with transaction.atomic():
                _queue(platform_user(), county, spans[0].ends, spans)
            count += 1
    return count


def _queue(actor: User, county: Region, day: dt.date, spans: Sequence[Span]) -> Job:
    with transaction.atomic():
        return jobs.enqueue(
            actor, FREEZE, {"region": county.pk, "day": day.isoformat(), "kinds": [span.kind for span in spans]},
            region=county.pk, key=f"{FREEZE}:{county.pk}:{day}", url=reverse("indicators:list"),
        )


def _county(actor: User, region: str) -> Region:
    county = Region.objects.defer("outline").get(pk=region[: CODE_LENGTHS[Level.COUNTY]])
    actor.require("indicators.freeze", county.pk)
    if county.level != Level.COUNTY:
        raise Refused(_("Figures are frozen county by county."))
    return county


def frozen(county: str, span: Span) -> bool:
    """Whether the computed figures of a county's period are frozen."""
    return Figure.objects.filter(
        region_id=county, period=span.kind, ends=span.ends, origin=Figure.Origin.COMPUTED
    ).exists()


def perform_freeze(ctx: JobContext) -> dict[str, Any]:
    """The job of :func:`freeze`: views read, counted, kept and written in one transaction with the job's end."""
    county, day = str(ctx.params["region"]), dt.date.fromisoformat(ctx.params["day"])
    spans = [span for span in ending_on(day) if span.kind in ctx.params["kinds"]]
    if not ctx.actor.is_machine:
        ctx.actor.require("indicators.freeze", county)
    ctx.progress(0, 2, _("Reading and counting"))
    origin = Snapshot.Origin.BACKWARDS if frames.is_past(day) else Snapshot.Origin.PERIOD
    made = Frozen.of(county, day, spans)
    ctx.progress(1, 2, _("Writing figures"))
    with ctx.effect({"url": reverse("indicators:list")}) as outcome:
        outcome["figures"] = made.write(ctx.actor, origin)
    return {"figures": outcome["figures"]}


class Frozen:
    """A county's counts on a day, ready to be written as figures of the periods that end on it."""

    def __init__(
        self, county: str, day: dt.date, pack_path: str, pack: Pack, spans: Sequence[Span], counts: pl.DataFrame,
        views: dict[str, pl.DataFrame],
    ) -> None:
        self.county, self.day, self.pack_path, self.pack = county, day, pack_path, pack
        self.spans, self.counts, self.views = spans, counts, views

    @classmethod
    def of(
        cls, county: str, day: dt.date, spans: Sequence[Span], only: str = "", views: Iterable[str] | None = None
    ) -> "Frozen":
        """Work out the indicators whose periods end with ``spans`` (or ``only`` one), over some ``views`` or all.

        An indicator over the county's runs is left out where no run was made by the day.
        """
        pack = packs.in_force(county, day)
        bounds, _lost = live.bounds_of(pack.pack, day)
        kinds = {span.kind for span in spans}
        has_run = frames.has_run(county, day)
        wanted = [
            bound for bound in bounds
            if kind_for(pack.pack.indicators[bound.id].period) in kinds and (not only or bound.id == only)
            and (has_run or "dues" not in bound.views) and (views is None or set(bound.views) <= set(views))
        ]
        counts, held = live.worked_out(county, day, wanted)
        return cls(county, day, pack.path, pack.pack, spans, counts, held)

    def write(self, actor: User, origin: str, reason: str = "") -> int:
        """Write the snapshot and its figures, in the caller's transaction; returns how many figures."""
        rows = self.figures(backwards=origin == Snapshot.Origin.BACKWARDS)
        if rows.is_empty():
            return 0
        snapshot = self.snapshot(actor, origin, rows["indicator"].unique(maintain_order=True).to_list())
        parts = []
        for span in self.spans:
            ids = [name for name in rows["indicator"].unique() if
                   kind_for(self.pack.indicators[name].period) == span.kind]
            parts.append(rows.filter(pl.col("indicator").is_in(ids)).with_columns(
                period=pl.lit(span.kind), starts=pl.lit(span.starts), ends=pl.lit(span.ends)
            ))
        hashes = {name: self.pack.indicators[name].hash for name in rows["indicator"].unique()}
        table = pl.concat(parts).select(
            "indicator", pl.col("indicator").replace_strict(hashes).alias("definition_hash"),
            pl.col(REGION).alias("region_id"), "period", "starts", "ends", pl.lit(self.day).alias("as_of"),
            pl.lit(1).alias("version"), pl.lit("computed").alias("origin"), *_COUNTS,
            pl.lit(snapshot.pk).alias("snapshot_id"), pl.lit("").alias("note"), pl.lit(reason).alias("reason"),
            pl.lit(actor.pk).alias("author_id"), pl.lit(timezone.now().isoformat()).alias("made_at"),
        )
        try:
            with transaction.atomic():
                copy_frame(Figure, table)
        except IntegrityError as error:
            raise Refused(_("Figures of this period are frozen already.")) from error
        record(actor, "indicators.freeze", snapshot, region=self.county,
               detail={"day": self.day.isoformat(), "kinds": [span.kind for span in self.spans],
                       "figures": table.height, "origin": origin})
        return table.height

    def snapshot(self, actor: User, origin: str, names: Sequence[str]) -> Snapshot:
        """Keep the views and the definitions of some indicators."""
        definitions = {name: kept.definition_of(self.pack.indicators[name], self.pack, self.day) for name in names}
        made = Snapshot.objects.create(
            region_id=self.county, as_of=self.day, origin=origin, pack_path=self.pack_path, pack_hash=self.pack.hash,
            definitions=definitions, made_by=actor,
        )
        made.files = kept.write(made.pk, self.views)
        made.save(update_fields=["files"])
        return made

    def figures(self, backwards: bool = False) -> pl.DataFrame:
        """The counts to write: every region of the county down to each indicator's level, nought where it has no row.

        ``backwards``: figures of which nothing is known are left out; nothing is made up for a past day.
        """
        regions = dict(
            Region.objects.filter(code__startswith=self.county, level__lte=Level.VILLAGE).values_list("code", "level")
        )
        every = pl.DataFrame(
            [(name, code) for name in self._ids() for code, level in regions.items()
             if Level.COUNTY <= level <= self.pack.indicators[name].level],
            schema=["indicator", REGION], orient="row",
        )
        if every.is_empty():
            return pl.DataFrame()
        based = {row[0] for row in self.counts.filter(pl.col("denominator").is_not_null()).select("indicator").rows()}
        rows = every.join(self.counts, on=["indicator", REGION], how="left").with_columns(
            *(pl.col(name).fill_null(0) for name in _COUNTS if name != "denominator"),
            pl.when(pl.col("indicator").is_in(list(based))).then(pl.col("denominator").fill_null(0)).alias(
                "denominator"
            ),
        )
        if backwards:
            nothing = (pl.col("numerator") == 0) & (pl.col("outside") == 0) & (pl.col("unknown") > 0)
            whole = rows.filter(pl.col(REGION) == self.county).filter(nothing)["indicator"]
            rows = rows.filter(~pl.col("indicator").is_in(whole.implode()))
        return rows

    def _ids(self) -> list[str]:
        return self.counts["indicator"].unique(maintain_order=True).to_list()


# --- corrections -----------------------------------------------------------------------------------------------


def correct(actor: User, figure_id: int, reason: str) -> int:
    """Work one indicator of a period out again for its whole county, by what is known today of its day.

    New versions are written where a figure differs. Returns how many; raises :class:`Refused` where none does, or the
    figure was reported by hand (then a new value is reported).
    """
    figure = queries.get_figure(actor, figure_id)
    county = _county(actor, figure.region_id)
    reason = reason.strip()
    if len(reason) < 2:
        raise Refused(fields={"reason": _("Say what was wrong; it is kept with the figure.")})
    if figure.origin != Figure.Origin.COMPUTED:
        raise Refused(_("This figure was reported by hand: report the right one in its place."))
    span = Span(figure.period, figure.starts, figure.ends)
    made = Frozen.of(county.pk, figure.as_of, [span], only=figure.indicator)
    if made.counts.is_empty() and not made.views:
        raise Refused(_("The pack no longer has this indicator."))
    with transaction.atomic():
        _lock(county.pk, figure.indicator)
        standing = {one.region_id: one for one in queries.latest(
            Figure.objects.filter(indicator=figure.indicator, period=figure.period, starts=figure.starts,
                                  region__code__startswith=county.pk, origin=Figure.Origin.COMPUTED)
        )}
        fresh = [
            (row, standing.get(row[REGION])) for row in made.figures().iter_rows(named=True)
            if _differs(row, standing.get(row[REGION]))
        ]
        if not fresh:
            raise Refused(_("Worked out again, every figure is the same; there is nothing to correct."))
        snapshot = made.snapshot(actor, Snapshot.Origin.CORRECTION, [figure.indicator])
        Figure.objects.bulk_create(
            Figure(
                indicator=figure.indicator, definition_hash=made.pack.indicators[figure.indicator].hash,
                region_id=row[REGION], period=figure.period, starts=figure.starts, ends=figure.ends,
                as_of=figure.as_of, version=1 if old is None else old.version + 1, origin=Figure.Origin.COMPUTED,
                snapshot=snapshot, reason=reason[:200], author=actor, **{name: row[name] for name in _COUNTS},
            )
            for row, old in fresh
        )
        record(actor, "indicators.correct", figure, region=county.pk, reason=reason[:200],
               detail={"indicator": figure.indicator, "period": figure.period, "ends": figure.ends.isoformat(),
                       "figures": len(fresh)})
    return len(fresh)


def verify(actor: User, figure_id: int) -> bool:
    """Whether a figure worked out again from its snapshot is the same, bit for bit; the checking is recorded.

    Raises :class:`Refused` for a figure reported by hand, and where a kept file is missing or altered.
    """
    figure = queries.get_figure(actor, figure_id)
    if figure.snapshot is None:
        raise Refused(_("This figure was reported by hand: there is nothing to work out again."))
    found = kept.again(figure.snapshot, [figure.indicator]).filter(pl.col(REGION) == figure.region_id).to_dicts()
    row = found[0] if found else dict.fromkeys(_COUNTS, 0) | {
        "denominator": None if figure.denominator is None else 0
    }
    same = not _differs(row, figure)
    with transaction.atomic():
        record(actor, "indicators.verify", figure, region=figure.region_id, detail={"same": same})
    return same


def _differs(row: dict[str, Any], old: Figure | None) -> bool:
    return old is None or any(row[name] != getattr(old, name) for name in _COUNTS)


def _lock(region: str, indicator: str) -> None:
    """One correction or report of an indicator in a county at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7305467, hashtext(%s))", [f"{region}:{indicator}"])


# --- reported by hand ------------------------------------------------------------------------------------------


def report(
    actor: User, indicator: Indicator, region: Region, span: Span, value: Fraction, note: str, *,
    file: BinaryIO | None = None, reason: str = "",
) -> Figure:
    """Enter a figure that the platform does not work out, with its source; a second one for a period says why.

    ``value`` is in the indicator's unit (fen for money). Raises :class:`Refused` with what is wrong.
    """
    actor.require("indicators.report", region.pk)
    faults: dict[str, str] = {}
    if indicator.computed:
        raise Refused(_("This indicator is worked out by the platform; it is not entered by hand."))
    if region.level > indicator.level:
        raise Refused(_("This indicator is not reported for areas so small."))
    if span.kind != kind_for(indicator.period):
        faults["period"] = _("This indicator is reported for another kind of period.")
    if span.starts > timezone.localdate():
        faults["period"] = _("This period has not begun yet.")
    if value < 0 or value > MOST_VALUE:
        faults["value"] = _("This value cannot be right.")
    if indicator.unit == "percent" and value > 100:
        faults["value"] = _("A share of more than 100% cannot be.")
    if len(note.strip()) < 2:
        faults["note"] = _("Say where the figure comes from: the report, the statement, who told it.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        _lock(live.unit_of(region.pk), indicator.id)
        old = Figure.objects.filter(
            indicator=indicator.id, region=region, period=span.kind, starts=span.starts
        ).order_by("-version").first()
        if old is not None and len(reason.strip()) < 2:
            raise Refused(fields={"reason": _("This period has a figure already; say why it is replaced.")})
        attachment = None if file is None else attachments.store(actor, file, EVIDENCE, region.pk)
        made = Figure.objects.create(
            indicator=indicator.id, definition_hash=indicator.hash, region=region, period=span.kind,
            starts=span.starts, ends=span.ends, as_of=min(span.ends, timezone.localdate()),
            version=1 if old is None else old.version + 1, origin=Figure.Origin.REPORTED, numerator=value.numerator,
            denominator=value.denominator, note=note.strip()[:200], attachment=attachment,
            reason="" if old is None else reason.strip()[:200], author=actor,
        )
        record(actor, "indicators.report", made, region=region.pk, reason=made.reason,
               detail={"indicator": indicator.id, "period": span.kind, "starts": span.starts.isoformat(),
                       "version": made.version})
    return made


__all__ = [
    "FREEZE", "Frozen", "correct", "freeze", "freeze_ended", "frozen", "perform_freeze", "report", "verify",
]
