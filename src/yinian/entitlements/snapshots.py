"""The files of a run: the facts it read and the outcome it found, as Parquet with their hashes, in the data folder.

A file is written under a working name, flushed to the disk, and gets its place by renaming its folder. Folders of
runs that never committed are swept away by a later run.
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from django.conf import settings
from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.core.jobs.models import Job
from yinian.entitlements.models import Run

FOLDER = "snapshots"
FACTS, OUTCOME = "facts.parquet", "outcome.parquet"
_JOB = "job"


class Altered(Refused):
    """A kept file is missing or is not the one that the run recorded."""


def folder() -> Path:
    return Path(settings.DATA) / FOLDER


def path_of(name: str) -> Path:
    """The file that a run names in ``snapshot_file`` or ``outcome_file``."""
    return Path(settings.DATA) / name


def begin(run_id: int, job_id: int) -> Path:
    """An empty working folder for a run; says whose it is, so that nobody sweeps it away under a living job."""
    place = folder() / f".{run_id}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, mode=0o700)
    (place / _JOB).write_text(f"{job_id}\n", "ascii")
    return place


def write(place: Path, name: str, frame: pl.DataFrame) -> str:
    """Write a frame into a working folder, durably; returns the file's sha256."""
    path = place / name
    with path.open("wb") as handle:
        frame.write_parquet(handle, compression="zstd", compression_level=1)
        handle.flush()
        os.fsync(handle.fileno())
    return digest(path)


def settle(place: Path, run_id: int) -> Path:
    """Give the working folder its lasting name; called just before the run commits."""
    lasting = folder() / str(run_id)
    os.replace(place, lasting)
    for path in (lasting, lasting.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return lasting


def digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def read(name: str, sha256: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """A kept file (or some of its columns), after its hash is checked. Raises :class:`Altered`."""
    path = path_of(name)
    try:
        found = digest(path)
    except OSError:
        raise Altered(_("The kept file %(name)s is missing.") % {"name": name}) from None
    if found != sha256:
        raise Altered(_("The kept file %(name)s was altered after its run.") % {"name": name})
    return pl.read_parquet(path, columns=None if columns is None else list(columns))


def sweep(own_job: int | None = None) -> int:
    """Remove folders of runs that never committed and whose job is over (or is ``own_job``). Returns how many."""
    if not folder().is_dir():
        return 0
    swept = 0
    for place in folder().iterdir():
        name = place.name.lstrip(".")
        if not place.is_dir() or not name.isdigit():
            continue
        try:
            job = int((place / _JOB).read_text("ascii"))
        except (OSError, ValueError):
            continue
        # The job is asked first: once it is over, its run is in the database or never will be.
        living = job != own_job and Job.objects.filter(pk=job, state__in=["queued", "running"]).exists()
        if not living and (place.name.startswith(".") or not Run.objects.filter(pk=int(name)).exists()):
            shutil.rmtree(place, ignore_errors=True)
            swept += 1
    return swept
