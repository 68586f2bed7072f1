"""What the worker does for this room by the clock."""

from procrastinate.contrib.django import app


@app.periodic(cron="50 0 * * *")
@app.task(queue="clock", name="medical.remind", queueing_lock="medical.remind")
def remind(timestamp: int) -> None:
    """Each night: contracts and licences that end soon, referrals whose person has left the hospital."""
    from yinian.medical.contracts import actions as contracts
    from yinian.medical.referrals import actions as referrals

    contracts.remind()
    referrals.look_after()
