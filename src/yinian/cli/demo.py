"""`demo`: a whole synthetic county, built once, then served. How it is built stands in the demo room."""

import argparse
import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from yinian.cli import platform, serve, supervisor
from yinian.cli.platform import CannotStart, say
from yinian.core import pgserver

MARKER = "demo.json"
# What stays when a demo is wiped: held locks, logs, and the data of a test run.
KEPT = {"serve.lock", "postgres.lock", "log", "test"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--county", default=None, metavar="PATH", help="a pack such as cn/hunan, a code, or a folder of figures"
    )
    parser.add_argument("--scale", type=scale, default=None, help="part of the people, above 0 up to 1 (default: 1)")
    parser.add_argument("--seed", type=int, default=None, help="the same seed gives the same county")
    parser.add_argument("--no-serve", action="store_true", help="build, print the logins, and stop")
    parser.add_argument("--reset", action="store_true", help="delete the demo that is there and build it anew")
    parser.add_argument(
        "--plans", type=Path, default=None, metavar="DIR",
        help="also take in the plan documents of a folder (.txt .html .docx .pdf), to be reviewed",
    )
    serve.add_address(parser)


def scale(text: str) -> float:
    """A share of the county's people."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"a scale is a number above 0 and up to 1, not '{text}'")
    return value


def run(args: argparse.Namespace) -> int:
    def prepare(keeper: supervisor.Supervisor) -> None:
        data = platform.data_folder()
        if args.plans is not None and not args.plans.is_dir():
            raise CannotStart(f"--plans {args.plans}: there is no such folder", code=2)
        _clear(data, args.reset)
        if platform.own_database() and not pgserver.status(data).made:
            # Before anything is there: a first start that is broken off leaves a demo, not an unknown county.
            _write(data, {"state": "building"})
        serve.prepare(keeper)
        _fill(data, args)
        if args.plans is not None:
            _take_in_plans(args.plans)
        platform.close_connections()

    def build_only() -> int:
        keeper = supervisor.Supervisor()
        try:
            keeper.take_data()
            prepare(keeper)
            _print_logins()
            platform.close_connections()
        finally:
            keeper.stop()
        say("The demo is built. ./run demo serves it.")
        return 0

    def announce(address: str) -> None:
        say(f"\n  Yinian runs at {address}    (data: {platform.data_folder()}; Ctrl-C stops it)\n")
        _print_logins()
        platform.close_connections()

    if args.no_serve:
        return supervisor.guarded(build_only)
    return supervisor.guarded(lambda: supervisor.serve(args.host, args.port, prepare, announce))


def marker(data: Path) -> dict[str, Any] | None:
    """What is written down about the demo in this data folder; None when it holds no demo."""
    try:
        found = json.loads((data / MARKER).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        return {"state": "unreadable"}
    return found if isinstance(found, dict) else {"state": "unreadable"}


def _clear(data: Path, reset: bool) -> None:
    """Delete the demo if that is asked for, or if its building was interrupted. Never anything but a demo."""
    found = marker(data)
    if found is None:
        if reset and platform.own_database() and pgserver.status(data).made:
            raise CannotStart(f"{data} holds no demo, so --reset does not touch it. Set YINIAN_DATA to another folder.")
        return
    half_made = found.get("state") != "built"
    if not reset and not half_made:
        return
    if not platform.own_database():
        if reset:
            raise CannotStart(
                "The demo lies in the database of DATABASE_URL. Drop and create that database yourself, delete "
                f"{data / MARKER}, then run this again."
            )
        (data / MARKER).unlink()
        return
    say("Deleting the demo ..." if reset else "The demo was not finished last time; building it anew.")
    pgserver.remove(data)
    for path in data.iterdir():
        # The marker goes last: until then the folder is known to hold a demo.
        if path.name in KEPT or path.name == MARKER:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    (data / MARKER).unlink()


def _fill(data: Path, args: argparse.Namespace) -> None:
    """Build the county unless it is there; the demo room itself refuses where other people may be."""
    from yinian.demo import build
    from yinian.demo.sources import SourceError
    from yinian.engines.population.divisions import DivisionError
    from yinian.engines.population.spec import SpecError

    found = marker(data)
    if (found is not None and found.get("state") == "built") or build.is_built():
        _tell_differences(found or {}, args)
        return
    options = {key: getattr(args, key) for key in ("county", "scale", "seed") if getattr(args, key) is not None}
    _write(data, options | {"state": "building"})
    begun = time.monotonic()
    say("Building the demo county ...")
    try:
        with _progress() as progress:
            made = build.build_demo(**options, progress=progress)
    except build.NotEmpty as error:
        (data / MARKER).unlink()
        raise CannotStart(f"No demo is built here: {error}. What is there is served by: ./run serve") from None
    except (SourceError, SpecError, DivisionError) as error:
        raise CannotStart(f"The county {args.county or 'of the demo'} cannot be built: {error}", code=2) from None
    seconds = time.monotonic() - begun
    _write(data, {"county": args.county or made.region_id, "scale": made.scale, "seed": made.seed, "state": "built"})
    say(f"Built in {seconds:.0f} s: {made.people:,} people.")


def _take_in_plans(folder: Path) -> None:
    """Take in the plan documents of a folder. One that cannot be read is said and stops nothing."""
    from django.utils import translation

    from yinian.demo import plans
    from yinian.demo.models import DemoBuild

    made = DemoBuild.objects.select_related("region").first()
    officer = plans.officer_of(made.region) if made is not None else None
    if made is None or officer is None:
        raise CannotStart("Plan documents are taken in by the demo's bureau officer, and there is none.")
    say(f"Reading the plan documents of {folder} ...")
    with translation.override("zh-hans"), _progress() as progress:
        told = list(plans.load_folder(officer, made.region, folder, progress))
    for name, words in told:
        say(f"  {name}  {words}")
    if not told:
        say("  none found: expected .txt .html .docx or .pdf")


def _tell_differences(found: dict[str, Any], args: argparse.Namespace) -> None:
    asked = {key: getattr(args, key) for key in ("county", "scale", "seed")}
    other = [key for key, value in asked.items() if value is not None and key in found and value != found[key]]
    if other:
        words = ", ".join(f"{key} {found[key]}" for key in other)
        say(f"The data folder holds a demo with {words}; it is kept. To build another: --reset")


def _write(data: Path, note: dict[str, Any]) -> None:
    draft = data / f".{MARKER}.{os.getpid()}"
    draft.write_text(json.dumps(note, ensure_ascii=False, indent=1) + "\n", "utf-8")
    draft.replace(data / MARKER)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """``progress(stage, done, total)``: one bar on a terminal; elsewhere a line for each stage that is over."""
    if not sys.stdout.isatty():
        running: list[tuple[str, float]] = []

        def plain(stage: str, done: int, total: int) -> None:
            now = time.monotonic()
            if running and running[0][0] == stage:
                return
            if running:
                say(f"  {now - running[0][1]:6.1f} s  {running[0][0]}")
            running[:] = [(stage, now)]

        yield plain
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    stage_words = TextColumn("{task.description}")
    with Progress(SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), stage_words) as bar:
        task = bar.add_task("")
        yield lambda stage, done, total: bar.update(task, description=stage, completed=done, total=total)


def _print_logins() -> None:
    from rich.console import Console
    from rich.table import Table

    from yinian.demo import build

    rows = [dict(row) for row in build.logins()]
    if not rows:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 2))
    for column in rows[0]:
        table.add_column(column, no_wrap=True)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else 120, highlight=False).print(table)
