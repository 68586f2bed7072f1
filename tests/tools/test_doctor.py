"""The doctor names what is missing and the command that mends it; no broken part hides the state of the others."""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from yinian.cli import demo, doctor, platform
from yinian.core import pgserver


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="yn-", dir="/tmp"))
    made.chmod(0o755)
    monkeypatch.setenv("YINIAN_DATA", str(made))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    # The tests may run in an environment of another make; what it says of itself is proved elsewhere.
    monkeypatch.setattr(doctor, "_environment", lambda: doctor.Finding("environment", "ok", "as locked"))
    try:
        yield made
    finally:
        pgserver.remove(made)
        subprocess.run(["rm", "-rf", str(made)], check=True)


def _found() -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in doctor.findings()}


def test_a_fresh_checkout_is_in_order_and_says_how_to_begin(folder: Path) -> None:
    found = _found()
    assert [finding for finding in found.values() if finding.state == "missing"] == []
    assert (found["PostgreSQL"].state, found["PostgreSQL"].finding) == ("idle", "not made yet")
    assert "./run demo" in found["PostgreSQL"].mend
    assert found["site"].mend == "./run serve"
    assert "tables" not in found, "without a database nothing is said of its tables"
    assert not pgserver.status(folder).made, "the doctor changes nothing"


def test_a_stopped_database_and_a_demo_that_was_broken_off_are_told(folder: Path) -> None:
    pgserver.ensure_running(folder, durable=False)
    pgserver.stop(folder)
    (folder / demo.MARKER).write_text(json.dumps({"state": "building"}))
    found = _found()
    assert "not running" in found["PostgreSQL"].finding
    assert (found["data"].state, found["data"].mend) == ("note", "./run demo")


def test_a_server_of_ones_own_that_does_not_answer_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/yinian")
    found = _found()
    assert found["PostgreSQL"].state == "missing"
    assert "DATABASE_URL" in found["PostgreSQL"].mend


def test_a_broken_part_does_not_hide_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> doctor.Finding:
        raise OSError("disk on fire")

    monkeypatch.setattr(doctor, "_disk", broken)
    assert doctor.run(argparse.Namespace(json=True)) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    states = {finding["name"]: finding for finding in said["findings"]}
    assert "disk on fire" in states["broken"]["finding"]
    assert states["memory"]["state"] != "missing"


def test_the_screen_names_the_mend_below_the_finding(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(argparse.Namespace(json=False)) == 0
    said = capsys.readouterr().out
    assert "mend: ./run serve" in said
    assert said.endswith("All that is needed is here.\n")
    assert len(said.splitlines()) <= 24


def test_a_data_folder_that_cannot_be_made_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("YINIAN_DATA", str(folder / "file" / "below"))
    with pytest.raises(platform.CannotStart, match="Set YINIAN_DATA"):
        platform.data_folder()
