"""Recalculating past months: read what became known, compare with what is held, and write what follows as proposals.

Called by the job ``entitlements.recalculate`` and, for single people, by actions. All is worked out before the
transaction; repeated on the same knowledge it proposes nothing new.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.jobs.actions import JobContext
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.engines.entitlement import FactsError, Pack, PackError
from yinian.entitlements import snapshots
from yinian.entitlements.adjustments import causes, frames, loading
from yinian.entitlements.adjustments.recovering import refresh as refresh_recoveries
from yinian.entitlements.adjustments.workkinds import refresh_desks
from yinian.entitlements.cycles.models import SPANS, Unit
from yinian.entitlements.models import Adjustment, Correction, Cycle, Recalculation
from yinian.people.circumstances.queries import facts_frame
from yinian.people.models import Person

BATCH = 2_000
Progress = Callable[[int, int, str], None]


@dataclass
class Found:
    """What a recalculation found. ``looked``: person and month of everything compared (None: everybody)."""

    region: str
    known_at: dt.datetime
    hashes: Mapping[dt.date, str]  # month to the pack, with its amendments, that was in force then
    cycles: Sequence[Cycle]
    rows: list[dict[str, Any]] = field(default_factory=list)  # frames.DIFFERENCES with cause and cycle
    looked: set[tuple[int, dt.date]] | None = field(default_factory=set)
    claimed: set[tuple[int, str, int]] = field(default_factory=set)  # person, service, stretch already found owing
    people: int = 0
    whole: bool = False
    labels: dict[str, dict[str, str]] = field(default_factory=dict)  # of services without a cycle here


def work_out(
    region: str, *, people: Collection[int] | None = None, whole: bool = False,
    months: Collection[dt.date] | None = None, progress: Progress | None = None,
) -> Found:
    """Compare the county's approved months with what is due as known now. Reads only. Raises :class:`Refused`.

    By default whoever something became known of since a month was last looked at; ``people``: these alone, in every
    approved month; ``whole``: everybody. New rules make a month everybody's.
    """
    known_at = timezone.now()
    cycles = loading.approved_cycles(region, months)
    since = loading.since_of(cycles)
    by_month: dict[dt.date, dict[str, Cycle]] = {}
    for cycle in cycles:
        by_month.setdefault(cycle.month, {})[cycle.service_id] = cycle
    # Each month by the rules of its own day: an amendment may begin or end between two of them.
    rules = {month: loading.pack_of(region, next(iter(mine.values())).as_of) for month, mine in by_month.items()}
    found = Found(region, known_at, {month: pack.hash for month, pack in rules.items()}, cycles, whole=whole)
    if not cycles:
        return found
    everybody = {month for month, mine in by_month.items()
                 if people is None and (whole or any(since[c.pk][1] != rules[month].hash for c in mine.values()))}
    touched = _touched(region, by_month, since) if people is None and len(everybody) < len(by_month) else {}
    try:
        for place, (month, mine) in enumerate(by_month.items()):
            if progress is not None:
                progress(place, len(by_month) + 1, _("Month %(month)s") % {"month": causes.month_words(month)})
            who = None if month in everybody else sorted(people if people is not None else touched.get(month, ()))
            if who is None or who:
                _one_month(found, rules[month], month, mine, who)
    except (PackError, FactsError) as error:
        raise Refused(str(error)) from error
    found.people = len({person for person, _month in found.looked or ()})
    return found


def _touched(
    region: str, by_month: Mapping[dt.date, Mapping[str, Cycle]], since: Mapping[int, tuple[dt.datetime, str]]
) -> dict[dt.date, set[int]]:
    starts = {month: min(since[cycle.pk][0] for cycle in mine.values()) - loading.OVERLAP
              for month, mine in by_month.items()}
    changes = loading.changes_since(region, min(starts.values()))
    months = pl.DataFrame(
        [(month, next(iter(mine.values())).as_of, starts[month]) for month, mine in by_month.items()],
        schema=frames.MONTHS, orient="row",
    )
    found: dict[dt.date, set[int]] = {}
    for person, month in frames.touched(changes, months).iter_rows():
        found.setdefault(month, set()).add(person)
    # What is paid once in a year or a life is one question over all its months.
    spans: dict[int, set[int]] = {}
    for month, mine in by_month.items():
        for cycle in mine.values():
            if cycle.unit in SPANS:
                spans.setdefault(span(cycle.unit, month), set()).update(found.get(month, ()))
    for month, mine in by_month.items():
        for unit in {cycle.unit for cycle in mine.values()} & set(SPANS):
            found.setdefault(month, set()).update(spans[span(unit, month)])
    return found


def span(unit: str, month: dt.date) -> int:
    """The stretch in which a service is paid once: the year; 0 for the whole of a life."""
    return month.year if unit == Unit.YEAR else 0


def _once(
    found: Found, month: dt.date, mine: Mapping[str, Cycle], due: pl.DataFrame, who: Collection[int] | None
) -> pl.DataFrame:
    """``due`` without what another month of its year or life answers for: paid there, or found owing there."""
    units = {name: str(cycle.unit) for name, cycle in mine.items() if cycle.unit in SPANS}
    if not units:
        return due
    open_ = Adjustment.objects.filter(
        correction__county=found.region, service_id__in=units, standing=Adjustment.Standing.OPEN, month__lt=month,
        difference_fen__gt=0,
    )
    claimed = {(person, service) for person, service, stretch in found.claimed
               if service in units and stretch == span(units[service], month)}
    claimed |= {
        (row.person_id, row.service_id) for row in open_
        if span(units[row.service_id], row.month) == span(units[row.service_id], month)
        and (row.person_id, row.month) not in (found.looked or ())
    }
    said = pl.DataFrame(sorted(claimed), schema={"person_id": pl.Int64, "service_id": pl.String}, orient="row")
    return frames.once_in_span(due, pl.concat([loading.paid_in_span(units, month, who), said]))


def _by_the_day(mine: Mapping[str, Cycle], due: pl.DataFrame, who: Collection[int] | None) -> pl.DataFrame:
    """``due`` with the month's amount of what is paid by the day: for the days that the cycle's line says it was given.

    Whoever has no line, or one without days, was given none that anybody has shown.
    """
    daily = [cycle.pk for cycle in mine.values() if cycle.unit == Unit.DAY]
    if not daily:
        return due
    services = pl.Series([cycle.service_id for cycle in mine.values() if cycle.unit == Unit.DAY]).implode()
    by_day = due.filter(pl.col("service_id").is_in(services)).join(loading.days_given(daily, who), on=frames.KEYS)
    return pl.concat([
        due.filter(~pl.col("service_id").is_in(services)),
        by_day.with_columns(pl.col("fen") * pl.col("days")).filter(pl.col("fen") > 0).select(due.columns),
    ])


def _one_month(
    found: Found, pack: Pack, month: dt.date, mine: Mapping[str, Cycle], who: Collection[int] | None
) -> None:
    as_of = next(iter(mine.values())).as_of
    reading = loading.read_month(pack, found.region, month, as_of, list(mine), who)
    reading = replace(reading, due=_by_the_day(mine, _once(found, month, mine, reading.due, who), who))
    book = loading.ledger(loading.Months(found.region, list(mine.values())), who)
    services = pl.Series(list(mine), dtype=pl.String).implode()
    differences = compare(reading, book, loading.on_application(pack)).filter(pl.col("service_id").is_in(services))
    assert found.looked is not None
    if who is None:
        everyone = {int(person) for person in reading.facts["person_id"].to_list()}
        found.looked |= {(person, month) for person in everyone | set(book.approved["person_id"].to_list())}
        found.looked |= {(person, month) for person in _open_people(found.region, month)}
    else:
        found.looked |= {(person, month) for person in who}
    if differences.is_empty():
        return
    keys = {(row["person_id"], row["service_id"]) for row in differences.iter_rows(named=True)}
    reported = {(p, s): fen for p, s, _m, fen in book.reported.iter_rows() if (p, s) in keys}
    why = causes.causes_of(
        causes.Month(mine, facts_then(found.region, mine, {p for p, _s in keys}), reading.facts,
                     loading.facts_by_service(pack, as_of), pack.hash, _documents(pack)),
        keys, reported,
    )
    for row in differences.iter_rows(named=True):
        unit = mine[row["service_id"]].unit
        if unit in SPANS and row["difference_fen"] > 0:
            found.claimed.add((row["person_id"], row["service_id"], span(unit, month)))
        found.rows.append(row | {"cause": why[row["person_id"], row["service_id"]], "cycle": mine[row["service_id"]]})


def compare(reading: loading.Reading, book: loading.Ledger, on_application: Collection[str]) -> pl.DataFrame:
    """frames.DIFFERENCES of one or more months: what is held against what is due, with the house's rules between.

    A service on application is due only to whom it was granted; what officers suspended or stopped is not due; what
    cannot be said is left as it stands; what a review refused stays refused; what was rejected is not asked again.
    """
    asked_for = pl.col("service_id").is_in(list(on_application))
    due = pl.concat([
        reading.due.filter(~asked_for),
        reading.due.filter(asked_for).join(book.granted, on=frames.KEYS, how="semi"),
    ]).join(book.stopped, on=frames.KEYS, how="anti")
    due = frames.after_review(due, book.turned_down)
    held = frames.held(book.approved, book.settled, book.reported, book.carried)
    found = frames.differences(held, due).join(reading.unknown, on=frames.KEYS, how="anti")
    return frames.fresh(found, book.rejected)


def facts_then(region: str, mine: Mapping[str, Cycle], people: Collection[int]) -> pl.DataFrame:
    """What the month's first run read of the people: from its frozen file, or by what was believed at its moment."""
    run = min((cycle.run for cycle in mine.values()), key=lambda run: run.known_at)
    texts = pl.Series([str(person) for person in people], dtype=pl.String)
    try:
        return snapshots.read(run.snapshot_file, run.snapshot_sha256).filter(pl.col("person_id").is_in(texts.implode()))
    except (snapshots.Altered, pl.exceptions.PolarsError, OSError):
        return facts_frame(region, run.as_of, run.known_at).filter(pl.col("person_id").is_in(texts.implode()))


