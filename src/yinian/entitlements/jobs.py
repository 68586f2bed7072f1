"""The room's background jobs."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.entitlements.adjustments.actions import RECALCULATE
from yinian.entitlements.adjustments.perform import perform as recalculate_months
from yinian.entitlements.perform import perform
from yinian.entitlements.reconciliation import actions as reports

RUN = "entitlements.run"


@job_kind(RUN, _("County run: who is due what"))
def run(ctx: JobContext) -> dict[str, Any] | None:
    perform(ctx)
    return None


@job_kind(RECALCULATE, _("Past months worked out again"))
def recalculate(ctx: JobContext) -> dict[str, Any] | None:
    recalculate_months(ctx)
    return None


@job_kind(reports.CHECK, _("Check a report of payments"))
def check_report(ctx: JobContext) -> dict[str, Any] | None:
    reports.check(ctx)
    return None


@job_kind(reports.COMMIT, _("Take a report of payments in"))
def take_report_in(ctx: JobContext) -> dict[str, Any] | None:
    reports.commit(ctx)
    return None
