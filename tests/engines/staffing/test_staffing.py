"""Staff needed by a ratio: whole people, shares added before rounding, the unknown counted both ways."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yinian.engines.staffing import GROUPS, Need, Standing, need, standing

PER = {"independent": Decimal(10), "partial": Decimal(6), "full": Decimal(3)}


@pytest.mark.parametrize(
    ("independent", "partial", "full", "unknown", "least", "most"),
    [
        (0, 0, 0, 0, 0, 0),
        (1, 0, 0, 0, 1, 1),
        (10, 0, 0, 0, 1, 1),
        (11, 0, 0, 0, 2, 2),
        (0, 6, 0, 0, 1, 1),
        (0, 7, 0, 0, 2, 2),
        (0, 0, 3, 0, 1, 1),
        (0, 0, 4, 0, 2, 2),
        (5, 3, 0, 0, 1, 1),  # half a person and half a person are one
        (5, 3, 1, 0, 2, 2),
        (10, 6, 3, 0, 3, 3),
        (0, 0, 0, 1, 1, 1),
        (0, 0, 0, 10, 1, 4),
        (10, 6, 3, 1, 4, 4),
        (9, 0, 0, 1, 1, 2),
    ],
)
def test_shares_are_added_and_rounded_up_once(independent, partial, full, unknown, least, most):
    residents = {"independent": independent, "partial": partial, "full": full}
    assert need(residents, unknown, PER) == Need(least, most)


@pytest.mark.parametrize(
    ("on", "wanted", "found"),
    [
        (0, Need(0, 0), "enough"),
        (1, Need(2, 4), "short"),
        (2, Need(2, 4), "unsure"),
        (3, Need(2, 4), "unsure"),
        (4, Need(2, 4), "enough"),
        (2, Need(3, 3), "short"),
        (3, Need(3, 3), "enough"),
        (9, None, "unknown"),
    ],
)
def test_a_shift_is_short_only_when_it_is_however_the_unknown_are_counted(on, wanted, found):
    assert standing(on, wanted) == Standing(found)


def test_what_no_ratio_speaks_of_is_not_known():
    assert need({"full": 3}, 0, {}) is None
    assert need({"full": 3}, 0, {"independent": 10}) is None
    assert need({"independent": 3}, 1, {"independent": 10}) is None
    assert need({"independent": 3}, 0, {"independent": 10}) == Need(1, 1)


@pytest.mark.parametrize("wrong", [({"full": -1}, 0, PER), ({}, -1, PER), ({}, 0, {"full": 0})])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"nobody|ratio"):
        need(*wrong)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=3, max_size=3), st.integers(0, 9), st.sampled_from(GROUPS))
def test_one_resident_more_never_calls_for_less_and_knowing_stays_within_the_bounds(counts, unknown, group):
    residents = dict(zip(GROUPS, counts, strict=True))
    before = need(residents, unknown + 1, PER)
    known = need(residents | {group: residents[group] + 1}, unknown, PER)
    assert before.least <= known.least <= known.most <= before.most
    assert need(residents, unknown, PER).least <= known.least
