"""The workbook that comes back with its red cells, and exported tables."""

import io
import re
from datetime import date, datetime

import openpyxl
import pytest

from yinian.core.identity import compose_id
from yinian.core.sheets import (
    Column,
    SheetSpec,
    TableColumn,
    error_frame,
    read_sheet,
    register_messages,
    render,
    write_returned,
    write_table,
    write_template,
)
from yinian.core.sheets.messages import MESSAGES, text

SPEC = SheetSpec(
    "disability",
    "残疾人名单",
    [
        Column("id_number", "身份证号", "id_number", required=True, unique=True),
        Column("name", "姓名", required=True),
        Column("birth", "出生日期", "date"),
        Column("level", "残疾等级", "choice", choices=[("1", "一级"), ("2", "二级")]),
        Column("amount", "月补贴", "money_fen", least=0),
    ],
)
IDS = [compose_id("990681", date(1940, 1, 2), order) for order in range(10)]


def returned(data, errors=None):
    stream = io.BytesIO()
    write_returned(data.spec, data, errors, stream)
    return stream.getvalue()


def test_five_faults_come_back_red_are_mended_in_place_and_pass():
    template = io.BytesIO()
    write_template(SPEC, template)
    book = openpyxl.load_workbook(io.BytesIO(template.getvalue()))
    sheet = book.worksheets[0]
    for row, number in enumerate(IDS, 2):
        for column, cell in enumerate((number, "张三", "1940-1-2", "一级", "55"), 1):
            sheet.cell(row, column, cell)
    sheet["A2"] = IDS[0][:-1] + ("1" if IDS[0][-1] == "0" else "0")
    sheet["B3"] = None
    sheet["C4"] = "1940-2-30"
    sheet["D5"] = "五级"
    sheet["E6"] = "=50+5"
    stream = io.BytesIO()
    book.save(stream)

    data = read_sheet(SPEC, stream.getvalue(), "残联.xlsx", allow_synthetic=True)
    assert data.errors.select("row", "column", "code").rows() == [
        (2, "id_number", "id_check_digit"),
        (3, "name", "required"),
        (4, "birth", "date_impossible"),
        (5, "level", "choice"),
        (6, "amount", "formula"),
    ]
    assert data.clean.height == 5

    book = openpyxl.load_workbook(io.BytesIO(returned(data)))
    sheet = book.worksheets[0]
    problem = sheet.max_column
    for cell in ("A2", "B3", "C4", "D5", "E6"):
        assert sheet[cell].fill.fgColor.rgb.endswith("FFC7CE"), cell
        assert sheet[cell].comment.text
        assert sheet.cell(sheet[cell].row, problem).value
    assert sheet["A3"].fill.fgColor.rgb == "00000000"
    assert sheet.cell(7, problem).value is None
    assert sheet.auto_filter.ref == "A1:F11"
    for cell, value in (("A2", IDS[0]), ("B3", "李四"), ("C4", "1940-02-28"), ("D5", "二级"), ("E6", "55")):
        sheet[cell] = value
    mended = io.BytesIO()
    book.save(mended)

    again = read_sheet(SPEC, mended.getvalue(), "残联.xlsx", allow_synthetic=True)
    assert again.errors.is_empty()
    assert again.ignored == []
    assert again.clean.height == len(IDS)


def test_a_returned_workbook_uploaded_unmended_says_the_same_again():
    head = "备注,身份证号,姓名,出生日期,残疾等级,月补贴"
    rows = [head, f"x,{IDS[0]},张三,1940-13-1,一级,1", f"y,{IDS[0]},李四,,九级,-1"]
    data = read_sheet(SPEC, "\n".join(rows).encode(), "a.csv", allow_synthetic=True)
    again = read_sheet(SPEC, returned(data), "a.xlsx", allow_synthetic=True)
    assert again.errors.equals(data.errors)
    assert again.ignored == ["备注"]
    once_more = read_sheet(SPEC, returned(again), "a.xlsx", allow_synthetic=True)
    assert once_more.errors.equals(data.errors)


