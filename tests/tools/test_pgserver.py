"""Yinian's own PostgreSQL survives what happens to servers: kills, double starts, long paths, closed folders."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from yinian.core import pgserver

# A short path: the socket lies beside the cluster.
BASE = "/tmp"


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with _folder() as folder:
        pgserver.ensure_running(folder, durable=False)
        yield folder


@contextlib.contextmanager
def _folder(**where: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="yn-", dir=where.get("dir", BASE)))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        pgserver.remove(folder)
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def _one(folder: Path, query: str) -> object:
    with psycopg.connect(pgserver.dsn(folder)) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _pid(folder: Path) -> int:
    pid = pgserver.status(folder).pid
    assert pid is not None
    return pid


def test_a_running_server_is_found_and_left_as_it_is(data: Path) -> None:
    before = _pid(data)
    assert pgserver.ensure_running(data) == pgserver.dsn(data)
    assert pgserver.start(data) is False
    assert _pid(data) == before


def test_nobody_else_on_the_machine_can_reach_it(data: Path) -> None:
    assert _one(data, "SHOW listen_addresses") == ""
    assert pgserver.socket_folder(data).stat().st_mode & 0o777 == 0o700
    assert (pgserver.home(data) / "data").stat().st_mode & 0o777 == 0o700
    rules = (pgserver.home(data) / "data" / "pg_hba.conf").read_text().splitlines()
    assert all("peer" in line for line in rules if not line.startswith("#"))


def test_text_is_utf8_and_a_prefix_search_uses_a_plain_index(data: Path) -> None:
    assert _one(data, "SHOW server_encoding") == "UTF8"
    with psycopg.connect(pgserver.dsn(data)) as connection:
        connection.execute("CREATE TEMP TABLE t (code text)")
        connection.execute("INSERT INTO t SELECT lpad(n::text, 9, '0') FROM generate_series(1, 20000) n")
        connection.execute("CREATE INDEX ON t (code)")
        connection.execute("ANALYZE t")
        plan = connection.execute("EXPLAIN SELECT * FROM t WHERE code LIKE '00001%'").fetchall()
        assert "Index Cond" in str(plan)
        row = connection.execute("SELECT upper('é') || lower('Ä')").fetchone()
        assert row == ("Éä",)


def test_a_durable_server_forces_to_disk_and_a_test_server_does_not(data: Path) -> None:
    assert _one(data, "SHOW fsync") == "off"
    with _folder() as folder:
        pgserver.ensure_running(folder)
        settings = [_one(folder, f"SHOW {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")]
        assert settings == ["on", "on", "on"]
        assert _one(folder, "SHOW jit") == "off"


@pytest.mark.crash
def test_after_kill_9_it_starts_again_and_nothing_committed_is_lost() -> None:
    with _folder() as folder:
        pgserver.ensure_running(folder)
        with psycopg.connect(pgserver.dsn(folder), autocommit=True) as connection:
            connection.execute("CREATE TABLE seen (n int)")
        for round_ in range(3):
            with psycopg.connect(pgserver.dsn(folder), autocommit=True) as connection:
                connection.execute("INSERT INTO seen VALUES (%s)", [round_])
            os.kill(_pid(folder), signal.SIGKILL)
            pgserver.ensure_running(folder)
            assert _one(folder, "SELECT count(*) FROM seen") == round_ + 1


@pytest.mark.crash
def test_kill_9_in_the_middle_of_writing_keeps_every_acknowledged_row() -> None:
    with _folder() as folder:
        pgserver.ensure_running(folder)
        acknowledged = 0
        with psycopg.connect(pgserver.dsn(folder), autocommit=True) as connection:
            connection.execute("CREATE TABLE seen (n int)")
            killer = threading.Timer(0.5, os.kill, [_pid(folder), signal.SIGKILL])
            killer.start()
            with contextlib.suppress(psycopg.OperationalError):
                while acknowledged < 1_000_000:
                    connection.execute("INSERT INTO seen VALUES (%s)", [acknowledged])
                    acknowledged += 1
            killer.join()
        pgserver.ensure_running(folder)
        assert _one(folder, "SELECT count(*) FROM seen") in (acknowledged, acknowledged + 1)


def test_a_process_number_given_to_another_program_does_not_keep_it_from_starting() -> None:
    with _folder() as folder, subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        pgserver.ensure_running(folder, durable=False)
        note = pgserver.home(folder) / "data" / "postmaster.pid"
        lines = note.read_text().splitlines()
        pgserver.stop(folder)
        note.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        assert pgserver.status(folder).running is False
        pgserver.ensure_running(folder, durable=False)
        assert pgserver.status(folder).running
        other.communicate(b"\n")


def test_two_starts_at_once_give_one_server() -> None:
    code = "import sys; from yinian.core import pgserver; print(pgserver.start(sys.argv[1], durable=False))"
    with _folder() as folder, ThreadPoolExecutor(4) as pool:
        surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

        def start(_: int) -> str:
            command = [sys.executable, "-c", code, str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, env=surroundings, check=True)
            return done.stdout.strip()

        assert sorted(pool.map(start, range(4))) == ["False", "False", "False", "True"]
        assert pgserver.status(folder).running


def test_an_interrupted_initdb_is_made_anew() -> None:
    with _folder() as folder:
        place = pgserver.home(folder)
        (place / "data.draft" / "base").mkdir(parents=True)
        (place / "data").mkdir()
        (place / "data" / "keep.me").write_text("not a cluster")
        pgserver.ensure_running(folder, durable=False)
        assert pgserver.status(folder).running
        assert [path.read_text() for path in place.glob("data.set-aside-*/keep.me")] == ["not a cluster"]


def test_a_data_folder_with_a_long_path_gets_its_socket_elsewhere() -> None:
    with _folder() as base:
        folder = base / ("a-long-name-" * 6) / "养老 'data'"
        folder.mkdir(parents=True)
        try:
            pgserver.ensure_running(folder, durable=False)
            assert len(os.fsencode(pgserver.socket_folder(folder))) < 80
            assert _one(folder, "SELECT 1") == 1
        finally:
            pgserver.remove(folder)


def test_a_data_folder_closed_to_others_serves_too_and_stays_found_when_its_rights_change() -> None:
    with _folder() as base:
        base.chmod(0o700)
        folder = base / "var"
        pgserver.ensure_running(folder, durable=False)
        place = pgserver.home(folder)
        # PostgreSQL refuses to run as root, and the user it then runs as cannot enter the folder.
        assert place.is_relative_to(pgserver.ROOT_HOME if os.geteuid() == 0 else folder)
        base.chmod(0o755)
        assert pgserver.home(folder) == place
        assert pgserver.start(folder) is False
        pgserver.remove(folder)
        assert not place.exists()


def test_stop_says_whether_anything_ran() -> None:
    with _folder() as folder:
        assert pgserver.stop(folder) is False
        pgserver.ensure_running(folder, durable=False)
        assert pgserver.stop(folder) is True
        assert pgserver.stop(folder) is False
        status = pgserver.status(folder)
        assert (status.made, status.running, status.pid) == (True, False, None)


def test_a_failing_start_names_the_reason_and_the_log() -> None:
    with _folder() as folder:
        pgserver.ensure_running(folder, durable=False)
        pgserver.stop(folder)
        with (pgserver.home(folder) / "data" / "postgresql.conf").open("a") as handle:
            handle.write("shared_buffers = '9999999GB'\n")
        with pytest.raises(pgserver.ServerError, match=r"did not start.*log"):
            pgserver.start(folder)


def test_a_failing_statement_leaves_no_personal_data_in_the_log(data: Path) -> None:
    with psycopg.connect(pgserver.dsn(data)) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT %s::int", ["990000194001010018"])
    with psycopg.connect(pgserver.dsn(data)) as connection:
        connection.execute("CREATE TEMP TABLE u (id text UNIQUE)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO u VALUES ('990000194001010018'), ('990000194001010018')")
    time.sleep(0.2)
    assert "990000194001010018" not in pgserver.status(data).log.read_text()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://yn:p%40ss@db.county:5433/yinian?sslmode=require",
            {"NAME": "yinian", "USER": "yn", "PASSWORD": "p@ss", "HOST": "db.county", "PORT": "5433"},
        ),
        ("postgres:///yinian?host=/run/postgresql", {"NAME": "yinian", "HOST": "/run/postgresql", "PORT": ""}),
    ],
)
def test_a_database_url_becomes_djangos_settings(url: str, expected: dict[str, str]) -> None:
    entry = pgserver.django_database(url, "/nowhere")
    assert {key: entry[key] for key in expected} == expected
    assert "host" not in entry["OPTIONS"]


@pytest.mark.parametrize("url", ["mysql://a/b", "yinian", "postgresql://host"])
def test_a_database_url_of_another_kind_is_refused_with_the_expected_form(url: str) -> None:
    with pytest.raises(pgserver.ServerError, match="postgresql://USER"):
        pgserver.django_database(url, "/nowhere")


def test_a_server_of_ones_own_is_asked_for_its_version(data: Path) -> None:
    assert pgserver.check_version(pgserver.dsn(data)) >= pgserver.MINIMUM_VERSION
    with pytest.raises(pgserver.ServerError, match="does not answer"):
        pgserver.check_version("host=/nowhere dbname=none")
