"""The third engine, on a cluster of two workers: row by row what Polars and DuckDB say."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from polars.testing import assert_frame_equal
from tests.engines.entitlement.grammar import ROWS, packs
from tests.engines.entitlement.making import DAY, a_pack, parameter, people, quoted, service
from tests.engines.entitlement.test_properties import QUIET, Rows, load

from yinian.cli import sparkengine
from yinian.engines.entitlement import FACTS, LONG_SCHEMA, Pack, PackError, evaluate
from yinian.engines.entitlement.duck import evaluate_duckdb
from yinian.engines.entitlement.settling import expressions_of
from yinian.engines.entitlement.spark import spark_sql
from yinian.engines.entitlement.tree import FactRef, walk

POOL, PEOPLE = 60, 60
MOST = 0.8
"""Share of what the pool of packs uses of the grammar that goes to Spark; every kind of expression does."""

pytestmark = pytest.mark.spark


def on_spark(spark: Any, packs: list[Pack], facts: pl.DataFrame, as_of: date = DAY) -> list[pl.DataFrame]:
    """The long form of every pack over the same people, all in one statement."""
    spark.createDataFrame(facts.to_arrow(compat_level=pl.CompatLevel.oldest())).createOrReplaceTempView("facts")
    written = [spark_sql(pack, as_of, facts.columns, with_not_due=True) for pack in packs]
    statements = [f"SELECT {number} AS pack, a.* FROM ({text}) AS a" for number, text in enumerate(written)]
    found = pl.DataFrame(pl.from_arrow(spark.sql(" UNION ALL ".join(statements)).toArrow()))
    return [
        found.filter(pl.col("pack") == number).drop("pack").cast(LONG_SCHEMA)  # type: ignore[arg-type]
        for number in range(len(packs))
    ]


def compare(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    keys = ["person_id", "service_id"]
    assert_frame_equal(found.sort(keys), expected.sort(keys))


def drawn() -> tuple[list[Pack], pl.DataFrame]:
    """The few of many random packs that together use most of the grammar for the length of their statements, which is
    what Spark's time goes by, and random people."""
    pool: list[tuple[Pack, Rows, set[tuple[str, ...]]]] = []

    @settings(max_examples=POOL, deadline=None, suppress_health_check=QUIET, phases=[Phase.generate])
    @given(packs(), ROWS)
    def draw(texts: tuple[str, str], rows: Rows) -> None:
        pack = load(texts)
        if pack is None:
            return
        try:
            evaluate(pack, people(*rows), DAY)
        except PackError:
            return
        pool.append((pack, rows, constructs(pack)))

    draw()
    chosen: list[Pack] = []
    covered: set[tuple[str, ...]] = set()
    every = set().union(*(found for *_, found in pool))
    lengths = [len(spark_sql(pack, DAY, list(FACTS), with_not_due=True)) for pack, *_ in pool]
    while len(covered) < MOST * len(every) or {kind for kind, *_ in covered} < {kind for kind, *_ in every}:
        gains = [len(found - covered) / length for (*_, found), length in zip(pool, lengths, strict=True)]
        pack, _, found = pool[max(range(len(pool)), key=gains.__getitem__)]
        chosen.append(pack)
        covered |= found
    return chosen, people(*[row for _, rows, _ in pool for row in rows][:PEOPLE])


def constructs(pack: Pack) -> set[tuple[str, ...]]:
    """What of the grammar a pack uses: kinds of expression by operator or function and type, groups, exclusions."""
    found: set[tuple[str, ...]] = set()
    for bound in pack.services_on(DAY):
        found |= {("higher_of",)} if bound.service.higher_of else set()
        found |= {("not_with",)} if bound.service.not_with else set()
        for whole in expressions_of(bound):
            for node in walk(whole):
                name = "" if isinstance(node, FactRef) else getattr(node, "op", getattr(node, "name", ""))
                found.add((type(node).__name__, str(name), node.type))
    return found


