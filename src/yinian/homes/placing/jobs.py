"""The job that works a proposal out."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.homes.placing.actions import BALANCE, perform


@job_kind(BALANCE, _("Draw up who would better live where"))
def balance(ctx: JobContext) -> dict[str, Any] | None:
    return perform(ctx)
