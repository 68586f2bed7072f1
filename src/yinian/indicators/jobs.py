"""The room's background jobs."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.indicators.actions import FREEZE, perform_freeze


@job_kind(FREEZE, _("Freeze the figures of a period"))
def freeze(ctx: JobContext) -> dict[str, Any] | None:
    return perform_freeze(ctx)
