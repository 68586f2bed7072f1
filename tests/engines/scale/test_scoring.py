"""What answers come to: every vector of the facts, every boundary, every adjustment, every kind of wrong answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engines.scale.making import (
    ALL,
    GBT,
    LTCI,
    TEKUN,
    UNHURRIED,
    absent,
    answers,
    any_inputs,
    any_items,
    best,
    totalling,
)

from yinian.engines.scale import Scale, ScaleError, Scored, running, score

FLAGS = {"coma": "coma", "dementia": "dementia", "mental": "mental_disorder", "risk_events": "risk_events"}

VECTORS: list[dict[str, Any]] = [
    {"total": 90, "initial": 0, "final": 0},
    {"total": 89, "initial": 1},
    {"total": 66, "initial": 1},
    {"total": 65, "initial": 2},
    {"total": 46, "initial": 2},
    {"total": 45, "initial": 3},
    {"total": 30, "initial": 3},
    {"total": 29, "initial": 4},
    {"total": 0, "initial": 4},
    {"total": 70, "dementia": True, "initial": 1, "final": 2},
    {"total": 50, "dementia": True, "risk_events": 3, "initial": 2, "final": 3},
    {"total": 20, "dementia": True, "initial": 4, "final": 4},
    {"total": 60, "coma": True, "initial": 2, "final": 4},
]


def scored(scale: Scale, items: dict[str, int], **inputs: bool | int) -> Scored:
    return score(scale, answers(scale, items, **inputs))


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_the_vectors_of_the_standard_come_out(vector: dict[str, Any]) -> None:
    inputs = {FLAGS[key]: value for key, value in vector.items() if key in FLAGS}
    found = scored(GBT, totalling(GBT, vector["total"]), **inputs)
    assert found.total == vector["total"]
    assert found.initial == vector["initial"]
    assert found.final == vector.get("final", vector["initial"])


def test_one_point_less_in_sight_alone_is_mild() -> None:
    found = scored(GBT, {"B.4.1": 1})
    assert (found.total, found.initial, found.final) == (89, 1, 1)


@pytest.mark.parametrize("total", range(91))
def test_every_total_has_the_level_of_its_range(total: int) -> None:
    expected = 0 if total == 90 else 1 if total >= 66 else 2 if total >= 46 else 3 if total >= 30 else 4
    assert scored(GBT, totalling(GBT, total)).final == expected


def test_the_grounds_of_one_step_are_all_named_and_step_only_once() -> None:
    found = scored(GBT, totalling(GBT, 70), dementia=True, mental_disorder=True, risk_events=2)
    assert [(entry.id, entry.before, entry.after) for entry in found.adjustments] == [
        ("dementia", 1, 2),
        ("mental", 1, 2),
        ("risk_events", 1, 2),
    ]
    assert found.without_effect == ()


@pytest.mark.parametrize(("events", "level"), [(0, 1), (1, 1), (2, 2), (3, 2)])
def test_one_risk_event_moves_nothing_and_two_do(events: int, level: int) -> None:
    assert scored(GBT, totalling(GBT, 70), risk_events=events).final == level


def test_coma_stands_by_itself_above_other_grounds() -> None:
    found = scored(GBT, totalling(GBT, 88), coma=True, dementia=True)
    assert (found.initial, found.final) == (1, 4)
    assert [entry.id for entry in found.adjustments] == ["coma"]
    assert [entry.id for entry in found.without_effect] == ["dementia"]


@pytest.mark.parametrize("inputs", [{"dementia": True}, {"coma": True}, {"risk_events": 9}])
def test_at_the_worst_level_a_ground_moves_nothing_and_is_still_named(inputs: dict[str, Any]) -> None:
    found = scored(GBT, totalling(GBT, 10), **inputs)
    assert (found.initial, found.final, found.adjustments) == (4, 4, ())
    assert [entry.id for entry in found.without_effect] == list(inputs)


@pytest.mark.parametrize(
    ("failed", "level", "name"),
    [(0, 0, "全自理"), (1, 1, "半护理"), (3, 1, "半护理"), (4, 2, "全护理"), (6, 2, "全护理")],
)
def test_the_six_items_give_the_nursing_class(failed: int, level: int, name: str) -> None:
    items = {item.code: int(place >= failed) for place, item in enumerate(TEKUN.items)}
    found = score(TEKUN, {"items": items})
    assert (found.total, found.failed, found.final) == (6 - failed, failed, level)
    assert found.to_json()["final"] == name
    assert found.to_json()["failed"] == failed


# Each dimension of the long-term-care scale by points: (points, level), both sides of each cut-off.
ADL_LEVELS = [(100, 0), (95, 1), (65, 1), (60, 2), (45, 2), (40, 3), (0, 3)]
COG_LEVELS = [(16, 0), (15, 1), (4, 1), (3, 2), (2, 2), (1, 3), (0, 3)]
PER_LEVELS = [(12, 0), (11, 1), (4, 1), (3, 2), (2, 2), (1, 3), (0, 3)]
MATRIX = [[0, 0, 1, 1], [1, 1, 1, 2], [2, 2, 2, 3], [3, 3, 4, 5]]


def of_dimension(dimension: str, points: int) -> dict[str, int]:
    """Points of a dimension's items that sum to `points`, found by trying the options best first."""
    members = LTCI.items_of(dimension)

    def fill(place: int, left: int) -> dict[str, int] | None:
        if place == len(members):
            return {} if left == 0 else None
        for option in members[place].options:
            if option.score <= left and (rest := fill(place + 1, left - option.score)) is not None:
                return {members[place].code: option.score, **rest}
        return None

    found = fill(0, points)
    assert found is not None
    return found


