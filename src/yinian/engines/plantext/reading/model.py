"""What reading a file gives."""

from __future__ import annotations

from dataclasses import dataclass

from yinian.engines.plantext.model import Span
from yinian.engines.plantext.tables import Given


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a document, and its tables by their places in the text."""

    text: str
    tables: tuple[Given, ...] = ()


class Writer:
    """Puts a text together line by line and remembers where the cells of its tables stand."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0
        self.tables: list[Given] = []

    @property
    def size(self) -> int:
        """How many code points there are so far."""
        return self._size

    def line(self, words: str) -> Span:
        """Adds a line; returns where its words stand."""
        start = self._size
        self._parts.append(words + "\n")
        self._size += len(words) + 1
        return Span(start, start + len(words))

    def table(self, rows: list[list[str | None]]) -> None:
        """Adds a table, a cell to a line; None is a cell that goes on from the row above."""
        start = self._size
        spans: list[tuple[Span, ...]] = []
        ditto: set[tuple[int, int]] = set()
        for number, row in enumerate(rows):
            cells: list[Span] = []
            for column, words in enumerate(row):
                if words:
                    cells.append(self.line(words))
                else:
                    cells.append(Span(self._size, self._size))
                    if words is None:
                        ditto.add((number, column))
            spans.append(tuple(cells))
        self.line("")
        self.tables.append(Given(start, self._size - 1, tuple(spans), frozenset(ditto)))

    def source(self) -> Source:
        """The whole."""
        return Source("".join(self._parts), tuple(self.tables))
