"""`backup`: the whole county in one file: the database as of one moment, attachments, snapshots and keys.

The file opens everything, keys included: keep it as you would keep the register itself. `restore` is its
counterpart and reads the layout that is written here.
"""

import argparse
import datetime as dt
import hashlib
import json
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

from yinian.cli import platform, supervisor
from yinian.cli.platform import CannotStart, say
from yinian.core import pgserver

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
FILES = "files"
# What a restored county makes anew, or must not inherit.
LEFT_OUT = {"postgres", "postgres.location", "postgres.lock", "postgres.keeper", "serve.lock", "log", "tmp", "test"}
LEFT_OUT |= {"static", "backups"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, help="default: backups/yinian-DATE-TIME.tar in the data folder")


def run(args: argparse.Namespace) -> int:
    def work() -> int:
        data = platform.data_folder()
        stamp = dt.datetime.now().strftime("%Y%m%d-%H%M%S")
        target = (args.file or data / "backups" / f"yinian-{stamp}.tar").resolve()
        if target.exists():
            raise CannotStart(f"{target} is there already; a backup never overwrites a file.", code=2)
        with platform.database():
            size = write(data, target)
        say(f"{target} ({size / 1e6:.1f} MB). It holds the keys too: keep it safe. Back in: ./run yinian restore FILE")
        return 0

    return supervisor.guarded(work)


def conninfo(data: Path) -> str:
    """The connection string of the county's database, our own or the one of ``DATABASE_URL``."""
    return pgserver.dsn(data) if platform.own_database() else os.environ["DATABASE_URL"]


def write(data: Path, target: Path) -> int:
    """Write the backup and return its size in bytes; nothing lies at ``target`` unless it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as scratch:
        dump, draft = Path(scratch) / DUMP, Path(scratch) / "draft.tar"
        program(data, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}", conninfo(data))
        # After the dump: a file is always written before the row that names it, so none can be missing.
        sources = {DUMP: dump} | {f"{FILES}/{path.relative_to(data)}": path for path in _files(data)}
        made_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        manifest = {"format": FORMAT, "made_at": made_at, "sha256": {n: _sha256(p) for n, p in sources.items()}}
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as handle:
            with tarfile.open(fileobj=handle, mode="w") as tar:
                listing = Path(scratch) / MANIFEST
                listing.write_text(json.dumps(manifest, indent=1), "utf-8")
                tar.add(listing, MANIFEST)
                for name, path in sources.items():
                    tar.add(path, name)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(target)
    return target.stat().st_size


def program(data: Path, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs; CannotStart with its last word when it fails."""
    command = [str(pgserver.binaries(data) / name), *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        words = done.stderr.strip().splitlines() or ["no reason given"]
        raise CannotStart(f"{name} failed: {words[-1]}")


def _files(data: Path) -> list[Path]:
    found: list[Path] = []
    for top in sorted(data.iterdir()):
        if top.name in LEFT_OUT or top.name.startswith("."):
            continue
        found += [top] if top.is_file() else [path for path in sorted(top.rglob("*")) if path.is_file()]
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
