"""Reading cycles, towns' reviews and lines. Figures need ``entitlements.view``, names ``entitlements.names``."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Left

from yinian.core.errors import NotVisible
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.core.users.models import User
from yinian.engines.entitlement import Pack
from yinian.entitlements import packs
from yinian.entitlements.models import Cycle, CycleLine, TownReview

COUNTY_LENGTH = CODE_LENGTHS[Level.COUNTY]


def visible_to(actor: User) -> QuerySet[Cycle]:
    """Cycles of the counties in which the actor's area lies, or which lie in it."""
    actor.require("entitlements.view")
    scope = actor.scope("entitlements.view")
    counties = {code[:COUNTY_LENGTH] for code in scope.regions if len(code) >= COUNTY_LENGTH}
    return (
        Cycle.objects.filter(scope.q("region__code") | Q(region__in=counties))
        .select_related("region", "run", "opened_by", "checked_by", "approved_by", "cancelled_by")
        .defer("region__outline", "run__pack", "run__counts", "run__checks")
    )


def get_cycle(actor: User, pk: int) -> Cycle:
    """A cycle the actor may see. Raises NotVisible."""
    cycle = visible_to(actor).filter(pk=pk).first()
    if cycle is None:
        raise NotVisible("cycle")
    return cycle


def pack_of(cycle: Cycle) -> Pack:
    """The pack a cycle was worked out by, with the amendments approved by then. Raises BadPack."""
    run = cycle.run
    return packs.at(run.pack_path, run.region_id, run.as_of, run.known_at).pack


def towns_of(actor: User, cycle: Cycle) -> QuerySet[TownReview]:
    """The towns' reviews of a cycle that lie in the actor's area, or in which it lies."""
    scope = actor.scope("entitlements.view")
    above = {code[: CODE_LENGTHS[Level.TOWN]] for code in scope.regions if len(code) >= CODE_LENGTHS[Level.TOWN]}
    return (
        cycle.towns.filter(scope.q("region__code") | Q(region__in=above))
        .select_related("region", "done_by").defer("region__outline").order_by("region_id")
    )


def lines_of(actor: User, cycle: Cycle) -> QuerySet[CycleLine]:
    """The lines of a cycle whose people lie in the actor's area, with person and village."""
    actor.require("entitlements.names")
    return (
        cycle.lines.filter(actor.scope("entitlements.names").q("region_code"))
        .select_related("person__region__parent", "reviewed_by", "determination")
        .defer("person__region__outline", "person__region__parent__outline", "person__address", "person__id_number",
               "person__phone")
    )


def get_line(actor: User, pk: int) -> CycleLine:
    """A line the actor may see by name. Raises NotVisible."""
    actor.require("entitlements.names")
    line = (
        CycleLine.objects.filter(actor.scope("entitlements.names").q("region_code"), pk=pk)
        .select_related("person__region__parent__parent", "cycle__region", "cycle__run", "reviewed_by",
                        "determination")
        .first()
    )
    if line is None:
        raise NotVisible("line")
    return line


@dataclass
class Tally:
    """The lines of a cycle in an area, counted: by change, by state; fen a month of what is accepted or pending."""

    new: int = 0
    changed: int = 0
    stopped: int = 0
    same: int = 0
    pending: int = 0
    accepted: int = 0
    held: int = 0
    refused: int = 0
    waiting: int = 0  # differences that nobody has looked at
    fen: int = 0
    paid: int = 0
    paid_fen: int = 0

    @property
    def lines(self) -> int:
        return self.new + self.changed + self.stopped + self.same

    @property
    def differences(self) -> int:
        return self.new + self.changed + self.stopped


_COUNTS: dict[str, Any] = {
    **{name: Count("pk", filter=Q(change=name)) for name in ("new", "changed", "stopped", "same")},
    **{name: Count("pk", filter=Q(state=name)) for name in ("pending", "accepted", "held", "refused")},
    "waiting": Count("pk", filter=Q(state="pending") & ~Q(change="same")),
    "fen": Sum("amount_fen", filter=Q(state__in=["pending", "accepted"])),
    "paid": Count("pk", filter=Q(paid=True)),
    "paid_fen": Sum("amount_fen", filter=Q(paid=True)),
}
_NAMED = {f"n_{name}": expression for name, expression in _COUNTS.items()}


def _tally(row: Any) -> Tally:
    return Tally(**{name: row[f"n_{name}"] or 0 for name in _COUNTS})


def tallies(actor: User, cycle: Cycle, region_code: str, level: int) -> dict[str, Tally]:
    """Tally by area of ``level`` in ``region_code`` (under "" the whole of it)."""
    actor.require("entitlements.view", region_code)
    length = CODE_LENGTHS[level]
    rows = (
        cycle.lines.filter(region_code__startswith=region_code).order_by()
        .annotate(area=Left("region_code", length)).values("area").annotate(**_NAMED)
    )
    found = {row["area"]: _tally(row) for row in rows}
    whole = Tally()
    for tally in found.values():
        for name in _COUNTS:
            setattr(whole, name, getattr(whole, name) + getattr(tally, name))
    return found | {"": whole}


def tally_of_cycles(actor: User, cycles: list[Cycle], region_code: str) -> dict[int, Tally]:
    """Tally by cycle of the lines in an area."""
    actor.require("entitlements.view", region_code)
    rows = (
        CycleLine.objects.filter(cycle__in=cycles, region_code__startswith=region_code).order_by()
        .values("cycle_id").annotate(**_NAMED)
    )
    return {row["cycle_id"]: _tally(row) for row in rows}


def months_of(actor: User, region_code: str) -> list[dt.date]:
    """The months that have cycles in the county of an area, the latest first."""
    return list(
        visible_to(actor).filter(region__code__startswith=region_code[:COUNTY_LENGTH])
        .order_by("-month").values_list("month", flat=True).distinct()
    )
