"""The package locks hold names, versions and hashes, and nothing that points at a place."""

import re
from pathlib import Path

import pytest

import environment
import locks


@pytest.mark.parametrize("kind", ["base", "dev", "spark"])
def test_a_lock_holds_every_wanted_package_with_its_hashes_and_nothing_else(kind: str) -> None:
    assert locks.check(kind) == []


@pytest.mark.parametrize("kind", ["base", "dev", "spark"])
def test_a_lock_names_no_host_and_no_path(kind: str) -> None:
    text = environment.LOCKS[kind].read_text("utf-8")
    assert not re.search(r"://|@|^-|^ *--(?!hash=)|/", text, re.MULTILINE)


@pytest.mark.parametrize(
    "line",
    ["--extra-index-url somewhere", "thing @ file:///wheels/thing.whl", "thing==1.0", "thing>=1.0 --hash=sha256:00"],
)
def test_anything_else_in_a_lock_is_found(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "base.lock"
    copy.write_text(environment.LOCKS["base"].read_text("utf-8") + line + "\n", "utf-8")
    (tmp_path / "base.in").write_text("Django\n", "utf-8")
    monkeypatch.setitem(environment.LOCKS, "base", copy)
    assert any("expected name==version and its hashes" in fault for fault in locks.check("base"))


def test_a_wanted_package_that_was_not_locked_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "base.lock"
    copy.write_text(environment.LOCKS["base"].read_text("utf-8"), "utf-8")
    (tmp_path / "base.in").write_text("Django\nsome_new-Thing[extra]~=1.0  # why\n", "utf-8")
    monkeypatch.setitem(environment.LOCKS, "base", copy)
    assert locks.check("base") == ["base.lock: some_new-Thing of base.in is not in it; run ./run lock"]


def test_a_package_locked_twice_in_two_versions_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "spark.lock"
    text = environment.LOCKS["spark"].read_text("utf-8")
    copy.write_text(re.sub(r"^setuptools==\S+", "setuptools==1.0", text, flags=re.MULTILINE), "utf-8")
    (tmp_path / "spark.in").write_text("pyspark\n", "utf-8")
    monkeypatch.setitem(environment.LOCKS, "spark", copy)
    (fault,) = locks.check("spark")
    assert re.fullmatch(r"spark\.lock: setuptools==\S+ of dev\.lock is not in it", fault)
