"""How assessors compare with their peers: figures with honest intervals, and flags that say why to look again.

A flag is a reason to look, never a verdict: assessors differ because the people they see differ, and the comparison
allows for as much difference as the peers show among themselves. Feed it assessments of one kind (one scale, one
region, homes or households), so that like is compared with like.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, inf, log, sqrt
from sys import float_info
from typing import NamedTuple

import polars as pl

from yinian.engines.entitlement.facts import Words
from yinian.engines.scale import chance
from yinian.engines.scale.errors import ScaleError
from yinian.engines.scale.model import Item, Scale

ASSESSMENTS: Mapping[str, type[pl.DataType]] = {
    "assessor": pl.String,
    "level": pl.Int64,
    "items": pl.List,
    "minutes": pl.Float64,
    "overturned": pl.Boolean,
}
"""One row per assessor and assessment. items: points in the order of the scale's items. minutes: length of the visit.

overturned: whether a re-assessment changed the level; null where there was none. The last two columns may be absent,
and null in any row.
"""
OPTIONAL = ("minutes", "overturned")
LEAST_ASSESSMENTS = 20
LEAST_PEERS = 5
LEAST_CASES: Mapping[str, int] = {"severe": LEAST_ASSESSMENTS, "near_cut": LEAST_ASSESSMENTS // 2, "overturned": 5}
"""How many cases a share must be of to be judged."""
NEAR = 3
"""How many points on either side of a cut-off are near it."""
FALSE_ALARMS = 0.05
"""The share of flags that may be due to chance (Benjamini-Hochberg over all assessors and measures)."""
STRENGTHS: tuple[tuple[float, str], ...] = ((0.001, "strong"), (0.01, "moderate"), (FALSE_ALARMS, "weak"))

_ROUNDING = 1 / 12  # the variance of rounding to a whole: no measure is more exact than that
_LEAST_SPREAD_LOG = 0.01
_LEAST_ALIKE = 0.002  # two assessors are never more equal than this, however few peers show it
_LEAST_DISPERSION = 1.01


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of one assessor.

    value: the share or mean as it is, over `of` cases; low and high bound it with 95% confidence; shrunk: the value
    drawn towards the peers' as far as its small number asks; peers: the peers' value. chance: how likely a difference
    at least so large is for an assessor like the peers; None where there is too little to judge by.
    """

    measure: str
    value: float
    of: int
    low: float
    high: float
    peers: float | None = None
    shrunk: float | None = None
    chance: float | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    """An item that an assessor rated the same every time: the points, and the peers' share of them."""

    item: str
    score: int
    peers: float
    chance: float


@dataclass(frozen=True, slots=True)
class Flag:
    """A reason to look again. chance: the adjusted probability; strength: strong, moderate or weak."""

    measure: str
    reason: Words
    chance: float
    strength: str


@dataclass(frozen=True, slots=True)
class AssessorQuality:
    """All about one assessor. `note` says why there is no comparison, where there is none."""

    assessor: str
    assessments: int
    figures: Mapping[str, Figure]
    alike: tuple[Alike, ...]
    flags: tuple[Flag, ...] = ()
    note: Words | None = None


class _Moments(NamedTuple):
    """Mean, variance (divided by one less than the number; 0 of a single value) and number of some values."""

    mean: float
    variance: float
    of: int


Share = tuple[int, int]
"""So many of so many."""


@dataclass(slots=True)
class _Own:
    """What one assessor did, as needed for the measures."""

    name: str
    assessments: int
    shares: Mapping[str, Share]
    total: _Moments
    minutes: _Moments
    vectors: Counter[tuple[int, ...]]
    scores: list[Counter[int]]
    figures: dict[str, Figure] = field(default_factory=dict)
    alike: tuple[Alike, ...] = ()


