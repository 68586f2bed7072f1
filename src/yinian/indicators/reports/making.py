"""A report in its three forms: a Word document to go on editing, a paper to issue, a workbook with own charts."""

import io
from typing import Any, BinaryIO

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from docx import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from yinian.core.documents.actions import issue, preview
from yinian.core.documents.kinds import document_kind
from yinian.core.documents.models import Document
from yinian.core.documents.setting import set_picture
from yinian.core.models import Region, User
from yinian.core.sheets.read import sheet_title
from yinian.indicators.reports.content import Chart, Content

KIND = document_kind(
    "indicators.bulletin", gettext_lazy("Statistics bulletin or report"), series="养统", store="indicators.export",
    open="indicators.view",
)
TEMPLATE = "indicators/reports/paper.typ"
CHART = "indicators/reports/chart.typ"
FONT = "Noto Sans SC"
_SAFE = {"constant_memory": False, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def heads() -> list[str]:
    """The columns of a chapter's first table."""
    return [_("Indicator"), _("Value"), _("Period before"), _("Change since"), _("Target"), _("Where it stands")]


def lines_of(chapter: Any) -> list[list[str]]:
    """A chapter's figures as rows of texts under :func:`heads`."""
    return [[line.label, line.value, line.earlier or "–", line.change or "–", line.aim or "–", line.state or "–"]
            for line in chapter.lines]


def plain(content: Content) -> dict[str, Any]:
    """What the paper's template takes."""
    return {
        "public": _("Public version") if content.public else "", "opening": content.opening, "heads": heads(),
        "notes": content.notes, "notes_title": _("Notes to the report"),
        "sources": content.sources, "sources_title": _("Documents"),
        "chapters": [
            {
                "title": chapter.title, "lines": lines_of(chapter),
                "charts": [{"title": c.title, "unit": c.unit, "rows": [list(row) for row in c.rows]}
                           for c in chapter.charts],
                "tables": [
                    {"heads": [_("Area"), *(_head(h, u) for h, u in zip(t.heads, t.units, strict=True))],
                     "rows": [[area, *cells] for area, cells in zip(t.areas, t.cells, strict=True)]}
                    for t in chapter.tables
                ],
            }
            for chapter in content.chapters
        ],
    }


def _head(label: str, unit: str) -> str:
    return f"{label}（{unit}）" if unit else label


def as_pdf(region: Region, content: Content) -> bytes:
    """The paper as a draft, without a number."""
    return preview(region.pk, title=content.title, template=TEMPLATE, data=plain(content))


def issue_paper(actor: User, region: Region, content: Content) -> Document:
    """The paper, numbered and kept. Raises Forbidden or NotVisible without the right to export there."""
    return issue(actor, KIND.name, region=region.pk, title=content.title, template=TEMPLATE, data=plain(content))


def picture(chart: Chart) -> bytes:
    """A chart as PNG."""
    return set_picture(CHART, {"title": chart.title, "unit": chart.unit, "rows": [list(row) for row in chart.rows]})


def as_docx(content: Content, stream: BinaryIO) -> None:
    """Write the Word document: headings, real tables, charts as pictures with their words beside them."""
    book = WordDocument()
    style = book.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    for section in book.sections:
        section.left_margin = section.right_margin = Cm(2.4)
        section.page_width, section.page_height = Cm(21), Cm(29.7)
    book.core_properties.title = content.title
    title = book.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run(content.title)
    run.bold, run.font.size = True, Pt(17)
    if content.public:
        mark = book.add_paragraph(_("Public version"))
        mark.alignment = WD_ALIGN_PARAGRAPH.CENTER
    book.add_paragraph(content.opening)
    for chapter in content.chapters:
        _heading(book, chapter.title)
        _table(book, heads(), lines_of(chapter))
        for chart in chapter.charts:
            book.add_paragraph()
            shape = book.add_picture(io.BytesIO(picture(chart)), width=Cm(15.5))
            shape._inline.docPr.set("descr", f"{chart.title}: " + ", ".join(f"{a} {t}" for a, _n, t in chart.rows))
        for table in chapter.tables:
            book.add_paragraph()
            _table(
                book, [_("Area"), *(_head(h, u) for h, u in zip(table.heads, table.units, strict=True))],
                [[area, *cells] for area, cells in zip(table.areas, table.cells, strict=True)],
            )
    for head, items in ((_("Notes to the report"), content.notes), (_("Documents"), content.sources)):
        if items:
            _heading(book, head)
            for item in items:
                book.add_paragraph(item, style="List Number" if head == _("Notes to the report") else None)
    book.save(stream)


def _heading(book: Any, text: str) -> None:
    head = book.add_heading(level=1)
    run = head.add_run(text)
    run.font.name, run.font.size = FONT, Pt(13)
    run._element.rPr.rFonts.set(qn("w:eastAsia"), FONT)


def _table(book: Any, head: list[str], rows: list[list[str]]) -> None:
    table = book.add_table(rows=1, cols=len(head), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, head, strict=True):
        cell.text = text
        for paragraph in cell.paragraphs:
            for run in paragraph.runs:
                run.bold = True
    # A row is made whole and its cells are asked for once: python-docx walks the whole table for each `cell()`.
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    for row in table.rows:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = Pt(0)
                for run in paragraph.runs:
                    run.font.size = Pt(9)


def as_xlsx(content: Content, stream: BinaryIO) -> None:
    """Write the workbook: an overview, a sheet for each theme with its table by area and a chart Excel draws itself."""
    book = xlsxwriter.Workbook(stream, _SAFE)
    bold = book.add_format({"bold": True, "bg_color": "#D9E2EC", "text_wrap": True, "valign": "top", "border": 1})
    head = book.add_format({"bold": True, "font_size": 14})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(sheet_title(_("Overview")))
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 38)
    sheet.set_column(2, 7, 16)
    sheet.write_string(0, 0, content.title, head)
    sheet.write_string(1, 0, content.opening)
    for place, name in enumerate([_("Theme"), *heads(), _("As-of date")]):
        sheet.write_string(3, place, name, bold)
    row = 4
    for chapter in content.chapters:
        for line, texts in zip(chapter.lines, lines_of(chapter), strict=True):
            sheet.write_string(row, 0, chapter.title)
            for place, cell in enumerate(texts, 1):
                sheet.write_string(row, place, cell, text)
            sheet.write_string(row, 7, line.as_of.isoformat())
            row += 1
    sheet.freeze_panes(4, 2)
    row += 1
    for item in [*content.notes, *content.sources]:
        sheet.write_string(row, 0, item)
        row += 1
    names: set[str] = {sheet.get_name()}
    for chapter in content.chapters:
        if chapter.tables:
            _theme_sheet(book, bold, chapter, names)
    book.close()


