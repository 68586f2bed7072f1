"""Plans of our own for tests, and the files that hold them: Word documents and PDFs built by hand."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from yinian.engines.plantext import Plan, read_plan, to_document

PLAN = """临川县养老服务提升行动实施方案

为做好全县养老服务工作，制定本方案。

一、总体目标
到2027年底，全县养老机构护理型床位占比达到60%以上，建成30个以上村级互助点。

二、重点任务
（一）建设服务网络
1.改造敬老院。2026年6月底前完成全部敬老院的消防改造。（牵头单位：县民政局；配合单位：县财政局、县消防救援大队）
2.建设互助点。在每个乡镇建设示范互助点，每年10月底前完成验收。（县民政局牵头，各乡镇人民政府配合）
（二）加强保障
1.安排资金。县财政每年安排养老服务资金500万元。（责任单位：县财政局、县民政局）
2.培训人员。全年培训养老护理员200名。（县人力资源社会保障局、县民政局按职责分工负责）

三、组织实施
各部门要加强协作，定期调度进展。

临川县人民政府办公室
2025年3月8日
"""

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def read(text: str, policy: Any = "auto") -> dict[str, Any]:
    """A text as the document that the command prints."""
    return to_document(read_plan(text, policy=policy))


def under_task(*lines: str, heading: str = "一、主要任务", dated: str = "2025年3月8日") -> dict[str, Any]:
    """Lines under a heading of work, in a document of a known date."""
    return read("\n".join([heading, *lines, "", dated, ""]))


def quotes(document: Mapping[str, Any], key: str) -> list[str]:
    """The words of all items of one kind."""
    return [item["quote"] for item in document[key]]


def spans(plan: Plan) -> list[tuple[int, int]]:
    """The places of everything found."""
    items: list[Any] = [*plan.outline, *plan.units, *plan.tasks, *plan.targets, *plan.money, *plan.projects]
    return [(item.start, item.end) for item in (*items, *plan.tables, *plan.doubts, *plan.duplicates)]


# ── Word ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def paragraph(words: str, numbered: tuple[int, int] | None = None, style: str | None = None) -> str:
    """A paragraph; `numbered` is (list, level)."""
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if numbered:
        properties += f'<w:numPr><w:ilvl w:val="{numbered[1]}"/><w:numId w:val="{numbered[0]}"/></w:numPr>'
    return f'<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space="preserve">{escape(words)}</w:t></w:r></w:p>'


def table(*rows: Sequence[str | None]) -> str:
    """A table; None goes on from the cell above."""
    made = ""
    for row in rows:
        made += "<w:tr>"
        for cell in row:
            merge = "<w:vMerge/>" if cell is None else '<w:vMerge w:val="restart"/>'
            made += f"<w:tc><w:tcPr>{merge}</w:tcPr>{paragraph(cell or '')}</w:tc>"
        made += "</w:tr>"
    return f"<w:tbl>{made}</w:tbl>"


def level(depth: int, form: str, text: str, more: str = "") -> str:
    """A level of a list."""
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>'
        f"{more}</w:lvl>"
    )


def numbering(*levels: str, lists: str = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>') -> str:
    """The part numbering.xml with one abstract list."""
    abstract = f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>'
    return f'<w:numbering xmlns:w="{W}">{abstract}{lists}</w:numbering>'


def word(*blocks: str, **parts: str) -> bytes:
    """A .docx file of some blocks, with further parts by the stem of their names."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    body = f'{head}<w:document xmlns:w="{W}"><w:body>{"".join(blocks)}</w:body></w:document>'
    return archive({"word/document.xml": body, **{f"word/{name}.xml": part for name, part in parts.items()}})


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip of some parts."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in parts.items():
            made.writestr(name, part)
    return held.getvalue()


# ── PDF ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1)
def _fonts() -> Any:
    import typst
    from django.conf import settings

    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(settings.ASSETS / "vendor" / "noto-sans-sc")],
    )


def portable(source: str, **data: Any) -> bytes:
    """The PDF of a typst source."""
    import typst

    compiler = typst.Compiler(source.encode(), font_paths=_fonts(), sys_inputs={"data": json.dumps(data)})
    made = compiler.compile(format="pdf")
    assert isinstance(made, bytes)
    return made


def printed(text: str) -> bytes:
    """A text as a PDF as an office would print it: paragraphs with an indent of two characters, page numbers below."""
    return portable(
        """#set page(paper: "a4", margin: 2.5cm, numbering: "— 1 —")
        #set text(font: "Noto Sans SC", size: 16pt)
        #set par(first-line-indent: (amount: 2em, all: true), justify: true, leading: 1em)
        #for line in json(bytes(sys.inputs.data)).lines { if line == "" { v(1em) } else { par(text(line)) } }""",
        lines=text.splitlines(),
    )
