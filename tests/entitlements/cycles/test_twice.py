"""Nothing twice: two approvals at one moment, an approval that dies in the middle, two openings, a late worker."""

import threading

import pytest
from django.db import IntegrityError, connection, connections, transaction

from tests import cast as people
from tests.entitlements.conftest import doing
from tests.entitlements.cycles.conftest import JUNE, carry, open_now
from tests.races import refused_by_the_database
from yinian.core.errors import Changed, Refused
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.models import Job
from yinian.core.roles import Role
from yinian.entitlements.cycles import approval, opening
from yinian.entitlements.models import Cycle, CycleLine, Determination, Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team(cast, pack):
    with connection.cursor() as cursor:  # the queue's own tables are not emptied between two tests
        cursor.execute("DELETE FROM procrastinate_jobs")
    cast.checker = people.make_user("checker", Role.BUREAU_OFFICER)
    cast.approver = people.make_user("approver", Role.BUREAU_OFFICER)
    for name, born in (("李桂花", 1940), ("周秀英", 1930)):
        people.make_spell(people.make_person(people.A1, name, birth=people.dt.date(born, 5, 2)), "relief", "none")
    return cast


def at_once(count, act):
    """Run ``act`` in threads that set off together; what each returned or raised."""
    outcomes, line = [None] * count, threading.Barrier(count)

    def one(n):
        try:
            connection.ensure_connection()
            line.wait(30)
            outcomes[n] = act(n)
        except Exception as error:
            outcomes[n] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=[n]) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def paid():
    return CycleLine.objects.filter(paid=True).count(), Determination.objects.count(), Event.objects.count()


def test_of_two_approvals_at_one_moment_one_pays(team):
    cycle = carry(team, open_now(team.bureau, JUNE, ("age-allowance",))[0], "checked")

    def settle(n):
        with transaction.atomic():
            return approval.settle_cycle(type(team.approver).objects.get(pk=team.approver.pk), cycle.pk, cycle.version)

    outcomes = at_once(2, settle)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Changed", "dict"]
    assert paid() == (2, 2, 2)


def test_without_the_lock_the_race_is_real_and_the_database_refuses_it(team):
    """The statements alone, past the lock of the action: both find the lines unpaid, and the second is refused."""
    cycle = carry(team, open_now(team.bureau, JUNE, ("age-allowance",))[0], "checked")
    both_have_read = threading.Barrier(2)

    def grant(n):
        with transaction.atomic():
            assert not Determination.objects.exists()
            both_have_read.wait(30)
            writer = approval._Writer(team.approver, cycle)
            return writer._run(approval._GRANT)

    outcomes = at_once(2, grant)
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert sum(map(refused_by_the_database, outcomes)) == 1, outcomes
    assert Determination.objects.count() == 2


@pytest.mark.parametrize("after", ["_GRANT", "_STOP", "_PAY", "settle_in", "record"])
def test_an_approval_that_dies_in_the_middle_leaves_nothing_and_is_done_once(team, monkeypatch, after):
    cycle = carry(team, open_now(team.bureau, JUNE, ("age-allowance",))[0], "checked")
    job = approval.approve(team.approver, cycle.pk, cycle.version)
    real_run, real = approval._Writer._run, {name: getattr(approval, name) for name in ("settle_in", "record")}

    def dies_after(self, sql):
        done = real_run(self, sql)
        if after.startswith("_") and sql == getattr(approval, after):
            raise RuntimeError("killed")
        return done

    def dies(*args, **kwargs):
        raise RuntimeError("killed")

    monkeypatch.setattr(approval._Writer, "_run", dies_after)
    if after in real:
        monkeypatch.setattr(approval, after, dies)
    with pytest.raises(RuntimeError):
        approval.perform_approval(doing(job))
    assert paid() == (0, 0, 0) and Cycle.objects.get().state == "checked"
    monkeypatch.setattr(approval._Writer, "_run", real_run)
    for name, function in real.items():
        monkeypatch.setattr(approval, name, function)
    Job.objects.filter(pk=job.pk).update(state="queued")
    jobs.run(job.pk)
    jobs.run(job.pk)  # the worker that was thought dead comes back
    assert paid() == (2, 2, 2) and Cycle.objects.get().state == "approved"


def test_of_two_openings_at_one_moment_one_stands(team):
    def act(n):
        job = Job.objects.create(kind=opening.OPEN, region_id=people.COUNTY, owner=team.bureau, state="running",
                                 params={"region": people.COUNTY, "month": JUNE.isoformat(),
                                         "services": ["age-allowance"]})
        opening.perform_opening(jobs.JobContext(job))
        return job.pk

    outcomes = at_once(2, act)
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert all(isinstance(outcome, int | Refused | IntegrityError | Changed) for outcome in outcomes), outcomes
    assert Cycle.objects.count() == 1 and CycleLine.objects.count() == 2
