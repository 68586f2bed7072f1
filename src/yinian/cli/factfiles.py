"""Reads tables of facts from CSV or Parquet, whole or in pieces, and holds them to the published vocabulary, naming
row and column."""

from __future__ import annotations

import codecs
import csv
import io
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from yinian.cli.errors import InputError
from yinian.engines.entitlement.facts import FACTS, Fact
from yinian.engines.entitlement.prepare import compact_type, expected_of

PIECE = 1 << 18
_HEADER_LINES = 1
_BLOCK = 1 << 24  # bytes


def read_facts(path: Path) -> pl.DataFrame:
    """The facts of a .csv or .parquet file in their types. Raises InputError naming file, row and column.

    In a CSV an empty cell is NULL, a boolean is true or false, a date is YYYY-MM-DD. Columns that are no facts are
    passed over with a note, unless they look like a misspelt fact.
    """
    file = FactFile(path)
    persons = Persons(file)
    pieces = []
    for start, piece in file.pieces():
        persons.add(start, piece["person_id"])
        pieces.append(piece)
    persons.check()
    return pl.concat(pieces)


def check_names(path: str, names: list[str]) -> None:
    """Holds the names of a table's columns to the vocabulary; notes those that are no facts. Raises InputError."""
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


class FactFile:
    """A file of facts. `people` says how many rows it has: exactly for Parquet, by its lines for CSV.

    Raises InputError where it is not what it should be.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise InputError(f"{path}: there is no such file; expected a .csv or .parquet of facts")
        self.path = path
        self.suffix = path.suffix.lower()
        if self.suffix == ".parquet":
            try:
                with pq.ParquetFile(path) as file:
                    self.names = file.schema_arrow.names
                    self.people = file.metadata.num_rows
            except (pa.ArrowException, OSError) as error:
                raise self._unreadable(error) from None
        elif self.suffix == ".csv":
            self.names, self.people = self._look_over()
        else:
            raise InputError(f"{path}: expected a file ending in .csv or .parquet")
        check_names(str(path), self.names)

    def at(self, row: int) -> str:
        """`facts.csv:3: row 2`: the line in the file with its header, and the row of data, counted from 1."""
        line = f":{row + 1 + _HEADER_LINES}" if self.suffix == ".csv" else ""
        return f"{self.path}{line}: row {row + 1}"

    def pieces(self, needed: set[str] | None = None) -> Iterator[tuple[int, pl.DataFrame]]:
        """The rows in pieces of at most PIECE, each with the place of its first row; one empty piece for no rows.

        Of a Parquet file only `person_id` and the facts in `needed` (and what they are worked out from) are read, all
        when it is not given; a CSV is read and checked whole.
        """
        wanted = [name for name in self.names if name in FACTS]
        if needed is not None and self.suffix == ".parquet":
            needed = {*needed, "person_id", *(("birth_date",) if "age" in needed and "age" not in wanted else ())}
            wanted = [name for name in wanted if name in needed]
        start = 0
        for piece in self._parquet(wanted) if self.suffix == ".parquet" else self._csv(wanted):
            yield start, piece
            start += piece.height
        if start == 0:
            yield 0, pl.DataFrame(schema={name: compact_type(FACTS[name]) for name in wanted})

    def _parquet(self, wanted: list[str]) -> Iterator[pl.DataFrame]:
        try:
            with pq.ParquetFile(self.path) as file:
                texts = [
                    name for name in wanted
                    if FACTS[name].values and file.schema_arrow.field(name).type in (pa.string(), pa.large_string())
                ]  # fmt: skip
            with pq.ParquetFile(self.path, read_dictionary=texts, pre_buffer=True) as file:
                for batch in file.iter_batches(batch_size=PIECE, columns=wanted):
                    yield pl.DataFrame([_column(FACTS[name], batch.column(name)) for name in wanted])
        except (pa.ArrowException, pl.exceptions.PolarsError, OSError) as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> InputError:
        return InputError(f"{self.path}: not a readable Parquet file ({_first_line(error)})")

    def _look_over(self) -> tuple[list[str], int]:
        """The names in the header and the number of lines after it; the whole file must be UTF-8."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        head, lines, read = "", 0, 0
        with self.path.open("rb") as file:
            while True:
                block = file.read(_BLOCK)
                try:
                    text = decoder.decode(block, final=not block)
                except UnicodeDecodeError as error:
                    # the decoder may have kept some bytes of the block before
                    at = read - (len(error.object) - len(block)) + error.start
                    raise InputError(f"{self.path}: not UTF-8 text at byte {at}; expected CSV in UTF-8") from None
                head = head or text
                lines += block.count(b"\n")
                read += len(block)
                if not block:
                    break
        header = next(csv.reader(io.StringIO(head.removeprefix("\ufeff"))), [])
        if not header:
            raise InputError(f"{self.path}: is empty; expected a header line with person_id")
        return header, max(0, lines - _HEADER_LINES)

    def _csv(self, wanted: list[str]) -> Iterator[pl.DataFrame]:
        try:
            whole = pl.scan_csv(self.path, infer_schema=False).select(wanted)
            start = 0
            for raw in whole.collect_batches(chunk_size=PIECE, maintain_order=True):
                for place in range(0, raw.height, PIECE):
                    piece = raw.slice(place, PIECE)
                    yield pl.DataFrame([self._typed(piece[name], FACTS[name], start) for name in wanted])
                    start += piece.height
        except (pl.exceptions.PolarsError, ValueError) as error:
            self._find_ragged()
            raise InputError(f"{self.path}: not readable as CSV ({_first_line(error)})") from None

    def _find_ragged(self) -> None:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            try:
                for row, cells in enumerate(csv.reader(file)):
                    if cells and len(cells) != len(self.names):
                        raise InputError(f"{self.at(row - 1)}: has {len(cells)} cells; expected {len(self.names)}")
            except csv.Error:
                return

    def _typed(self, column: pl.Series, fact: Fact, start: int) -> pl.Series:
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
            where = f"{self.at(start + row)}, column {fact.name}"
            raise InputError(f"{where}: {shown}; expected {expected_of(fact)}")
        return frame["typed"].alias(fact.name)


