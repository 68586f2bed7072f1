"""What the worker does for this room by the clock."""

from procrastinate.contrib.django import app


@app.periodic(cron="20 0 * * *")
@app.task(queue="clock", name="places.licence_check", queueing_lock="places.licence_check")
def licence_check(timestamp: int) -> None:
    """Each night: ask for licences that run out soon to be renewed."""
    from yinian.places.sites import actions

    actions.ask_about_expiring()
