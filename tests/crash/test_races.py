"""Two at once: the same item closed twice, one key asked for by many, eight writers of one chain, late workers."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.urls import reverse
from tests import cast as people

from yinian.core.audit import actions as audit
from yinian.core.audit import queries as chain
from yinian.core.errors import Changed, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.inbox.kinds import work_kind
from yinian.core.inbox.models import WorkItem, WorkStep
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.kinds import KINDS, job_kind
from yinian.core.jobs.models import Job
from yinian.core.models import AuditLink, AuditRow, User
from yinian.core.roles import Role
from yinian.core.transitions import Flow, Step

pytestmark = pytest.mark.django_db(transaction=True)

CASE = work_kind("test.race", "Look at %(what)s", "Open", Role.BUREAU_OFFICER, 3)


QUOTED = "990681194005020020"


@pytest.fixture
def bureau():
    # The queue's own tables are not emptied between two tests.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    for code, name, level, kind in people.REGIONS:
        people.make_region(code, name, level, kind)
    return people.make_user("bureau", Role.BUREAU_OFFICER)


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Run ``act`` in ``count`` threads that set off together; what each returned or raised, in order."""
    outcomes: list[Any] = [None] * count
    line = threading.Barrier(count)

    def one(number: int) -> None:
        try:
            connection.ensure_connection()
            line.wait(30)
            outcomes[number] = act(number)
        except Exception as error:
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes


def ask(user: User, key: str = "k") -> WorkItem:
    with transaction.atomic():
        return inbox.ask(user, "test.race", key=key, region=people.COUNTY, params={"what": "1"}, url="/")


def test_of_two_who_close_one_item_at_once_the_second_is_told(bureau):
    item = ask(bureau)
    outcomes = at_once(2, lambda n: inbox.close(User.objects.get(pk=bureau.pk), item.pk, item.version, f"办结{n}"))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Changed", "WorkItem"]
    assert WorkStep.objects.filter(item=item, verb="done").count() == 1
    assert AuditRow.objects.filter(action="inbox.close").count() == 1


def test_closing_a_closed_item_answers_409_and_changes_nothing(bureau):
    item = ask(bureau)
    inbox.close(bureau, item.pk, item.version, "办结")
    before = AuditRow.objects.count()
    client = people.client_for(bureau)
    answer = client.post(
        reverse("core:work_close", args=[item.pk]), {"version": item.version, "outcome": "再办一次", "needed": "1"}
    )
    assert answer.status_code == 409
    item.refresh_from_db()
    assert item.outcome == "办结" and AuditRow.objects.count() == before


def test_one_finding_asked_for_by_eight_at_once_is_one_item(bureau):
    outcomes = at_once(8, lambda n: ask(bureau).pk)
    assert len(set(outcomes)) == 1 and WorkItem.objects.count() == 1
    assert WorkStep.objects.filter(verb="asked").count() == 1


@pytest.fixture
def quiet_kind():
    ran = []

    @job_kind("test.quiet", "Quiet")
    def handler(context):
        ran.append(context.job.pk)

    yield ran
    del KINDS["test.quiet"]


def test_one_key_asked_for_by_eight_at_once_is_one_job(bureau, quiet_kind):
    outcomes = at_once(8, lambda n: jobs.enqueue(bureau, "test.quiet", {}, region=people.COUNTY, key="nightly").pk)
    assert len(set(outcomes)) == 1 and Job.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'yinian.run_job'")
        assert cursor.fetchone()[0] == 1
    assert AuditRow.objects.filter(action="jobs.start").count() == 1


def test_asking_while_the_job_of_the_same_key_ends_gives_a_job_and_never_an_error(bureau, quiet_kind):
    def act(number: int) -> Any:
        job = jobs.enqueue(bureau, "test.quiet", {}, region=people.COUNTY, key="k")
        jobs.run(job.pk)
        return job.pk

    for _round in range(5):
        outcomes = at_once(4, act)
        assert all(isinstance(outcome, int) for outcome in outcomes), outcomes
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    assert set(quiet_kind) == set(Job.objects.values_list("pk", flat=True))


