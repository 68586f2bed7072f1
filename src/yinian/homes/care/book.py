"""The catalogue of daily care, ``data/carework/carework.yaml``: shifts, usual tasks, reasons, what is measured.

What it suggests is data; here it is only checked, looked up and put into the reader's words.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language
from jsonschema import Draft202012Validator

from yinian.core.scalefiles import display, read_text
from yinian.engines.staffing import GROUPS

DATA = Path(__file__).resolve().parents[4] / "data" / "carework"
FILE, SCHEMA = DATA / "carework.yaml", DATA / "schema" / "carework.json"
DAY_MINUTES = 24 * 60


class BookError(ValueError):
    """The catalogue does not hold together; says file and place."""


@dataclass(frozen=True)
class Words:
    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if get_language() == "en" else self.zh


@dataclass(frozen=True)
class Shift:
    """``start`` and ``end`` are minutes of the day; a shift that ends before it starts goes over midnight."""

    id: str
    label: Words
    start: int
    end: int

    def holds(self, minute: int) -> bool:
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def begun_on(self, moment: dt.datetime) -> dt.date:
        """The day on which the shift that ``moment`` (local) lies in began."""
        minute = moment.hour * 60 + moment.minute
        over = self.start > self.end and minute < self.end
        return moment.date() - dt.timedelta(days=1) if over else moment.date()

    @property
    def hours(self) -> str:
        return f"{clock(self.start)}–{clock(self.end)}"


@dataclass(frozen=True)
class Group:
    id: str
    label: Words
    levels: tuple[int, ...]


@dataclass(frozen=True)
class Task:
    """``times``: minutes of the day by group; ``days``: weekdays, empty for every day."""

    id: str
    label: Words
    services: tuple[str, ...]
    times: dict[str, tuple[int, ...]]
    days: tuple[int, ...]

    @property
    def ladder(self) -> tuple[int, ...]:
        """The fullest list of times it is done at."""
        return max(self.times.values(), key=len)


@dataclass(frozen=True)
class Bound:
    """From where on a value is looked at; None: not said."""

    below: float | None
    above: float | None

    def crossed(self, value: float) -> bool:
        return (self.below is not None and value < self.below) or (self.above is not None and value > self.above)


@dataclass(frozen=True)
class VitalKind:
    id: str
    label: Words
    unit: str
    step: float
    code: str
    bound: Bound
    second: Words | None
    second_bound: Bound


@dataclass(frozen=True)
class Window:
    before: int
    late: int


@dataclass(frozen=True)
class Book:
    shifts: tuple[Shift, ...]
    looks_after: tuple[str, ...]  # kinds of post that are counted as looking after residents
    groups: dict[str, Group]
    window: Window
    dose: Window
    reasons: dict[str, Words]
    tasks: dict[str, Task]
    vitals: dict[str, VitalKind]

    def group_of(self, level: int) -> str:
        return next(group.id for group in self.groups.values() if level in group.levels)

    def shift_at(self, minute: int) -> Shift:
        return next(shift for shift in self.shifts if shift.holds(minute))

    def shift(self, name: str) -> Shift:
        return next(shift for shift in self.shifts if shift.id == name)


@cache
def book(file: Path = FILE) -> Book:
    """The catalogue in use. Raises :class:`BookError` naming the file, the place and what was expected."""
    where = display(file)
    try:
        raw: Any = yaml.safe_load(read_text(file))
    except yaml.YAMLError as error:
        raise BookError(f"{where}: {error}") from None
    checker = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    for fault in sorted(checker.iter_errors(raw), key=lambda e: list(map(str, e.absolute_path))):
        raise BookError(f"{where}: {'.'.join(map(str, fault.absolute_path)) or 'top'}: {fault.message}")
    known = {one["id"] for one in raw["documents"]}
    sources = [("source", raw["source"]), ("looks_after", raw["looks_after"]["source"])]
    for name, source in [*sources, *((v["id"], v["source"]) for v in raw["vitals"] if "source" in v)]:
        if source["document"] not in known:
            raise BookError(f"{where}: {name}: document {source['document']!r} is not among documents")
    made = Book(
        tuple(Shift(s["id"], Words(**s["label"]), minutes(s["from"]), minutes(s["to"])) for s in raw["shifts"]),
        tuple(raw["looks_after"]["posts"]),
        _once(
            where, "groups", ((g["id"], Group(g["id"], Words(**g["label"]), tuple(g["levels"]))) for g in raw["groups"])
        ),
        Window(**raw["window"]),
        Window(**raw["dose"]),
        _once(where, "reasons", ((r["id"], Words(**r["label"])) for r in raw["reasons"])),
        _once(where, "tasks", ((t["id"], _task(t)) for t in raw["tasks"])),
        _once(where, "vitals", ((v["id"], _vital(v)) for v in raw["vitals"])),
    )
    for minute in range(DAY_MINUTES):
        if sum(shift.holds(minute) for shift in made.shifts) != 1:
            raise BookError(f"{where}: shifts: {clock(minute)} must lie in exactly one shift")
    if tuple(made.groups) != GROUPS:
        raise BookError(f"{where}: groups: expected {', '.join(GROUPS)}: staff, prices and stays know these")
    for level in range(5):
        if sum(level in group.levels for group in made.groups.values()) != 1:
            raise BookError(f"{where}: groups: level {level} must belong to exactly one group")
    return made


def _once(where: str, name: str, pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BookError(f"{where}: {name}: {key} stands twice")
        found[key] = value
    return found


def _task(raw: dict[str, Any]) -> Task:
    times = {group: tuple(sorted(minutes(text) for text in given)) for group, given in raw["times"].items()}
    return Task(raw["id"], Words(**raw["label"]), tuple(raw["services"]), times, tuple(raw.get("days", ())))


def _vital(raw: dict[str, Any]) -> VitalKind:
    second = raw.get("second", {})
    return VitalKind(
        raw["id"],
        Words(**raw["label"]),
        raw["unit"],
        raw["step"],
        raw["code"],
        Bound(raw.get("below"), raw.get("above")),
        Words(**second["label"]) if second else None,
        Bound(second.get("below"), second.get("above")),
    )


def minutes(text: str) -> int:
    """Minutes of the day of a time like 07:30."""
    hours, _colon, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def task_words(task: str) -> str:
    """A task in words; of one that is no longer in the catalogue, its id."""
    found = book().tasks.get(task)
    return str(found.label) if found else task


def reason_words(reason: str) -> str:
    found = book().reasons.get(reason)
    return str(found) if found else reason


def group_choices() -> list[tuple[str, str]]:
    """The groups of care with their names, for forms and filters."""
    return [(group.id, str(group.label)) for group in book().groups.values()]


def group_words(group: str) -> str:
    found = book().groups.get(group)
    return str(found.label) if found else group


def shift_words(shift: str) -> str:
    found = next((one for one in book().shifts if one.id == shift), None)
    return str(found.label) if found else shift
