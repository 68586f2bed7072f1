"""The compiled steps say what NumPy says; they are there only with the part that a province installs."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.engines.entitlement.grammar import ROWS, packs
from tests.engines.entitlement.making import DAY, a_pack, people, service
from tests.engines.entitlement.test_profiles import a_listed_pack, many
from tests.engines.entitlement.test_properties import QUIET, Rows, load

from yinian.engines.entitlement import PackError, compiled, fused, profiles, spreading
from yinian.engines.entitlement.coding import SAME, Bits, Whole, aligned, coded_fact, coded_truths
from yinian.engines.entitlement.evaluate import evaluated
from yinian.engines.entitlement.facts import FACTS
from yinian.engines.entitlement.prepare import compact_facts
from yinian.engines.entitlement.profiles import Book

pytestmark = pytest.mark.skipif(not compiled.possible(), reason="Numba comes with ./run env --spark")


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
    for expected in (None, 10**7):  # of so many people all keys are worked out beforehand
        book = Book(pack, DAY, people=expected)
        compact = compact_facts(facts, DAY, book.facts)
        for _ in range(2):  # first everything is new, then all was met
            ids, met = compact["person_id"], book.read(compact)
            assert_frame_equal(book.long(ids, met), plain)
            assert_frame_equal(pl.DataFrame(pl.from_arrow(book.coded(ids, met))).cast(dict(plain.schema)), plain)


def test_many_people_in_blocks_that_break_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = a_listed_pack()
    chance = np.random.default_rng(4)
    facts = many(5000).with_columns(
        pl.when(pl.Series(chance.random(5000)) > 0.1).then(pl.col("relief")).alias("relief"),
        dementia=pl.Series(chance.choice([True, False], 5000)),
    )
    expected = evaluated(pack, facts, DAY, path="rows").rows
    monkeypatch.setattr(profiles, "FIRST", 700)
    monkeypatch.setattr(fused, "FIRST", 304)
    for shared in (1 << 16, 100):
        monkeypatch.setattr(fused, "SHARED", shared)
        monkeypatch.setattr(spreading, "SHARED", shared)
        for cut in (0, 3, 8):
            book = Book(pack, DAY, people=10**6)
            given_facts = compact_facts(facts, DAY, book.facts).slice(cut)
            met = book.read(given_facts)
            assert isinstance(book._fast, fused.Met)
            found = book.coded(given_facts["person_id"], met)
            theirs = expected.filter(pl.col("person_id").is_in(given_facts["person_id"].implode()))
            assert_frame_equal(pl.DataFrame(pl.from_arrow(found)).cast(dict(expected.schema)), theirs)
            assert book.long(given_facts["person_id"], met).equals(theirs)


def as_rows(book: Book, facts: pl.DataFrame) -> pl.DataFrame:
    compact = compact_facts(facts, DAY, book.facts)
    found = book.coded(compact["person_id"], book.read(compact))
    assert isinstance(book._fast, fused.Met), "the compiled steps were used"
    return pl.DataFrame(pl.from_arrow(found)).cast(dict(evaluated(book.pack, facts.clear(), DAY).rows.schema))


@pytest.mark.parametrize("height", [0, 1, 7, 31, 32, 33, 1023, 1024, 1025])
def test_nobody_one_person_and_the_ends_of_blocks(height: int) -> None:
    pack, facts = a_listed_pack(), many(2000)
    facts = facts.with_columns(pl.when(pl.int_range(2000) % 5 > 0).then(pl.col("relief")).alias("relief")).head(height)
    book = Book(pack, DAY, people=10**6)
    if height:
        assert_frame_equal(as_rows(book, facts), evaluated(pack, facts, DAY, path="rows").rows)
    else:
        compact = compact_facts(facts, DAY, book.facts)
        assert book.coded(compact["person_id"], book.read(compact)).num_rows == 0
        assert_frame_equal(as_rows(book, many(5)), evaluated(pack, many(5), DAY, path="rows").rows)


def test_ages_and_dates_on_the_day_itself_and_beside_it() -> None:
    pack = a_pack(
        service("a", "age >= 80", "died_on IS NULL OR died_on > as_of()", amount="age * 100"),
        service("b", "assessed_on <= as_of()"),
    )
    near = [DAY + timedelta(days=days) for days in (-366, -1, 0, 1)]
    born = [date(1945, 2, 28), date(1945, 3, 1), date(1945, 3, 2), date(1944, 2, 29), None]
    facts = people(
        *({"birth_date": birth, "died_on": died, "assessed_on": seen} for birth in born for died in (*near, None)
          for seen in (near[1], near[2], None)),
    )  # fmt: skip
    assert_frame_equal(as_rows(Book(pack, DAY, people=10**6), facts), evaluated(pack, facts, DAY, path="rows").rows)


def test_more_words_and_amounts_than_a_byte_counts() -> None:
    """Every age its own amount, so that classes come from a table, and more answers than 255."""
    amounts = {name: f"(age + {offset}) * 7" for name, offset in (("a", 0), ("b", 200), ("c", 500))}
    pack = a_pack(*(service(name, "age >= 0", amount=amount) for name, amount in amounts.items()))
    facts = people(*({"age": age} for age in (*range(121), None, 60, 60)))
    book = Book(pack, DAY, people=10**6)
    rows = as_rows(book, facts)
    assert_frame_equal(rows, evaluated(pack, facts, DAY, path="rows").rows)
    assert rows["amount_fen"].n_unique() > 256
    compact = compact_facts(facts, DAY, book.facts)
    table = book.coded(compact["person_id"], book.read(compact))
    assert [table.schema.field(name).type.index_type.bit_width for name in ("amount_fen", "status")] == [16, 8]


def test_many_groups_of_services_take_more_than_one_whole_number() -> None:
    facts_read = ("dementia", "left_behind", "empty_nest", "special_family", "special_contribution", "in_home")
    levels = ("ability_level", "self_care_failed", "ltc_grade", "disability_grade")
    pack = a_pack(
        *(service(f"s{number}-{place}", f"age * {number + 2} + {level} * 3 > 150 + {place}", one, other)
          for number, (one, other) in enumerate(pairwise(facts_read))
          for place, level in enumerate(levels))
    )  # fmt: skip
    chance = np.random.default_rng(8)
    height = 3000
    facts = many(height).with_columns(
        **{name: pl.Series([(True, False, None)[n] for n in chance.integers(0, 3, height)]) for name in facts_read},
        **{name: pl.Series(chance.integers(1, 5, height)) for name in levels},
    )
    book = Book(pack, DAY, people=10**7)
    assert len(book._reading.groups) > fused.LANES
    compact = compact_facts(facts, DAY, book.facts)
    found = book.long(compact["person_id"], book.read(compact))
    assert_frame_equal(found, evaluated(pack, facts, DAY, path="rows").rows)


def test_profiles_are_numbered_as_they_come_whatever_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = a_listed_pack()
    facts = compact_facts(many(4000), DAY, Book(pack, DAY).facts)
    alone = Book(pack, DAY, people=10**6).read(facts).profile
    first = alone.unique(maintain_order=True)
    assert first.to_list() == list(range(len(first)))
    monkeypatch.setattr(fused, "FIRST", 8)
    monkeypatch.setattr(fused, "SHARED", 2)
    monkeypatch.setattr(fused, "_SLOTS", 2)  # made anew again and again
    assert Book(pack, DAY, people=10**6).read(facts).profile.equals(alone)


@pytest.mark.parametrize("height", [0, 1, 5, 2000])
def test_rows_are_spread_alike_with_and_without_compiled_steps(
    height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists of no, one and many answers in columns of one, two and four bytes, split between threads anywhere."""
    chance = np.random.default_rng(6)
    lengths = np.array([0, 1, 3, 8, 9, 17, 40])
    offsets = np.concatenate([[0], lengths.cumsum()]).astype(np.int64)
    lists = spreading.Lists(offsets, chance.permutation(int(offsets[-1])).astype(np.uint32))
    columns = {
        str(kind): chance.integers(0, 100, int(offsets[-1])).astype(kind) for kind in (np.int8, np.int16, np.int32)
    }
    given_profiles = chance.integers(0, len(lengths), height).astype(np.uint32)
    monkeypatch.setattr(spreading, "SHARED", 2)
    quick = spreading.spread(given_profiles, lists, columns)
    compiled.unload()
    try:
        plain = spreading.spread(given_profiles, lists, columns)
    finally:
        compiled.load()
    assert (quick[0] == plain[0]).all()
    assert quick[0].dtype == plain[0].dtype == np.int32
    for name, codes in plain[1].items():
        assert codes.dtype == quick[1][name].dtype
        assert (codes == quick[1][name]).all()
    expected = [entry for profile in given_profiles for entry in lists.answers[offsets[profile] : offsets[profile + 1]]]
    assert plain[1][str(np.int8)].tolist() == columns[str(np.int8)][np.array(expected, dtype=np.intp)].tolist()


def test_columns_that_begin_within_a_byte_are_laid_from_its_beginning() -> None:
    chance = np.random.default_rng(9)
    level = pl.Series([None if n == 5 else n for n in chance.integers(0, 6, 999)], dtype=pl.UInt8)
    truth = pl.Series([(True, False, None)[n] for n in chance.integers(0, 3, 999)])
    for cut in (0, 3, 8, 13):
        for column in (coded_fact(FACTS["ability_level"], level[cut:]), coded_truths(truth[cut:])):
            whole = slice(0, 999 - cut)
            laid = aligned(column, 999 - cut)
            assert laid.offset == 0
            assert (laid.codes(whole) == column.codes(whole)).all()


def test_a_number_of_255_is_not_taken_for_what_is_not_known() -> None:
    values, present = np.array([255, 0, 255, 254], dtype=np.uint8), np.array([0b1011], dtype=np.uint8)
    full = Whole(values, present, 0, SAME, 7, 0, 255)
    laid = aligned(full, 4)
    assert isinstance(laid, Whole)
    assert laid.present is None
    assert laid.values.tolist() == [255, 0, 7, 254]
    assert isinstance(aligned(Bits(present, None, 0), 4), Bits)
