"""Placements of few people against trying everything, and what must hold of any."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.placement.making import best, crowd, homes, people, possible, tight, worth

from yinian.engines.placement import Beds, Home, Person, place


def goes(answer):
    return {one.person_id: one.home_id for one in answer.placed}


def nothing_better_exists(given_people, given_homes):
    """The answer is possible, says that it is the best, and is."""
    answer = place(given_people, given_homes)
    possible(given_people, given_homes, answer)
    assert answer.proof.optimal
    assert worth(given_people, given_homes, goes(answer))[:3] == best(given_people, given_homes)[:3]


@settings(max_examples=150, deadline=None)
@given(people(5, rich=False), homes(3, rich=False))
def test_nothing_better_exists_in_the_whole_order_of_aims(given_people, given_homes):
    answer = place(given_people, given_homes)
    possible(given_people, given_homes, answer)
    assert answer.proof.optimal and answer.proof.method == "flow"
    assert worth(given_people, given_homes, goes(answer)) == best(given_people, given_homes)


@settings(max_examples=200, deadline=None)
@given(people(5, rich=True), homes(3, rich=True))
def test_wishes_kinds_of_bed_rooms_and_staff_limits_are_kept_and_nothing_better_exists(given_people, given_homes):
    answer = place(given_people, given_homes)
    possible(given_people, given_homes, answer)
    assert answer.proof.optimal
    assert worth(given_people, given_homes, goes(answer)) == best(given_people, given_homes)


@settings(max_examples=120, deadline=None)
@given(people(5, rich=True, couples=True), homes(3, rich=True))
def test_couples_stay_together_and_nothing_better_exists(given_people, given_homes):
    nothing_better_exists(given_people, given_homes)


@settings(max_examples=200, deadline=None)
@given(people(5, rich=True, couples=True), homes(2, rich=True, rooms=True))
def test_with_every_limit_at_once_nothing_better_exists(given_people, given_homes):
    """Kinds of bed, rooms that are still to become one for men or for women, staff over all levels, couples, wishes."""
    nothing_better_exists(given_people, given_homes)


@settings(max_examples=150, deadline=None)
@given(crowd(6), tight(2))
def test_rooms_staff_and_couples_are_kept_where_all_want_the_same_beds_and_nothing_better_exists(
    given_people, given_homes
):
    nothing_better_exists(given_people, given_homes)


@settings(max_examples=40, deadline=None)
@given(people(30, rich=True, couples=True), homes(8, rich=True, rooms=True))
def test_many_people_with_every_limit_at_once_are_never_where_they_may_not_be(given_people, given_homes):
    answer = place(given_people, given_homes)
    possible(given_people, given_homes, answer)
    assert answer.proof.optimal and answer.proof.bound <= answer.proof.cost


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(people(20, rich=True, couples=True), crowd(12)), st.one_of(homes(6, rich=True, rooms=True), tight(4)),
    st.integers(0, 5), st.booleans(),
)  # fmt: skip
def test_more_beds_or_more_staff_never_cost_more(given_people, given_homes, which, staff):
    """Nobody is served less, and where the same numbers are served with the same wishes, the way is never longer."""
    if not given_homes:
        return
    at = which % len(given_homes)
    home = given_homes[at]
    if staff:
        room = None if home.staff is None else replace(home.staff, room=home.staff.room + 10)
        more = replace(home, staff=room, limits={level: most + 1 for level, most in home.limits.items()})
    else:
        more = replace(home, beds=(*home.beds, Beds(1)))
    after_homes = [*given_homes[:at], more, *given_homes[at + 1 :]]
    before, after = place(given_people, given_homes), place(given_people, after_homes)
    # What each is worth by the same yardstick: an open home more can make a wish of what was none.
    was, now = (worth(given_people, after_homes, goes(one)) for one in (before, after))
    assert was[:3] <= now[:3]


@settings(max_examples=60, deadline=None)
@given(people(25, rich=True), homes(8, rich=True), st.randoms(use_true_random=False))
def test_the_order_in_which_people_and_homes_are_given_changes_nothing(given_people, given_homes, luck: random.Random):
    before = place(given_people, given_homes)
    mixed_people, mixed_homes = list(given_people), list(given_homes)
    luck.shuffle(mixed_people)
    luck.shuffle(mixed_homes)
    assert place(mixed_people, mixed_homes) == before
    assert place(given_people, given_homes) == before


@settings(max_examples=60, deadline=None)
@given(people(25, rich=False), homes(8, rich=False), st.integers(0, 7))
def test_one_more_bed_never_places_fewer_and_never_serves_a_higher_class_less(given_people, given_homes, which):
    if not given_homes:
        return
    at = which % len(given_homes)
    more = list(given_homes)
    more[at] = replace(more[at], beds=(Beds(more[at].beds[0].free + 1),))
    before, after = place(given_people, given_homes), place(given_people, more)
    counts = [tuple(placed for _, _, placed in one.proof.counts) for one in (before, after)]
    assert sum(counts[0]) <= sum(counts[1])
    if counts[0] and counts[1]:
        assert worth(given_people, given_homes, goes(before))[:1] <= worth(given_people, more, goes(after))[:1]


@settings(max_examples=60, deadline=None)
@given(people(20, rich=False), homes(6, rich=False), st.integers(0, 19))
def test_raising_somebody_in_priority_never_costs_them_their_place(given_people, given_homes, which):
    if not given_people:
        return
    who = given_people[which % len(given_people)]
    raised = [replace(one, priority=9) if one.id == who.id else one for one in given_people]
    if who.id in goes(place(given_people, given_homes)):
        assert who.id in goes(place(raised, given_homes))


@settings(max_examples=40, deadline=None)
@given(people(20, rich=False), homes(6, rich=False), st.integers(0, 2**32 - 1))
def test_ever_so_many_classes_of_priority_are_served_in_their_order(given_people, given_homes, seed):
    luck = random.Random(seed)
    each = [replace(one, priority=luck.random()) for one in given_people]
    answer = place(each, given_homes)
    chosen = goes(answer)
    for one in sorted(each, key=lambda one: -one.priority):
        # Whoever is left out could not be held beside all of higher priority: a placement of these alone proves it.
        if one.id not in chosen:
            higher = [other for other in each if other.priority > one.priority and other.id in chosen]
            assert len(place([*higher, one], given_homes).placed) == len(higher)


def test_pairs_left_out_at_first_are_found_where_they_matter():
    """Everybody's nearest homes are full but one far away: the flow begins without it and must take it in."""
    near = [Home(f"n{at:02}", (28.7 + at / 1000, 113.0), frozenset({3}), (Beds(1),)) for at in range(40)]
    far = [Home(f"f{at}", (29.5, 113.0 + at / 10), frozenset({3}), (Beds(15),)) for at in range(4)]
    crowd = [Person(f"p{at:03}", 3, (28.7 + at / 3000, 113.001), at % 3) for at in range(100)]
    answer = place(crowd, [*near, *far])
    assert len(answer.placed) == 100 and answer.proof.rounds > 1
    assert answer.proof.cost == answer.proof.bound == answer.total_mm
