"""A county run with its stored outcome: the first one and the one after it, stage by stage, against the target.

Run: `./run bench run`, or `python benchmarks/run.py` in the environment. It builds a synthetic county of full size
(137,000 people) in a database of its own beside the standing one, and drops that database afterwards. With
`--here` it measures in the standing database, where a county must be, and adds runs to it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yinian.settings")

TARGET = 5.0  # seconds for a run over the whole county, its outcome stored
COUNTY = "430681"
SCRATCH = "yinian_bench_run"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the people (default: all)")
    parser.add_argument("--nights", type=int, default=3, help="runs after the first one (default 3)")
    parser.add_argument("--here", action="store_true", help="measure in the standing database")
    parser.add_argument("--json", action="store_true", help="one JSON document and nothing else")
    options = parser.parse_args(arguments)

    from yinian.core import pgserver

    if not os.environ.get("DATABASE_URL"):
        pgserver.ensure_running(Path(os.environ.get("YINIAN_DATA", ROOT / "var")).resolve())
    import django

    django.setup()
    measured = _here(options) if options.here else _aside(options)
    if options.json:
        print(json.dumps(measured, ensure_ascii=False))
    else:
        _print(measured)
    return 0


def _here(options: argparse.Namespace) -> dict[str, Any]:
    return _measure(options.nights)


def _aside(options: argparse.Namespace) -> dict[str, Any]:
    """Measure in a database made for it."""
    import tempfile

    from django.conf import settings
    from django.db import connection, connections

    standing = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{SCRATCH}"')
        cursor.execute(f'CREATE DATABASE "{SCRATCH}" TEMPLATE template0')
    connection.close()
    data = settings.DATA
    connections["default"].settings_dict["NAME"] = SCRATCH
    try:
        with tempfile.TemporaryDirectory(dir=data) as folder:  # the same disk as in service
            settings.DATA = Path(folder)
            _fill(options.scale)
            return _measure(options.nights)
    finally:
        settings.DATA = data
        connection.close()
        connections["default"].settings_dict["NAME"] = standing
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{SCRATCH}" WITH (FORCE)')


def _fill(scale: float) -> None:
    """The county without its homes and users: people, circumstances, what they receive."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from yinian.demo import build, load
    from yinian.demo.sources import load_county
    from yinian.engines.population import generate

    call_command("migrate", verbosity=0)
    sources = load_county(COUNTY)
    day = _today()
    population = generate(sources.spec, sources.divisions, build.SEED, scale, day, sources.boundary)
    with transaction.atomic():
        root, _ = build._regions(sources, population.hamlets)
        load.people(population, root, day)
        load.circumstances(population, day)
        load.receipts(population)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _today() -> dt.date:
    from django.utils import timezone

    return timezone.localdate()


def _measure(nights: int) -> dict[str, Any]:
    from django.urls import reverse

    from yinian.entitlements import queries
    from yinian.entitlements.actions import run_now

    reverse("entitlements:overview")  # a worker has long loaded the site when night comes
    last = queries.standing_run(COUNTY)
    day = _today()
    first_day = day - dt.timedelta(days=nights) if last is None else last.as_of
    runs = []
    for night in range(nights + 1):
        as_of = min(first_day + dt.timedelta(days=night), day)
        start = time.perf_counter()
        run = run_now(COUNTY, as_of)
        whole = time.perf_counter() - start
        runs.append({
            "first": run.previous_id is None, "as_of": as_of.isoformat(), "people": run.people,
            "outcomes": run.outcomes, "services": len(run.pack["services"]),
            "written": run.counts["written"], "closed": run.counts["closed"],
            "seconds": round(whole, 2), "stages": run.seconds,
        })  # fmt: skip
    worst = max(run["seconds"] for run in runs)
    return {"machine": _machine(), "target_seconds": TARGET, "runs": runs, "worst_seconds": worst,
            "ratio": round(worst / TARGET, 2)}  # fmt: skip


def _machine() -> str:
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores{load}, Python {platform.python_version()}"


def _print(measured: dict[str, Any]) -> None:
    print(f"County run with stored outcome   ({measured['machine']})")
    for run in measured["runs"]:
        kind = "first run" if run["first"] else "next run"
        print(f"  {kind} as of {run['as_of']}: {run['people']:,} people x {run['services']} services, "
              f"{run['outcomes']:,} outcomes, rows written {run['written']:,}, closed {run['closed']:,}")
        stages = "  ".join(f"{name} {seconds:.2f}" for name, seconds in run["stages"].items() if name != "total")
        print(f"    {run['seconds']:.2f} s   {stages}")
    print(f"  slowest {measured['worst_seconds']:.2f} s of {measured['target_seconds']:.0f} s: "
          f"{measured['ratio']:.2f} of the target")


if __name__ == "__main__":
    sys.exit(main())
