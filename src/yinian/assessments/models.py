"""All tables of the room, gathered for Django; each lives with its noun."""

from yinian.assessments.assignments.models import Assessor, Recusal, Seat, ServedArea
from yinian.assessments.bodies.models import Body, Recognition
from yinian.assessments.careplans.models import (
    CarePlan,
    Goal,
    GoalOutcome,
    Need,
    PlannedService,
    PlanReview,
)
from yinian.assessments.objections.models import Objection
from yinian.assessments.requests.models import Request
from yinian.assessments.results.models import Result
from yinian.assessments.visits.models import Exhibit, Visit

__all__ = [
    "Assessor",
    "Body",
    "CarePlan",
    "Exhibit",
    "Goal",
    "GoalOutcome",
    "Need",
    "Objection",
    "PlanReview",
    "PlannedService",
    "Recognition",
    "Recusal",
    "Request",
    "Result",
    "Seat",
    "ServedArea",
    "Visit",
]
