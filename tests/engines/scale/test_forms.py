"""Form A checked, and what it tells the adjustments; form C; the self-assessment before an application."""

from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from tests.engines.scale.making import GBT, LTCI, TEKUN, absent, answers, totalling

from yinian.engines.scale import ScaleError, check_form, inputs_from_form, report, score, self_assess

QUIET: dict[str, Any] = {
    "A.4.1": ["1"],
    "A.5.11": "1",
    **{f"A.2.14.{number}": "1" for number in range(1, 6)},
}
"""Answers that tell every input of the adjustments: none of it."""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("A.1.2", date(2025, 3, 1)),
        ("A.1.2", "2025-03-01"),
        ("A.1.3", "2"),
        ("A.2.4", 162),
        ("A.2.5", Decimal("51.5")),
        ("A.2.5", 51.5),
        ("A.2.10", ["2", "3"]),
        ("A.2.10", ["1"]),
        ("A.4.1", []),
        ("A.4.2", [{"1": "甲", "3": "5mg"}, {}]),
        ("A.5.2.detail", "左膝"),
        ("A.5.12", "无"),
        ("A.5.1", None),
    ],
)
def test_right_answers_have_no_fault(field: str, value: Any) -> None:
    assert check_form(GBT, {field: value}) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("A.1.2", "2025-02-30"),
        ("A.1.2", 20250301),
        ("A.1.3", "9"),
        ("A.1.3", 2),
        ("A.1.3", ["2"]),
        ("A.2.4", 20),
        ("A.2.4", 251),
        ("A.2.4", "162"),
        ("A.2.4", True),
        ("A.2.4", float("nan")),
        ("A.2.10", "2"),
        ("A.2.10", ["1", "2"]),
        ("A.2.10", ["2", "2"]),
        ("A.2.10", ["2", "9"]),
        ("A.2.10", [["2"]]),
        ("A.4.2", "甲"),
        ("A.4.2", [{"9": "甲"}]),
        ("A.4.2", [{"1": 5}]),
        ("A.4.2", ["甲"]),
        ("A.5.2.detail", 5),
        ("A.5.12", "长" * 501),
        ("A.9.9", "1"),
        ("A.9.9.detail", "1"),
    ],
)
def test_a_wrong_answer_is_told_beside_its_field(field: str, value: Any) -> None:
    faults = check_form(GBT, {**QUIET, field: value})
    assert [fault.field for fault in faults] == [field]
    assert faults[0].message.zh and faults[0].message.en


def test_a_whole_form_lacks_no_choice_save_what_the_register_knows() -> None:
    missing = {fault.field for fault in check_form(GBT, QUIET, complete=True)}
    assert "A.5.1" in missing and "A.1.3" in missing
    assert missing.isdisjoint({"A.2.2", "A.2.8", "A.5.12", "A.4.2", *QUIET})


def test_a_quiet_form_tells_every_input_no() -> None:
    assert inputs_from_form(GBT, QUIET) == absent(GBT)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"A.5.11": "2"}, {"coma": True}),
        ({"A.4.1": ["1", "21"]}, {"dementia": True}),
        ({"A.4.1": ["22"]}, {"mental_disorder": True}),
        ({"A.4.1": []}, {}),
        ({"A.2.14.1": "2", "A.2.14.4": "2"}, {"risk_events": 2}),
        ({"A.2.14.1": "4"}, {"risk_events": 3}),
        ({f"A.2.14.{number}": "4" for number in range(1, 6)}, {"risk_events": 15}),
    ],
)
def test_the_form_tells_the_adjustments(said: dict[str, Any], told: dict[str, Any]) -> None:
    assert inputs_from_form(GBT, {**QUIET, **said}) == {**absent(GBT), **told}


@pytest.mark.parametrize(("field", "unknown"), [("A.5.11", {"coma"}), ("A.4.1", {"dementia", "mental_disorder"}),
                                                ("A.2.14.3", {"risk_events"})])  # fmt: skip
