"""What the departments have on record: dated spells, partly missing and partly stale.

A kind that only counts in grades (ability, self_care, ltc) has a null value.

A spell is in force from ``valid_from`` up to but not including ``valid_to``; spells of one person and kind
never overlap. Contradictions between departments are not spells but ``records.conflicts``.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yinian.engines.population.demography import Bools, Demography, Ints, days
from yinian.engines.population.divisions import Divisions
from yinian.engines.population.identity import as_dates, stream
from yinian.engines.population.spec import CountySpec
from yinian.engines.population.status import DISABILITY, HOME, LIVING, RELIEF, SPOUSE, TEKUN, Status

SPELL_SCHEMA: Final = {
    "person_no": pl.Int64,
    "kind": pl.String,
    "value": pl.String,
    "grade": pl.Int8,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "department": pl.String,
    "recorded_on": pl.Date,
}
#: Kinds whose department delivers a complete list of the county: not being on it means "none".
COUNTY_ROLLS: Final = (
    ("relief", "civil_affairs"),
    ("support_form", "civil_affairs"),
    ("disability", "disabled_federation"),
    ("special_family", "health"),
    ("special_contribution", "veterans"),
    ("death", "public_security"),
    ("ltc_insured", "medical_insurance"),
)
VILLAGE_ROLLS: Final = (("left_behind", "village"), ("empty_nest", "village"))


class _Book:
    """Gathers spells column by column."""

    def __init__(self, as_of: int) -> None:
        self.frames: list[pl.DataFrame] = []
        self.as_of = as_of

    def add(
        self,
        who: Ints,
        kind: str,
        value: str | pl.Series | None,
        start: NDArray[np.int64],
        department: str,
        *,
        grade: Ints | None = None,
        end: NDArray[np.int64] | None = None,
        lag: NDArray[np.int64] | int = 7,
    ) -> None:
        recorded = np.minimum(start + lag, self.as_of)
        n = len(who)
        self.frames.append(
            pl.DataFrame(
                {
                    "person_no": pl.Series(who + 1, dtype=pl.Int64),
                    "kind": pl.repeat(kind, n, dtype=pl.String, eager=True),
                    "value": value
                    if isinstance(value, pl.Series)
                    else pl.repeat(value, n, dtype=pl.String, eager=True),
                    "grade": pl.repeat(None, n, dtype=pl.Int8, eager=True)
                    if grade is None
                    else pl.Series(grade).cast(pl.Int8),
                    "valid_from": as_dates(np.minimum(start, self.as_of)),
                    "valid_to": pl.repeat(None, n, dtype=pl.Date, eager=True) if end is None else as_dates(end),
                    "department": pl.repeat(department, n, dtype=pl.String, eager=True),
                    "recorded_on": as_dates(recorded),
                },
                schema=SPELL_SCHEMA,
            )
        )


def _labels(names: tuple[str, ...], codes: Ints) -> pl.Series:
    return pl.Series(names).gather(pl.Series(codes))


def record_spells(
    spec: CountySpec, divisions: Divisions, d: Demography, s: Status, seed: int, as_of: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The spells of everybody (schema ``SPELL_SCHEMA``) and the rolls delivered complete.

    ``roll_coverage`` has kind, department, region (a division code: the roll covers that subtree), as_of.
    """
    rng = stream(seed, "spells")
    today = days(as_of)
    book = _Book(today)
    birthday_60 = d.birth.astype(np.int64) + 21916
    _relief(rng, book, d, s, today)
    _disability(rng, book, d, s, today)
    _ability(rng, book, d, s, today)
    complete = _living(rng, book, spec, divisions, d, s, today)
    _insurance(rng, book, spec, d, s, today, birthday_60)
    _health_and_honours(rng, book, d, s, today)
    _moves(rng, book, d, s, today)
    gone = np.flatnonzero(d.gone)
    book.add(
        gone, "death", "dead", d.died[gone].astype(np.int64), "public_security", lag=rng.integers(1, 40, len(gone))
    )
    coverage = [(kind, department, divisions.county.code, as_of) for kind, department in COUNTY_ROLLS] + [
        (kind, department, place.code, as_of)
        for kind, department in VILLAGE_ROLLS
        for place, whole in zip(divisions.settlements, complete, strict=True)
        if whole
    ]
    rolls = pl.DataFrame(
        coverage,
        schema={"kind": pl.String, "department": pl.String, "region": pl.String, "as_of": pl.Date},
        orient="row",
    )
    spells = pl.concat(book.frames).sort("person_no", "kind", "valid_from", maintain_order=True)
    return spells, rolls


def _ago(rng: np.random.Generator, today: int, n: int, mean_years: float, low: int = 20) -> Ints:
    """Start dates ``low`` days ago or more, exponential with the mean given."""
    return today - low - np.floor(rng.exponential(mean_years * 365, n)).astype(np.int64)


