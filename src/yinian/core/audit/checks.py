"""Checking the chain as a background job."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.audit.actions import record
from yinian.core.audit.queries import verify
from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind


@job_kind("audit.verify", gettext_lazy("Check of the audit chain"))
def check(context: JobContext) -> dict[str, Any] | None:
    """Recompute the whole chain and leave what was found as a row of the chain itself."""
    context.progress(0, 1, _("Recomputing every link"))
    verdict = verify()
    found = {"rows": verdict.rows, "head": verdict.head, "whole": verdict.whole, "broken_at": verdict.broken_at}
    with context.effect(found):
        record(context.actor, "audit.verify", region=context.job.region_id, detail=found)
    return None
