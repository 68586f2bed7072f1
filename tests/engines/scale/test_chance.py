"""Chances against what they are defined as: exact sums, known tables, and counting every case."""

from fractions import Fraction
from itertools import combinations
from math import comb, inf, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engines.scale.making import UNHURRIED

from yinian.engines.scale import chance


def binomial_at_least(count: int, of: int, share: Fraction) -> Fraction:
    return sum((comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(count, of + 1)), start=Fraction(0))


@UNHURRIED
@given(of=st.integers(1, 60), count=st.integers(1, 60), percent=st.integers(1, 99))
def test_the_incomplete_beta_function_is_a_binomial_tail(of: int, count: int, percent: int) -> None:
    count = min(count, of)
    exact = float(binomial_at_least(count, of, Fraction(percent, 100)))
    assert isclose(chance.beta_below(count, of - count + 1, percent / 100), exact, rel_tol=1e-9, abs_tol=1e-12)


def test_outside_its_range_a_beta_value_is_never_or_always_below() -> None:
    assert (chance.beta_below(2, 3, 0), chance.beta_below(2, 3, -1)) == (0, 0)
    assert (chance.beta_below(2, 3, 1), chance.beta_below(2, 3, 2)) == (1, 1)


@UNHURRIED
@given(of=st.integers(1, 200), data=st.data())
def test_an_exact_interval_leaves_its_tails_outside(of: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, of))
    low, high = chance.share_interval(count, of)
    assert 0 <= low <= count / of <= high <= 1
    if count > 0:
        assert isclose(chance.beta_below(count, of - count + 1, low), 0.025, abs_tol=1e-9)
    if count < of:
        assert isclose(1 - chance.beta_below(count + 1, of - count, high), 0.025, abs_tol=1e-9)


@pytest.mark.parametrize(("freedom", "t"), [(1, 12.706205), (5, 2.570582), (10, 2.228139), (30, 2.042272)])
def test_t_values_are_those_of_the_tables(freedom: int, t: float) -> None:
    assert isclose(chance.t_beyond(t, freedom), 0.025, rel_tol=1e-5)
    assert isclose(chance.t_beyond(-t, freedom), 0.975, rel_tol=1e-5)
    assert isclose(chance.t_point(0.025, freedom), t, rel_tol=1e-6)


def test_a_mean_of_one_value_is_bounded_by_nothing() -> None:
    assert chance.mean_interval(5, 0, 1) == (-inf, inf)
    low, high = chance.mean_interval(10, 2, 11)
    assert isclose(high - 10, 10 - low)
    assert isclose(high - 10, 2.228139 * 2 / 11**0.5, rel_tol=1e-6)


@UNHURRIED
@given(of=st.integers(1, 50), data=st.data(), percent=st.integers(1, 99), alike=st.sampled_from([0, 0.01, 0.2, 0.9]))
def test_a_beta_binomial_is_a_distribution_and_without_likeness_a_binomial(
    of: int, data: st.DataObject, percent: int, alike: float
) -> None:
    count = data.draw(st.integers(0, of))
    below, above = chance.beta_binomial(count, of, percent / 100, alike)
    assert 0 <= below <= 1 and 0 <= above <= 1
    at = below + above - 1
    if count:
        assert isclose(chance.beta_binomial(count - 1, of, percent / 100, alike)[0], below - at, abs_tol=1e-9)
    if not alike:
        assert isclose(above, float(binomial_at_least(count, of, Fraction(percent, 100))), abs_tol=1e-9)


def test_likeness_makes_extremes_more_likely() -> None:
    tails = [chance.beta_binomial(18, 20, 0.5, alike)[1] for alike in (0, 0.05, 0.2, 0.5)]
    assert tails == sorted(tails)


@UNHURRIED
@given(count=st.integers(0, 30), mean=st.floats(0.1, 20), spread=st.floats(1.05, 8))
def test_a_negative_binomial_tail_is_the_sum_of_its_pieces(count: int, mean: float, spread: float) -> None:
    size, share = mean / (spread - 1), 1 / spread
    piece, below = share**size, 0.0
    for k in range(count):
        below += piece
        piece *= (size + k) / (k + 1) * (1 - share)
    assert isclose(chance.at_least_so_many(count, mean, spread), 1 - below, abs_tol=1e-9)


@UNHURRIED
@given(times=st.lists(st.integers(1, 4), min_size=1, max_size=5), drawn=st.integers(2, 8))
def test_expected_repeats_are_the_mean_over_every_draw(times: list[int], drawn: int) -> None:
    pool = [kind for kind, count in enumerate(times) for _ in range(count)]
    drawn = min(drawn, len(pool))
    draws = [drawn - len({pool[place] for place in places}) for places in combinations(range(len(pool)), drawn)]
    counted = {count: times.count(count) for count in set(times)}
    expected = sum(draws) / len(draws) if drawn > 1 else 0
    assert isclose(chance.expected_repeats(counted, drawn), expected, abs_tol=1e-9)


def test_repeats_grow_with_the_pairs_where_the_pool_is_too_small() -> None:
    assert chance.expected_repeats({}, 10) == 0
    assert isclose(chance.expected_repeats({2: 5}, 20), 4 * chance.expected_repeats({2: 5}, 10))
