"""What the worker does for this room by the clock."""

from procrastinate.contrib.django import app


@app.periodic(cron="*/20 * * * *")
@app.task(queue="clock", name="homes.missed_doses", queueing_lock="homes.missed_doses")
def missed_doses(timestamp: int) -> None:
    """Tell each home's manager of doses that nobody recorded."""
    from yinian.homes.medicines import actions

    actions.ask_about_missed()


@app.periodic(cron="35 0 * * *")
@app.task(queue="clock", name="homes.remind", queueing_lock="homes.remind")
def remind(timestamp: int) -> None:
    """Each night: short stays that end soon, residents not back in time, the dead whose stay still runs."""
    from yinian.homes.stays import telling

    telling.remind()
