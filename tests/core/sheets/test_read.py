"""What the reader understands, cell by cell, and what it asks people to mend."""

import io
from datetime import date, datetime

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from yinian.core.identity import compose_id
from yinian.core.sheets import Column, SheetSpec, fold_region, read_sheet, write_template

TODAY = date(2026, 1, 1)
GOOD_ID = compose_id("990681", date(1940, 1, 2), 15)


def read_column(column, cells, **options):
    """A sheet of the given column beside a name column, read. Cells go in with their Python types."""
    spec = SheetSpec("s", "名单", [Column("other", "编号"), column])
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["编号", str(column.label)])
    for number, cell in enumerate(cells, 1):
        sheet.write_string(number, 0, f"r{number}")
        if isinstance(cell, str):
            sheet.write_string(number, 1, cell)
        else:
            sheet.write(number, 1, cell)
    book.close()
    return read_sheet(spec, stream.getvalue(), "t.xlsx", today=TODAY, **options)


def outcome(column, cell, **options):
    """The value of one cell, or the code of its error."""
    data = read_column(column, [cell], **options)
    return data.errors["code"][0] if data.errors.height else data.frame[column.key][0]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-01-05", date(2024, 1, 5)),
        ("2024/1/5", date(2024, 1, 5)),
        ("2024.1.5", date(2024, 1, 5)),
        ("20240105", date(2024, 1, 5)),
        (20240105, date(2024, 1, 5)),
        ("2024年1月5日", date(2024, 1, 5)),
        ("２０２４年１月５日", date(2024, 1, 5)),
        (" 2024-1-5 00:00:00 ", date(2024, 1, 5)),
        (datetime(2024, 1, 5), date(2024, 1, 5)),
        (45296, date(2024, 1, 5)),
        ("45296", "date"),
        ("2023-02-30", "date_impossible"),
        ("2023-13-01", "date_impossible"),
        ("20230231", "date_impossible"),
        ("1899-12-31", "date_too_early"),
        ("2026-01-02", "date_future"),
        ("40-1-5", "date_two_digit_year"),
        ("2024年1月", "date_incomplete"),
        ("1944", "date_incomplete"),
        ("不详", "date"),
    ],
)
def test_dates_are_understood_in_every_usual_way_of_writing(cell, expected):
    assert outcome(Column("d", "日期", "date"), cell) == expected


def test_a_date_may_lie_in_the_future_where_the_column_says_so():
    assert outcome(Column("d", "到期", "date", future=True), "2030-01-01") == date(2030, 1, 1)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (GOOD_ID, GOOD_ID),
        (f" {GOOD_ID[:6]} {GOOD_ID[6:14]}-{GOOD_ID[14:]}　", GOOD_ID),
        ("".join(chr(ord(c) + 0xFEE0) for c in GOOD_ID), GOOD_ID),
        ("'" + GOOD_ID, GOOD_ID),
        (4.30681194001020e17, "id_scientific"),
        ("4.30681E+17", "id_scientific"),
        ("430681400102001", "id_old_15"),
        (430681400102001, "id_old_15"),
        (GOOD_ID[:-1], "id_length"),
        (GOOD_ID[:-2] + "Y1", "id_characters"),
        (GOOD_ID[:-1] + str((int(GOOD_ID[-1].replace("X", "0")) + 1) % 10), "id_check_digit"),
        ("990681194002300016", "id_birth_date"),
        ("990681204001020016", "id_birth_date"),
        ("100681194001020016", "id_division"),
    ],
)
def test_id_numbers_are_cleaned_and_each_fault_has_its_own_advice(cell, expected):
    assert outcome(Column("i", "身份证号", "id_number"), cell, allow_synthetic=True) == expected


def test_a_lower_case_x_is_taken():
    number = next(n for n in (compose_id("990681", date(1940, 1, 2), i) for i in range(99)) if n.endswith("X"))
    assert outcome(Column("i", "身份证号", "id_number"), number.lower(), allow_synthetic=True) == number


def test_synthetic_numbers_pass_only_where_they_are_allowed():
    assert outcome(Column("i", "身份证号", "id_number"), GOOD_ID) == "id_synthetic"


