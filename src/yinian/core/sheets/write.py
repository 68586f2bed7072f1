"""Writes workbooks: the empty template, the returned workbook with its red cells, and any list as a table.

Every text goes out as a text cell, so nothing a person typed can become a formula or a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Literal

import polars as pl
import xlsxwriter
from django.utils.timezone import localtime

from yinian.core import scratch
from yinian.core.sheets.messages import KIND_NAMES, render, text
from yinian.core.sheets.read import sheet_title
from yinian.core.sheets.spec import ROW, Column, SheetData, SheetSpec

TEMPLATE_ROWS = 5000
"""Rows of a template that carry drop-down lists."""
COMMENTED_ROWS = 1000
"""Only so many faulty rows carry a cell comment: more would make Excel slow. The last column names all."""
MAX_CELL = 32_767
MAX_SHEET_ROWS = 1_048_576
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDTHS = {
    "id_number": 22,
    "date": 13,
    "phone": 15,
    "boolean": 9,
    "integer": 10,
    "money_fen": 13,
    "region": 26,
}
_RED, _HEAD, _NEED = "#FFC7CE", "#D9E2EC", "#FCE4D6"

CellKind = Literal["text", "integer", "number", "percent", "money_fen", "date", "datetime", "boolean"]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of an exported list. kind money_fen takes integer fen and shows yuan; percent takes 0 to 1."""

    key: str
    label: Any
    kind: CellKind = "text"
    width: int = 0


def write_template(spec: SheetSpec, stream: BinaryIO) -> None:
    """The empty workbook to fill: headings, drop-down lists, text cells, and a protected sheet of instructions."""
    book = xlsxwriter.Workbook(stream, {**_OPTIONS, "constant_memory": False})
    sheet = book.add_worksheet(sheet_title(spec.title))
    _dress(book, sheet, spec, list(spec.columns), TEMPLATE_ROWS)
    _instructions(book, spec)
    book.close()


def write_returned(spec: SheetSpec, data: SheetData, errors: pl.DataFrame | None, stream: BinaryIO) -> None:
    """The list as it came, its wrong cells red and the reasons in a last column, with a summary sheet.

    Row order is kept, an AutoFilter stands ready, and the same workbook can be mended and uploaded again.
    `errors` (ERROR_SCHEMA) replaces those in `data` when given.
    """
    # Rows pass through unencrypted files: they go with their folder, also where the work is stopped midway.
    with scratch.folder() as folder:
        _write_returned(spec, data, data.errors if errors is None else errors, stream, folder)


