"""Who there is: ages, sexes, couples and households, and in which village each household lives.

The published total is hit exactly; the shape (age, sex, marriage) is a plausible one and not a census.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from yinian.engines.population.divisions import Divisions
from yinian.engines.population.identity import stream
from yinian.engines.population.spec import CountySpec

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MIN_AGE: Final = 60
MAX_AGE: Final = 105
#: Relative numbers alive by age (anchors, linear between them); each band is then scaled to its share.
_ALIVE: Final = (
    (60, 1.0), (65, 0.93), (70, 0.80), (75, 0.55), (79, 0.42), (80, 0.39), (85, 0.22), (89, 0.10),
    (90, 0.080), (95, 0.016), (100, 0.0016), (105, 0.00008),
)  # fmt: skip
#: The famine years 1959 to 1961 left smaller cohorts, and the years after them larger ones.
_COHORT: Final = {1959: 0.82, 1960: 0.72, 1961: 0.66, 1962: 1.02, 1963: 1.22, 1964: 1.16, 1965: 1.12}
_FEMALE: Final = ((60, 0.492), (70, 0.507), (75, 0.522), (80, 0.550), (85, 0.600), (90, 0.665), (105, 0.80))
#: Share of men and women of an age who live with a husband or wife.
_PARTNERED_MEN: Final = ((60, 0.87), (70, 0.84), (75, 0.79), (80, 0.69), (85, 0.55), (90, 0.36), (105, 0.05))
_AGE_GAP: Final = (2.2, 2.8)
_UNITS: Final = {"community_city": 1.2, "community": 0.9, "village": 1.0, "town": 1.0}


@dataclass(slots=True)
class Demography:
    """The bare population. Every array has one entry per person; ``partner`` and ``household`` are indices.

    ``partner`` is -1 without a partner in the register; ``young_spouse`` marks those whose husband or wife
    is under 60 and so not in it. ``gone`` marks the lately deceased. ``village`` indexes the settlements.
    """

    birth: NDArray[np.int32]
    age: Ints
    female: Bools
    partner: Ints
    young_spouse: Bools
    never_married: Bools
    household: Ints
    village: Ints
    gone: Bools
    died: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.birth)


def _interpolate(anchors: tuple[tuple[int, float], ...], at: NDArray[np.float64] | Ints) -> NDArray[np.float64]:
    xs, ys = zip(*anchors, strict=True)
    return np.asarray(np.interp(at, xs, ys), dtype=np.float64)


def apportion(weights: NDArray[np.float64], total: int) -> Ints:
    """Whole numbers in proportion to ``weights`` that sum to ``total`` (largest remainder)."""
    exact = weights / weights.sum() * total
    floor = np.floor(exact).astype(np.int64)
    short = total - int(floor.sum())
    floor[np.argsort(-(exact - floor), kind="stable")[:short]] += 1
    return np.asarray(floor, dtype=np.int64)


def days(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def birthday(as_of: date, age: int) -> date:
    """The latest birth date of somebody who is ``age`` on ``as_of`` (29 February comes of age on 1 March)."""
    try:
        return as_of.replace(year=as_of.year - age)
    except ValueError:
        return date(as_of.year - age, 2, 28)


def ages_by_year(spec: CountySpec, n: int, as_of: date) -> Ints:
    """How many people of each age from 60 to 105, summing to ``n``."""
    ages = np.arange(MIN_AGE, MAX_AGE + 1)
    alive = _interpolate(_ALIVE, ages)
    alive *= np.array([_COHORT.get(as_of.year - int(a) - (as_of.month < 7), 1.0) for a in ages])
    # The bands first, each rounded by itself, so that no small county comes out with too few of the oldest.
    oldest = round(spec.assume("share_aged_90_and_over") * n)
    old = round(spec.assume("share_aged_80_and_over") * n) - oldest
    bands = ((60, 80, n - old - oldest), (80, 90, old), (90, MAX_AGE + 1, oldest))
    return np.concatenate([apportion(alive[(ages >= low) & (ages < high)], k) for low, high, k in bands])


def populate(spec: CountySpec, divisions: Divisions, seed: int, n: int, deceased: int, as_of: date) -> Demography:
    """Draw ``n`` living people and ``deceased`` who died within the last year, in households and villages."""
    rng = stream(seed, "demography")
    per_age = ages_by_year(spec, n, as_of)
    age = np.repeat(np.arange(MIN_AGE, MAX_AGE + 1), per_age)
    share_female = _interpolate(_FEMALE, np.arange(MIN_AGE, MAX_AGE + 1))
    women = np.rint(per_age * share_female).astype(np.int64)
    female = np.concatenate([np.arange(k) < w for k, w in zip(per_age, women, strict=True)])
    birth = _birth_days(rng, age, as_of)
    partner, young = _marry(rng, birth, age, female, as_of)

    single = (partner < 0) & ~young
    p_never = np.where(female, 0.012, np.where(age < 80, 0.42, 0.25))
    never = single & (rng.random(n) < p_never)

    household = _households(rng, birth, age, female, partner, single & ~never)
    villages = _settle(rng, divisions, household)

    # The lately deceased: husbands and wives of some who are now widowed, at the same address.
    widowed = np.flatnonzero(single & ~never & (age >= 62))
    survivors = np.sort(rng.permutation(widowed)[: min(deceased, len(widowed))])
    k = len(survivors)
    gap = np.rint(rng.normal(_AGE_GAP[0], _AGE_GAP[1], k) * 365).astype(np.int64)
    day = days(as_of)
    died = day - rng.integers(3, 360, k)
    their_birth = birth[survivors] + np.where(female[survivors], -gap, gap) - rng.integers(0, 3000, k)
    their_birth = np.minimum(their_birth, died - 61 * 366)
    their_birth = np.maximum(their_birth, days(birthday(as_of, MAX_AGE)))
    order = rng.permutation(n)
    return _shuffled(
        Demography(
            birth=np.r_[birth, their_birth].astype(np.int32),
            age=np.r_[age, (day - their_birth) * 100 // 36525],
            female=np.r_[female, ~female[survivors]],
            partner=np.r_[partner, np.full(k, -1)],
            young_spouse=np.r_[young, np.zeros(k, dtype=bool)],
            never_married=np.r_[never, np.zeros(k, dtype=bool)],
            household=np.r_[household, household[survivors]],
            village=np.r_[villages, villages[survivors]],
            gone=np.r_[np.zeros(n, dtype=bool), np.ones(k, dtype=bool)],
            died=np.r_[np.full(n, day + 1), died].astype(np.int32),
        ),
        np.r_[order, np.arange(n, n + k)],
    )


def _shuffled(d: Demography, order: Ints) -> Demography:
    """The same people in village order (random within), so that numbers say nothing about age."""
    living = len(order) - int(d.gone.sum())
    head = order[:living]
    order = np.r_[head[np.argsort(d.village[head], kind="stable")], order[living:]]
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    partner = d.partner[order]
    partner[partner >= 0] = position[partner[partner >= 0]]
    return Demography(
        d.birth[order], d.age[order], d.female[order], partner, d.young_spouse[order], d.never_married[order],
        d.household[order], d.village[order], d.gone[order], d.died[order],
    )  # fmt: skip


def _birth_days(rng: np.random.Generator, age: Ints, as_of: date) -> NDArray[np.int32]:
    latest = np.array([days(birthday(as_of, a)) for a in range(MAX_AGE + 2)])
    newest, oldest = latest[age], latest[age + 1] + 1
    drawn = oldest + np.floor(rng.random(len(age)) * (newest - oldest + 1)).astype(np.int64)
    return np.asarray(drawn, dtype=np.int32)


def _marry(
    rng: np.random.Generator, birth: NDArray[np.int32], age: Ints, female: Bools, as_of: date
) -> tuple[Ints, Bools]:
    """Partners by index, and who has a spouse too young for the register."""
    n = len(age)
    partner = np.full(n, -1, dtype=np.int64)
    young = np.zeros(n, dtype=bool)
    men = np.flatnonzero(~female)
    husbands = men[rng.random(len(men)) < _interpolate(_PARTNERED_MEN, age[men])]
    gap_years = np.clip(rng.normal(_AGE_GAP[0], _AGE_GAP[1], len(husbands)), -6, 14)
    wife_age = np.floor((days(as_of) - birth[husbands]) / 365.25 - gap_years).astype(np.int64)
    young[husbands[wife_age < MIN_AGE]] = True
    for years in range(MIN_AGE, MAX_AGE + 1):
        wanted = rng.permutation(husbands[wife_age == years])
        there = rng.permutation(np.flatnonzero(female & (age == years)))
        pairs = min(len(wanted), int(len(there) * 0.97))
        partner[wanted[:pairs]] = there[:pairs]
        partner[there[:pairs]] = wanted[:pairs]
    # A few wives in their early sixties have husbands who are not yet sixty.
    alone = np.flatnonzero(female & (partner < 0) & (age < 64))
    young[alone[rng.random(len(alone)) < 0.25]] = True
    return partner, young


def _households(
    rng: np.random.Generator, birth: NDArray[np.int32], age: Ints, female: Bools, partner: Ints, widowed: Bools
) -> Ints:
    """Couples share a household; some widowed parents over 84 live with a child who is over 60 herself."""
    n = len(age)
    own = np.arange(n, dtype=np.int64)
    household = np.where((partner >= 0) & female, partner, own)
    parents = np.flatnonzero(widowed & (age >= 84))
    parents = parents[rng.random(len(parents)) < 0.10]
    heads = np.flatnonzero((household == own) & (age < 72))
    if len(parents) and len(heads):
        heads = heads[np.argsort(birth[heads], kind="stable")]
        child_birth = birth[parents] + rng.normal(24 * 365.25, 3 * 365, len(parents))
        # A child under 60 is not in the register, and its parent keeps a household of her own in it.
        listed = child_birth < birth[heads[-1]] - 30
        parents, child_birth = parents[listed], child_birth[listed]
        at = np.searchsorted(birth[heads], child_birth) + rng.integers(-40, 41, len(parents))
        child = heads[np.clip(at, 0, len(heads) - 1)]
        old_enough = birth[child] - birth[parents] >= 17 * 365
        _, once = np.unique(child, return_index=True)
        take = np.isin(np.arange(len(parents)), once) & old_enough
        household[parents[take]] = child[take]
    return household


def _settle(rng: np.random.Generator, divisions: Divisions, household: Ints) -> Ints:
    """A settlement index for each person; a household lives in one."""
    places = divisions.settlements
    streets = {t.code for t in divisions.towns if t.kind == "street"}
    base = [
        _UNITS["community_city" if p.kind == "community" and p.parent in streets else p.kind]
        if p.kind in ("community", "village")
        else _UNITS["town"]
        for p in places
    ]
    weights = np.array(base) * rng.lognormal(0.0, 0.32, len(places))
    drawn = rng.choice(len(places), size=len(household), p=weights / weights.sum())
    return drawn[household].astype(np.int64)
