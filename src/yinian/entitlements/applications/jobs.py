"""The background work of applications: inviting those who are due."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.entitlements.applications.inviting import INVITE, perform_inviting


@job_kind(INVITE, _("Inviting those who are due to apply"))
def inviting(ctx: JobContext) -> dict[str, Any] | None:
    perform_inviting(ctx)
    return None
