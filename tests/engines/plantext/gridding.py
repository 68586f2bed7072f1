"""Plans with tables drawn in bars and marked as in marking.py, made into web pages and Word documents with real cells.

`| a | b |` is a row; `^` goes on from the cell above, `<` from the cell on the left, `<br>` ends a line within a cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from html import escape
from typing import Any, Literal

from tests.engines.plantext import making
from tests.engines.plantext.marking import unmark

_W_MERGED = '<w:vMerge w:val="restart"/>'


def page(marked: str) -> bytes:
    """The plan as a web page."""
    parts = [
        _web_table(part) if isinstance(part, list) else f"<p>{escape(_plain(part))}</p>" for part in _parts(marked)
    ]
    return ("<html><body><div>" + "\n".join(parts) + "</div></body></html>").encode()


def word(marked: str) -> bytes:
    """The plan as a Word document."""
    parts = [_word_table(part) if isinstance(part, list) else making.paragraph(_plain(part)) for part in _parts(marked)]
    return making.word(*parts)


def annotation(marked: str, found: str) -> dict[str, Any]:
    """What is in the plan, at its places in the text that was read: the characters are matched in their order."""
    lines: list[str] = []
    for part in _parts(marked):
        rows = part if isinstance(part, list) else [[part]]
        lines += [cell.replace("<br>", "\n") for row in rows for cell in row if cell not in ("^", "<")]
    text, gold = unmark("\n".join(lines))
    said = [(at, char) for at, char in enumerate(text) if not char.isspace()]
    read = [(at, char) for at, char in enumerate(found) if not char.isspace()]
    places: dict[int, int] = {}
    matched = SequenceMatcher(None, [char for _, char in said], [char for _, char in read], autojunk=False)
    for first, second, size in matched.get_matching_blocks():
        places |= {said[first + n][0]: read[second + n][0] for n in range(size)}
    for kind in ("outline", "units", "tasks", "targets", "money", "distractors"):
        for item in _items(gold[kind]):
            _move(item, text, found, places)
    return gold


def _items(found: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in found:
        yield item
        yield from item.get("members", ())
        if "start" in (item.get("deadline") or {}):
            yield item["deadline"]


def _move(item: dict[str, Any], text: str, found: str, places: dict[int, int]) -> None:
    for first, last in (("start", "end"), ("value_start", "value_end")):
        if first not in item:
            continue
        end = item[last]
        while text[end - 1].isspace():
            end -= 1
        item[first], item[last] = places[item[first]], places[end - 1] + 1
    if "quote" in item:
        item["quote"] = found[item["start"] : item["end"]]


def _plain(marked: str) -> str:
    return unmark(marked)[0]


def _parts(marked: str) -> Iterator[str | list[list[str]]]:
    """The lines of a plan, and its tables as rows of cells."""
    rows: list[list[str]] = []
    for line in [*marked.splitlines(), ""]:
        if line.startswith("|"):
            rows.append(_cells(line))
            continue
        if rows:
            yield rows
            rows = []
        if line.strip():
            yield line


def _cells(line: str) -> list[str]:
    """The cells between the bars that stand in no mark."""
    cells, depth, cell = [], 0, ""
    for char in line.strip()[1:-1]:
        depth += (char == "{") - (char == "}")
        if char == "|" and depth == 0:
            cells.append(cell.strip())
            cell = ""
        else:
            cell += char
    return [*cells, cell.strip()]


def _across(row: Sequence[str], column: int) -> int:
    size = 1
    while column + size < len(row) and row[column + size] == "<":
        size += 1
    return size


def _down(rows: Sequence[Sequence[str]], row: int, column: int, mark: Literal["^"] = "^") -> int:
    size = 1
    while row + size < len(rows) and rows[row + size][column] == mark:
        size += 1
    return size


def _web_table(rows: Sequence[Sequence[str]]) -> str:
    made = "<table>"
    for at, row in enumerate(rows):
        made += "<tr>"
        for column, cell in enumerate(row):
            if cell in ("^", "<"):
                continue
            lines = "".join(f"<p>{escape(line)}</p>" for line in _plain(cell).split("<br>"))
            made += f'<td rowspan="{_down(rows, at, column)}" colspan="{_across(row, column)}">{lines}</td>'
        made += "</tr>"
    return made + "</table>"


def _word_table(rows: Sequence[Sequence[str]]) -> str:
    made = "<w:tbl>"
    for at, row in enumerate(rows):
        made += "<w:tr>"
        for column, cell in enumerate(row):
            if cell == "<":
                continue
            merge = "<w:vMerge/>" if cell == "^" else _W_MERGED if _down(rows, at, column) > 1 else ""
            lines = [""] if cell == "^" else _plain(cell).split("<br>")
            span = f'<w:gridSpan w:val="{_across(row, column)}"/>'
            made += f"<w:tc><w:tcPr>{span}{merge}</w:tcPr>{''.join(map(making.paragraph, lines))}</w:tc>"
        made += "</w:tr>"
    return made + "</w:tbl>"
