"""The Python environment in .venv: made from the hash-locked lists, checked, repaired. Standard library only.

What runs inside the environment does not belong here.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "yinian.json"
INSTALL_LOG = VENV / "install.log"
LOCKS = {kind: ROOT / "requirements" / f"{kind}.lock" for kind in ("base", "dev", "spark")}
# Packages that come as source alone, and what builds them: installed first, so that nothing is fetched unlocked.
FROM_SOURCE, BUILDER = "pyspark", "setuptools"
# Raise it when this file changes what it puts into the environment.
LAYOUT = 1


class CannotMake(RuntimeError):
    """The environment cannot be made; the message says what to do."""


def state(dev: bool = False, spark: bool = False) -> tuple[bool, str]:
    """Whether the environment is ready (with the developers' part if ``dev``, Spark's if ``spark``), and in words why
    or why not."""
    if not PYTHON.exists():
        return False, "not made yet"
    stamp = _read_stamp()
    if stamp is None:
        return False, "half made"
    if not _same_ground(stamp):
        return False, "made for another Python or another folder"
    kinds = _wanted(stamp, dev, spark)
    for kind in kinds:
        if stamp.get(kind) != _hash(kind):
            whose = {"dev": "the developers'", "spark": "Spark's"}.get(kind, "the base")
            return False, "older than the lock" if stamp.get(kind) else f"without {whose} packages"
    locks = " and ".join(f"{kind}.lock" for kind in kinds)
    return True, f"as locked ({locks}, {len(_locked(kinds))} packages)"


def ensure(dev: bool = False, spark: bool = False) -> Path:
    """Make or mend the environment if need be; returns its Python. Instant when nothing has changed.

    A part that was asked for once stays, and is kept to its lock.
    """
    if state(dev, spark)[0]:
        return PYTHON
    with _only_one():
        if state(dev, spark)[0]:
            return PYTHON
        stamp = _read_stamp()
        if stamp is None or not PYTHON.exists() or not _same_ground(stamp):
            _make_anew()
            stamp = {}
        kinds = _wanted(stamp, dev, spark)
        STAMP.unlink(missing_ok=True)  # from here on until the end it counts as half made
        for kind in kinds:
            if stamp.get(kind) != _hash(kind):
                _install(kind)
        if stamp:
            _remove_what_is_not_locked(kinds)
        (_site_packages() / "yinian.pth").write_text(f"{ROOT / 'src'}\n", "utf-8")
        kept = {kind: _hash(kind) for kind in kinds}
        _write_stamp({"base": _hash("base"), "dev": kept.get("dev"), "spark": kept.get("spark")})
    return PYTHON


def _wanted(stamp: dict[str, Any], dev: bool, spark: bool) -> list[str]:
    """The locks to keep to: base or dev, then Spark's where it is asked for or was before."""
    kinds = ["dev" if dev or stamp.get("dev") else "base"]
    return [*kinds, "spark"] if spark or stamp.get("spark") else kinds


def _locked(kinds: list[str]) -> set[str]:
    return {_normal(name) for kind in kinds for name in locked_names(kind)}


def locked_names(kind: str) -> list[str]:
    """The names of the packages in ``base``, ``dev`` or ``spark``, as the lock spells them."""
    return re.findall(r"^([a-z0-9._-]+)==", LOCKS[kind].read_text("utf-8"), re.MULTILINE)


def _make_anew() -> None:
    _say("Making the Python environment in .venv ...")
    shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if done.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise CannotMake(
            f"{sys.executable} cannot make a virtual environment: {_last_line(done.stderr or done.stdout)}\n"
            f"  Debian, Ubuntu: apt-get install python{version}-venv"
        )


def _install(kind: str) -> None:
    total = len(locked_names(kind))
    begun = time.monotonic()
    if FROM_SOURCE in locked_names(kind):
        _say("Fetching and building PySpark and Numba (650 MB) ...")
        _pip(_only(kind, BUILDER), 1)
    _pip(LOCKS[kind], total)
    _say(f"  {total} packages, {time.monotonic() - begun:.0f} s")


def _pip(lock: Path, total: int) -> None:
    """Install what a lock lists: wheels, and of source only what is said above, built with what is locked."""
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-input", "--only-binary", ":all:"]
    command += ["--no-binary", FROM_SOURCE, "--no-build-isolation", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "-r", str(lock)]
    seen, lines = 0, []
    with INSTALL_LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n")
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "0", "PYTHONNOUSERSITE": "1"},
        )
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            lines.append(line.rstrip())
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                seen = min(seen + 1, total)
                _progress(f"  packages {seen}/{total}")
            elif line.startswith("Installing collected packages"):
                _progress(f"  packages {total}/{total}, unpacking")
        code = process.wait()
    _progress("")
    if code != 0:
        tail = "\n".join(f"  {line}" for line in lines[-15:])
        raise CannotMake(
            f"pip could not install the locked packages:\n{tail}\n"
            f"The whole of it: {INSTALL_LOG}\n"
            "Is the network (or your own package mirror, set in pip's configuration) there? Then run it again."
        )


def _only(kind: str, name: str) -> Path:
    """A list with the one entry of a lock, beside the environment's own files."""
    text = LOCKS[kind].read_text("utf-8")
    found = re.search(rf"^{re.escape(name)}==.*(?:\n    --hash=.*)+", text, re.MULTILINE)
    if found is None:
        raise CannotMake(f"{LOCKS[kind].name} does not list {name}; run ./run lock")
    path = VENV / f"{name}.lock"
    path.write_text(found[0] + "\n", "utf-8")
    return path


def _remove_what_is_not_locked(kinds: list[str]) -> None:
    done = subprocess.run(
        [str(PYTHON), "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
    )
    present = {_normal(entry["name"]) for entry in json.loads(done.stdout or "[]")}
    surplus = sorted(present - _locked(kinds) - {"pip", "setuptools"})
    if surplus:
        command = [str(PYTHON), "-m", "pip", "uninstall", "-y", "--disable-pip-version-check", *surplus]
        subprocess.run(command, capture_output=True, check=False)


def _same_ground(stamp: dict[str, Any]) -> bool:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    same_python = stamp.get("python") == version
    return same_python and stamp.get("root") == str(ROOT) and stamp.get("layout") == LAYOUT


def _read_stamp() -> dict[str, Any] | None:
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def _write_stamp(locks: dict[str, str | None]) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    stamp = {"python": version, "root": str(ROOT), "layout": LAYOUT, **locks}
    draft = STAMP.with_suffix(".tmp")
    draft.write_text(json.dumps(stamp, indent=1) + "\n", "utf-8")
    draft.replace(STAMP)


def _site_packages() -> Path:
    return next((VENV / "lib").glob("python3*")) / "site-packages"


def _hash(kind: str) -> str:
    return hashlib.sha256(LOCKS[kind].read_bytes()).hexdigest()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    with open(ROOT / ".venv.lock", "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another start is making the environment; waiting for it ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":  # asked by `doctor`, from inside the environment
    ready, words = state()
    print(json.dumps({"ready": ready, "state": words}))
