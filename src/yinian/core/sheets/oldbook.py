"""Unpacks an old .xls in a process of its own: a damaged one can make the reader claim all memory and abort.

Run as a script with the workbook on standard input; writes one JSON line. Imports nothing of Yinian, so that
it starts quickly.
"""

import io
import json
import subprocess
import sys
from datetime import date, datetime, time
from typing import Any

MEMORY_BYTES = 2 * 1024**3
SECONDS = 60
COMMAND = [sys.executable, "-I", __file__]


class OldBookError(Exception):
    """The workbook could not be unpacked; the one argument is 'encrypted' or 'broken'."""


def read_old_book(content: bytes) -> list[tuple[str, bool, list[list[Any]]]]:
    """Name, visibility and rows of every worksheet of an .xls. OldBookError if it cannot be unpacked."""
    try:
        done = subprocess.run(COMMAND, input=content, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise OldBookError("broken") from error
    if done.returncode != 0:
        raise OldBookError("broken")
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise OldBookError(answer["error"])
    return [
        (name, visible, [[_unpacked(cell) for cell in row] for row in rows]) for name, visible, rows in answer["sheets"]
    ]


def _unpacked(cell: Any) -> Any:
    if not isinstance(cell, list):
        return cell
    kind, text = cell
    if kind == "datetime":
        return datetime.fromisoformat(text)
    return date.fromisoformat(text) if kind == "date" else text


def _packed(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return ["datetime", cell.isoformat()]
    if isinstance(cell, date):
        return ["date", cell.isoformat()]
    return ["text", str(cell)] if not isinstance(cell, str | int | float | bool) or isinstance(cell, time) else cell


def _unpack(content: bytes) -> dict[str, Any]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = []
        for sheet in workbook.sheets_metadata:
            rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            packed = [[_packed(cell) for cell in row] for row in rows]
            sheets.append((sheet.name, sheet.visible == SheetVisibleEnum.Visible, packed))
    except PasswordError:
        return {"error": "encrypted"}
    except CalamineError:
        return {"error": "broken"}
    return {"sheets": sheets}


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the process still stands apart
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _limit_memory()
    json.dump(_unpack(sys.stdin.buffer.read()), sys.stdout)
