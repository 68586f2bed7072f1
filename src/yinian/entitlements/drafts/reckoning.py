"""What a draft would do, reckoned over the facts that the standing run froze; kept in the data folder for a while.

Reading only: whatever is kept here can be worked out again, and is swept away by the clock.
"""

import datetime as dt
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import polars as pl
from django.conf import settings
from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.engines.entitlement import FactsError, Pack, PackError
from yinian.engines.entitlement.evaluate import settle
from yinian.engines.entitlement.sanity import Limits, Problem, in_itself, limits_of, over_cost, over_people
from yinian.engines.entitlement.whatif import COUNTS, Compared, Line, Pair, budget, compared, sums
from yinian.entitlements import snapshots
from yinian.entitlements.drafts import queries
from yinian.entitlements.drafts.models import Draft
from yinian.entitlements.models import Run
from yinian.entitlements.perform import latest_run

FOLDER = "whatif"
FORM = "1"  # changes when what is kept changes its shape
KEPT_DAYS = 7
LIVE_PEOPLE = 400_000
"""Up to so many people a page reckons while the reader waits; above, a job does it."""


class NoFacts(Refused):
    """There is no run whose facts a draft could be held against."""


@dataclass(frozen=True)
class Reckoned:
    """Two packs over the facts of a run on a day. Without ``table`` the draft was stopped by its problems."""

    key: str
    run: Run
    day: dt.date
    start: dt.date
    a: Pack
    b: Pack
    problems: tuple[Problem, ...]
    services: tuple[Pair, ...] = ()
    table: pl.DataFrame | None = None
    lines: tuple[Line, ...] = ()
    seconds: float = 0.0

    @property
    def stopped(self) -> bool:
        return self.table is None

    @property
    def whole(self) -> dict[str, int]:
        """All people and all their money (COUNTS)."""
        return self.row("", None, None)

    def row(self, dimension: str, value: str | None, service: int | None) -> dict[str, int]:
        """One row of figures; zeros where nobody stands for anything."""
        assert self.table is not None
        found = self.table.filter(
            (pl.col("dimension") == dimension)
            & pl.col("value").eq_missing(pl.lit(value, pl.String))
            & pl.col("service").eq_missing(pl.lit(service, pl.Int32))
        )
        return dict.fromkeys(COUNTS, 0) if found.is_empty() else found.select(COUNTS).row(0, named=True)

    def rows(self, dimension: str, service: int | None = None) -> list[tuple[str | None, dict[str, int]]]:
        """The rows of a dimension, by value; the unknown last."""
        assert self.table is not None
        found = self.table.filter(
            (pl.col("dimension") == dimension) & pl.col("service").eq_missing(pl.lit(service, pl.Int32))
        ).sort("value", nulls_last=True)
        return [(row["value"], {name: row[name] for name in COUNTS}) for row in found.iter_rows(named=True)]

    def by_service(self) -> list[tuple[int, Pair, dict[str, int]]]:
        """Each service with its row."""
        return [(place, pair, self.row("", None, place)) for place, pair in enumerate(self.services)]


def standing_run(region: str) -> Run:
    """The run whose frozen facts drafts are held against. Raises NoFacts."""
    run = latest_run(region)
    if run is None:
        raise NoFacts(_("Start a run of the county first: a draft is held against the facts that a run froze."))
    return run


def reckon(draft: Draft, on: dt.date | None = None, county: str = "") -> Reckoned:
    """What a draft would do, on its own day or a later one by which the people have grown older; of a wide draft, in
    one ``county`` below.

    Raises NoFacts, BadPack, Refused where the draft's text cannot be used.
    """
    base = queries.base_of(draft, on, county).pack
    run = standing_run(county or draft.region_id)
    return between(run, base, usable(draft, on, county), draft.effective_from, limits_of(base), on)


def usable(draft: Draft, on: dt.date | None = None, county: str = "") -> Pack:
    """The draft's pack on a day (its own), of a wide one in a county. Raises Refused saying what is wrong with it."""
    from yinian.entitlements.drafts.words import fault

    found = queries.pack_of(draft, on, county)
    if isinstance(found, PackError):
        raise Refused(fault(found))
    return found


