"""The whole demo county from nothing: seconds, peak memory of all its processes, size on disk.

Run: `./run bench demo`, or `python benchmarks/demo.py [SCALE]` in the environment. It builds in a scratch folder
of its own, with the command that `./run demo` uses, and deletes it afterwards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import psutil
from _machine import ROOT, describe

from yinian.core import pgserver

MOST_SECONDS = 180
MOST_BYTES = 2 * 2**30


def build(data: Path, scale: str) -> tuple[int, float, int]:
    """Build into ``data``; its exit code, seconds, and the peak memory in bytes."""
    surroundings = {**os.environ, "YINIAN_DATA": str(data), "PYTHONPATH": str(ROOT / "src")}
    surroundings.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "yinian.cli", "demo", "--no-serve", "--scale", scale]
    started = time.monotonic()
    process = subprocess.Popen(command, env=surroundings, cwd=data)
    over, peak = threading.Event(), 0

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.25):
            peak = max(peak, memory(process.pid, data))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    seconds = time.monotonic() - started
    over.set()
    watcher.join()
    return code, seconds, peak


def memory(pid: int, data: Path) -> int:
    """Proportional memory of the command, its children, and the PostgreSQL it started (shared pages count once)."""
    roots = [pid]
    server = pgserver.status(data).pid if (data / "postgres.location").exists() else None
    if server is not None:
        roots.append(server)
    total, seen = 0, set()
    for root in roots:
        try:
            family = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
        except psutil.Error:
            continue
        for member in family:
            if member.pid in seen:
                continue
            seen.add(member.pid)
            try:
                about = member.memory_full_info()
                total += getattr(about, "pss", about.rss)
            except psutil.Error:
                continue
    return total


def size(folder: Path) -> int:
    """Bytes of the files below ``folder``."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def main(scale: str = "1") -> int:
    print(describe(), flush=True)
    data = Path(tempfile.mkdtemp(prefix="yinian-bench-"))
    data.chmod(0o755)
    try:
        code, seconds, peak = build(data, scale)
        cluster = pgserver.status(data).home
        disk = size(data) + (size(cluster) if data not in cluster.parents else 0)
    finally:
        pgserver.remove(data)
        shutil.rmtree(data, ignore_errors=True)
    if code:
        print(f"benchmarks/demo.py: the demo was not built (exit code {code})", file=sys.stderr)
        return 1
    print(f"\nscale: {scale}")
    print(f"built from nothing: {seconds:.1f} s (at most {MOST_SECONDS} s promised)")
    print(f"peak memory of all processes: {peak / 2**30:.2f} GB (at most {MOST_BYTES / 2**30:.0f} GB promised)")
    print(f"on disk: {disk / 2**30:.2f} GB")
    failed = []
    if seconds > MOST_SECONDS:
        failed.append(f"{seconds:.0f} s; at most {MOST_SECONDS} s are promised")
    if peak > MOST_BYTES:
        failed.append(f"{peak / 2**30:.2f} GB of memory; at most {MOST_BYTES / 2**30:.0f} GB are promised")
    for line in failed:
        print(f"NOT REACHED  {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
