"""The Python environment: made once, instant afterwards, mended when half made, shared by starts at once.

pip is replaced by a stand-in that only writes down that it was called: what is proved is when it is called.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import environment


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own with three small locks."""
    (tmp_path / "base.lock").write_text("django==5.2 \\\n    --hash=sha256:00\n")
    (tmp_path / "dev.lock").write_text("django==5.2 \\\n    --hash=sha256:00\npytest==9 \\\n    --hash=sha256:00\n")
    source = "pyspark==4 \\\n    --hash=sha256:00\nsetuptools==84 \\\n    --hash=sha256:01 \\\n    --hash=sha256:02\n"
    (tmp_path / "spark.lock").write_text(source)
    venv = tmp_path / ".venv"
    values: dict[str, Any] = {
        "ROOT": tmp_path,
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "STAMP": venv / "yinian.json",
        "INSTALL_LOG": venv / "install.log",
        "LOCKS": {kind: tmp_path / f"{kind}.lock" for kind in ("base", "dev", "spark")},
    }
    for name, value in values.items():
        monkeypatch.setattr(environment, name, value)
    monkeypatch.setattr(environment, "_make_anew", lambda: _empty_venv(venv))
    monkeypatch.setattr(environment, "_remove_what_is_not_locked", lambda kinds: None)
    return tmp_path


def _empty_venv(venv: Path) -> None:
    (venv / "bin").mkdir(parents=True, exist_ok=True)
    (venv / "bin" / "python").write_text("")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (venv / "lib" / version / "site-packages").mkdir(parents=True, exist_ok=True)


@pytest.fixture
def installs(ground: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    called: list[str] = []
    monkeypatch.setattr(environment, "_install", called.append)
    return called


def test_it_is_made_once_and_a_second_start_does_nothing(installs: list[str]) -> None:
    assert environment.state() == (False, "not made yet")
    environment.ensure()
    environment.ensure()
    assert installs == ["base"]
    assert environment.state() == (True, "as locked (base.lock, 1 packages)")


def test_the_developers_part_comes_on_top_and_serves_the_platform_too(installs: list[str]) -> None:
    environment.ensure()
    assert environment.state(dev=True) == (False, "without the developers' packages")
    environment.ensure(dev=True)
    environment.ensure()
    assert installs == ["base", "dev"]


def test_sparks_part_comes_on_top_of_either_and_stays(installs: list[str], ground: Path) -> None:
    environment.ensure()
    assert environment.state(spark=True) == (False, "without Spark's packages")
    environment.ensure(spark=True)
    environment.ensure(dev=True)
    environment.ensure()
    assert installs == ["base", "spark", "dev"], "each is installed when it is lacking, and no other"
    assert environment.state(dev=True, spark=True)[0]
    assert environment.state()[1] == "as locked (dev.lock and spark.lock, 4 packages)"
    (ground / "spark.lock").write_text("pyspark==5 \\\n    --hash=sha256:00\n")
    assert environment.state() == (False, "older than the lock")


def test_what_comes_as_source_is_built_with_what_is_locked_and_nothing_else(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(ground, monkeypatch, "import sys; print(open(sys.argv[-1]).read(), *sys.argv[1:])")
    environment.ensure(spark=True)
    whole = (ground / ".venv" / "install.log").read_text()
    commands = [line for line in whole.splitlines() if line.startswith("$ ")]
    assert [Path(command.split()[-1]).name for command in commands] == ["base.lock", "setuptools.lock", "spark.lock"]
    assert all("--no-build-isolation" in command and "--require-hashes" in command for command in commands)
    assert "--only-binary :all: --no-binary pyspark" in commands[-1]
    builder = (ground / ".venv" / "setuptools.lock").read_text()
    assert builder == "setuptools==84 \\\n    --hash=sha256:01 \\\n    --hash=sha256:02\n"


def test_a_changed_lock_is_installed_again(installs: list[str], ground: Path) -> None:
    environment.ensure()
    (ground / "base.lock").write_text("django==5.3 \\\n    --hash=sha256:00\n")
    assert environment.state() == (False, "older than the lock")
    environment.ensure()
    assert installs == ["base", "base"]


def test_an_installation_that_was_broken_off_counts_as_half_made_and_is_made_anew(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(kind: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "_install", broken)
    with pytest.raises(KeyboardInterrupt):
        environment.ensure()
    assert environment.state() == (False, "half made")
    made: list[str] = []
    monkeypatch.setattr(environment, "_make_anew", lambda: (_empty_venv(ground / ".venv"), made.append("anew"))[1])
    monkeypatch.setattr(environment, "_install", made.append)
    environment.ensure()
    assert made == ["anew", "base"]


@pytest.mark.parametrize(("key", "value"), [("root", "/elsewhere"), ("python", "3.1"), ("layout", -1)])
def test_an_environment_of_another_place_or_python_is_made_anew(installs: list[str], key: str, value: object) -> None:
    environment.ensure()
    stamp = json.loads(environment.STAMP.read_text())
    environment.STAMP.write_text(json.dumps(stamp | {key: value}))
    assert environment.state() == (False, "made for another Python or another folder")
    environment.ensure()
    assert installs == ["base", "base"]


def test_two_starts_at_once_install_once(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    inside, go_on = threading.Event(), threading.Event()

    def slow(kind: str) -> None:
        called.append(kind)
        inside.set()
        go_on.wait(10)

    monkeypatch.setattr(environment, "_install", slow)
    starts = [threading.Thread(target=environment.ensure) for _ in range(2)]
    for start in starts:
        start.start()
    assert inside.wait(10)
    go_on.set()
    for start in starts:
        start.join(10)
    assert called == ["base"]


def test_pip_that_fails_is_told_with_its_last_lines_and_its_log(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _stand_in(ground, monkeypatch, "import sys; print('no such package'); sys.exit(1)")
    with pytest.raises(environment.CannotMake, match=r"(?s)no such package.*install\.log"):
        environment.ensure()
    assert environment.state() == (False, "half made")


def test_pip_takes_wheels_with_known_hashes_only_and_its_own_configuration(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(ground, monkeypatch, "import sys; print(*sys.argv)")
    environment.ensure()
    words = (ground / ".venv" / "install.log").read_text()
    assert "--require-hashes" in words and "--only-binary :all:" in words
    assert "index-url" not in words and "find-links" not in words and "://" not in words


def _stand_in(ground: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """A Python in the environment that runs ``code`` whatever it is asked."""

    def make() -> None:
        _empty_venv(ground / ".venv")
        script = ground / ".venv" / "stand_in.py"
        script.write_text(code)
        python = ground / ".venv" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
        python.chmod(0o755)

    monkeypatch.setattr(environment, "_make_anew", make)


def test_run_says_what_to_install_when_no_python_fits(tmp_path: Path) -> None:
    run = Path(environment.__file__).resolve().parents[1] / "run"
    for name in ("bash", "dirname", "env", "cat"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    done = subprocess.run([run, "help"], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Python 3.11" in done.stderr and "apt-get install" in done.stderr


@pytest.mark.parametrize("words", [["nonsense"], ["--nonsense"]])
def test_run_names_an_unknown_command(words: list[str], run: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "./run help" in done.stderr


def test_run_help_names_every_command(run: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    import run as commands

    text = run("help").stdout
    assert [name for name in commands.COMMANDS if f"./run {name}" not in text] == []


@pytest.fixture
def run() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    path = Path(environment.__file__).resolve().parents[1] / "run"
    return lambda *words: subprocess.run([path, *words], capture_output=True, text=True)
