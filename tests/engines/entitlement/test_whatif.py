"""What-ifs over random packs and people: they add up, they are monotone, and they say what the engine says."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engines.entitlement.grammar import PARAMETERS, ROWS, booleans, packs
from tests.engines.entitlement.making import DAY, a_pack, people, service

from yinian.engines.entitlement import Pack, PackError, evaluate
from yinian.engines.entitlement.whatif import (
    COUNTS,
    DIMENSIONS,
    Compared,
    behind,
    budget,
    by_person,
    compare,
    months_left,
    sums,
)

QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]
VILLAGES = ("430681100201", "430681100202", "430681112201", "430681112201003")
Rows = list[dict[str, Any]]
MANY = st.lists(ROWS, min_size=1, max_size=3).map(lambda parts: [row for part in parts for row in part])


def placed(rows: Rows) -> pl.DataFrame:
    facts = people(*rows)
    return facts.with_columns(pl.Series("region_code", [VILLAGES[n % len(VILLAGES)] for n in range(facts.height)]))


def compared(a: Pack, b: Pack, facts: pl.DataFrame) -> Compared | None:
    try:
        return compare(a, b, facts, DAY)
    except PackError:
        return None  # arithmetic that chance made too large


def load(*services: str) -> Pack | None:
    try:
        return a_pack(*services, parameters=PARAMETERS)
    except PackError:
        return None


def whole(found: Compared) -> dict[str, int]:
    """The row that counts all people and all money."""
    return sums(found).filter((pl.col("dimension") == "") & pl.col("service").is_null()).row(0, named=True)


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(packs(), packs(), MANY)
def test_figures_add_up_and_winners_less_losers_is_the_change_in_money(one: Any, two: Any, rows: Rows) -> None:
    a, b = load(one[0]), load(two[0])
    facts = placed(rows)
    found = compared(a, b, facts) if a and b else None
    if found is None:
        return
    table = sums(found)
    county = whole(found)
    assert county["won"] - county["lost_money"] == county["money_b"] - county["money_a"]
    for dimension in DIMENSIONS:
        part = table.filter((pl.col("dimension") == dimension) & pl.col("service").is_null())
        assert {name: part[name].sum() for name in COUNTS} == {name: county[name] for name in COUNTS}
        by_service = table.filter((pl.col("dimension") == dimension) & pl.col("service").is_not_null())
        for name in ("money_a", "money_b", "most_money_a", "most_money_b", "once_a", "once_b"):
            assert by_service[name].sum() == county[name]
    for row in table.filter(pl.col("dimension") == "").iter_rows(named=True):
        for measure in ("gained", "lost", "raised", "cut", "winners", "losers", "due_a", "due_b", "check_b"):
            assert behind(found, measure, row["service"]).height == row[measure]
    for row in table.filter(pl.col("dimension") == "town").iter_rows(named=True):
        assert behind(found, "gained", row["service"], "town", row["value"]).height == row["gained"]


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(packs(), packs(), ROWS)
def test_each_line_is_what_the_engine_says_under_either_pack(one: Any, two: Any, rows: Rows) -> None:
    a, b = load(one[0]), load(two[0])
    facts = placed(rows)
    found = compared(a, b, facts) if a and b else None
    if found is None or a is None or b is None:
        return
    names = {place: pair.id for place, pair in enumerate(found.services)}
    ids = facts["person_id"].to_list()
    for side, pack in (("a", a), ("b", b)):
        said = {
            (row["person_id"], row["service_id"]): (row["status"], row["amount_fen"])
            for row in evaluate(pack, facts, DAY).iter_rows(named=True)
        }
        words = ("not_due", "due", "check", "superseded")
        ours = {
            (ids[row["row"]], names[row["service"]]): (words[row[f"status_{side}"]], row[f"amount_{side}"])
            for row in found.lines.iter_rows(named=True)
            if row[f"status_{side}"]
        }
        assert ours == said


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(packs(), MANY)
def test_an_unchanged_draft_changes_nothing(texts: Any, rows: Rows) -> None:
    a, b = load(texts[0]), load(texts[0])
    found = compared(a, b, placed(rows)) if a and b else None
    if found is None:
        return
    county = whole(found)
    assert not any(county[name] for name in ("gained", "lost", "raised", "cut", "winners", "losers"))
    assert (county["money_a"], county["check_a"]) == (county["money_b"], county["check_b"])
    assert all(line.year_a == line.year_b and line.rest_a == line.rest_b for line in budget(found, date(2025, 7, 1)))


AMOUNTS = st.integers(0, 50_000)
HIGHEST, APART = {"higher_of": "group"}, {"not_with": "[s0]"}
RELATED = st.sampled_from([{}, HIGHEST, APART, HIGHEST | APART])


@settings(max_examples=80, deadline=None, suppress_health_check=QUIET)
@given(booleans(2), booleans(2), AMOUNTS, AMOUNTS, st.integers(0, 20_000), RELATED, MANY)
def test_raising_an_amount_never_lowers_anybodys_money(
    first: str, second: str, low: int, other: int, more: int, related: dict[str, str], rows: Rows
) -> None:
    rest = service("s1", second, amount=other, **related)
    group = {"higher_of": "group"} if "higher_of" in related else {}
    a, b = load(service("s0", first, amount=low, **group), rest), load(
        service("s0", first, amount=low + more, **group), rest
    )
    found = compared(a, b, placed(rows)) if a and b else None
    if found is None:
        return
    persons = by_person(found)
    assert (persons["money_b"] >= persons["money_a"]).all()
    assert (persons["most_money_b"] >= persons["most_money_a"]).all()
    assert not persons["cut"].any() or "higher_of" in related


@settings(max_examples=80, deadline=None, suppress_health_check=QUIET)
@given(st.integers(50, 100), st.integers(0, 40), booleans(2), AMOUNTS, AMOUNTS, RELATED, MANY)
def test_lowering_an_age_never_loses_anybody(
    age: int, less: int, second: str, amount: int, other: int, related: dict[str, str], rows: Rows
) -> None:
    rest = service("s1", second, amount=other, **related)
    a, b = load(service("s0", f"age >= {age}", amount=amount), rest), load(
        service("s0", f"age >= {age - less}", amount=amount), rest
    )
    found = compared(a, b, placed(rows)) if a and b else None
    if found is None:
        return
    assert_nobody_falls_out(found, alone=not related)


@settings(max_examples=80, deadline=None, suppress_health_check=QUIET)
@given(booleans(2), booleans(2), booleans(1), AMOUNTS, AMOUNTS, RELATED, MANY)
def test_widening_a_test_never_loses_anybody(
    first: str, wider: str, second: str, amount: int, other: int, related: dict[str, str], rows: Rows
) -> None:
    rest = service("s1", second, amount=other, **related)
    a, b = load(service("s0", first, amount=amount), rest), load(
        service("s0", f"({first}) OR ({wider})", amount=amount), rest
    )
    found = compared(a, b, placed(rows)) if a and b else None
    if found is None:
        return
    assert_nobody_falls_out(found, alone=not related)


def assert_nobody_falls_out(found: Compared, alone: bool) -> None:
    """Nobody loses the first service; the second is lost only to it, and only where the two exclude each other."""
    lines = found.lines.with_columns(lost=(pl.col("status_a") == 1) & (pl.col("status_b") != 1))
    assert not lines.filter(pl.col("service") == 0)["lost"].any()
    beaten = lines.filter("lost")
    assert (beaten["status_b"] == 3).all()
    if alone:
        assert beaten.is_empty()
        persons = by_person(found)
        assert (persons["money_b"] >= persons["money_a"]).all()


def one_of(amount: int | str, period: str, *tests: str, key: str = "s0", **more: str) -> str:
    return service(key, *(tests or ("age >= 80",)), amount=amount, period=period, **more)


def county(*ages: int | None, **facts: Any) -> pl.DataFrame:
    born = [None if age is None else date(DAY.year - age, 1, 1) for age in ages]
    return placed([{"birth_date": day, **{name: values[n] for name, values in facts.items()}} for n, day in
                   enumerate(born)])


def test_who_is_to_be_checked_makes_a_range_of_people_and_money() -> None:
    rule = ("age >= 80", "relief = 'dibao'")
    facts = county(85, 85, 70, relief=["dibao", None, "dibao"])
    a = a_pack(one_of(5000, "month", *rule))
    b = a_pack(one_of(6000, "month", "age >= 70", "relief = 'dibao'"))
    found = whole(compare(a, b, facts, DAY))
    assert (found["due_a"], found["check_a"], found["most_a"]) == (1, 1, 2)
    assert (found["due_b"], found["check_b"], found["most_b"]) == (2, 1, 3)
    assert (found["money_a"], found["most_money_a"]) == (5000, 10000)
    assert (found["money_b"], found["most_money_b"]) == (12000, 18000)


def test_the_most_follows_the_rule_of_the_highest() -> None:
    tests = ("relief = 'dibao'",)
    pack = a_pack(
        one_of(5000, "month", "age >= 80", higher_of="group"),
        one_of(3000, "month", *tests, key="s1", higher_of="group"),
        one_of(9000, "month", *tests, key="s2", higher_of="group"),
    )
    found = whole(compare(pack, pack, county(85, relief=[None]), DAY))
    assert (found["money_a"], found["most_money_a"]) == (5000, 9000)  # never 5000 + 3000 + 9000


def test_a_person_who_wins_by_one_service_and_loses_by_another_counts_once() -> None:
    a = a_pack(one_of(5000, "month"), one_of(3000, "month", key="s1"))
    b = a_pack(one_of(5500, "month"), one_of(1000, "month", key="s1"))
    found = compare(a, b, county(85, 90), DAY)
    all_ = whole(found)
    assert (all_["winners"], all_["losers"], all_["lost_money"], all_["raised"], all_["cut"]) == (0, 2, 3000, 2, 2)
    assert behind(found, "losers")["money_b"].to_list() == [6500, 6500]
    assert behind(found, "winners", 0).height == 2


def test_a_service_added_and_one_switched_off_are_gained_and_lost() -> None:
    a = a_pack(one_of(5000, "month"))
    b = a_pack(one_of(4000, "month", key="s9"))
    found = compare(a, b, county(85, 70), DAY)
    assert [pair.id for pair in found.services] == ["s0", "s9"]
    table = sums(found).filter((pl.col("dimension") == "") & pl.col("service").is_not_null())
    assert table["gained"].to_list() == [0, 1] and table["lost"].to_list() == [1, 0]


@pytest.mark.parametrize(
    ("start", "months"), [("2026-01-01", 12), ("2026-01-02", 11), ("2026-07-01", 6), ("2026-12-02", 0)]
)
def test_the_rest_of_the_year_counts_the_months_that_begin_under_the_rule(start: str, months: int) -> None:
    assert months_left(date.fromisoformat(start)) == months


def test_the_budget_counts_each_period_in_its_own_way() -> None:
    a = a_pack(one_of(1000, "month"), one_of(1200, "year", key="s1"), one_of(10, "day", key="s2"),
               one_of(5000, "once", key="s3"))
    b = a_pack(one_of(2000, "month"), one_of(2400, "year", key="s1"), one_of(20, "day", key="s2"),
               one_of(7000, "once", key="s3"))
    month, year, day, once = budget(compare(a, b, county(85), DAY), date(2026, 10, 1))
    assert (month.year_a, month.year_b, month.rest_a, month.rest_b) == (12000, 24000, 3000, 6000)
    assert (year.year_b, year.rest_b) == (2400, 600)
    assert (day.year_b, day.rest_b) == (7300, 1840)
    assert (once.year_b, once.rest_b, once.once_a, once.once_b) == (0, 0, 5000, 7000)


def test_groups_name_who_is_not_known_apart() -> None:
    facts = county(85, 85, None, sex=["male", None, "female"], ability_level=[4, None, 0])
    a, b = a_pack(one_of(1000, "month", "TRUE")), a_pack(one_of(2000, "month", "TRUE"))
    table = sums(compare(a, b, facts, DAY))
    counted = {
        (row["dimension"], row["value"]): row["winners"]
        for row in table.filter(pl.col("service").is_null()).iter_rows(named=True)
    }
    assert counted[("sex", "male")] == counted[("sex", None)] == 1
    assert counted[("age", "80")] == 2 and counted[("age", None)] == 1
    assert counted[("level", "4")] == 1 and counted[("urban", None)] == 3