def test_random_packs_say_the_same_on_all_three_engines(spark: Any) -> None:
    drawn_packs, facts = drawn()
    assert len(drawn_packs) > 1
    for pack, found in zip(drawn_packs, on_spark(spark, drawn_packs, facts), strict=True):
        expected = evaluate(pack, facts, DAY, with_not_due=True)
        compare(found, expected)
        assert_frame_equal(evaluate_duckdb(pack, facts, DAY, with_not_due=True), expected)


AMOUNTS = {
    "155000 / 3": 51667, "155000 / 6": 25833, "5400 / 12 * 1.3": 585, "0.5": 1, "-0.5": -1, "2.5": 3, "-2.5": -3,
    "1 / 3 + 1 / 3 + 1 / 3": 1, "ROUND(155000 / 3, -2)": 51700, "ROUND(12.345, 2) * 1000": 12350, "FLOOR(-7 / 2)": -4,
    "CEIL(-7 / 2)": -3, "CEIL(7 / 2)": 4, "FLOOR(7 / 2)": 3, "ROUND(-12.345, 2) * 1000": -12350,
    "age / (age - 80)": None, "(age - 80) / 7": 0, "COALESCE(ability_level / 0, 9)": 9, "param('third') * 3": 100,
    "LEAST(age / 3, age / 4, ltc_grade)": 20, "GREATEST(1 / 3, 0.3, ltc_grade) * 300": 100, "ABS(-7 / 2) * 2": 7,
    "age * 99999999999999 / 99999999999999": 80,
    "days_between(birth_date, as_of())": 29586, "months_between(birth_date, as_of())": 972,
    "years_between(birth_date, DATE '2025-02-28')": 80, "years_between(birth_date, DATE '2025-03-01')": 81,
    "years_between(DATE '2025-02-28', birth_date)": -80, "months_between(DATE '2024-01-31', DATE '2024-02-29')": 0,
    "CASE WHEN dementia THEN 1 WHEN NOT dementia THEN 2 END": None, "CASE WHEN dementia THEN 1 ELSE 2 END": 2,
}  # fmt: skip
TESTS = {
    "hukou_region LIKE '4306_1%'": True, "hukou_region LIKE '43.681%'": False, "residence_region LIKE 'a\\_b%'": True,
    "residence_region LIKE 'a\\\\_b%'": False, "residence_region LIKE 'a_''b'": False, "sex < 'male'": True,
    "residence_region = 'a\\xb'": True, "dementia AND age < 80": False, "dementia OR age >= 80": True,
    "dementia AND age >= 80": None, "NOT dementia": None, "dementia IS NULL": True, "dementia = FALSE": None,
    "COALESCE(dementia, TRUE)": True, "relief NOT IN ('none', 'dibao')": None, "age NOT BETWEEN 79 AND 81": False,
    "ROUND(age * 123456789012345 / 7, 2) = 1410934731569657.14": True,
    "FLOOR(age * 123456789012345678 * 100 / 7) * 7 < age * 123456789012345678 * 100": True,
    "CEIL(-age * 123456789012345678 * 100 / 7) * 7 > -age * 123456789012345678 * 100": True,
    "ROUND(age * 123456789012345678 * 100 / 7) * 7 = age * 123456789012345678 * 100 + 1": True,
    "birth_date <= as_of()": True, "(age / 0) IS NULL": True, "assessed_on IS NOT NULL": False,
}  # fmt: skip


