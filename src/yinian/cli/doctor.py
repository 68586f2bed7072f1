"""`doctor`: one screen that says what is in order here, what is not, and the exact command that mends it.

It looks and changes nothing, and no finding keeps it from looking at the rest.
"""

import argparse
import importlib.util
import json
import os
import platform as machine
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import psutil
import psycopg

from yinian.cli import demo, platform, translations
from yinian.cli.tooling import tool
from yinian.core import pgserver, scalefiles
from yinian.engines.scale import ScaleError

GIB = 2**30
# The demo at full size takes about 2 GB; PostgreSQL needs room for its log besides.
DISK_WANTED = 5 * GIB
DISK_LEAST = 1 * GIB
MEMORY_WANTED = 4 * GIB
MEMORY_LEAST = 2 * GIB
WORKER_SILENT_AFTER = 60  # seconds


@dataclass(frozen=True)
class Finding:
    """One line: ``ok``, ``note`` (works, but could be better), ``idle`` (not running) or ``missing``."""

    name: str
    state: str
    finding: str
    mend: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document instead of the table")


def run(args: argparse.Namespace) -> int:
    found = list(findings())
    ok = all(finding.state != "missing" for finding in found)
    if args.json:
        print(json.dumps({"ok": ok, "findings": [asdict(finding) for finding in found]}, ensure_ascii=False, indent=1))
    else:
        _print(found, ok)
    return 0 if ok else 1


def findings() -> Iterator[Finding]:
    """Every finding, in the order in which things depend on each other."""
    for look in (_python, _environment, _disk, _memory, _assets, _translations, _scales, _data):
        yield _safely(look)
    database = _safely(_postgresql)
    yield database
    if database.state == "ok":
        yield _safely(_migrations)
        yield _safely(_worker)
    for look in (_served, _chromium, _fonts, _spark):
        yield _safely(look)