def test_two_rows_with_one_id_number_point_at_each_other():
    data = read_column(Column("i", "身份证号", "id_number", unique=True), [GOOD_ID, "", GOOD_ID], allow_synthetic=True)
    assert data.errors.select("row", "code", "params").rows() == [
        (2, "duplicate_in_sheet", '{"other": 4}'),
        (4, "duplicate_in_sheet", '{"other": 2}'),
    ]
    assert data.clean["row"].to_list() == [3]


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        (Column("c", "人数", "integer"), "1,234", 1234),
        (Column("c", "人数", "integer"), 12.0, 12),
        (Column("c", "人数", "integer"), "１２", 12),
        (Column("c", "人数", "integer"), 1.5, "integer"),
        (Column("c", "人数", "integer", least=1), "0", "integer_least"),
        (Column("c", "人数", "integer", most=9), "10", "integer_most"),
        (Column("c", "金额", "money_fen"), 0.1 + 0.2, 30),
        (Column("c", "金额", "money_fen"), "￥1,200.50元", 120050),
        (Column("c", "金额", "money_fen"), "-3", -300),
        (Column("c", "金额", "money_fen", least=0), "-3", "money_least"),
        (Column("c", "金额", "money_fen"), "1.005", "money"),
        (Column("c", "金额", "money_fen"), "一百", "money"),
        (Column("c", "独居", "boolean"), "是", True),
        (Column("c", "独居", "boolean"), "×", False),
        (Column("c", "独居", "boolean"), "也许", "boolean"),
        (Column("c", "性别", "choice", choices=[("1", "男"), ("2", "女")]), " 女 ", "2"),
        (Column("c", "性别", "choice", choices=[("1", "男"), ("2", "女")]), 1, "1"),
        (Column("c", "性别", "choice", choices=[("1", "男"), ("2", "女")]), "公", "choice"),
        (Column("c", "电话", "phone"), "+86 138-1234-5678", "13812345678"),
        (Column("c", "电话", "phone"), 13812345678, "13812345678"),
        (Column("c", "电话", "phone"), "(0730)5222222", "07305222222"),
        (Column("c", "电话", "phone"), "1381234567", "phone"),
        (Column("c", "住址", max_length=3), "四个字了", "too_long"),
        (Column("c", "住址"), "#REF!", "excel_error"),
        (Column("c", "姓名", required=True), "  ", "required"),
        (Column("c", "村", "region"), 430681001001, "430681001001"),
        (Column("c", "村", "region"), "43068", "region"),
    ],
)
def test_each_kind_of_cell_is_read_or_refused(column, cell, expected):
    assert outcome(column, cell) == expected


def test_regions_are_resolved_by_name_or_code_and_doubtful_names_are_asked_about():
    known = {"汨罗镇白塘村": "430681001001", "430681001001": "430681001001", "新市村": None}
    regions = {fold_region(name): code for name, code in known.items()}
    column = Column("v", "村", "region")
    assert outcome(column, "汨罗镇 白塘村", regions=regions) == "430681001001"
    assert outcome(column, "430681001001", regions=regions) == "430681001001"
    assert outcome(column, "新市村", regions=regions) == "region_ambiguous"
    assert outcome(column, "火星村", regions=regions) == "region_unknown"


