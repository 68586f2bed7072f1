"""Where a row of figures is heading, and how far a share of few can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, sqrt
from statistics import NormalDist, median

CONFIDENCE = 0.95
LEAST_POINTS = 3


@dataclass(frozen=True, slots=True)
class Interval:
    """From low to high, both of it."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a value lies in it."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Forecast:
    """A value to come: what the middle slope gives, and between which values the likely slopes leave it.

    `slope` is per year. `whole` says that the points are too few for an interval of CONFIDENCE: it then spans every
    slope there is between two points.
    """

    day: date
    value: float
    interval: Interval
    slope: float
    points: int
    whole: bool


def wilson(counted: int, of: int, confidence: float = CONFIDENCE) -> Interval | None:
    """Wilson's score interval of a share, as parts of one; None of nothing. Good for few and for 0 or all."""
    if of <= 0:
        return None
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = counted / of
    spread = 1 + z * z / of
    middle = (share + z * z / (2 * of)) / spread
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / spread
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def forecast(
    points: Sequence[tuple[date, float]], day: date, least: float | None = None, most: float | None = None
) -> Forecast | None:
    """The value on a day to come by Theil and Sen: the median of all slopes between two points.

    The line goes through the median of the intercepts; the interval takes the slopes that Sen's test by ranks leaves
    (Kendall's variance) at CONFIDENCE. A single odd figure so moves nothing. None for fewer than LEAST_POINTS
    different days. `least` and `most` bound what the value can be at all.
    """
    last: dict[date, float] = dict(points)
    if len(last) < LEAST_POINTS:
        return None
    origin = max(last)
    xs = [(when - origin).days / 365.25 for when in last]
    ys = list(last.values())
    n = len(xs)
    slopes = sorted((ys[j] - ys[i]) / (xs[j] - xs[i]) for i in range(n) for j in range(i + 1, n))
    slope = median(slopes)
    reach = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2) * sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low_rank, high_rank = floor((len(slopes) - reach) / 2), floor((len(slopes) + reach) / 2)
    whole = low_rank < 0 or high_rank > len(slopes) - 1
    low_slope = slopes[max(low_rank, 0)]
    high_slope = slopes[min(high_rank, len(slopes) - 1)]
    ahead = (day - origin).days / 365.25

    def at(chosen: float) -> float:
        start = median(y - chosen * x for x, y in zip(xs, ys, strict=True))
        value = start + chosen * ahead
        if least is not None:
            value = max(least, value)
        return value if most is None else min(most, value)

    ends = sorted((at(low_slope), at(high_slope), at(slope)))
    return Forecast(day, at(slope), Interval(ends[0], ends[2]), slope, n, whole)
