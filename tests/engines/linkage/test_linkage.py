"""Who in a list is whom in the register. All people are made up."""

import random
from datetime import date, timedelta

import polars as pl
import pytest

from yinian.engines.linkage import FIELDS, PAIR_FIELDS, find_duplicates, link

SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗彭易湛戴"
GIVEN = "桂秀英华玉兰国建明志文德芳珍春梅金凤云香生清仁义礼智信忠孝廉伟强军平安福寿康宁喜乐"


def person(ref, chance):
    birth = date(1930, 1, 1) + timedelta(days=chance.randrange(12_000))
    number = f"990681{birth:%Y%m%d}{chance.randrange(10000):04d}"
    return {
        "ref": ref,
        "id_number": number,
        "id_key": f"k{number}",
        "name": chance.choice(SURNAMES) + "".join(chance.choice(GIVEN) for _ in range(chance.choice([1, 2, 2, 2]))),
        "birth_date": birth,
        "sex": chance.choice("12"),
        "village": f"990681{chance.randrange(100, 115)}{chance.randrange(200, 212)}",
        "phone_key": f"p{chance.randrange(3000)}" if chance.random() < 0.6 else None,
        "address": f"{chance.randrange(1, 20)}组{chance.randrange(1, 99)}号",
    }


def frame(*people):
    return pl.DataFrame(list(people), infer_schema_length=None)


CHANCE = random.Random(7)
REGISTER = [person(f"e{number}", CHANCE) for number in range(4000)]
ONE = {
    "ref": "one",
    "id_number": "990681194001020011",
    "id_key": "k1",
    "name": "湛桂英",
    "pinyin": "zhanguiying",
    "birth_date": date(1940, 1, 2),
    "sex": "2",
    "village": "990681101201",
    "phone_key": "p1",
    "address": "三组12号",
}


def changed(**values):
    return ONE | {"ref": "in"} | values


def outcome(incoming, *existing):
    result = link(frame(incoming), frame(*(existing or (ONE,)), *REGISTER))
    return result.outcomes.row(0, named=True), result.candidates.rows(named=True)


def test_the_weights_of_each_field_add_up_to_one():
    for field in FIELDS:
        assert sum(level.m for level in field.levels) == pytest.approx(1)
        assert sum(level.u for level in field.levels) == pytest.approx(1, abs=1e-6)


def test_the_id_number_decides_first_even_where_all_else_is_missing():
    found, candidates = outcome({"ref": 5, "id_key": "k1"})
    assert (found["outcome"], found["existing"], found["probability"]) == ("matched", "one", 1.0)
    assert candidates == []


def test_digits_stand_in_where_one_list_brings_no_tokens():
    found, _ = outcome({"ref": 5, "id_number": ONE["id_number"], "name": "湛桂英"})
    assert (found["outcome"], found["existing"]) == ("matched", "one")


def test_one_id_number_with_wholly_different_names_waits_for_a_person():
    found, candidates = outcome(changed(name="王建国", pinyin="wangjianguo"))
    assert (found["outcome"], found["reason"]) == ("conflict", "same_id_other_name")
    assert (candidates[0]["band"], candidates[0]["agree_name"]) == ("conflict", "different")


def test_an_id_number_that_two_people_hold_waits_for_a_person():
    found, candidates = outcome(changed(), ONE, ONE | {"ref": "two"})
    assert (found["outcome"], found["reason"]) == ("conflict", "several_with_this_id")
    assert [pair["existing"] for pair in candidates] == ["one", "two"]


@pytest.mark.parametrize(
    ("change", "field", "agreement"),
    [
        ({"id_number": "990681194001020021"}, "id_number", "one_digit_or_swap"),
        ({"id_number": "990681149001020011"}, "id_number", "one_digit_or_swap"),
        ({"id_number": None, "birth_date": date(1940, 2, 1)}, "birth_date", "month_and_day_swapped"),
        ({"id_number": None, "birth_date": date(1941, 1, 2)}, "birth_date", "one_digit"),
        ({"id_number": None, "birth_date": date(1940, 2, 23)}, "birth_date", "within_60_days"),
        ({"id_number": None, "name": "湛贵英"}, "name", "same_sound"),
        ({"id_number": None, "name": "湛桂华", "pinyin": "zhanguihua"}, "name", "one_character"),
        ({"id_number": None, "village": "990681101202"}, "village", "same_town"),
        ({"id_number": None, "address": "白塘村三组12号"}, "address", "one_within_other"),
    ],
)
def test_a_typing_error_is_probable_and_says_which_field_differs_how(change, field, agreement):
    found, candidates = outcome(changed(id_key="other" if change["id_number"] else None, **change))
    assert (found["outcome"], found["existing"]) == ("probable", "one")
    assert candidates[0][f"agree_{field}"] == agreement


