"""Driven plans over REST: tasks with their turns, reporting, confirming, checking; targets, projects. Thin."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.plans.models import Project, Target, Turn
from yinian.plans.projects import queries as projects
from yinian.plans.targets import queries as targets
from yinian.plans.tasks import actions, queries

router = Router(tags=["plans"])
PAGE = 100


class TurnOut(Schema):
    id: int
    task: int = Field(alias="task_id")
    number: int
    begins_on: dt.date
    due_on: dt.date | None
    state: str
    colour: str
    percent: int
    reported_on: dt.date | None
    done_on: dt.date | None
    version: int


class TaskRow(TurnOut):
    title: str = Field(alias="task.title")
    plan: int = Field(alias="task.document_id")


class PartOut(Schema):
    unit: int | None = Field(alias="unit_id")
    surface: str
    role: str


class TaskOut(Schema):
    id: int
    plan: int = Field(alias="document_id")
    title: str
    state: str
    deadline: str
    rule: str
    evidence: str
    evidence_count: int
    units: list[PartOut]
    turns: list[TurnOut]
    version: int


class ReportIn(Schema):
    unit: int
    text: str = Field(min_length=1, max_length=2000)
    percent: int = Field(ge=0, le=100)
    finished: bool = False
    on: dt.date | None = None


class StepIn(Schema):
    version: int
    note: str = Field("", max_length=300)


class ReasonIn(Schema):
    version: int
    reason: str = Field(min_length=1, max_length=300)


class TargetOut(Schema):
    id: int
    plan: int = Field(alias="document_id")
    title: str
    comparator: str
    value: Decimal
    value_max: Decimal | None
    unit: str
    due_on: dt.date | None
    binding: str
    indicator: str
    latest: Decimal | None = None
    latest_on: dt.date | None = None


class ProjectOut(Schema):
    id: int
    plan: int = Field(alias="document_id")
    name: str
    nature: str
    owner: str
    start_year: int | None
    end_year: int | None
    total_fen: int | None
    spent_fen: int
    state: str
    percent: int


@router.get("/tasks", response=list[TaskRow], auth=needs("plans.view"))
def tasks(request: HttpRequest, plan: int | None = None, colour: str = "", after: int = 0, limit: int = PAGE) -> Any:
    """Tasks at the turn that counts today, by turn id; the next page begins after the last id."""
    found: Any = queries.listed(caller(request)).filter(pk__gt=after)
    if plan is not None:
        found = found.filter(task__document=plan)
    if colour:
        found = found.filter(colour=colour)
    return list(found.order_by("pk")[: max(1, min(limit, PAGE))])


@router.get("/tasks/{int:pk}", response=TaskOut, auth=needs("plans.view"))
def task(request: HttpRequest, pk: int) -> Any:
    """One task with its units and all its turns."""
    found = queries.get_task(caller(request), pk)
    turns = queries.turns_of(caller(request)).filter(task=found).order_by("number")
    return {**{name: getattr(found, name) for name in (
        "id", "document_id", "title", "state", "deadline", "rule", "evidence", "evidence_count", "version")},
        "units": queries.parts_of(found), "turns": list(turns)}


def _turn(request: HttpRequest, pk: int) -> Turn:
    return queries.turns_of(caller(request)).get(pk=pk)


@router.post("/turns/{int:pk}/report", response={201: TurnOut}, auth=needs("plans.report"))
def report(request: HttpRequest, pk: int, body: ReportIn) -> Any:
    """A unit reports in words; evidence is handed in on the page."""
    actions.report(caller(request), pk, body.unit, body.text, body.percent, finished=body.finished, on=body.on)
    return Status(201, _turn(request, pk))


@router.post("/turns/{int:pk}/confirm", response=TurnOut, auth=needs("plans.report"))
def confirm(request: HttpRequest, pk: int, body: StepIn) -> Any:
    """The lead confirms."""
    actions.confirm(caller(request), pk, body.version, body.note)
    return _turn(request, pk)


@router.post("/turns/{int:pk}/check", response=TurnOut, auth=needs("plans.drive"))
def check(request: HttpRequest, pk: int, body: StepIn) -> Any:
    """The office checks."""
    actions.check(caller(request), pk, body.version, body.note)
    return _turn(request, pk)


@router.post("/turns/{int:pk}/return", response=TurnOut, auth=needs("plans.report"))
def send_back(request: HttpRequest, pk: int, body: ReasonIn) -> Any:
    """The lead or the office returns a report."""
    actions.send_back(caller(request), pk, body.version, body.reason)
    return _turn(request, pk)


@router.get("/targets", response=list[TargetOut], auth=needs("plans.area"))
def target_list(request: HttpRequest, plan: int | None = None, after: int = 0) -> list[Target]:
    """Targets with the last value reported by hand."""
    found = targets.listed(caller(request)).filter(pk__gt=after)
    return list((found if plan is None else found.filter(document=plan)).order_by("pk")[:PAGE])


@router.get("/targets/{int:pk}", response=TargetOut, auth=needs("plans.area"))
def target(request: HttpRequest, pk: int) -> Any:
    """One target."""
    return targets.get_target(caller(request), pk)


@router.get("/projects", response=list[ProjectOut], auth=needs("plans.area"))
def project_list(request: HttpRequest, plan: int | None = None, after: int = 0) -> list[Project]:
    """Projects of the plans of the area."""
    found = projects.visible_to(caller(request)).filter(pk__gt=after)
    return list((found if plan is None else found.filter(document=plan)).order_by("pk")[:PAGE])