def _documents(pack: Pack) -> tuple[str, ...]:
    dated = sorted((d for d in pack.documents.values() if d.date), key=lambda d: str(d.date), reverse=True)
    return tuple(document.title for document in dated[:3])


def _open_people(region: str, month: dt.date) -> list[int]:
    return list(
        Adjustment.objects.filter(correction__county=region, month=month, standing=Adjustment.Standing.OPEN)
        .values_list("person", flat=True)
    )


# --- writing ---------------------------------------------------------------------------------------------------


def perform(ctx: JobContext) -> None:
    """The job: ``region``, and ``whole`` where everybody is to be looked at."""
    region = str(ctx.params["region"])
    found = work_out(region, whole=bool(ctx.params.get("whole")), progress=ctx.progress)
    ctx.progress(1, 2, _("Writing the proposals"))
    with ctx.effect() as result:
        result |= write(ctx.actor, found, job=ctx.job.pk)
        result["url"] = f"{_list_url()}?region={region}"


def _list_url() -> str:
    from django.urls import reverse

    return reverse("entitlements:corrections")


def write(
    actor: User, found: Found, *, job: int | None = None, origin: str = Correction.Origin.RECALCULATION
) -> dict[str, Any]:
    """Bring the open corrections up to what was found. Inside the caller's transaction. Returns counts.

    Open months that were looked at and no longer differ go; a confirmed correction whose months changed goes back to
    its officer. Decided corrections are never touched.
    """
    Region.objects.select_for_update(no_key=True).get(pk=found.region)
    standing = _standing(found)
    wanted = _wanted(found, standing)
    made = changed = dropped = 0
    people = Person.objects.in_bulk({key[0] for key in wanted})
    for key, months in wanted.items():
        correction = standing.get(key)
        if correction is None:
            if months:
                made += 1
                _make(actor, found, people[key[0]], key, months, origin)
        elif not months:
            dropped += 1
            drop(actor, correction, _("As known now, what was paid is what was due."))
        elif _bring_up(actor, correction, months, people[key[0]]):
            changed += 1
    counts = {"people": found.people, "made": made, "changed": changed, "dropped": dropped}
    if job is not None:
        Recalculation.objects.bulk_create(
            Recalculation(cycle=cycle, known_at=found.known_at, pack_hash=found.hashes[cycle.month], whole=found.whole,
                          people=found.people, found=made + changed, by=actor, job_id=job)
            for cycle in found.cycles
        )
        record(actor, "entitlements.recalculate", region=found.region, detail=counts | {"whole": found.whole})
    refresh_desks(actor, found.region)
    refresh_recoveries(actor, found.region)
    return counts


