"""Reading runs, figures and outcomes. Every read is cut to where the actor holds the right.

Figures need ``entitlements.view``; lists of names need ``entitlements.names`` besides.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Left
from django.utils.translation import get_language

from yinian.core.errors import NotVisible
from yinian.core.regions.models import CODE_LENGTHS, Level, Region
from yinian.core.users.models import User
from yinian.entitlements.codes import MEASURES as CODED
from yinian.entitlements.codes import codes_for, facts_in, split
from yinian.entitlements.models import Figure, Outcome, Receipt, Run, ServiceNumber, Status
from yinian.people.models import Person

COUNTY_LENGTH = CODE_LENGTHS[Level.COUNTY]
MEASURES = ("due", "receiving", "missing", "to_check", "superseded", "undue", "newly", "ended")
_CODES = ArrayField(IntegerField())


# --- where -----------------------------------------------------------------------------------------------------


def region_for(actor: User, code: str, right: str = "entitlements.view") -> Region:
    """The region asked for, or the widest the actor reaches. Raises NotVisible outside the actor's reach."""
    actor.require(right)
    scope = actor.scope(right)
    if not code:
        if not scope.regions:
            raise NotVisible("region")
        code = min(scope.regions, key=lambda c: (len(c), c))
    if not scope.covers(code):
        raise NotVisible("region")
    region = Region.objects.defer("outline").filter(pk=code).first()
    if region is None:
        raise NotVisible("region")
    return region


def path_to(actor: User, region: Region) -> list[Region]:
    """The regions from the county (or the widest the actor reaches) down to ``region``."""
    scope = actor.scope("entitlements.view")
    found = Region.objects.defer("outline").filter(pk__in=Region.codes_above(region.pk)).order_by("code")
    return [step for step in found if scope.covers(step.pk)]


def below(region: Region) -> QuerySet[Region]:
    """The regions one level down, with their outlines: towns of a county, villages of a town."""
    return Region.objects.filter(parent=region, level__lte=Level.VILLAGE).order_by("code")


# --- runs ------------------------------------------------------------------------------------------------------


def runs_visible_to(actor: User) -> QuerySet[Run]:
    """Runs of the counties in which the actor's area lies, or which lie in it."""
    actor.require("entitlements.view")
    scope = actor.scope("entitlements.view")
    counties = {code[:COUNTY_LENGTH] for code in scope.regions if len(code) >= COUNTY_LENGTH}
    return (
        Run.objects.filter(scope.q("region__code") | Q(region__in=counties))
        .select_related("region", "started_by", "previous")
        .defer("region__outline", "previous__pack", "previous__counts", "previous__checks", "checks")
    )


def get_run(actor: User, pk: int) -> Run:
    """A run the actor may see. Raises NotVisible."""
    run = runs_visible_to(actor).filter(pk=pk).first()
    if run is None:
        raise NotVisible("run")
    return run


def standing_runs(region_code: str) -> list[Run]:
    """The latest finished run of the region's county, or of each county in it; none: nothing was run yet."""
    runs = Run.objects.filter(state=Run.State.DONE, standing=True).select_related("region", "previous").defer(
        "region__outline", "previous__pack", "previous__counts", "previous__checks", "checks"
    )
    if len(region_code) >= COUNTY_LENGTH:
        found = runs.filter(region_id=region_code[:COUNTY_LENGTH]).order_by("-pk").first()
        return [found] if found else []
    return list(runs.filter(region__code__startswith=region_code).order_by("region_id", "-pk").distinct("region_id"))


def standing_run(region_code: str) -> Run | None:
    """The latest finished run of the county that the region belongs to."""
    return next(iter(standing_runs(region_code)), None) if len(region_code) >= COUNTY_LENGTH else None


# --- services as a run had them --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """One service as a run had it: number, id, words."""

    number: int
    id: str
    label: Mapping[str, str]
    group: str
    kind: str
    period: str
    confidence: str

    @property
    def name(self) -> str:
        """Its label in the reader's language."""
        return self.label.get("en" if get_language() == "en" else "zh") or self.label.get("zh") or self.id


def services_of(runs: Iterable[Run]) -> list[Listed]:
    """The services of the runs' packs, in list order."""
    numbers = dict(ServiceNumber.objects.values_list("service_id", "number"))
    found: dict[str, Listed] = {}
    for run in runs:
        for row in run.pack.get("services", []):
            if row["id"] in numbers:
                found.setdefault(row["id"], Listed(
                    numbers[row["id"]], row["id"], row["label"], row.get("group") or "", row.get("kind") or "",
                    row.get("period") or "", row.get("confidence") or "",
                ))
    return list(found.values())


# --- figures ---------------------------------------------------------------------------------------------------


