"""Background jobs of departmental lists."""

from django.utils.translation import gettext_lazy as _

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.people.imports import actions


@job_kind("people.import_check", _("Check a departmental list"))
def import_check(context: JobContext) -> None:
    actions.check(context)


@job_kind("people.import_commit", _("Load a departmental list"))
def import_commit(context: JobContext) -> None:
    actions.commit(context)


@job_kind("people.import_undo", _("Take back a departmental list"))
def import_undo(context: JobContext) -> None:
    actions.undo(context)
