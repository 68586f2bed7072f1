"""The background work of cycles: opening a month, approving a cycle."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.entitlements.cycles.approval import APPROVE, perform_approval
from yinian.entitlements.cycles.opening import OPEN, perform_opening
from yinian.entitlements.papers import NOTICES, perform_notices


@job_kind(OPEN, _("Opening the cycles of a month"))
def opening(ctx: JobContext) -> dict[str, Any] | None:
    perform_opening(ctx)
    return None


@job_kind(APPROVE, _("Approving a cycle"))
def approval(ctx: JobContext) -> dict[str, Any] | None:
    perform_approval(ctx)
    return None


@job_kind(NOTICES, _("Issuing the notices of a cycle"))
def notices(ctx: JobContext) -> dict[str, Any] | None:
    perform_notices(ctx)
    return None
