"""Reads a table of facts from CSV or Parquet and holds it to the published vocabulary, naming row and column."""

from __future__ import annotations

import csv
import io
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from yinian.cli.errors import InputError
from yinian.engines.entitlement.evaluate import expected_of
from yinian.engines.entitlement.facts import FACTS, Fact

_HEADER_LINES = 1


def read_facts(path: Path) -> pl.DataFrame:
    """The facts of a .csv or .parquet file in their types. Raises InputError naming file, row and column.

    In a CSV an empty cell is NULL, a boolean is true or false, a date is YYYY-MM-DD. Columns that are no facts are
    passed over with a note, unless they look like a misspelt fact.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; expected a .csv or .parquet of facts")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        frame = _read_parquet(path)
    elif suffix == ".csv":
        frame = _read_csv(path)
    else:
        raise InputError(f"{path}: expected a file ending in .csv or .parquet")
    doubled = frame.select(pl.col("person_id").is_duplicated().arg_true().last()).item()
    if doubled is not None and frame["person_id"][doubled] is not None:
        raise InputError(f"{_at(path, doubled)}, column person_id: given twice; expected one row per person")
    return frame


def _at(path: Path, row: int) -> str:
    """`facts.csv:3: row 2`: the line in the file with its header, and the row of data, counted from 1."""
    line = f":{row + 1 + _HEADER_LINES}" if path.suffix.lower() == ".csv" else ""
    return f"{path}{line}: row {row + 1}"


def _check_columns(path: Path, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}: column {name} is given twice")
    if "person_id" not in names:
        raise InputError(f"{path}: the column person_id is missing")
    absent = [fact for fact in FACTS if fact not in names]
    strange = [name for name in names if name not in FACTS]
    for name in strange:
        near = get_close_matches(name.strip().lower().replace(" ", "_"), absent, n=1, cutoff=0.8)
        if near:
            raise InputError(f"{path}: column {name} is no fact; did you mean {near[0]}?")
    if strange:
        print(f"{path}: passed over columns that are no facts: {', '.join(strange)}", file=sys.stderr)


def _read_parquet(path: Path) -> pl.DataFrame:
    try:
        names = list(pl.read_parquet_schema(path))
        _check_columns(path, names)
        return pl.read_parquet(path, columns=[name for name in names if name in FACTS])
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path}: not a readable Parquet file ({_first_line(error)})") from None


def _read_csv(path: Path) -> pl.DataFrame:
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text at byte {error.start}; expected CSV in UTF-8") from None
    header = next(csv.reader(io.StringIO(text)), [])
    if not header:
        raise InputError(f"{path}: is empty; expected a header line with person_id")
    _check_columns(path, header)
    try:
        raw = pl.read_csv(data, infer_schema=False, columns=[name for name in header if name in FACTS])
    except pl.exceptions.NoDataError:
        raise InputError(f"{path}: is empty; expected a header line with person_id") from None
    except (pl.exceptions.PolarsError, ValueError) as error:
        _find_ragged(path, text, len(header))
        raise InputError(f"{path}: not readable as CSV ({_first_line(error)})") from None
    return pl.DataFrame([_typed(path, raw[name], FACTS[name]) for name in raw.columns])


def _find_ragged(path: Path, text: str, width: int) -> None:
    try:
        for row, cells in enumerate(csv.reader(io.StringIO(text))):
            if cells and len(cells) != width:
                raise InputError(f"{_at(path, row - 1)}: has {len(cells)} cells; expected {width}")
    except csv.Error:
        return


def _typed(path: Path, column: pl.Series, fact: Fact) -> pl.Series:
    given = pl.when(pl.col(fact.name) != "").then(pl.col(fact.name))
    typed: Any
    if fact.type == "bool":
        lower = given.str.to_lowercase()
        typed = pl.when(lower == "true").then(True).when(lower == "false").then(False)
    elif fact.type == "number":
        typed = pl.when(given.str.contains(r"^[0-9]{1,9}$")).then(given).cast(pl.Int64)
        typed = pl.when(typed.is_between(fact.low, fact.high)).then(typed)
    elif fact.type == "date":
        shaped = pl.when(given.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")).then(given)
        typed = shaped.str.to_date("%Y-%m-%d", strict=False)
    elif fact.values:
        typed = pl.when(given.is_in(list(fact.values))).then(given)
    else:
        typed = given
    frame = column.to_frame().select(given.alias("given"), typed.alias("typed"))
    if fact.name == "person_id":
        bad = frame["typed"].is_null().arg_true()
    else:
        bad = (frame["typed"].is_null() & frame["given"].is_not_null()).arg_true()
    if len(bad):
        row = int(bad[0])
        value = frame["given"][row]
        shown = "is empty" if value is None else f"`{value[:40]}` is not possible"
        raise InputError(f"{_at(path, row)}, column {fact.name}: {shown}; expected {expected_of(fact)}")
    return frame["typed"].alias(fact.name)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
