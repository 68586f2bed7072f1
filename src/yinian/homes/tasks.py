"""What the worker does for this room by the clock."""

from procrastinate.contrib.django import app


@app.periodic(cron="*/20 * * * *")
@app.task(queue="clock", name="homes.missed_doses", queueing_lock="homes.missed_doses")
def missed_doses(timestamp: int) -> None:
    """Tell each home's manager of doses that nobody recorded."""
    from yinian.homes.medicines import actions

    actions.ask_about_missed()
