"""The workbook in which a county enters the official wording of a scale: written empty, read back filled."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any, BinaryIO

from yinian.engines.scale import Scale, ScaleError, WordingFile, WordingText

HEADINGS = ("条目", "名称", "分值", "本平台表述", "标准原文")
ABOUT = ("量表", "版本", "文件名称", "文号")
DEFINITION = "释义"
"""What stands in the place of points in the row of an item's definition."""

_LARGEST_UNPACKED = 50_000_000  # bytes
_HEADING_ROWS = 20


def wording_of_sheet(content: bytes, file: str) -> WordingFile:
    """The official wording of a workbook's first sheet, as `write_wording_sheet` lays it out. Raises ScaleError."""
    rows = _rows(content, file)
    about: dict[str, str] = {}
    columns: dict[str, int] = {}
    start = 0
    for number, row in enumerate(rows[:_HEADING_ROWS], 1):
        cells = [_text(cell) for cell in row]
        if HEADINGS[0] in cells:
            columns = {heading: cells.index(heading) for heading in HEADINGS if heading in cells}
            start = number
            break
        if cells and cells[0] in ABOUT:
            about[cells[0]] = next((cell for cell in cells[1:] if cell), "")
    if not start:
        raise ScaleError(f"has no row of headings; expected {', '.join(HEADINGS)}", file=file)
    for heading in (HEADINGS[0], HEADINGS[2], HEADINGS[4]):
        if heading not in columns:
            raise ScaleError(f"has no column {heading}", file=file, row=start)
    for name in ABOUT[:3]:
        if not about.get(name):
            raise ScaleError(f"does not say its {name}; expected it in a row above the headings", file=file)
    code, points, text = (columns[HEADINGS[place]] for place in (0, 2, 4))
    texts = []
    for number, row in enumerate(rows[start:], start + 1):
        cells = [_text(row[place]) if place < len(row) else "" for place in (code, points, text)]
        if any(cells):
            if cells[1] == DEFINITION and not cells[2]:
                continue  # a definition may stay ours
            texts.append(WordingText(cells[0], _points(cells[1], cells[0], file, number), cells[2], number))
    number_of_document = about.get(ABOUT[3]) or None
    return WordingFile(about[ABOUT[0]], about[ABOUT[1]], about[ABOUT[2]], number_of_document, tuple(texts), file, "row")


def _points(text: str, item: str, file: str, row: int) -> int | None:
    if text == DEFINITION:
        return None
    if not text.isdecimal() or len(text) > 6:
        raise ScaleError(f"the points are `{text[:20]}`; expected a whole number or {DEFINITION}",
                         item=item, file=file, row=row)  # fmt: skip
    return int(text)


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _rows(content: bytes, file: str) -> Sequence[Sequence[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise ScaleError("is not an .xlsx workbook", file=file) from None
    if unpacked > _LARGEST_UNPACKED:
        raise ScaleError(f"unpacks to more than {_LARGEST_UNPACKED} bytes", file=file)
    try:
        rows: Sequence[Sequence[Any]] = (
            CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        )
    except BaseException as error:
        # A Rust panic does not derive from Exception.
        if isinstance(error, CalamineError | IndexError) or type(error).__name__ == "PanicException":
            raise ScaleError("is damaged or has no sheet", file=file) from None
        raise
    return rows


def write_wording_sheet(scale: Scale, stream: BinaryIO) -> None:
    """A workbook with every item and option of a scale and an empty column for the official text."""
    import xlsxwriter

    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet(scale.name.zh[:31])
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "bg_color": "#E6F0F0", "border": 1})
    own = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#FFFBE6", "border": 1})
    standard = scale.standard
    for row, (name, value) in enumerate(
        zip(ABOUT, (scale.id, scale.version, standard.title, standard.number or ""), strict=True)
    ):
        sheet.write_row(row, 0, (name, value))
    top = len(ABOUT) + 1
    sheet.write_row(top, 0, HEADINGS, bold)
    row = top + 1
    for item in scale.items:
        definition = "" if item.definition is None else item.definition.zh
        lines = [(DEFINITION, definition), *((str(option.score), option.text.zh) for option in item.options)]
        for points, ours in lines:
            sheet.write_row(row, 0, (item.code, item.name.zh, points, ours), wrap)
            sheet.write_blank(row, 4, None, own)
            row += 1
    for column, width in enumerate((8, 18, 8, 48, 60)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(top + 1, 0)
    book.close()
