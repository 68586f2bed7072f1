"""What the worker takes from the queue, and what it does by the clock. procrastinate finds this module itself."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

STALLED_AFTER = 30  # seconds without a heartbeat: the worker is dead and its jobs go back to the queue


@app.task(queue="work", name="yinian.run_job")
def run_job(job_id: int) -> None:
    from yinian.core.jobs import actions

    actions.run(job_id)


@app.periodic(cron="* * * * *")
@app.task(queue="clock", name="yinian.retry_stalled", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Give back the jobs of dead workers."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        await app.job_manager.retry_job(job)


@app.periodic(cron="5 0 * * *")
@app.task(queue="clock", name="yinian.escalate", queueing_lock="escalate")
def escalate_overdue(timestamp: int) -> None:
    """Each midnight: what is overdue goes one level up."""
    from yinian.core.inbox import actions

    actions.escalate_overdue()
