"""Asking for the assessment of many people in the background, some hundred at a time."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.assessments.requests import actions
from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind

AT_A_TIME = 500


@job_kind(actions.MANY, gettext_lazy("Ask for many assessments"))
def ask_for_many(context: JobContext) -> dict[str, Any] | None:
    """Each part stands as soon as it is written: stopping keeps what was asked for so far, and a job begun anew leaves
    out whoever has a request by then."""
    people, made, left_out = context.params["people"], 0, 0
    for start in range(0, len(people), AT_A_TIME):
        context.progress(start, len(people), _("Asking"))
        asked = actions.request_many(
            context.actor, people[start : start + AT_A_TIME], context.params["reason"], scale=context.params["scale"]
        )
        made, left_out = made + len(asked.made), left_out + len(asked.left_out)
    with context.effect() as result:
        result["asked"], result["left_out"] = made, left_out
        result["url"] = reverse("assessments:list")
    return None
