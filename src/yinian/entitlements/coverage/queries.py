"""Reading coverage: by service, by area, by group of people, and from month to month. All from runs' own figures.

Figures need ``entitlements.view``; the list of those missed needs ``entitlements.names`` besides.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl
from django.db.models import QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Left

from yinian.core.regions.models import CODE_LENGTHS, Level, Region
from yinian.core.users.models import User
from yinian.entitlements import queries, snapshots
from yinian.entitlements.coverage import frames
from yinian.entitlements.models import Figure, Run
from yinian.entitlements.queries import COUNTY_LENGTH, Listed
from yinian.people.models import Person

MONTHS = 13  # of the trend: a year and the month it began with
_COUNTS = ("due", "receiving", "people", "missed")
_KEPT = 4  # runs whose groups are kept at hand


@dataclass(frozen=True)
class Share:
    """Of so many due, so many receive. Counts person x service (or people, where the caller says so)."""

    due: int = 0
    receiving: int = 0

    @property
    def missing(self) -> int:
        return self.due - self.receiving

    @property
    def rate(self) -> float | None:
        """Percent, one decimal; None where nobody is due. Never rounded up to a whole that is not reached."""
        if not self.due:
            return None
        return self.receiving * 1000 // self.due / 10

    def __add__(self, other: "Share") -> "Share":
        return Share(self.due + other.due, self.receiving + other.receiving)


def by_service(actor: User, runs: Sequence[Run], region: str) -> dict[str, Share]:
    """Service id to its share in a region; "" is missing here, for people are no sum of services."""
    sums = queries.figures_of(actor, runs, region)
    return {name: Share(found.due, found.receiving) for name, found in sums.items() if name}


def by_area(
    actor: User, runs: Sequence[Run], region: Region, services: Collection[str]
) -> dict[str, Share]:
    """Area one level below to its share of some services."""
    actor.require("entitlements.view", region.pk)
    length = CODE_LENGTHS.get(region.level + 1, CODE_LENGTHS[Level.VILLAGE])
    rows = (
        Figure.objects.filter(run__in=runs, region_code__startswith=region.pk, service_id__in=services)
        .order_by().annotate(area=Left("region_code", length)).values("area")
        .annotate(d=Sum("due"), r=Sum("receiving"))
    )
    return {row["area"]: Share(row["d"], row["r"]) for row in rows}


def matrix(
    actor: User, runs: Sequence[Run], region: Region, services: Collection[str]
) -> list[tuple[str, str, Share]]:
    """Area one level below, service, share: what the workbook holds."""
    actor.require("entitlements.view", region.pk)
    length = CODE_LENGTHS.get(region.level + 1, CODE_LENGTHS[Level.VILLAGE])
    rows = (
        Figure.objects.filter(run__in=runs, region_code__startswith=region.pk, service_id__in=services)
        .order_by().annotate(area=Left("region_code", length)).values("area", "service_id")
        .annotate(d=Sum("due"), r=Sum("receiving"))
    )
    return [(row["area"], row["service_id"], Share(row["d"], row["r"])) for row in rows]


def monthly_runs(region: str) -> list[Run]:
    """The last finished run of each month of the region's county, oldest first, at most MONTHS of them."""
    if len(region) < COUNTY_LENGTH:
        return []
    last: dict[tuple[int, int], Run] = {}
    runs = Run.objects.filter(region=region[:COUNTY_LENGTH], state=Run.State.DONE, standing=True).only(
        "pk", "as_of", "region_id"
    )
    for run in runs.order_by("pk"):
        last[run.as_of.year, run.as_of.month] = run
    return list(last.values())[-MONTHS:]


def trend(actor: User, region: str, services: Collection[str]) -> list[tuple[Run, Share]]:
    """Month by month the share of some services in a region."""
    actor.require("entitlements.view", region)
    runs = monthly_runs(region)
    rows = (
        Figure.objects.filter(run__in=runs, region_code__startswith=region, service_id__in=services)
        .order_by().values("run").annotate(d=Sum("due"), r=Sum("receiving"))
    )
    found = {row["run"]: Share(row["d"], row["r"]) for row in rows}
    return [(run, found[run.pk]) for run in runs if run.pk in found]


def before(actor: User, runs: Sequence[Run], region: str) -> dict[str, Share]:
    """By service, what the last run of the month before had; empty where there is none."""
    earlier = [run for run in monthly_runs(region) if runs and run.pk < runs[0].pk
               and (run.as_of.year, run.as_of.month) != (runs[0].as_of.year, runs[0].as_of.month)]
    return by_service(actor, earlier[-1:], region) if earlier else {}


# --- groups of people ------------------------------------------------------------------------------------------


@lru_cache(maxsize=_KEPT)
def _kept(run_id: int, outcome: tuple[str, str], facts: tuple[str, str], as_of: dt.date) -> tuple[
    pl.DataFrame, pl.DataFrame
]:
    """A run's outcome and the groups of its people; a run's files never change, so once read they serve again."""
    standing = snapshots.read(*outcome, columns=["person_id", "region_code", "service", "status", "receiving"])
    read = snapshots.read(*facts, columns=frames.FACTS)
    return standing, frames.traits(read, as_of)


def _files(run: Run) -> tuple[pl.DataFrame, pl.DataFrame]:
    return _kept(run.pk, (run.outcome_file, run.outcome_sha256), (run.snapshot_file, run.snapshot_sha256), run.as_of)


def by_group(
    actor: User, runs: Sequence[Run], region: str, services: Sequence[Listed]
) -> dict[str, dict[str, dict[str, int]]]:
    """Trait to value to counts (frames.COUNTED) of some services. Raises snapshots.Altered for a file not whole."""
    actor.require("entitlements.view", region)
    numbers = [service.number for service in services]
    found: dict[str, dict[str, dict[str, int]]] = {trait: {} for trait in frames.TRAITS}
    for run in runs:
        standing, groups = _files(run)
        rows = frames.due_rows(standing, region, numbers)
        for row in frames.by_trait(rows, groups).iter_rows(named=True):
            held = found[row["trait"]].setdefault(row["value"], dict.fromkeys(_COUNTS, 0))
            for name in _COUNTS:
                held[name] += row[name]
    return found


def missed_people(
    actor: User, runs: Sequence[Run], region: str, services: Sequence[Listed], traits: Mapping[str, str]
) -> QuerySet[Person]:
    """People who are due one of ``services`` and do not receive it, of some groups (trait to value)."""
    people = queries.people_with(actor, runs, region, services, "missing")
    wanted = {trait: value for trait, value in traits.items() if trait in frames.TRAITS and value}
    if not wanted:
        return people
    numbers = [service.number for service in services]
    ids: list[int] = []
    for run in runs:
        standing, groups = _files(run)
        ids += frames.missed(frames.due_rows(standing, region, numbers), groups, wanted).to_list()
    return people.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [ids]))
