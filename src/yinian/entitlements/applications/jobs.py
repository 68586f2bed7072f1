"""What applications do by themselves: inviting those who are due, and following a death."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.entitlements.applications.actions import follow_person
from yinian.entitlements.applications.inviting import INVITE, perform_inviting
from yinian.people.persons import events


@job_kind(INVITE, _("Inviting those who are due to apply"))
def inviting(ctx: JobContext) -> dict[str, Any] | None:
    perform_inviting(ctx)
    return None


events.register("entitlements.applications", follow_person)
