"""Reading payment reports and findings. Reports need ``entitlements.reconcile``; findings ``entitlements.names``."""

import json
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Left

from yinian.core.errors import NotVisible
from yinian.core.regions.models import CODE_LENGTHS, Level, Region
from yinian.core.users.models import User
from yinian.entitlements.models import Finding, PaidBatch, PaidRow

RIGHT = "entitlements.reconcile"
NAMES = "entitlements.names"


def visible_to(actor: User) -> QuerySet[PaidBatch]:
    """Reports of areas where the actor reconciles; and those of the county above, whose findings reach them."""
    actor.require(NAMES)
    scope = actor.scope(NAMES)
    above = {code for own in scope.regions for code in Region.codes_above(own)}
    return (
        PaidBatch.objects.filter(scope.q("region__code")) | PaidBatch.objects.filter(region__in=above)
    ).select_related("region", "uploaded_by", "committed_by", "withdrawn_by", "job", "file").defer("region__outline")


def get_batch(actor: User, pk: int) -> PaidBatch:
    """One visible report. Raises NotVisible."""
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("report")
    return found


def get_own(actor: User, pk: int) -> PaidBatch:
    """A report that the actor may change: of an area where they reconcile."""
    batch = get_batch(actor, pk)
    actor.require(RIGHT, batch.region_id)
    return batch


def get_row(actor: User, pk: int) -> PaidRow:
    row = PaidRow.objects.select_related("batch__region").filter(pk=pk).first()
    if row is None or not actor.scope(RIGHT).covers(row.batch.region_id):
        actor.require(RIGHT)
        raise NotVisible("payee")
    return row


def findings_of(actor: User, batch: PaidBatch) -> QuerySet[Finding]:
    """A report's findings in the actor's area; those about nobody of the register belong to the report's own area."""
    actor.require(NAMES)
    return (
        Finding.objects.filter(batch=batch).filter(actor.scope(NAMES).q("region_code"))
        .select_related("person__region__parent", "batch", "correction", "closed_by")
        .defer("person__address", "person__id_number", "person__phone", "person__region__outline",
               "person__region__parent__outline", "batch__counts", "batch__items")
    )


def get_finding(actor: User, pk: int) -> Finding:
    actor.require(NAMES)
    found = (
        Finding.objects.filter(pk=pk).filter(actor.scope(NAMES).q("region_code"))
        .select_related("person__region__parent", "batch__region", "correction", "closed_by").first()
    )
    if found is None:
        raise NotVisible("finding")
    return found


def regions_of(actor: User) -> list[Region]:
    """Areas the actor may upload reports for: those of their postings, widest first."""
    codes = actor.scope(RIGHT).regions
    return sorted(
        Region.objects.filter(code__in=codes, level__in=(Level.COUNTY, Level.TOWN)).defer("outline"),
        key=lambda region: (len(region.code), region.code),
    )


def by_town(actor: User, batch: PaidBatch) -> list[tuple[str, str, int, int, int]]:
    """Town, kind, how many, fen over and short, of the findings the actor sees."""
    rows = (
        findings_of(actor, batch).select_related(None).defer(None).order_by()
        .annotate(town=Left("region_code", CODE_LENGTHS[Level.TOWN])).values("town", "kind")
        .annotate(n=Count("pk"), over=Sum("over_fen"), short=Sum("short_fen"))
    )
    return [(row["town"], row["kind"], row["n"], row["over"], row["short"]) for row in rows]


def by_service(actor: User, batch: PaidBatch) -> list[tuple[str, str, int, int, int]]:
    """Service, kind, how many, fen over and short, of the findings the actor sees."""
    rows = (
        findings_of(actor, batch).select_related(None).defer(None).order_by().values("service_id", "kind")
        .annotate(n=Count("pk"), over=Sum("over_fen"), short=Sum("short_fen"))
    )
    return [(row["service_id"], row["kind"], row["n"], row["over"], row["short"]) for row in rows]


def by_state(actor: User, batch: PaidBatch) -> dict[str, int]:
    rows = findings_of(actor, batch).select_related(None).defer(None).order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}


def payee_of(thing: Any) -> dict[str, str]:
    """Name and ID number of a payee who is not in the register."""
    found: dict[str, str] = json.loads(str(thing.payee)) if thing.payee else {}
    return found
