"""Chances and intervals of small numbers: beta, t, beta-binomial, negative binomial, repeats drawn from a pool.

Plain floats in, plain floats out; what the numbers are of is for `quality`.
"""

from __future__ import annotations

from math import exp, expm1, inf, lgamma, log, log1p, sqrt

_STEPS = 300
_SMALLEST = 1e-300
_PRECISION = 1e-14


def beta_below(a: float, b: float, x: float) -> float:
    """The chance that a Beta(a, b) value is at most x: the regularised incomplete beta function."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    # The continued fraction converges fast on one side of the mean; the other side is its complement.
    if x < (a + 1) / (a + b + 2):
        return min(1.0, front * _fraction(a, b, x) / a)
    return max(0.0, 1 - front * _fraction(b, a, 1 - x) / b)


def _fraction(a: float, b: float, x: float) -> float:
    """Lentz's evaluation of the continued fraction of the incomplete beta function."""
    c = 1.0
    d = 1 / _away(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            found *= d * c
        if abs(d * c - 1) < _PRECISION:
            break
    return found


def _away(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST


def beta_point(a: float, b: float, share: float) -> float:
    """The x below which a Beta(a, b) value lies with the given chance."""
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        if beta_below(a, b, middle) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def share_interval(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval of a share; (0, 1) of nothing."""
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else beta_point(count, of - count + 1, tail)
    high = 1.0 if count == of else beta_point(count + 1, of - count, 1 - tail)
    return low, high


def t_beyond(t: float, freedom: float) -> float:
    """The chance of a t value at least as large as t (one side)."""
    tail = beta_below(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2
    return tail if t >= 0 else 1 - tail


def t_point(share: float, freedom: float) -> float:
    """The t beyond which the given share of values lies, for a share below a half."""
    low, high = 0.0, 1.0
    while t_beyond(high, freedom) > share:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        if t_beyond(middle, freedom) > share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def mean_interval(mean: float, deviation: float, of: int, level: float = 0.95) -> tuple[float, float]:
    """The t interval of a mean of `of` values with that standard deviation; endless of fewer than two."""
    if of < 2:
        return -inf, inf
    reach = t_point((1 - level) / 2, of - 1) * deviation / sqrt(of)
    return mean - reach, mean + reach


def beta_binomial(count: int, of: int, mean: float, alike: float) -> tuple[float, float]:
    """The chances of at most and of at least `count` among `of`, each both including `count`.

    mean: the expected share, inside 0 and 1. alike: how much the cases of one person resemble each other, from 0 (a
    binomial) to below 1 (the intraclass correlation).
    """
    pieces = [_piece(k, of, mean, alike) for k in range(of + 1)]
    below, at, above = sum(pieces[:count]), pieces[count], sum(pieces[count + 1 :])
    whole = below + at + above
    return min(1.0, (below + at) / whole), min(1.0, (at + above) / whole)


def _piece(k: int, of: int, mean: float, alike: float) -> float:
    ways = lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1)
    if alike < 1e-9:
        return exp(ways + k * log(mean) + (of - k) * log1p(-mean))
    a, b = mean * (1 - alike) / alike, (1 - mean) * (1 - alike) / alike
    together = lgamma(k + a) + lgamma(of - k + b) - lgamma(of + a + b)
    return exp(ways + together - (lgamma(a) + lgamma(b) - lgamma(a + b)))


def at_least_so_many(count: int, mean: float, spread: float) -> float:
    """The chance of at least `count` events where `mean` are expected and the variance is `spread` (above 1) times it:
    the upper tail of a negative binomial."""
    if count == 0:
        return 1.0
    return beta_below(count, mean / (spread - 1), 1 - 1 / spread)


def expected_repeats(multiplicities: dict[int, int], drawn: int) -> float:
    """How many of `drawn` things taken from a pool are expected to equal one already taken.

    multiplicities: how many distinct things of the pool occur once, twice, …. Drawn without replacement; where the
    pool is smaller than the draw, repeats are taken to grow with the number of pairs.
    """
    pool = sum(times * kinds for times, kinds in multiplicities.items())
    taken = min(drawn, pool)
    if taken < 2:
        return 0.0
    missing = log_ways(pool, taken)
    distinct = 0.0
    for times, kinds in multiplicities.items():
        left = pool - times
        distinct += kinds * (1.0 if left < taken else -expm1(log_ways(left, taken) - missing))
    return max(0.0, taken - distinct) * (drawn / taken) ** 2


def log_ways(of: int, taken: int) -> float:
    """The logarithm of the number of ways to take `taken` things of `of`."""
    return lgamma(of + 1) - lgamma(taken + 1) - lgamma(of - taken + 1)
