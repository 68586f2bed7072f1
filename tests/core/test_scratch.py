"""Folders of unencrypted rows lie in the data folder, and what a killed process leaves there is cleared."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from yinian.core import scratch

IN_IT = """
import django, sys, time
from django.conf import settings
settings.configure(FILE_UPLOAD_TEMP_DIR=sys.argv[1], USE_TZ=True)
from yinian.core import scratch
with scratch.folder() as folder:
    (folder / "rows.xml").write_text("43068119400101000X")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def base(settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "tmp"
    return tmp_path / "tmp"


@pytest.fixture
def other(base):
    """Another process at work in a folder of its own: the process and the folder."""
    process = subprocess.Popen([sys.executable, "-c", IN_IT, str(base)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    folder = base / process.stdout.readline().strip().rpartition("/")[2]
    yield process, folder
    process.kill()
    process.wait()


def test_a_folder_lies_in_the_data_folder_for_its_owner_alone_and_goes(base):
    with scratch.folder() as folder:
        assert folder.parent == base and base.stat().st_mode & 0o077 == 0
        (folder / "rows.xml").write_text("x")
        assert scratch.clear() == 0 and (folder / "rows.xml").exists()
    assert not folder.exists()
    with pytest.raises(RuntimeError), scratch.folder() as folder:
        raise RuntimeError
    assert not folder.exists()


def test_what_another_process_works_in_stays_and_goes_once_it_is_killed(base, other):
    process, folder = other
    assert (folder / "rows.xml").exists()
    assert scratch.clear() == 0 and folder.exists()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert folder.exists()
    assert scratch.clear() == 1 and not folder.exists()


def test_an_upload_that_no_request_holds_any_more_goes_after_a_day(base):
    base.mkdir()
    fresh, old = base / "a.upload.xlsx", base / "b.upload.xlsx"
    for path in (fresh, old):
        path.write_text("x")
    yesterday = time.time() - scratch.STALE.total_seconds() - 60
    os.utime(old, (yesterday, yesterday))
    assert scratch.clear() == 1
    assert fresh.exists() and not old.exists()


def test_the_worker_clears_when_it_starts(base, monkeypatch):
    from yinian.core import worker

    left = base / f"{scratch.PREFIX}left"
    left.mkdir(parents=True)
    (left / "rows.xml").write_text("x")

    async def nothing():
        assert not left.exists()
        return True

    monkeypatch.setattr(worker, "_work", nothing)
    # A browser test before this one leaves its event loop on this thread; a worker starts on a thread without one.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(worker.main).result() == 0


def test_a_returned_workbook_passes_through_it_and_leaves_nothing(base, monkeypatch):
    import io

    import polars as pl

    from yinian.core.sheets import write
    from yinian.core.sheets.spec import ERROR_SCHEMA, ROW, Column, SheetData, SheetSpec

    spec = SheetSpec(name="t", title="t", columns=(Column(key="name", label="姓名"),))
    raw = pl.DataFrame({ROW: [2], "c0": ["李桂花"]})
    data = SheetData(spec, "t.xlsx", "t", 1, raw.rename({"c0": "name"}), raw, [("姓名", "name")],
                     pl.DataFrame(schema=ERROR_SCHEMA))
    seen = []

    def summary(*args):
        seen.extend(base.rglob(f"{scratch.PREFIX}*/*"))
        raise OSError("the disk is full")

    monkeypatch.setattr(write, "_summary", summary)
    with pytest.raises(OSError):
        write.write_returned(spec, data, None, io.BytesIO())
    assert seen and [path.name for path in base.rglob("*")] == [".lock"]
