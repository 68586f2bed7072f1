"""Keeps PostgreSQL, the web server and the worker running, and stops them together. What they do is not its concern.

One supervisor to a data folder. A child that dies is started again, ever more slowly while it keeps dying.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from yinian.cli.platform import CannotStart, data_folder, own_database, say
from yinian.core import pgserver

READY_SECONDS = 90
STOP_SECONDS = 20
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0  # a child that lived this long starts with a short pause again
LOG_LIMIT = 20 * 2**20
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process under supervision, its log and its history."""

    name: str
    command: list[str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    pause: float = 1.0
    again_at: float = 0.0
    starts: int = field(default=0)

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops the children in order
                preexec_fn=_die_with_parent(),
            )
        self.started, self.starts = time.monotonic(), self.starts + 1

    def died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def last_words(self, lines: int = 12) -> str:
        text = self.log.read_text("utf-8", "replace").splitlines() if self.log.exists() else []
        return "\n".join(f"    {line}" for line in text[-lines:])


class Supervisor:
    """Takes the data folder for itself, starts what is asked for, and watches it until told to stop."""

    def __init__(self) -> None:
        self.data = data_folder()
        self.children: list[Child] = []
        self._lock: IO[str] | None = None
        self._stopping = False
        self._keeps_database = False

    # --- the data folder ---

    def take(self, host: str, port: int) -> None:
        """Become the one supervisor of the data folder; CannotStart when there is one, or the port is in use."""
        self.take_data()
        _check_port(host, port)
        self._note({"pid": os.getpid(), "address": address(host, port)})

    def take_data(self) -> None:
        """The data folder alone, without a port."""
        try:
            handle = open(self.data / "serve.lock", "a+", encoding="utf-8")  # noqa: SIM115 - held until the end
        except PermissionError:
            raise CannotStart(
                f"{self.data} is kept by another user. Run Yinian as that user, or set YINIAN_DATA to a folder of "
                "your own."
            ) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            text = handle.read()
            handle.close()
            other = json.loads(text) if text else {}
            where = f" at {other['address']}" if "address" in other else ""
            who = f" (process {other['pid']}). Stop it with Ctrl-C there, or: kill {other['pid']}" if other else "."
            raise CannotStart(f"Yinian is at work on {self.data} already{where}{who}") from None
        self._lock = handle
        self._note({"pid": os.getpid()})

    def _note(self, about: dict[str, object]) -> None:
        assert self._lock is not None
        self._lock.seek(0)
        self._lock.truncate(0)
        self._lock.write(json.dumps(about))
        self._lock.flush()

    def keep_database(self, started: bool) -> None:
        """Look after our own server from now on, and stop it at the end.

        A server that ran before us is left alone, unless an earlier supervisor that was killed has left it.
        """
        note = self.data / "postgres.keeper"
        if own_database() and (started or note.exists()):
            self._keeps_database = True
            note.write_text(f"{os.getpid()}\n", "utf-8")

    # --- children ---

    def add(self, name: str, command: Sequence[str]) -> Child:
        logs = self.data / "log"
        logs.mkdir(exist_ok=True)
        child = Child(name, list(command), logs / f"{name}.log")
        self.children.append(child)
        child.start()
        return child

    def wait_ready(self, child: Child, url: str) -> None:
        """Until the web server answers; CannotStart with its last words when it dies instead."""
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(url):
            if self._stopping:
                return
            if child.died() or time.monotonic() > deadline:
                state = "stopped" if child.died() else f"did not answer within {READY_SECONDS} s"
                raise CannotStart(f"The {child.name} server {state}. From {child.log}:\n{child.last_words()}")
            time.sleep(0.1)

    def watch(self) -> None:
        """Until a signal says stop: start again what has died."""
        next_look = time.monotonic() + 2
        while not self._stopping:
            for child in self.children:
                self._revive(child)
            if self._keeps_database and time.monotonic() > next_look:
                next_look = time.monotonic() + 2
                self._revive_database()
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop the children (SIGTERM, after a while SIGKILL), then PostgreSQL if it is ours."""
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if self._keeps_database:
            pgserver.stop(self.data)
            (self.data / "postgres.keeper").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()

    def on_signals(self) -> None:
        """Ctrl-C, kill and a closed terminal all end in an orderly stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop_soon())

    @property
    def stopping(self) -> bool:
        return self._stopping

    def _stop_soon(self) -> None:
        self._stopping = True

    def _revive(self, child: Child) -> None:
        if not child.died():
            return
        now = time.monotonic()
        if not child.again_at:
            assert child.process is not None
            if now - child.started > STEADY_AFTER:
                child.pause = 1.0
            child.again_at = now + child.pause
            ended = child.process.returncode
            say(f"The {child.name} process ended ({ended}); again in {child.pause:.0f} s. Its log: {child.log}")
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
        elif now >= child.again_at:
            child.again_at = 0.0
            child.start()

    def _revive_database(self) -> None:
        if pgserver.alive(self.data):
            return
        say("PostgreSQL has stopped; starting it again.")
        try:
            pgserver.start(self.data)
        except pgserver.ServerError as error:
            say(f"{error}")


def serve(host: str, port: int, prepare: Callable[[Supervisor], None], announce: Callable[[str], None]) -> int:
    """The whole life of a served data folder: take it, prepare it, run web and worker, stop all.

    ``prepare`` brings the database up and fills it; ``announce`` is told the address once it answers.
    """
    supervisor = Supervisor()
    try:
        supervisor.take(host, port)
        # Until the children run, every signal breaks the preparation off as Ctrl-C does.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        prepare(supervisor)
        supervisor.on_signals()
        web = supervisor.add("web", _web_command(host, port))
        supervisor.add("worker", [sys.executable, "-m", "yinian.cli", "worker"])
        supervisor.wait_ready(web, f"{address(host, port)}/")
        if not supervisor.stopping:
            announce(address(host, port))
        supervisor.watch()
        say("\nStopping ...")
        return 0
    finally:
        supervisor.stop()


def address(host: str, port: int) -> str:
    """What to type into a browser on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"


def _web_command(host: str, port: int) -> list[str]:
    workers = min(4, max(2, os.cpu_count() or 1))
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    command = [sys.executable, "-m", "gunicorn", "yinian.wsgi:application", "--bind", bind]
    command += ["--worker-class", "gthread", "--workers", str(workers), "--threads", "4", "--timeout", "120"]
    # A worker lets its memory go after a while; the control socket would be written under the home folder.
    command += ["--max-requests", "20000", "--max-requests-jitter", "2000", "--no-control-socket"]
    return [*command, "--graceful-timeout", "10", "--access-logfile", "/dev/null"]


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} on {host} cannot be used: {error.strerror}. Take another with --port, such as --port "
                f"{port + 1}"
            ) from None


def _answers(url: str) -> bool:
    try:
        # The proxy that the environment may name has no business on this machine's own address.
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=20).close()
        return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux a child gets SIGTERM when the supervisor is killed, so that no port stays taken."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def set_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return set_signal


def guarded(action: Callable[[], int]) -> int:
    """Run a command of the platform; what stops it from starting becomes one message and an exit code."""
    try:
        return action()
    except CannotStart as error:
        print(error, file=sys.stderr, flush=True)
        return error.code
    except KeyboardInterrupt:
        return 130
