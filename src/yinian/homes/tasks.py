"""What the worker does for this room by the clock."""

from procrastinate.contrib.django import app


@app.periodic(cron="*/20 * * * *")
@app.task(queue="clock", name="homes.missed_doses", queueing_lock="homes.missed_doses")
def missed_doses(timestamp: int) -> None:
    """Tell each home's manager of doses that nobody recorded."""
    from yinian.homes.medicines import actions

    actions.ask_about_missed()


@app.periodic(cron="7-59/20 * * * *")
@app.task(queue="clock", name="homes.late_outings", queueing_lock="homes.late_outings")
def late_outings(timestamp: int) -> None:
    """Tell each home's manager who is not back in time from an outing."""
    from yinian.homes.living.outings import actions

    actions.ask_about_late()


@app.periodic(cron="25 6 * * *")
@app.task(queue="clock", name="homes.unanswered", queueing_lock="homes.unanswered")
def unanswered(timestamp: int) -> None:
    """Each morning: families that have waited too long for an answer come onto the manager's desk."""
    from yinian.homes.living.messages import actions

    actions.ask_about_unanswered()


@app.periodic(cron="35 0 * * *")
@app.task(queue="clock", name="homes.remind", queueing_lock="homes.remind")
def remind(timestamp: int) -> None:
    """Each night: short stays that end soon, residents not back in time, the dead whose stay still runs."""
    from yinian.homes.stays import telling

    telling.remind()


@app.periodic(cron="*/5 * * * *")
@app.task(queue="clock", name="homes.waiting_look", queueing_lock="homes.waiting_look")
def waiting_look(timestamp: int) -> None:
    """Every five minutes: who waits stands where the facts recorded meanwhile put them."""
    from yinian.homes.way.applications import waiting

    waiting.look_after()


@app.periodic(cron="10 0 * * *")
@app.task(queue="clock", name="homes.waiting_nightly", queueing_lock="homes.waiting_nightly")
def waiting_nightly(timestamp: int) -> None:
    """Each night: offers whose day has passed run out, every list is worked out anew, dispatchers hear of beds that
    fit somebody."""
    from yinian.homes.way.applications import waiting
    from yinian.homes.way.offers import actions

    actions.expire()
    waiting.look_at_all()
    actions.ask_to_match()


@app.periodic(cron="15 1 * * *")
@app.task(queue="clock", name="homes.refunds_overdue", queueing_lock="homes.refunds_overdue")
def refunds_overdue(timestamp: int) -> None:
    """Each night: homes that have not given back in time what they hold stand on the bureau's desk."""
    from yinian.homes.fees.accounts import refunds

    refunds.tell_of_overdue()


@app.periodic(cron="20 1 * * *")
@app.task(queue="clock", name="homes.findings_overdue", queueing_lock="homes.findings_overdue")
def findings_overdue(timestamp: int) -> None:
    """Each night: homes with overdue findings stand on the guidance centre's desk."""
    from yinian.homes.reviews import actions

    actions.look_after()
