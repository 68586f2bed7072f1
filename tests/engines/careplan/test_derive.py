"""What follows from an assessment: worse never means fewer needs, and nothing is offered without a need."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yinian.core.careplanfiles import read_catalogue
from yinian.core.scalefiles import read_scale
from yinian.engines.careplan import Assessed, Frequency, derive
from yinian.engines.scale import score

GBT = read_scale("gbt42195")
CATALOGUE = read_catalogue()
FLAGS = ("coma", "dementia", "mental_disorder")
CODES = {
    field.code: [choice.code for choice in field.choices]
    for part in GBT.form_a for field in part.fields if field.choices
}  # fmt: skip
LIVES = st.fixed_dictionaries(
    {"living": st.sampled_from(["alone", "spouse", "children", "kin", "others", "home"]),
     "left_behind": st.sampled_from(["true", "false"])}
)  # fmt: skip
ITEMS = st.fixed_dictionaries({item.code: st.sampled_from(item.scores) for item in GBT.items})
INPUTS = st.fixed_dictionaries({**{name: st.booleans() for name in FLAGS}, "risk_events": st.integers(0, 5)})
ANSWERS = st.dictionaries(st.sampled_from(sorted(CODES)), st.integers(0, 99)).map(
    lambda found: {code: CODES[code][n % len(CODES[code])] for code, n in found.items()}
)
BEST = {item.code: item.max for item in GBT.items}


def assessed(items, inputs=None, answers=None, lives=None):
    inputs = dict.fromkeys(FLAGS, False) | {"risk_events": 0} | (inputs or {})
    level = score(GBT, {"items": items, **inputs}).final
    return Assessed(int(level), items, inputs, answers or {}, lives or {})


def found(*args, **more):
    return {one.rule.id: one.rule.degrees.index(one.degree) for one in derive(CATALOGUE, assessed(*args, **more))}


@settings(max_examples=300, deadline=None)
@given(ITEMS, INPUTS, ANSWERS, LIVES, st.data())
def test_a_worse_score_never_yields_fewer_or_lighter_needs(items, inputs, answers, lives, data):
    worse = {
        item.code: data.draw(st.sampled_from([points for points in item.scores if points <= items[item.code]]))
        for item in GBT.items
    }
    graver = {name: value or data.draw(st.booleans()) if isinstance(value, bool) else value + data.draw(
        st.integers(0, 3)) for name, value in inputs.items()}  # fmt: skip
    before, after = found(items, inputs, answers, lives), found(worse, graver, answers, lives)
    assert set(before) <= set(after)
    assert all(after[need] >= degree for need, degree in before.items())


@settings(max_examples=200, deadline=None)
@given(ITEMS, INPUTS, ANSWERS, LIVES)
def test_every_need_says_why_and_every_service_and_goal_has_a_need(items, inputs, answers, lives):
    for one in derive(CATALOGUE, assessed(items, inputs, answers, lives)):
        assert one.reasons
        assert one.degree.goals and one.degree.services
        assert one.degree in one.rule.degrees
        for reason in one.reasons:
            if reason.kind == "item":
                assert items[reason.code] == reason.value and reason.code in one.rule.items
                assert sum(items[code] for code in one.rule.items) < sum(BEST[code] for code in one.rule.items)
            if reason.kind == "answer":
                assert answers[reason.code] == reason.value


def test_who_is_able_and_not_alone_needs_nothing():
    assert found(BEST, lives={"living": "children"}) == {}


def test_each_item_below_its_best_speaks_of_a_need():
    for item in GBT.items:
        for option in item.options[1:]:
            rules = [rule for rule in CATALOGUE.needs if item.code in rule.items]
            assert any(rule.id in found(BEST | {item.code: option.score}) for rule in rules), (item.code, option.score)


def test_who_lives_alone_is_visited_and_oftener_with_less_ability():
    able, impaired = found(BEST, lives={"living": "alone"}), found(BEST | {"B.4.1": 1}, lives={"living": "alone"})
    assert (able["alone"], impaired["alone"]) == (0, 1)


def test_an_unknown_circumstance_is_no_ground():
    assert "alone" not in found(BEST | {"B.4.1": 1})


def test_a_level_recognised_from_elsewhere_says_what_a_level_says_and_no_more():
    names = [one.rule.id for one in derive(CATALOGUE, Assessed(3, circumstances={"living": "spouse"}))]
    assert names == ["carer", "constant"]


def test_a_wound_or_a_fall_that_the_form_records_is_a_need_of_its_own():
    needs = found(BEST, answers={"A.5.1": "4", "A.2.14.1": "3", "A.5.3": ["2", "5"], "A.4.1": ["1", "21"]})
    assert needs == {"sores": 1, "falls": 1, "wounds": 0, "illness": 0}


def test_dementia_alone_is_watched_for_wandering():
    assert found(BEST, {"dementia": True})["orientation"] == 0


@pytest.mark.parametrize(
    ("text", "rrule", "month"),
    [("1/day", "FREQ=DAILY", 30), ("3/week", None, 90 / 7), ("1/quarter", "FREQ=MONTHLY;INTERVAL=3", 1 / 3),
     ("1/year", "FREQ=MONTHLY;INTERVAL=12", 1 / 12), ("once", "FREQ=DAILY;COUNT=1", 0)],
)  # fmt: skip
def test_a_frequency_is_read_and_told_to_calendars(text, rrule, month):
    often = Frequency.read(text)
    assert (often.written, often.rrule) == (text, rrule)
    assert often.a_month == pytest.approx(month)


def test_weekdays_belong_to_the_week_and_are_as_many_as_the_times():
    assert Frequency(2, "week", (3, 0)).rrule == "FREQ=WEEKLY;BYDAY=MO,TH"
    for times, per, days in ((2, "week", (0,)), (1, "day", (0,)), (2, "week", (0, 0)), (1, "week", (7,)),
                             (0, "day", ()), (25, "day", ()), (1, "hour", ()), (2, "once", ())):  # fmt: skip
        with pytest.raises(ValueError):
            Frequency(times, per, days)
    for text in ("", "0/day", "3 / week", "100/year", "3/hour", "1/day\n"):
        with pytest.raises(ValueError):
            Frequency.read(text)