def between(
    run: Run, a: Pack, b: Pack, start: dt.date, limits: Limits, on: dt.date | None = None
) -> Reckoned:
    """Pack ``b`` against pack ``a`` from ``start`` on, over a run's facts; from what is kept, or worked out now.

    Ages and figures are those of ``on`` (``start``), or of the run's day where that is later.
    """
    day = max(on or start, run.as_of)
    key = _key(run, a, b, day)
    problems = in_itself(a, b, day, limits)
    if any(problem.stops for problem in problems):
        return Reckoned(key, run, day, start, a, b, tuple(problems))
    place = folder() / key
    if not (place / "about.json").is_file():
        _work_out(place, run, a, b, day, limits)
    about = json.loads((place / "about.json").read_text("utf-8"))
    os.utime(place)  # what is looked at is not swept away
    problems += [Problem(**one) for one in about["problems"]]
    if any(problem.stops for problem in problems):
        return Reckoned(key, run, day, start, a, b, tuple(problems), seconds=about["seconds"])
    services = _pairs(a, b, about["services"])
    table = pl.read_parquet(place / "table.parquet")
    found = Reckoned(
        key, run, day, start, a, b, tuple(problems), services, table,
        tuple(budget(_kept(place, day, services, _COSTING), start)), about["seconds"],
    )
    money = {None: (found.whole["money_a"], found.whole["money_b"])} | {
        n: (row["money_a"], row["money_b"]) for n, _pair, row in found.by_service()
    }
    costs = over_cost(services, money, limits)
    return replace(found, problems=(*problems, *costs))


def compared_of(found: Reckoned) -> Compared:
    """Person by person what was reckoned, for the lists behind its figures."""
    place = folder() / found.key
    return replace(_kept(place, found.day, found.services), people=pl.read_parquet(place / "people.parquet"))


def is_ready(run: Run, a: Pack, b: Pack, on: dt.date) -> bool:
    """Whether what holds on a day is kept already."""
    return (folder() / _key(run, a, b, max(on, run.as_of)) / "about.json").is_file()


def folder() -> Path:
    return Path(settings.DATA) / FOLDER


def sweep(now: float | None = None) -> int:
    """Take away what nobody has looked at for a week. Returns how many."""
    if not folder().is_dir():
        return 0
    limit = (now or time.time()) - KEPT_DAYS * 86_400
    old = [place for place in folder().iterdir() if place.is_dir() and place.stat().st_mtime < limit]
    for place in old:
        shutil.rmtree(place, ignore_errors=True)
    return len(old)


def _key(run: Run, a: Pack, b: Pack, day: dt.date) -> str:
    text = "|".join((FORM, run.snapshot_sha256, a.hash, b.hash, day.isoformat()))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _pairs(a: Pack, b: Pack, ids: Iterable[str]) -> tuple[Pair, ...]:
    now, then = ({service.id: service for service in pack.services} for pack in (a, b))
    return tuple(Pair(name, now.get(name), then.get(name)) for name in ids)


_COSTING = ["service", "status_a", "status_b", "amount_a", "amount_b", "most_a", "most_b"]


def _kept(place: Path, day: dt.date, services: tuple[Pair, ...], columns: list[str] | None = None) -> Compared:
    """The lines kept in a folder (or some columns of them), without the people."""
    return Compared(day, services, pl.DataFrame(), pl.read_parquet(place / "lines.parquet", columns=columns))


def _work_out(place: Path, run: Run, a: Pack, b: Pack, day: dt.date, limits: Limits) -> None:
    """Work it out and keep it; the folder gets its name when it is whole."""
    began = time.perf_counter()
    facts = snapshots.read(run.snapshot_file, run.snapshot_sha256)
    try:
        one, two = settle(a, facts, day), settle(b, facts, day)
    except (PackError, FactsError) as error:
        from yinian.entitlements.drafts.words import fault

        raise Refused(fault(error)) from error
    problems = over_people(one, two, limits)
    found = compared(one, two, facts, day)
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    found.people.write_parquet(draft / "people.parquet", compression="zstd", compression_level=1)
    found.lines.write_parquet(draft / "lines.parquet", compression="zstd", compression_level=1)
    sums(found).write_parquet(draft / "table.parquet", compression="zstd", compression_level=1)
    about = {
        "services": [pair.id for pair in found.services], "problems": [asdict(problem) for problem in problems],
        "seconds": round(time.perf_counter() - began, 3),
    }  # fmt: skip
    (draft / "about.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")
    try:
        os.replace(draft, place)
    except OSError:  # somebody else has worked out the same meanwhile
        shutil.rmtree(draft, ignore_errors=True)
        if not (place / "about.json").is_file():
            raise
