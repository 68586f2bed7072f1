"""Reports as Word documents that an officer goes on editing: the dispatch report and the minutes. In Chinese."""

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BODY, TITLE = "仿宋", "宋体"


def response(content: bytes, name: str) -> HttpResponse:
    """The document as a download."""
    answer = HttpResponse(content, content_type=DOCX)
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


def day(text: str) -> str:
    """2026-11-27 as 2026年11月27日; empty stays empty."""
    if not text:
        return ""
    found = dt.date.fromisoformat(text)
    return f"{found.year}年{found.month}月{found.day}日"


def _new(issuer: str, title: str, number: str) -> Any:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    section.top_margin, section.bottom_margin = Cm(3.2), Cm(2.8)
    style = document.styles["Normal"]
    style.font.name, style.font.size = BODY, Pt(14)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
    document.core_properties.title, document.core_properties.author = title, issuer
    for text, size in ((issuer, 16), (title, 20)):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(text)
        run.font.size, run.font.name, run.bold = Pt(size), TITLE, True
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TITLE)
    if number:
        document.add_paragraph(number).alignment = WD_ALIGN_PARAGRAPH.CENTER
    return document


def _heading(document: Any, text: str) -> None:
    paragraph = document.add_heading(text, level=1)
    for run in paragraph.runs:
        run.font.name, run.font.size = TITLE, Pt(15)
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TITLE)


def _words(document: Any, text: str) -> None:
    for line in text.splitlines():
        if line.strip():
            document.add_paragraph(line.strip()).paragraph_format.first_line_indent = Pt(28)


def _table(document: Any, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    table = document.add_table(rows=1, cols=len(head))
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, head, strict=True):
        cell.text = text
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = "" if value is None else str(value)
    for row in table.rows:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                for run in paragraph.runs:
                    run.font.size = Pt(10.5)
    document.add_paragraph()


def _done(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def minutes(data: Mapping[str, Any], issuer: str, number: str) -> bytes:
    """The minutes of a joint meeting (meetings.actions.paper_data)."""
    document = _new(issuer, "联席会议纪要", number)
    _table(document, ("会议", data["title"]), [
        ("推进方案", f"《{data['plan']}》"), ("时间", day(data["held_on"])), ("地点", data["venue"]),
        ("主持", data["chair"]), ("出席", data["present"]),
    ])
    _heading(document, "会议情况")
    for part in data["minutes"]:
        _words(document, part)
    if data["decisions"]:
        _heading(document, "议定事项")
        _table(document, ("序号", "议定内容", "性质", "任务", "单位", "时限"), [
            (n, one["text"], one["kind"], one["task"], one["lead"], day(one["due"]))
            for n, one in enumerate(data["decisions"], 1)
        ])
    return _done(document)


def dispatch(data: Mapping[str, Any], issuer: str, number: str) -> bytes:
    """A monthly dispatch report (reports.dispatches.paper_data)."""
    document = _new(issuer, data["title"], number)
    _words(document, data["opening"])
    _heading(document, "一、总体进度")
    _words(document, data["summary"])
    figures = data["figures"]
    if figures["units"]:
        _table(document, ("责任单位", "牵头(负责)任务", "逾期", "临期或久未报", "已办结"), figures["units"])
    _heading(document, "二、本月办结")
    _lines(document, figures["done"], ("任务", "单位", "办结日期"), lambda x: (x["title"], x["units"], day(x["done"])))
    _heading(document, "三、逾期未完成")
    _lines(document, figures["overdue"], ("任务", "单位", "时限", "逾期天数", "进度"),
           lambda x: (x["title"], x["units"], day(x["due"]), x["late"], f"{x['percent']}%"))
    _heading(document, "四、即将到期")
    _lines(document, figures["coming"], ("任务", "单位", "时限", "进度"),
           lambda x: (x["title"], x["units"], day(x["due"]), f"{x['percent']}%"))
    _heading(document, "五、按时完成情况排名")
    _lines(document, figures["ranking"], ("单位", "已到期", "按时完成", "按时完成率"),
           lambda x: (x[0], x[1], x[2], f"{x[3]}%"))
    for title, key in (("六、存在问题", "problems"), ("七、下一步工作", "next_steps")):
        _heading(document, title)
        _words(document, data[key] or "无。")
    return _done(document)


def _lines(document: Any, rows: Sequence[Any], head: Sequence[str], cells: Any) -> None:
    if rows:
        _table(document, head, [cells(row) for row in rows])
    else:
        _words(document, "无。")