class Persons:
    """Sees to it that nobody is given twice. Keeps eight bytes a person; only on a suspicion the file is read again."""

    def __init__(self, file: FactFile) -> None:
        self._file = file
        self._seen: list[pl.Series] = []

    def add(self, start: int, persons: pl.Series) -> None:
        """Notes the persons of a piece. Raises InputError for somebody given twice in it, or without identifier."""
        if persons.null_count():
            row = start + int(persons.is_null().arg_true()[0])
            raise InputError(f"{self._file.at(row)}, column person_id: is empty; expected an identifier")
        self._seen.append(persons.cast(pl.String).hash())
        if self._seen[-1].n_unique() < len(persons):
            self._find_twice()

    def check(self) -> None:
        """Raises InputError for somebody given twice in the whole file."""
        seen = pl.concat(self._seen).to_numpy().copy()
        seen.sort()
        if bool((seen[1:] == seen[:-1]).any()):
            self._find_twice()

    def _find_twice(self) -> None:
        pieces = [piece["person_id"].cast(pl.String) for _, piece in self._file.pieces(set())]
        persons = pl.concat(pieces)
        twice = persons.is_duplicated().arg_true()
        if len(twice):
            raise InputError(
                f"{self._file.at(int(twice[-1]))}, column person_id: given twice; expected one row per person"
            )


def _column(fact: Fact, column: pa.Array) -> pl.Series:
    """A column of Parquet; a list coded in a dictionary keeps its codes, so that no text is read row by row."""
    if not pa.types.is_dictionary(column.type):
        series = pl.from_arrow(column)
        assert isinstance(series, pl.Series)
        return series.alias(fact.name)
    kind = compact_type(fact)
    values = column.dictionary.to_pylist()
    if not isinstance(kind, pl.Enum) or any(value not in fact.values for value in values):
        return pl.Series(fact.name, column.cast(pa.large_string()))
    places = {value: place for place, value in enumerate(fact.values)}
    codes = np.array([places[value] for value in values] or [0], dtype=np.uint8)
    taken = pl.Series(codes).gather(pl.Series(column.indices).cast(pl.UInt32))
    return taken.cat.to(kind).alias(fact.name)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
