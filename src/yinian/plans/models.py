"""All tables of the room, gathered for Django; each lives with its noun."""

from yinian.plans.documents.models import Item, ItemChange, PlanDocument, Reading
from yinian.plans.meetings.models import Decision, Meeting
from yinian.plans.projects.models import Project, ProjectFund, ProjectPhoto, ProjectProgress, ProjectYear
from yinian.plans.reports.models import Dispatch, Feed, Letter, LetterLine
from yinian.plans.targets.models import Standard, Target, TargetValue, TargetYear
from yinian.plans.tasks.models import (
    DeadlineChange,
    Task,
    TaskEvidence,
    TaskReport,
    TaskUnit,
    Turn,
    TurnStep,
)
from yinian.plans.units.models import Unit, UnitName, UnitUser

__all__ = [
    "DeadlineChange",
    "Decision",
    "Dispatch",
    "Feed",
    "Item",
    "ItemChange",
    "Letter",
    "LetterLine",
    "Meeting",
    "PlanDocument",
    "Project",
    "ProjectFund",
    "ProjectPhoto",
    "ProjectProgress",
    "ProjectYear",
    "Reading",
    "Standard",
    "Target",
    "TargetValue",
    "TargetYear",
    "Task",
    "TaskEvidence",
    "TaskReport",
    "TaskUnit",
    "Turn",
    "TurnStep",
    "Unit",
    "UnitName",
    "UnitUser",
]