def test_a_name_alone_is_never_more_than_new():
    found, _ = outcome({"ref": 1, "name": "湛桂英", "pinyin": "zhanguiying", "village": "990681101209", "sex": "2"})
    assert found["outcome"] in ("new", "possible")
    found, candidates = outcome({"ref": 1, "name": "湛桂英", "pinyin": "zhanguiying"})
    assert (found["outcome"], candidates) == ("new", [])


def test_a_husband_at_the_same_door_with_the_same_phone_is_somebody_else():
    husband = changed(id_key="k2", id_number="990681193803040019", name="易德明", pinyin="yideming", sex="1")
    found, _ = outcome(husband | {"birth_date": date(1938, 3, 4)})
    assert found["outcome"] == "new"


def typing_error(original, chance):
    spoiled = dict(original)
    number = original["id_number"]
    kind = chance.randrange(5)
    if kind == 0:
        place = chance.randrange(6, 18)
        number = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        spoiled |= {"id_number": number, "id_key": f"k{number}"}
    else:
        spoiled |= {"id_number": None, "id_key": None}
    if kind == 1:
        spoiled["name"] = spoiled["name"][:-1] + chance.choice(GIVEN)
    if kind == 2:
        spoiled["birth_date"] += timedelta(days=chance.choice([1, 10, 30]))
    if kind == 3:
        spoiled["village"] = spoiled["village"][:9] + "299"
    if chance.random() < 0.4:
        spoiled["phone_key"] = None
    return spoiled


def test_of_many_spoiled_lines_nearly_all_are_found_and_no_stranger_is_probable():
    chance = random.Random(11)
    originals = chance.sample(REGISTER, 600)
    lines = [typing_error(one, chance) | {"ref": number} for number, one in enumerate(originals)]
    strangers = [person(1000 + number, chance) | {"id_key": f"s{number}"} for number in range(200)]
    result = link(frame(*lines, *strangers), frame(*REGISTER))
    rows = result.outcomes.rows(named=True)
    probable = [row for row in rows if row["outcome"] == "probable"]
    right = [row for row in probable if row["ref"] < 600 and row["existing"] == originals[row["ref"]]["ref"]]
    assert len(right) / len(probable) > 0.99
    assert len(right) / 600 > 0.95
    assert not [row for row in probable if row["ref"] >= 1000]
    assert result.count("matched") == 0


def test_the_same_lists_give_the_same_answer():
    chance = random.Random(3)
    lines = frame(*(typing_error(one, chance) for one in chance.sample(REGISTER, 100)))
    first, second = link(lines, frame(*REGISTER)), link(lines, frame(*REGISTER))
    assert first.outcomes.equals(second.outcomes)
    assert first.candidates.equals(second.candidates)


def test_empty_lists_are_no_trouble():
    assert link(frame(ONE).clear(), frame(ONE)).outcomes.is_empty()
    assert link(frame(changed(id_key="z")), frame(ONE).clear()).outcomes["outcome"].to_list() == ["new"]
    assert find_duplicates(frame(ONE).clear()).is_empty()


def test_every_line_needs_a_ref_of_its_own():
    with pytest.raises(ValueError, match="ref"):
        link(frame(ONE, ONE), frame(ONE))
    with pytest.raises(ValueError, match="ref"):
        find_duplicates(frame(ONE).drop("ref"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "same_id"),
        ({"id_key": "k2", "id_number": "990681194001020012"}, "id_one_digit"),
        ({"id_key": None, "id_number": None}, "same_name_and_birth"),
        ({"id_key": None, "id_number": None, "name": "湛贵英"}, "same_sound_and_birth"),
        ({"id_key": None, "id_number": None, "birth_date": date(1940, 2, 1)}, "same_name_near_birth"),
        ({"id_key": None, "id_number": None, "birth_date": None}, "same_name_and_phone"),
    ],
)
def test_duplicates_come_with_their_reason(change, reason):
    pairs = find_duplicates(frame(*REGISTER[:50], ONE, changed(**change)))
    pair = pairs.row(0, named=True)
    assert (pair["ref"], pair["other"]) == ("one", "in")
    assert reason in pair["reasons"]
    assert pairs.height == 1
    assert all(f"agree_{name}" in pair for name in PAIR_FIELDS)


def test_two_namesakes_born_far_apart_are_no_duplicates():
    other = changed(id_key="k9", id_number="990681195507080019", birth_date=date(1955, 7, 8), village="990681109201")
    assert find_duplicates(frame(ONE | {"phone_key": None}, other | {"phone_key": None, "address": None})).is_empty()
