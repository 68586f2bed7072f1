"""What is true of each person: hukou, relief, disability, ability, way of living, and who lives in a home.

Published counts are hit exactly by weighted draws without replacement. What the departments know of this
truth, and since when, is ``spells``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from yinian.engines.population.demography import Bools, Demography, Ints
from yinian.engines.population.divisions import Divisions
from yinian.engines.population.identity import stream
from yinian.engines.population.spec import CountySpec

Floats = NDArray[np.float64]

RELIEF: Final = ("none", "dibao", "marginal", "low_income", "tekun")
DIBAO, MARGINAL, LOW_INCOME, TEKUN = 1, 2, 3, 4
DISABILITY: Final = ("visual", "hearing", "speech", "physical", "intellectual", "mental", "multiple")
_CATEGORY: Final = (0.17, 0.18, 0.03, 0.44, 0.06, 0.06, 0.06)
_GRADES: Final = (0.14, 0.26, 0.28, 0.32)
LIVING: Final = ("alone", "spouse", "children", "kin", "others", "home")
ALONE, SPOUSE, CHILDREN, KIN, OTHERS, HOME = range(6)
#: Share of people at level 1 or worse, 2 or worse, … relative to the share at 2 or worse.
_LEVEL_SHARES: Final = (2.0, 1.0, 0.46, 0.18)


@dataclass(slots=True)
class Status:
    """One entry per person. ``*_at`` and ``home`` are indices (settlement, home) or -1.

    ``failed`` counts the six self-care items that somebody tested and failed, or is -1 where nobody has looked.
    """

    rural: Bools
    hukou_elsewhere: Bools
    hukou_at: Ints
    urban_hukou: Bools
    relief: Ints
    central: Bools
    wants_central: Bools
    disability: Ints
    grade: Ints
    level: Ints
    assessed: Bools
    failed: Ints
    home: Ints
    living: Ints
    empty_nest: Bools
    left_behind: Bools
    dementia: Bools
    mental: Bools
    employee: Bools
    special_family: Bools
    contribution: Bools


def draw_exactly(rng: np.random.Generator, weights: Floats, k: int, what: str) -> Ints:
    """Indices of ``k`` different entries, each the likelier the larger its weight (Gumbel top-k).

    Raises ``ValueError`` when fewer than ``k`` entries have a positive weight.
    """
    able = np.flatnonzero(weights > 0)
    if len(able) < k:
        raise ValueError(f"{what}: {k} people wanted, but only {len(able)} can be chosen")
    if k == 0:
        return able[:0]
    keys = np.log(weights[able]) + rng.gumbel(size=len(able))
    return np.sort(able[np.argpartition(-keys, k - 1)[:k]])


def draw_status(spec: CountySpec, divisions: Divisions, d: Demography, seed: int, scale: float) -> Status:
    """Everything true of the people of ``d``; the lately deceased get a status too, but no published count."""
    rng = stream(seed, "status")
    n = len(d)
    alive = ~d.gone
    places = divisions.settlements
    streets = {t.code for t in divisions.towns if t.kind == "street"}
    community = np.array([p.kind == "community" or (p.level == "town" and p.kind == "street") for p in places])
    in_street = np.array([(p.parent in streets) or p.kind == "street" for p in places])
    rural = ~community[d.village]

    # The very old seldom move to another county.
    movers = d.age < spec.assume("advanced_age_from")
    hukou_elsewhere = movers & (rng.random(n) < spec.assume("share_hukou_elsewhere"))
    other_village = rng.random(n) < spec.assume("share_hukou_other_village")
    hukou_at = np.where(other_village, rng.integers(0, len(places), n), d.village)
    hukou_community = community[hukou_at]
    p_urban = np.where(hukou_community, np.where(in_street[hukou_at], 0.82, 0.58), 0.035)
    urban = rng.random(n) < p_urban
    employee = rng.random(n) < np.where(urban, 0.46, 0.028) * np.where(d.female, 0.78, 1.15)

    local = alive & ~hukou_elsewhere
    single = (d.partner < 0) & ~d.young_spouse
    over_60 = d.age - 60
    hardship = rng.normal(0.0, 1.2, n)[d.household]

    relief = np.zeros(n, dtype=np.int64)
    weight = np.exp(
        2.6 * d.never_married + 0.9 * ~d.female + 0.9 * ~urban + 0.022 * over_60 + 0.5 * rural + hardship * 0.3
    )
    tekun = draw_exactly(rng, np.where(local & single & ~employee, weight, 0.0), spec.count("tekun", scale), "tekun")
    relief[tekun] = TEKUN

    frail = np.exp(0.035 * over_60 + 1.5 * (relief == TEKUN) + 0.7 * d.never_married + 0.25 * hardship)
    disability = np.full(n, -1, dtype=np.int64)
    disabled = draw_exactly(rng, np.where(alive, frail, 0.0), spec.count("disabled", scale), "disabled")
    disability[disabled] = rng.choice(len(_CATEGORY), size=len(disabled), p=_CATEGORY)
    grade = np.zeros(n, dtype=np.int64)
    grade[disabled] = 1 + rng.choice(4, size=len(disabled), p=_GRADES)
    severe = (grade == 1) | (grade == 2)

    poor = np.exp(0.6 * ~urban + 0.02 * over_60 + 0.9 * (grade > 0) + 0.8 * severe + hardship)
    for kind, count in (
        (DIBAO, spec.count("dibao", scale)),
        (MARGINAL, spec.count("marginal", scale)),
        (LOW_INCOME, round(spec.assume("share_low_income") * int(alive.sum()))),
    ):
        free = local & (relief == 0) & ~employee
        relief[draw_exactly(rng, np.where(free, poor, 0.0), count, RELIEF[kind])] = kind

    level, latent = _ability(rng, spec, d, severe, relief)
    dementia = rng.random(n) < 1 / (1 + np.exp(-(-6.4 + 0.105 * over_60 + 0.9 * (level >= 2))))
    mental = (disability == 5) | (rng.random(n) < 0.006)

    wants_central = (relief == TEKUN) & (rng.random(n) < np.where(level >= 2, 0.45, 0.17))
    household_size = np.bincount(d.household[alive], minlength=n)[d.household]
    may = local & single & (household_size == 1)
    home = _residents(rng, spec, divisions, d, relief, level, severe, may, wants_central, scale)
    resident = home >= 0
    wants_central |= resident & (relief == TEKUN)

    assessed = _assessed(rng, spec, d, relief, grade, level, latent, resident, scale)
    failed = _self_care(rng, relief, level, assessed)
    living = _living(rng, d, relief, single, resident)
    rural_or_small = np.where(rural, 0.52, 0.34)
    own_home = (living == ALONE) | (living == SPOUSE)
    # Husband and wife are an empty nest together, so the draw is the household's.
    empty_nest = own_home & (relief != TEKUN) & (rng.random(n)[d.household] < rural_or_small)
    left_behind = rural & empty_nest & (rng.random(n)[d.household] < 0.42)
    special_family = alive & (d.age < 85) & (rng.random(n) < 0.0042) & (relief != TEKUN)
    contribution = rng.random(n) < np.where(d.female, 0.0016, 0.0105)
    return Status(
        rural=rural,
        hukou_elsewhere=hukou_elsewhere,
        hukou_at=hukou_at,
        urban_hukou=urban,
        relief=relief,
        central=resident & (relief == TEKUN),
        wants_central=wants_central,
        disability=disability,
        grade=grade,
        level=level,
        assessed=assessed,
        failed=failed,
        home=home,
        living=living,
        empty_nest=empty_nest,
        left_behind=left_behind,
        dementia=dementia,
        mental=mental,
        employee=employee,
        special_family=special_family,
        contribution=contribution,
    )


def _ability(
    rng: np.random.Generator, spec: CountySpec, d: Demography, severe: Bools, relief: Ints
) -> tuple[Ints, Floats]:
    """True ability level 0 to 4 by a logit in age, and the latent frailty behind it."""
    latent = (
        0.108 * (d.age - 60) + 1.5 * severe + 0.55 * (relief == TEKUN) + 0.15 * d.female + rng.logistic(size=len(d))
    )
    share = spec.assume("share_unable_moderate_or_worse")
    cuts = np.quantile(latent, [1 - share * s for s in _LEVEL_SHARES])
    return np.searchsorted(cuts, latent, side="left").astype(np.int64), latent


def _residents(
    rng: np.random.Generator,
    spec: CountySpec,
    divisions: Divisions,
    d: Demography,
    relief: Ints,
    level: Ints,
    severe: Bools,
    may: Bools,
    wants: Bools,
    scale: float,
) -> Ints:
    """The home each resident lives in. Destitute people first to the homes that take their ability level."""
    home = np.full(len(d), -1, dtype=np.int64)
    if not spec.homes:
        return home
    beds = np.array([h.beds for h in spec.homes])
    listed = np.array([h.residents for h in spec.homes], dtype=np.float64)
    total = min(spec.count("residents", scale), int(beds.sum()))
    places = np.minimum(_share_out(listed, total), beds)
    while (short := total - int(places.sum())) > 0:
        places = np.minimum(places + _share_out((beds - places).astype(np.float64), short), beds)
    towns = np.array([p.code[:9] for p in divisions.settlements])[d.village]
    free = may.copy()
    # Homes for the least able choose first; each then prefers the people of its own town.
    for i in sorted(range(len(spec.homes)), key=lambda i: (-max(spec.homes[i].levels), i)):
        spec_home = spec.homes[i]
        fits = np.isin(level, spec_home.levels)
        near = np.where(towns == spec_home.region[:9], 6.0, 1.0)
        tekun = round(int(places[i]) * spec_home.tekun_share)
        base = np.where(free & fits, near * (1 + 2 * level) * np.where(severe, 2.0, 1.0), 0.0)
        pool = base * np.where(relief == TEKUN, np.where(wants, 8.0, 1.0), 0.0)
        chosen = draw_exactly(rng, pool, min(tekun, int((pool > 0).sum())), f"{spec_home.name} tekun")
        home[chosen] = i
        free[chosen] = False
        others = int(places[i]) - len(chosen)
        age_pull = np.exp(0.06 * (d.age - 60)) * np.where(relief == DIBAO, 3.0, 1.0)
        pool = np.where(free & (relief != TEKUN), base * age_pull, 0.0)
        chosen = draw_exactly(rng, pool, others, spec_home.name)
        home[chosen] = i
        free[chosen] = False
    return home


def _share_out(weights: Floats, total: int) -> Ints:
    exact = weights / max(weights.sum(), 1e-9) * total
    floor = np.floor(exact + 1e-9).astype(np.int64)
    floor[np.argsort(-(exact - floor), kind="stable")[: total - int(floor.sum())]] += 1
    return np.asarray(floor, dtype=np.int64)


def _assessed(
    rng: np.random.Generator,
    spec: CountySpec,
    d: Demography,
    relief: Ints,
    grade: Ints,
    level: Ints,
    latent: Floats,
    resident: Bools,
    scale: float,
) -> Bools:
    """Who has been assessed: exactly the published number of the unable, and some of those who matter."""
    alive = ~d.gone
    assessed = np.zeros(len(d), dtype=bool)
    unable = alive & (level >= 2)
    pull = np.exp(0.5 * (level - 2) + 0.7 * (relief > 0) + 0.5 * (grade > 0) + 0.04 * (d.age - 60) + 6.0 * resident)
    assessed[draw_exactly(rng, np.where(unable, pull, 0.0), spec.count("unable", scale), "unable")] = True
    matters = alive & (d.age >= 65) & ((relief > 0) | (grade > 0) | (d.age >= 80) | resident)
    wanted = round(spec.assume("share_assessed_of_those_who_matter") * int(matters.sum()))
    able = matters & (level < 2)
    more = max(0, min(wanted - int((assessed & matters).sum()), int(able.sum())))
    pull = np.exp(0.25 * latent + 1.2 * (relief > 0) + 6.0 * resident)
    assessed[draw_exactly(rng, np.where(able, pull, 0.0), more, "assessed")] = True
    return assessed


def _self_care(rng: np.random.Generator, relief: Ints, level: Ints, assessed: Bools) -> Ints:
    """Self-care items failed: asked of the destitute, and of the assessed on the minimum living allowance."""
    n = len(level)
    failed = np.select(
        [level >= 3, level == 2, level == 1],
        [rng.integers(4, 7, n), rng.integers(1, 5, n), rng.integers(0, 3, n)],
        0,
    )
    asked = np.where(relief == TEKUN, 0.96, np.where((relief == DIBAO) & assessed, 0.85, 0.0))
    return np.where(rng.random(n) < asked, failed, -1).astype(np.int64)


def _living(rng: np.random.Generator, d: Demography, relief: Ints, single: Bools, resident: Bools) -> Ints:
    """How people live. Couples mostly by themselves, the widowed alone or with children."""
    n = len(d)
    together = rng.random(n)[d.household]
    paired = np.where(together < 0.74, SPOUSE, CHILDREN)
    p_alone = np.where(d.never_married, 0.76, np.clip(0.50 - 0.008 * (d.age - 60), 0.28, 0.5))
    p_alone = np.where(relief == TEKUN, 0.80, p_alone)
    draw = rng.random(n)
    p_kin = np.where(d.never_married | (relief == TEKUN), 0.17, 0.02)
    widowed = np.select(
        [draw < p_alone, draw < p_alone + p_kin, draw < p_alone + p_kin + 0.015], [ALONE, KIN, OTHERS], CHILDREN
    )
    # Nobody under state support lives with children who would have to support them.
    widowed = np.where((relief == TEKUN) & (widowed == CHILDREN), KIN, widowed)
    living = np.where(single, widowed, paired)
    shared = np.bincount(d.household[~d.gone], minlength=n)[d.household] > 1
    living = np.where(single & shared & (living == ALONE), CHILDREN, living)
    # A young child over 60 who shares a household with an old parent does not live alone either.
    return np.where(resident, HOME, living).astype(np.int64)
