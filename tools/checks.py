"""`./run test` and `./run lint`: every check of the developers' guide, cheap ones first. Standard library only."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import chromium
import environment
import java
import locks
import vendor

ROOT = environment.ROOT
LONGEST_FINDING = 40  # lines
Check = Callable[[], str]  # an empty text is a pass, anything else is the finding


def test(arguments: Sequence[str]) -> int:
    """All checks, then pytest with ``arguments``; its summary closes the output. 1 when anything failed."""
    if _run([("environment", lambda: _environment(spark=True))]):
        return 1
    # The types take as long as all the rest: they have a core of their own.
    quick = _quick(_surroundings())
    failed = _run([("chromium", _chromium), ("java", _java), *quick[:-1]], quick[-1:])
    surroundings = _surroundings()
    if failed:
        print(f"\nNot in order: {', '.join(failed)} (above). The tests follow.\n", flush=True)
    workers = [] if any(a.startswith(("-n", "--pdb")) for a in arguments) else ["-n", "2", "--dist", "loadgroup"]
    command = [str(environment.PYTHON), "-m", "pytest", *workers, *arguments]
    was_running = _database("alive", surroundings)
    code = subprocess.run(command, cwd=ROOT, env=surroundings).returncode
    if not was_running:
        _database("stop", surroundings)
    # When all is well pytest's own summary stays the last thing that is said.
    if failed:
        print(f"Not in order besides: {', '.join(failed)}", file=sys.stderr, flush=True)
    return code or (1 if failed else 0)


def lint() -> int:
    """The checks that need neither a database nor a browser."""
    if _run([("environment", _environment)]):
        return 1
    quick = _quick(_surroundings())
    return 1 if _run(quick[:-1], quick[-1:]) else 0


def _quick(surroundings: dict[str, str]) -> list[tuple[str, Check]]:
    python = str(environment.PYTHON)
    tool = str(environment.PYTHON.parent)
    # Only the models are compared with the files: no server runs yet, and none is needed.
    migrations = [python, "-W", "ignore", "-m", "django", "makemigrations", "--check", "--dry-run"]
    migrations += ["--settings", "yinian.settings"]
    return [
        ("locks", lambda: "\n".join(fault for kind in environment.LOCKS for fault in locks.check(kind))),
        ("vendored assets", lambda: "\n".join(vendor.check())),
        ("ruff", _command([f"{tool}/ruff", "check", "--quiet", "--output-format", "concise", "."], surroundings)),
        ("floors (import-linter)", _command([f"{tool}/lint-imports", "--no-cache"], surroundings)),
        ("translations", _command([python, "tools/messages.py", "--check"], surroundings)),
        ("migrations", _command(migrations, surroundings)),
        ("types (mypy)", _command([f"{tool}/mypy"], surroundings)),
    ]


def _environment(spark: bool = False) -> str:
    try:
        environment.ensure(dev=True, spark=spark)
    except environment.CannotMake as error:
        return str(error)
    return ""


def _chromium() -> str:
    return chromium.ensure(environment.VENV / "apt.log")


def _java() -> str:
    return java.ensure(environment.VENV / "apt.log")


def _database(question: str, surroundings: dict[str, str]) -> bool:
    """Ask or tell the PostgreSQL of the tests: ``alive`` or ``stop``."""
    script = f"import sys; from yinian.core import pgserver; sys.exit(not pgserver.{question}(sys.argv[1]))"
    command = [str(environment.PYTHON), "-c", script, surroundings["YINIAN_DATA"]]
    return subprocess.run(command, env=surroundings, capture_output=True).returncode == 0


def _command(command: list[str], surroundings: dict[str, str]) -> Check:
    def run() -> str:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        return "" if done.returncode == 0 else done.stdout.strip() or f"exit {done.returncode}"

    return run


def _run(*lanes: Sequence[tuple[str, Check]]) -> list[str]:
    """Runs the checks of each lane one after the other, and the lanes side by side; tells of each as it ends.

    Returns the names of those that failed.
    """
    failed = []

    def along(lane: Sequence[tuple[str, Check]]) -> None:
        for name, check in lane:
            start = time.monotonic()
            finding = check()
            told = f"{name:<26}{'FAILED' if finding else 'ok':<8}{time.monotonic() - start:6.1f} s"
            if finding:
                failed.append(name)
                told += "\n" + _shortened(name, finding)
            print(told, flush=True)

    with ThreadPoolExecutor(len(lanes)) as threads:
        for done in [threads.submit(along, lane) for lane in lanes]:
            done.result()
    return failed


def _shortened(name: str, finding: str) -> str:
    """The finding, indented; of a very long one the beginning, and where the whole of it lies."""
    lines = finding.splitlines()
    shown = [f"    {line}" for line in lines[:LONGEST_FINDING]]
    if len(lines) > LONGEST_FINDING:
        whole = environment.VENV / f"{name.split()[0]}.log"
        whole.write_text(finding + "\n", "utf-8")
        shown.append(f"    ... and {len(lines) - LONGEST_FINDING} lines more: {whole.relative_to(ROOT)}")
    return "\n".join(shown)


def _surroundings() -> dict[str, str]:
    """The environment of a test run: a data folder of its own, never the one that a person works in."""
    data = ROOT / "var" / "test"
    data.mkdir(parents=True, exist_ok=True)
    surroundings = {**os.environ, "YINIAN_DATA": str(data)}
    # Hundreds of processes are started: where none may keep what it compiles, each compiles all of Yinian anew.
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    if browser := chromium.find():
        surroundings["YINIAN_CHROMIUM"] = browser
    return surroundings