def test_money_dates_and_texts_are_exact_to_the_last_digit(spark: Any) -> None:
    """Expected values written down by hand; DuckDB and Polars must come to the same."""
    third = parameter("third", quoted("100 / 3"))
    services = [service(f"a{number}", amount=text) for number, text in enumerate(AMOUNTS)]
    services += [service(f"t{number}", text) for number, text in enumerate(TESTS)]
    pack = a_pack(*services, parameters=third)
    person = {"age": 80, "birth_date": date(1944, 2, 29), "hukou_region": "430681\n", "sex": "female",
              "residence_region": "a\\xb"}  # fmt: skip
    empty = {"dementia": None, "relief": None, "ability_level": None, "ltc_grade": None, "assessed_on": None}
    facts = people(person | empty)
    (found,) = on_spark(spark, [pack], facts)
    for engine in (evaluate, evaluate_duckdb):
        compare(found, engine(pack, facts, DAY, with_not_due=True))
    told = {row["service_id"]: row for row in found.iter_rows(named=True)}
    amounts = {text: told[f"a{number}"]["amount_fen"] for number, text in enumerate(AMOUNTS)}
    assert amounts == AMOUNTS
    status = {True: "due", False: "not_due", None: "check"}
    truths = {text: told[f"t{number}"]["status"] for number, text in enumerate(TESTS)}
    assert truths == {text: status[truth] for text, truth in TESTS.items()}


def test_supersession_and_order_are_those_of_the_list(spark: Any) -> None:
    pack = a_pack(
        service("z", "age >= 60"),
        service("b", amount=900, higher_of="g", not_with="[z]"),
        service("y", amount=100, higher_of="g"),
        service("a", "dementia", amount="CASE WHEN age >= 90 THEN 200 ELSE 100 END", higher_of="g"),
        service("c", not_with="[y]"),
        service("out", effective="{to: 2000-01-01}"),
    )
    facts = people({"age": 59, "dementia": True}, {"age": 60}, {"age": 95, "dementia": True}, {})
    (found,) = on_spark(spark, [pack], facts)
    assert_frame_equal(found.sort("person_id", maintain_order=True), evaluate(pack, facts, DAY, with_not_due=True))
    nothing = a_pack(service("out", effective="{to: 2000-01-01}"))
    (empty,) = on_spark(spark, [nothing], facts)
    assert empty.is_empty()


def test_the_cluster_stays_on_this_machine_and_out_of_the_tree(spark: Any) -> None:
    context = spark.sparkContext
    assert context.getConf().get("spark.driver.host") == "127.0.0.1"
    assert context.getConf().get("spark.ui.enabled") == "false"
    workers = context._jsc.sc().getExecutorMemoryStatus()  # the driver counts as one
    assert workers.size() == 3
    assert all(address.startswith("127.0.0.1:") for address in _keys(workers))
    home = Path(sparkengine.os.environ["SPARK_HOME"])
    assert (home / "work").is_dir(), "where the workers write"
    root = Path(__file__).resolve().parents[3]
    assert not home.is_relative_to(root)
    import pyspark

    assert not (Path(pyspark.__file__).parent / "work").exists()
    assert not [name for name in ("spark-warehouse", "metastore_db", "derby.log", "work") if (root / name).exists()]


def _keys(java_map: Any) -> list[str]:
    keys = java_map.keys().iterator()
    found = []
    while keys.hasNext():
        found.append(keys.next())
    return found


def test_many_people_come_out_as_from_polars(spark: Any) -> None:
    chance = np.random.default_rng(8)
    height = 4000
    facts = pl.DataFrame(
        {
            "person_id": [f"p{number}" for number in range(height)],
            "birth_date": pl.Series(chance.integers(-20_000, -3_000, height)).cast(pl.Int32).cast(pl.Date),
            "relief": pl.Series(chance.choice(["none", "dibao", "tekun"], height)),
            "ability_level": pl.Series(chance.integers(0, 5, height)),
        }
    ).with_columns(pl.when(pl.col("ability_level") > 0).then(pl.col("ability_level")).alias("ability_level"))
    pack = a_pack(
        service("old", "age >= 80", amount="years_between(birth_date, as_of()) * 100 / 3", higher_of="g"),
        service("poor", "relief <> 'none'", amount="days_between(birth_date, as_of()) / 7", higher_of="g"),
        service("unable", "ability_level >= 3", not_with="[old]"),
    )
    (found,) = on_spark(spark, [pack], facts)
    compare(found, evaluate(pack, facts, DAY, with_not_due=True))