def test_a_fault_that_is_not_the_key_is_not_taken_for_a_job_under_way(bureau, quiet_kind):
    jobs.enqueue(bureau, "test.quiet", {}, region=people.COUNTY)
    with pytest.raises(IntegrityError):
        jobs.enqueue(bureau, "test.quiet", {}, region="999999")
    assert Job.objects.count() == 1


def test_an_asking_that_is_rolled_back_leaves_neither_job_nor_queue(bureau, quiet_kind):
    with pytest.raises(RuntimeError, match="on purpose"), transaction.atomic():
        jobs.enqueue(bureau, "test.quiet", {}, region=people.COUNTY)
        raise RuntimeError("on purpose")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'yinian.run_job'")
        assert cursor.fetchone()[0] == 0
    assert not Job.objects.exists() and not AuditRow.objects.exists()


@pytest.fixture
def slow_worker():
    """A job kind during which, once, another worker takes the job over and acts as the hook says."""
    hooks: dict[str, Callable[[Any], None]] = {}

    @job_kind("test.slow", "Slow")
    def handler(context):
        if hook := hooks.pop("once", None):
            hook(context)
        with context.effect():
            ask(context.actor, f"job{context.job.pk}")

    yield hooks
    del KINDS["test.slow"]


def test_a_worker_thought_dead_writes_nothing_when_it_wakes(bureau, slow_worker):
    job = jobs.enqueue(bureau, "test.slow", {}, region=people.COUNTY)
    slow_worker["once"] = lambda context: at_once(1, lambda n: jobs.run(job.pk))
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE and job.attempts == 2
    assert WorkStep.objects.filter(verb="asked").count() == 1


@pytest.mark.parametrize("end", [RuntimeError("on purpose"), Refused("on purpose"), jobs.Stopped()])
def test_a_worker_thought_dead_cannot_end_the_job_of_its_successor(bureau, slow_worker, end):
    job = jobs.enqueue(bureau, "test.slow", {}, region=people.COUNTY)

    def fail_late(context: Any) -> None:
        Job.objects.filter(pk=job.pk).update(attempts=2)  # the other worker has begun
        raise end

    slow_worker["once"] = fail_late
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING and job.error == ""
    Job.objects.filter(pk=job.pk).update(attempts=1)
    context = jobs.JobContext(job)
    context.job.attempts = 2
    with pytest.raises(jobs.Overtaken):
        context.progress(1, 1)
    with pytest.raises(jobs.Overtaken), context.effect():
        raise AssertionError("never reached")


def test_a_fault_is_logged_without_what_it_quotes(bureau, slow_worker, caplog):
    job = jobs.enqueue(bureau, "test.slow", {}, region=people.COUNTY)

    def quote(context: Any) -> None:
        raise ValueError(f"Key (id_number)=({QUOTED}) already exists")

    slow_worker["once"] = quote
    with caplog.at_level("ERROR", logger="yinian.jobs"):
        jobs.run(job.pk)
    assert "ValueError" in caplog.text and "in quote" in caplog.text
    assert QUOTED not in caplog.text
    job.refresh_from_db()
    assert QUOTED not in job.error


def test_the_jobs_that_the_queue_lost_are_found_and_the_others_left(bureau, quiet_kind):
    held, lost, over = (jobs.enqueue(bureau, "test.quiet", {}, region=people.COUNTY) for _ in range(3))
    jobs.run(over.pk)
    with connection.cursor() as cursor:
        of_job = "WHERE (args ->> 'job_id')::bigint = %s"
        cursor.execute(f"UPDATE procrastinate_jobs SET status = 'failed' {of_job}", [lost.pk])
        cursor.execute(f"DELETE FROM procrastinate_jobs {of_job}", [over.pk])
    assert jobs.requeue_lost() == 1
    assert jobs.requeue_lost() == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (args ->> 'job_id')::bigint FROM procrastinate_jobs "
            "WHERE status = 'todo' AND task_name = 'yinian.run_job' ORDER BY 1"
        )
        assert [row[0] for row in cursor.fetchall()] == [held.pk, lost.pk]


