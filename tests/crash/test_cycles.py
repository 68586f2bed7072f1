"""kill -9 of the worker in the middle of opening and of approving a month: all of it once, or none of it.

The moment is no matter of luck: the test holds a lock that the work needs half way, sees the worker wait for it with
part of the month written and not committed, and kills it there.
"""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.crash.crashkit.cycle import PEOPLE
from tests.crash.ground import SECONDS, Ground, assert_chain_is_whole, until

from yinian.core import pgserver

pytestmark = pytest.mark.crash

PREPARE = "open"
WRITTEN = {
    "runs": "entitlements_run", "cycles": "entitlements_cycle", "lines": "entitlements_cycleline",
    "paid": "entitlements_cycleline WHERE paid", "steps": "entitlements_cyclestep WHERE stage IN ('open', 'approve')",
    "grants": "entitlements_determination", "events": "entitlements_event",
    "acts": "core_auditrow WHERE action IN ('entitlements.cycle_open', 'entitlements.cycle_approve')",
}


def counted(ground: Ground) -> dict[str, int]:
    columns = ", ".join(f"(SELECT count(*) FROM {what})" for what in WRITTEN.values())
    return dict(zip(WRITTEN, ground.rows(f"SELECT {columns}")[0], strict=True))


def waited_for(ground: Ground, holder: "psycopg.Connection[Any]", waiting: str) -> bool:
    """Whether a statement that contains ``waiting`` waits for a lock of ``holder``."""
    # Asked from another connection: within the holder's own transaction this view would never change.
    return bool(ground.one(f"""
        SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
            AND {holder.info.backend_pid} = ANY(pg_blocking_pids(pid)) AND strpos(query, '{waiting}') > 0
    """))


@contextlib.contextmanager
def held(ground: Ground, lock: str, waiting: str, command: str = "") -> Iterator[None]:
    """Hold ``lock`` until a statement that contains ``waiting`` waits for it, and for the length of the block.

    ``command`` of crashkit asks for the work when the lock is held, so that no worker is through before.
    """
    with psycopg.connect(pgserver.dsn(ground.data)) as holder:
        holder.execute(lock)
        if command:
            ground.client(command)
        until(
            lambda: waited_for(ground, holder, waiting),
            lambda: (ground.rows("SELECT kind, state, error FROM core_job"), ground.log("worker")[-3000:]),
        )
        yield
        holder.rollback()


def kill(worker: "subprocess.Popen[str]") -> None:
    worker.kill()
    assert worker.wait(SECONDS) == -signal.SIGKILL


def state(ground: Ground, kind: str) -> tuple[str, int]:
    now, attempts = ground.rows(f"SELECT state, attempts FROM core_job WHERE kind = 'entitlements.{kind}'")[0]
    return now, attempts


def taken_over(ground: Ground, kind: str, attempts: int) -> None:
    until(lambda: state(ground, kind)[0] not in ("queued", "running"),
          lambda: (state(ground, kind), ground.log("worker")[-3000:]))
    assert state(ground, kind) == ("done", attempts), ground.log("worker")[-3000:]


def test_a_month_is_opened_once_and_paid_once_however_the_worker_dies(ground: Ground) -> None:
    nothing = dict.fromkeys(WRITTEN, 0)
    worker = ground.worker()
    # The run, the cycle and its lines are written; the step and the audit row are not.
    with held(ground, "LOCK TABLE entitlements_cyclestep IN SHARE MODE", 'INSERT INTO "entitlements_cyclestep"'):
        kill(worker)
        assert state(ground, "cycle_open") == ("running", 1) and counted(ground) == nothing
    worker = ground.worker()
    taken_over(ground, "cycle_open", 2)
    opened = nothing | {"runs": 1, "cycles": 1, "lines": PEOPLE, "steps": 1, "acts": 1}
    assert counted(ground) == opened

    # The statement that grants stands half way: determinations are made, their events are not.
    with held(ground, "LOCK TABLE entitlements_event IN SHARE MODE", "INSERT INTO entitlements_event", "approve"):
        kill(worker)
        assert state(ground, "cycle_approve") == ("running", 1) and counted(ground) == opened
    worker = ground.worker()
    # All is written, the audit row too, but not committed; then it is, and the queue is not told any more.
    with psycopg.connect(pgserver.dsn(ground.data)) as queue:
        with held(ground, "SELECT FROM core_workitem WHERE kind = 'entitlements.cycle_approve' FOR UPDATE",
                  "core_workitem"):
            assert counted(ground) == opened
            told = queue.execute("SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND queue_name = 'work' "
                                 "FOR UPDATE").fetchall()
            assert len(told) == 1
        until(lambda: waited_for(ground, queue, "procrastinate"), lambda: ground.log("worker")[-3000:])
        approved = opened | {"paid": PEOPLE, "steps": 2, "grants": PEOPLE, "events": PEOPLE, "acts": 2}
        assert state(ground, "cycle_approve") == ("done", 2) and counted(ground) == approved
        kill(worker)
    worker = ground.worker()
    until(lambda: not ground.one("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'work' "
                                 "AND status <> 'succeeded'"), lambda: ground.log("worker")[-3000:])

    assert state(ground, "cycle_approve") == ("done", 2) and counted(ground) == approved
    assert ground.rows("SELECT state, count(*) FROM entitlements_cycle GROUP BY state") == [("approved", 1)]
    assert ground.one("SELECT count(DISTINCT person_id) FROM entitlements_cycleline WHERE paid") == PEOPLE
    granted = "SELECT count(DISTINCT determination_id) FROM entitlements_event WHERE kind = 'granted'"
    assert ground.one(granted) == PEOPLE
    assert ground.rows("SELECT sum(amount_fen) FROM entitlements_cycleline WHERE paid") == ground.rows(
        "SELECT sum(amount_fen) FROM entitlements_determination WHERE state = 'in_force'")
    assert not ground.one("SELECT count(*) FROM core_workitem WHERE state = 'open'")
    assert_chain_is_whole(ground)