def _relief(rng: np.random.Generator, book: _Book, d: Demography, s: Status, today: int) -> None:
    who = np.flatnonzero((s.relief > 0) & ~d.gone)
    tekun = s.relief[who] == TEKUN
    start = np.maximum(_ago(rng, today, len(who), 5.0), today - 20 * 365)
    start = np.where(tekun, np.maximum(start, d.birth[who].astype(np.int64) + 21916), start)
    start = np.minimum(start, today - 20)
    book.add(who, "relief", _labels(RELIEF, s.relief[who]), start, "civil_affairs", lag=rng.integers(0, 15, len(who)))
    earlier = np.flatnonzero(rng.random(len(who)) < np.where(tekun, 0.30, 0.12))
    before = np.where(rng.random(len(earlier)) < 0.75, 1, 2)
    first = start[earlier] - rng.integers(300, 3000, len(earlier))
    book.add(who[earlier], "relief", _labels(RELIEF, before), first, "civil_affairs", end=start[earlier])

    who, start = who[tekun], start[tekun]
    central = s.central[who]
    moved = np.minimum(start + rng.integers(30, 1500, len(who)), today - 15)
    change = central & (moved > start) & (rng.random(len(who)) < 0.7)
    form = _labels(("dispersed", "central"), central.astype(np.int64))
    book.add(who, "support_form", form, np.where(change, moved, start), "civil_affairs")
    book.add(who[change], "support_form", "dispersed", start[change], "civil_affairs", end=moved[change])
    asked = rng.random(len(who)) < 0.90
    wish = _labels(("false", "true"), s.wants_central[who[asked]].astype(np.int64))
    book.add(
        who[asked],
        "wants_central",
        wish,
        np.maximum(start[asked], _ago(rng, today, int(asked.sum()), 0.8)),
        "civil_affairs",
    )
    who = np.flatnonzero((s.failed >= 0) & ~d.gone)
    on = np.maximum(d.birth[who].astype(np.int64) + 21916, _ago(rng, today, len(who), 1.2))
    book.add(who, "self_care", None, on, "civil_affairs", grade=s.failed[who])


def _disability(rng: np.random.Generator, book: _Book, d: Demography, s: Status, today: int) -> None:
    who = np.flatnonzero(s.disability >= 0)
    start = np.maximum(_ago(rng, today, len(who), 7.0, 60), today - 16 * 365)
    book.add(
        who, "disability", _labels(DISABILITY, s.disability[who]), start, "disabled_federation",
        grade=s.grade[who], lag=rng.integers(0, 30, len(who)),
    )  # fmt: skip
    worse = np.flatnonzero((rng.random(len(who)) < 0.10) & (s.grade[who] < 4))
    book.add(
        who[worse], "disability", _labels(DISABILITY, s.disability[who[worse]]),
        start[worse] - rng.integers(700, 4000, len(worse)), "disabled_federation",
        grade=s.grade[who[worse]] + 1, end=start[worse],
    )  # fmt: skip


def _ability(rng: np.random.Generator, book: _Book, d: Demography, s: Status, today: int) -> None:
    who = np.flatnonzero(s.assessed)
    # Guidance is to assess anew every two years; more than a quarter are older than that.
    stale = rng.random(len(who)) < 0.28
    start = today - np.where(stale, rng.integers(731, 1800, len(who)), rng.integers(5, 730, len(who)))
    start = np.minimum(np.maximum(start, d.birth[who].astype(np.int64) + 21916), today - 1)
    book.add(
        who, "ability", None, start, "civil_affairs", grade=s.level[who],
        lag=rng.integers(1, 21, len(who)),
    )  # fmt: skip
    again = np.flatnonzero(rng.random(len(who)) < 0.15)
    first = start[again] - rng.integers(360, 1100, len(again))
    again, first = again[first > d.birth[who[again]] + 21916], first[first > d.birth[who[again]] + 21916]
    better = np.maximum(s.level[who[again]] - rng.integers(0, 2, len(again)), 0)
    book.add(who[again], "ability", None, first, "civil_affairs", grade=better, end=start[again])


