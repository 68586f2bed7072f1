"""The room's background jobs."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.entitlements.perform import perform

RUN = "entitlements.run"


@job_kind(RUN, _("County run: who is due what"))
def run(ctx: JobContext) -> dict[str, Any] | None:
    perform(ctx)
    return None
