"""Trends, intervals of few, standings, and what may be published."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yinian.engines.entitlement.measures import Target
from yinian.engines.entitlement.sources import Source
from yinian.engines.indicator import Forecast, Interval, forecast, stand, suppressed, wilson

QUARTERS = [date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31)]
SOURCE = Source("document", "verified")


def target(value: int, by: date, comparator: str = "at_least") -> Target:
    return Target(by, comparator, Fraction(value), "expected", SOURCE)


def test_a_straight_line_goes_on_straight():
    ahead = forecast([(day, (day - QUARTERS[0]).days / 365.25 * 8 + 50) for day in QUARTERS], date(2027, 12, 31))
    assert ahead is not None and ahead.value == pytest.approx(50 + (date(2027, 12, 31) - QUARTERS[0]).days / 365.25 * 8)
    assert ahead.slope == pytest.approx(8) and ahead.interval.low == pytest.approx(ahead.interval.high)


def test_one_odd_figure_moves_the_line_little():
    days = [date(2024 + n // 4, (n % 4) * 3 + 1, 1) for n in range(9)]
    plain = [(day, 50.0 + n) for n, day in enumerate(days)]
    odd = [*plain[:4], (days[4], 500.0), *plain[5:]]
    one, other = forecast(plain, date(2027, 1, 1)), forecast(odd, date(2027, 1, 1))
    assert one is not None and other is not None and other.value == pytest.approx(one.value, abs=1.0)


def test_fewer_than_three_days_give_no_forecast_and_few_say_so():
    assert forecast([(QUARTERS[0], 1.0), (QUARTERS[1], 2.0)], date(2027, 1, 1)) is None
    assert forecast([(QUARTERS[0], 1.0), (QUARTERS[0], 2.0), (QUARTERS[1], 2.0)], date(2027, 1, 1)) is None
    three = forecast([(day, float(n * n)) for n, day in enumerate(QUARTERS[:3])], date(2027, 1, 1))
    assert three is not None and three.whole and three.interval.holds(three.value)


@given(st.lists(st.floats(0, 100), min_size=3, max_size=12))
def test_a_share_is_never_foretold_outside_0_to_100_nor_outside_its_interval(values):
    points = [(date(2020 + n, 1, 1), value) for n, value in enumerate(values)]
    ahead = forecast(points, date(2040, 1, 1), least=0, most=100)
    assert ahead is not None and 0 <= ahead.interval.low <= ahead.value <= ahead.interval.high <= 100


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_the_share_and_narrows_with_more_cases(pair):
    counted, of = pair
    found, wider = wilson(counted, of), wilson(counted * 10, of * 10)
    assert found is not None and wider is not None
    assert found.low - 1e-9 <= counted / of <= found.high + 1e-9 and 0 <= found.low <= found.high <= 1
    assert wider.high - wider.low <= found.high - found.low + 1e-12


def test_wilsons_interval_is_that_of_the_textbook():
    found = wilson(8, 10)
    assert found is not None and found.low == pytest.approx(0.4902, abs=1e-4)
    assert found.high == pytest.approx(0.9433, abs=1e-4) and wilson(0, 0) is None


def test_a_standing_says_reached_missed_or_where_the_trend_leads():
    today, due = date(2026, 3, 1), date(2026, 12, 31)
    aims = [target(60, due)]
    likely = Forecast(due, 61.0, Interval(55, 65), 4, 4, False)
    unlikely = Forecast(due, 58.0, Interval(55, 59), 2, 4, False)
    assert stand(Fraction(60), aims, today).state == "reached"
    assert stand(Fraction(50), aims, today).state == "open"
    assert stand(Fraction(50), aims, today, likely).state == "likely"
    assert stand(Fraction(50), aims, today, unlikely).state == "unlikely"
    assert stand(Fraction(50), aims, date(2027, 1, 1)).state == "missed"
    assert stand(None, aims, today).state == "unknown" and stand(Fraction(1), [], today).state == "none"
    assert stand(Fraction(3), [target(3, due, "at_most")], today).state == "reached"
    assert stand(Fraction(42), [target(42, due, "above")], today).state == "open"
    both = [target(50, date(2022, 12, 31)), target(60, due)]
    assert stand(Fraction(55), both, today).target == both[1]
    assert stand(Fraction(55), both, date(2030, 1, 1)).target == both[1]


def test_a_few_people_are_held_back_and_so_is_the_one_who_would_give_them_away():
    rows = {"a": [40, 100], "b": [3, 50], "c": [20, 30]}
    assert suppressed(rows, 10) == {"b", "c"}  # c: the fewest people of the rest
    assert suppressed(rows, 10, total=False) == {"b"}
    assert suppressed({"a": [0, 100], "b": [12, None]}, 10) == set()
    assert suppressed({"a": [5, 5], "b": [9, 90], "c": [50, 50]}, 10) == {"a", "b"}
    assert suppressed({"a": [5]}, 10) == {"a"}