@dataclass
class Sums:
    """Figures added up: of a service, or of people (any service)."""

    due: int = 0
    receiving: int = 0
    missing: int = 0
    to_check: int = 0
    superseded: int = 0
    undue: int = 0
    newly: int = 0
    ended: int = 0
    amount_fen: int = 0


_FIELDS = tuple(Sums.__dataclass_fields__)


def _added(figures: QuerySet[Figure], *by: str) -> QuerySet[Figure, dict[str, Any]]:
    return figures.order_by().values(*by).annotate(**{f"sum_{name}": Sum(name) for name in _FIELDS})


def _sums(row: Mapping[str, Any]) -> Sums:
    return Sums(**{name: row[f"sum_{name}"] or 0 for name in _FIELDS})


def figures_of(actor: User, runs: Sequence[Run], region_code: str) -> dict[str, Sums]:
    """Sums by service id of a region; under "" the people (due anything, and so on)."""
    actor.require("entitlements.view", region_code)
    rows = _added(Figure.objects.filter(run__in=runs, region_code__startswith=region_code), "service_id")
    return {row["service_id"]: _sums(row) for row in rows}


def figures_by_area(
    actor: User, runs: Sequence[Run], region: Region, service_id: str = ""
) -> dict[str, Sums]:
    """Sums of one service ("" people) by the areas one level below ``region``."""
    actor.require("entitlements.view", region.pk)
    return sums_by_area(runs, region, service_id)


def sums_by_area(runs: Sequence[Run], region: Region, service_id: str = "") -> dict[str, Sums]:
    """What :func:`figures_by_area` gives, for a page whose own right covers counts of the whole region."""
    length = CODE_LENGTHS.get(region.level + 1, CODE_LENGTHS[Level.VILLAGE])
    rows = _added(
        Figure.objects.filter(run__in=runs, region_code__startswith=region.pk, service_id=service_id).annotate(
            area=Left("region_code", length)
        ),
        "area",
    )
    return {row["area"]: _sums(row) for row in rows}


def figures_matrix(actor: User, runs: Sequence[Run], region: Region) -> list[tuple[str, str, Sums]]:
    """Area one level below, service id ("" people), sums: everything the overview's workbook holds."""
    actor.require("entitlements.view", region.pk)
    length = CODE_LENGTHS.get(region.level + 1, CODE_LENGTHS[Level.VILLAGE])
    rows = _added(
        Figure.objects.filter(run__in=runs, region_code__startswith=region.pk).annotate(
            area=Left("region_code", length)
        ),
        "area", "service_id",
    )
    return [(row["area"], row["service_id"], _sums(row)) for row in rows]


# --- who -------------------------------------------------------------------------------------------------------


def _codes(numbers: Iterable[int], measure: str) -> Value:
    return Value(codes_for(numbers, measure), output_field=_CODES)


def _standing(region_code: str) -> QuerySet[Outcome]:
    return Outcome.objects.filter(until_run__isnull=True, region_code__startswith=region_code)


def people_with(
    actor: User, runs: Sequence[Run], region_code: str, services: Sequence[Listed], measure: str
) -> QuerySet[Person]:
    """The people behind a figure: ``measure`` (MEASURES) of any of ``services`` in a region, by the standing runs.

    Raises NotVisible outside the actor's reach and Forbidden without the right to names.
    """
    actor.require("entitlements.names", region_code)
    numbers = [service.number for service in services]
    people = Person.objects.all()
    if measure in CODED:
        mine = _standing(region_code).filter(person=OuterRef("pk"))
        return people.filter(Exists(mine.filter(codes__overlap=_codes(numbers, measure))))
    either = Q(pk__in=[])
    for run in runs:
        if run.previous_id is None:
            continue
        opened = Outcome.objects.filter(from_run=run, person=OuterRef("pk"))
        closed = Outcome.objects.filter(until_run=run, person=OuterRef("pk"))
        here, there = (opened, closed) if measure == "newly" else (closed, opened)
        here = here.filter(region_code__startswith=region_code)
        for number in numbers:
            code = _codes([number], "due")
            either |= Q(Exists(here.filter(codes__overlap=code))) & ~Q(Exists(there.filter(codes__overlap=code)))
    touched = Outcome.objects.filter(Q(from_run__in=runs) | Q(until_run__in=runs)).values("person")
    return people.filter(pk__in=touched).filter(either)


@dataclass
class Standing:
    """One person's standing for one service; ``status`` NOT_DUE only where it is received all the same."""

    service_number: int
    status: Status
    receiving: bool
    amount_fen: int | None
    unknown: list[str]
    since: int


