"""Turns one column of text into typed values, with a code for each cell that cannot be turned.

Works on whole polars columns; knows nothing of files or rows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from yinian.core.identity import id_problems, normalise_id_expr, normalise_phone
from yinian.core.sheets.spec import VALUE_TYPES, Column, fold

YES = ("是", "有", "对", "真", "√", "✓", "✔", "y", "yes", "true", "t", "1")
NO = ("否", "无", "没有", "不是", "错", "假", "×", "✗", "x", "n", "no", "false", "f", "0")
EXCEL_ERROR = r"^#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!)$"
EXACT_DIGITS = 15
"""Excel keeps 15 significant digits of a figure; a longer number stored as a figure has lost its tail."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a check needs besides the cell: synthetic IDs allowed, today, regions by folded name or code."""

    allow_synthetic: bool = False
    today: date | None = None
    regions: Mapping[str, str | None] | None = None
    from_1904: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """Typed values (null where wrong), error codes (null where right) and the params of an error."""

    values: pl.Series
    codes: pl.Series
    params: Callable[[str, str], dict[str, Any]]


def no_params(code: str, text: str) -> dict[str, Any]:
    """For errors that need no parameters."""
    return {}


def check(column: Column, text: pl.Series, numeric: pl.Series, options: Options) -> Checked:
    """Values and errors of a column. `text` is stripped, null where empty; `numeric` marks cells that Excel
    holds as figures. Emptiness of required columns is not judged here."""
    checker = _CHECKERS[column.kind]
    checked = checker(column, text, numeric, options)
    frame = pl.DataFrame({"t": text, "v": checked.values, "c": checked.codes.cast(pl.String)})
    excel_error = pl.col("t").str.contains(EXCEL_ERROR)
    frame = frame.with_columns(c=pl.when(excel_error).then(pl.lit("excel_error")).otherwise(pl.col("c")))
    frame = frame.with_columns(v=pl.when(pl.col("c").is_null()).then(pl.col("v")))

    def params(code: str, cell: str) -> dict[str, Any]:
        return {"value": cell} if code == "excel_error" else checked.params(code, cell)

    return Checked(frame["v"].cast(VALUE_TYPES[column.kind]), frame["c"], params)


def map_unique(text: pl.Series, function: Callable[[str], str | None]) -> pl.Series:
    """`function` over a String column, called once for each distinct value; null stays null."""
    distinct = text.drop_nulls().unique()
    table = pl.DataFrame(
        {"t": distinct, "m": [function(value) for value in distinct]}, schema={"t": pl.String, "m": pl.String}
    )
    return text.rename("t").to_frame().join(table, on="t", how="left", maintain_order="left")["m"]


def _text(column: Column, text: pl.Series, numeric: pl.Series, options: Options) -> Checked:
    frame = (
        text.rename("t").to_frame().with_columns(t=pl.col("t").str.replace_all(r"[\x00-\x1f\x7f\u200b\ufeff]+", " "))
    )
    value = pl.col("t").str.strip_chars()
    code = pl.when(value.str.len_chars() > column.max_length).then(pl.lit("too_long"))
    result = frame.select(v=value, c=code)
    return Checked(result["v"], result["c"], lambda code, cell: {"limit": column.max_length})


def _id_number(column: Column, text: pl.Series, numeric: pl.Series, options: Options) -> Checked:
    frame = pl.DataFrame({"t": text, "n": numeric}).with_columns(v=normalise_id_expr(pl.col("t")))
    problems = id_problems(frame["v"], allow_synthetic=options.allow_synthetic, today=options.today)
    lost = pl.col("n") & (pl.col("v").str.len_chars() > EXACT_DIGITS)
    frame = frame.with_columns(p=problems).with_columns(
        p=pl.when(lost).then(pl.lit("id_scientific")).otherwise(pl.col("p"))
    )
    # a cell with nothing but blanks or dashes inside is no number either
    frame = frame.with_columns(
        p=pl.when(pl.col("t").is_not_null() & pl.col("v").is_null())
        .then(pl.lit("id_characters"))
        .otherwise(pl.col("p"))
    )

    def params(code: str, cell: str) -> dict[str, Any]:
        return {"length": len("".join(cell.split()))} if code == "id_length" else {}

    return Checked(frame["v"], frame["p"], params)


