"""Chromium for the browser tests: never silently absent."""

import os
from pathlib import Path

import pytest

import chromium


@pytest.fixture
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("YINIAN_CHROMIUM", raising=False)
    return tmp_path


def test_without_rights_the_exact_command_is_named(nothing_installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(chromium.sys, "platform", "linux")
    said = chromium.ensure(nothing_installed / "log")
    assert said.startswith("the browser tests need chromium")
    assert "sudo apt-get install -y --no-install-recommends chromium fonts-noto-cjk" in said


def test_as_root_on_debian_it_is_installed_and_a_failure_is_told(
    nothing_installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "exists", lambda path: True)
    installer = nothing_installed / "apt-get"
    installer.write_text('#!/bin/sh\necho "asked for: $*"\nexit 100\n')
    installer.chmod(0o755)
    said = chromium.ensure(nothing_installed / "log")
    asked = (nothing_installed / "log").read_text()
    assert "asked for: -q update" in asked and "chromium fonts-noto-cjk" in asked
    assert said.startswith("chromium could not be installed")


def test_a_browser_of_ones_own_is_taken_and_a_wrong_one_is_named(
    nothing_installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = nothing_installed / "my-browser"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("YINIAN_CHROMIUM", str(own))
    assert chromium.find() == str(own)
    monkeypatch.setenv("YINIAN_CHROMIUM", str(own) + "-not")
    assert "is not a program" in chromium.ensure(nothing_installed / "log")
