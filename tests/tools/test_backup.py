"""A backup holds the whole county, a restore brings it back, and a damaged or foreign file changes nothing."""

import contextlib
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from yinian.cli import backup, platform, restore, supervisor
from yinian.core import pgserver


@pytest.fixture(autouse=True)
def _own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


@contextlib.contextmanager
def _county(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="yn-", dir="/tmp"))
    folder.chmod(0o755)
    monkeypatch.setenv("YINIAN_DATA", str(folder))
    try:
        yield folder
    finally:
        pgserver.remove(folder)
        subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A backup of a small county with a table, an attachment, a key, and things that stay behind."""
    with _county(monkeypatch) as folder:
        pgserver.ensure_running(folder, durable=False)
        with psycopg.connect(pgserver.dsn(folder)) as connection:
            connection.execute("CREATE TABLE people (name text)")
            connection.execute("INSERT INTO people VALUES ('周敏')")
        for name, text in (("secrets/data.key", "k"), ("attachments/a/1.pdf", "p"), ("log/web.log", "l")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        backup.write(folder, tmp_path / "county.tar")
    return tmp_path / "county.tar"


def _restore(folder: Path, file: Path) -> None:
    keeper = supervisor.Supervisor()
    try:
        keeper.take_data()
        restore.read(folder, file, keeper)
    finally:
        keeper.stop()


def test_a_restored_county_is_the_one_that_was_backed_up(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert file.stat().st_mode & 0o077 == 0
    with _county(monkeypatch) as folder:
        _restore(folder, file)
        pgserver.ensure_running(folder, durable=False)
        with psycopg.connect(pgserver.dsn(folder)) as connection:
            assert connection.execute("SELECT name FROM people").fetchall() == [("周敏",)]
        assert (folder / "attachments" / "a" / "1.pdf").read_text() == "p"
        assert (folder / "secrets" / "data.key").stat().st_mode & 0o077 == 0
        assert not (folder / "log" / "web.log").exists()
        assert not list(folder.glob(".restore-*"))


def test_a_county_that_is_there_is_not_overwritten(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _county(monkeypatch) as folder:
        pgserver.ensure_running(folder, durable=False)
        with pytest.raises(platform.CannotStart, match="holds a county already"):
            _restore(folder, file)


def _changed(file: Path, member: str, content: bytes | None) -> Path:
    """The same archive with one member's content changed, or the member left out."""
    target = file.with_name("changed.tar")
    with tarfile.open(file) as old, tarfile.open(target, "w") as new:
        for info in old:
            handle = old.extractfile(info)
            assert handle is not None
            data = handle.read()
            if info.name == member:
                if content is None:
                    continue
                data, info.size = content, len(content)
            with tempfile.TemporaryFile() as scratch:
                scratch.write(data)
                scratch.seek(0)
                new.addfile(info, scratch)
    return target


@pytest.mark.parametrize(
    ("member", "content", "words"),
    [
        (backup.DUMP, b"damaged", "is damaged"),
        (f"{backup.FILES}/attachments/a/1.pdf", None, "is missing"),
        (backup.MANIFEST, b"{}", "not a backup"),
        (backup.MANIFEST, b"[", "not a backup"),
        (backup.MANIFEST, json.dumps({"format": 1, "sha256": {backup.DUMP: "", "../x": ""}}).encode(), "not a path"),
        (backup.MANIFEST, None, "not a backup"),
    ],
)
def test_a_damaged_file_is_refused_before_anything_is_made(
    member: str, content: bytes | None, words: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = _changed(file, member, content)
    with _county(monkeypatch) as folder:
        with pytest.raises(platform.CannotStart, match=words) as caught:
            _restore(folder, changed)
        assert caught.value.code == 2
        assert not pgserver.status(folder).made


@pytest.mark.parametrize("text", ["", "not an archive"])
def test_any_other_file_is_named_as_such(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.tar").write_text(text)
    with _county(monkeypatch) as folder, pytest.raises(platform.CannotStart, match=r"x\.tar"):
        _restore(folder, tmp_path / "x.tar")
    with _county(monkeypatch) as folder, pytest.raises(platform.CannotStart, match="absent"):
        _restore(folder, tmp_path / "absent.tar")
