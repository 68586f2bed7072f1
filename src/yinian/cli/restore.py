"""`restore`: a county out of the file that `backup` wrote, into an empty data folder or an empty database."""

import argparse
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import psycopg

from yinian.cli import backup, platform, supervisor
from yinian.cli.platform import CannotStart, say
from yinian.core import pgserver


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what ./run yinian backup wrote")


def run(args: argparse.Namespace) -> int:
    def work() -> int:
        keeper = supervisor.Supervisor()
        try:
            keeper.take_data()
            read(platform.data_folder(), args.file, keeper)
        finally:
            keeper.stop()
        say("The county is back. ./run serve brings its tables up to date and serves it.")
        return 0

    return supervisor.guarded(work)


def read(data: Path, source: Path, keeper: supervisor.Supervisor) -> None:
    """Check the whole file first, then put everything in its place; refuses where a county is already."""
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data) as name:
        scratch = Path(name)
        _unpack(source, scratch)
        if platform.own_database() and pgserver.status(data).made:
            raise CannotStart(f"{data} holds a county already. Set YINIAN_DATA to a new folder.", code=2)
        keeper.keep_database(platform.start_database())
        with psycopg.connect(backup.conninfo(data)) as connection:
            row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        if row is None or row[0]:
            raise CannotStart("The database is not empty. Create an empty one and restore into that.", code=2)
        backup.program(
            data, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges",
            f"--dbname={backup.conninfo(data)}", str(scratch / backup.DUMP),
        )  # fmt: skip
        for path in sorted((scratch / backup.FILES).rglob("*")):
            target = data / path.relative_to(scratch / backup.FILES)
            if path.is_dir():
                target.mkdir(exist_ok=True)
                shutil.copymode(path, target)
            else:
                os.replace(path, target)


def _unpack(source: Path, scratch: Path) -> None:
    (scratch / backup.FILES).mkdir()
    try:
        with tarfile.open(source, "r:") as tar:
            manifest = _manifest(tar, source)
            wanted = manifest["sha256"]
            for name in wanted:
                if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                    raise CannotStart(f"{source}: {name} is not a path inside a backup", code=2)
            for member in tar:
                if member.name in wanted and member.isfile():
                    tar.extract(member, scratch, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise CannotStart(f"{source}: cannot be read as a backup ({error})", code=2) from None
    for name, digest in wanted.items():
        path = scratch / name
        if not path.is_file():
            raise CannotStart(f"{source}: {name} is missing; the backup is not whole", code=2)
        with path.open("rb") as handle:
            if hashlib.file_digest(handle, "sha256").hexdigest() != digest:
                raise CannotStart(f"{source}: {name} is damaged", code=2)
    # The keys are for their owner's eyes alone, whatever rights the archive was unpacked with.
    secrets = scratch / backup.FILES / "secrets"
    if secrets.is_dir():
        secrets.chmod(0o700)
        for path in secrets.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)


def _manifest(tar: tarfile.TarFile, source: Path) -> dict[str, Any]:
    try:
        handle = tar.extractfile(backup.MANIFEST)
        found: Any = json.loads(handle.read()) if handle else None
        if found["format"] != backup.FORMAT or backup.DUMP not in found["sha256"]:
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise CannotStart(f"{source}: not a backup of Yinian of format {backup.FORMAT}", code=2) from None
    return dict(found)
