"""The ground of the crash tests: Yinian's own processes on a data folder of their own, and its tables from outside.

`crashkit` is all that the processes know besides Yinian.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg

from yinian.core import pgserver

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SECONDS = 120  # the longest wait for anything; only a failure takes so long


class Ground:
    """The data folder under attack, the processes started on it, and its tables seen from outside."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.started: list[subprocess.Popen[str]] = []
        self.surroundings = {
            **os.environ,
            "YINIAN_DATA": str(data),
            "YINIAN_COUNTY_DATA": str(data / "county"),
            "YINIAN_WORKER_SILENCE": "3",
            "DJANGO_SETTINGS_MODULE": "crashkit.settings",
            "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT / "src"), str(ROOT)]),
        }
        self.surroundings.pop("DATABASE_URL", None)

    def client(self, command: str, given: str = "") -> None:
        done = subprocess.run(
            [sys.executable, "-m", "crashkit.client", command],
            env=self.surroundings, input=given, capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]

    def process(self, *arguments: str, log: str) -> "subprocess.Popen[str]":
        with (self.data / f"{log}.log").open("a") as handle:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env=self.surroundings, stdin=subprocess.DEVNULL, stdout=handle, stderr=handle, text=True,
            )  # fmt: skip
        self.started.append(process)
        return process

    def worker(self) -> "subprocess.Popen[str]":
        return self.process("yinian.cli", "worker", log="worker")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(pgserver.dsn(self.data), autocommit=True) as connection:
            return connection.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def log(self, name: str) -> str:
        path = self.data / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait(SECONDS)


def until(condition: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited too long; {what()}"
        time.sleep(0.1)


def assert_chain_is_whole(ground: Ground) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "yinian.cli", "verify-audit", "--json"],
        env=ground.surroundings, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    verdict = json.loads(done.stdout)
    assert verdict["whole"] and verdict["rows"] == ground.one("SELECT count(*) FROM core_auditrow")


def served(ground: Ground) -> "tuple[subprocess.Popen[str], int]":
    """The whole platform, served at a free port; returns once it runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    serving = ground.process("yinian.cli", "serve", "--port", str(port), log="serve")
    until(lambda: "Yinian runs at" in ground.log("serve") or serving.poll() is not None, lambda: ground.log("serve"))
    assert serving.poll() is None, ground.log("serve")[-3000:]
    return serving, port


def children(process: "subprocess.Popen[str]") -> dict[str, psutil.Process]:
    """The served platform's web server and worker, as far as they run."""
    found = {}
    for child in psutil.Process(process.pid).children():
        try:
            found["web" if "gunicorn" in child.cmdline() else "worker"] = child
        except psutil.Error:
            continue
    return found


def answers(port: int) -> bool:
    """Whether the site's first page is there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
