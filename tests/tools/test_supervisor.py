"""The supervisor: one to a data folder, revives what dies, stops everything in order, and says why it cannot start."""

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from yinian.cli import demo, platform, serve, supervisor
from yinian.core import pgserver

SECONDS = 90
# The platform's own parts are not under test here: a plain web server and a sleeper stand in for them.
PROGRAM = """
import sys
from yinian.cli import platform, supervisor
supervisor._web_command = lambda host, port: [
    sys.executable, "-m", "http.server", "--bind", host, str(port), "-d", "/usr/share/misc"]
def prepare(keeper):
    keeper.keep_database(platform.start_database())
port = int(sys.argv[1])
real = supervisor.Supervisor.add
def add(self, name, command):
    if name == "worker":
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
    return real(self, name, command)
supervisor.Supervisor.add = add
sys.exit(supervisor.guarded(lambda: supervisor.serve("127.0.0.1", port, prepare, lambda a: platform.say("ready"))))
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="yn-", dir="/tmp"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        pgserver.remove(made)
        subprocess.run(["rm", "-rf", str(made)], check=True)


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []

    def begin(port: int) -> "subprocess.Popen[str]":
        surroundings = {**os.environ, "YINIAN_DATA": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
        surroundings.pop("DATABASE_URL", None)
        command = [sys.executable, "-u", "-c", PROGRAM, str(port)]
        process = subprocess.Popen(
            command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(SECONDS)
        if process.stdout:
            process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def _line(process: "subprocess.Popen[str]", words: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return line
    raise AssertionError(f"ended without saying '{words}'")


def _children(process: "subprocess.Popen[str]") -> dict[str, psutil.Process]:
    found = {}
    for child in psutil.Process(process.pid).children():
        with contextlib.suppress(psutil.Error):
            found["web" if "http.server" in child.cmdline() else "worker"] = child
    return found


def _answers(port: int) -> bool:
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(f"http://127.0.0.1:{port}/", timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.crash
def test_web_worker_and_database_come_back_when_killed_and_all_stop_together(
    folder: Path, start: Callable[[int], "subprocess.Popen[str]"]
) -> None:
    port = _free_port()
    process = start(port)
    _line(process, "ready")
    before = _children(process)
    database = pgserver.status(folder).pid
    assert database is not None
    for child in before.values():
        child.kill()
    os.kill(database, signal.SIGKILL)

    def back() -> bool:
        now = _children(process)
        new = {name: child.pid for name, child in now.items() if before[name].pid != child.pid}
        return new.keys() == before.keys() and pgserver.status(folder).running and _answers(port)

    _until(back)
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS) == 0
    assert not pgserver.alive(folder)
    assert not _answers(port)


@pytest.mark.crash
def test_after_kill_9_of_the_supervisor_nothing_keeps_the_port_and_the_next_one_stops_the_database(
    folder: Path, start: Callable[[int], "subprocess.Popen[str]"]
) -> None:
    port = _free_port()
    first = start(port)
    _line(first, "ready")
    children = list(_children(first).values())
    first.kill()
    first.wait(SECONDS)
    _until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))
    assert pgserver.alive(folder)
    second = start(port)
    _line(second, "ready")
    second.terminate()
    assert second.wait(SECONDS) == 0
    assert not pgserver.alive(folder)


def test_a_second_start_on_the_same_data_is_told_where_the_first_runs(
    folder: Path, start: Callable[[int], "subprocess.Popen[str]"]
) -> None:
    port = _free_port()
    first = start(port)
    _line(first, "ready")
    second = start(_free_port())
    said = _line(second, "already")
    assert f"http://127.0.0.1:{port}" in said and f"kill {first.pid}" in said
    assert second.wait(SECONDS) == 1
    assert first.poll() is None and _answers(port)


def test_a_port_in_use_is_named_with_the_option_that_helps(
    folder: Path, start: Callable[[int], "subprocess.Popen[str]"]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(port)
        assert f"--port {port + 1}" in _line(process, f"Port {port}")
        assert process.wait(SECONDS) == 1
    assert not pgserver.status(folder).made, "nothing was begun"


@pytest.mark.parametrize("text", ["0", "65536", "-1", "eighty", "80.5"])
def test_a_port_is_a_number_in_range(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="1 to 65535"):
        serve.port(text)


@pytest.mark.parametrize("text", ["0", "-0.1", "1.5", "nan", "inf", "all"])
def test_a_scale_is_a_share(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="above 0 and up to 1"):
        demo.scale(text)


def test_reset_touches_nothing_but_a_demo(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    pgserver.ensure_running(folder, durable=False)
    (folder / "kept.txt").write_text("a real county")
    with pytest.raises(platform.CannotStart, match="holds no demo"):
        demo._clear(folder, reset=True)
    assert pgserver.alive(folder) and (folder / "kept.txt").exists()
    (folder / demo.MARKER).write_text(json.dumps({"state": "built"}))
    demo._clear(folder, reset=False)
    assert pgserver.alive(folder) and (folder / "kept.txt").exists()
    demo._clear(folder, reset=True)
    assert {path.name for path in folder.iterdir()} <= demo.KEPT


def test_a_demo_whose_building_was_broken_off_is_built_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (folder / demo.MARKER).write_text(json.dumps({"state": "building"}))
    (folder / "snapshots").mkdir()
    demo._clear(folder, reset=False)
    assert demo.marker(folder) is None and not (folder / "snapshots").exists()


def test_a_demo_in_a_database_of_ones_own_is_never_dropped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://county/yinian")
    (folder / demo.MARKER).write_text(json.dumps({"state": "built"}))
    with pytest.raises(platform.CannotStart, match="Drop and create that database yourself"):
        demo._clear(folder, reset=True)
    assert demo.marker(folder) == {"state": "built"}


def test_a_server_of_ones_own_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/yinian")
    with pytest.raises(platform.CannotStart, match="does not answer"):
        platform.start_database()


def test_the_address_can_be_typed_into_a_browser() -> None:
    assert supervisor.address("0.0.0.0", 80) == "http://127.0.0.1:80"
    assert supervisor.address("::", 80) == "http://[::1]:80"
    assert supervisor.address("::1", 80) == "http://[::1]:80"
