"""Reading corrections and the months of a person. Every read is cut to where the actor sees names."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import get_language

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.entitlements.models import (
    Adjustment,
    AdjustmentInCycle,
    Correction,
    Cycle,
    CycleLine,
    PaidBatch,
    PaidLine,
    Recalculation,
)
from yinian.people.models import Person

RIGHT = "entitlements.names"
OPEN = (Correction.State.PROPOSED, Correction.State.CONFIRMED)


def visible_to(actor: User) -> QuerySet[Correction]:
    """Corrections of the actor's area."""
    actor.require(RIGHT)
    mine = Correction.objects.filter(actor.scope(RIGHT).q("region_code"))
    return mine.select_related("person__region__parent").defer(
        "person__address", "person__id_number", "person__phone", "person__region__outline",
        "person__region__parent__outline",
    )


def get_correction(actor: User, pk: int) -> Correction:
    """A correction the actor may see, with its people and papers. Raises NotVisible."""
    found = visible_to(actor).select_related(
        "found_by", "maker", "checker", "document", "notice", "person__region__parent", "county"
    ).filter(pk=pk).first()
    if found is None:
        raise NotVisible("correction")
    return found


def of_region(actor: User, region: str) -> QuerySet[Correction]:
    actor.require(RIGHT, region)
    return visible_to(actor).filter(region_code__startswith=region)


@dataclass(frozen=True)
class Total:
    """How many corrections of a kind and state, and their money."""

    count: int = 0
    amount_fen: int = 0
    settled_fen: int = 0


def totals(actor: User, region: str) -> dict[tuple[str, str], Total]:
    """By kind and state, of an area."""
    actor.require("entitlements.view", region)
    rows = (
        Correction.objects.filter(region_code__startswith=region).order_by().values("kind", "state")
        .annotate(n=Count("pk"), fen=Sum("amount_fen"), done=Sum("settled_fen"))
    )
    return {(row["kind"], row["state"]): Total(row["n"], row["fen"], row["done"]) for row in rows}


def last_look(region: str) -> Recalculation | None:
    """The latest recalculation of the region's county."""
    return Recalculation.objects.filter(cycle__region=region[:6]).select_related("by").order_by("-pk").first()


def services_of(actor: User, region: str) -> list[tuple[str, str]]:
    """The services of which there are corrections in an area: id and name."""
    rows = of_region(actor, region).order_by("service_id").values_list("service_id", "label").distinct()
    return list({name: label_words(label, name) for name, label in rows}.items())


def label_words(label: dict[str, str], name: str) -> str:
    """A service's kept label in the reader's language."""
    return label.get("en" if get_language() == "en" else "zh") or label.get("zh") or name


# --- one person's months ---------------------------------------------------------------------------------------


@dataclass
class Cell:
    """One month of one service: approved (and in which state its line is), adjusted, reported, open differences."""

    approved_fen: int | None = None
    line_state: str = ""
    cycle: int | None = None
    counted_fen: int = 0  # decided differences on account of the month
    open_fen: int = 0  # proposed differences, not decided
    carried_fen: int = 0  # parts of corrections that went with this month's payment
    reported_fen: int | None = None
    due_fen: int | None = None  # as last worked out: by a correction's month, else what was approved
    correction: int | None = None

    @property
    def held_fen(self) -> int:
        """What the person holds on account of the month."""
        base = self.approved_fen or 0
        if self.reported_fen is not None:
            base = self.reported_fen - self.carried_fen
        return base + self.counted_fen

    @property
    def differs(self) -> bool:
        return self.open_fen != 0


@dataclass
class Grid:
    """Months (the latest first) by services: what was due, approved, paid and adjusted."""

    months: list[dt.date] = field(default_factory=list)
    services: list[tuple[str, str]] = field(default_factory=list)
    cells: dict[tuple[dt.date, str], Cell] = field(default_factory=dict)

    def cell(self, month: dt.date, service: str) -> Cell | None:
        return self.cells.get((month, service))


def months_of(actor: User, person: Person) -> Grid:
    """Every month of a person for which anything was approved, reported or corrected."""
    actor.require(RIGHT, person.region_id)
    entries = entries_of(person)
    grid, names = Grid(), dict[str, str]()

    def at(month: dt.date, service: str) -> Cell:
        return grid.cells.setdefault((month, service), Cell())

    lines = CycleLine.objects.filter(person__in=entries, cycle__state=Cycle.State.APPROVED).select_related("cycle")
    for line in lines.order_by("month"):
        cell = at(line.month, line.service_id)
        names[line.service_id] = label_words(line.cycle.label, line.service_id)
        cell.approved_fen = (cell.approved_fen or 0) + (line.amount_fen or 0 if line.paid else 0)
        cell.line_state, cell.cycle = line.state, line.cycle_id
    for paid in PaidLine.objects.filter(person__in=entries, batch__state=PaidBatch.State.COMMITTED):
        cell = at(paid.month, paid.service_id)
        cell.reported_fen = (cell.reported_fen or 0) + paid.amount_fen
    for part in AdjustmentInCycle.objects.filter(person__in=entries):
        at(part.month, part.service_id).carried_fen += part.amount_fen
    rows = Adjustment.objects.filter(person__in=entries).exclude(standing=Adjustment.Standing.VOID)
    for row in rows.select_related("correction").order_by("pk"):
        cell = at(row.month, row.service_id)
        names.setdefault(row.service_id, label_words(row.correction.label, row.service_id))
        cell.due_fen, cell.correction = row.due_fen, row.correction_id
        if row.standing == Adjustment.Standing.COUNTED:
            cell.counted_fen += row.difference_fen
        else:
            cell.open_fen += row.difference_fen
    for (_month, service), cell in grid.cells.items():
        names.setdefault(service, service)
        if cell.due_fen is None:
            cell.due_fen = cell.approved_fen
    grid.months = sorted({month for month, _service in grid.cells}, reverse=True)
    grid.services = sorted(names.items(), key=lambda item: item[1])
    return grid


def entries_of(person: Person) -> list[int]:
    """The person's entry and those merged into it, chains followed."""
    found, fresh = [person.pk], [person.pk]
    while fresh:
        fresh = list(Person.objects.filter(merged_into__in=fresh).values_list("pk", flat=True))
        found += fresh
    return found


def corrections_of(actor: User, person: Person) -> list[Correction]:
    """All corrections of a person, the latest first."""
    actor.require(RIGHT, person.region_id)
    return list(
        Correction.objects.filter(person__in=entries_of(person)).prefetch_related("adjustments", "settlements")
        .select_related("person").order_by("-pk")
    )


def carried_by(cycle: Cycle) -> int:
    """What corrections add to a cycle's payment (fen; below 0: deduct). The caller has shown that the cycle is visible.

    Settled with its approval; nothing before it.
    """
    return int(AdjustmentInCycle.objects.filter(cycle=cycle).aggregate(fen=Sum("amount_fen"))["fen"] or 0)