def _write_returned(spec: SheetSpec, data: SheetData, errors: pl.DataFrame, stream: BinaryIO, folder: Path) -> None:
    columns: list[Column] = []
    for heading, key in data.source:
        columns.append(spec.column(key) if key else Column(key="-", label=heading))
    book = xlsxwriter.Workbook(stream, {**_OPTIONS, "tmpdir": str(folder)})
    sheet = book.add_worksheet(sheet_title(spec.title))
    height = data.raw.height
    _dress(
        book,
        sheet,
        spec,
        columns,
        height + 200,
        problem=True,
        headings=[heading for heading, _ in data.source],
    )
    sheet.autofilter(0, 0, max(height, 1), len(columns))
    red = book.add_format({"bg_color": _RED, "num_format": "@", "border": 1, "border_color": "#C0504D"})
    wrap = book.add_format({"font_color": "#9C0006", "text_wrap": False, "num_format": "@"})
    place_of = {key: index for index, (_, key) in enumerate(data.source) if key}
    labels = {column.key: str(column.label) for column in spec.columns}
    by_row = _problems(errors, place_of, labels)
    commented = 0
    width = len(columns)
    for number, (row, *cells) in enumerate(data.raw.iter_rows(), 1):
        problem = by_row.get(row)
        if problem is None:
            for index, cell in enumerate(cells):
                if cell is not None:
                    sheet.write_string(number, index, cell[:MAX_CELL])
            continue
        reasons, bad = problem
        for index, cell in enumerate(cells):
            if index in bad:
                sheet.write_string(number, index, (cell or "")[:MAX_CELL], red) if cell else sheet.write_blank(
                    number, index, None, red
                )
                if commented < COMMENTED_ROWS:
                    sheet.write_comment(number, index, bad[index], {"x_scale": 1.6})
            elif cell is not None:
                sheet.write_string(number, index, cell[:MAX_CELL])
        sheet.write_string(number, width, reasons[:MAX_CELL], wrap)
        commented += 1
    _summary(book, data, errors, labels)
    _instructions(book, spec)
    book.close()


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a workbook: its title, its columns, and rows as mappings by column key or in column order."""

    title: Any
    columns: Sequence[TableColumn]
    rows: Iterable[Mapping[str, Any] | Sequence[Any]]


def write_table(
    columns: Sequence[TableColumn],
    rows: Iterable[Mapping[str, Any] | Sequence[Any]],
    stream: BinaryIO,
    title: Any,
    meta: Mapping[Any, Any] | None = None,
) -> int:
    """Any list as a workbook, in constant memory; returns how many rows were written.

    rows: mappings by column key, or sequences in column order. meta: lines of a second sheet (who, when,
    which filter). A list longer than a sheet goes on in further sheets.
    """
    return write_book([Table(title, columns, rows)], stream, title, meta)


def write_book(tables: Sequence[Table], stream: BinaryIO, title: Any, meta: Mapping[Any, Any] | None = None) -> int:
    """Several tables as one workbook, a sheet each (more where one is too long), and what it is made of at the end.

    Sheet titles must differ. Returns how many rows were written in all.
    """
    # Rows pass through unencrypted files: they go with their folder, also where the work is stopped midway.
    with scratch.folder() as folder:
        book = xlsxwriter.Workbook(stream, {**_OPTIONS, "tmpdir": str(folder)})
        formats = _table_formats(book)
        head = book.add_format({"bold": True, "bg_color": _HEAD, "border": 1, "border_color": "#A6B4C2"})
        total = sum(_write_sheets(book, table, head, formats) for table in tables)
        about = book.add_worksheet(sheet_title(text("about")))
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 80)
        lines: list[tuple[Any, Any]] = [(text("title"), title), *(meta or {}).items(), (text("rows"), total)]
        for number, (label, value) in enumerate(lines):
            about.write_string(number, 0, str(label), head)
            about.write_string(number, 1, str(value)[:MAX_CELL])
        book.close()
        return total


def _write_sheets(book: Any, table: Table, head: Any, formats: Mapping[str, Any]) -> int:
    """One table into one sheet, or as many as it takes."""
    name, columns = sheet_title(table.title), table.columns
    total = part = 0
    iterator: Iterator[Mapping[str, Any] | Sequence[Any]] = iter(table.rows)
    pending = next(iterator, None)
    while part == 0 or pending is not None:
        part += 1
        sheet = book.add_worksheet(name if part == 1 else f"{name[:27]} {part}")
        for index, column in enumerate(columns):
            label = str(column.label)
            sheet.set_column(index, index, column.width or max(10, min(40, 2 * len(label) + 4)))
        for index, column in enumerate(columns):
            sheet.write_string(0, index, str(column.label), head)
        sheet.freeze_panes(1, 0)
        number = 0
        while pending is not None and number < MAX_SHEET_ROWS - 1:
            number += 1
            cells = [pending.get(c.key) for c in columns] if isinstance(pending, Mapping) else pending
            for index, (column, value) in enumerate(zip(columns, cells, strict=True)):
                if value is not None and value != "":
                    _write_cell(sheet, number, index, column.kind, value, formats)
            pending = next(iterator, None)
        sheet.autofilter(0, 0, max(number, 1), max(len(columns) - 1, 0))
        total += number
    return total


def _table_formats(book: Any) -> dict[str, Any]:
    return {
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "datetime": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "money_fen": book.add_format({"num_format": "#,##0.00"}),
        "percent": book.add_format({"num_format": "0.0%"}),
        "integer": book.add_format({"num_format": "0"}),
    }


def _write_cell(sheet: Any, row: int, column: int, kind: CellKind, value: Any, formats: Mapping[str, Any]) -> None:
    if kind == "boolean" and isinstance(value, bool):
        sheet.write_string(row, column, text("yes") if value else text("no"))
    elif kind == "money_fen" and isinstance(value, int):
        sheet.write_number(row, column, value / 100, formats["money_fen"])
    elif kind in ("integer", "number", "percent") and isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, value, formats.get(kind))
    elif kind in ("date", "datetime") and isinstance(value, date) and value.year > 1900:
        # Excel knows no time zones: a moment is shown as the clock on the wall says
        moment = localtime(value).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value
        sheet.write_datetime(row, column, moment, formats[kind])
    else:
        sheet.write_string(row, column, str(value)[:MAX_CELL])


def _dress(
    book: Any,
    sheet: Any,
    spec: SheetSpec,
    columns: Sequence[Column],
    rows: int,
    *,
    problem: bool = False,
    headings: Sequence[str] | None = None,
) -> None:
    """Column formats, headings and drop-downs. Every data cell is text: Excel must not touch what is typed."""
    as_text = book.add_format({"num_format": "@"})
    plain = book.add_format({"bold": True, "bg_color": _HEAD, "border": 1, "border_color": "#A6B4C2"})
    needed = book.add_format(
        {"bold": True, "bg_color": _NEED, "border": 1, "border_color": "#A6B4C2", "font_color": "#9C0006"}
    )
    for index, column in enumerate(columns):
        label = headings[index] if headings else str(column.label)
        width = _WIDTHS.get(column.kind, 0) or max(12, min(40, 2 * len(label) + 4))
        sheet.set_column(index, index, width, as_text)
    if problem:
        sheet.set_column(len(columns), len(columns), 60)
    for index, column in enumerate(columns):
        label = headings[index] if headings else str(column.label) + ("*" if column.required else "")
        sheet.write_string(0, index, label, needed if column.required else plain)
    if problem:
        sheet.write_string(0, len(columns), text("problem"), needed)
    sheet.freeze_panes(1, 0)
    hidden = None
    last = min(rows, MAX_SHEET_ROWS - 1)
    for index, column in enumerate(columns):
        if column.kind == "choice":
            words = [str(choice.label) for choice in column.choice_list()]
        elif column.kind == "boolean":
            words = [text("yes"), text("no")]
        else:
            continue
        # the rule holds at most 255 characters, so longer lists stand in a hidden sheet
        source: Any = words
        if len(",".join(words)) > 250 or any("," in word for word in words):
            hidden = hidden or _ListSheet(book)
            source = hidden.add(words)
        rule = {
            "validate": "list",
            "source": source,
            "error_title": str(column.label),
            "error_message": text("pick"),
        }
        sheet.data_validation(1, index, last, index, rule)
    if hidden is not None:
        hidden.write()


class _ListSheet:
    """The hidden sheet that holds long lists of choices, one in a column."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.lists: list[list[str]] = []

    def add(self, words: list[str]) -> str:
        from yinian.core.sheets.guard import column_letters

        self.lists.append(words)
        letters = column_letters(len(self.lists))
        return f"=lists!${letters}$1:${letters}${len(words)}"

    def write(self) -> None:
        sheet = self.book.add_worksheet("lists")
        for row in range(max(map(len, self.lists))):
            for index, words in enumerate(self.lists):
                if row < len(words):
                    sheet.write_string(row, index, words[row])
        sheet.very_hidden()


