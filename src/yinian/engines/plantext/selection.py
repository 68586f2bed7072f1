"""What a stretch says that a person has picked: deadline, units, figure or sum, by the readers that read whole plans.

The person has decided that it is a task, a target or a sum; here nothing is judged, only filled in. What the words do
not say is left empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yinian.engines.plantext.aims import Place
from yinian.engines.plantext.dues import Clock, Expression
from yinian.engines.plantext.labels import label_at
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Deadline, UnitBlock
from yinian.engines.plantext.money import find_money
from yinian.engines.plantext.naming import indicator
from yinian.engines.plantext.numbers import tidy
from yinian.engines.plantext.quantities import find_quantities
from yinian.engines.plantext.sentences import Sentence
from yinian.engines.plantext.shape import deadline_shape
from yinian.engines.plantext.tasks import Found, chief
from yinian.engines.plantext.times import TimeReader
from yinian.engines.plantext.units import find_blocks

BACK, ON = 600, 400
"""Code points before and after the stretch that are looked at besides: a year named before, units named after."""


@dataclass(frozen=True, slots=True)
class Around:
    """A stretch in the piece of text around it; `shift` leads from the piece back to the whole text."""

    document: Document
    start: int
    end: int
    shift: int
    times: list[Expression]

    @property
    def due(self) -> list[Deadline]:
        """The deadlines that the stretch names."""
        return [time.deadline for time in self.times if time.due and time.deadline is not None]


def read_selection(
    text: str, start: int, end: int, kind: str, *, today: date | None = None, period: tuple[int, int] | None = None
) -> dict[str, Any]:
    """The data of an item of `kind` (outline, task, target, standard, money, project) for text[start:end].

    In the shape that `to_document` gives such an item, without id and outline_id. Offsets are those of `text`.
    Raises ValueError for a stretch outside the text and for an unknown kind.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError("the stretch lies outside the text")
    around = _around(text, start, end, Clock(today, period))
    quote = text[start:end]
    head: dict[str, Any] = {"start": start, "end": end, "quote": quote}
    if kind == "outline":
        return head | _heading(quote)
    if kind == "task":
        return head | _task(around)
    if kind in ("target", "standard"):
        return head | _target(around, text, kind)
    if kind == "money":
        return head | _money(around)
    if kind == "project":
        return head | _project(around, quote)
    raise ValueError(f"unknown kind {kind!r}")


def _around(text: str, start: int, end: int, clock: Clock) -> Around:
    low = max(text.rfind("\n", 0, max(0, start - BACK)) + 1, start - 2 * BACK, 0)
    stop = text.find("\n", min(len(text), end + ON))
    high = min(end + 2 * ON, len(text) if stop < 0 else stop)
    document = Document(text[low:high])
    times = TimeReader(document.raw, document.folded, document.brackets, clock)
    return Around(document, start - low, end - low, low, times.find(start - low, end - low))


def _shifted(deadline: Deadline | None, shift: int) -> dict[str, Any] | None:
    shape = deadline_shape(deadline)
    if shape is not None and "start" in shape:
        shape["start"] += shift
        shape["end"] += shift
    return shape


def _heading(quote: str) -> dict[str, Any]:
    label = label_at(quote)
    said = quote[: label.size] if label is not None else ""
    return {"level": 1, "label": said, "title": quote[len(said) :].strip(), "parent": None, "kind": "task"}


def _task(around: Around) -> dict[str, Any]:
    blocks = _blocks(around)
    roles: dict[str, list[str]] = {"lead": [], "assist": [], "responsible": []}
    for block in blocks:
        for member in block.members:
            roles[member.role if member.role in roles else "responsible"].append(member.surface)
    shift = around.shift
    return {
        "deadline": _shifted(chief(around.due), shift),
        "deadlines": [_shifted(deadline, shift) for deadline in around.due],
        "lead_units": roles["lead"],
        "assist_units": roles["assist"],
        "responsible_units": roles["responsible"],
        "units_from": [blocks[0].start + shift, blocks[-1].end + shift] if blocks else None,
        "units_open_ended": any(block.open_ended for block in blocks),
    }


