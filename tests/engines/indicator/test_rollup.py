"""The roll-up against DuckDB, row by row in three-valued logic; and what a sum of parts must be."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yinian.engines.entitlement.expressions import parse_expression
from yinian.engines.entitlement.measures import Measure
from yinian.engines.entitlement.tree import bind
from yinian.engines.entitlement.views import VIEWS
from yinian.engines.indicator import LENGTHS, Bound, BoundMeasure, rows_behind, tally

DAY = date(2026, 3, 1)
PERSONS, BEDS = VIEWS["persons"].columns, VIEWS["beds"].columns
CODES = ["430681101201", "430681101202", "430681112201", "430682100201", "360402001001", "43068110120101", "430681101"]
PERSON_TESTS = [
    "age >= 65", "ability_level >= 2", "ability_level IS NULL", "empty_nest", "NOT empty_nest",
    "age >= 60 AND (empty_nest OR ability_level >= 1)", "relief = 'tekun' OR relief = 'dibao'", "TRUE",
    "CASE WHEN relief = 'tekun' THEN empty_nest ELSE age >= 80 END",
    "COALESCE(ability_level, 0) >= 3 AND NOT (relief = 'none')",
]
BED_TESTS = ["kind = 'nursing'", "usable AND kind <> 'home'", "occupied", "TRUE"]

person = st.fixed_dictionaries({
    "region_code": st.sampled_from(CODES), "age": st.none() | st.integers(55, 100),
    "ability_level": st.none() | st.integers(0, 4), "empty_nest": st.none() | st.booleans(),
    "relief": st.none() | st.sampled_from(["none", "dibao", "tekun"]),
})
bed = st.fixed_dictionaries({
    "region_code": st.sampled_from(CODES), "kind": st.none() | st.sampled_from(["nursing", "plain", "home"]),
    "usable": st.none() | st.booleans(), "occupied": st.none() | st.booleans(),
})
PERSON_SCHEMA = {"key": pl.Int64, "region_code": pl.String, "age": pl.Int64, "ability_level": pl.Int64,
                 "empty_nest": pl.Boolean, "relief": pl.String}
BED_SCHEMA = {"key": pl.Int64, "region_code": pl.String, "kind": pl.String, "usable": pl.Boolean,
              "occupied": pl.Boolean}


def frame(rows: list[dict], schema: dict) -> pl.DataFrame:
    return pl.DataFrame([{"key": n, **row} for n, row in enumerate(rows)], schema=schema)


def measure(view: str, text: str, aggregate: str = "count", column: str | None = None) -> BoundMeasure:
    tree = parse_expression(text, {}, facts=VIEWS[view].columns, expect="bool")
    return BoundMeasure(view, bind(tree, DAY, {}), aggregate, column)


def rows_of(found: pl.DataFrame) -> dict[str, dict]:
    return {row["region_code"]: row for row in found.iter_rows(named=True)}


def oracle(sql: str, **frames: pl.DataFrame) -> dict[str, tuple]:
    """Region to the row that DuckDB gives, for every level by GROUPING SETS over prefixes."""
    found: dict[str, tuple] = {}
    with duckdb.connect() as db:
        for name, one in frames.items():
            db.register(name, one.to_arrow())
        for length in LENGTHS:
            for row in db.execute(sql.format(r=f"substr(region_code, 1, {length})", n=length)).fetchall():
                found[row[0]] = row[1:]
    return found


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(person, max_size=40), st.sampled_from(PERSON_TESTS), st.sampled_from(PERSON_TESTS))
def test_a_share_counts_as_sql_does(rows, top, base):
    people = frame(rows, PERSON_SCHEMA)
    found = rows_of(tally({"persons": people}, [Bound("x", measure("persons", top), measure("persons", base))]))
    wanted = oracle(
        f"""SELECT {{r}}, count(*) FILTER (({base}) AND ({top})), count(*) FILTER ({base}),
            count(*) FILTER (({base}) AND NOT ({top})), count(*) FILTER (({base}) AND ({top}) IS NULL),
            count(*) FILTER (({base}) IS NULL AND (({top}) OR ({top}) IS NULL))
            FROM people WHERE length(region_code) >= {{n}} GROUP BY 1""", people=people,
    )
    assert {code: (r["numerator"], r["denominator"], r["outside"], r["unknown"], r["unsure"])
            for code, r in found.items()} == wanted


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(person, max_size=30), st.sampled_from(PERSON_TESTS), st.sampled_from(["sum", "avg", "distinct"]))
def test_sums_means_and_different_values_are_as_sql_has_them(rows, where, aggregate):
    people = frame(rows, PERSON_SCHEMA)
    found = rows_of(tally({"persons": people}, [Bound("x", measure("persons", where, aggregate, "age"), None)]))
    what = {"sum": "coalesce(sum(age) FILTER ({w}), 0)", "avg": "coalesce(sum(age) FILTER ({w}), 0)",
            "distinct": "count(DISTINCT age) FILTER ({w})"}[aggregate].format(w=where)
    wanted = oracle(
        f"""SELECT {{r}}, {what}, count(age) FILTER ({where}), count(*) FILTER (NOT ({where})),
            count(*) FILTER (({where}) IS NULL OR (({where}) AND age IS NULL))
            FROM people WHERE length(region_code) >= {{n}} GROUP BY 1""", people=people,
    )
    for code, row in wanted.items():
        got = found[code]
        base = row[1] if aggregate == "avg" else None
        assert (got["numerator"], got["denominator"], got["outside"], got["unknown"]) == (row[0], base, *row[2:])
    assert set(found) == set(wanted)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(person, max_size=25), st.lists(bed, max_size=25), st.sampled_from(BED_TESTS),
       st.sampled_from(PERSON_TESTS))
def test_a_quotient_of_two_views_counts_each_by_itself(people_rows, bed_rows, top, base):
    people, beds = frame(people_rows, PERSON_SCHEMA), frame(bed_rows, BED_SCHEMA)
    bound = Bound("x", measure("beds", top), measure("persons", base))
    found = rows_of(tally({"persons": people, "beds": beds}, [bound]))
    tops = oracle(f"SELECT {{r}}, count(*) FILTER ({top}) FROM beds WHERE length(region_code) >= {{n}} GROUP BY 1",
                  beds=beds)
    bases = oracle(f"SELECT {{r}}, count(*) FILTER ({base}) FROM people WHERE length(region_code) >= {{n}} GROUP BY 1",
                   people=people)
    for code in set(tops) | set(bases):
        assert (found[code]["numerator"], found[code]["denominator"]) == (
            tops.get(code, (0,))[0], bases.get(code, (0,))[0])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(person, max_size=40), st.sampled_from(PERSON_TESTS), st.sampled_from(PERSON_TESTS),
       st.integers(0, 40))
def test_the_parts_of_a_table_add_up_to_the_whole(rows, top, base, cut):
    bounds = [Bound("share", measure("persons", top), measure("persons", base)),
              Bound("sum", measure("persons", top, "sum", "age"), None)]
    whole = tally({"persons": frame(rows, PERSON_SCHEMA)}, bounds)
    parts = pl.concat([tally({"persons": frame(part, PERSON_SCHEMA)}, bounds) for part in (rows[:cut], rows[cut:])])
    summed = parts.group_by("indicator", "region_code").agg(
        pl.col("numerator").sum(),
        pl.when(pl.col("denominator").is_null().all()).then(None).otherwise(pl.col("denominator").sum())
        .alias("denominator"),
        pl.col("outside", "unknown", "unsure").sum(),
    ).select(whole.columns).sort("indicator", "region_code")
    assert summed.rows() == whole.rows()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(person, max_size=40), st.sampled_from(PERSON_TESTS), st.sampled_from(PERSON_TESTS),
       st.sampled_from(["4306", "430681101", "430681101201"]))
def test_the_rows_behind_a_figure_are_as_many_as_it_says_and_each_in_one_part(rows, top, base, region):
    people = frame(rows, PERSON_SCHEMA)
    bound = Bound("x", measure("persons", top), measure("persons", base))
    row = rows_of(tally({"persons": people}, [bound])).get(region)
    behind = {part: rows_behind(people, bound, part, region).to_list()
              for part in ("counted", "outside", "unknown", "unsure")}
    counts = (0, 0, 0, 0) if row is None else (row["numerator"], row["outside"], row["unknown"], row["unsure"])
    assert tuple(len(keys) for keys in behind.values()) == counts
    together = [key for keys in behind.values() for key in keys]
    assert len(together) == len(set(together))


def test_a_row_of_a_town_is_not_counted_in_any_village_and_a_hamlet_belongs_to_its_village():
    people = frame([
        {"region_code": code, "age": 70, "ability_level": None, "empty_nest": None, "relief": None}
        for code in ("430681101", "43068110120101", "430681101201")
    ], PERSON_SCHEMA)
    found = rows_of(tally({"persons": people}, [Bound("x", measure("persons", "age >= 65"), None)]))
    assert {code: row["numerator"] for code, row in found.items()} == {
        "43": 3, "4306": 3, "430681": 3, "430681101": 3, "430681101201": 2}


def test_a_view_without_rows_gives_nothing_and_a_missing_view_is_an_error():
    bound = Bound("x", measure("persons", "age >= 65"), None)
    assert tally({"persons": frame([], PERSON_SCHEMA)}, [bound]).is_empty()
    assert tally({}, []).is_empty()
    with pytest.raises(KeyError):
        tally({}, [bound])
    assert isinstance(Measure("persons", "TRUE", bound.numerator.tree), Measure)