def compare_assessors(frame: pl.DataFrame, scale: Scale, at_least: int) -> tuple[AssessorQuality, ...]:
    """Every assessor of a frame (ASSESSMENTS) beside the others, by name.

    at_least: the level from which on somebody counts as disabled, as the policy has it. An assessor with fewer than
    LEAST_ASSESSMENTS, or with fewer than LEAST_PEERS peers who have them, is shown and not judged. Raises ScaleError
    for a frame of another shape.
    """
    _check(frame, scale, at_least)
    people = [_own(name, rows, scale, at_least) for name, rows in _by_assessor(frame)]
    for own in people:
        _raw_figures(own)
    judged = [own for own in people if own.assessments >= LEAST_ASSESSMENTS]
    enough = len(judged) > LEAST_PEERS
    if enough:
        pool: Counter[tuple[int, ...]] = Counter()
        for own in judged:
            pool.update(own.vectors)
        for place, own in enumerate(judged):
            _against(own, [*judged[:place], *judged[place + 1 :]], pool, scale)
    adjusted = _adjusted(
        {(own.name, name): found.chance for own in judged for name, found in own.figures.items() if enough}
    )
    return tuple(
        AssessorQuality(
            assessor=own.name,
            assessments=own.assessments,
            figures=own.figures,
            alike=own.alike,
            flags=_flags(own, adjusted, scale, at_least),
            note=_note(own, enough),
        )
        for own in people
    )


def item_points(scale: Scale, items: Mapping[str, int]) -> list[int]:
    """Points by code as the list that the `items` column holds."""
    return [items[item.code] for item in scale.items]


# Reading the frame.


def _check(frame: pl.DataFrame, scale: Scale, at_least: int) -> None:
    if not 0 < at_least < len(scale.levels):
        raise ScaleError(f"level {at_least} cannot be compared; expected 1 to {len(scale.levels) - 1}")
    for name, kind in ASSESSMENTS.items():
        if name not in frame.columns:
            if name in OPTIONAL:
                continue
            raise ScaleError(f"the table has no column `{name}`; expected {', '.join(ASSESSMENTS)}")
        found = frame.schema[name]
        fits = found.is_integer() if kind is pl.Int64 else found.is_numeric() if kind is pl.Float64 else found == kind
        if not fits and found != pl.Null:
            raise ScaleError(f"column `{name}` is {found}; expected {kind.__name__}")
        if name not in OPTIONAL and frame[name].null_count():
            raise ScaleError(f"column `{name}` has empty cells; expected a value in every row")
    allowed = [set(item.scores) for item in scale.items]
    for number, points in enumerate(frame["items"].to_list(), 1):
        if len(points) != len(scale.items):
            raise ScaleError(f"holds {len(points)} items; expected {len(scale.items)}", row=number)
        for item, known, score in zip(scale.items, allowed, points, strict=True):
            if score not in known:
                raise ScaleError(f"is {score}, which no option has", item=item.code, row=number)
    if "minutes" in frame.columns and (frame["minutes"].drop_nulls() <= 0).any():
        raise ScaleError("column `minutes` holds a visit that took no time; leave an unknown length empty")


