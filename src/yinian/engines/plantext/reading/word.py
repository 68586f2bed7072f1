"""Word documents: paragraphs with the numbers that Word would print before them, and tables.

Numbering is automatic in Word and stands in no paragraph's text: it is resolved here from numbering.xml and styles.xml,
Chinese counting included (ECMA-376 part 1, 17.9 and 17.18.59).
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from lxml import etree

from yinian.engines.plantext.errors import ReadingError
from yinian.engines.plantext.reading.model import Source, Writer
from yinian.engines.plantext.reading.numbering import Numbering

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_LARGEST_PART = 48 * 1024 * 1024
_MOST_PARTS = 5000
_SKIPPED = {
    _W + name
    for name in (
        "del",
        "moveFrom",
        "instrText",
        "delText",
        "footnoteReference",
        "endnoteReference",
        "commentReference",
        "rPr",
        "pPr",
    )
}


def read(data: bytes) -> Source:
    """The text of a .docx file. Raises ReadingError where it is damaged, oversized or no Word document."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError):
        raise ReadingError("is no .docx file; expected a Word document") from None
    with archive:
        if len(archive.infolist()) > _MOST_PARTS:
            raise ReadingError(f"holds more than {_MOST_PARTS} parts; expected a Word document")
        document = _part(archive, "word/document.xml")
        if document is None:
            raise ReadingError("holds no word/document.xml; expected a Word document")
        numbering = Numbering(_part(archive, "word/numbering.xml"), _part(archive, "word/styles.xml"))
    body = document.find(_W + "body")
    if body is None:
        raise ReadingError("has no body; expected a Word document")
    writer = Writer()
    _Printer(writer, numbering).blocks(body)
    return writer.source()


def _part(archive: zipfile.ZipFile, name: str) -> Any:
    """One part as an element tree; None where the archive has none."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        return None
    if info.file_size > _LARGEST_PART:
        raise ReadingError(f"{name} unpacks to {info.file_size} bytes; expected at most {_LARGEST_PART}")
    try:
        with archive.open(info) as stream:
            words = stream.read(_LARGEST_PART + 1)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, zipfile.zlib.error):  # type: ignore[attr-defined]
        raise ReadingError(f"{name} is damaged; expected a Word document") from None
    if len(words) > _LARGEST_PART:
        raise ReadingError(f"{name} unpacks to more than {_LARGEST_PART} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(words, parser)
    except etree.XMLSyntaxError as error:
        raise ReadingError(f"{name} is no sound XML: {' '.join(str(error).split())}") from None
    if root.getroottree().docinfo.doctype:
        raise ReadingError(f"{name} declares a document type, which no Word document does")
    return root


class _Printer:
    """Prints the blocks of a document as lines. The parser bounds how deep they nest."""

    def __init__(self, writer: Writer, numbering: Numbering) -> None:
        self.writer, self.numbering = writer, numbering

    def blocks(self, parent: Any) -> None:
        """Paragraphs and tables in order, those in content controls and text boxes too."""
        for child in parent:
            if child.tag == _W + "p":
                self._paragraph(child)
            elif child.tag == _W + "tbl":
                self._table(child)
            elif child.tag in (_W + "sdt", _W + "ins", _W + "moveTo", _W + "customXml", _W + "smartTag"):
                content = child.find(_W + "sdtContent")
                self.blocks(content if content is not None else child)

    def _paragraph(self, paragraph: Any) -> None:
        words, boxes = _text(paragraph)
        label = self.numbering.label(paragraph) if words.strip() else ""
        for number, line in enumerate((label + words).split("\n")):
            if line.strip() or number == 0:
                self.writer.line(line.rstrip())
        for box in boxes:
            self.blocks(box)

    def _table(self, table: Any) -> None:
        rows: list[list[str | None]] = []
        nested = False
        for row in _children(table, "tr"):
            cells: list[str | None] = []
            for cell in _children(row, "tc"):
                nested = nested or cell.find(_W + "tbl") is not None
                words, across, continued = self._cell(cell)
                cells.append(None if continued else words)
                cells.extend([""] * (across - 1))
            if cells:
                rows.append(cells)
        if nested or not rows or max(len(row) for row in rows) < 2 or len(rows) < 2:
            for row in _children(table, "tr"):
                for cell in _children(row, "tc"):
                    self.blocks(cell)
            return
        self.writer.table(rows)

    def _cell(self, cell: Any) -> tuple[str, int, bool]:
        properties = cell.find(_W + "tcPr")
        across, continued = 1, False
        if properties is not None:
            span = properties.find(_W + "gridSpan")
            if span is not None and (span.get(_W + "val") or "").isdigit():
                across = max(1, min(int(span.get(_W + "val")), 60))
            merge = properties.find(_W + "vMerge")
            continued = merge is not None and merge.get(_W + "val") in (None, "continue")
        lines: list[str] = []
        for paragraph in cell.iter(_W + "p"):
            words, _ = _text(paragraph)
            if words.strip():
                lines.append((self.numbering.label(paragraph) + words).strip())
        return "\n".join(lines), across, continued


def _children(parent: Any, name: str) -> list[Any]:
    """The rows or cells of a table, those in content controls too."""
    found: list[Any] = []
    for child in parent:
        if child.tag == _W + name:
            found.append(child)
        elif child.tag in (_W + "sdt", _W + "ins"):
            content = child.find(_W + "sdtContent")
            found.extend(_children(content if content is not None else child, name))
    return found


def _text(paragraph: Any) -> tuple[str, list[Any]]:
    """The words of a paragraph, and the text boxes that hang on it."""
    parts: list[str] = []
    boxes: list[Any] = []
    stack: list[Any] = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        tag = element.tag
        if not isinstance(tag, str) or tag in _SKIPPED:
            continue
        if tag == _W + "t":
            parts.append(element.text or "")
        elif tag == _W + "tab":
            parts.append("\t")
        elif tag in (_W + "br", _W + "cr"):
            parts.append("\n")
        elif tag == _W + "noBreakHyphen":
            parts.append("-")
        elif tag == _W + "txbxContent":
            boxes.append(element)
        elif tag == _W + "r" and _hidden(element):
            continue
        elif tag == _MC + "AlternateContent":
            choice = element.find(_MC + "Choice")
            stack.extend(reversed(choice if choice is not None else element))
        else:
            stack.extend(reversed(element))
    return "".join(parts), boxes


def _hidden(run: Any) -> bool:
    properties = run.find(_W + "rPr")
    if properties is None:
        return False
    vanish = properties.find(_W + "vanish")
    return vanish is not None and vanish.get(_W + "val") not in ("0", "false", "off")
