"""Java for Spark: never silently absent, never too old."""

import os
from pathlib import Path

import pytest

import java


def a_java(home: Path, version: str) -> Path:
    (home / "bin").mkdir(parents=True)
    program = home / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    program.chmod(0o755)
    return home


@pytest.fixture
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    real = java.shutil.which
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(java.shutil, "which", lambda name: real(name, path=str(tmp_path)))
    monkeypatch.setattr(Path, "glob", lambda self, pattern: [])
    return tmp_path


def test_the_one_in_the_path_is_found_when_it_is_new_enough(nothing_installed: Path) -> None:
    assert java.find() is None
    home = a_java(nothing_installed / "jdk", "17.0.15")
    (nothing_installed / "java").symlink_to(home / "bin" / "java")
    assert java.find() == home
    assert java.version(home) == 17
    assert java.ensure(nothing_installed / "log") == ""


def test_one_that_is_too_old_does_not_count(nothing_installed: Path) -> None:
    home = a_java(nothing_installed / "jdk", "11.0.2")
    (nothing_installed / "java").symlink_to(home / "bin" / "java")
    assert java.find() is None


def test_java_home_has_the_last_word(nothing_installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(a_java(nothing_installed / "own", "21")))
    assert java.find() == nothing_installed / "own"
    monkeypatch.setenv("JAVA_HOME", str(nothing_installed / "nowhere"))
    assert java.find() is None
    assert "has no Java of 17 or newer" in java.ensure(nothing_installed / "log")


def test_without_rights_the_exact_command_is_named(nothing_installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(java.sys, "platform", "linux")
    said = java.ensure(nothing_installed / "log")
    assert said.endswith("sudo apt-get install -y --no-install-recommends openjdk-17-jre-headless")


def test_as_root_on_debian_it_is_installed_and_a_failure_is_told(
    nothing_installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(java, "find", lambda: None)
    installer = nothing_installed / "apt-get"
    installer.write_text('#!/bin/sh\necho "asked for: $*"\nexit 100\n')
    installer.chmod(0o755)
    monkeypatch.setenv("PATH", f"{nothing_installed}:{os.environ['PATH']}")
    said = java.ensure(nothing_installed / "log")
    asked = (nothing_installed / "log").read_text()
    assert "asked for: -q update" in asked
    assert "openjdk-17-jre-headless" in asked
    assert said.startswith("Java could not be installed")