def _instructions(book: Any, spec: SheetSpec) -> None:
    sheet = book.add_worksheet(sheet_title(text("instructions")))
    head = book.add_format({"bold": True, "bg_color": _HEAD, "border": 1})
    cell = book.add_format({"text_wrap": True, "valign": "top", "border": 1, "num_format": "@"})
    bold = book.add_format({"bold": True, "font_size": 14})
    for index, width in enumerate((20, 10, 46, 46, 26)):
        sheet.set_column(index, index, width)
    sheet.write_string(0, 0, str(spec.title), bold)
    sheet.write_string(1, 0, text("template_note"))
    if spec.note:
        sheet.write_string(2, 0, str(spec.note))
    for index, name in enumerate(("heading", "required", "meaning", "allowed", "example")):
        sheet.write_string(4, index, text(name), head)
    for number, column in enumerate(spec.columns, 5):
        allowed = str(KIND_NAMES[column.kind])
        if column.kind == "choice":
            allowed = "、".join(str(choice.label) for choice in column.choice_list())
        cells = (
            str(column.label),
            text("yes") if column.required else "",
            str(column.help),
            allowed,
            column.example,
        )
        for index, value in enumerate(cells):
            sheet.write_string(number, index, value, cell)
    sheet.freeze_panes(5, 0)
    sheet.protect("", {"select_locked_cells": True, "format_columns": True})


def _problems(
    errors: pl.DataFrame, place_of: Mapping[str, int], labels: Mapping[str, str]
) -> dict[int, tuple[str, dict[int, str]]]:
    """Row to (all reasons in one text, reason by column index)."""
    sentences: dict[tuple[str, str], str] = {}
    problems: dict[int, tuple[str, dict[int, str]]] = {}
    for row, key, code, params in errors.select(ROW, "column", "code", "params").iter_rows():
        sentence = sentences.get((code, params))
        if sentence is None:
            sentence = sentences[(code, params)] = render(code, params)
        reason = f"{labels[key]}：{sentence}" if key in labels else sentence
        before, bad = problems.get(row, ("", {}))
        if key in place_of:
            place = place_of[key]
            bad[place] = f"{bad[place]} {sentence}" if place in bad else sentence
        problems[row] = (f"{before} {reason}".strip(), bad)
    return problems


def _summary(book: Any, data: SheetData, errors: pl.DataFrame, labels: Mapping[str, str]) -> None:
    sheet = book.add_worksheet(sheet_title(text("summary")))
    bold = book.add_format({"bold": True})
    head = book.add_format({"bold": True, "bg_color": _HEAD, "border": 1})
    for index, width in enumerate((30, 60, 12)):
        sheet.set_column(index, index, width)
    faulty = errors[ROW].n_unique()
    sheet.write_string(0, 0, text("returned_note"), bold)
    lines = [
        (text("file"), data.filename),
        (text("rows"), str(data.raw.height)),
        (text("clean_rows"), str(data.raw.height - faulty)),
        (text("faulty_rows"), str(faulty)),
        (text("ignored"), "、".join(data.ignored)),
    ]
    for number, (label, value) in enumerate(lines, 2):
        sheet.write_string(number, 0, label, head)
        sheet.write_string(number, 1, value)
    start = len(lines) + 3
    for index, name in enumerate(("heading", "kind_of_problem", "count")):
        sheet.write_string(start, index, text(name), head)
    counted = (
        errors.group_by("column", "code")
        .agg(pl.len().alias("n"), pl.col("params").first())
        .sort("n", "column", "code", descending=[True, False, False])
    )
    for number, (key, code, count, params) in enumerate(counted.select("column", "code", "n", "params").iter_rows(), 1):
        sheet.write_string(start + number, 0, labels.get(key, text("row_as_whole")))
        sheet.write_string(start + number, 1, render(code, params))
        sheet.write_number(start + number, 2, count)
