"""A payment report as a workbook: its columns, its template, and from an uploaded file to clean rows and payees."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.identity import normalise_name
from yinian.core.sheets import ROW, Column, SheetData, SheetSpec, error_frame, read_sheet, register_messages
from yinian.people.imports.reading import COUNTY_DIGITS, region_table

ITEM_LENGTH = 80

register_messages(
    {
        "month_unreadable": _("Write the month as 2026-07, 202607 or 2026年7月."),
        "month_not_begun": _("This month has not begun."),
        "item_missing": _("Say what was paid: the service, or the payment item as the department calls it."),
        "payee_too_thin": _("Without an ID number, the village is needed to find the person."),
        "sum_not_positive": _("A payment is above 0."),
    }
)

SHEET = SheetSpec(
    "paid",
    _("Report of payments"),
    [
        Column(
            "name", _("Name"), required=True, max_length=60, example="李桂花",
            aliases=("姓名", "领款人", "户名", "收款人"),
        ),
        Column(
            "id_number", _("ID number"), "id_number",
            aliases=("身份证号", "身份证号码", "公民身份号码", "证件号码"),
            help=_("Without it, the village must be filled in."),
        ),
        Column(
            "village", _("Village (community)"), "region", example="城关镇向阳村",
            aliases=("村(社区)", "村社区", "村居", "所在村", "居住村"),
            help=_("Only needed where the ID number is missing."),
        ),
        Column(
            "item", _("Payment item"), max_length=ITEM_LENGTH, example="高龄津贴",
            aliases=("发放项目", "补贴项目", "项目名称", "服务项目", "补贴名称", "摘要"),
            help=_("The service, or what the department calls it. May be left out where the whole list is one item."),
        ),
        Column(
            "month", _("Month"), max_length=30, example="2026-07",
            aliases=("发放月份", "补贴月份", "所属月份", "月份", "所属期"),
            help=_("The month the payment is for. May be left out where the whole list is of one month."),
        ),
        Column(
            "fen", _("Amount (yuan)"), "money_fen", required=True, example="100.00",
            aliases=("金额", "发放金额", "金额(元)", "实发金额", "补贴金额"),
        ),
    ],
    _("One row for each payment. Several rows of one person are added up."),
)

_MONTH = re.compile(r"^(\d{4})(?:[-/.年]?)(\d{1,2})(?:月份?|[-/.]\d{1,2}日?(?: 00:00:00)?|月\d{1,2}日)?$")


@dataclass(frozen=True)
class Reading:
    """A report as read. ``rows``: the sound ones, with item and month filled; ``payees``: one row for each payee."""

    data: SheetData
    rows: pl.DataFrame
    payees: pl.DataFrame

    def without(self, faults: list[tuple[int, str, str, dict[str, Any]]]) -> "Reading":
        """The same with more faulty rows; a fault of a payee takes all their rows out."""
        if not faults:
            return self
        wrong = {fault[0] for fault in faults}
        mine = self.rows.filter(pl.col("payee").is_in(sorted(wrong)))
        code = {fault[0]: fault for fault in faults}
        errors = error_frame((row, *code[payee][1:]) for row, payee in mine.select(ROW, "payee").iter_rows())
        return replace(
            self, data=self.data.with_errors(errors), rows=self.rows.filter(~pl.col("payee").is_in(sorted(wrong))),
            payees=self.payees.filter(~pl.col(ROW).is_in(sorted(wrong))),
        )


def folded(item: str) -> str:
    """A payment item's name for comparison: half-width, without blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", item))[:ITEM_LENGTH]


def month_of(text: str) -> dt.date | None:
    """The first day of the month that a cell names; None where it names none."""
    found = _MONTH.match(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    return dt.date(year, month, 1) if 2000 <= year <= 2100 and 1 <= month <= 12 else None


def read_report(content: bytes, filename: str, region: str, month: dt.date, item: str) -> Reading:
    """Read and check a file. ``month`` and ``item``: of rows that name none. Raises SheetError for a bad file."""
    data = read_sheet(
        SHEET, content, filename, allow_synthetic=not settings.IN_SERVICE, today=timezone.localdate(),
        regions=region_table(region[:COUNTY_DIGITS]),
    )
    frame = data.frame
    texts = {text: month_of(text) for text in frame["month"].drop_nulls().unique().to_list()}
    months = pl.Series("said", [month if text is None else texts[text] for text in frame["month"]], dtype=pl.Date)
    names = {text: folded(text) for text in frame["item"].drop_nulls().unique().to_list()}
    items = pl.Series("named", [folded(item) if text is None else names[text] for text in frame["item"]])
    frame = frame.with_columns(months, items.cast(pl.String))
    data = data.with_errors(error_frame(_faults(frame, data, timezone.localdate())))
    sound = frame.join(data.errors.select(ROW).unique(), on=ROW, how="anti", maintain_order="left")
    rows = sound.select(
        ROW, name=pl.Series([normalise_name(name) for name in sound["name"].to_list()], dtype=pl.String),
        id_number="id_number", village="village", item="named", month="said", fen="fen",
    )
    who = pl.when(pl.col("id_number").is_not_null()).then(pl.col("id_number")).otherwise(
        pl.concat_str(pl.lit("?"), "name", "village", separator="|")
    )
    rows = rows.with_columns(payee=pl.col(ROW).min().over(who))
    return Reading(data, rows, _payees(rows))


def _faults(frame: pl.DataFrame, data: SheetData, today: dt.date) -> list[tuple[int, str, str, dict[str, Any]]]:
    wrong = {key: set(data.errors.filter(pl.col("column") == key)[ROW].to_list()) for key in ("id_number", "village")}

    def rows(condition: pl.Expr) -> list[int]:
        return frame.filter(condition.fill_null(False))[ROW].to_list()

    faults: list[tuple[int, str, str, dict[str, Any]]] = []
    faults += [(row, "month", "month_unreadable", {}) for row in rows(pl.col("said").is_null())]
    faults += [(row, "month", "month_not_begun", {}) for row in rows(pl.col("said") > today)]
    faults += [(row, "item", "item_missing", {}) for row in rows(pl.col("named") == "")]
    faults += [(row, "fen", "sum_not_positive", {}) for row in rows(pl.col("fen") <= 0)]
    thin = rows(pl.col("id_number").is_null() & pl.col("village").is_null())
    faults += [(row, "id_number", "payee_too_thin", {}) for row in thin
               if row not in wrong["id_number"] and row not in wrong["village"]]
    return faults


def _payees(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a payee as people.imports.linking.identify takes them; what the ID number says is filled in."""
    first = rows.filter(pl.col(ROW) == pl.col("payee"))
    number = pl.col("id_number")
    odd = number.str.slice(16, 1).cast(pl.Int32, strict=False) % 2
    return first.select(
        ROW, "name", "id_number", "village",
        birth_date=number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False),
        sex=pl.when(odd == 1).then(pl.lit("male")).when(odd == 0).then(pl.lit("female")),
        phone=pl.lit(None, pl.String),
    )
