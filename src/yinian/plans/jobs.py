"""Background jobs of this room."""

from django.utils.translation import gettext_lazy as _

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.plans.documents import importing


@job_kind(importing.READ, _("Read a plan document"))
def read(context: JobContext) -> None:
    importing.read(context)
