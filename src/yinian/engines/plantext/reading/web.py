"""Web pages: the body of the document is found where the page's prose is densest, by no site's own names.

Walking down from the whole page, the part that holds nearly all prose is taken as long as there is one. What stands
around it (navigation, counters, lists of links) holds little prose and stays behind, except the heading and the lines
that give number, date and issuer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from yinian.engines.plantext.errors import ReadingError
from yinian.engines.plantext.grammar import vocabulary
from yinian.engines.plantext.reading.model import Source, Writer
from yinian.engines.plantext.reading.plain import decode

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_DROPPED = frozenset(
    vocabulary(
        "script style noscript template iframe object embed select button input textarea svg nav canvas audio video"
        " head map"
    )
)
_BLOCKS = frozenset(
    vocabulary(
        "p div section article main header footer aside h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody tfoot tr"
        " td th blockquote pre address figure figcaption center fieldset form body hr caption"
    )
)
_SHARE = 0.8
"""The part of a place's prose that one of its parts must hold to be taken in its stead."""
_HEAD_LINE = re.compile(r"索\s?引\s?号|文\s?号|发文|发布(?:日期|时间|机构)|成文|来源|日期[::]|有效")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DEEPEST = 400


def read(data: bytes) -> Source:
    """The text of a government page. Raises ReadingError where there is no page or no prose in it."""
    text = _decoded(data)
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    try:
        root = html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise ReadingError(f"is no page that can be read: {_blanked(str(error))}") from None
    title = _blanked("".join(root.xpath("string(.//title)")))
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.tag in _DROPPED or _HIDDEN.search(element.get("style") or ""):
            _drop(element)
    body = root.find("body")
    top = body if body is not None else root
    mass = _masses(top)
    if not mass.get(top):
        raise ReadingError("is a page without prose; expected the page of a plan")
    place = _densest(top, mass)
    writer = Writer()
    for line in _head_lines(top, place, title):
        writer.line(line)
    _Printer(writer).element(place)
    return writer.source()


def _decoded(data: bytes) -> str:
    found = _CHARSET.search(data[:4096])
    if found and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        name = found[1].decode("ascii").lower()
        name = "gb18030" if name in ("gb2312", "gbk", "gb_2312-80") else name
        try:
            return data.decode(name).lstrip("﻿")
        except (LookupError, UnicodeDecodeError):
            pass
    text = decode(data).lstrip("﻿")
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)


def _blanked(text: str) -> str:
    return re.sub(r"[ \t\r\n\f]+", " ", text).strip()


def _drop(element: Any) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


# ── where the prose is ───────────────────────────────────────────────────────────────────────────────────────────────


def _masses(top: Any) -> dict[Any, float]:
    """How much prose each element holds: characters outside links, those of sentences counted in full."""
    mass: dict[Any, float] = {}
    linked: dict[Any, bool] = {}
    for element in top.iter():
        parent = element.getparent()
        linked[element] = element.tag == "a" or linked.get(parent, False)
    for element in reversed(list(top.iter())):
        own = 0.0 if linked[element] else _prose(element.text)
        for child in element:
            own += mass.get(child, 0.0)
            if not linked[element]:
                own += _prose(child.tail)
        mass[element] = own
    return mass


def _prose(text: str | None) -> float:
    if not text:
        return 0.0
    stripped = text.strip()
    if not stripped:
        return 0.0
    marks = len(re.findall(r"[,,。;;、::]", stripped))
    return len(stripped) * (1.0 if marks else 0.3) + 8.0 * marks


def _densest(top: Any, mass: dict[Any, float]) -> Any:
    place = top
    while True:
        whole = mass[place]
        children = [child for child in place if isinstance(child.tag, str) and child.tag in _BLOCKS]
        best = max(children, key=lambda child: mass[child], default=None)
        if best is None or mass[best] < whole * _SHARE or best.tag in ("p", "li", "h1", "h2", "h3", "h4", "span"):
            return place
        if best.tag == "table" and _rows(best) is not None:
            return place  # the title of a table of data stands beside it
        place = best


