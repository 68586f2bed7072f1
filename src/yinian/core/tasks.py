"""What the worker takes from the queue, and what it does by the clock. procrastinate finds this module itself."""

import contextlib

from django.conf import settings
from django.db import InterfaceError, OperationalError
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status

# The database going away in the middle is no fault of the job: it is tried again when the server is back.
_WHEN_DATABASE_RETURNS = RetryStrategy(max_attempts=10, wait=2, retry_exceptions={OperationalError, InterfaceError})
# Seconds between two looks for dead workers: with a silence of 30 s, every 10.
_LOOK_EVERY = max(1, min(10, int(settings.WORKER_SILENCE / 3)))


@app.task(queue="work", name="yinian.run_job", retry=_WHEN_DATABASE_RETURNS)
def run_job(job_id: int) -> None:
    from yinian.core.jobs import actions

    actions.run(job_id)


@app.periodic(cron=f"* * * * * */{_LOOK_EVERY}")
@app.task(queue="clock", name="yinian.retry_stalled", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Give back the jobs of dead workers: those whose heartbeat has been silent for ``WORKER_SILENCE`` seconds."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=settings.WORKER_SILENCE):
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            # The clock has struck again and the new tick waits already: this one is not needed.
            with contextlib.suppress(ConnectorException):
                await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
        except ConnectorException:
            # Another worker was faster. That may not keep the jobs after this one from coming back.
            continue


@app.periodic(cron=f"* * * * * */{3 * _LOOK_EVERY}")
@app.task(queue="clock", name="yinian.requeue_lost", queueing_lock="requeue_lost")
def requeue_lost(timestamp: int) -> None:
    """Put back what the queue lost while the database was away."""
    from yinian.core.jobs import actions

    actions.requeue_lost()


@app.periodic(cron="5 * * * *")
@app.task(queue="clock", name="yinian.escalate", queueing_lock="escalate")
def escalate_overdue(timestamp: int) -> None:
    """What is overdue goes one level up. Asked every hour: a server that was off at midnight misses nothing."""
    from yinian.core.inbox import actions

    actions.escalate_overdue()


@app.periodic(cron="40 * * * *")
@app.task(queue="clock", name="yinian.clear_exports", queueing_lock="clear_exports")
def clear_exports(timestamp: int) -> None:
    """Workbooks of long lists wait a day for whoever asked for them; they hold personal data and go then.

    So does what a killed process left of one half made.
    """
    from yinian.core import exports, scratch

    exports.clear_away()
    scratch.clear()
