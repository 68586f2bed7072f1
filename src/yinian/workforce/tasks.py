"""What the worker does for this room by the clock."""

from procrastinate.contrib.django import app


@app.periodic(cron="25 0 * * *")
@app.task(queue="clock", name="workforce.certificate_check", queueing_lock="workforce.certificate_check")
def certificate_check(timestamp: int) -> None:
    """Each night: ask for certificates that run out soon to be renewed."""
    from yinian.workforce import actions

    actions.ask_about_expiring()
