"""The room's tables, gathered for Django."""

from yinian.oversight.schemes.awarding import Award, Decision, Notice, Objection, Standing, UseReport
from yinian.oversight.schemes.models import (
    Application,
    Criterion,
    Mark,
    Nominee,
    Paper,
    Recommendation,
    Round,
    RoundStep,
    SiteVisit,
    VisitPhoto,
)
from yinian.oversight.schemes.panel_models import PanelMember, Reading, Recusal, Score

__all__ = [
    "Application", "Award", "Criterion", "Decision", "Mark", "Nominee", "Notice", "Objection", "PanelMember", "Paper",
    "Reading", "Recommendation", "Recusal", "Round", "RoundStep", "Score", "SiteVisit", "Standing", "UseReport",
    "VisitPhoto",
]
