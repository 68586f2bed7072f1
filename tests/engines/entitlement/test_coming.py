"""The years to come: a year is what a comparison of its day is, people only grow older, nobody drops out."""

from datetime import date
from typing import Any

from hypothesis import given, settings
from tests.engines.entitlement.grammar import ROWS, packs
from tests.engines.entitlement.making import a_pack
from tests.engines.entitlement.test_whatif import QUIET, Rows, county, load, one_of, placed

from yinian.engines.entitlement import PackError
from yinian.engines.entitlement.coming import Cost, middle_of, total_of, year_of
from yinian.engines.entitlement.whatif import budget, compare, sums


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(packs(), packs(), ROWS)
def test_a_year_costs_what_the_comparison_of_its_day_costs(one: Any, two: Any, rows: Rows) -> None:
    a, b, facts, day = load(one[0]), load(two[0]), placed(rows), middle_of(2028)
    if a is None or b is None:
        return
    try:
        found = compare(a, b, facts, day)
    except PackError:
        return
    year = year_of(a, b, facts, day)
    by_service = {row["service"]: row for row in sums(found).iter_rows(named=True) if row["dimension"] == ""}
    lines = {line.service: line for line in budget(found, day)}
    for place, pair in enumerate(found.services):
        row, line, cost = by_service.get(place), lines.get(place), year.costs[pair.id]
        people = tuple(row[name] for name in ("due_a", "due_b", "check_a", "check_b")) if row else (0, 0, 0, 0)
        money = (line.year_a, line.year_b, line.most_year_a, line.most_year_b) if line else (0, 0, 0, 0)
        assert (cost.due_a, cost.due_b, cost.check_a, cost.check_b) == people
        assert (cost.year_a, cost.year_b, cost.most_year_a, cost.most_year_b) == money


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(ROWS)
def test_people_grow_older_and_nobody_drops_out(rows: Rows) -> None:
    pack, facts = a_pack(one_of(1000, "month")), placed(rows)
    years = [year_of(pack, pack, facts, middle_of(year)) for year in range(2026, 2032)]
    assert {sum(year.bands.values()) for year in years} == {facts.height}
    for low in (70, 80, 90, 100):
        counts = [sum(n for band, n in year.bands.items() if band is not None and band >= low) for year in years]
        assert counts == sorted(counts)
    due = [year.costs["s0"].due_a for year in years]
    assert due == sorted(due)


def test_who_turns_eighty_before_the_middle_of_the_year_is_paid_for_the_whole_of_it() -> None:
    facts = placed([{"birth_date": date(1948, 7, 1)}, {"birth_date": date(1948, 7, 2)}, {"birth_date": None}])
    a, b = a_pack(one_of(1000, "month")), a_pack(one_of(1500, "month"), one_of(700, "year", "TRUE", key="s1"))
    costs = {year: year_of(a, b, facts, middle_of(year)).costs for year in (2027, 2028, 2029)}
    assert [costs[year]["s0"].due_a for year in (2027, 2028, 2029)] == [0, 1, 2]
    assert costs[2028]["s0"] == Cost(1, 1, 1, 1, 12000, 18000, 24000, 36000)  # of the third nobody knows the age
    assert costs[2028]["s1"] == Cost(due_b=3, year_b=2100, most_year_b=2100)
    assert total_of(costs[2028]).year_b == 20100
    bands = year_of(a, b, facts, middle_of(2028)).bands
    assert bands == {70: 1, 80: 1, None: 1} and list(bands)[-1] is None


def test_a_service_that_ends_costs_nothing_after_it_and_one_paid_once_is_left_out() -> None:
    pack = a_pack(one_of(1000, "month", effective="{to: 2027-12-31}"), one_of(9000, "once", key="s1"))
    facts = county(85)
    assert year_of(pack, pack, facts, middle_of(2027)).costs["s0"].year_a == 12000
    later = year_of(pack, pack, facts, middle_of(2028)).costs
    assert "s0" not in later and later["s1"] == Cost(due_a=1, due_b=1)