def test_what_the_form_does_not_answer_is_unknown_and_not_no(field: str, unknown: set[str]) -> None:
    for open_form in ({**QUIET, field: None}, {key: value for key, value in QUIET.items() if key != field}):
        told = inputs_from_form(GBT, open_form)
        assert set(absent(GBT)) - set(told) == unknown
        with pytest.raises(ScaleError):
            score(GBT, {"items": totalling(GBT, 70), **told})


def test_the_report_has_the_lines_of_form_c() -> None:
    found = report(score(GBT, answers(GBT, totalling(GBT, 70), dementia=True)))
    assert [(row.code, row.value.zh) for row in found] == [
        ("C.1", "70/90"),
        ("C.1.1", "12/32"),
        ("C.1.2", "15/15"),
        ("C.1.3", "28/28"),
        ("C.1.4", "15/15"),
        ("C.2", "70"),
        ("C.3", "1级 能力轻度受损（轻度失能）"),
        ("C.4", "确诊痴呆，加重一级"),
        ("C.5", "2级 能力中度受损（中度失能）"),
    ]
    whole = report(score(GBT, answers(GBT)))
    assert (whole[7].value.zh, whole[8].value.zh) == ("无", "0级 能力完好")


# The self-assessment. Letters: i independent, p partly, d dependent.
WORD = {"i": "independent", "p": "partial", "d": "dependent"}


def of_letters(letters: str) -> dict[str, str]:
    return {code: WORD[letter] for code, letter in zip(("a1", "a2", "a3", "b1", "b2", "b3"), letters, strict=True)}


@pytest.mark.parametrize(
    ("letters", "grade"),
    [
        ("iiiiii", "A"),
        ("diiiii", "B"),
        ("iiidii", "B"),
        ("iiiddi", "B"),
        ("diidii", "C"),
        ("iiiddd", "C"),
        ("ddiiii", "D"),
        ("diiddi", "D"),
        ("dddiii", "E"),
        ("ddidii", "E"),
        ("ddiddi", "E"),
        ("diiddd", "E"),
        ("ddddii", "F"),
        ("dddddi", "F"),
        ("ddiddd", "F"),
        ("dddddd", "G"),
    ],
)
def test_the_self_assessment_is_graded_as_the_form_says(letters: str, grade: str) -> None:
    found = self_assess(LTCI, of_letters(letters))
    assert (found.grade, found.may_apply) == (grade, grade in "EFG")
    assert self_assess(LTCI, of_letters(letters.replace("i", "p", 1) if "d" in letters else letters)).grade == grade


def test_partly_independent_with_nothing_dependent_has_no_grade_and_no_claim() -> None:
    found = self_assess(LTCI, of_letters("piiiii"))
    assert (found.grade, found.may_apply) == (None, False)


def test_every_answer_has_one_outcome_and_more_dependence_never_a_better_grade() -> None:
    grades = "ABCDEFG"
    for letters in product("id", repeat=6):
        before = self_assess(LTCI, of_letters("".join(letters))).grade
        assert before is not None
        for place in range(6):
            after = self_assess(LTCI, of_letters("".join((*letters[:place], "d", *letters[place + 1 :])))).grade
            assert after is not None
            assert grades.index(after) >= grades.index(before)


@pytest.mark.parametrize(
    ("change", "item"),
    [({"a1": "yes"}, "a1"), ({"b3": None}, "b3"), ({"b3": ["dependent"]}, "b3"), ({"c1": "dependent"}, "c1")],
)
def test_a_wrong_answer_to_the_self_assessment_is_named(change: dict[str, Any], item: str) -> None:
    with pytest.raises(ScaleError) as caught:
        self_assess(LTCI, {**of_letters("iiiiii"), **change})
    assert caught.value.item == item


def test_a_missing_answer_and_a_scale_without_the_table_are_errors() -> None:
    given = of_letters("iiiiii")
    del given["a2"]
    with pytest.raises(ScaleError, match="a2"):
        self_assess(LTCI, given)
    with pytest.raises(ScaleError, match="tekun has no self-assessment"):
        self_assess(TEKUN, {})
