"""What a sheet should hold: columns, their kinds and choices, and what a read sheet comes back as."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import polars as pl

Kind = Literal["text", "integer", "date", "boolean", "choice", "id_number", "region", "phone", "money_fen"]

ROW = "row"
"""Name of the column that carries the row number as Excel shows it (the first row of the sheet is 1)."""

ERROR_SCHEMA: dict[str, Any] = {ROW: pl.Int64, "column": pl.String, "code": pl.String, "params": pl.String}
"""row; column (key of a Column, or '' for the row as a whole); code (see messages); params (JSON object)."""

VALUE_TYPES: dict[str, Any] = {
    "text": pl.String,
    "integer": pl.Int64,
    "date": pl.Date,
    "boolean": pl.Boolean,
    "choice": pl.String,
    "id_number": pl.String,
    "region": pl.String,
    "phone": pl.String,
    "money_fen": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed value: `value` is stored, `label` is what people pick, `aliases` are also understood."""

    value: str
    label: Any
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    key: name in the frame. label: heading (text or lazy text). choices: Choice objects or (value, label)
    pairs. earliest and future bound a date. least and most bound an integer or an amount in fen. unique:
    the value may stand in one row only. aliases: other headings understood.
    """

    key: str
    label: Any
    kind: Kind = "text"
    required: bool = False
    choices: Sequence[Choice | tuple[str, Any]] = ()
    help: Any = ""
    example: str = ""
    max_length: int = 200
    aliases: Sequence[str] = ()
    unique: bool = False
    earliest: date = date(1900, 1, 1)
    future: bool = False
    least: int | None = None
    most: int | None = None

    def choice_list(self) -> list[Choice]:
        """The choices as Choice objects."""
        return [c if isinstance(c, Choice) else Choice(c[0], c[1]) for c in self.choices]

    def headings(self) -> set[str]:
        """Every heading, folded, by which this column is recognised."""
        return {fold(text) for text in (self.key, str(self.label), *self.aliases)}


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """A kind of list: its name (for file names and links), its title and its columns in template order."""

    name: str
    title: Any
    columns: Sequence[Column]
    note: Any = ""

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        if len(set(keys)) != len(keys) or ROW in keys:
            raise ValueError(f"sheet {self.name}: column keys must be distinct and none may be '{ROW}'")
        for column in self.columns:
            if column.kind == "choice" and not column.choices:
                raise ValueError(f"sheet {self.name}: column {column.key} has no choices")

    def column(self, key: str) -> Column:
        """The column of that key; KeyError if there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)


class SheetError(Exception):
    """A whole file that cannot be taken. `code` is stable; `message` tells the person how to mend the file."""

    def __init__(self, code: str, **params: Any) -> None:
        from yinian.core.sheets.messages import render

        self.code = code
        self.params = params
        self.message = render(code, params)
        super().__init__(f"{code}: {self.message}")


@dataclass(frozen=True, slots=True)
class SheetData:
    """A sheet as read.

    frame: `row` and one typed column per Column of the spec (VALUE_TYPES), null where empty or wrong.
    raw: `row` and every column of the source as text, named c0, c1 ...; `source` gives heading and key of
    each in that order (key None: not asked for). errors: ERROR_SCHEMA, in row order.
    """

    spec: SheetSpec
    filename: str
    sheet_name: str
    header_row: int
    frame: pl.DataFrame
    raw: pl.DataFrame
    source: list[tuple[str, str | None]]
    errors: pl.DataFrame
    ignored: list[str] = field(default_factory=list)

    @property
    def clean(self) -> pl.DataFrame:
        """The rows of `frame` without any error: only these may go on."""
        return self.frame.join(self.errors.select(ROW).unique(), on=ROW, how="anti", maintain_order="left")

    @property
    def faulty_rows(self) -> int:
        """How many rows carry at least one error."""
        return self.errors[ROW].n_unique()

    def with_errors(self, more: pl.DataFrame) -> SheetData:
        """The same sheet with further errors (ERROR_SCHEMA), for example from a look-up in the register."""
        errors = pl.concat([self.errors, more.select(list(ERROR_SCHEMA)).cast(pl.Schema(ERROR_SCHEMA))])
        errors = errors.unique(maintain_order=True).sort(ROW, maintain_order=True)
        return SheetData(
            self.spec, self.filename, self.sheet_name, self.header_row, self.frame, self.raw, self.source, errors,
            self.ignored,
        )  # fmt: skip


def error_frame(errors: Iterable[tuple[int, str, str, Mapping[str, Any]]]) -> pl.DataFrame:
    """ERROR_SCHEMA frame from (row, column key, code, params)."""
    rows = [(row, column, code, json.dumps(dict(params), ensure_ascii=False)) for row, column, code, params in errors]
    return pl.DataFrame(rows, schema=ERROR_SCHEMA, orient="row")


_DECORATION = re.compile(r"[\s*＊:：\u200b\ufeff]+|[((](必填|选填|required|optional)[))]", re.IGNORECASE)


def fold(text: str) -> str:
    """A heading or choice for comparison: half-width, lower-case, without blanks, stars, colons or '(必填)'."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", text)).lower()
