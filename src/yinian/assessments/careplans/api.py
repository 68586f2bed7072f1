"""Care plans over REST: reading them, what a result suggests, asking for a review, holding one. Thin."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.assessments import scales
from yinian.assessments.careplans import actions, catalogue, queries, reviewing
from yinian.assessments.careplans.models import CarePlan, PlannedService, PlanReview
from yinian.core.access import caller, needs
from yinian.engines.careplan import Frequency
from yinian.people.persons.queries import get_person

router = Router(tags=["careplans"])
PAGE = 100


class GoalOut(Schema):
    id: int
    text: str
    measure: str
    baseline: str
    target: str
    by: dt.date
    state: str


class ServiceOut(Schema):
    """A planned service; ``rrule`` is its recurrence by RFC 5545 where the days are settled."""

    service: str
    provider: str
    site: int | None = Field(alias="site_id")
    who: str
    times: int
    per: str
    days: list[int]
    rrule: str | None
    minutes: int | None
    start: dt.date | None
    until: dt.date | None
    pays: str
    due: str
    note: str

    @staticmethod
    def resolve_rrule(row: PlannedService) -> str | None:
        return Frequency(row.times, row.per, tuple(row.days)).rrule


class NeedOut(Schema):
    area: str
    rule: str
    text: str
    risks: list[str]
    origin: str
    goals: list[GoalOut]
    services: list[ServiceOut]

    @staticmethod
    def resolve_goals(row: Any) -> list[Any]:
        return list(row.goals.all())

    @staticmethod
    def resolve_services(row: Any) -> list[Any]:
        return list(row.services.all())


class PlanOut(Schema):
    id: int
    person: int = Field(alias="person_id")
    result: int = Field(alias="result_id")
    scale: str
    level: int
    edition: int
    state: str
    complete: bool
    start: dt.date | None
    review_due: dt.date | None
    agreed_on: dt.date | None
    ended_on: dt.date | None
    ending: str
    version: int


class PlanDetail(PlanOut):
    needs: list[NeedOut]

    @staticmethod
    def resolve_needs(row: CarePlan) -> list[Any]:
        return queries.needs_of(row)


class SuggestionOut(Schema):
    """A need that a result speaks of; ``why`` in words."""

    need: str
    area: str
    text: str
    why: list[str]
    risks: list[str]
    confidence: str


class DraftIn(Schema):
    """``scale``: the scale of the result to start from, where several are in force; empty: the one that says most."""

    person: int
    scale: str = Field("", max_length=20)


class AskIn(Schema):
    version: int
    reason: str = Field(min_length=1, max_length=200)


class OutcomeIn(Schema):
    goal: int
    state: str = Field(max_length=10)
    note: str = Field("", max_length=120)


class ReviewIn(Schema):
    version: int
    on: dt.date
    present: str = Field("", max_length=120)
    findings: str = Field(min_length=1, max_length=2000)
    outcomes: list[OutcomeIn] = Field(max_length=600)
    decision: str = Field(max_length=10)
    next_review: dt.date | None = None
    ending: str = Field("", max_length=10)


class ReviewOut(Schema):
    id: int
    plan: int = Field(alias="plan_id")
    why: str
    opened_on: dt.date
    due_on: dt.date
    held_on: dt.date | None
    decision: str
    next_review: dt.date | None


@router.get("", auth=needs("careplans.view"), response=list[PlanOut], url_name="careplans")
def list_plans(request: HttpRequest, state: str = "", after: int = 0) -> list[CarePlan]:
    """Plans the caller sees, by id, 100 at a time; in one state or all."""
    found = queries.visible_to(caller(request)).filter(pk__gt=after).order_by("pk")
    found = found.defer("sheet", "situation", "wishes")
    return list((found.filter(state=state) if state else found)[:PAGE])


@router.post("", auth=needs("careplans.edit"), response={201: PlanOut}, url_name="careplans_draft")
def draft(request: HttpRequest, given: DraftIn) -> Status[CarePlan]:
    """Begin a plan from the person's result in force, or return the one that is being drawn up."""
    return Status(201, actions.draft(caller(request), given.person, given.scale))


@router.get("people/{int:pk}/suggestions", auth=needs("careplans.edit"), response=list[SuggestionOut],
            url_name="careplans_suggestions")
def suggestions(request: HttpRequest, pk: int, scale: str = "") -> list[SuggestionOut]:
    """What the person's result in force speaks of; suggestions that a human decides on."""
    person = get_person(caller(request), pk, "careplans.edit")
    result = queries.result_to_plan_for(caller(request), pk, scale)
    return [
        SuggestionOut(
            need=one.rule.id, area=one.rule.area, text=scales.in_words(one.degree.text),
            why=catalogue.reasons_in_words(catalogue.kept(one.reasons), person.region_id, result.scale),
            risks=list(one.rule.risks),
            confidence=one.rule.source.confidence,
        )
        for one in catalogue.suggestions(result, person)
    ]


@router.get("{int:pk}", auth=needs("careplans.view"), response=PlanDetail, url_name="careplans_plan")
def one_plan(request: HttpRequest, pk: int) -> CarePlan:
    """One plan with its needs, goals and services."""
    return queries.get_plan(caller(request), pk)


@router.post("{int:pk}/reviews", auth=needs("careplans.agree"), response={201: ReviewOut}, url_name="careplans_ask")
def ask_for_review(request: HttpRequest, pk: int, given: AskIn) -> Status[PlanReview]:
    """Put a plan in force under review, with the reason."""
    return Status(201, reviewing.ask_for(caller(request), pk, given.version, given.reason))


@router.post("{int:pk}/review", auth=needs("careplans.edit"), response=ReviewOut, url_name="careplans_review")
def hold_review(request: HttpRequest, pk: int, given: ReviewIn) -> PlanReview:
    """Record the review of a plan that is under one: every goal, what was found, what follows."""
    return reviewing.hold(
        caller(request), pk, given.version, on=given.on, present=given.present, findings=given.findings,
        outcomes={one.goal: (one.state, one.note) for one in given.outcomes}, decision=given.decision,
        next_review=given.next_review, ending=given.ending,
    )
