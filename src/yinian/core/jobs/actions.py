"""Starting, running and stopping background jobs.

procrastinate holds the queue in the same database, so a job is queued in the transaction that asked for it.
A job's effect and its state "done" are written in one transaction: a worker killed at any moment leaves either
nothing or everything, and the retried job finds out which.
"""

from __future__ import annotations

import contextlib
import logging
import time
import traceback
from collections.abc import Iterator
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.jobs.kinds import KINDS
from yinian.core.jobs.models import Job
from yinian.core.users.models import User

log = logging.getLogger("yinian.jobs")

MAX_ATTEMPTS = 5  # a job whose worker died this often is given up and shown as failed
PROGRESS_EVERY = 0.4  # seconds between progress writes


class Stopped(Exception):
    """Somebody asked the job to stop; raised at its next progress report."""


class AlreadyDone(Exception):
    """The effect is already in the database: an earlier attempt was killed just after its commit."""


class Overtaken(Exception):
    """Another worker has begun the job anew, because this one was not heard of: this attempt writes nothing."""


class JobContext:
    """What a handler sees of its job: parameters, owner, progress, and the transaction of its effect."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.params: dict[str, Any] = job.params
        self.actor: User = job.owner
        self._last = 0.0

    def progress(self, done: int, total: int, step: str = "") -> None:
        """Tell how far the work is. Not inside :meth:`effect`.

        Raises :class:`Stopped` if somebody asked for it, :class:`Overtaken` when another worker has the job now.
        """
        now = time.monotonic()
        if now - self._last < PROGRESS_EVERY and done < total:
            return
        self._last = now
        mine = Job.objects.filter(pk=self.job.pk, attempts=self.job.attempts)
        if mine.filter(state=Job.State.RUNNING, cancel_asked=False).update(done=done, total=total, step=step[:120]):
            return
        raise Stopped if mine.exists() else Overtaken

    @contextlib.contextmanager
    def effect(self, result: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """The one transaction in which the job's effect is written and the job marked done.

        The yielded dict becomes the job's result. Raises :class:`AlreadyDone` when an earlier attempt committed,
        :class:`Stopped` when the job was stopped meanwhile, :class:`Overtaken` when another worker has it now.
        """
        outcome = dict(result or {})
        with transaction.atomic():
            job = Job.objects.select_for_update().get(pk=self.job.pk)
            if job.state == Job.State.DONE:
                raise AlreadyDone
            if job.attempts != self.job.attempts:
                raise Overtaken
            if job.cancel_asked or job.state == Job.State.CANCELLED:
                raise Stopped
            yield outcome
            job.state, job.finished_at, job.result, job.step = Job.State.DONE, timezone.now(), outcome, ""
            job.url = outcome.get("url", job.url)
            job.save(update_fields=["state", "finished_at", "result", "step", "url"])
            self.job = job


def enqueue(actor: User, kind: str, params: dict[str, Any], *, region: str, key: str = "", url: str = "") -> Job:
    """Queue a job in the current transaction. The caller has checked the actor's right to what it does.

    ``key`` names what must not run twice at once; a second request returns the job under way. ``params`` hold
    ids, never personal data.
    """
    if kind not in KINDS:
        raise KeyError(f"unknown job kind {kind!r}")
    while True:
        if key and (running := Job.objects.filter(key=key, state__in=["queued", "running"]).first()):
            return running
        try:
            with transaction.atomic():
                job = Job.objects.create(kind=kind, params=params, region_id=region, owner=actor, key=key, url=url)
                record(actor, "jobs.start", job, region=region, detail={"kind": kind})
                _queue(job.pk)
            return job
        except IntegrityError as error:
            # Somebody was faster with the same key; their job is found on the next look, or is over by then.
            if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "job_runs_once_at_a_time":
                raise


def _queue(job_id: int) -> None:
    """Hand a job to the queue through Django's own connection: it stands there only if the transaction commits.

    Inside a worker procrastinate would use a connection of its own, and the job could be taken before it exists.
    """
    from procrastinate.contrib.django.django_connector import DjangoConnector
    from procrastinate.manager import JobManager

    from yinian.core.tasks import run_job

    deferrer = run_job.configure()
    deferrer.job_manager = JobManager(DjangoConnector())
    deferrer.defer(job_id=job_id)


def run(job_id: int) -> None:
    """Do a job, in the worker. Safe to call again after a crash."""
    with transaction.atomic():
        job = Job.objects.select_for_update().select_related("owner").get(pk=job_id)
        if job.is_over:
            return
        if job.cancel_asked:
            _finish(job, Job.State.CANCELLED)
            return
        job.attempts += 1
        if job.attempts > MAX_ATTEMPTS:
            _finish(job, Job.State.FAILED, _("The worker died %(count)d times at this job.") % {"count": MAX_ATTEMPTS})
            return
        job.state, job.started_at = Job.State.RUNNING, timezone.now()
        job.save(update_fields=["attempts", "state", "started_at"])
    context = JobContext(job)
    try:
        result = KINDS[job.kind].handler(context)
        if not context.job.is_over:
            with context.effect(result):
                pass
    except (AlreadyDone, Overtaken):
        return
    except Stopped:
        _end(job, Job.State.CANCELLED)
    except (OperationalError, InterfaceError):
        # The database went away: nothing was committed, and the queue tries again when it is back.
        connection.close()
        raise
    except Refused as refusal:
        _end(job, Job.State.FAILED, str(refusal))
    except Exception as error:
        # The message may quote data: only its type and place are logged, the person sees a plain sentence.
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("job %s (%s) failed: %s\n%s", job_id, job.kind, type(error).__name__, where)
        _end(
            job,
            Job.State.FAILED,
            _("The work stopped by a fault (%(kind)s). Nothing was half-saved; it can be started again.")
            % {"kind": type(error).__name__},
        )
    finally:
        connection.close()


def requeue_lost() -> int:
    """Queue again the jobs that are not over and that the queue no longer holds. Returns how many.

    The queue marks a task failed when the database is lost at the wrong moment; the job itself is not over then.
    """
    # One statement sees one moment: two would take a job queued between them for lost.
    sql = """
        SELECT job.id FROM core_job job WHERE job.state IN ('queued', 'running') AND NOT EXISTS (
            SELECT FROM procrastinate_jobs held WHERE held.task_name = 'yinian.run_job'
                AND held.status IN ('todo', 'doing') AND (held.args ->> 'job_id')::bigint = job.id)
        ORDER BY job.id
    """
    with connection.cursor() as cursor:
        cursor.execute(sql)
        lost = [row[0] for row in cursor.fetchall()]
    for pk in lost:
        _queue(pk)
    return len(lost)


def _end(attempt: Job, state: str, error: str = "") -> None:
    """Close the job as ``attempt`` saw it end, unless another worker has begun it anew since."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=attempt.pk)
        if job.attempts == attempt.attempts:
            _finish(job, state, error)