def _living(
    rng: np.random.Generator,
    book: _Book,
    spec: CountySpec,
    divisions: Divisions,
    d: Demography,
    s: Status,
    today: int,
) -> Bools:
    """Living arrangement as the villages know it. Returns which settlements' own rolls are complete."""
    places = len(divisions.settlements)
    share = spec.assume("share_living_known")
    diligence = np.clip(rng.beta(share * 9, (1 - share) * 9, places), 0.2, 1.0)
    diligence += share - diligence.mean()
    alive = ~d.gone
    resident = s.home >= 0
    visited = rng.random(len(d))[d.household] < diligence[d.village]
    who = np.flatnonzero(alive & (resident | visited))
    n = len(who)
    on = np.where(rng.random(n) < 0.22, today - rng.integers(731, 2200, n), today - rng.integers(3, 730, n))
    start = np.minimum(np.maximum(on - rng.integers(0, 2000, n), d.birth[who] + 21916), today - 2)
    on = np.maximum(on, start)
    book.add(who, "living", _labels(LIVING, s.living[who]), start, "village", lag=on - start)
    lost = np.flatnonzero(
        (s.living[who] != SPOUSE)
        & (s.living[who] != HOME)
        & (d.partner[who] < 0)
        & ~d.young_spouse[who]
        & ~d.never_married[who]
        & (rng.random(n) < 0.16)
    )
    first = start[lost] - rng.integers(500, 4000, len(lost))
    book.add(who[lost], "living", "spouse", first, "village", end=start[lost], lag=rng.integers(0, 300, len(lost)))
    moved = np.flatnonzero(s.living[who] == HOME)
    before = np.where(rng.random(len(moved)) < 0.7, 0, 3)
    book.add(
        who[moved], "living", _labels(LIVING, before), start[moved] - rng.integers(300, 3000, len(moved)),
        "village", end=start[moved],
    )  # fmt: skip

    complete = rng.random(places) < spec.assume("share_village_rolls_complete")
    for kind, truth in (("left_behind", s.left_behind), ("empty_nest", s.empty_nest)):
        told = alive & (complete[d.village] | (rng.random(len(d))[d.household] < 0.45))
        who = np.flatnonzero(told & truth & ~resident)
        book.add(
            who, kind, "true", today - rng.integers(10, 900, len(who)), "village", lag=rng.integers(0, 30, len(who))
        )
        # Where the roll is not complete, some are on record as not being on it.
        who = np.flatnonzero(told & ~truth & ~complete[d.village] & ~resident)
        book.add(who, kind, "false", today - rng.integers(10, 900, len(who)), "village")
    return complete


def _insurance(
    rng: np.random.Generator, book: _Book, spec: CountySpec, d: Demography, s: Status, today: int, sixty: Ints
) -> None:
    n = len(d)
    alive = ~d.gone
    names = ("employee", "resident", "none")
    medical = np.where(s.employee, 0, np.where(rng.random(n) < 0.978, 1, 2))
    who = np.flatnonzero(alive & (rng.random(n) < 0.97))
    year = today - (today - 18262) % 365 - 365 * rng.integers(0, 8, len(who))
    book.add(who, "medical_insurance", _labels(names, medical[who]), np.maximum(year, 14000), "medical_insurance")
    pension = np.where(s.employee, 0, np.where(rng.random(n) < 0.965, 1, 2))
    who = np.flatnonzero(alive & (rng.random(n) < 0.955))
    first = np.where(pension[who] == 0, sixty[who] - 3650 * d.female[who], np.maximum(sixty[who], 14975))
    book.add(
        who, "pension", _labels(names, pension[who]), np.minimum(first, today - 5), "social_security",
        lag=rng.integers(0, 200, len(who)),
    )  # fmt: skip
    insured = alive & s.employee & (rng.random(n) < spec.assume("share_ltc_insured_of_employees"))
    who = np.flatnonzero(insured)
    book.add(who, "ltc_insured", "true", today - rng.integers(200, 700, len(who)), "medical_insurance")
    who = np.flatnonzero(insured & (s.level >= 2) & (rng.random(n) < 0.6))
    grade = np.clip(s.level[who] + rng.integers(-1, 2, len(who)), 1, 5)
    book.add(who, "ltc", None, today - rng.integers(10, 700, len(who)), "medical_insurance", grade=grade)


def _health_and_honours(rng: np.random.Generator, book: _Book, d: Demography, s: Status, today: int) -> None:
    alive = ~d.gone
    for kind, truth, department, told in (
        ("dementia", s.dementia, "health", 0.6),
        ("mental_disorder", s.mental, "health", 0.8),
        ("special_family", s.special_family, "health", 1.0),
        ("special_contribution", s.contribution, "veterans", 1.0),
    ):
        who = np.flatnonzero(alive & truth & (rng.random(len(d)) < told))
        book.add(who, kind, "true", _ago(rng, today, len(who), 3.0), department, lag=rng.integers(0, 60, len(who)))


def _moves(rng: np.random.Generator, book: _Book, d: Demography, s: Status, today: int) -> None:
    """Moves on record: within the county (hukou_region is where from), or into it from elsewhere."""
    settled = ~d.gone & (s.home < 0)
    for value, truth in (("within", (s.hukou_at != d.village) & ~s.hukou_elsewhere), ("in", s.hukou_elsewhere)):
        who = np.flatnonzero(settled & truth)
        on = _ago(rng, today, len(who), 4.0, 30)
        book.add(who, "move", value, on, "public_security", lag=rng.integers(0, 120, len(who)))
