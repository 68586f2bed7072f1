"""What the room does by the clock. procrastinate finds this module itself; its clock is UTC."""

import logging

from procrastinate.contrib.django import app

log = logging.getLogger("yinian.entitlements")


@app.periodic(cron="30 17 * * *")
@app.task(queue="clock", name="yinian.entitlements_nightly", queueing_lock="entitlements_nightly")
def nightly(timestamp: int) -> None:
    """At 01:30 in China: a run for each county that has a policy pack."""
    from yinian.entitlements import actions

    log.info("nightly runs queued: %s", actions.start_nightly())


@app.periodic(cron="10 * * * *")
@app.task(queue="clock", name="yinian.public_notices", queueing_lock="public_notices")
def public_notices(timestamp: int) -> None:
    """Applications that have been put up for their days go on to the county. Asked every hour."""
    from yinian.entitlements.applications.actions import close_notices

    log.info("public notices closed: %s", close_notices())


@app.periodic(cron="50 17 * * *")
@app.task(queue="clock", name="yinian.entitlements_whatif_sweep", queueing_lock="entitlements_whatif_sweep")
def sweep_whatif(timestamp: int) -> None:
    """At 01:50 in China: what-ifs nobody has looked at for a week go; they can be worked out again."""
    from yinian.entitlements.drafts import reckoning

    log.info("what-ifs swept: %s", reckoning.sweep())


@app.periodic(cron="30 18 * * *")
@app.task(queue="clock", name="yinian.entitlements_past_months", queueing_lock="entitlements_past_months")
def past_months(timestamp: int) -> None:
    """At 02:30 in China: past months again, for everybody of whom something became known since."""
    from yinian.entitlements.adjustments import actions

    log.info("recalculations queued: %s", actions.start_nightly())
