"""Reads people to be placed and homes from CSV, naming file, row and column of the first fault."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from yinian.cli.errors import InputError
from yinian.engines.placement import Beds, Home, Person
from yinian.engines.placement.checking import LARGEST_HOME

PEOPLE = ("id", "lat", "lon", "level", "priority", "waiting_since")
PEOPLE_MAY = ("sex", "kin_lat", "kin_lon", "couple", "refused", "preferred")
HOMES = ("id", "lat", "lon", "levels", "free_beds")
HOMES_MAY = ("limits",)
HIGHEST_LEVEL = 4  # GB/T 42195: 0 intact to 4 total
SEXES = ("male", "female")

T = TypeVar("T")


def read_people(path: Path) -> list[Person]:
    """The people of a file. Empty latitude and longitude, level or waiting_since are not known. Raises InputError."""
    found = []
    couples: dict[str, int] = {}
    for row in _rows(path, PEOPLE, PEOPLE_MAY):
        couple = row.text("couple") or None
        if couple is not None:
            couples[couple] = couples.get(couple, 0) + 1
            if couples[couple] > 2:
                raise row.fault("couple", f"{couple} has more than two people; expected two rows")
        found.append(Person(
            id=row.id(), level=row.optional("level", _level), position=row.position("lat", "lon"),
            priority=row.needed("priority", _number), waiting_since=row.optional("waiting_since", _day),
            sex=row.optional("sex", _sex), kin=row.position("kin_lat", "kin_lon"), couple=couple,
            refused=row.ids("refused"), preferred=row.ids("preferred"),
        ))  # fmt: skip
    return found


def read_homes(path: Path) -> list[Home]:
    """The homes of a file, each with one group of free beds. Raises InputError."""
    found = []
    for row in _rows(path, HOMES, HOMES_MAY):
        position = row.position("lat", "lon")
        if position is None:
            raise row.fault("lat", "is empty; expected the home's latitude in degrees")
        levels = row.needed("levels", lambda text: frozenset(_level(one.strip()) for one in text.split(";")))
        beds = row.needed("free_beds", _count)
        limits = row.optional("limits", _limits) or {}
        found.append(Home(row.id(), position, levels, (Beds(beds),), limits))
    return found


class _Row:
    """One row of data, counted from 1, and how its faults are told."""

    def __init__(self, path: Path, line: int, number: int, cells: Mapping[str, str], known: dict[str, int]) -> None:
        self.path, self.line, self.number, self.cells, self.known = path, line, number, cells, known

    def fault(self, column: str, words: str) -> InputError:
        return InputError(f"{self.path}:{self.line}: row {self.number}, column {column}: {words}")

    def text(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    def id(self) -> str:
        found = self.text("id")
        if not found:
            raise self.fault("id", "is empty; expected an identifier")
        if found in self.known:
            raise self.fault("id", f"{found} is already in row {self.known[found]}; expected once")
        self.known[found] = self.number
        return found

    def needed(self, column: str, read: Callable[[str], T]) -> T:
        text = self.text(column)
        try:
            return read(text)
        except ValueError as error:
            raise self.fault(column, f"`{text}`: {error}" if text else f"is empty; {error}") from None

    def optional(self, column: str, read: Callable[[str], T]) -> T | None:
        return self.needed(column, read) if self.text(column) else None

    def position(self, latitude: str, longitude: str) -> tuple[float, float] | None:
        if not self.text(latitude) and not self.text(longitude):
            return None
        return self.needed(latitude, lambda text: _degrees(text, 90)), self.needed(
            longitude, lambda text: _degrees(text, 180)
        )

    def ids(self, column: str) -> frozenset[str]:
        return frozenset(part for one in self.text(column).split(";") if (part := one.strip()))


def _rows(path: Path, needed: tuple[str, ...], may: tuple[str, ...]) -> Iterator[_Row]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; expected a .csv with the columns {', '.join(needed)}")
    known: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            names = [name.strip() for name in next(reader, [])]
            _check_names(path, names, needed, may)
            number = 0
            for cells in reader:
                if not cells:
                    continue
                number += 1
                if len(cells) != len(names):
                    raise InputError(
                        f"{path}:{reader.line_num}: row {number}: has {len(cells)} cells; expected {len(names)}"
                    )
                yield _Row(path, reader.line_num, number, dict(zip(names, cells, strict=True)), known)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start}: is not UTF-8; save the file as CSV UTF-8") from None
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: is not CSV: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def _check_names(path: Path, names: list[str], needed: tuple[str, ...], may: tuple[str, ...]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}: column {name} is given twice")
    for name in needed:
        if name not in names:
            raise InputError(f"{path}: the column {name} is missing; expected {', '.join(needed)}")
    for name in names:
        near = get_close_matches(name.lower(), [one for one in may if one not in names], n=1, cutoff=0.8)
        if name not in (*needed, *may) and near:
            raise InputError(f"{path}: there is no column {name}; did you mean {near[0]}?")


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ValueError("expected a number")
    return found


def _degrees(text: str, most: int) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not -most <= found <= most:
        raise ValueError(f"expected degrees between -{most} and {most}")
    return found


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= LARGEST_HOME):
        raise ValueError("expected a whole number, 0 or more")
    return int(text)


def _level(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_LEVEL):
        raise ValueError(f"expected ability levels from 0 to {HIGHEST_LEVEL}, a home's like 2;3;4")
    return int(text)


def _sex(text: str) -> str:
    if text not in SEXES:
        raise ValueError("expected male or female")
    return text


def _day(text: str) -> date:
    try:
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError("expected a date, YYYY-MM-DD")


def _limits(text: str) -> dict[int, int]:
    found: dict[int, int] = {}
    for one in text.split(";"):
        level, colon, more = one.partition(":")
        if not colon:
            raise ValueError("expected level:people, such as 3:2;4:1")
        found[_level(level.strip())] = _count(more.strip())
    return found