def _finish(job: Job, state: str, error: str = "") -> None:
    if job.is_over:
        return
    job.state, job.error, job.finished_at = state, error, timezone.now()
    job.save(update_fields=["state", "error", "finished_at"])


def clear_file(actor: User, job_id: int) -> bool:
    """Note that the file a finished job made was taken away, its time being over. Whether it was not noted before."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.state != Job.State.DONE or "file" not in job.result or job.result.get("cleared"):
            return False
        job.result = {**job.result, "cleared": True}
        job.save(update_fields=["result"])
        record(actor, "jobs.file_clear", job, region=job.region_id,
               detail={"kind": job.kind, "size": job.result["file"]["size"]})
    return True


def cancel(actor: User, job_id: int) -> Job:
    """Ask a job to stop: its owner may, and whoever holds ``jobs.cancel`` in its region."""
    from yinian.core.jobs.queries import get_job

    visible = get_job(actor, job_id)
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=visible.pk)
        if job.owner_id != actor.pk:
            actor.require("jobs.cancel", job.region_id)
        if job.is_over:
            raise Refused(_("The job is already over."))
        job.cancel_asked = True
        job.save(update_fields=["cancel_asked"])
        if job.state == Job.State.QUEUED:
            _finish(job, Job.State.CANCELLED)
        record(actor, "jobs.cancel", job, region=job.region_id, detail={"kind": job.kind})
    return job