def _blocks(around: Around) -> Sequence[UnitBlock]:
    """The blocks within the stretch; where there are none, the next one in its paragraph or on the line after."""
    found, _ = find_blocks(around.document, ())
    inside = [block for block in found if block.start < around.end and block.end > around.start]
    if inside:
        return inside
    after = next((block for block in found if block.start >= around.end), None)
    if after is None or around.document.folded.count("\n", around.end, after.start) > 1:
        return ()
    return (after,)


def _target(around: Around, text: str, kind: str) -> dict[str, Any]:
    document, start, end, shift = around.document, around.start, around.end, around.shift
    taken = [(time.start, time.end) for time in around.times]
    figures = list(find_quantities(document.folded, document.brackets, start, end, taken))
    deadline = chief(around.due)
    empty = {
        "indicator": text[start + shift : end + shift].strip(),
        "indicator_start": start + shift,
        "indicator_end": end + shift,
        "value_text": "",
        "value_start": None,
        "value_end": None,
        "comparator": ">=",
        "value": None,
        "unit": "",
        "kind": "standard" if kind == "standard" else "goal",
        "deadline": _shifted(deadline, shift),
    }
    if not figures:
        covered = re.search("全覆盖", document.folded[start:end])
        if covered is None:
            return empty
        first, last = start + covered.start() + shift, start + covered.end() + shift
        words = {"value_text": text[first:last], "value_start": first, "value_end": last}
        return empty | words | {"value": 100, "unit": "%", "implicit": True}
    # A compared figure says more of what is aimed at than a bare one.
    figure = next((one for one in figures if one.compared), figures[0])
    place = Place(document.folded, document.brackets, figure, start, around.times, deadline, True, True)
    first, last = indicator(place, -1)
    first, last = max(first, start), min(max(last, first + 1), end)
    number = figure.number
    found = empty | {
        "indicator": document.raw[first:last],
        "indicator_start": first + shift,
        "indicator_end": last + shift,
        "value_text": document.raw[figure.start : figure.end],
        "value_start": figure.start + shift,
        "value_end": figure.end + shift,
        "comparator": ">=" if number.is_range and figure.comparator == "=" else figure.comparator,
        "value": tidy(number.low),
        "unit": figure.unit,
    }
    if number.is_range:
        found["value_max"] = tidy(number.high)
    if figure.approx:
        found["approx"] = True
    return found


def _money(around: Around) -> dict[str, Any]:
    sentence = Sentence(around.start, around.end, "", 0, False)
    sums = find_money(around.document, [Found(sentence, None, around.times)])
    if not sums:
        return {"amount_min": None, "amount_max": None, "currency": "CNY", "basis": None, "kind": "amount"}
    one = sums[0]
    found = {
        "amount_min": one.amount_min,
        "amount_max": one.amount_max,
        "currency": "CNY",
        "basis": one.basis,
        "kind": one.kind,
    }
    return found | ({"approx": True} if one.approx else {})


def _project(around: Around, quote: str) -> dict[str, Any]:
    money = _money(around)
    total = money["amount_max"] if money["amount_max"] is not None else money["amount_min"]
    years = [int(year) for year in re.findall(r"(?<!\d)20\d\d(?!\d)", quote)]
    cells = [cell.strip() for cell in re.split(r"[\n\t]", quote) if cell.strip()]
    return {
        "name": (cells[0] if cells else quote.strip())[:200],
        "nature": None,
        "owner": None,
        "content": None,
        "start_year": min(years, default=None),
        "end_year": max(years, default=None),
        "total_fen": None if total is None else round(total * 100),
        "planned_fen": None,
        "private_share": None,
        "note": None,
        "group": None,
        "number": None,
    }
