"""Over random packs and random facts, unknowns included, three engines that share no arithmetic agree to the fen."""

from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.engines.entitlement.grammar import ROWS, packs
from tests.engines.entitlement.making import DAY, a_pack, people

from yinian.engines.entitlement import STATUS_NAMES, Pack, PackError, evaluate, evaluate_wide, explain
from yinian.engines.entitlement.duck import evaluate_duckdb

QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]
Rows = list[dict[str, Any]]


def load(texts: tuple[str, str]) -> Pack | None:
    """The pack, or None where chance wrote something that no fact can ever be."""
    try:
        return a_pack(texts[0], parameters=texts[1])
    except PackError as error:
        assert any(words in str(error) for words in ("never occur", "nested deeper", "longer than")), error
        return None


@settings(max_examples=100, deadline=None, suppress_health_check=QUIET)
@given(packs(), ROWS)
def test_polars_duckdb_and_the_row_by_row_reading_agree(texts: tuple[str, str], rows: Rows) -> None:
    pack = load(texts)
    if pack is None:
        return
    facts = people(*rows)
    try:
        polars = evaluate(pack, facts, DAY, with_not_due=True, with_unknown_facts=True)
    except PackError as error:
        assert "128 bits" in str(error) or "beyond what is money" in str(error)
        return
    assert_frame_equal(polars.drop("unknown_facts"), evaluate_duckdb(pack, facts, DAY, with_not_due=True))
    answers = polars.rows_by_key(["person_id", "service_id"], named=True, unique=True)
    for row in facts.iter_rows(named=True):
        for service in explain(pack, row, DAY).services:
            answer = answers[row["person_id"], service.service_id]
            assert answer["status"] == service.status
            assert answer["amount_fen"] == service.amount_fen
            unknown = [test.id for test in service.tests if test.value is None]
            assert answer["unknown_tests"] == ";".join(unknown)
            assert set(answer["unknown_facts"].split(";")) - {""} == {read.name for read in service.find_out}


@settings(max_examples=30, deadline=None, suppress_health_check=QUIET)
@given(packs(), ROWS)
def test_the_wide_form_says_the_same_as_the_long_form(texts: tuple[str, str], rows: Rows) -> None:
    pack = load(texts)
    if pack is None:
        return
    facts = people(*rows)
    try:
        long = evaluate(pack, facts, DAY, with_not_due=True)
    except PackError:
        return
    wide = evaluate_wide(pack, facts, DAY)
    for service in pack.services:
        rows_of = long.filter(pl.col("service_id") == service.id)
        assert [STATUS_NAMES[code] for code in wide[f"status:{service.id}"]] == rows_of["status"].to_list()
        if service.amount is not None:
            assert wide[f"amount:{service.id}"].to_list() == rows_of["amount_fen"].to_list()


@settings(max_examples=30, deadline=None, suppress_health_check=QUIET)
@given(packs(), ROWS, st.randoms())
def test_a_persons_answers_do_not_depend_on_who_else_is_in_the_table(
    texts: tuple[str, str], rows: Rows, random: Any
) -> None:
    pack = load(texts)
    if pack is None:
        return
    facts = people(*rows)
    try:
        together = evaluate(pack, facts, DAY)
    except PackError:
        return
    shuffled = facts.sample(fraction=1, shuffle=True, seed=random.randrange(2**32))
    apart = pl.concat([evaluate(pack, shuffled[place : place + 1], DAY) for place in range(shuffled.height)])
    assert_frame_equal(together.sort("person_id", "service_id"), apart.sort("person_id", "service_id"))