def _phone(column: Column, text: pl.Series, numeric: pl.Series, options: Options) -> Checked:
    frame = text.rename("t").to_frame().with_columns(d=pl.col("t").str.replace_all(r"[\s\-]", ""))
    frame = frame.with_columns(v=pl.when(pl.col("d").str.contains(r"^1[3-9][0-9]{9}$")).then(pl.col("d")))
    rest = frame.select(pl.when(pl.col("v").is_null()).then(pl.col("t"))).to_series()
    frame = frame.with_columns(v=pl.coalesce(pl.col("v"), map_unique(rest, normalise_phone)))
    result = frame.select("v", c=_wrong("phone"))
    return Checked(result["v"], result["c"], no_params)


def _wrong(code: str) -> pl.Expr:
    return pl.when(pl.col("t").is_not_null() & pl.col("v").is_null()).then(pl.lit(code))


def _choice(column: Column, text: pl.Series, numeric: pl.Series, options: Options) -> Checked:
    table: dict[str, str] = {}
    for choice in column.choice_list():
        for word in (choice.value, str(choice.label), *choice.aliases):
            table.setdefault(fold(word), choice.value)
    labels = "、".join(str(choice.label) for choice in column.choice_list())
    frame = pl.DataFrame({"t": text, "v": map_unique(text, lambda cell: table.get(fold(cell)))})
    result = frame.select("v", c=_wrong("choice"))
    return Checked(result["v"], result["c"], lambda code, cell: {"choices": labels})


def _boolean(column: Column, text: pl.Series, numeric: pl.Series, options: Options) -> Checked:
    table = dict.fromkeys(YES, "1") | dict.fromkeys(NO, "")
    words = map_unique(text, lambda cell: table.get(fold(cell)))
    frame = pl.DataFrame({"t": text, "v": words}).with_columns(v=pl.col("v") == "1")
    result = frame.select("v", c=_wrong("boolean"))
    return Checked(result["v"], result["c"], no_params)