Key = tuple[int, str, str]  # person, service, kind


def _standing(found: Found) -> dict[Key, Correction]:
    rows = Correction.objects.select_for_update().filter(
        county=found.region, state__in=[Correction.State.PROPOSED, Correction.State.CONFIRMED]
    )
    if found.looked is not None and len(found.looked) < BATCH:
        rows = rows.filter(person__in={person for person, _month in found.looked})
    return {(row.person_id, row.service_id, row.kind): row for row in rows}


def _wanted(found: Found, standing: Mapping[Key, Correction]) -> dict[Key, list[Adjustment]]:
    """The months each open correction should have: those found now, and its own that were not looked at."""
    services = {(cycle.service_id, cycle.month) for cycle in found.cycles}
    anew = {(line["person_id"], line["service_id"], line["month"]) for line in found.rows}
    wanted: dict[Key, list[Adjustment]] = {key: [] for key in standing}
    by_pk = {row.pk: key for key, row in standing.items()}
    for row in Adjustment.objects.filter(correction__in=by_pk).order_by("month"):
        looked = found.looked is None or (row.person_id, row.month) in found.looked
        if (row.person_id, row.service_id, row.month) in anew:
            continue
        if not looked or (row.service_id, row.month) not in services:
            wanted[by_pk[row.correction_id]].append(row)
    for line in found.rows:
        kind = Correction.Kind.ARREARS if line["difference_fen"] > 0 else Correction.Kind.RECOVERY
        key = (line["person_id"], line["service_id"], str(kind))
        wanted.setdefault(key, []).append(Adjustment(
            person_id=line["person_id"], service_id=line["service_id"], month=line["month"], held_fen=line["held_fen"],
            due_fen=line["due_fen"], difference_fen=line["difference_fen"], cause=line["cause"], cycle=line["cycle"],
            pack_hash=found.hashes[line["month"]], known_at=found.known_at,
        ))
    return wanted