def test_eight_writers_at_once_make_one_unbroken_chain(bureau):
    def write(number: int) -> None:
        for turn in range(12):
            with transaction.atomic():
                audit.record(bureau, "test.act", region=people.COUNTY, detail={"writer": number, "turn": turn})
                if turn % 3 == 0:
                    audit.record(bureau, "test.second", detail={"writer": number})
            if turn % 4 == 0:
                try:
                    with transaction.atomic():
                        audit.record(bureau, "test.undone")
                        raise RuntimeError
                except RuntimeError:
                    pass

    assert at_once(8, write) == [None] * 8
    verdict = chain.verify()
    assert verdict.whole and verdict.rows == 8 * (12 + 4)
    assert list(AuditLink.objects.values_list("position", flat=True)) == list(range(1, verdict.rows + 1))
    assert not AuditRow.objects.filter(action="test.undone").exists()


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_writer_with_an_old_snapshot_cannot_fork_the_chain(bureau, level):
    with transaction.atomic():
        audit.record(bureau, "test.first")
    gone_on = threading.Event()
    has_snapshot = threading.Event()

    def act(number: int) -> None:
        if number == 0:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
                    cursor.execute("SELECT count(*) FROM core_auditlink")
                has_snapshot.set()
                assert gone_on.wait(30)
                audit.record(bureau, "test.late")
            return
        assert has_snapshot.wait(30)
        try:
            with transaction.atomic():
                audit.record(bureau, "test.between")
        finally:
            gone_on.set()

    late, between = at_once(2, act)
    assert between is None and isinstance(late, DatabaseError)
    assert chain.verify().whole
    assert list(AuditRow.objects.order_by("id").values_list("action", flat=True)) == ["test.first", "test.between"]


FLOW = Flow(
    "test_item",
    (Step("finish", ("open",), "dropped", "inbox.act"), Step("again", ("dropped",), "open", "inbox.act")),
    region=lambda item: item.region_id,
)


def test_of_two_who_take_a_step_at_once_one_wins_and_the_other_is_told(bureau):
    item = ask(bureau)

    def close(thing: WorkItem) -> None:
        thing.closed_by, thing.closed_at = bureau, thing.created_at

    outcomes = at_once(
        2, lambda n: FLOW.advance(User.objects.get(pk=bureau.pk), item, "finish", version=item.version, change=close)
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Changed", "WorkItem"]
    assert AuditRow.objects.filter(action="test_item.finish").count() == 1
    with pytest.raises(Changed):
        FLOW.advance(bureau, item, "again", version=item.version)
    item.refresh_from_db()
    assert (item.state, item.version) == ("dropped", 2)


def test_a_session_ended_by_the_administrator_is_over_at_the_next_click(bureau):
    client = people.client_for(bureau)
    assert client.get(reverse("core:desk")).status_code == 200
    User.objects.filter(pk=bureau.pk).update(session_epoch=bureau.session_epoch + 1)
    answer = client.get(reverse("core:desk"))
    assert answer.status_code == 302 and reverse("core:login") in answer.headers["Location"]


def test_a_locked_account_is_out_at_the_next_click(bureau):
    client = people.client_for(bureau)
    User.objects.filter(pk=bureau.pk).update(is_active=False)
    item = ask(bureau)
    answer = client.post(reverse("core:work_close", args=[item.pk]), {"version": 1, "outcome": "办结"})
    assert answer.status_code in (302, 403)
    item.refresh_from_db()
    assert item.state == "open"