def fold_region(text: str) -> str:
    """A region's name or code for comparison: half-width, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _region(column: Column, text: pl.Series, numeric: pl.Series, options: Options) -> Checked:
    known = options.regions
    if known is None:
        folded = map_unique(text, fold_region)
        frame = pl.DataFrame({"t": text, "v": folded})
        bad = pl.col("v").str.contains(r"^[0-9]+$") & ~pl.col("v").str.len_chars().is_in([6, 9, 12, 15])
        code: pl.Expr = pl.when(bad).then(pl.lit("region"))
    else:
        table = known

        def resolve(cell: str) -> str | None:
            word = fold_region(cell)
            return (table[word] or "?") if word in table else None

        frame = pl.DataFrame({"t": text, "v": map_unique(text, resolve)})
        ambiguous = pl.col("v") == "?"
        code = pl.when(ambiguous).then(pl.lit("region_ambiguous")).otherwise(_wrong("region_unknown"))
    result = frame.select("v", c=code)
    return Checked(result["v"], result["c"], no_params)


def _half_width(text: pl.Series) -> pl.DataFrame:
    return text.rename("t").to_frame().with_columns(d=pl.col("t").str.normalize("NFKC").str.replace_all(r"\s", ""))


def _bounded(value: pl.Expr, column: Column, name: str, otherwise: pl.Expr) -> pl.Expr:
    code = otherwise
    if column.most is not None:
        code = pl.when(value > column.most).then(pl.lit(f"{name}_most")).otherwise(code)
    if column.least is not None:
        code = pl.when(value < column.least).then(pl.lit(f"{name}_least")).otherwise(code)
    return code


def _integer(column: Column, text: pl.Series, numeric: pl.Series, options: Options) -> Checked:
    frame = _half_width(text).with_columns(d=pl.col("d").str.replace_all(r"(\d),(\d{3})", "$1$2"))
    shape = pl.col("d").str.contains(r"^[+\-]?[0-9]{1,18}(\.0+)?$")
    number = pl.col("d").str.replace(r"\.0+$", "").str.replace(r"^\+", "").cast(pl.Int64, strict=False)
    frame = frame.with_columns(v=pl.when(shape).then(number))
    result = frame.select("v", c=_bounded(pl.col("v"), column, "integer", _wrong("integer")))

    def params(code: str, cell: str) -> dict[str, Any]:
        return {"limit": column.least if code.endswith("least") else column.most} if "_" in code else {}

    return Checked(result["v"], result["c"], params)


def _money_fen(column: Column, text: pl.Series, numeric: pl.Series, options: Options) -> Checked:
    frame = _half_width(text).with_columns(
        d=pl.col("d").str.replace_all(r"[,，]", "").str.replace(r"^(人民币)?[¥￥]", "").str.replace("元(整)?$", "")
    )
    # a figure computed in binary shows tails such as 0.30000000000000004
    rounded = pl.col("d").cast(pl.Float64, strict=False).round(6)
    tail = pl.lit(numeric) & pl.col("d").str.contains(r"\.[0-9]{7,}$")
    frame = frame.with_columns(d=pl.when(tail).then(rounded.cast(pl.String)).otherwise(pl.col("d")))
    shape = pl.col("d").str.contains(r"^-?[0-9]{1,13}(\.[0-9]{0,2}0*)?$")
    yuan = pl.col("d").str.extract(r"^-?([0-9]+)").cast(pl.Int64, strict=False)
    cents = pl.col("d").str.extract(r"\.([0-9]{0,2})").fill_null("").str.pad_end(2, "0").cast(pl.Int64, strict=False)
    sign = pl.when(pl.col("d").str.starts_with("-")).then(-1).otherwise(1)
    frame = frame.with_columns(v=pl.when(shape).then((yuan * 100 + cents) * sign))
    result = frame.select("v", c=_bounded(pl.col("v"), column, "money", _wrong("money")))

    def params(code: str, cell: str) -> dict[str, Any]:
        limit = column.least if code.endswith("least") else column.most
        return {"limit": f"{limit / 100:.2f}"} if "_" in code and limit is not None else {}

    return Checked(result["v"], result["c"], params)


def _date(column: Column, text: pl.Series, numeric: pl.Series, options: Options) -> Checked:
    latest = None if column.future else (options.today or date.today())
    frame = pl.DataFrame({"t": text, "n": numeric}).with_columns(
        d=pl.col("t")
        .str.normalize("NFKC")
        .str.replace(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$", "")
        .str.replace_all(r"\s", "")
        .str.replace(r"[日号]$", "")
        .str.replace_all(r"[/.年月]", "-")
    )
    text_date = pl.col("d")
    parts = text_date.str.extract_groups(r"^(?<y>\d{4})-(?<m>\d{1,2})-(?<d>\d{1,2})$")
    spelled = pl.concat_str(
        parts.struct.field("y"), parts.struct.field("m").str.zfill(2), parts.struct.field("d").str.zfill(2)
    )
    compact = pl.when(text_date.str.contains(r"^\d{8}$")).then(text_date)
    eight = pl.coalesce(spelled, compact)
    # Excel counts days from 1899-12-30 because it believes in a 29 February 1900; some files count from 1904
    epoch = date(1904, 1, 1) if options.from_1904 else date(1899, 12, 30)
    serial = pl.when(pl.col("n") & text_date.str.contains(r"^\d{1,5}(-\d+)?$")).then(
        text_date.str.extract(r"^(\d+)").cast(pl.Int64, strict=False)
    )
    from_serial = pl.lit(epoch) + pl.duration(days=serial)
    frame = frame.with_columns(eight=eight, serial=serial, from_serial=from_serial)
    frame = frame.with_columns(
        v=pl.coalesce(pl.col("eight").str.to_date("%Y%m%d", strict=False), pl.col("from_serial"))
    )
    given = pl.col("t").is_not_null()
    code = (
        pl.when(~given)
        .then(None)
        .when(pl.col("v") < column.earliest)
        .then(pl.lit("date_too_early"))
        .when(pl.col("v") > (latest if latest is not None else date(9999, 12, 31)))
        .then(pl.lit("date_future"))
        .when(pl.col("v").is_not_null())
        .then(None)
        .when(pl.col("eight").is_not_null())
        .then(pl.lit("date_impossible"))
        .when(pl.col("d").str.contains(r"^\d{2}-\d{1,2}-\d{1,2}$"))
        .then(pl.lit("date_two_digit_year"))
        .when(pl.col("d").str.contains(r"^\d{4}(-\d{0,2})?-?$|^\d{6}$|^\d{1,2}-\d{1,2}$"))
        .then(pl.lit("date_incomplete"))
        .otherwise(pl.lit("date"))
    )
    result = frame.select("v", c=code)

    def params(code: str, cell: str) -> dict[str, Any]:
        return {"limit": column.earliest.isoformat()} if code == "date_too_early" else {}

    return Checked(result["v"], result["c"], params)


_CHECKERS: dict[str, Callable[[Column, pl.Series, pl.Series, Options], Checked]] = {
    "text": _text,
    "integer": _integer,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
    "id_number": _id_number,
    "region": _region,
    "phone": _phone,
    "money_fen": _money_fen,
}
