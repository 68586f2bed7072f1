"""What the worker does for this room by the clock."""

from procrastinate.contrib.django import app


@app.periodic(cron="35 0 * * *")
@app.task(queue="clock", name="assessments.close_windows", queueing_lock="assessments.close_windows")
def close_windows(timestamp: int) -> None:
    """Each night: results whose time to object has passed come into force."""
    from yinian.assessments.results import actions

    actions.close_windows()


@app.periodic(cron="40 0 * * *")
@app.task(queue="clock", name="assessments.certificate_check", queueing_lock="assessments.certificate_check")
def certificate_check(timestamp: int) -> None:
    """Each night: ask for assessors' certificates that run out soon to be renewed."""
    from yinian.assessments.assignments import actions

    actions.ask_about_certificates()


@app.periodic(cron="45 0 * * *")
@app.task(queue="clock", name="assessments.plans_nightly", queueing_lock="assessments.plans_nightly")
def plans_nightly(timestamp: int) -> None:
    """Each night: what is under way of those who are gone falls; plans begin on their day, and go under review when it
    is due or something has overtaken them."""
    from yinian.assessments import following
    from yinian.assessments.careplans import actions, reviewing

    following.look_after()
    actions.begin_due()
    reviewing.look_after()
