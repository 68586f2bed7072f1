"""Files that must be refused as a whole, each made here as it comes in life."""

import contextlib
import io
import random
import struct
import sys
import zipfile
import zlib

import pytest
import xlsxwriter
import xlwt

from yinian.core.sheets import Column, SheetError, SheetSpec, guard, oldbook, read_sheet

SPEC = SheetSpec(
    "people",
    "名单",
    [Column("name", "姓名", required=True), Column("age", "年龄", "integer"), Column("village", "村", "region")],
)
SHEET_HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_TAIL = b"</sheetData></worksheet>"


def workbook(rows, sheet_name="名单"):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet(sheet_name)
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return stream.getvalue()


GOOD = workbook([["姓名", "年龄", "村"], ["张三", 80, "白塘村"]])


def repacked(replace=None, add=None, drop=()):
    """The good workbook with some of its parts replaced, added or dropped."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in drop:
                new.writestr(name, (replace or {}).get(name, old.read(name)))
        for name, content in (add or {}).items():
            new.writestr(name, content)
    return stream.getvalue()


def other_zip(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stream.getvalue()


def ole(*streams):
    """An old compound file whose directory names the given streams."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 504
        + b"".join(s.encode("utf-16-le") + b"\0" * 64 for s in streams)
    )


def refusal(content, spec=SPEC, filename="名单.xlsx"):
    with pytest.raises(SheetError) as caught:
        read_sheet(spec, content, filename)
    assert caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("content", "code", "found"),
    [
        (b"", "empty_file", None),
        (other_zip("[Content_Types].xml", "word/document.xml"), "wrong_kind", "docx"),
        (other_zip("[Content_Types].xml", "ppt/presentation.xml"), "wrong_kind", "pptx"),
        (other_zip("readme.txt"), "wrong_kind", "zip"),
        (b"%PDF-1.7\n...", "wrong_kind", "pdf"),
        (b"MZ\x90\x00" + b"\0" * 100, "wrong_kind", "exe"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "wrong_kind", "image"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "wrong_kind", "image"),
        (b"{\\rtf1 }", "wrong_kind", "rtf"),
        (b"\x00\x01\x02\x03" * 50, "wrong_kind", "unknown"),
        (ole("WordDocument"), "wrong_kind", "docx"),
        (ole("Something"), "wrong_kind", "ole"),
        (b"\xef\xbb\xbf<html><table><tr><td>x</td></tr></table></html>", "html_as_excel", None),
        (b'<?xml version="1.0"?><Workbook/>', "other_spreadsheet", "XML"),
        (other_zip("xl/workbook.bin"), "other_spreadsheet", "xlsb"),
        (ole("EncryptedPackage", "EncryptionInfo"), "encrypted", None),
        (ole("Workbook", "_VBA_PROJECT_CUR"), "macros", None),
        (b"PK\x03\x04 not a zip at all", "broken", None),
        (GOOD[: len(GOOD) // 2], "broken", None),
    ],
)
def test_a_file_of_another_kind_is_refused_by_its_content_whatever_its_name(content, code, found):
    error = refusal(content)
    assert error.code == code
    assert error.params.get("found") == found


def test_a_macro_workbook_is_refused_by_its_program_part_and_by_its_content_type():
    assert refusal(repacked(add={"xl/vbaProject.bin": b"x"})).code == "macros"
    types = zipfile.ZipFile(io.BytesIO(GOOD)).read("[Content_Types].xml")
    macro = types.replace(b"spreadsheetml.sheet.main", b"x").replace(
        b"openxmlformats-officedocument.x", b"ms-excel.sheet.macroEnabled.main"
    )
    assert macro != types
    assert refusal(repacked(replace={"[Content_Types].xml": macro})).code == "macros"


def test_a_bomb_is_refused_by_what_its_directory_declares():
    zeros = b"\0" * (guard.RATIO_MATTERS_ABOVE + 1)
    content = repacked(add={"xl/media/image1.bin": zeros})
    assert len(content) < 1_000_000
    assert refusal(content).code == "bomb"


def test_a_bomb_that_declares_a_small_size_is_refused_while_it_unpacks():
    sheet = SHEET_HEAD + b" " * 5_000_000 + SHEET_TAIL
    content = bytearray(repacked(replace={"xl/worksheets/sheet1.xml": sheet}))
    small, checksum = 200, zlib.crc32(sheet[:200])
    # both headers lie about size and checksum, as a made bomb does
    for marker, at_crc, at_size in ((b"PK\x01\x02", 16, 24), (b"PK\x03\x04", 14, 22)):
        position = -1
        while (position := content.find(marker, position + 1)) >= 0:
            if struct.unpack_from("<I", content, position + at_size)[0] == len(sheet):
                struct.pack_into("<I", content, position + at_size, small)
                struct.pack_into("<I", content, position + at_crc, checksum)
    assert refusal(bytes(content)).code == "bomb"


def test_a_flipped_bit_is_found_before_the_workbook_is_opened():
    # stored, not deflated, so that the damage keeps the part's form
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    content = stream.getvalue().replace(b"<sheetData>", b"<sheetDatb>")
    assert refusal(content).code == "broken"


def test_parts_that_overlap_in_the_file_are_refused():
    members = zipfile.ZipFile(io.BytesIO(GOOD)).infolist()
    with pytest.raises(SheetError, match="bomb"):
        guard.check_sizes(members, sum(member.compress_size for member in members) - 1)


def test_entity_declarations_are_refused_wherever_they_stand():
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    assert refusal(repacked(replace={"xl/worksheets/sheet1.xml": evil + SHEET_HEAD + SHEET_TAIL})).code == "broken"
    assert refusal(repacked(replace={"xl/workbook.xml": evil + b"<workbook/>"})).code == "broken"


def test_a_filled_cell_far_out_is_refused_and_an_empty_one_is_not():
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c>'
    row += '<c r="B1" t="inlineStr"><is><t>年龄</t></is></c></row>'
    row += '<row r="2"><c r="A2" t="inlineStr"><is><t>张三</t></is></c><c r="B2"><v>80</v></c></row>'
    far = '<row r="1048576"><c r="XFD1048576"{}</row>'

    def sheet(last):
        return repacked(replace={"xl/worksheets/sheet1.xml": SHEET_HEAD + (row + last).encode() + SHEET_TAIL})

    assert refusal(sheet(far.format("><v>1</v></c>"))).code == "too_many_rows"
    assert read_sheet(SPEC, sheet(far.format("/>"))).frame.height == 1
    wide = '<row r="3"><c r="XFD3"><v>1</v></c></row>'
    assert refusal(sheet(wide)).code == "too_many_columns"


def test_unnumbered_cells_are_counted_all_the_same():
    cells = "".join("<c><v>1</v></c>" for _ in range(guard.MAX_COLUMNS + 1))
    sheet = SHEET_HEAD + f"<row>{cells}</row>".encode() + SHEET_TAIL
    assert refusal(repacked(replace={"xl/worksheets/sheet1.xml": sheet})).code == "too_many_columns"


def test_the_fast_and_the_exact_scan_see_the_same_formulas(monkeypatch):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("名单")
    for row in range(3000):
        sheet.write_string(row, 0, "<f>" * (row % 3))
        sheet.write_number(row, 27, row)
        if row % 7 == 0:
            sheet.write_formula(row, row % 5 + 1, "=1+1")
    book.close()
    content = stream.getvalue()
    member = zipfile.ZipFile(io.BytesIO(content)).getinfo("xl/worksheets/sheet1.xml")
    monkeypatch.setattr(guard, "CHUNK", 997)
    fast, exact = guard._scan_fast(guard.inflate(content, member)), guard._scan_exact(guard.inflate(content, member))
    assert fast == exact
    assert len(fast.formulas) == 429


def test_the_list_rules_of_newer_excels_are_not_taken_for_formulas():
    sheet = zipfile.ZipFile(io.BytesIO(GOOD)).read("xl/worksheets/sheet1.xml")
    rule = b'<extLst><ext xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><xm:f>lists!A1</xm:f></ext></extLst>'
    for marker in (b"</worksheet>", b"<!-- :c --></worksheet>"):
        content = repacked(replace={"xl/worksheets/sheet1.xml": sheet.replace(b"</worksheet>", rule + marker)})
        assert read_sheet(SPEC, content).errors.is_empty()


def test_much_behind_the_last_cell_is_no_bomb():
    sheet = zipfile.ZipFile(io.BytesIO(GOOD)).read("xl/worksheets/sheet1.xml")
    links = (
        b"<hyperlinks>" + b"".join(b'<hyperlink ref="A%d" location="x"/>' % n for n in range(90_000)) + b"</hyperlinks>"
    )
    content = repacked(replace={"xl/worksheets/sheet1.xml": sheet.replace(b"</worksheet>", links + b"</worksheet>")})
    assert read_sheet(SPEC, content).frame.height == 1


def test_a_workbook_with_any_byte_changed_is_read_or_refused_and_nothing_else():
    chance = random.Random(5)
    for _ in range(400):
        content = bytearray(GOOD)
        for _ in range(chance.choice([1, 2, 5])):
            content[chance.randrange(len(content))] = chance.randrange(256)
        with contextlib.suppress(SheetError):
            read_sheet(SPEC, bytes(content))


@pytest.mark.parametrize("ending", ["os.abort()", "os._exit(1)", "time.sleep(60)"])
def test_an_old_workbook_that_brings_its_reader_down_brings_nothing_else_down(monkeypatch, ending):
    monkeypatch.setattr(oldbook, "COMMAND", [sys.executable, "-c", f"import os, time; {ending}"])
    monkeypatch.setattr(oldbook, "SECONDS", 1)
    assert refusal(old_workbook(81)).code == "broken"


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(guard, "MAX_ROWS", 20)
    lines = "姓名,年龄\n" + "张三,80\n" * 40
    assert refusal(lines.encode()).code == "too_many_rows"
    assert refusal(workbook([["姓名", "年龄"], *[["张三", 80]] * 40])).code == "too_many_rows"


def test_a_sheet_without_its_headings_names_what_was_expected():
    error = refusal(workbook([["甲", "乙"], ["1", "2"]]))
    assert error.code == "no_header"
    assert "姓名" in error.params["expected"]


def test_a_missing_required_column_is_named():
    error = refusal(workbook([["年龄", "村"], [80, "白塘村"]]))
    assert (error.code, error.params["columns"]) == ("missing_columns", "姓名")


def test_a_heading_that_stands_twice_is_refused_with_both_cells():
    error = refusal(workbook([["姓名", "年龄", "姓 名*"], ["张三", 80, "李四"]]))
    assert (error.code, error.params["first"], error.params["second"]) == ("duplicate_header", "A1", "C1")


def test_a_sheet_with_headings_only_is_empty():
    assert refusal(workbook([["姓名", "年龄"], [None, " "]])).code == "empty_sheet"


def test_text_that_is_in_no_known_encoding_is_refused():
    assert refusal(b"\xff\xff\xff,\xfe\n1,2\n").code == "encoding"


def old_workbook(third):
    book = xlwt.Workbook()
    sheet = book.add_sheet("名单")
    for row, cells in enumerate((["姓名", "年龄"], ["张三", 80], ["李四", third])):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_an_old_workbook_is_read_and_its_formula_cells_are_errors():
    assert read_sheet(SPEC, old_workbook(81), "a.xls").errors.is_empty()
    data = read_sheet(SPEC, old_workbook(xlwt.Formula("40+41")), "a.xls")
    assert data.errors.select("row", "column", "code").rows() == [(3, "age", "formula")]


def test_a_damaged_old_workbook_is_refused():
    content = old_workbook(81)
    assert refusal(content[:2048] + b"\0" * 512 + content[-512:]).code == "broken"
    assert refusal(content[:48] + b"\x77" * 40 + content[88:]).code == "broken"
