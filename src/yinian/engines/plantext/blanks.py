"""Blanks and line breaks that a page puts into a text: a plan is read without them, and every place carried back.

到 2025 年 6 月底前, 各县 (市、区), 2 0 2 5 年 and titles with a blank between any two characters are common on pages.
Grammar that allowed a blank everywhere would be no grammar, so such a text is read as it would stand without them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from yinian.engines.plantext.chars import fold
from yinian.engines.plantext.columns import heads_line
from yinian.engines.plantext.model import Deadline, Member, Node, Plan, Span, Target
from yinian.engines.plantext.tables import Given
from yinian.engines.plantext.wraps import soft_breaks

_HAN = r"一-鿿"
_FIGURES = r"\d%‰"
_MARKS = r"()《》“”〔〕,。;:、"
_BETWEEN = re.compile(
    rf"(?<=[{_HAN}{_MARKS}]) (?=[{_FIGURES}])|(?<=[{_FIGURES}]) (?=[{_HAN}{_MARKS}%‰])"
    rf"|(?<=[{_HAN}]) (?=[()《“〔])|(?<=[)》”〕]) (?=[{_HAN}])|(?<=\d-) (?=\d)"
)
"""One blank beside a figure or a bracket. Two and more keep columns apart."""
_LABELLED = re.compile(r"(?:^|(?<=\n))[ \t]*\d{1,2} (?![年月日个名家所张万户%])", re.MULTILINE)
"""A number at the head of a line that a blank parts from its title is a label."""
_SPREAD = re.compile(rf"(?<=[{_HAN}\d,。、;:()]) (?=[{_HAN}\d,。、;:()])")
_LEAST_SPREAD = 4
_STARTS = frozenset(["start", "indicator_start", "value_start"])
_ENDS = frozenset(["end", "body_end", "indicator_end", "value_end"])


@dataclass(frozen=True, slots=True)
class Closed:
    """A text without such blanks: `text`, and for each of its characters the place where it stood before."""

    text: str
    before: str
    places: Sequence[int]

    def start(self, position: int) -> int:
        """Where something that begins here began before."""
        return self.places[position] if position < len(self.places) else len(self.before)

    def end(self, position: int) -> int:
        """Where something that ends here ended before."""
        return self.places[position - 1] + 1 if position else 0

    def now(self, position: int) -> int:
        """Where a place of the text before stands now."""
        return bisect_left(self.places, position)

    def tables(self, given: Sequence[Given]) -> list[Given]:
        """Tables of the text before, at their places now."""
        return [
            Given(
                self.now(one.start),
                self.now(one.end),
                tuple(tuple(Span(self.now(cell.start), self.now(cell.end)) for cell in row) for row in one.rows),
                one.ditto,
            )
            for one in given
        ]

    def carried_back(self, plan: Plan) -> Plan:
        """A reading of this text as one of the text before."""
        back: Plan = self._back(plan)
        return replace(back, text=self.before)

    def _back(self, value: Any) -> Any:
        if isinstance(value, tuple | list):
            return type(value)(self._back(one) for one in value)
        if isinstance(value, dict):
            return {name: self._fact(name, one) for name, one in value.items()}
        if not is_dataclass(value) or isinstance(value, type):
            return value
        changed: dict[str, Any] = {}
        for field in fields(value):
            here = getattr(value, field.name)
            if field.name in _STARTS:
                changed[field.name] = None if here is None else self.start(here)
            elif field.name in _ENDS:
                changed[field.name] = None if here is None else self.end(here)
            elif not isinstance(here, str | int | float | None):
                changed[field.name] = self._back(here)
        if changed.get("end") is not None and changed["end"] < changed["start"]:
            changed["end"] = changed["start"]  # an empty cell beside a blank
        return replace(value, **changed, **self._words(value))

    def _fact(self, name: str, value: Any) -> Any:
        """A fact of a doubt: where it names another place, that too goes back."""
        return {"of_start": self.start, "of_end": self.end}.get(name, self._back)(value)

    def _words(self, value: Any) -> dict[str, Any]:
        """The words of an item as they stood before."""
        if isinstance(value, Member):
            return {"surface": self._said(value.start, value.end)}
        if isinstance(value, Deadline) and value.start is not None and value.end is not None:
            return {"raw": self._said(value.start, value.end)}
        if isinstance(value, Target):
            return {"indicator": self._said(value.indicator_start, value.indicator_end)}
        if isinstance(value, Node):
            label_end = value.start + len(value.label)
            title = self._said(value.end - len(value.title), value.end) if value.title else ""
            return {"label": self._said(value.start, label_end), "title": title}
        return {}

    def _said(self, start: int, end: int) -> str:
        return self.before[self.start(start) : self.end(end)]


def closed(text: str, wrapped: bool = False) -> Closed | None:
    """The text without blanks beside figures and brackets and within spread words; None where it has none.

    Where it may be `wrapped`, without the line breaks of its margin either.
    """
    folded = fold(text)
    breaks = soft_breaks(text, folded) if wrapped else set()
    drop = {match.start() for match in _BETWEEN.finditer(folded)}
    for match in _LABELLED.finditer(folded):
        if match.start() - 1 not in breaks:
            drop.discard(match.end() - 1)
    width = rows = 0
    for line in re.finditer(r"[^\r\n]+", folded):
        drop |= _spread(line[0].rstrip(), line.start())
        parts = line[0].split()
        if heads_line(parts):
            width, rows = len(parts), 0
        elif width and len(parts) == width and parts[0] == str(rows + 1):
            rows += 1  # what parts the cells of a row that follows such a head
            drop -= {at for at in range(line.start(), line.end()) if folded[at] == " "}
        elif parts:
            width = 0
    drop = {at for at in drop if text[at] != "\t"} | breaks
    if not drop:
        return None
    places = [at for at in range(len(text)) if at not in drop]
    return Closed("".join(text[at] for at in places), text, places)


def _spread(line: str, start: int) -> set[int]:
    """The single blanks of a line that has one between nearly all its characters."""
    indent = len(line) - len(line.lstrip())
    found = [match.start() for match in _SPREAD.finditer(line, indent)]
    if len(found) < _LEAST_SPREAD or len(found) * 3 < len(line) - indent:
        return set()
    return {start + at for at in found}