def test_a_date_kept_as_a_bare_figure_survives_the_way_back():
    book = openpyxl.Workbook()
    book.active.append(["身份证号", "姓名", "出生日期"])
    book.active.append([IDS[0], "张三", 14612])
    book.active.append([IDS[1], None, None])
    stream = io.BytesIO()
    book.save(stream)
    data = read_sheet(SPEC, stream.getvalue(), allow_synthetic=True)
    assert data.frame["birth"][0] == date(1940, 1, 2)
    assert read_sheet(SPEC, returned(data), allow_synthetic=True).frame["birth"][0] == date(1940, 1, 2)


def test_errors_found_later_join_those_of_the_sheet():
    register_messages({"test_not_registered": "%(name)s 不在册"})
    data = read_sheet(SPEC, f"身份证号,姓名\n{IDS[0]},张三\n{IDS[1]},李四".encode(), allow_synthetic=True)
    more = data.with_errors(error_frame([(3, "name", "test_not_registered", {"name": "李四"}), (3, "", "broken", {})]))
    assert more.clean["row"].to_list() == [2]
    sheet = openpyxl.load_workbook(io.BytesIO(returned(more))).worksheets[0]
    assert "李四 不在册" in sheet["C3"].value
    assert sheet["B3"].comment.text == "李四 不在册"
    with pytest.raises(ValueError, match="already taken"):
        register_messages({"test_not_registered": "else"})


def test_every_message_can_be_rendered():
    # Rooms add messages of their own, so each is filled with the words it asks for.
    for code, message in MESSAGES.items():
        if not code.startswith("test_"):
            assert render(code, dict.fromkeys(re.findall(r"%\((\w+)\)s", str(message)), "7"))


def test_a_table_is_typed_and_no_text_becomes_a_formula_or_a_link():
    columns = [
        TableColumn("name", "姓名"),
        TableColumn("amount", "金额", "money_fen"),
        TableColumn("day", "日期", "date"),
        TableColumn("at", "时间", "datetime"),
        TableColumn("alone", "独居", "boolean"),
        TableColumn("n", "人数", "integer"),
        TableColumn("share", "占比", "percent"),
    ]
    rows = [
        {"name": word, "amount": 120050, "day": date(2024, 1, 5), "at": datetime(2024, 1, 5, 8, 30), "alone": True,
         "n": 3, "share": 0.25}
        for word in ("=1+1", "+86", "-x", "@a", "https://example.org", "{=1}", "\t=1", "\x01x")
    ]  # fmt: skip
    stream = io.BytesIO()
    assert write_table(columns, iter(rows), stream, "名单: 全部/导出", {"导出人": "王敏"}) == len(rows)
    book = openpyxl.load_workbook(io.BytesIO(stream.getvalue()))
    sheet = book.worksheets[0]
    assert sheet.title == "名单- 全部-导出"
    for number, row in enumerate(rows, 2):
        cell = sheet.cell(number, 1)
        assert cell.data_type == "s"
        assert cell.hyperlink is None
        if "\x01" not in row["name"]:
            assert cell.value == row["name"]
    day, moment = datetime(2024, 1, 5), datetime(2024, 1, 5, 8, 30)
    assert [cell.value for cell in sheet[2]][1:] == [1200.5, day, moment, text("yes"), 3, 0.25]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:G{len(rows) + 1}"
    about = dict(book.worksheets[1].iter_rows(values_only=True))
    assert about["导出人"] == "王敏"


def test_an_empty_table_still_has_its_headings():
    stream = io.BytesIO()
    assert write_table([TableColumn("a", "甲")], [], stream, "空") == 0
    assert openpyxl.load_workbook(io.BytesIO(stream.getvalue())).worksheets[0]["A1"].value == "甲"


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr("yinian.core.sheets.write.MAX_SHEET_ROWS", 4)
    stream = io.BytesIO()
    assert write_table([TableColumn("a", "甲", "integer")], ([n] for n in range(7)), stream, "长") == 7
    book = openpyxl.load_workbook(io.BytesIO(stream.getvalue()))
    cells = [row[0] for name in book.sheetnames[:3] for row in book[name].iter_rows(min_row=2, values_only=True)]
    assert cells == list(range(7))
