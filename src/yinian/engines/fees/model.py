"""What a month's bill is worked out from, and what comes out: plain data in whole fen, dates and shares.

Every input can be written as JSON and read again (`as_json`, `from_json`), so that a bill is reproduced from what was
kept with it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

BED, CARE, MEAL, OTHER = "bed", "care", "meal", "other"
CATEGORIES = (BED, CARE, MEAL, OTHER)
MONTH, DAY = "month", "day"
PRESENT, LEAVE, HOSPITAL = "present", "leave", "hospital"
AWAY = (LEAVE, HOSPITAL)
TO_HOME, TO_PERSON = "home", "person"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from ``start`` to before ``end`` in one kind of bed and at one care level (None: not known)."""

    start: dt.date
    end: dt.date
    bed_kind: str
    level: int | None


@dataclass(frozen=True, slots=True)
class Absence:
    """Days from ``start`` to before ``end`` on which the person was on leave or in hospital."""

    start: dt.date
    end: dt.date
    kind: str


@dataclass(frozen=True, slots=True)
class Tariff:
    """A published price, from ``since`` on until the same item's next one.

    ``bed_kind`` empty and ``levels`` empty: for every bed, for every level. ``unit``: month or day; what is charged by
    the meal or the time comes as an :class:`Extra`.
    """

    item: str
    category: str
    amount_fen: int
    unit: str
    since: dt.date
    bed_kind: str = ""
    levels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AwayRule:
    """What is charged of a category, in percent, from which day of an absence on (1: its first day)."""

    kind: str
    from_day: int
    percent: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Grant:
    """What public money pays over the days from ``start`` to before ``end`` (None: open).

    ``covers``: the categories it may be used for. ``whole``: all of them are paid, whatever they come to; else
    ``amount_fen`` a month (or a day), in proportion to the days lived here. ``to``: the home, which lowers what the
    person pays; or the person, who pays the home: told on the bill, nothing more.
    """

    id: str
    label: str
    to: str
    covers: tuple[str, ...]
    whole: bool
    amount_fen: int | None
    unit: str
    start: dt.date
    end: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """Something charged once: ``amount_fen`` for ``text`` on a day."""

    on: dt.date
    text: str
    category: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Correction:
    """What an earlier bill had wrong: above 0 is charged, below 0 given back."""

    id: int
    bill: str
    text: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Given:
    """All that one person's bill of one month rests on."""

    month: dt.date
    stretches: tuple[Stretch, ...]
    absences: tuple[Absence, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    away: tuple[AwayRule, ...] = ()
    grants: tuple[Grant, ...] = ()
    extras: tuple[Extra, ...] = ()
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``kind``: charge, subsidy, correction or told (no money of this bill). ``days`` and ``price_fen`` say
    how a charge comes about; ``why`` is a key with its values, worded by whoever shows it."""

    kind: str
    category: str
    text: str
    amount_fen: int
    why: str
    values: Mapping[str, Any]
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """A worked-out bill. ``charged_fen`` of all charges, ``county_fen`` what public money pays the home of it,
    ``corrected_fen`` the corrections put in, ``person_fen`` what the person pays: charged - county + corrected, never
    below 0. ``carried``: what of which correction is left for the next bill, by its id. ``unknown``: what is missing to
    charge rightly."""

    lines: tuple[Line, ...]
    days: int
    charged_fen: int
    county_fen: int
    corrected_fen: int
    person_fen: int
    carried: Mapping[int, int]
    unknown: tuple[str, ...]


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def as_json(given: Given) -> dict[str, Any]:
    """The inputs as plain JSON."""
    found: dict[str, Any] = _plain(asdict(given))
    return found


def digest(value: Any) -> str:
    """SHA-256 of plain JSON, however its keys stand."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def bill_json(bill: Bill) -> dict[str, Any]:
    """What came out, as plain JSON: the same inputs give the same text, byte for byte."""
    found: dict[str, Any] = _plain(asdict(bill))
    return found


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def _dated(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**data, **{name: _day(data[name]) for name in names}}


def from_json(data: Mapping[str, Any]) -> Given:
    """The inputs as they were kept."""
    return Given(
        month=dt.date.fromisoformat(data["month"]),
        stretches=tuple(Stretch(**_dated(one, "start", "end")) for one in data["stretches"]),
        absences=tuple(Absence(**_dated(one, "start", "end")) for one in data["absences"]),
        tariffs=tuple(
            Tariff(**{**_dated(one, "since"), "levels": tuple(one["levels"])}) for one in data["tariffs"]
        ),
        away=tuple(AwayRule(**one) for one in data["away"]),
        grants=tuple(
            Grant(**{**_dated(one, "start", "end"), "covers": tuple(one["covers"])}) for one in data["grants"]
        ),
        extras=tuple(Extra(**_dated(one, "on")) for one in data["extras"]),
        corrections=tuple(Correction(**one) for one in data["corrections"]),
    )
