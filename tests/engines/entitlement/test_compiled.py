"""The compiled steps say what NumPy says; they are there only with the part that a province installs."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.engines.entitlement.grammar import ROWS, packs
from tests.engines.entitlement.making import DAY, people
from tests.engines.entitlement.test_profiles import a_listed_pack, many
from tests.engines.entitlement.test_properties import QUIET, Rows, load

from yinian.engines.entitlement import PackError, compiled, profiles
from yinian.engines.entitlement.coding import SAME, Bits, Whole, coded_fact, coded_truths
from yinian.engines.entitlement.evaluate import evaluated
from yinian.engines.entitlement.facts import FACTS
from yinian.engines.entitlement.prepare import compact_facts
from yinian.engines.entitlement.profiles import Book

pytestmark = [
    pytest.mark.skipif(not compiled.possible(), reason="Numba comes with ./run env --spark"),
    pytest.mark.xdist_group("spark"),
]


@pytest.fixture(autouse=True, scope="module")
def steps() -> Iterator[None]:
    assert compiled.load()
    yield
    compiled.unload()


@settings(max_examples=60, deadline=None, phases=[Phase.generate], suppress_health_check=QUIET)
@given(packs(), ROWS, st.integers(1, 9), st.integers(0, 9))
def test_profiles_by_compiled_steps_are_those_of_rows(texts: tuple[str, str], rows: Rows, times: int, cut: int) -> None:
    pack = load(texts)
    if pack is None:
        return
    facts = people(*(rows * times)).slice(min(cut, len(rows) * times - 1))
    try:
        plain = evaluated(pack, facts, DAY, path="rows").rows
    except PackError:
        return
    book = Book(pack, DAY)
    compact = compact_facts(facts, DAY, book.facts)
    for _ in range(2):  # first everything is new, then all was met
        assert_frame_equal(book.long(compact["person_id"], book.read(compact)), plain)


def test_many_people_in_blocks_that_break_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = a_listed_pack()
    chance = np.random.default_rng(4)
    facts = many(5000).with_columns(
        pl.when(pl.Series(chance.random(5000)) > 0.1).then(pl.col("relief")).alias("relief"),
        dementia=pl.Series(chance.choice([True, False], 5000)),
    )
    expected = evaluated(pack, facts, DAY, path="rows").rows
    monkeypatch.setattr(profiles, "FIRST", 700)
    for block in (61, 64, 1 << 15):
        monkeypatch.setattr(profiles, "BLOCK", block)
        monkeypatch.setattr("yinian.engines.entitlement.packing.BLOCK", block)
        for threads in (1, 3):
            monkeypatch.setattr(profiles, "THREADS", threads)
            assert_frame_equal(evaluated(pack, facts, DAY, path="profiles").rows, expected)


def columns() -> list[Bits | Whole]:
    """Codes with and without gaps, from the beginning of a byte and from within one."""
    chance = np.random.default_rng(9)
    level = pl.Series([None if n == 5 else n for n in chance.integers(0, 6, 999)], dtype=pl.UInt8)
    grade = pl.Series([None if n == 0 else n for n in chance.integers(0, 5, 999)], dtype=pl.UInt8)
    truth = pl.Series([(True, False, None)[n] for n in chance.integers(0, 3, 999)])
    whole = [coded_fact(FACTS["ability_level"], level), coded_fact(FACTS["ability_level"], level.fill_null(1)),
             coded_fact(FACTS["disability_grade"], grade), coded_fact(FACTS["disability_grade"], grade[5:]),
             coded_fact(FACTS["disability_grade"], grade.fill_null(1))]  # fmt: skip
    return [*whole, coded_truths(truth), coded_truths(truth.fill_null(True)), coded_truths(truth[3:])]


@pytest.mark.parametrize("number", range(8))
def test_codes_are_added_alike(number: int) -> None:
    column = columns()[number]
    classes = np.roll(SAME, 3)
    for rows in (slice(0, 64), slice(8, 83), slice(3, 40), slice(16, 17)):
        for listed in (None, classes):
            height = rows.stop - rows.start
            found = np.full(height, 7, dtype=np.uint8)
            column.add(rows, listed, 5, found, np.empty(height, dtype=np.uint8))
            codes = column.codes(rows) if listed is None else listed[column.codes(rows)]
            expected: Any = 7 + 5 * codes.astype(np.uint64)
            assert (found == (expected % 256)).all()
