"""kill -9 of the worker, of PostgreSQL and of the served platform: every effect once, nothing acknowledged is lost.

The processes are Yinian's own (`python -m yinian.cli worker`, `serve`) on a data folder and a durable server of
their own; `crashkit` is all that they know besides.
"""

import json
import os
import random
import signal
import time
from typing import Any

import pytest
from tests.crash.ground import SECONDS, Ground, answers, assert_chain_is_whole, children, served, until

from yinian.core import pgserver

pytestmark = pytest.mark.crash

PREPARE = "prepare"


def effects(ground: Ground, tokens: str) -> dict[str, tuple[int, int, int]]:
    """By token: how many work items, steps and audit rows its job has left."""
    return {
        token: (items, steps, acts)
        for token, items, steps, acts in ground.rows(f"""
            SELECT job.params ->> 'token',
                (SELECT count(*) FROM core_workitem i WHERE i.key = 'crash:' || (job.params ->> 'token')),
                (SELECT count(*) FROM core_workstep s WHERE s.verb = 'crash' AND s.note = job.params ->> 'token'),
                (SELECT count(*) FROM core_auditrow a
                    WHERE a.action = 'crash.effect' AND a.detail ->> 'token' = job.params ->> 'token')
            FROM core_job job WHERE job.params ->> 'token' LIKE '{tokens}'""")
    }


def states(ground: Ground) -> dict[str, int]:
    return dict(ground.rows("SELECT state, count(*) FROM core_job GROUP BY state"))


def all_over(ground: Ground) -> bool:
    return ground.one("SELECT count(*) FROM core_job WHERE state IN ('queued', 'running')") == 0


def test_every_effect_happens_once_however_often_the_worker_is_killed(ground: Ground) -> None:
    chance = random.Random(20260101)
    jobs: list[dict[str, Any]] = [{"token": f"a{number}", "pause": 0.1} for number in range(40)]
    # The three moments that matter are hit for certain; the other kills fall where they fall.
    for number, moment in ((3, "before"), (9, "inside"), (17, "after")):
        jobs[number]["die"] = moment
    for number in (5, 9, 30):
        jobs[number]["child"] = True
    ground.client("enqueue", json.dumps(jobs))
    worker, kills, seen = ground.worker(), 3, 0
    next_kill: float | None = None

    def look() -> bool:
        nonlocal worker, kills, seen, next_kill
        if worker.poll() is not None:
            seen = ground.one("SELECT coalesce(max(id), 0) FROM procrastinate_workers")
            worker, next_kill = ground.worker(), None
            return False
        busy = ground.one(f"SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND worker_id > {seen}")
        if kills and busy and next_kill is None:
            next_kill = time.monotonic() + chance.uniform(0.2, 1.0)
        if next_kill is not None and time.monotonic() > next_kill:
            worker.kill()
            worker.wait(SECONDS)
            kills, next_kill = kills - 1, None
            return False
        return all_over(ground)

    until(look, lambda: (states(ground), kills, ground.log("worker")[-3000:]))
    assert kills == 0
    assert states(ground) == {"done": 43}
    found = effects(ground, "a%")
    assert len(found) == 43
    assert {token: counts for token, counts in found.items() if counts != (1, 1, 1)} == {}
    assert len(list(ground.data.glob("died-*"))) == 3
    # A job queued by another job's effect was never taken before that effect was committed.
    assert "DoesNotExist" not in ground.log("worker")
    own = ground.one("SELECT max(id) FROM procrastinate_workers")
    worker.terminate()
    assert worker.wait(SECONDS) == 0
    assert ground.one(f"SELECT count(*) FROM procrastinate_workers WHERE id = {own}") == 0, "it signs off"
    assert_chain_is_whole(ground)


def test_nothing_acknowledged_is_lost_when_postgresql_is_killed(ground: Ground) -> None:
    chance = random.Random(20260102)
    begun = len(effects(ground, "w%"))
    assert begun == 0
    writer = ground.process("crashkit.client", "write", log="writer")
    worker = ground.worker()
    restarts = 0

    def acknowledged() -> set[str]:
        return {line for line in ground.log("writer").splitlines() if line.startswith("w") and line[1:].isdecimal()}

    def keep() -> None:
        """What the supervisor does: the worker that ended is started again."""
        nonlocal worker, restarts
        if worker.poll() is not None:
            worker, restarts = ground.worker(), restarts + 1

    for _kill in range(4):
        before = len(acknowledged())

        def going(before: int = before) -> bool:
            keep()
            return len(acknowledged()) >= before + 5

        until(going, lambda: ground.log("writer")[-3000:])
        time.sleep(chance.uniform(0.0, 0.5))
        postmaster = pgserver.status(ground.data).pid
        assert postmaster is not None
        os.kill(postmaster, signal.SIGKILL)
        pgserver.ensure_running(ground.data, durable=True)
    writer.kill()
    writer.wait(SECONDS)
    kept = acknowledged()

    def finished() -> bool:
        keep()
        return all_over(ground)

    until(finished, lambda: (states(ground), restarts, ground.log("worker")[-3000:]))
    found = effects(ground, "w%")
    assert len(kept) >= 20
    assert kept - found.keys() == set(), "acknowledged commits are gone"
    acts = ground.rows("SELECT detail ->> 'token' FROM core_auditrow WHERE action = 'crash.write'")
    written = {row[0] for row in acts}
    assert written == found.keys(), "an act without its job, or a job without its act"
    assert {token: counts for token, counts in found.items() if counts != (1, 1, 1)} == {}
    assert set(states(ground)) == {"done"}
    assert_chain_is_whole(ground)


def test_the_served_site_and_its_worker_come_back_when_killed(ground: Ground) -> None:
    serving, port = served(ground)
    before = children(serving)
    assert before.keys() == {"web", "worker"} and answers(port)
    for child in before.values():
        child.kill()

    def back() -> bool:
        now = children(serving)
        new = {name for name, child in now.items() if child.pid != before[name].pid}
        return new == {"web", "worker"} and answers(port)

    until(back, lambda: ground.log("serve")[-3000:])
    ground.client("enqueue", json.dumps([{"token": "served"}]))
    until(lambda: all_over(ground), lambda: (states(ground), ground.log("serve")[-3000:]))
    assert effects(ground, "served") == {"served": (1, 1, 1)}
    serving.terminate()
    assert serving.wait(SECONDS) == 0
    assert not answers(port)