@pytest.mark.parametrize(("adl", "row"), ADL_LEVELS)
@pytest.mark.parametrize(("cognition", "column"), COG_LEVELS)
def test_the_matrix_combines_daily_activities_with_the_worse_of_the_others(
    adl: int, row: int, cognition: int, column: int
) -> None:
    for perception, other in PER_LEVELS:
        items = {**of_dimension("ADL", adl), **of_dimension("COG", cognition), **of_dimension("PER", perception)}
        found = score(LTCI, {"items": items})
        assert found.dimensions == {"ADL": adl, "COG": cognition, "PER": perception}
        assert found.dimension_levels == {"ADL": row, "COG": column, "PER": other}
        assert found.final == MATRIX[row][max(column, other)]


def test_the_long_term_care_scale_says_that_it_decides_nothing() -> None:
    document = score(LTCI, {"items": best(LTCI)}).to_json()
    assert document["decisive"] is False
    assert document["unverified"] == ["points", "dimension_levels", "combination"]
    assert "只供参考" in document["not_decisive"]


# Wrong answers.


def refused(scale: Scale, given: Any) -> ScaleError:
    with pytest.raises(ScaleError) as caught:
        score(scale, given)
    return caught.value


@pytest.mark.parametrize("scale", ALL, ids=lambda scale: scale.id)
def test_every_item_that_is_missing_is_named_with_what_is_expected(scale: Scale) -> None:
    for item in scale.items:
        given = answers(scale)
        del given["items"][item.code]
        error = refused(scale, given)
        assert error.item == item.code
        assert error.reason.startswith("is missing; expected one of 0, ")


@pytest.mark.parametrize("value", [-1, 5, True, False, None, "4", 4.0, 3.5, [4], {}, 10**30])
def test_points_that_no_option_has_are_refused(value: Any) -> None:
    error = refused(GBT, answers(GBT, {"B.1.1": value}))
    assert error.item == "B.1.1"
    assert error.reason.endswith("expected one of 0, 1, 2, 3, 4")


def test_points_between_two_options_are_refused() -> None:
    assert refused(LTCI, answers(LTCI, {"C1.7": 7})).reason == "is 7; expected one of 0, 5, 10, 15"


@pytest.mark.parametrize("name", ["coma", "dementia", "mental_disorder"])
@pytest.mark.parametrize("value", [0, 1, "true", None, 1.0])
def test_a_boolean_must_be_a_boolean(name: str, value: Any) -> None:
    error = refused(GBT, {**answers(GBT), name: value})
    assert error.item == name
    assert error.reason.endswith("expected true or false")


@pytest.mark.parametrize("value", [-1, 1.0, True, "2", None, 1001])
def test_a_count_must_be_a_whole_number_in_range(value: Any) -> None:
    error = refused(GBT, {**answers(GBT), "risk_events": value})
    assert error.item == "risk_events"
    assert error.reason.endswith("expected a whole number from 0 to 1000")


@pytest.mark.parametrize("name", list(absent(GBT)))
def test_an_input_left_out_is_not_taken_as_no(name: str) -> None:
    given = answers(GBT)
    del given[name]
    error = refused(GBT, given)
    assert error.item == name
    assert error.reason.startswith("is missing")


def test_an_unknown_item_or_input_is_refused() -> None:
    assert refused(GBT, answers(GBT, {"B.9.9": 1})).item == "B.9.9"
    assert refused(GBT, {**answers(GBT), "comma": False}).item == "comma"


