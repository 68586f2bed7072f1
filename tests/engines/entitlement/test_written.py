"""Expressions written out again are the same expressions, and a knob turns just what it shows."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from tests.engines.entitlement.grammar import PARAMETERS, booleans, numbers
from tests.engines.entitlement.making import a_pack, service

from yinian.engines.entitlement import PackError
from yinian.engines.entitlement.expressions import parse_expression
from yinian.engines.entitlement.knobs import knobs, turned
from yinian.engines.entitlement.tree import Node
from yinian.engines.entitlement.written import at, expression_text, number_text

QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]
TYPES = {name: found.type for name, found in a_pack(service("s"), parameters=PARAMETERS).parameters.items()}


def read(text: str) -> Node:
    return parse_expression(text, TYPES)


@settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
@given(booleans(3) | numbers(3))
def test_what_is_written_reads_back_as_the_same_tree(text: str) -> None:
    try:
        tree = read(text)
    except PackError:
        return  # chance wrote something that can never occur
    assert read(expression_text(tree)) == tree


@settings(max_examples=200, deadline=None, suppress_health_check=QUIET)
@given(booleans(3) | numbers(3))
def test_knobs_left_as_they_are_change_nothing(text: str) -> None:
    try:
        tree = read(text)
    except PackError:
        return
    for money in (False, True):
        found = knobs(tree, money)
        assert turned(tree, {knob.place: knob.value for knob in found}) == tree
        assert len({knob.place for knob in found}) == len(found)


@pytest.mark.parametrize(
    ("text", "value", "then"),
    [
        ("age >= 80", 75, "age >= 75"),
        ("80 <= age", 75, "75 <= age"),
        ("COALESCE(ability_level, 0) >= 3 OR dementia", 2, "COALESCE(ability_level, 0) >= 2 OR dementia"),
        ("relief IN ('dibao', 'marginal')", ("dibao",), "relief = 'dibao'"),
        ("relief = 'dibao'", ("tekun", "dibao"), "relief IN ('tekun', 'dibao')"),
        ("relief <> 'tekun'", "dibao", "relief <> 'dibao'"),
    ],
)
def test_a_turned_knob_changes_its_part(text: str, value: int | str | tuple[str, ...], then: str) -> None:
    tree = read(text)
    (knob,) = knobs(tree)
    assert expression_text(turned(tree, {knob.place: value})) == then


def test_an_amounts_ages_and_sums_are_told_apart() -> None:
    tree = read("CASE WHEN age >= 100 THEN 20000 WHEN age >= 90 THEN param('money_a') * 1.5 ELSE 5000 END")
    found = knobs(tree, money=True)
    assert [(knob.kind, knob.value) for knob in found] == [
        ("number", 100), ("money", 20000), ("number", 90), ("factor", Fraction(3, 2)), ("money", 5000),
    ]  # fmt: skip
    then = turned(tree, {found[0].place: 95, found[4].place: 6000})
    assert expression_text(then) == (
        "CASE WHEN age >= 95 THEN 20000 WHEN age >= 90 THEN param('money_a') * 1.5 ELSE 6000 END"
    )
    assert at(tree, found[0].place) != at(then, found[0].place)


def test_a_choice_of_nothing_is_refused() -> None:
    tree = read("relief IN ('dibao', 'marginal')")
    with pytest.raises(ValueError, match="at least one"):
        turned(tree, {knobs(tree)[0].place: ()})


def test_a_number_without_exact_decimals_is_not_written_wrong() -> None:
    assert number_text(Fraction(-5, 4)) == "-1.25" and number_text(Fraction(1, 100)) == "0.01"
    with pytest.raises(ValueError, match="no exact decimals"):
        number_text(Fraction(1, 3))
