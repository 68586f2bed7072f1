"""Assessors side by side: what they assessed as the comparing engine reads it, and what it finds."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db.models import Exists, OuterRef, QuerySet

from yinian.assessments import rules, scales
from yinian.assessments.assignments.models import Assessor, Seat
from yinian.assessments.assignments.queries import visible_to as assessors_visible_to
from yinian.assessments.objections.models import Objection
from yinian.assessments.results.models import Result
from yinian.assessments.results.queries import ISSUED
from yinian.core.users.models import User
from yinian.engines.scale import Scale
from yinian.engines.scale.quality import ASSESSMENTS, AssessorQuality, compare_assessors, item_points
from yinian.people.persons.models import Person
from yinian.people.persons.scope import persons_of

LONGEST_VISIT = 8 * 60  # minutes; a longer one is a record left open, not a visit
FEW = 3  # an assessor with fewer results than this is not listed: nothing can be said of them


@dataclass(frozen=True)
class Compared:
    """One assessor with what the comparison found."""

    assessor: Assessor
    quality: AssessorQuality


def assessed(
    actor: User, scale: Scale, since: dt.date | None = None, until: dt.date | None = None, region: str = "",
) -> QuerySet[Result]:
    """Issued results by the scale about people of the actor's area, made here, of a period and area."""
    actor.require("assessments.statistics")
    found = Result.objects.filter(
        person__in=Person.objects.filter(persons_of(actor, "assessments.statistics")), scale=scale.id,
        origin=Result.Origin.ASSESSED, state__in=ISSUED,
    )
    if since is not None:
        found = found.filter(assessed_on__gte=since)
    if until is not None:
        found = found.filter(assessed_on__lte=until)
    return found.filter(person__region__code__startswith=region) if region else found


def frame_of(results: QuerySet[Result], scale: Scale) -> pl.DataFrame:
    """One row for each assessor of each result, as the engine takes it."""
    changed = Objection.objects.filter(result=OuterRef("pk"), state=Objection.State.CHANGED)
    upheld = Objection.objects.filter(result=OuterRef("pk"), state=Objection.State.UPHELD)
    rows: dict[int, dict[str, Any]] = {}
    listed = results.annotate(changed=Exists(changed), upheld=Exists(upheld)).values_list(
        "request_id", "final", "items", "changed", "upheld", "request__visit__started_at", "request__visit__ended_at"
    )
    for request, final, items, was_changed, was_upheld, began, ended in listed:
        if set(items) != set(scale.by_code):
            continue  # scored by an earlier version of the scale, with other items
        minutes = (ended - began).total_seconds() / 60 if began and ended else None
        rows[request] = {
            "level": final, "items": item_points(scale, items),
            "minutes": minutes if minutes is not None and 0 < minutes <= LONGEST_VISIT else None,
            "overturned": True if was_changed else False if was_upheld else None,
        }
    seats = Seat.objects.filter(request__in=list(rows), released_at__isnull=True).values_list(
        "request_id", "assessor_id"
    )
    table = [{"assessor": str(assessor), **rows[request]} for request, assessor in seats]
    schema = {name: pl.List(pl.Int64) if name == "items" else kind for name, kind in ASSESSMENTS.items()}
    return pl.DataFrame(table, schema=schema)


def compared(
    actor: User, scale_id: str, region: str, *, since: dt.date | None = None, until: dt.date | None = None,
    area: str = "",
) -> list[Compared]:
    """The assessors the actor may compare, those with the strongest reason to look first."""
    scale = scales.scale_for(region, scale_id)
    frame = frame_of(assessed(actor, scale, since, until, area), scale)
    found = {
        q.assessor: q for q in compare_assessors(frame, scale, disabled_from(region, scale)) if q.assessments >= FEW
    }
    assessors = assessors_visible_to(actor, "assessments.statistics").select_related("user").filter(
        pk__in=[int(name) for name in found]
    )
    rows = [Compared(assessor, found[str(assessor.pk)]) for assessor in assessors]
    return sorted(rows, key=lambda row: (
        min((flag.chance for flag in row.quality.flags), default=2.0), -row.quality.assessments, row.assessor.pk
    ))


def disabled_from(region: str, scale: Scale) -> int:
    """The level from which on somebody counts as disabled: the pack's, within what the scale has."""
    return max(1, min(rules.rules_for(region).disabled.value, len(scale.levels) - 1))