@pytest.mark.parametrize("items", [None, [], "B.1.1", 4])
def test_items_must_be_a_mapping(items: Any) -> None:
    assert refused(GBT, {**absent(GBT), "items": items}).item == "items"
    assert refused(GBT, absent(GBT)).item == "items"


def test_an_item_may_be_named_by_its_chinese_name_but_not_twice() -> None:
    by_name = {item.name.zh: item.max for item in GBT.items}
    assert score(GBT, {"items": by_name, **absent(GBT)}).total == 90
    assert refused(GBT, answers(GBT, {"进食": 4})).item == "B.1.1"


# Whatever the answers.


@pytest.mark.parametrize("scale", ALL, ids=lambda scale: scale.id)
@UNHURRIED
@given(data=st.data())
def test_the_total_is_the_sum_of_the_dimensions_and_of_the_items(scale: Scale, data: st.DataObject) -> None:
    items = data.draw(any_items(scale))
    found = score(scale, {"items": items, **data.draw(any_inputs(scale))})
    assert found.total == sum(found.dimensions.values()) == sum(items.values())


@pytest.mark.parametrize("scale", ALL, ids=lambda scale: scale.id)
@UNHURRIED
@given(data=st.data())
def test_more_points_never_make_the_level_worse(scale: Scale, data: st.DataObject) -> None:
    items = data.draw(any_items(scale))
    inputs = data.draw(any_inputs(scale))
    item = data.draw(st.sampled_from(scale.items))
    before = score(scale, {"items": items, **inputs})
    higher = [option.score for option in item.options if option.score >= items[item.code]]
    after = score(scale, {"items": {**items, item.code: data.draw(st.sampled_from(higher))}, **inputs})
    assert after.initial <= before.initial
    assert after.final <= before.final


@UNHURRIED
@given(items=any_items(GBT), inputs=any_inputs(GBT))
def test_the_final_level_follows_the_formula_and_no_adjustment_improves(
    items: dict[str, int], inputs: dict[str, Any]
) -> None:
    found = score(GBT, {"items": items, **inputs})
    worse = inputs["dementia"] or inputs["mental_disorder"] or inputs["risk_events"] >= 2
    assert found.final == (4 if inputs["coma"] else min(4, found.initial + worse))
    assert found.final >= found.initial
    assert all(entry.before < entry.after for entry in found.adjustments)
    assert bool(found.adjustments) == (found.final > found.initial)


@pytest.mark.parametrize("scale", ALL, ids=lambda scale: scale.id)
@UNHURRIED
@given(data=st.data())
def test_the_order_of_the_answers_does_not_matter(scale: Scale, data: st.DataObject) -> None:
    given_answers = {"items": data.draw(any_items(scale)), **data.draw(any_inputs(scale))}
    shuffled = dict(data.draw(st.permutations(list(given_answers["items"].items()))))
    first = score(scale, given_answers)
    second = score(scale, dict(reversed(list({**given_answers, "items": shuffled}.items()))))
    assert first == second
    assert list(first.items) == list(second.items)


# A form being filled.


@pytest.mark.parametrize("scale", ALL, ids=lambda scale: scale.id)
@UNHURRIED
@given(data=st.data())
def test_a_running_total_bounds_every_result_it_can_still_become(scale: Scale, data: st.DataObject) -> None:
    whole = data.draw(any_items(scale))
    known = data.draw(st.sets(st.sampled_from([item.code for item in scale.items])))
    so_far = running(scale, {code: whole[code] for code in known})
    found = score(scale, {"items": whole, **absent(scale)})
    assert so_far.total == sum(whole[code] for code in known) == sum(d.score for d in so_far.dimensions.values())
    assert so_far.answered == len(known) == sum(d.answered for d in so_far.dimensions.values())
    assert set(so_far.missing) == set(whole) - known
    assert so_far.best <= found.initial <= so_far.worst
    assert so_far.complete == (len(known) == len(scale.items))


def test_an_empty_form_can_still_become_anything() -> None:
    so_far = running(GBT, {})
    assert (so_far.total, so_far.answered, len(so_far.missing), so_far.best, so_far.worst) == (0, 0, 26, 0, 4)


def test_a_running_total_refuses_what_a_result_refuses_and_takes_none_as_open() -> None:
    assert running(GBT, {"B.1.1": None}).answered == 0
    for items in ({"B.1.1": 9}, {"B.1.1": True}, {"B.7": 1}):
        with pytest.raises(ScaleError):
            running(GBT, items)