def _by_assessor(frame: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    parts = frame.partition_by("assessor", as_dict=True)
    return sorted((str(key[0]), rows) for key, rows in parts.items()) if parts else []


def _own(name: str, rows: pl.DataFrame, scale: Scale, at_least: int) -> _Own:
    vectors = [tuple(points) for points in rows["items"].to_list()]
    totals = [sum(points) for points in vectors]
    cut = scale.levels[at_least].max
    near = [total for total in totals if cut is not None and cut - NEAR < total <= cut + NEAR]
    overturned = rows["overturned"].drop_nulls().to_list() if "overturned" in rows.columns else []
    minutes = rows["minutes"].drop_nulls().to_list() if "minutes" in rows.columns else []
    return _Own(
        name=name,
        assessments=len(totals),
        shares={
            "severe": (sum(level >= at_least for level in rows["level"].to_list()), len(totals)),
            "near_cut": (sum(total <= (cut or 0) for total in near), len(near)),
            "overturned": (sum(overturned), len(overturned)),
        },
        total=_moments([float(total) for total in totals]),
        minutes=_moments([log(found) for found in minutes]),
        vectors=Counter(vector for vector in vectors if not _extreme(vector, scale.items)),
        scores=[Counter(column) for column in zip(*vectors, strict=True)],
    )


def _moments(values: Sequence[float]) -> _Moments:
    if not values:
        return _Moments(0.0, 0.0, 0)
    mean = sum(values) / len(values)
    squares = sum((value - mean) ** 2 for value in values)
    return _Moments(mean, squares / (len(values) - 1) if len(values) > 1 else 0.0, len(values))


def _extreme(vector: Sequence[int], items: Sequence[Item]) -> bool:
    """All the best or all the worst: many people are, so that such answers repeat honestly."""
    pairs = list(zip(vector, items, strict=True))
    return all(score == item.max for score, item in pairs) or all(score == item.min for score, item in pairs)


# Figures of one assessor alone.


def _raw_figures(own: _Own) -> None:
    for name, (count, of) in own.shares.items():
        if of:
            own.figures[name] = Figure(name, count / of, of, *chance.share_interval(count, of))
    own.figures["total"] = _mean_figure("total", own.total)
    if own.minutes.of:
        logs = _mean_figure("minutes", own.minutes)
        own.figures["minutes"] = replace(logs, value=exp(logs.value), low=exp(logs.low), high=_exp(logs.high))
    if of := own.vectors.total():
        twins = _twins(own.vectors)
        own.figures["identical"] = Figure("identical", twins / of, of, *chance.share_interval(twins, of))


def _exp(value: float) -> float:
    return exp(value) if value < log(float_info.max) else inf


def _mean_figure(name: str, moments: _Moments) -> Figure:
    low, high = chance.mean_interval(moments.mean, sqrt(moments.variance), moments.of)
    return Figure(name, moments.mean, moments.of, low, high)


def _twins(vectors: Counter[tuple[int, ...]]) -> int:
    """How many have the same answers as another."""
    return sum(times for times in vectors.values() if times > 1)


def _repeats(vectors: Counter[tuple[int, ...]]) -> int:
    """How many have answers that were there before."""
    return vectors.total() - len(vectors)


# Against the peers. Peers never include the assessor.


def _against(own: _Own, peers: Sequence[_Own], pool: Counter[tuple[int, ...]], scale: Scale) -> None:
    for name, least in LEAST_CASES.items():
        if name in own.figures:
            shares = [peer.shares[name] for peer in peers]
            own.figures[name] = _share_against(own.figures[name], own.shares[name], shares, least)
    own.figures["total"] = _mean_against(own.figures["total"], own.total, [p.total for p in peers], _ROUNDING)
    if own.minutes.of >= LEAST_ASSESSMENTS // 2:
        own.figures["minutes"] = _minutes_against(own, [peer.minutes for peer in peers])
    if "identical" in own.figures:
        own.figures["identical"] = _identical_against(own, peers, pool)
    _alike_against(own, peers, scale)


def _share_against(figure: Figure, own: Share, peers: Sequence[Share], least: int) -> Figure:
    count, of = own
    told = [(k, n) for k, n in peers if n]
    if len(told) < LEAST_PEERS:
        return figure
    mean, alike = _peers_share(told)
    below, above = chance.beta_binomial(count, of, mean, alike)
    prior = (1 - alike) / alike
    return replace(
        figure,
        peers=mean,
        shrunk=(count + mean * prior) / (of + prior),
        chance=min(1.0, 2 * min(below, above)) if of >= least else None,
    )


def _peers_share(peers: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """The peers' share, and the intraclass correlation with which to predict another's (Kleinman's moments)."""
    cases = sum(n for _, n in peers)
    mean = (sum(k for k, _ in peers) + 0.5) / (cases + 1)
    variance = mean * (1 - mean)
    spread = sum(n * (k / n - mean) ** 2 for k, n in peers) / variance
    room = cases - sum(n * n for _, n in peers) / cases - (len(peers) - 1)
    alike = (spread - (len(peers) - 1)) / room if room > 0 else 0.0
    alike = min(0.9, max(_LEAST_ALIKE, alike))
    unsure = (1 + (cases / len(peers) - 1) * alike) / cases
    return mean, min(0.95, alike + unsure)


def _mean_against(figure: Figure, own: _Moments, peers: Sequence[_Moments], least_variance: float) -> Figure:
    told = [moments for moments in peers if moments.of > 1]
    if len(told) < LEAST_PEERS or own.of < 2:
        return figure
    between, within, mean, unsure = _peers_mean(told, least_variance)
    # An assessor whose own values scatter more than the peers' has a less certain mean.
    noise = max(within, own.variance) / own.of
    t = abs(own.mean - mean) / sqrt(between + noise + unsure)
    return replace(
        figure,
        peers=mean,
        shrunk=(own.mean * between + mean * noise) / (between + noise),
        chance=min(1.0, 2 * chance.t_beyond(t, len(told) - 1)),
    )


def _peers_mean(peers: Sequence[_Moments], least_variance: float) -> tuple[float, float, float, float]:
    """Variance between and within peers, their mean, and its own variance (DerSimonian and Laird)."""
    freedom = sum(peer.of - 1 for peer in peers)
    within = max(least_variance, sum(peer.variance * (peer.of - 1) for peer in peers) / freedom)
    whole = sum(peer.of for peer in peers) / within
    plain = sum(peer.of / within * peer.mean for peer in peers) / whole
    spread = sum(peer.of / within * (peer.mean - plain) ** 2 for peer in peers)
    room = whole - sum((peer.of / within) ** 2 for peer in peers) / whole
    between = max(0.0, (spread - (len(peers) - 1)) / room)
    weights = [1 / (between + within / peer.of) for peer in peers]
    mean = sum(weight * peer.mean for weight, peer in zip(weights, peers, strict=True)) / sum(weights)
    return between, within, mean, 1 / sum(weights)


def _minutes_against(own: _Own, peers: Sequence[_Moments]) -> Figure:
    """Short visits alone are looked at: a long one harms nobody. On logarithms, because lengths are lopsided."""
    figure = _mean_against(own.figures["minutes"], own.minutes, peers, _LEAST_SPREAD_LOG)
    if figure.peers is None or figure.shrunk is None or figure.chance is None:
        return figure
    one_side = figure.chance / 2 if own.minutes.mean < figure.peers else 1 - figure.chance / 2
    return replace(figure, peers=exp(figure.peers), shrunk=exp(figure.shrunk), chance=one_side)


def _identical_against(own: _Own, peers: Sequence[_Own], pool: Counter[tuple[int, ...]]) -> Figure:
    """Answers copied from one assessment to the next, against what so many of the peers' answers would repeat."""
    figure = own.figures["identical"]
    told = [peer for peer in peers if peer.vectors]
    if len(told) < LEAST_PEERS or figure.of < LEAST_ASSESSMENTS // 2:
        return figure
    times = Counter(left for vector, found in pool.items() if (left := found - own.vectors[vector]))
    expected = [(_repeats(p.vectors), chance.expected_repeats(times, p.vectors.total()) + 0.5) for p in told]
    spread = sum((found - mean) ** 2 / mean for found, mean in expected) / len(expected)
    mean = chance.expected_repeats(times, figure.of) + 0.5
    return replace(
        figure,
        peers=sum(_twins(peer.vectors) for peer in told) / sum(peer.vectors.total() for peer in told),
        chance=chance.at_least_so_many(_repeats(own.vectors), mean, max(_LEAST_DISPERSION, spread)),
    )


def _alike_against(own: _Own, peers: Sequence[_Own], scale: Scale) -> None:
    """Items rated the same every time where the peers' ratings differ."""
    of = own.assessments
    found = []
    for place, item in enumerate(scale.items):
        if len(own.scores[place]) > 1:
            continue
        (score,) = own.scores[place]
        mean, alike = _peers_share([(peer.scores[place][score], peer.assessments) for peer in peers])
        found.append(Alike(item.code, score, mean, chance.beta_binomial(of, of, mean, alike)[1]))
    own.alike = tuple(sorted(found, key=lambda entry: entry.chance))
    count = len(found)
    least = min((entry.chance for entry in found), default=1.0)
    items = len(scale.items)
    own.figures["alike"] = Figure(
        "alike", count / items, items, count / items, count / items, chance=min(1.0, least * items)
    )


# Flags.


def _adjusted(chances: Mapping[tuple[str, str], float | None]) -> dict[tuple[str, str], float]:
    """Benjamini and Hochberg: chances raised so that of those below q no more than q are expected to be false."""
    known = sorted((found, key) for key, found in chances.items() if found is not None)
    adjusted: dict[tuple[str, str], float] = {}
    least = 1.0
    for rank in range(len(known), 0, -1):
        found, key = known[rank - 1]
        least = min(least, found * len(known) / rank)
        adjusted[key] = least
    return adjusted


def _flags(own: _Own, adjusted: Mapping[tuple[str, str], float], scale: Scale, at_least: int) -> tuple[Flag, ...]:
    flags = []
    for name, figure in own.figures.items():
        found = adjusted.get((own.name, name))
        if found is None or found >= FALSE_ALARMS:
            continue
        strength = next(word for bound, word in STRENGTHS if found < bound)
        flags.append(Flag(name, _reason(own, figure, found, scale, at_least), found, strength))
    return tuple(sorted(flags, key=lambda flag: (flag.chance, flag.measure)))


def _reason(own: _Own, figure: Figure, found: float, scale: Scale, at_least: int) -> Words:
    cut = scale.levels[at_least].max
    peers = figure.peers or 0.0
    match figure.measure:
        case "severe":
            said = Words(
                f"评为{at_least}级及以上的占{_percent(figure.value)}，同行为{_percent(peers)}",
                f"{_percent(figure.value)} at level {at_least} or worse, peers {_percent(peers)}",
            )
        case "near_cut":
            said = Words(
                f"总分在{cut}分上下的，落在{at_least}级及以上一侧的占{_percent(figure.value)}，同行为{_percent(peers)}",
                f"Of totals near {cut}, {_percent(figure.value)} lie on the side of level {at_least}, "
                f"peers {_percent(peers)}",
            )
        case "overturned":
            said = Words(
                f"复评后等级改变的占{_percent(figure.value)}，同行为{_percent(peers)}",
                f"{_percent(figure.value)} of re-assessments changed the level, peers {_percent(peers)}",
            )
        case "total":
            said = Words(
                f"平均总分{figure.value:.1f}，同行为{peers:.1f}", f"Mean total {figure.value:.1f}, peers {peers:.1f}"
            )
        case "minutes":
            said = Words(
                f"每次评估通常用时{figure.value:.0f}分钟，同行为{peers:.0f}分钟",
                f"A visit takes {figure.value:.0f} minutes, with peers {peers:.0f}",
            )
        case "identical":
            said = Words(
                f"与本人另一次评估答案完全相同的占{_percent(figure.value)}，同行为{_percent(peers)}",
                f"{_percent(figure.value)} have exactly the answers of another of the same assessor's, "
                f"peers {_percent(peers)}",
            )
        case _:
            worst = own.alike[0]
            item = scale.item(worst.item)
            said = Words(
                f"“{item.name.zh}”每次都评{worst.score}分，同行评此分的占{_percent(worst.peers)}",
                f"“{item.name.en}” is always {worst.score}, with peers {_percent(worst.peers)}",
            )
    return Words(
        f"{said.zh}；若与同行无异，出现这种差别的可能性{_likely_zh(found)}",
        f"{said.en}; for an assessor like the peers a difference like this has a probability of {_likely_en(found)}",
    )


def _percent(share: float) -> str:
    return f"{share * 100:.0f}%"


def _likely_zh(found: float) -> str:
    return "不到千分之一" if found < 0.001 else f"约为{found * 100:.1f}%"


def _likely_en(found: float) -> str:
    return "less than 0.1%" if found < 0.001 else f"about {found * 100:.1f}%"


def _note(own: _Own, enough: bool) -> Words | None:
    if own.assessments < LEAST_ASSESSMENTS:
        return Words(
            f"只有{own.assessments}次评估，不足{LEAST_ASSESSMENTS}次，只列数字，不作比较",
            f"Only {own.assessments} assessments, fewer than {LEAST_ASSESSMENTS}: shown, not compared",
        )
    if not enough:
        return Words(
            f"评估满{LEAST_ASSESSMENTS}次的同行不足{LEAST_PEERS}人，只列数字，不作比较",
            f"Fewer than {LEAST_PEERS} peers with {LEAST_ASSESSMENTS} assessments: shown, not compared",
        )
    return None
