"""What must hold whatever a pack says: SQL's own three-valued logic, and that nobody is paid what is superseded."""

from typing import Any

import duckdb
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.engines.entitlement.grammar import ROWS, booleans, packs
from tests.engines.entitlement.making import DAY, a_pack, people, service
from tests.engines.entitlement.test_properties import QUIET, Rows, load

from yinian.engines.entitlement import PackError, evaluate, prepare_facts
from yinian.engines.entitlement.evaluate import evaluated

STATUS = {True: "due", False: "not_due", None: "check"}
# What SQL reads otherwise or not at all: our own functions, division and rounding, and `=` of a list with NULL in it.
APART = ("param(", "_between(", "/", "ROUND", "*", "FLOOR", "CEIL")


UNSURE = [{"age": age, "relief": relief, "ability_level": level} for age in (85, 60, None)
          for relief in ("dibao", "none", None) for level in (3, 0, None)]
"""Known and unknown in every mixture: what chance leaves out, these do not."""


@example("age >= 80 AND relief = 'dibao'", UNSURE)
@example("age >= 80 OR relief = 'dibao'", UNSURE)
@example("NOT (age >= 80 AND relief = 'dibao')", UNSURE)
@example("NOT (age >= 80 OR relief = 'dibao' OR ability_level >= 2)", UNSURE)
@example("relief IN ('dibao', 'tekun') AND ability_level BETWEEN 2 AND 4", UNSURE)
@example("relief NOT IN ('dibao', 'tekun')", UNSURE)
@example("relief IS NULL OR ability_level IS NOT NULL AND age < 70", UNSURE)
@example("CASE WHEN age >= 80 THEN relief = 'dibao' ELSE ability_level = 3 END", UNSURE)
@example("COALESCE(ability_level, 0) >= 2 AND age > ability_level", UNSURE)
@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(booleans(3).filter(lambda text: not any(word in text for word in APART)), ROWS)
def test_a_test_is_what_duckdb_makes_of_its_very_text(text: str, rows: Rows) -> None:
    """The text goes to DuckDB as it stands, without our reading: true is due, false not due, NULL to be checked."""
    try:
        pack = a_pack(service("s", text))
    except PackError as error:
        assert any(words in str(error) for words in ("never occur", "nested deeper", "longer than")), error
        return
    facts = people(*rows)
    connection = duckdb.connect(":memory:")
    try:
        connection.register("facts", prepare_facts(facts, DAY).with_row_index("place").to_arrow())
        asked = text.replace("as_of()", f"DATE '{DAY.isoformat()}'")
        truths = [truth for (truth,) in connection.sql(f"SELECT {asked} FROM facts ORDER BY place").fetchall()]
    finally:
        connection.close()
    expected = [STATUS[truth] for truth in truths]
    for path in ("rows", "profiles"):
        found = evaluated(pack, facts, DAY, with_not_due=True, path=path).rows  # type: ignore[arg-type]
        assert found["status"].to_list() == expected


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(packs(), ROWS)
def test_superseded_never_pays_and_always_has_somebody_before_it(texts: tuple[str, str], rows: Rows) -> None:
    pack = load(texts)
    if pack is None:
        return
    try:
        found = evaluate(pack, people(*rows), DAY, with_not_due=True)
    except PackError:
        return
    assert_nobody_is_paid_beside_who_stands_before(pack, found)


RELATIONS = st.tuples(
    st.integers(60, 90), st.sampled_from([None, 0, 3000, 5000]), st.sampled_from([None, "group-a", "group-b"]),
    st.sets(st.integers(0, 3), max_size=2),
)


@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(st.lists(RELATIONS, min_size=4, max_size=4), st.lists(st.integers(55, 95), min_size=1, max_size=6))
def test_superseded_never_pays_where_most_are_due_of_most(given_: list[Any], ages: list[int]) -> None:
    """Four services related in every way, and people of whom most meet the tests of several."""
    pack = a_pack(*(
        service(
            f"s{n}", f"age >= {low}", amount=amount,
            **({"higher_of": group} if group else {}),
            **({"not_with": f"[{', '.join(f's{m}' for m in sorted(others - {n}))}]"} if others - {n} else {}),
        )
        for n, (low, amount, group, others) in enumerate(given_)
    ))
    found = evaluate(pack, people(*({"age": age} for age in ages)), DAY, with_not_due=True)
    assert_nobody_is_paid_beside_who_stands_before(pack, found)


def assert_nobody_is_paid_beside_who_stands_before(pack: Any, found: pl.DataFrame) -> None:
    """Of two that exclude each other, or of one group, one pays; whoever is superseded is so by somebody."""
    order = [bound.service for bound in pack.services_on(DAY)]
    for (_,), answers in found.group_by("person_id"):
        told: dict[str, dict[str, Any]] = {row["service_id"]: row for row in answers.iter_rows(named=True)}
        due = [one for one in order if told[one.id]["status"] == "due"]
        for place, one in enumerate(due):
            for other in due[place + 1 :]:
                assert one.id not in other.not_with
                assert other.id not in one.not_with
                assert one.higher_of is None or one.higher_of != other.higher_of, "one of a group is paid"
        for one in order:
            if told[one.id]["status"] != "superseded":
                continue
            before = [
                other for other in order
                if other.id != one.id and told[other.id]["status"] in ("due", "superseded")
                and (other.id in one.not_with or one.id in other.not_with
                     or (one.higher_of is not None and one.higher_of == other.higher_of))
            ]  # fmt: skip
            assert before, "nobody is superseded by nothing"


@settings(max_examples=30, deadline=None, suppress_health_check=QUIET)
@given(packs(), ROWS, st.booleans())
def test_a_second_run_over_the_same_facts_is_the_same(texts: tuple[str, str], rows: Rows, with_not_due: bool) -> None:
    pack, again = load(texts), load(texts)
    if pack is None or again is None:
        return
    try:
        first = evaluate(pack, people(*rows), DAY, with_not_due)
    except PackError:
        return
    second = evaluate(again, people(*rows), DAY, with_not_due)
    assert first.equals(second)
    assert first.hash_rows().equals(second.hash_rows())
    assert pl.DataFrame(first).write_csv() == second.write_csv()