def test_formula_cells_are_errors_even_where_their_value_is_right():
    spec = SheetSpec("s", "名单", [Column("name", "姓名"), Column("n", "人数", "integer")])
    book = openpyxl.Workbook()
    book.active.append(["姓名", "人数", "备注"])
    book.active.append(["张三", "=1+1", "=2+2"])
    book.active.append(["=A2", 3])
    stream = io.BytesIO()
    book.save(stream)
    data = read_sheet(spec, stream.getvalue())
    assert data.errors.select("row", "column", "code").rows() == [(2, "n", "formula"), (3, "name", "formula")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_every_encoding_that_offices_save(encoding):
    spec = SheetSpec("s", "名单", [Column("name", "姓名"), Column("i", "身份证号", "id_number")])
    content = f'姓名,身份证号\n张三,"=""{GOOD_ID}"""\n李四,=1+1\n'.encode(encoding)
    data = read_sheet(spec, content, "名单.csv", allow_synthetic=True)
    assert data.frame["i"].to_list() == [GOOD_ID, None]
    assert data.errors.select("row", "code").rows() == [(3, "formula")]


def test_headings_are_found_below_a_title_in_any_order_and_strange_columns_are_reported():
    name = Column("name", "姓名", required=True, aliases=["老人姓名"])
    spec = SheetSpec("s", "名单", [name, Column("age", "年龄", "integer")])
    book = openpyxl.Workbook()
    for row in (["某县老年人名单"], [], ["序号", "年 龄", "老人姓名（必填）", "备注"], [1, 80, "张三", "x"]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    data = read_sheet(spec, stream.getvalue())
    assert (data.header_row, data.ignored) == (3, ["序号", "备注"])
    assert data.frame.rows(named=True) == [{"row": 4, "name": "张三", "age": 80}]


TEMPLATE = SheetSpec(
    "t",
    "往返",
    [
        Column("i", "身份证号", "id_number", required=True),
        Column("name", "姓名", required=True),
        Column("d", "出生日期", "date"),
        Column("s", "性别", "choice", choices=[("1", "男"), ("2", "女")]),
        Column("b", "独居", "boolean"),
        Column("m", "金额", "money_fen"),
        Column("n", "人数", "integer"),
    ],
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dates(date(1900, 1, 1), date(2025, 12, 31)),
            st.integers(0, 999),
            st.text("张王李桂英·ab", min_size=1, max_size=6).filter(lambda s: s.strip("· ") == s),
            st.sampled_from("12"),
            st.booleans(),
            st.integers(0, 10**9),
            st.integers(-(10**6), 10**6),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_filled_into_a_template_is_what_is_read(people):
    stream = io.BytesIO()
    write_template(TEMPLATE, stream)
    book = openpyxl.load_workbook(io.BytesIO(stream.getvalue()))
    expected = []
    for number, (birth, order, name, sex, alone, fen, count) in enumerate(people, 2):
        number_id = compose_id("990681", birth, order)
        expected.append((number, number_id, name, birth, sex, alone, fen, count))
        cells = (number_id, name, birth, "男" if sex == "1" else "女", "是" if alone else "否", fen / 100, count)
        for index, cell in enumerate(cells, 1):
            book.worksheets[0].cell(number, index, cell)
    filled = io.BytesIO()
    book.save(filled)
    data = read_sheet(TEMPLATE, filled.getvalue(), allow_synthetic=True)
    assert data.errors.is_empty()
    assert data.frame.rows() == expected


def test_the_template_keeps_id_numbers_as_text_and_offers_the_choices():
    stream = io.BytesIO()
    write_template(TEMPLATE, stream)
    book = openpyxl.load_workbook(io.BytesIO(stream.getvalue()))
    sheet = book.worksheets[0]
    assert sheet.column_dimensions["A"].width > 18
    assert sheet["A1"].value == "身份证号*"
    rules = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert rules["D2"] == '"男,女"'
    assert sheet.freeze_panes == "A2"
    assert book.worksheets[1].protection.sheet
    # column A as a whole carries the text format, so a number typed into it stays text
    with_format = openpyxl.load_workbook(io.BytesIO(stream.getvalue())).worksheets[0].column_dimensions["A"]
    assert with_format.number_format == "@"


def test_a_long_list_of_choices_stands_in_a_hidden_sheet():
    villages = [(str(n), f"第{n}号村民委员会") for n in range(60)]
    spec = SheetSpec("t", "长", [Column("c", "村", "choice", choices=villages)])
    stream = io.BytesIO()
    write_template(spec, stream)
    book = openpyxl.load_workbook(io.BytesIO(stream.getvalue()))
    assert book["lists"].sheet_state == "veryHidden"
    assert book.worksheets[0].data_validations.dataValidation[0].formula1 == "lists!$A$1:$A$60"


def test_every_row_number_is_the_one_excel_shows():
    spec = SheetSpec("s", "名单", [Column("name", "姓名"), Column("n", "人数", "integer")])
    book = openpyxl.Workbook()
    for row in (["姓名", "人数"], [], ["张三", 1], [], [], ["李四", "x"]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    data = read_sheet(spec, stream.getvalue())
    assert data.frame["row"].to_list() == [3, 6]
    assert data.errors["row"].to_list() == [6]
    assert data.frame.schema["n"] == pl.Int64
