"""A document's text as marked HTML: every stretch knows its place, and which items it belongs to.

Items overlap (a task holds a target, which holds a sum), so the text is laid out flat: it is cut at every start and
end, and each piece names all items it is part of. Nothing is added to the text itself: signs are drawn by the style
sheet, so that a selection counts the document's own characters.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

_ORDER = {"outline": 0, "project": 1, "task": 2, "target": 3, "standard": 3, "money": 4}
_GAP = re.compile(r"[ \t\r\u3000\xa0\u200b]*\n(?:[ \t\r\u3000\xa0\u200b]*\n)+")


@dataclass(frozen=True, slots=True)
class Mark:
    """One item as the text shows it."""

    id: int
    kind: str
    state: str
    start: int
    end: int
    label: str
    """The kind in words, for the sign before it."""
    url: str = ""


def marked(
    text: str, start: int, end: int, marks: Iterable[Mark], *, signs: Mapping[str, str],
    doubts: Iterable[tuple[int, int]] = (), links: bool = False,
) -> Markup:
    """text[start:end] as HTML. ``signs`` gives the short sign of each kind; ``links``: the sign leads to the item.

    Each stretch is an element with ``data-o``, its first code point's place, and the id ``c<place>``; ``data-i`` names
    its items, the innermost last.
    """
    inside = sorted(
        (mark for mark in marks if mark.start < end and mark.end > start),
        key=lambda mark: (mark.start, -mark.end, _ORDER.get(mark.kind, 9)),
    )
    wavy = sorted(
        (max(low, start), min(max(high, low + 1), end)) for low, high in doubts if low < end and high >= start
    )
    cuts = {start, end}
    for mark in inside:
        cuts |= {max(mark.start, start), min(mark.end, end)}
    for low, high in wavy:
        cuts |= {low, high}
    places = sorted(cuts)
    out: list[str] = []
    waiting = 0
    active: list[Mark] = []
    for low, high in pairwise(places):
        active = [mark for mark in active if mark.end > low]
        opening = []
        while waiting < len(inside) and max(inside[waiting].start, start) <= low:
            active.append(inside[waiting])
            if inside[waiting].start == low:
                opening.append(inside[waiting])
            waiting += 1
        doubtful = any(a < high and b > low for a, b in wavy)
        out.append(_stretch(text[low:high], low, active, opening, signs, doubtful, links))
    return Markup("".join(out))


def _stretch(
    words: str, place: int, active: list[Mark], opening: list[Mark], signs: Mapping[str, str], doubtful: bool,
    links: bool,
) -> str:
    kinds = " ".join(dict.fromkeys(f"m-{mark.kind}" for mark in active))
    shown = f"m {kinds}" if active else "t"
    if doubtful:
        shown += " m-doubt"
    if active and all(mark.state in ("rejected", "merged", "split") for mark in active):
        shown += " m-off"
    ids = f' data-i="{" ".join(str(mark.id) for mark in active)}"' if active else ""
    heads = "".join(
        f'<a class="sign sign-{mark.kind}" href="{escape(mark.url)}" data-sign="{signs[mark.kind]}" '
        f'aria-label="{escape(mark.label)}"></a>'
        if links and mark.url
        else f'<i class="sign sign-{mark.kind} s-{mark.state}" data-for="{mark.id}" data-sign="{signs[mark.kind]}" '
        'aria-hidden="true"></i>'
        for mark in opening
    )
    return f'{heads}<span class="{shown}" id="c{place}" data-o="{place}"{ids}>{_laid_out(words)}</span>'


def _laid_out(words: str) -> str:
    """The words with runs of empty lines folded to one; the characters stay, so that places can be counted."""
    out, position = [], 0
    for gap in _GAP.finditer(words):
        out.append(str(escape(words[position : gap.start()])))
        out.append(f'<span class="gap">{escape(gap[0])}</span>')
        position = gap.end()
    out.append(str(escape(words[position:])))
    return "".join(out)