def _head_lines(top: Any, place: Any, title: str) -> Iterator[str]:
    """The page's heading and the lines of facts above the body, where the body does not say them itself."""
    inside = _blanked(place.text_content())[:1500].replace(" ", "")
    seen: set[str] = set()
    heading = ""
    for element in top.iter():
        if element is place:
            break
        if not isinstance(element.tag, str):
            continue
        words = (
            _blanked(element.text_content())
            if element.tag in ("h1", "h2", "h3", "tr", "li", "p", "div", "span", "dl")
            else ""
        )
        if element.tag in ("h1", "h2", "h3") and 6 <= len(words) <= 120 and not heading:
            heading = words
            if words.replace(" ", "") not in inside:
                yield words
            continue
        if _is_ancestor(element, place) or not 4 <= len(words) <= 200 or words in seen:
            continue
        if _HEAD_LINE.search(words) and not any(words in other for other in seen):
            seen.add(words)
            yield words
    cut = re.split(r"[_|]|\s[-–—]\s|--", title)[0].strip()
    if not heading and 6 <= len(cut) <= 120 and cut.replace(" ", "") not in inside:
        yield cut


def _is_ancestor(element: Any, place: Any) -> bool:
    return any(one is element for one in place.iterancestors())


# ── printing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Printer:
    """Prints elements as lines: blocks end lines, tables of data are kept as tables."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.open: list[str] = []

    def element(self, element: Any) -> None:
        """One element with all that is in it."""
        self._walk(element, 0)
        self._flush()

    def _flush(self) -> None:
        for part in "".join(self.open).split("\n"):
            words = re.sub(r"[ \t\r\f]+", " ", part).strip(" ")
            if words.strip():
                self.writer.line(words)
        self.open = []

    def _walk(self, element: Any, depth: int) -> None:
        if depth > _DEEPEST:
            self.open.append(element.text_content())
            return
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag == "br":
            self.open.append("\n")
            return
        if tag == "table":
            rows = _rows(element)
            if rows is not None:
                self._flush()
                self.writer.table(rows)
                return
        block = tag in _BLOCKS
        if block:
            self._flush()
        if element.text:
            self.open.append(_inline(element.text, tag))
        number = _first_number(element) if tag == "ol" else None
        for child in element:
            if number is not None and child.tag == "li":
                self._flush()
                self.open.append(f"{number}.")
                number += 1
                self._walk_item(child, depth + 1)
            else:
                self._walk(child, depth + 1)
            if child.tail:
                self.open.append(_inline(child.tail, tag))
        if block:
            self._flush()

    def _walk_item(self, item: Any, depth: int) -> None:
        """An item of a numbered list, whose number is already printed before its first words."""
        if item.text:
            self.open.append(_inline(item.text.lstrip(), "li"))
        first = True
        for child in item:
            if first and child.tag in ("p", "span", "div") and not (item.text or "").strip():
                self.open.append(_inline((child.text or "").lstrip(), "li"))
                for grand in child:
                    self._walk(grand, depth + 1)
                    if grand.tail:
                        self.open.append(_inline(grand.tail, "li"))
            else:
                self._walk(child, depth + 1)
            if child.tail:
                self.open.append(_inline(child.tail, "li"))
            first = False
        self._flush()


def _inline(text: str, tag: str) -> str:
    return text if tag == "pre" else re.sub(r"[ \t\r\n\f]+", " ", text)


def _first_number(element: Any) -> int:
    start = element.get("start") or "1"
    return int(start) if start.isdigit() and len(start) < 5 else 1


def _rows(table: Any) -> list[list[str | None]] | None:
    """The cells of a table of data; None for a table that only lays out a page."""
    if table.find(".//table") is not None:
        return None
    rows: list[list[str | None]] = []
    held: dict[int, int] = {}
    for row in table.iter("tr"):
        cells: list[str | None] = []
        column = 0
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            while held.get(column, 0) > 0:
                held[column] -= 1
                cells.append(None)
                column += 1
            words = _cell(cell)
            cells.append(words)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            for number in range(across):
                if number:
                    cells.append("")
                if down > 1:
                    held[column] = down - 1
                column += 1
        while held.get(column, 0) > 0:
            held[column] -= 1
            cells.append(None)
            column += 1
        if cells:
            rows.append(cells)
    if len(rows) < 2 or max(len(row) for row in rows) < 2:
        return None
    longest = max((len(cell) for row in rows for cell in row if cell), default=0)
    return None if longest > 1200 else rows


def _cell(cell: Any) -> str:
    parts: list[str] = []
    for element in cell.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag in ("p", "div", "br", "li") and parts and not parts[-1].endswith("\n"):
            parts.append("\n")
        if element.text:
            parts.append(_inline(element.text, ""))
        if element.tail and element is not cell:
            parts.append(_inline(element.tail, ""))
    lines = [line.strip() for line in "".join(parts).split("\n")]
    return "\n".join(line for line in lines if line)


def _span(cell: Any, name: str) -> int:
    value = cell.get(name) or "1"
    return min(int(value), 60) if value.isdigit() and len(value) < 4 and int(value) > 0 else 1
