"""Folders for what passes through the disk unencrypted while it is made, such as the rows of a workbook.

They lie in the data folder, each held by a lock of whoever works in it. A process that is killed takes nothing away,
but its lock goes with it: that is how what it left behind is known, and cleared.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import timezone

PREFIX = "work-"
UPLOADS = "*.upload*"  # what Django keeps of a large file while it comes in
STALE = dt.timedelta(days=1)  # an upload that is older belongs to no request any more


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """An empty folder of one's own, gone afterwards."""
    base = _base()
    with contextlib.ExitStack() as stack:
        with _locked(base):  # nobody clears between its making and its lock
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX, dir=base)))
            held = os.open(path, os.O_RDONLY)
            stack.callback(os.close, held)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield path


def clear() -> int:
    """Take away what killed processes left behind. Returns how many folders and files."""
    base, gone = _base(), 0
    with _locked(base):
        for path in base.glob(f"{PREFIX}*"):
            held = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # somebody works in it
            else:
                shutil.rmtree(path, ignore_errors=True)
                gone += 1
            finally:
                os.close(held)
    before = (timezone.now() - STALE).timestamp()
    for path in base.glob(UPLOADS):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                gone += 1
    return gone


def _base() -> Path:
    base = Path(str(settings.FILE_UPLOAD_TEMP_DIR))
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    return base


@contextlib.contextmanager
def _locked(base: Path) -> Iterator[None]:
    with (base / ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
