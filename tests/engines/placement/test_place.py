"""Placements of some size against HiGHS and against a dense check; reasons; what cannot be used."""

from __future__ import annotations

import datetime as dt

import highspy
import numpy as np
import pytest

from yinian.engines.placement import Beds, Home, Person, PlacementError, Reason, Staff, place, solving
from yinian.engines.placement.sphere import millimetres, on_sphere
from yinian.places.distance import kilometres

HERE = (28.8, 113.1)
LEVELS = frozenset({2, 3})


def made(people: int, homes: int, beds: float, seed: int) -> tuple[list[Person], list[Home]]:
    luck = np.random.default_rng(seed)
    where, sites = (luck.uniform((28.5, 112.8), (29.1, 113.4), (many, 2)) for many in (people, homes))
    return [
        Person(f"p{at:04}", int(luck.integers(5)), tuple(where[at].tolist()), float(luck.integers(3)),
               dt.date(2026, 1, 1) + dt.timedelta(days=int(luck.integers(300))))
        for at in range(people)
    ], [
        Home(f"h{at:03}", tuple(sites[at].tolist()),
             frozenset(np.flatnonzero(luck.random(5) < 0.6).tolist()) or frozenset({0}),
             (Beds(int(luck.integers(0, 2 * people / homes * beds))),))
        for at in range(homes)
    ]  # fmt: skip


def by_highs(people: list[Person], homes: list[Home]) -> tuple[float, float]:
    """The largest weight of classes placed, and with it the least distance in km: two linear programmes."""
    pairs = [(a, b) for a, one in enumerate(people) for b, home in enumerate(homes) if one.level in home.levels]
    away = np.array([kilometres(*people[a].position, *homes[b].position) for a, b in pairs])
    weight = np.array([people[a].priority + 1 for a, _ in pairs])
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.addVars(len(pairs), np.zeros(len(pairs)), np.ones(len(pairs)))
    for count, side, free in ((len(people), 0, None), (len(homes), 1, homes)):
        for at in range(count):
            index = np.array([number for number, pair in enumerate(pairs) if pair[side] == at], dtype=np.int32)
            model.addRow(0, 1 if free is None else free[at].beds[0].free, len(index), index, np.ones(len(index)))
    every = np.arange(len(pairs), dtype=np.int32)
    model.changeColsCost(len(pairs), every, -weight)
    model.run()
    most = -model.getInfo().objective_function_value
    model.addRow(most - 1e-6, most + 1e-6, len(pairs), every, weight)
    model.changeColsCost(len(pairs), every, away)
    model.run()
    return most, model.getInfo().objective_function_value


@pytest.mark.parametrize(("people", "homes", "beds", "seed"), [(200, 12, 0.6, 1), (300, 20, 1.3, 2), (250, 40, 0.9, 3)])
def test_highs_comes_to_the_same_numbers_and_the_same_distance(people, homes, beds, seed):
    persons, houses = made(people, homes, beds, seed)
    answer = place(persons, houses)
    most, km = by_highs(persons, houses)
    assert sum((level + 1) * count for level, _, count in answer.proof.counts) == pytest.approx(most)
    assert answer.total_km == pytest.approx(km, rel=1e-7)


def test_a_distance_is_the_great_circle_of_the_map_pages():
    spots = [(28.8, 113.1), (28.80001, 113.1), (29.9, 111.0), (-40.0, -70.0)]
    away = millimetres(on_sphere(spots)[:, None], on_sphere(spots)[None])
    for one, row in zip(spots, away.tolist(), strict=True):
        for other, mm in zip(spots, row, strict=True):
            assert mm / 1e6 == pytest.approx(kilometres(*one, *other), abs=1e-5)


def test_a_couple_goes_where_both_have_room_though_each_alone_would_go_elsewhere():
    homes = [
        Home("near-her", (28.80, 113.1), LEVELS, (Beds(1),)), Home("near-him", (28.9, 113.1), LEVELS, (Beds(1),)),
        Home("both", (28.85, 113.3), LEVELS, (Beds(2),)),
    ]  # fmt: skip
    she, he = (Person(name, 2, (lat, 113.1), couple="x") for name, lat in (("a", 28.80), ("b", 28.9)))
    answer = place([she, he], homes)
    assert {one.home_id for one in answer.placed} == {"both"}
    assert answer.proof.method == "search" and answer.proof.optimal