def entries(outcome: Outcome) -> list[Standing]:
    """The standings a row holds, in list order."""
    found = []
    for code, amount, mask, since in zip(
        outcome.codes, outcome.amounts, outcome.unknown, outcome.since, strict=True
    ):
        number, status, receiving = split(code)
        found.append(Standing(number, status, receiving, amount, list(facts_in(mask)), since))
    return found


def standings_of(people: Iterable[int]) -> dict[int, list[Standing]]:
    """What the people stand for now. The caller has shown that the actor may see them."""
    rows = Outcome.objects.filter(person__in=list(people), until_run__isnull=True)
    return {row.person_id: entries(row) for row in rows}


def receipts_of(people: Iterable[int], on: dt.date) -> dict[int, dict[str, Receipt]]:
    """What the people receive on a day, by service. The caller has shown that the actor may see them."""
    found: dict[int, dict[str, Receipt]] = {}
    for receipt in Receipt.objects.filter(person__in=list(people), period__contains=on):
        found.setdefault(receipt.person_id, {})[receipt.service_id] = receipt
    return found


@dataclass
class Event:
    """What one run changed for one person's one service."""

    run: Run
    service_id: str
    before: Status | None
    after: Status | None
    amount_fen: int | None


def history_of(actor: User, person: Person) -> list[Event]:
    """What each run changed for a person, the latest first."""
    actor.require("entitlements.names", person.region_id)
    rows = list(Outcome.objects.filter(person=person).order_by("id"))
    wanted = {pk for row in rows for pk in (row.from_run_id, row.until_run_id) if pk}
    runs = {run.pk: run for run in Run.objects.filter(pk__in=wanted).defer("pack", "counts", "checks")}
    names = dict(ServiceNumber.objects.values_list("number", "service_id"))
    events: list[Event] = []
    before: dict[int, Standing] = {}
    closed: int | None = None
    for row in rows:
        now = {entry.service_number: entry for entry in entries(row) if entry.status != Status.NOT_DUE}
        if closed is not None and closed != row.from_run_id:
            events += _moves(runs[closed], before, {}, names)
            before = {}
        events += _moves(runs[row.from_run_id], before, now, names)
        before, closed = now, row.until_run_id
    if closed is not None:
        events += _moves(runs[closed], before, {}, names)
    return events[::-1]


def _moves(
    run: Run, before: Mapping[int, Standing], now: Mapping[int, Standing], names: Mapping[int, str]
) -> list[Event]:
    moves = []
    for number in (*now, *(n for n in before if n not in now)):
        old, new = before.get(number), now.get(number)
        if (old and (old.status, old.amount_fen)) != (new and (new.status, new.amount_fen)):
            moves.append(Event(
                run, names[number], old.status if old else None, new.status if new else None,
                new.amount_fen if new else None,
            ))
    return moves


# --- what is to be found out -----------------------------------------------------------------------------------


@dataclass
class Check:
    """A person of whom something is to be found out, and for which services."""

    person: Person
    services: list[str]


@dataclass
class CheckGroup:
    """One fact to find out, and of whom."""

    fact: str
    people: list[Check] = field(default_factory=list)


def checks_by_area(actor: User, run: Run, region: Region) -> dict[str, dict[str, int]]:
    """Fact to area one level below ``region`` to how many people, by the run's own count."""
    actor.require("entitlements.view", region.pk)
    length = CODE_LENGTHS.get(region.level + 1, CODE_LENGTHS[Level.VILLAGE])
    counted = Run.objects.filter(pk=run.pk).values_list("checks", flat=True).get()
    found: dict[str, dict[str, int]] = {}
    for fact, villages in counted.items():
        areas: dict[str, int] = {}
        for village, people in villages.items():
            if village.startswith(region.pk):
                areas[village[:length]] = areas.get(village[:length], 0) + people
        if areas:
            found[fact] = areas
    return found


def people_to_check(actor: User, region_code: str, services: Mapping[int, str], fact: str = "") -> list[CheckGroup]:
    """Of whom what is to be found out, grouped by fact (or of one fact), village by village and by name."""
    actor.require("entitlements.names", region_code)
    codes = _codes(services, "to_check")
    rows = _standing(region_code).filter(codes__overlap=codes).select_related("person__region__parent").defer(
        "person__region__outline", "person__region__parent__outline", "person__address", "person__id_number",
        "person__phone",
    )
    groups: dict[str, CheckGroup] = {}
    for row in rows.order_by("person__region_id", "person__name_pinyin", "person__name", "person_id"):
        asked: dict[str, list[str]] = {}
        for entry in entries(row):
            for name in entry.unknown:
                asked.setdefault(name, []).append(services.get(entry.service_number, ""))
        for name, wanted in asked.items():
            if fact in ("", name):
                groups.setdefault(name, CheckGroup(name)).people.append(Check(row.person, wanted))
    return sorted(groups.values(), key=lambda group: (-len(group.people), group.fact))
