"""What a draft would cost in the years to come, everybody on the register growing older; kept like other reckonings.

Only ages change: `engines/entitlement/coming.py` says what is left aside.
"""

import datetime as dt
import hashlib
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from yinian.core.errors import Refused
from yinian.engines.entitlement import FactsError, Pack, PackError
from yinian.engines.entitlement.coming import Cost, Year, middle_of, total_of, year_of
from yinian.engines.entitlement.whatif import MONTHS, months_left
from yinian.entitlements import snapshots
from yinian.entitlements.drafts import queries, reckoning
from yinian.entitlements.drafts.models import Draft
from yinian.entitlements.drafts.reckoning import Reckoned
from yinian.entitlements.models import Run

FORM = "1"  # changes when what is kept changes its shape
AHEAD_YEARS = 5
"""So many whole years after that in which a draft begins: further off, who is on the register today says little."""

FILE = "years.json"

Side = tuple[dt.date, Pack, Pack]


@dataclass(frozen=True)
class Ahead:
    """The draft's first day and the years to come. ``born``: the latest year of birth on the register; whoever was born
    later is not counted. ``problems``: why a year cannot be reckoned."""

    years: tuple[Year, ...]
    born: int | None
    problems: dict[int, str]
    seconds: float


@dataclass(frozen=True)
class Row:
    """One year as it is shown, ``months`` of it counted."""

    year: int
    day: dt.date
    months: int
    whole: bool
    cost: Cost
    bands: dict[int | None, int]

    def people(self, low: int) -> int:
        """How many are at least so old; ``low`` is where a band begins."""
        return sum(n for band, n in self.bands.items() if band is not None and band >= low)


def whole_years(draft: Draft, run: Run) -> list[int]:
    """The years to come for which a draft can be seen."""
    first = max(draft.effective_from, run.as_of).year + 1
    return list(range(first, first + AHEAD_YEARS))


def ahead(draft: Draft, county: str = "") -> Ahead:
    """What a draft would cost in each of the years to come (of a wide draft, in one county). Raises NoFacts, BadPack,
    Refused."""
    run, sides = _sides(draft, county)
    place = _place(run, sides)
    if not (place / FILE).is_file():
        _work_out(place, run, sides)
    kept = json.loads((place / FILE).read_text("utf-8"))
    os.utime(place)  # what is looked at is not swept away
    years = tuple(
        Year(
            dt.date.fromisoformat(one["day"]), dict(one["bands"]),
            {service: Cost(**cost) for service, cost in one["costs"].items()},
        )
        for one in kept["years"]
    )
    return Ahead(years, kept["born"], {int(year): why for year, why in kept["problems"].items()}, kept["seconds"])


def is_ready(draft: Draft, county: str = "") -> bool:
    """Whether it is kept already."""
    return (_place(*_sides(draft, county)) / FILE).is_file()


def rows_of(found: Reckoned, kept: Ahead, service: str = "") -> list[Row]:
    """What is left of the first year, then each whole year, of one service or of all; the first year only where
    ``found`` is of the draft's own day."""
    first, *others = kept.years
    rows = []
    if found.day == first.day:
        rows = [Row(first.day.year, first.day, months_left(found.start), False, _rest(found, service), first.bands)]
    for year in others:
        cost = year.costs.get(service, Cost()) if service else total_of(year.costs)
        rows.append(Row(year.day.year, year.day, MONTHS, True, cost, year.bands))
    return rows


def _rest(found: Reckoned, service: str) -> Cost:
    """What is left of the first year, as the budget has it."""
    lines = [line for line in found.lines if service in ("", found.services[line.service].id)]
    people = [row for _n, pair, row in found.by_service() if service in ("", pair.id)]
    return Cost(
        *(sum(row[name] for row in people) for name in ("due_a", "due_b", "check_a", "check_b")),
        *(sum(getattr(line, name) for line in lines) for name in ("rest_a", "rest_b", "most_rest_a", "most_rest_b")),
    )


def _sides(draft: Draft, county: str) -> tuple[Run, list[Side]]:
    """The days to reckon for, each with the packs in force then: amendments to come and to end are in them."""
    run = reckoning.standing_run(county or draft.region_id)
    days = [max(draft.effective_from, run.as_of), *map(middle_of, whole_years(draft, run))]
    return run, [(day, queries.base_of(draft, day, county).pack, reckoning.usable(draft, day, county)) for day in days]


def _place(run: Run, sides: list[Side]) -> Path:
    text = "|".join((FORM, "years", run.snapshot_sha256, *(f"{day}:{a.hash}:{b.hash}" for day, a, b in sides)))
    return reckoning.folder() / hashlib.sha256(text.encode()).hexdigest()[:40]


def _work_out(place: Path, run: Run, sides: list[Side]) -> None:
    """Work it out and keep it; the folder gets its name when it is whole."""
    from yinian.entitlements.drafts.words import fault

    began = time.perf_counter()
    facts = snapshots.read(run.snapshot_file, run.snapshot_sha256)
    years, problems = [], {}
    for n, (day, a, b) in enumerate(sides):
        try:
            years.append(year_of(a, b, facts, day))
        except (PackError, FactsError) as error:
            if n == 0:  # without its own day there is nothing to go on from
                raise Refused(fault(error)) from error
            problems[day.year] = fault(error)
    born = facts.select(pl.col("birth_date").dt.year().max()).item()
    kept = {
        "years": [{"day": year.day.isoformat(), "bands": list(year.bands.items()),
                   "costs": {service: asdict(cost) for service, cost in year.costs.items()}} for year in years],
        "born": born, "problems": problems, "seconds": round(time.perf_counter() - began, 3),
    }  # fmt: skip
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    (draft / FILE).write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
    try:
        os.replace(draft, place)
    except OSError:  # somebody else has worked out the same meanwhile
        shutil.rmtree(draft, ignore_errors=True)
        if not (place / FILE).is_file():
            raise
