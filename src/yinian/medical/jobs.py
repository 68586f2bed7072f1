"""The background work of medical care: checking a list of check-ups and taking it in."""

from django.utils.translation import gettext_lazy as _

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.medical.checklists import actions


@job_kind(actions.CHECK, _("Checking a list of check-ups"))
def checking(ctx: JobContext) -> None:
    actions.check(ctx)


@job_kind(actions.TAKE, _("Taking in a list of check-ups"))
def taking(ctx: JobContext) -> None:
    actions.take(ctx)
