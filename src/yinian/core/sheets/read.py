"""Reads a filled sheet: finds the headings, checks every cell and gathers what is wrong. Writes nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from yinian.core.sheets import biff, guard
from yinian.core.sheets.cells import Options, check
from yinian.core.sheets.messages import PROBLEM_HEADINGS, text
from yinian.core.sheets.oldbook import OldBookError, read_old_book
from yinian.core.sheets.spec import ERROR_SCHEMA, ROW, SheetData, SheetError, SheetSpec, fold

HEADER_ROWS = 10
"""The headings must stand in one of the first ten rows; titles and notes may stand above them."""


@dataclass(slots=True)
class Grid:
    """The cells of one sheet by row from 1, and the formula cells as (row, column) from 1."""

    name: str
    rows: Sequence[Sequence[Any]]
    formulas: set[tuple[int, int]]
    from_1904: bool = False


def read_sheet(
    spec: SheetSpec,
    source: bytes | str | Path,
    filename: str = "",
    *,
    allow_synthetic: bool = False,
    today: date | None = None,
    regions: Mapping[str, str | None] | None = None,
) -> SheetData:
    """Read and check a list against its spec.

    source: the bytes or the path of an .xlsx, .xls or .csv file; the kind is told by content. regions: folded
    name or code (cells.fold_region) to division code, None for a name that several regions share; without it
    region cells pass as written. allow_synthetic: accept ID numbers that begin with 99.
    Raises SheetError for a file that cannot be taken as a whole; cell errors are gathered in the result.
    """
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    kind = guard.kind_of(content)
    fallback: SheetError | None = None
    grids: Iterable[Grid] = _csv_grids(content, filename) if kind == "csv" else _workbook_grids(spec, content, kind)
    for grid in grids:
        try:
            header_row, headings = find_header(spec, grid.rows)
        except SheetError as error:
            fallback = fallback or error
            continue
        options = Options(allow_synthetic, today, regions, grid.from_1904)
        return _check_grid(spec, filename, grid, header_row, headings, options)
    raise fallback or SheetError("empty_sheet", sheet="")


def _workbook_grids(spec: SheetSpec, content: bytes, kind: str) -> Iterator[Grid]:
    """The visible worksheets one by one, the one named like the spec first, instructions never."""
    own = {"填写说明", "汇总", "Instructions", "Summary", text("instructions"), text("summary")}

    def order(name: str) -> bool:
        return name != sheet_title(spec.title)

    if kind == "xls":
        extents = biff.scan_workbook(content)
        try:
            sheets = {name: rows for name, visible, rows in read_old_book(content) if visible and name not in own}
        except OldBookError as error:
            raise SheetError(str(error)) from error
        for name in sorted(sheets, key=order):
            yield Grid(name, sheets[name], extents.get(name, guard.Extent()).formulas)
        return
    parts, from_1904 = guard.sheet_parts(content)
    part_of = {part.name: part.part for part in parts if part.visible and part.name not in own}
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in sorted(part_of, key=order):
            extent = guard.scan_sheet(content, part_of[name])
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield Grid(name, rows, extent.formulas, from_1904)
    except PasswordError as error:
        raise SheetError("encrypted") from error
    except CalamineError as error:
        raise SheetError("broken") from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # a Rust panic does not derive from Exception
            raise SheetError("broken") from None
        raise


def sheet_title(title: Any) -> str:
    """A title as Excel allows it for the name of a sheet: 31 characters, none of []:*?/\\."""
    cleaned = "".join("-" if char in "[]:*?/\\" else char for char in str(title)).strip("' ")
    return cleaned[:31] or "Sheet1"


def _csv_grids(content: bytes, filename: str) -> list[Grid]:
    decoded = _decode(content)
    first_lines = decoded[:4096].splitlines()[:HEADER_ROWS]
    delimiter = max(",\t;，", key=lambda mark: sum(line.count(mark) for line in first_lines))
    rows: list[Sequence[Any]] = []
    formulas: set[tuple[int, int]] = set()
    try:
        for number, row in enumerate(csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter), 1):
            if number > guard.MAX_ROWS + HEADER_ROWS:
                raise SheetError("too_many_rows", limit=guard.MAX_ROWS)
            for index, cell in enumerate(row):
                if cell.startswith("="):
                    # ="0123" is how some systems keep digits as text in CSV
                    if len(cell) >= 3 and cell[1] == '"' and cell.endswith('"') and '"' not in cell[2:-1]:
                        row[index] = cell[2:-1]
                    else:
                        formulas.add((number, index + 1))
            rows.append(row)
    except csv.Error as error:
        raise SheetError("broken") from error
    width = max((len(row) for row in rows), default=0)
    guard.check_extent(len(rows), width)
    return [Grid(Path(filename).name or "csv", [[*row, *[""] * (width - len(row))] for row in rows], formulas)]


def _decode(content: bytes) -> str:
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            decoded = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in decoded:
            return decoded
    raise SheetError("encoding")


def find_header(spec: SheetSpec, rows: Sequence[Sequence[Any]]) -> tuple[int, list[tuple[str, str | None]]]:
    """Row number from 1 of the headings, and heading and column key of every cell in that row.

    The row with the most known headings wins. SheetError: no_header, duplicate_header, missing_columns.
    """
    known: dict[str, str] = {}
    for column in spec.columns:
        for heading in column.headings():
            known.setdefault(heading, column.key)
    best = 0
    found: list[tuple[str, str | None]] = []
    header_row = 0
    for number, row in enumerate(rows[:HEADER_ROWS], 1):
        cells = [str(cell).strip() for cell in row]
        mapped = [(cell, known.get(fold(cell)) if cell else None) for cell in cells]
        score = len({key for _, key in mapped if key})
        if score > best:
            best, found, header_row = score, mapped, number
    if best < min(2, len(spec.columns)):
        expected = "、".join(str(column.label) for column in spec.columns[:6])
        raise SheetError("no_header", rows=HEADER_ROWS, expected=expected)
    places: dict[str, int] = {}
    for index, (heading, key) in enumerate(found, 1):
        if key is None:
            continue
        if key in places:
            first = f"{guard.column_letters(places[key])}{header_row}"
            second = f"{guard.column_letters(index)}{header_row}"
            raise SheetError("duplicate_header", label=heading, first=first, second=second)
        places[key] = index
    missing = [str(column.label) for column in spec.columns if column.required and column.key not in places]
    if missing:
        raise SheetError("missing_columns", columns="、".join(missing), row=header_row)
    return header_row, found


def _check_grid(
    spec: SheetSpec,
    filename: str,
    grid: Grid,
    header_row: int,
    headings: list[tuple[str, str | None]],
    options: Options,
) -> SheetData:
    reserved = {fold(word) for word in (*PROBLEM_HEADINGS, text("problem"))}
    kept = [i for i, (heading, key) in enumerate(headings) if key or fold(heading) not in reserved]
    body = grid.rows[header_row:]
    if len(body) > guard.MAX_ROWS:
        raise SheetError("too_many_rows", limit=guard.MAX_ROWS)
    columns = list(zip(*body, strict=True)) if body else [()] * len(headings)
    texts = {index: _as_text(f"c{index}", columns[index]) for index in kept}
    positions = {index: place for place, index in enumerate(kept)}
    frame = pl.DataFrame({ROW: pl.Series(range(header_row + 1, header_row + 1 + len(body)), dtype=pl.Int64)})
    if texts:
        frame = frame.with_columns(
            column for index, pair in texts.items() for column in (pair[0], pair[1].alias(f"n{index}"))
        )
    names = [f"c{index}" for index in kept]
    formulas = _formula_frame(grid.formulas, headings)
    held = pl.any_horizontal(pl.col(names).is_not_null()) | pl.col(ROW).is_in(formulas[ROW].unique().to_list())
    frame = frame.filter(held)
    source = [headings[index] for index in kept]
    if frame.is_empty():
        raise SheetError("empty_sheet", sheet=grid.name)
    raw = frame.select(ROW, *(pl.col(f"c{index}").alias(f"c{positions[index]}") for index in kept))
    values: dict[str, pl.Series] = {ROW: frame[ROW]}
    errors: list[pl.DataFrame] = []
    place_of = {key: index for index, (_, key) in enumerate(headings) if key}
    for column in spec.columns:
        index = place_of.get(column.key)
        if index is None:
            cells = pl.Series(column.key, [None] * frame.height, dtype=pl.String)
            numeric = pl.Series([False] * frame.height, dtype=pl.Boolean)
        else:
            cells, numeric = frame[f"c{index}"], frame[f"n{index}"]
        checked = check(column, cells, numeric, options)
        in_formula = frame[ROW].is_in(formulas.filter(pl.col("column") == column.key)[ROW].to_list())
        judged = pl.DataFrame({ROW: frame[ROW], "t": cells, "v": checked.values, "c": checked.codes, "f": in_formula})
        missing = pl.col("t").is_null() & pl.lit(column.required)
        otherwise = pl.when(missing).then(pl.lit("required")).otherwise(pl.col("c"))
        judged = judged.with_columns(c=pl.when(pl.col("f")).then(pl.lit("formula")).otherwise(otherwise))
        judged = judged.with_columns(v=pl.when(pl.col("c").is_null()).then(pl.col("v")))
        values[column.key] = judged["v"]
        if column.kind == "date" and index is not None:
            # a day kept as a bare figure would come back from the returned workbook as text and be lost
            plain = pl.when(numeric & pl.col("v").is_not_null()).then(pl.col("v").cast(pl.String))
            shown = judged.select(plain.otherwise(pl.col("t"))).to_series()
            raw = raw.with_columns(shown.alias(f"c{positions[index]}"))
        errors.append(_errors_of(column.key, judged.filter(pl.col("c").is_not_null()), checked.params))
        if column.unique:
            errors.append(_repeated(column.key, judged))
    return SheetData(
        spec=spec,
        filename=filename,
        sheet_name=grid.name,
        header_row=header_row,
        frame=pl.DataFrame(values),
        raw=raw,
        source=source,
        errors=pl.concat(errors).sort(ROW, maintain_order=True),
        ignored=[heading for heading, key in source if key is None and heading],
    )


def _formula_frame(formulas: set[tuple[int, int]], headings: list[tuple[str, str | None]]) -> pl.DataFrame:
    rows = []
    for row, column in sorted(formulas):
        key = headings[column - 1][1] if column <= len(headings) else None
        if key is not None:
            rows.append((row, key))
    return pl.DataFrame(rows, schema={ROW: pl.Int64, "column": pl.String}, orient="row")


def _errors_of(key: str, judged: pl.DataFrame, params: Any) -> pl.DataFrame:
    details = [
        json.dumps(params(code, cell) if code not in ("formula", "required") else {}, ensure_ascii=False)
        for code, cell in zip(judged["c"], judged["t"].fill_null(""), strict=True)
    ]
    return pl.DataFrame(
        {ROW: judged[ROW], "column": [key] * judged.height, "code": judged["c"], "params": details},
        schema=ERROR_SCHEMA,
    )


def _repeated(key: str, judged: pl.DataFrame) -> pl.DataFrame:
    given = judged.filter(pl.col("v").is_not_null())
    first, second = pl.col(ROW).min().over("v"), pl.col(ROW).sort().get(1, null_on_oob=True).over("v")
    repeated = given.with_columns(first=first, second=second).filter(pl.col("second").is_not_null())
    other = pl.when(pl.col(ROW) == pl.col("first")).then(pl.col("second")).otherwise(pl.col("first"))
    return repeated.select(
        ROW,
        column=pl.lit(key),
        code=pl.lit("duplicate_in_sheet"),
        params=pl.concat_str(pl.lit('{"other": '), other, pl.lit("}")),
    ).cast(pl.Schema(ERROR_SCHEMA))


def _as_text(name: str, cells: Sequence[Any]) -> tuple[pl.Series, pl.Series]:
    """A column as stripped text, null where empty, and a mask of the cells that Excel holds as figures."""
    kinds = set(map(type, cells))
    if kinds <= {str}:
        series = pl.Series(name, cells, dtype=pl.String)
        numeric = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(cells))
    else:
        series = pl.Series(name, [_cell_text(cell) for cell in cells], dtype=pl.String)
        numeric = pl.Series([type(cell) in (int, float) for cell in cells], dtype=pl.Boolean)
    stripped = series.to_frame().select(pl.col(name).str.strip_chars())
    return stripped.select(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)).to_series(), numeric


def _cell_text(cell: Any) -> str:
    if type(cell) is str:
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        return f"{cell:.5E}" if abs(cell) >= 1e15 else repr(cell)
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)
