"""The background work of fees: drafting the bills of a month."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.homes.fees.bills.actions import DRAFT, perform


@job_kind(DRAFT, _("Drafting the bills of a month"))
def drafting(ctx: JobContext) -> dict[str, Any]:
    return perform(ctx)
