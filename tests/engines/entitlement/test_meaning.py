"""Every sentence of the pack format's meaning: statuses, order, supersession, windows, money, facts."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from tests.engines.entitlement.making import DAY, a_pack, a_source, child_head, parameter, people, quoted, service

from yinian.engines.entitlement import (
    LONG_SCHEMA,
    STATUS_NAMES,
    FactsError,
    Pack,
    PackError,
    evaluate,
    evaluate_wide,
    load_pack,
    prepare_facts,
)
from yinian.engines.entitlement.duck import evaluate_duckdb


def statuses(pack: Pack, as_of: date = DAY, **facts: Any) -> dict[str, str]:
    """Status by service of one person, the same from both engines."""
    table = people(facts)
    answers = evaluate(pack, table, as_of, with_not_due=True)
    assert answers.equals(evaluate_duckdb(pack, table, as_of, with_not_due=True))
    return dict(zip(answers["service_id"], answers["status"], strict=True))


def amount(expression: str, parameters: str = "", **facts: Any) -> int | None:
    """The amount a service gives one person, the same from both engines."""
    pack = a_pack(service("s", amount=expression), parameters=parameters)
    table = people(facts)
    answers = evaluate(pack, table, DAY)
    assert answers.equals(evaluate_duckdb(pack, table, DAY))
    return answers["amount_fen"][0]


def test_due_needs_every_test_check_has_no_false_one_and_an_unknown() -> None:
    pack = a_pack(service("s", "age >= 80", "dementia"))
    assert statuses(pack, age=80, dementia=True) == {"s": "due"}
    assert statuses(pack, age=80) == {"s": "check"}
    assert statuses(pack) == {"s": "check"}
    assert statuses(pack, age=79) == {"s": "not_due"}
    assert statuses(pack, age=80, dementia=False) == {"s": "not_due"}


def test_the_long_form_has_the_published_columns_and_names_the_tests() -> None:
    pack = a_pack(service("s", "age >= 80", "dementia", "relief = 'dibao'", amount=5000, period="year"))
    rows = evaluate(pack, people({"age": 81}, {"age": 70, "dementia": False}), DAY, with_not_due=True)
    assert dict(rows.schema) == LONG_SCHEMA
    assert rows.rows() == [
        ("p1", "s", "check", 5000, "year", "t2;t3", "", pack.hash, DAY),
        ("p2", "s", "not_due", None, "year", "t3", "t1;t2", pack.hash, DAY),
    ]


def test_rows_that_are_not_due_are_kept_only_when_asked_for() -> None:
    pack = a_pack(service("s", "age >= 80"))
    assert evaluate(pack, people({"age": 79}), DAY).height == 0
    assert evaluate(pack, people({"age": 79}), DAY).schema == pl.Schema(LONG_SCHEMA)


def test_a_check_names_the_facts_to_go_and_find_out() -> None:
    pack = a_pack(service("s", "age >= 80", "dementia OR relief = 'dibao'"))
    rows = evaluate(pack, people({"relief": "none"}), DAY, with_unknown_facts=True)
    assert rows["unknown_facts"].to_list() == ["birth_date;dementia"]


def test_services_stand_in_list_order_parents_first_then_files_by_name() -> None:
    parent = a_source("cn", service("b"), service("a"))
    child = a_source("cn/x", service("d"), service("b", "age >= 60"), head=child_head("cn"))
    child = type(child)(child.name, {**child.files, "services/05.yaml": service("c")}, child.origin)
    assert [item.id for item in load_pack([parent, child]).services] == ["b", "a", "c", "d"]


def test_of_two_that_exclude_each_other_the_earlier_that_is_due_wins_whichever_names_the_other() -> None:
    named_by_later = a_pack(service("a", "age >= 60"), service("b", not_with="[a]"))
    named_by_earlier = a_pack(service("a", "age >= 60", not_with="[b]"), service("b"))
    for pack in (named_by_later, named_by_earlier):
        assert statuses(pack, age=60) == {"a": "due", "b": "superseded"}
        assert statuses(pack, age=59) == {"a": "not_due", "b": "due"}
        assert statuses(pack) == {"a": "check", "b": "due"}, "what is only to be checked supersedes nothing"


def test_a_superseded_service_excludes_nothing_further_down() -> None:
    pack = a_pack(service("a"), service("b", not_with="[a]"), service("c", not_with="[b]"))
    assert statuses(pack) == {"a": "due", "b": "superseded", "c": "due"}


def test_of_a_group_only_the_highest_amount_stays() -> None:
    pack = a_pack(
        service("a", amount=100, higher_of="g"),
        service("b", amount="CASE WHEN age >= 90 THEN 200 ELSE 50 END", higher_of="g"),
        service("c", higher_of="g"),
        service("d", amount=1, higher_of="other"),
    )
    assert statuses(pack, age=90) == {"a": "superseded", "b": "due", "c": "superseded", "d": "due"}
    assert statuses(pack, age=80) == {"a": "due", "b": "superseded", "c": "superseded", "d": "due"}


def test_a_tie_goes_to_the_earlier_and_no_amount_is_lowest() -> None:
    pack = a_pack(service("a", higher_of="g"), service("b", amount=-5, higher_of="g"))
    assert statuses(pack) == {"a": "superseded", "b": "due"}
    tie = a_pack(service("a", amount=7, higher_of="g"), service("b", amount="7.4", higher_of="g"))
    assert statuses(tie) == {"a": "due", "b": "superseded"}, "money is compared in whole fen"


def test_exclusions_are_settled_before_the_highest_amount() -> None:
    pack = a_pack(
        service("a", "age >= 60"),
        service("b", amount=900, higher_of="g", not_with="[a]"),
        service("c", amount=100, higher_of="g"),
    )
    assert statuses(pack, age=60) == {"a": "due", "b": "superseded", "c": "due"}
    assert statuses(pack, age=59) == {"a": "not_due", "b": "due", "c": "superseded"}


def test_a_service_counts_only_within_its_window_both_days_included() -> None:
    pack = a_pack(service("s", effective="{from: 2024-01-01, to: 2024-12-31}"))
    assert statuses(pack, date(2024, 1, 1)) == statuses(pack, date(2024, 12, 31)) == {"s": "due"}
    assert statuses(pack, date(2023, 12, 31)) == statuses(pack, date(2025, 1, 1)) == {}


def test_a_service_out_of_force_excludes_nothing() -> None:
    pack = a_pack(service("a", effective="{to: 2024-12-31}"), service("b", not_with="[a]"))
    assert statuses(pack, date(2025, 1, 1)) == {"b": "due"}


def test_a_parameter_has_the_value_in_force_on_the_day() -> None:
    dated = (
        "fig:\n  label: {zh: 数}\n  unit: fen\n  values:\n"
        "    - {from: 2025-01-01, value: 800, source: {document: doc, confidence: verified}}\n"
        "    - {from: 2024-01-01, value: 700, source: {document: doc, confidence: verified}}\n"
    )
    pack = a_pack(service("s", amount="param('fig')"), parameters=dated)
    assert evaluate(pack, people({}), date(2024, 12, 31))["amount_fen"].to_list() == [700]
    assert evaluate(pack, people({}), date(2025, 1, 1))["amount_fen"].to_list() == [800]
    with pytest.raises(PackError, match=r"10\.yaml:5: service `s` needs parameter `fig`, which has no value"):
        evaluate(pack, people({}), date(2023, 12, 31))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("155000 / 3", 51667),
        ("155000 / 6", 25833),
        ("5400 / 12 * 1.3", 585),
        ("0.5", 1),
        ("-0.5", -1),
        ("2.5", 3),
        ("-2.5", -3),
        ("age / 8", 11),
        ("(age - 160) / 8", -10),
        ("age * 0.1 + age * 0.2", 25),
        ("1000000000000 / age * age", 1000000000000),
        ("age / (age - 84)", None),
        ("ROUND(155000 / 3, -2)", 51700),
        ("155000 / 3 * 3", 155000),
        ("param('third') * 3", 100),
    ],
)
def test_division_is_exact_and_money_is_rounded_once_half_away_from_zero(expression: str, expected: int) -> None:
    third = parameter("third", quoted("100 / 3"))
    assert amount(expression, parameters=third, age=84) == expected


def test_a_derived_parameter_keeps_its_fraction_until_the_end() -> None:
    figures = parameter("wage", 155000) + parameter("care", quoted("param('wage') / 3"))
    assert amount("param('care') / 2", parameters=figures) == 25833
    assert amount("param('care') + param('care')", parameters=figures) == 103333


def test_arithmetic_that_could_overflow_is_refused_when_the_pack_is_compiled() -> None:
    product = " * ".join(["age * 999999999999999"] * 3)
    with pytest.raises(PackError, match=r"128 bits|beyond what is money"):
        amount(product, age=84)


def test_an_absent_column_is_unknown_throughout_and_age_is_worked_out() -> None:
    facts = pl.DataFrame({"person_id": ["p"], "birth_date": [date(1944, 2, 29)]})
    assert prepare_facts(facts, date(2025, 2, 28))["age"].to_list() == [80]
    assert prepare_facts(facts, date(2025, 3, 1))["age"].to_list() == [81]
    assert prepare_facts(facts, DAY)["relief"].to_list() == [None]
    given = facts.with_columns(age=pl.lit(None, dtype=pl.Int64))
    assert prepare_facts(given, DAY)["age"].to_list() == [None], "an age column that is there is taken as it is"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"relief": ["dibao", "poor"]}, "row 2, column relief: `poor` is not possible; expected one of none, dibao"),
        ({"ability_level": [5, 1]}, "row 1, column ability_level: `5` is not possible; expected a whole number from 0"),
        ({"birth_date": [None, date(1700, 1, 1)]}, "row 2, column birth_date"),
        (
            {"birth_date": [None, date(2030, 1, 1)]},
            "row 2, column birth_date: `2030-01-01` gives an age of -4 on 2025-03-01; expected 0 to 150",
        ),
        ({"age": [1.5, 2.0]}, "column age: holds Float64, expected whole numbers"),
        ({"dementia": ["yes", "no"]}, "column dementia: holds String, expected true or false"),
    ],
)
def test_facts_that_cannot_be_are_refused_with_row_and_column(columns: dict[str, list[Any]], words: str) -> None:
    facts = pl.DataFrame({"person_id": ["a", "b"], **columns})
    with pytest.raises(FactsError) as caught:
        prepare_facts(facts, DAY)
    assert words in str(caught.value)


def test_a_person_without_identifier_is_refused() -> None:
    with pytest.raises(FactsError, match="row 2, column person_id"):
        prepare_facts(pl.DataFrame({"person_id": ["a", None]}), DAY)
    with pytest.raises(FactsError, match="person_id is missing"):
        prepare_facts(pl.DataFrame({"age": [1]}), DAY)


def test_the_wide_form_has_a_code_and_an_amount_for_each_service() -> None:
    pack = a_pack(service("a", "age >= 80", amount=5000), service("b", "dementia"))
    wide = evaluate_wide(pack, people({"age": 80}, {"age": 79, "dementia": True}), DAY)
    assert wide.columns == ["person_id", "status:a", "amount:a", "status:b"]
    assert wide["status:a"].dtype == pl.UInt8
    assert [STATUS_NAMES[code] for code in wide["status:a"]] == ["due", "not_due"]
    assert wide["amount:a"].to_list() == [5000, None]


def test_nobody_and_nothing_in_force_give_empty_tables() -> None:
    pack = a_pack(service("s", "age >= 80", amount=1))
    nobody = people({"age": 1}).clear()
    assert evaluate(pack, nobody, DAY).height == evaluate_wide(pack, nobody, DAY).height == 0
    assert evaluate_duckdb(pack, nobody, DAY).height == 0
    empty = a_pack(service("s", effective="{to: 2000-01-01}"))
    assert evaluate(empty, people({"age": 1}), DAY).equals(evaluate_duckdb(empty, people({"age": 1}), DAY))
    assert evaluate_wide(empty, people({"age": 1}), DAY).columns == ["person_id"]
