"""PDF files with a text layer: lines put together into paragraphs, without page numbers and running heads.

A line that reaches the right margin goes on in the next one unless that is indented. A scan without text is an error,
not an empty plan.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import pypdfium2

from yinian.engines.plantext.chars import fold
from yinian.engines.plantext.errors import ReadingError
from yinian.engines.plantext.labels import label_at
from yinian.engines.plantext.reading.model import Source, Writer

_MOST_PAGES = 1000
_NARROWEST = 0.8
"""A full line reaches at least so far across its page, whatever the other lines do."""
_LEAST_TEXT = 12
"""Characters a page: a file with fewer on average is a scan."""
_PAGE_NUMBER = re.compile(r"^[-—–―·\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/,共]\s*(?:共\s*)?\d{1,4}\s*页?)?[-—–―·\s]*$")


_GAP = re.compile(r"(?<=[⺀-鿿＀-￯“”]) | (?=[⺀-鿿＀-￯“”])")


@dataclass(slots=True)
class _Line:
    text: str
    left: float
    right: float
    top: float
    height: float


def read(data: bytes) -> Source:
    """The text of a .pdf file. Raises ReadingError where it is damaged, locked or only pictures."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise ReadingError("is locked with a password; expected an open file") from None
        raise ReadingError("is no PDF that can be read; expected a PDF with text") from None
    try:
        if len(document) > _MOST_PAGES:
            raise ReadingError(f"has {len(document)} pages; expected at most {_MOST_PAGES}")
        pages = [_lines(document, number) for number in range(len(document))]
        width = document[0].get_width() if len(document) else 0.0
    except pypdfium2.PdfiumError:
        raise ReadingError("is damaged; expected a PDF with text") from None
    finally:
        document.close()
    size = sum(len(line.text) for page in pages for line in page)
    if not pages or size < _LEAST_TEXT * len(pages):
        raise ReadingError("holds pictures of pages and no text; run it through text recognition first")
    writer = Writer()
    for words in _paragraphs(_without_frame(pages), width):
        writer.line(words)
    return writer.source()


def _lines(document: pypdfium2.PdfDocument, number: int) -> list[_Line]:
    page = document[number]
    text_page = page.get_textpage()
    try:
        lines: list[_Line] = []
        count = text_page.count_chars()
        if count <= 0:
            return lines
        text = text_page.get_text_range(0, count, errors="replace")
        filled = _filled(text_page, text) if len(text) == count else frozenset()
        position = 0
        for part in re.split(r"(\r\n|\n|\r)", text):
            stripped = part.strip()
            if stripped:
                first = position + part.index(stripped[0])
                last = first + len(stripped) - 1
                box, end = _box(text_page, first, count), _box(text_page, last, count)
                if box is not None and end is not None:
                    words = "".join(text[at] for at in range(first, last + 1) if at not in filled)
                    seen = [_box(text_page, at, count) for at in {first, (first + last) // 2, (first + 2 * last) // 3}]
                    # a dash or a full stop is lower than the line that it stands in
                    height = max([1.0, end[3] - end[1], *(one[3] - one[1] for one in seen if one is not None)])
                    lines.append(_Line(words, box[0], max(box[2], end[2]), box[3], height))
                else:
                    lines.append(_Line(stripped, 0.0, 0.0, 0.0, 1.0))
            position += len(part)
        return lines
    finally:
        text_page.close()
        page.close()


def _filled(text_page: pypdfium2.PdfTextPage, text: str) -> frozenset[int]:
    """The blanks that stand in no file: the reader of PDFs sees a gap beside a Chinese character and fills it."""
    return frozenset(
        match.start()
        for match in _GAP.finditer(text)
        if pypdfium2.raw.FPDFText_IsGenerated(text_page, match.start()) == 1
    )


def _box(text_page: pypdfium2.PdfTextPage, index: int, count: int) -> tuple[float, float, float, float] | None:
    if not 0 <= index < count:
        return None
    try:
        left, bottom, right, top = text_page.get_charbox(index)
    except pypdfium2.PdfiumError:
        return None
    return left, bottom, right, top


def _without_frame(pages: list[list[_Line]]) -> list[list[_Line]]:
    """Drops page numbers, and first or last lines that come on most pages."""
    edges: Counter[str] = Counter()
    for page in pages:
        for text in {line.text for line in (*page[:1], *page[-1:])}:
            if not re.search("[，,。；;]", text) and not text.strip().isdigit():
                edges[re.sub(r"\d+", "#", text)] += 1
    often = {text for text, count in edges.items() if len(pages) >= 4 and count * 2 > len(pages)}
    numbers = _page_numbers(pages)
    kept: list[list[_Line]] = []
    for page in pages:
        lines = list(page)
        for edge in (-1, 0):
            told = False
            while lines:
                text = lines[edge].text
                number = not told and numbers.get((len(kept), edge)) == text
                if not number and re.sub(r"\d+", "#", text) not in often:
                    break
                told = told or number
                lines.pop(edge)
        kept.append(lines)
    return kept


def _page_numbers(pages: list[list[_Line]]) -> dict[tuple[int, int], str]:
    """The lines at the foot (-1) and the head (0) of pages that number them.

    A bare number does so where it runs with the pages: the last figure of a table that goes on stands there as well.
    """
    found: dict[tuple[int, int], str] = {}
    bare: dict[tuple[int, int], int] = {}
    for index, page in enumerate(pages):
        for edge in (-1, 0):
            text = page[edge].text if page else ""
            if _PAGE_NUMBER.match(text):
                found[index, edge] = text
                if text.strip().isdigit():
                    bare[index, edge] = int(text) - index
    runs = Counter(bare.values())
    for place, offset in bare.items():
        if runs[offset] < 2 and not (len(pages) == 1 and offset == 1):
            del found[place]
    return found


def _paragraphs(pages: list[list[_Line]], width: float) -> list[str]:
    rights = sorted(line.right for page in pages for line in page if line.right)
    margin = max(rights[int(len(rights) * 0.9)] if rights else 0.0, width * _NARROWEST)
    lefts = Counter(round(line.left) for page in pages for line in page if line.right)
    edge = min((left for left, count in lefts.items() if count >= max(2, sum(lefts.values()) // 20)), default=0)
    paragraphs: list[str] = []
    above: _Line | None = None
    for page in pages:
        for line in page:
            if above is not None and paragraphs and _goes_on(above, line, margin, edge):
                paragraphs[-1] += _glue(paragraphs[-1], line.text) + line.text
            else:
                paragraphs.append(line.text)
            above = line
    return paragraphs


def _goes_on(above: _Line, line: _Line, margin: float, edge: float) -> bool:
    size = max(above.height, line.height, 6.0)
    if not above.right:
        return False
    if above.right < margin - (0.7 if above.text[-1] in "。；;" else 1.8) * size:
        return False
    if abs(above.height - line.height) > 0.35 * size and len(line.text) > 3:
        return False
    if line.left > edge + 1.3 * size:
        return False
    return not (label_at(fold(line.text)) is not None and above.text[-1] in "。;;::!!")


def _glue(before: str, after: str) -> str:
    """A blank between two words of Latin letters, nothing between Chinese characters."""
    return " " if re.search(r"[A-Za-z]$", before) and re.match(r"[A-Za-z]", after) else ""
