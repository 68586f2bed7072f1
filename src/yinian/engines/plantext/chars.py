"""Characters: one-to-one folding for reading, brackets and quotation marks in pairs; the text is never changed."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

_FOLDED_BLOCKS = (
    (0x00A0, 0x00A1),
    (0x2000, 0x200B),  # spaces of every width
    (0x2E80, 0x2FD6),  # radicals that PDF fonts put in place of characters
    (0x3000, 0x3001),
    (0xF900, 0xFB00),  # compatibility ideographs
    (0xFE10, 0xFE70),  # vertical and small forms
    (0xFF01, 0xFFEF),  # full and half width forms
)
_EXTRA = {
    0x200B: " ",
    0x200C: " ",
    0x200D: " ",
    0xFEFF: " ",
    0x2060: " ",
    0x00AD: " ",
    0x2010: "-",
    0x2011: "-",
    0x2012: "-",
    0x2212: "-",
    0x301C: "~",
    0x223C: "~",
    0x3007: "零",
    0x039F: "零",  # a Greek letter that web pages put in place of the zero 〇
    0x25CB: "零",
    0x0009: " ",
    0x000B: " ",
    0x000C: "\n",
    0x0085: "\n",
    0x2028: "\n",
    0x2029: "\n",
}


def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for first, last in _FOLDED_BLOCKS:
        for code in range(first, last):
            plain = unicodedata.normalize("NFKC", chr(code))
            if len(plain) == 1 and plain != chr(code):
                table[code] = plain
    return table | _EXTRA


_TABLE = _table()
_PAIRS = {
    "(": ")",
    "[": "]",
    "【": "】",
    "〔": "〕",
    "《": "》",
    "〈": "〉",
    "“": "”",
    "‘": "’",
    "「": "」",
    "『": "』",
    "<": ">",
}
_CLOSERS = {closer: opener for opener, closer in _PAIRS.items()}
_QUOTING = frozenset("《〈“‘「『<")
_REACH = 400
"""A bracket that does not close within so many characters is a slip of the pen and holds nothing."""

_ANGLE_REACH = 80
"""Angle brackets around a document's name; further apart they are the signs less and more."""


def fold(text: str) -> str:
    """The text with full-width, vertical and compatibility forms made plain, character for character: offsets hold."""
    return text.translate(_TABLE)


class Brackets:
    """The pairs of brackets and quotation marks of a folded text; a line break of a paragraph ends what is open."""

    def __init__(self, folded: str, breaks: frozenset[int] | set[int] = frozenset()) -> None:
        pairs: list[tuple[int, int, str]] = []
        open_at: list[tuple[str, int]] = []
        for position, char in enumerate(folded):
            if char in _PAIRS:
                if len(open_at) < 12:
                    open_at.append((char, position))
            elif char in _CLOSERS:
                wanted = _CLOSERS[char]
                for depth in range(len(open_at) - 1, -1, -1):
                    opener, start = open_at[depth]
                    if opener == wanted:
                        reach = _ANGLE_REACH if opener == "<" else _REACH
                        if position - start <= reach and not (opener == "<" and "\n" in folded[start:position]):
                            pairs.append((start, position, opener))
                        del open_at[depth:]
                        break
            elif char == "\n" and position in breaks:
                open_at.clear()
        pairs.sort()
        self.pairs = pairs
        """(start, end, opener) of every pair, `end` the place of the closing mark, by start."""
        outer: list[tuple[int, int, str]] = []
        for pair in pairs:
            if not outer or pair[0] > outer[-1][1]:
                outer.append(pair)
        self._outer_starts = [start for start, _, _ in outer]
        self._outer = outer
        quoting: list[tuple[int, int, str]] = []
        for pair in pairs:
            if pair[2] in _QUOTING and (not quoting or pair[0] > quoting[-1][1]):
                quoting.append(pair)
        self._quoting = quoting
        self._quoting_starts = [start for start, _, _ in quoting]

    def around(self, position: int) -> tuple[int, int, str] | None:
        """The outermost pair that the position is inside of (the marks themselves are inside)."""
        index = bisect_right(self._outer_starts, position) - 1
        if index >= 0 and self._outer[index][1] >= position:
            return self._outer[index]
        return None

    def quoted(self, position: int) -> bool:
        """Whether the position lies inside quotation marks or the marks of a document's name."""
        index = bisect_right(self._quoting_starts, position) - 1
        return index >= 0 and self._quoting[index][1] >= position

    def titled(self, position: int) -> bool:
        """Whether the position lies inside the marks of a document's name."""
        index = bisect_right(self._quoting_starts, position) - 1
        return index >= 0 and self._quoting[index][1] >= position and self._quoting[index][2] in "《〈<"
