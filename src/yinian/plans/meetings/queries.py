"""Reading joint meetings: those on the plans of the actor's area."""

from django.db.models import QuerySet

from yinian.core.errors import NotVisible
from yinian.core.models import User
from yinian.plans.meetings.models import Decision, Meeting


def visible_to(actor: User) -> QuerySet[Meeting]:
    """Meetings on the plans of the actor's area, the latest first."""
    actor.require("plans.area")
    return Meeting.objects.filter(actor.scope("plans.area").q("document__region__code")).select_related(
        "document__region", "paper", "created_by", "issued_by"
    ).defer("document__text", "document__region__outline")


def get_meeting(actor: User, pk: int) -> Meeting:
    """One visible meeting. Raises NotVisible."""
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("meeting")
    return found


def decisions_of(meeting: Meeting) -> list[Decision]:
    """Its decisions in order, with the task each closes or moves, or has made."""
    return list(Decision.objects.filter(meeting=meeting).select_related("task", "made_task"))
