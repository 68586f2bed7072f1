"""Arguments and files that several engine commands share: dates, packs, whole JSON documents, unbroken output files."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from yinian.cli.errors import InputError
from yinian.core.packfiles import read_pack_sources
from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.model import Pack
from yinian.engines.entitlement.pack import load_pack


def a_date(text: str) -> date:
    """An ISO date on the command line."""
    try:
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"`{text}` is not a date; expected YYYY-MM-DD")


def add_as_of(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """The `--as-of` argument."""
    parser.add_argument("--as-of", type=a_date, required=required, metavar="DATE", help="the day, YYYY-MM-DD")


def loaded_pack(path: str) -> Pack:
    """The checked pack at a folder or region path. Raises InputError."""
    with input_errors():
        return load_pack(read_pack_sources(path))


@contextmanager
def input_errors(file: str | None = None) -> Iterator[None]:
    """Turns an engine's errors into the one line of a command."""
    from yinian.engines.entitlement.errors import FactsError

    try:
        yield
    except PackError as error:
        raise InputError(str(error)) from None
    except FactsError as error:
        raise InputError(f"{file}: {error}" if file else str(error)) from None


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Writes beside the target and renames, so that a file is there whole or not at all. Raises InputError."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; expected the name of a file")
    try:
        handle, draft_name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None
    os.close(handle)
    draft = Path(draft_name)
    try:
        write(draft)
        draft.chmod(0o644)
        draft.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        draft.unlink(missing_ok=True)