def _figures(months: Sequence[Adjustment]) -> dict[str, Any]:
    days = sorted(row.month for row in months)
    return {
        "amount_fen": abs(sum(row.difference_fen for row in months)), "first_month": days[0], "last_month": days[-1],
        "months": len(days),
    }


def _make(
    actor: User, found: Found, person: Person, key: Key, months: Sequence[Adjustment], origin: str
) -> Correction:
    label = next((c.label for c in found.cycles if c.service_id == key[1]), found.labels.get(key[1], {}))
    correction = Correction.objects.create(
        person=person, county_id=found.region, region_code=_region_of(found.region, person), service_id=key[1],
        label=label, kind=key[2], origin=origin, deceased=person.state == Person.State.DEAD,
        found_by=actor, **_figures(months),
    )
    for row in months:
        row.correction = correction
    Adjustment.objects.bulk_create(months)
    record(actor, "entitlements.correction_found", correction, region=correction.region_code,
           detail={"kind": correction.kind, "fen": correction.amount_fen, "months": correction.months})
    return correction


def _region_of(county: str, person: Person) -> str:
    """Where the correction is worked on: the person's own village, or the county for whoever answers elsewhere."""
    return person.region_id if person.region_id.startswith(county) else county


def _same(row: Adjustment, other: Adjustment) -> bool:
    return (row.month, row.held_fen, row.due_fen) == (other.month, other.held_fen, other.due_fen)


def _bring_up(actor: User, correction: Correction, months: Sequence[Adjustment], person: Person) -> bool:
    """Give an open correction its months as found now; whether anything changed."""
    old = {row.month: row for row in correction.adjustments.all()}
    if len(old) == len(months) and all(row.month in old and _same(row, old[row.month]) for row in months):
        return False
    kept = {row.month for row in months if row.month in old and _same(row, old[row.month])}
    correction.adjustments.exclude(month__in=kept).delete()
    for row in months:
        row.correction = correction
    Adjustment.objects.bulk_create([row for row in months if row.month not in kept])
    for name, value in _figures(months).items():
        setattr(correction, name, value)
    correction.deceased = person.state == Person.State.DEAD
    if correction.state == Correction.State.CONFIRMED:
        correction.state, correction.answer = Correction.State.PROPOSED, _("The months changed after it was confirmed.")
        correction.method, correction.parts, correction.document = "", None, None
        correction.maker = correction.maker_key = correction.made_at = None
    correction.version += 1
    correction.save()
    record(actor, "entitlements.correction_changed", correction, region=correction.region_code,
           detail={"fen": correction.amount_fen, "months": correction.months})
    return True


def drop(actor: User, correction: Correction, why: str) -> None:
    """What was found is no longer so: its months are void, the case stays readable as no longer needed."""
    correction.adjustments.update(standing=Adjustment.Standing.VOID)
    correction.state, correction.closed_at = Correction.State.DROPPED, timezone.now()
    correction.answer = why
    correction.method, correction.parts, correction.document = "", None, None
    correction.maker = correction.maker_key = correction.made_at = None
    correction.version += 1
    correction.save()
    record(actor, "entitlements.correction_dropped", correction, region=correction.region_code)
