"""Reading projects: sums against the document's own, and how far each is behind its plan."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.errors import NotVisible, Refused
from yinian.core.models import User
from yinian.plans import rules
from yinian.plans.documents.models import PlanDocument, Reading
from yinian.plans.projects.models import Project, ProjectFund, ProjectProgress, ProjectYear
from yinian.plans.units.queries import spoken_for

SUM_DOUBTS = ("sum_differs", "group_sums_differ", "project_count_differs", "content_states_another_total",
              "planned_above_total", "ends_before_it_starts", "project_without_total")


def visible_to(actor: User) -> QuerySet[Project]:
    """Projects of the plans of the actor's area, and those on which the actor's own units report."""
    actor.require("plans.view")
    reach = Q(pk__in=[])
    if actor.may("plans.area"):
        reach |= actor.scope("plans.area").q("document__region__code")
    if actor.may("plans.report"):
        reach |= Q(unit__in=spoken_for(actor).values("pk"))
    return (
        Project.objects.filter(reach).select_related("document__region", "section", "unit")
        .defer("document__text", "document__region__outline")
    )


def may_report(actor: User, project: Project) -> bool:
    """Whether the actor may say how far a project is: the office that drives the plan, or the project's own unit."""
    if actor.may("plans.drive") and actor.scope("plans.drive").covers(project.document.region_id):
        return True
    return (
        project.unit_id is not None and actor.may("plans.report")
        and spoken_for(actor).filter(pk=project.unit_id).exists()
    )


def reported_by_own_units(actor: User) -> list[Project]:
    """The projects on which the actor's own units report and that are not finished, each with its slip."""
    if not actor.may("plans.report"):
        return []
    found = list(
        Project.objects.filter(unit__in=spoken_for(actor).values("pk"))
        .exclude(state__in=(Project.State.DONE, Project.State.STOPPED)).select_related("document", "unit")
        .defer("document__text")
    )
    attach_slips(found)
    return sorted(found, key=lambda p: -(p.slip.behind if p.slip else 0))  # type: ignore[attr-defined]


def get_project(actor: User, pk: int) -> Project:
    """One project with its words in the plan. Raises NotVisible."""
    found = visible_to(actor).select_related("item").filter(pk=pk).first()
    if found is None:
        raise NotVisible("project")
    return found


@dataclass(frozen=True)
class Slip:
    """Where a project is to be on a day, in percent, and how many points it lies behind (negative: ahead)."""

    planned: int
    behind: int
    slips: bool


def planned_percent(project: Project, years: Sequence[ProjectYear], on: dt.date) -> int | None:
    """How far a project is to be on a day: straight from one year's end to the next of its yearly plan; without one,
    straight from its first day to its last. None where its years are not known."""
    if project.start_year is None or project.end_year is None:
        return None
    points = {dt.date(project.start_year - 1, 12, 31): 0}
    points |= {dt.date(year.year, 12, 31): year.percent for year in years}
    points.setdefault(dt.date(project.end_year, 12, 31), 100)
    days = sorted(points)
    if on <= days[0]:
        return 0
    for before, after in pairwise(days):
        if on <= after:
            part = (on - before).days / (after - before).days
            return round(points[before] + part * (points[after] - points[before]))
    return points[days[-1]]


def slip(project: Project, years: Sequence[ProjectYear], lag: int, on: dt.date | None = None) -> Slip | None:
    """How far a project lies behind its plan; None where that cannot be said, or it is finished or stopped."""
    if project.state in (Project.State.DONE, Project.State.STOPPED):
        return None
    planned = planned_percent(project, years, on or timezone.localdate())
    if planned is None:
        return None
    behind = planned - project.percent
    return Slip(planned, behind, behind >= lag)


def lag_of(region: str) -> int:
    """From how many points behind a project counts as slipping, by the pack; 100 where it says nothing."""
    try:
        return int(rules.rules_for(region).lag.value)
    except Refused:
        return 100


def attach_slips(rows: Sequence[Any]) -> None:
    """Give each project of a page ``slip``."""
    years: dict[int, list[ProjectYear]] = {}
    for year in ProjectYear.objects.filter(project__in=[row.pk for row in rows]):
        years.setdefault(year.project_id, []).append(year)
    lags = {region: lag_of(region) for region in {row.document.region_id for row in rows}}
    for row in rows:
        row.slip = slip(row, years.get(row.pk, []), lags[row.document.region_id])


def slip_badge(row: Any) -> tuple[str, str]:
    """The slip in words."""
    if row.state in (Project.State.DONE, Project.State.STOPPED):
        return "", ""
    if row.slip is None:
        return _("years not given"), "mute"
    if row.slip.slips:
        return _("%(n)d points behind") % {"n": row.slip.behind}, "bad"
    return _("on plan"), "ok"


@dataclass(frozen=True)
class Sums:
    """What the projects of a list come to, in fen, and by source; ``unknown`` have no total."""

    count: int
    total: int
    planned: int
    spent: int
    unknown: int
    by_source: tuple[tuple[str, int], ...]


def sums(rows: QuerySet[Project]) -> Sums:
    """The sums of a queryset of projects."""
    found = rows.order_by().aggregate(
        count=Count("pk"), total=Sum("total_fen"), planned=Sum("planned_fen"), spent=Sum("spent_fen"),
        unknown=Count("pk", filter=Q(total_fen__isnull=True)),
    )
    labels = dict(ProjectFund.Source.choices)
    by_source = dict(
        ProjectFund.objects.filter(project__in=rows.order_by().values("pk")).order_by().values("source")
        .annotate(sum=Sum("amount_fen")).values_list("source", "sum")
    )
    return Sums(
        found["count"], found["total"] or 0, found["planned"] or 0, found["spent"] or 0, found["unknown"],
        tuple((str(words), by_source[source]) for source, words in labels.items() if source in by_source),
    )


def doubts(document: PlanDocument) -> list[dict[str, Any]]:
    """What the reading found wrong with a document's own sums: each with its code, its place and its facts."""
    found = Reading.objects.filter(document=document).values_list("doubts", flat=True).first() or []
    return [doubt for doubt in found if doubt["code"] in SUM_DOUBTS]


def progress_of(project: Project) -> list[ProjectProgress]:
    """Reports on a project, the latest first, with their photos."""
    return list(
        ProjectProgress.objects.filter(project=project).select_related("by").prefetch_related("photos__attachment")
        .order_by("-on", "-pk")
    )
