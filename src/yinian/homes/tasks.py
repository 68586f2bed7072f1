"""What the worker does for this room by the clock."""

from procrastinate.contrib.django import app


@app.periodic(cron="35 0 * * *")
@app.task(queue="clock", name="homes.remind", queueing_lock="homes.remind")
def remind(timestamp: int) -> None:
    """Each night: short stays that end soon, residents not back in time, the dead whose stay still runs."""
    from yinian.homes.stays import telling

    telling.remind()
