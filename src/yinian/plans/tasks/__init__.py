"""Tasks of plans, and what the worker does for the room by the clock: it looks for that under this very name."""

from procrastinate.contrib.django import app


@app.periodic(cron="20 * * * *")
@app.task(queue="clock", name="plans.look_after", queueing_lock="plans.look_after")
def look_after(timestamp: int) -> None:
    """Every hour: turns that recur, reminders, supervision letters. A server that was off at night misses nothing."""
    from yinian.plans.tasks import nightly

    nightly.look_after()
