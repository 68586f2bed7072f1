"""Absurd drafts are found before any figure is shown, and sensible ones are left alone."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from tests.engines.entitlement.making import DAY, a_pack, parameter, people, service

from yinian.engines.entitlement import Pack
from yinian.engines.entitlement.evaluate import settle
from yinian.engines.entitlement.sanity import Limits, Problem, in_itself, limits_of, over_cost, over_people
from yinian.engines.entitlement.whatif import compared

LIMITS = Limits(month_fen=2_000_000, cost_times=10)
BASE = service("s0", "age >= 80", amount=5000)
FACTS = people(
    {"birth_date": date(1940, 1, 1), "relief": "dibao", "ability_level": 0},
    {"birth_date": date(1960, 1, 1), "relief": "none", "ability_level": None},
)


def problems(draft: str, base: str = BASE, parameters: str = "", before: str = "") -> list[Problem]:
    """Everything said about a draft over two people, as a page asks for it."""
    a, b = a_pack(base, parameters=before or parameters), a_pack(draft, parameters=parameters)
    found = in_itself(a, b, DAY, LIMITS)
    if any(problem.stops for problem in found):
        return found
    return found + over_people(settle(a, FACTS, DAY), settle(b, FACTS, DAY), LIMITS)


def said(found: list[Problem]) -> set[tuple[str, str]]:
    return {(problem.code, problem.place) for problem in found}


@pytest.mark.parametrize(
    ("draft", "code", "place"),
    [
        (service("s0", "age >= 180", amount=5000), "age", "test:t1"),
        (service("s0", "age >= -5", amount=5000), "age", "test:t1"),
        (service("s0", "age >= 80", amount="CASE WHEN age >= 200 THEN 1 ELSE 2 END"), "age", "amount"),
        (service("s0", "age >= 80", amount="5000 / 0"), "zero", "amount"),
        (service("s0", "age / (3 - 3) > 1", amount=5000), "zero", "test:t1"),
        (service("s0", "age >= 80", amount="5000 / ability_level"), "zero_for_some", "amount"),
        (service("s0", "age >= 80", amount="-100"), "negative_for_some", "amount"),
        (service("s0", "age >= 80", amount="4000 - age * 100"), "negative_for_some", "amount"),
        (service("s0", "age >= 80", amount=2_000_001), "too_much_for_some", "amount"),
        (service("s0", "age >= 80", effective="{from: 2020-01-01, to: 2024-12-31}"), "over", "effective"),
    ],
)
def test_an_absurd_draft_is_stopped(draft: str, code: str, place: str) -> None:
    found = problems(draft)
    assert (code, place) in said(found)
    assert any(problem.stops for problem in found if problem.code == code)


@pytest.mark.parametrize(
    ("draft", "code", "place"),
    [
        (service("s0", "age >= 100", amount=5000), "never", "test:t1"),
        (service("s0", "age >= 60", amount=5000), "always", "test:t1"),
        (service("s0", "age >= 80", "dementia", amount=5000), "never_known", "test:t2"),
        (service("s0", "age >= 80", amount="ltc_grade * 100"), "no_amount", "amount"),
        (service("s0", "age >= 70", amount=5000, effective="{from: 2026-01-01}"), "later", "effective"),
    ],
)
def test_a_doubtful_draft_is_warned_about(draft: str, code: str, place: str) -> None:
    found = problems(draft)
    assert (code, place) in said(found)
    assert not any(problem.stops for problem in found)


@pytest.mark.parametrize(("unit", "value", "code"), [("fen", -1, "negative"), ("fen", 24_000_001, "too_much"),
                                                     ("years", 151, "age")])  # fmt: skip
def test_an_absurd_figure_is_stopped(unit: str, value: int, code: str) -> None:
    draft, before = parameter("figure", value, unit), parameter("figure", 70, unit)
    assert said(problems(BASE, parameters=draft, before=before)) == {(code, "value")}


def test_a_figure_that_a_service_needs_and_that_has_no_value_on_the_day_is_named() -> None:
    rule = service("s0", "age >= 80", amount="param('figure')")
    found = problems(rule, rule, parameter("figure", 5000, start="2030-01-01"), parameter("figure", 5000))
    assert said(found) == {("no_value", "")}


def test_what_was_odd_before_is_not_held_against_the_draft() -> None:
    odd = service("s1", "age >= 140", amount=9_000_000)
    assert problems(service("s0", "age >= 75", amount=6000) + odd, BASE + odd) == []


def test_an_unchanged_draft_has_no_problem() -> None:
    assert problems(BASE) == []


def test_a_cost_ten_times_the_present_one_is_said() -> None:
    a, b = settle(a_pack(BASE), FACTS, DAY), settle(a_pack(service("s0", "age >= 80", amount=50_000)), FACTS, DAY)
    pairs = compared(a, b, FACTS.with_columns(region_code=pl.lit("430681")), DAY).services
    (whole, one) = over_cost(pairs, {None: (5000, 50_000), 0: (5000, 50_000)}, LIMITS)
    assert (whole.key, whole.params["times"], one.key, one.stops) == ("", 10, "s0", False)
    assert over_cost(pairs, {None: (5000, 49_999), 0: (0, 50_000)}, LIMITS) == []


def test_the_limits_are_the_packs_own() -> None:
    def pack(**more: Any) -> Pack:
        return a_pack(BASE, **more)

    assert limits_of(pack()) == Limits()
    given = "month_fen: {label: {zh: 上限}, value: 100}\ncost_times: {label: {zh: 倍}, value: 3}\n"
    assert limits_of(pack(limits=given)) == Limits(100, 3)
