"""Each home's own plan over REST: findings and what came of them, visits, goals beside their figures. Thin.

Nothing is reported or checked here: the two are two people's acts, done on the page.
"""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.homes.reviews import queries
from yinian.homes.reviews.models import Finding, FindingStep, GuidanceVisit

router = Router(tags=["homes"])
PAGE = 100


class FindingOut(Schema):
    id: int
    home: int = Field(alias="site_id")
    visit: int = Field(alias="visit_id")
    area: str
    severity: str
    found: str
    advice: str
    who: str
    due_on: dt.date
    state: str
    overdue: bool = Field(alias="is_overdue")
    version: int


class StepOut(Schema):
    kind: str
    text: str
    due_on: dt.date | None
    at: dt.datetime


class WholeFindingOut(FindingOut):
    steps: list[StepOut]

    @staticmethod
    def resolve_steps(one: Finding) -> list[FindingStep]:
        return queries.steps_of(one)


class GuidanceVisitOut(Schema):
    id: int
    on: dt.date
    party: str
    summary: str
    made: int
    left: int


class GoalOut(Schema):
    id: int
    figure: str
    target: float
    by: dt.date
    how: str
    now: float | None
    reached: bool | None
    late: bool


class PlanOut(Schema):
    """What a home is today, its goals, and its last twenty visits."""

    home: int
    usable: int
    occupied: int
    nursing: int
    carers: int
    incidents: int
    open: int
    overdue: int
    goals: list[GoalOut]
    visits: list[GuidanceVisitOut]


@router.get("findings", auth=needs("reviews.view"), response=list[FindingOut], url_name="homes_findings")
def list_findings(request: HttpRequest, home: int | None = None, state: str = "", after: int = 0) -> list[Finding]:
    """Findings in the homes in reach, by id, 100 at a time."""
    rows = queries.findings(caller(request)).filter(pk__gt=after)
    rows = rows.filter(state=state[:8]) if state else rows
    return list((rows if home is None else rows.filter(site=home)).order_by("pk")[:PAGE])


@router.get("findings/{int:pk}", auth=needs("reviews.view"), response=WholeFindingOut, url_name="homes_finding")
def one_finding(request: HttpRequest, pk: int) -> Finding:
    """One finding with each of its steps."""
    return queries.get_finding(caller(request), pk)


@router.get("{int:pk}/plan", auth=needs("reviews.view"), response=PlanOut, url_name="homes_plan")
def plan(request: HttpRequest, pk: int) -> dict[str, Any]:
    """A home's own plan: its figures, its goals beside them, its visits."""
    home = queries.get_home(caller(request), pk)
    figures = queries.figures_of(home)
    visits: list[GuidanceVisit] = queries.visits_of(home)
    return {
        "home": home.pk, "visits": visits,
        **{name: getattr(figures, name) for name in (
            "usable", "occupied", "nursing", "carers", "incidents", "open", "overdue")},
        "goals": [
            {"id": line.goal.pk, "figure": line.goal.figure, "target": line.goal.target, "by": line.goal.by,
             "how": line.goal.how, "now": line.now, "reached": line.reached, "late": line.late}
            for line in queries.goals_of(home, figures)
        ],
    }