def _theme_sheet(book: Any, bold: Any, chapter: Any, names: set[str]) -> None:
    name = sheet_title(chapter.title)
    while name in names:
        name = f"{name[:28]} 2"
    names.add(name)
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 12, 15)
    row = 0
    for table in chapter.tables:
        sheet.write_string(row, 0, _("Area"), bold)
        for place, (label, unit) in enumerate(zip(table.heads, table.units, strict=True), 1):
            sheet.write_string(row, place, _head(label, unit), bold)
        first = row + 1
        for area, cells, numbers in zip(table.areas, table.cells, table.numbers, strict=True):
            row += 1
            sheet.write_string(row, 0, area)
            for place, (cell, number) in enumerate(zip(cells, numbers, strict=True), 1):
                if number is None:
                    sheet.write_string(row, place, cell)
                else:
                    sheet.write_number(row, place, number)
        for title in (chart.title for chart in chapter.charts if chart.title in table.heads):
            place = list(table.heads).index(title) + 1
            drawn = book.add_chart({"type": "bar"})
            drawn.add_series({
                "name": [name, first - 1, place], "categories": [name, first, 0, row, 0],
                "values": [name, first, place, row, place], "fill": {"color": "#0F5F66"}, "gap": 60,
            })
            drawn.set_title({"name": title})
            drawn.set_legend({"none": True})
            drawn.set_y_axis({"reverse": True})
            drawn.set_x_axis({"min": 0})
            drawn.set_size({"width": 640, "height": max(260, 24 * (row - first + 4))})
            sheet.insert_chart(first - 1, len(table.heads) + 2, drawn)
        row += 3
