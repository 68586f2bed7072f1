"""What the room does by the clock. procrastinate finds this module itself; its clock is UTC."""

import logging

from procrastinate.contrib.django import app

log = logging.getLogger("yinian.indicators")


@app.periodic(cron="20 16 * * *")
@app.task(queue="clock", name="yinian.indicators_freeze", queueing_lock="indicators_freeze")
def freeze_periods(timestamp: int) -> None:
    """At 00:20 in China: the figures of the month, quarter or year that ended at midnight."""
    from yinian.indicators import actions

    log.info("freezing queued: %s", actions.freeze_ended())
