"""Reading background jobs."""

from django.db.models import Q, QuerySet

from yinian.core.errors import NotVisible
from yinian.core.jobs.models import Job
from yinian.core.users.models import User


def visible_to(actor: User) -> QuerySet[Job]:
    """The actor's own jobs, and those of the regions where they hold ``jobs.view``."""
    return Job.objects.filter(Q(owner=actor) | actor.scope("jobs.view").q("region__code")).select_related(
        "owner", "region"
    )


def get_job(actor: User, pk: int) -> Job:
    job = visible_to(actor).filter(pk=pk).first()
    if job is None:
        raise NotVisible("job")
    return job