def test_a_staff_limit_across_rooms_for_men_and_women_is_kept():
    home = Home("h", HERE, LEVELS, (Beds(3, sex="male"), Beds(3, sex="female")), {3: 2})
    people = [Person(f"p{at}", 3, HERE, priority=at, sex=("male", "female")[at % 2]) for at in range(4)]
    answer = place(people, [home])
    assert [one.person_id for one in answer.placed] == ["p2", "p3"]
    assert answer.proof.optimal


def test_a_county_with_couples_rooms_and_limits_is_placed_with_proof():
    luck = np.random.default_rng(5)
    persons, houses = made(150, 9, 0.9, 5)
    sexes = luck.integers(2, size=len(persons))
    people = [
        Person(one.id, one.level, one.position, one.priority, one.waiting_since, ("male", "female")[int(sexes[at])],
               couple=f"c{at // 2}" if at < 24 else None)
        for at, one in enumerate(persons)
    ]  # fmt: skip
    homes = [
        Home(one.id, one.position, one.levels, (Beds(free := one.beds[0].free // 3, sex="male"),
             Beds(free, sex="female"), Beds(one.beds[0].free - 2 * free)), {4: 3})
        for one in houses
    ]  # fmt: skip
    answer = place(people, homes)
    assert answer.proof.optimal and answer.proof.method == "search"
    where = {one.person_id: one.home_id for one in answer.placed}
    assert all(where.get(people[at].id) == where.get(people[at + 1].id) for at in range(0, 24, 2))


def why(person: Person, *homes: Home) -> Reason:
    (one,) = place([person], homes).unplaced
    return one.reason


def test_everybody_left_out_is_told_why():
    open_home = Home("h", HERE, LEVELS, (Beds(1),))
    assert why(Person("a", 2, None), open_home) == Reason.NO_POSITION
    assert why(Person("a", None, HERE), open_home) == Reason.NO_LEVEL
    assert why(Person("a", 4, HERE), open_home) == Reason.NO_HOME_TAKES_LEVEL
    assert why(Person("a", 2, HERE, sex="male"), Home("h", HERE, LEVELS, (Beds(1, sex="female"),))) == (
        Reason.NO_BED_FITS
    )
    assert why(Person("a", 2, HERE, refused=frozenset({"h"})), open_home) == Reason.REFUSED_ALL
    assert why(Person("a", 2, HERE), Home("h", HERE, LEVELS, (Beds(0),))) == Reason.ALL_FULL
    assert why(Person("a", 2, HERE), Home("h", HERE, LEVELS, (Beds(1),), {2: 0})) == Reason.STAFF_LIMIT
    answer = place([Person("a", 2, HERE, 1), Person("b", 2, HERE, 2)], [open_home])
    assert [(one.person_id, one.reason) for one in answer.unplaced] == [("a", Reason.OTHERS_FIRST)]
    couple = [Person("a", 2, HERE, couple="x"), Person("b", 4, HERE, couple="x")]
    apart = place(couple, [open_home, Home("i", HERE, frozenset({4}), (Beds(1),))])
    assert {one.reason for one in apart.unplaced} == {Reason.NOT_TOGETHER}


def test_of_equals_the_one_who_has_waited_longest_is_placed():
    waits = [dt.date(2026, 3, 1), dt.date(2025, 3, 1), None]
    people = [Person(f"p{at}", 2, HERE, 1, day) for at, day in enumerate(waits)]
    assert [one.person_id for one in place(people, [Home("h", HERE, LEVELS, (Beds(1),))]).placed] == ["p1"]


def test_somebody_with_kin_goes_near_them():
    homes = [Home("h", HERE, LEVELS, (Beds(1),)), Home("k", (29.0, 113.3), LEVELS, (Beds(1),))]
    (one,) = place([Person("a", 2, HERE, kin=(29.0, 113.3))], homes).placed
    assert (one.home_id, one.mm) == ("k", 0)


@pytest.mark.parametrize(
    ("people", "homes", "words"),
    [
        ([Person("a", 2, HERE)] * 2, [], "person a is given twice"),
        ([Person("a", 2, (91, 0))], [], "person a: 91, 0 is no latitude"),
        ([Person("a", 2, HERE, float("nan"))], [], "person a: the priority is no number"),
        ([], [Home("h", HERE, LEVELS, (Beds(-1),))], "home h: -1 is no number of beds"),
        ([Person(name, 2, HERE, couple="x") for name in "abc"], [], "couple x: there are 3 people"),
    ],
)
def test_what_cannot_be_used_is_named(people, homes, words):
    with pytest.raises(PlacementError, match=words):
        place(people, homes)


def test_nobody_and_nowhere_are_an_answer():
    assert place([], []).proof.optimal
    assert why(Person("a", 2, HERE)) == Reason.NO_HOME_TAKES_LEVEL


def _in_one_home(*people, rooms=(2,), staff=None):
    home = Home("h", (28.7, 113.0), frozenset({0, 3}), (Beds(sum(rooms), rooms=rooms),), staff=staff)
    return {one.person_id for one in place(list(people), [home]).placed}


def _one(name, sex, level=0, **more):
    return Person(name, level, (28.7, 113.1), sex=sex, **more)


def test_an_empty_room_becomes_one_for_men_or_for_women_unless_a_couple_takes_it():
    man, woman = _one("m", "male"), _one("w", "female")
    assert len(_in_one_home(man, woman)) == 1
    assert len(_in_one_home(man, woman, rooms=(2, 1))) == 2
    assert len(_in_one_home(man, _one("n", "male"))) == 2
    wed = [_one("m", "male", couple="c"), _one("w", "female", couple="c")]
    assert _in_one_home(*wed) == {"m", "w"}
    assert _in_one_home(*wed, _one("x", None), rooms=(3,)) == {"m", "w"}, "nobody lies with a couple"
    assert _in_one_home(*wed, man_beside := _one("y", "male", priority=-1), rooms=(2, 1)) == {"m", "w", man_beside.id}


def test_what_all_levels_take_of_the_staff_is_a_limit():
    heavy = [_one(f"h{at}", "male", 3) for at in range(3)]
    light = [_one(f"l{at}", "male", 0) for at in range(3)]
    staff = Staff(10, {3: 5, 0: 2})
    assert len(_in_one_home(*heavy, rooms=(6,), staff=staff)) == 2
    assert len(_in_one_home(*heavy, *light, rooms=(6,), staff=staff)) == 3, "three light ones, or one heavy and two"
    first = [_one(one.id, "male", 3, priority=1) for one in heavy]
    served = _in_one_home(*first, *light, rooms=(6,), staff=staff)
    assert len(served) == 2 and served < {one.id for one in first}, "the higher class first, though fewer are served"
    answer = place(heavy, [Home("h", (28.7, 113.0), frozenset({3}), (Beds(6),), staff=Staff(4, {3: 5}))])
    assert {one.reason for one in answer.unplaced} == {Reason.STAFF_LIMIT}


@pytest.mark.parametrize("beds", [Beds(3, rooms=(2,)), Beds(2, sex="male", rooms=(2,)), Beds(0, rooms=(0,))])
def test_rooms_that_do_not_add_up_are_refused(beds):
    with pytest.raises(PlacementError, match="home h"):
        place([_one("m", "male")], [Home("h", (28.7, 113.0), frozenset({0}), (beds,))])


def test_a_wish_of_somebody_who_cannot_be_held_weighs_no_distance_of_others():
    """The couple cannot be placed, so its wish counts nothing: of the others the nearest goes."""
    here, wed = (28.7, 113.0), [_one("a", "male", couple="c"), _one("b", "male", couple="c")]
    first = Person("a", 0, here, 1, sex="male", couple="c", preferred=frozenset({"h"}))
    near, far = Person("near", 0, (28.75, 113.0), sex="male"), Person("far", 0, (28.7, 113.1), sex="male")
    answer = place([first, wed[1], far, near], [Home("h", here, frozenset({0}), (Beds(1, rooms=(1,)),))])
    assert [one.person_id for one in answer.placed] == ["near"] and answer.proof.optimal


def test_a_crowded_home_is_settled_by_highs_without_a_word_on_the_output(capfd, monkeypatch):
    """The command prints one JSON document: no solver may write beside it."""
    asked = []
    own = solving._by_highs
    monkeypatch.setattr(solving, "_by_highs", lambda model: asked.append(own(model)) or asked[-1])
    people = [_one(f"p{at:02}", "male" if at % 2 else "female", at % 2 * 3, priority=at % 3) for at in range(12)]
    assert len(_in_one_home(*people, rooms=(2, 2, 3), staff=Staff(40, {0: 3, 3: 10}))) > 0
    said = capfd.readouterr()
    assert said.out == "" and said.err == ""
    assert asked and all(values and bound is not None for values, bound in asked)
