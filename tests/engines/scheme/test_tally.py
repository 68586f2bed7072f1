"""Totals, ranking, awards and who reads what, on plain data."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yinian.engines.scheme import Criterion, Reader, award_of, order, propose, tally

D = Decimal
CRITERIA = [Criterion("a", D(40)), Criterion("b", D(60))]
points = st.integers(0, 80).map(lambda half: D(half) / 2)
scores = st.dictionaries(st.integers(1, 9), st.fixed_dictionaries({"a": points, "b": points}), min_size=1, max_size=9)


def of(*totals):
    return {n: {"a": D(0), "b": D(total)} for n, total in enumerate(totals, start=1)}


def test_the_highest_and_the_lowest_are_left_out_whole():
    found = tally(CRITERIA, of(10, 50, 30, 40), drop_highest=1, drop_lowest=1)
    assert (found.total, found.counted, set(found.left_out)) == (D("35.00"), (3, 4), {1, 2})
    assert found.spread == D("0.4")  # over all that was scored, not over what counts


def test_nothing_is_left_out_where_nothing_would_remain():
    assert tally(CRITERIA, of(10, 50), drop_highest=1, drop_lowest=1).total == D("30.00")


def test_a_mean_is_rounded_once_half_away_from_zero():
    assert tally(CRITERIA, of("10.01", "10.02")).total == D("10.02")
    assert tally(CRITERIA, of(1, 1, 2)).total == D("1.33")


@pytest.mark.parametrize("bad", [{1: {"a": D(41), "b": D(0)}}, {1: {"a": D(-1), "b": D(0)}}, {1: {"a": D(1)}}, {}])
def test_scores_outside_the_full_points_or_not_whole_are_refused(bad):
    with pytest.raises(ValueError, match=r"scored|gave"):
        tally(CRITERIA, bad)


@given(scores, st.integers(0, 2), st.integers(0, 2))
def test_a_total_lies_between_the_lowest_and_the_highest_reading(given_scores, high, low):
    found = tally(CRITERIA, given_scores, drop_highest=high, drop_lowest=low)
    assert min(found.totals.values()) <= found.total <= max(found.totals.values())
    assert 0 <= found.spread <= 1
    assert found.counted
    assert abs(sum(found.means.values()) - found.total) <= D("0.01") * len(CRITERIA)


@given(scores, points)
def test_who_scores_higher_never_lowers_a_total(given_scores, more):
    reader = next(iter(given_scores))
    before = tally(CRITERIA, given_scores).total
    raised = {key: {**value} for key, value in given_scores.items()}
    raised[reader]["b"] = min(D(60), raised[reader]["b"] + more)
    assert tally(CRITERIA, raised).total >= before


def test_equal_totals_share_a_place():
    assert [p.rank for p in order({"x": D(5), "y": D(9), "z": D(9), "w": D(1)})] == [1, 1, 3, 4]


@given(st.integers(0, 10**12), st.decimals("0.2", "0.4", places=4))
def test_an_award_adds_up_in_whole_fen_and_keeps_to_the_share(base, share):
    found = award_of(base, cap_fen=10**12, share=share, low=D("0.2"), high=D("0.4"))
    assert found.total_fen == found.base_fen + found.extra_fen
    assert abs(found.extra_fen - base * share) <= D("0.5")


@pytest.mark.parametrize(("base", "share"), [(101, None), (-1, None), (100, D("0.19")), (100, D("0.41"))])
def test_an_award_beyond_the_rule_is_refused(base, share):
    with pytest.raises(ValueError, match="between"):
        award_of(base, cap_fen=100, share=share, low=D("0.2"), high=D("0.4"))


@given(
    st.integers(1, 12), st.integers(1, 6), st.integers(1, 3),
    st.sets(st.tuples(st.integers(0, 11), st.integers(0, 5)), max_size=30),
)
def test_nobody_reads_what_is_barred_and_everybody_gets_as_many_as_there_may_be(n, readers, wanted, barred):
    found = propose(list(range(n)), [Reader(r, 0) for r in range(readers)], barred, dict.fromkeys(range(n), wanted))
    for one, chosen in found.items():
        assert len(set(chosen)) == len(chosen)
        assert not {(one, reader) for reader in chosen} & barred
        assert len(chosen) == min(wanted, sum(1 for r in range(readers) if (one, r) not in barred))


def test_the_work_is_spread_evenly():
    found = propose(list(range(6)), [Reader(r, 0) for r in range(4)], set(), dict.fromkeys(range(6), 2))
    load = [sum(1 for chosen in found.values() if r in chosen) for r in range(4)]
    assert load == [3, 3, 3, 3]