def _safely(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:  # a broken part must not hide the state of the others
        name = look.__name__.strip("_")
        return Finding(name, "missing", f"could not be looked at: {' '.join(str(error).split())[:160]}")


def _python() -> Finding:
    return Finding("Python", "ok", f"{machine.python_version()} on {machine.system()} {machine.machine()}")


def _environment() -> Finding:
    tool = platform.ROOT / "tools" / "environment.py"
    done = subprocess.run([sys.executable, str(tool)], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    if said["ready"]:
        return Finding("environment", "ok", said["state"])
    return Finding("environment", "missing", said["state"], "./run env")


def _disk() -> Finding:
    folder = platform.data_folder()
    free = shutil.disk_usage(folder).free
    words = f"{free / GIB:.1f} GiB free at {folder}"
    if free < DISK_LEAST:
        return Finding("disk", "missing", words, "free some space, or set YINIAN_DATA to a larger disk")
    return Finding("disk", "ok" if free >= DISK_WANTED else "note", words)


def _memory() -> Finding:
    memory = psutil.virtual_memory()
    words = f"{memory.total / GIB:.1f} GiB, {memory.available / GIB:.1f} GiB of it free; {os.cpu_count()} cores"
    if memory.total < MEMORY_LEAST:
        return Finding("memory", "missing", words, "a machine with 4 GiB, or ./run demo --scale 0.1")
    return Finding("memory", "ok" if memory.total >= MEMORY_WANTED else "note", words)


def _assets() -> Finding:
    vendor = tool("vendor")
    faults = vendor.check()
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        return Finding("assets", "missing", f"{faults[0]}{more}", "git checkout -- assets/vendor")
    return Finding("assets", "ok", "every vendored file is as locked")


def _scales() -> Finding:
    try:
        found = list(scalefiles.overlaid())
    except ScaleError as error:
        return Finding("scales", "missing", str(error), "./run yinian scale check")
    own = sum(scale.wording is not None or scale.confirmation is not None for _, scale in found)
    idle = sorted({scale.id for _, scale in found if not scale.decisive})
    waiting = f"; {', '.join(idle)} to be confirmed by the county" if idle else ""
    return Finding("scales", "ok", f"{len(scalefiles.scale_ids())} scales, the county's own files for {own}{waiting}")


def _translations() -> Finding:
    stale, count = translations.stale(), len(translations.catalogues())
    if stale:
        return Finding("translations", "note", f"{len(stale)} of {count} are compiled at the next start")
    return Finding("translations", "ok", f"{count} rooms compiled")


def _data() -> Finding:
    folder = platform.data_folder()
    found = demo.marker(folder)
    if found is None:
        return Finding("data", "ok", f"{folder}, not a demo")
    if found.get("state") != "built":
        return Finding("data", "note", f"{folder}: a demo that was not finished", "./run demo")
    words = f"{folder}: demo of {found.get('county')}, scale {found.get('scale')}"
    return Finding("data", "ok", words)


def _postgresql() -> Finding:
    if not platform.own_database():
        try:
            version = pgserver.check_version(os.environ["DATABASE_URL"])
            return Finding("PostgreSQL", "ok", f"version {version}, your own")
        except pgserver.ServerError as error:
            return Finding("PostgreSQL", "missing", str(error), "set DATABASE_URL right (docs/operate.md)")
    status = pgserver.status(platform.data_folder())
    if status.running:
        words = f"{status.version}, process {status.pid}, {status.size_bytes / GIB:.2f} GiB at {status.home}"
        return Finding("PostgreSQL", "ok", words)
    if status.pid is not None:
        return Finding("PostgreSQL", "missing", f"process {status.pid} does not answer", f"see {status.log}")
    if status.made:
        return Finding("PostgreSQL", "idle", f"not running; its data is at {status.home}", "./run serve")
    pgserver.binaries(platform.data_folder())
    return Finding("PostgreSQL", "idle", "not made yet", "./run demo (or ./run serve)")


def _migrations() -> Finding:
    platform.setup_django()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    steps = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    platform.close_connections()
    if steps:
        return Finding("tables", "missing", f"{steps} steps behind", "stop it and start it again: ./run serve")
    return Finding("tables", "ok", "up to date")


def _worker() -> Finding:
    with psycopg.connect(_conninfo(), connect_timeout=5) as connection:
        row = connection.execute(
            "SELECT count(*), extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers"
        ).fetchone()
    count, silent = row if row else (0, None)
    if not count or silent is None:
        return Finding("worker", "idle", "none is running: jobs wait", "./run serve (or ./run worker)")
    if silent > WORKER_SILENT_AFTER:
        return Finding("worker", "idle", f"silent for {silent:.0f} s: jobs wait", "./run serve (or ./run worker)")
    return Finding("worker", "ok", f"{count} known, heard of {silent:.0f} s ago")


def _served() -> Finding:
    lock = platform.data_folder() / "serve.lock"
    text = lock.read_text("utf-8") if lock.exists() else ""
    about = json.loads(text) if text else {}
    if about.get("address") and psutil.pid_exists(about["pid"]):
        return Finding("site", "ok", f"at {about['address']}, process {about['pid']}")
    return Finding("site", "idle", "not served", "./run serve")


def _chromium() -> Finding:
    chromium = tool("chromium")
    path = chromium.find()
    if path is None:
        return Finding("chromium", "note", "none; only the tests need it", chromium.install_command())
    return Finding("chromium", "ok", path)


def _fonts() -> Finding:
    chromium = tool("chromium")
    if not chromium.has_chinese_font():
        return Finding("fonts", "note", "no Chinese font; only the tests need it", chromium.install_command())
    return Finding("fonts", "ok", "Chinese characters can be drawn")


def _spark() -> Finding:
    if importlib.util.find_spec("pyspark") is None:
        return Finding("Spark", "note", "none; only entitle --engine spark needs it", "./run env --spark")
    java = tool("java")
    home = java.find()
    if home is None:
        return Finding("Spark", "note", "PySpark without Java", java.install_command())
    return Finding("Spark", "ok", f"PySpark {version('pyspark')}, Java {java.version(home)} at {home}")


def _conninfo() -> str:
    return pgserver.dsn(platform.data_folder()) if platform.own_database() else os.environ["DATABASE_URL"]


def _print(found: list[Finding], ok: bool) -> None:
    marks = {"ok": "ok", "note": "note", "idle": "idle", "missing": "MISSING"}
    width = max(len(finding.name) for finding in found)
    for finding in found:
        print(f"  {marks[finding.state]:<8} {finding.name:<{width}}  {_short(finding.finding)}")
        if finding.mend:
            print(f"  {'':<8} {'':<{width}}  mend: {finding.mend}")
    print("\nAll that is needed is here." if ok else "\nSomething is missing; see above.")


def _short(text: str) -> str:
    home = str(Path.home())
    return text.replace(home, "~") if home != "/" else text
