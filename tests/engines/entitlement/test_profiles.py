"""Each profile once or row by row, whole or in pieces, in any order: the same answers bit for bit."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.engines.entitlement.grammar import ROWS, packs
from tests.engines.entitlement.making import DAY, a_pack, people, service
from tests.engines.entitlement.test_properties import QUIET, Rows, load

from yinian.engines.entitlement import FactsError, Pack, PackError, evaluate, evaluate_profiles, packing
from yinian.engines.entitlement import profiles as profiles_module
from yinian.engines.entitlement.duck import evaluate_duckdb
from yinian.engines.entitlement.evaluate import FEWEST_FOR_PROFILES, Stream, evaluate_wide, evaluated
from yinian.engines.entitlement.numbering import Numbering, alike
from yinian.engines.entitlement.prepare import compact_facts, prepare_facts
from yinian.engines.entitlement.profiles import Book


@settings(max_examples=100, deadline=None, suppress_health_check=QUIET)
@given(packs(), ROWS, st.booleans(), st.booleans())
def test_profiles_and_rows_say_the_same(
    texts: tuple[str, str], rows: Rows, with_not_due: bool, with_unknown_facts: bool
) -> None:
    pack = load(texts)
    if pack is None:
        return
    facts = people(*rows, *rows)
    try:
        plain = evaluated(pack, facts, DAY, with_not_due, with_unknown_facts, path="rows")
    except PackError:
        return
    found = evaluated(pack, facts, DAY, with_not_due, with_unknown_facts, path="profiles")
    assert (plain.path, found.path) == ("rows", "profiles")
    assert found.profiles is not None
    assert found.profiles <= len(rows)
    assert_frame_equal(found.rows, plain.rows)
    assert_frame_equal(evaluate_wide(pack, facts, DAY, path="profiles"), evaluate_wide(pack, facts, DAY, path="rows"))


@settings(max_examples=30, deadline=None, suppress_health_check=QUIET)
@given(packs(), st.lists(ROWS, min_size=2, max_size=4), st.sampled_from(["profiles", "rows"]))
def test_pieces_say_what_the_whole_says(texts: tuple[str, str], pieces: list[Rows], path: Any) -> None:
    pack = load(texts)
    if pack is None:
        return
    facts = people(*(row for rows in pieces for row in rows))
    try:
        whole = evaluate_duckdb(pack, facts, DAY)
        stream = Stream(pack, DAY, path=path)
    except PackError:
        return
    found, coded, start = [], [], 0
    for rows in pieces:
        piece = facts.slice(start, len(rows))
        found.append(stream.answer(piece))
        coded.append(pl.DataFrame(pl.from_arrow(stream.answer_coded(piece))).cast(dict(whole.schema)))
        start += len(rows)
    assert_frame_equal(pl.concat(found), whole)
    assert_frame_equal(pl.concat(coded), whole)


@settings(max_examples=30, deadline=None, suppress_health_check=QUIET)
@given(packs(), ROWS)
def test_the_compact_form_holds_everybodys_rows(texts: tuple[str, str], rows: Rows) -> None:
    pack = load(texts)
    if pack is None:
        return
    facts = people(*rows, *rows)
    try:
        profiled = evaluate_profiles(pack, facts, DAY, with_not_due=True)
    except PackError:
        return
    assert profiled.profiles["people"].sum() == facts.height
    assert profiled.profiles["people"].min() > 0
    assert profiled.person_profile["person_id"].to_list() == facts["person_id"].to_list()
    long = profiled.person_profile.join(profiled.answers, on="profile", maintain_order="left_right")
    own = [name.removeprefix("amount:") for name in profiled.own.columns]
    expected = evaluate(pack, facts, DAY, with_not_due=True)
    theirs = pl.col("service_id").is_in(own)
    columns = ["person_id", "service_id", "status", "amount_fen", "unknown_tests", "false_tests"]
    assert_frame_equal(long.filter(~theirs).select(columns), expected.filter(~theirs).select(columns))
    assert long.filter(theirs)["amount_fen"].null_count() == long.filter(theirs).height
    for name in own:
        of_service = expected.filter(pl.col("service_id") == name)
        money = pl.when(pl.col("status") != "not_due").then(profiled.own[f"amount:{name}"])
        assert of_service.select(money.alias("amount_fen"))["amount_fen"].equals(of_service["amount_fen"])


def many(height: int, seed: int = 3) -> pl.DataFrame:
    """As many people, most of them alike."""
    chance = np.random.default_rng(seed)
    born = chance.integers(date(1930, 1, 1).toordinal(), date(1965, 1, 1).toordinal(), height)
    return pl.DataFrame(
        {
            "person_id": [f"p{number}" for number in range(height)],
            "birth_date": pl.Series(born - date(1970, 1, 1).toordinal()).cast(pl.Int32).cast(pl.Date),
            "relief": chance.choice(["none", "dibao", "tekun"], height),
            "hukou_region": chance.choice(["430681100", "430682", "43"], height),
            "ability_level": pl.Series(chance.integers(0, 5, height)),
        }
    )


def a_listed_pack(*more: str) -> Pack:
    return a_pack(
        service("old", "age >= 80", "hukou_region LIKE '430681%'", amount="CASE WHEN age >= 90 THEN 200 ELSE 100 END"),
        service("poor", "relief <> 'none'", amount=300, higher_of="g"),
        service("unable", "ability_level >= 3", amount="500 / 3", higher_of="g"),
        *more,
    )


def test_the_engine_takes_profiles_for_many_who_are_alike_and_rows_for_few() -> None:
    pack, facts = a_listed_pack(), many(FEWEST_FOR_PROFILES)
    found = evaluated(pack, facts, DAY)
    assert (found.path, found.profiles) == ("profiles", 3 * 4), "nothing, 100 or 200; and neither, either or both"
    assert_frame_equal(found.rows, evaluated(pack, facts, DAY, path="rows").rows)
    assert evaluated(pack, facts.head(FEWEST_FOR_PROFILES - 1), DAY).path == "rows"


def test_facts_to_ask_come_in_one_order_whether_or_not_an_age_that_is_read_beside_them_counts() -> None:
    pack = a_pack(service("s", "birth_date = DATE '2024-02-29'", "assessed_on = birth_date", "age IS NULL"))
    facts = people(*[{"birth_date": None, "age": None, "assessed_on": None}] * 2)
    plain, keyed = (
        evaluated(pack, facts, DAY, with_unknown_facts=True, path=path).rows for path in ("rows", "profiles")
    )
    assert plain["unknown_facts"].to_list() == ["assessed_on;birth_date"] * 2
    assert_frame_equal(keyed, plain)


def test_the_engine_goes_row_by_row_where_nearly_everybody_differs() -> None:
    levels = ("self_care_failed", "ltc_grade", "disability_grade")
    odd = " OR ".join(f"({name} + age * 7) / 3 < ability_level * {number}" for number, name in enumerate(levels))
    pack = a_pack(service("s", odd))
    chance = np.random.default_rng(5)
    height = FEWEST_FOR_PROFILES
    facts = many(height).with_columns(
        self_care_failed=pl.Series(chance.integers(0, 7, height)), ltc_grade=pl.Series(chance.integers(0, 6, height)),
        disability_grade=pl.Series(chance.integers(1, 5, height)),
    )  # fmt: skip
    assert evaluated(pack, facts, DAY).path == "rows"


def test_a_stream_that_meets_more_kinds_of_people_than_foretold_goes_on_row_by_row() -> None:
    pack = a_pack(service("s", "(age * 7 + self_care_failed) / (ability_level + 1) > disability_grade + ltc_grade"))
    height = FEWEST_FOR_PROFILES
    alike = many(height).with_columns(pl.lit(70).alias("age"), ability_level=pl.lit(1))
    chance = np.random.default_rng(5)
    varied = many(height).with_columns(
        age=pl.Series(chance.integers(60, 120, height)), self_care_failed=pl.Series(chance.integers(0, 7, height)),
        ltc_grade=pl.Series(chance.integers(0, 6, height)), disability_grade=pl.Series(chance.integers(1, 5, height)),
    )  # fmt: skip
    stream = Stream(pack, DAY, people=3 * height)
    parts = [stream.answer(piece) for piece in (alike, varied, varied)]
    assert stream.people == {"profiles": 2 * height, "rows": height}
    assert_frame_equal(parts[1], parts[2])


def test_own_amounts_are_exact_to_the_day_and_weighed_against_others() -> None:
    pack = a_pack(
        service("a", amount="days_between(birth_date, as_of()) / 7", higher_of="g"),
        service("b", amount="age * 50", higher_of="g"),
        service("c", "relief = 'none'", amount="months_between(birth_date, as_of())"),
    )
    facts = many(2000)
    found = evaluated(pack, facts, DAY, path="profiles")
    assert found.profiles is not None
    assert found.profiles < 200
    assert_frame_equal(found.rows, evaluate_duckdb(pack, facts, DAY))
    assert found.rows["status"].value_counts().height == 2


def test_more_pieces_than_one_agree_with_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    pack, facts = a_listed_pack(service("age-money", amount="days_between(birth_date, as_of())")), many(5000)
    whole = evaluated(pack, facts, DAY, path="profiles").rows
    for module, name, rows in (
        (profiles_module, "PIECE", 137), (profiles_module, "WINDOW", 1000), (profiles_module, "BLOCK", 61),
        (profiles_module, "FIRST", 300),
        (packing, "BLOCK", 61),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, rows)
    assert_frame_equal(evaluated(pack, facts, DAY, path="profiles").rows, whole)
    assert_frame_equal(evaluated(pack, facts, DAY, path="rows").rows, whole)


def test_the_order_of_the_rows_only_orders_the_answers() -> None:
    pack, facts = a_listed_pack(), many(3000)
    mixed = facts.sample(fraction=1.0, shuffle=True, seed=4)
    for path in ("profiles", "rows"):
        found = evaluated(pack, mixed, DAY, path=path).rows  # type: ignore[arg-type]
        expected = evaluated(pack, facts, DAY, path=path).rows  # type: ignore[arg-type]
        assert_frame_equal(found.sort("person_id", "service_id"), expected.sort("person_id", "service_id"))
        assert found["person_id"].unique(maintain_order=True).is_in(mixed["person_id"].implode()).all()


def test_compact_facts_are_the_published_ones_and_are_taken_as_they_are() -> None:
    facts = many(100)
    compact = compact_facts(facts, DAY)
    assert compact.schema["relief"] == pl.Enum(["none", "dibao", "marginal", "low_income", "tekun"])
    assert compact.schema["ability_level"] == compact.schema["age"] == pl.UInt8
    published = prepare_facts(facts, DAY)
    assert_frame_equal(compact.cast(dict(published.schema)), published, check_column_order=False)
    assert_frame_equal(compact_facts(compact, DAY), compact, check_column_order=False)
    assert_frame_equal(prepare_facts(compact, DAY), published, check_column_order=False)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"relief": ["dibao", "poor"]}, "row 2, column relief: `poor` is not possible; expected one of none, dibao"),
        ({"ability_level": [5, 1]}, "row 1, column ability_level: `5` is not possible; expected a whole number from 0"),
        ({"ability_level": [0, 300]}, "row 2, column ability_level: `300`"),
        ({"birth_date": [None, date(1700, 1, 1)]}, "row 2, column birth_date"),
        ({"birth_date": [None, date(2030, 1, 1)]}, "`2030-01-01` gives an age of -4 on 2025-03-01"),
        ({"age": [1.5, 2.0]}, "column age: holds Float64, expected whole numbers"),
        ({"dementia": ["yes", "no"]}, "column dementia: holds String, expected true or false"),
        ({"person_id": ["a", None]}, "row 2, column person_id"),
    ],
)
def test_facts_are_refused_in_the_same_words_whichever_way_is_taken(columns: dict[str, list[Any]], words: str) -> None:
    pack = a_pack(service("s", "age >= 80 OR dementia", "ability_level >= 2", "relief = 'none'"))
    facts = pl.DataFrame({"person_id": ["a", "b"], **columns})
    for path in ("profiles", "rows"):
        with pytest.raises(FactsError) as caught:
            evaluated(pack, facts, DAY, path=path)  # type: ignore[arg-type]
        assert words in str(caught.value)


@pytest.mark.parametrize("words", [3, 300])
def test_texts_that_come_as_codes_are_answered_like_texts(words: int) -> None:
    pack = a_listed_pack(service("placeless", "hukou_region IS NULL AND residence_region IS NULL", "NOT dementia"))
    chance = np.random.default_rng(11)
    listed = ["430681100", "430682", *(f"4399{number:05}" for number in range(words - 2))]
    facts = many(4001).with_columns(
        hukou_region=pl.Series([None if n == words else listed[n] for n in chance.integers(0, words + 1, 4001)]),
        residence_region=pl.Series([("430681", "43", None)[n] for n in chance.integers(0, 3, 4001)]),
        dementia=pl.Series([[True, False, None][n] for n in chance.integers(0, 3, 4001)]),
    )
    coded = facts.with_columns(pl.col("hukou_region").cast(pl.Enum(listed))).slice(3)
    assert compact_facts(coded, DAY).schema["hukou_region"] == pl.Enum(listed)
    expected = evaluate_duckdb(pack, facts.slice(3), DAY)
    for given_facts in (coded, facts.slice(3)):
        for path in ("profiles", "rows"):
            assert_frame_equal(evaluated(pack, given_facts, DAY, path=path).rows, expected)  # type: ignore[arg-type]
    assert expected["service_id"].n_unique() == 4


@pytest.mark.parametrize("size", [1 << 10, 1 << 60])
def test_codes_are_numbered_once_whether_or_not_there_is_a_table_of_them(size: int) -> None:
    numbering = Numbering(size)
    met: list[int] = []

    def meet(fresh: Any) -> Any:
        first = len(met)
        met.extend(int(code) for code in fresh)
        return np.arange(first, len(met), dtype=np.uint32)

    pieces = [np.array(codes, dtype=np.uint64) for codes in ([7, size - 1, 7], [3], [], [3, 4, 7, 0])]
    for given_pieces in (pieces[:2], pieces):
        found = numbering.of(given_pieces, meet)
        assert [[met[number] for number in numbers] for numbers in found] == [list(codes) for codes in given_pieces]
    assert sorted(met) == [0, 3, 4, 7, size - 1]


def test_like_codes_are_told_by_table_and_by_hash_alike() -> None:
    codes = np.random.default_rng(2).integers(0, 50, 1000)
    for size in (50, 1 << 30):
        places, first = alike(codes, size)
        assert len(first) == len(np.unique(codes))
        assert (codes[first][places] == codes).all()
        assert all((codes[:row] != codes[row]).all() for row in first), "the first row of each"


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(packs(), ROWS, st.booleans(), st.booleans())
def test_keys_worked_out_beforehand_say_what_rows_say(
    texts: tuple[str, str], rows: Rows, with_not_due: bool, with_unknown_facts: bool
) -> None:
    pack = load(texts)
    if pack is None:
        return
    facts = people(*rows, *rows)
    try:
        plain = evaluated(pack, facts, DAY, with_not_due, with_unknown_facts, path="rows")
        book = Book(pack, DAY, with_not_due=with_not_due, with_unknown_facts=with_unknown_facts, people=10**7)
    except PackError:
        return
    again = Book(pack, DAY, with_not_due=with_not_due, with_unknown_facts=with_unknown_facts)
    for each in (book, again):
        compact = compact_facts(facts, DAY, each.facts)
        assert_frame_equal(each.long(compact["person_id"], each.read(compact)), plain.rows)
        assert len(each) <= len(rows)


def test_what_was_worked_out_of_a_pack_is_used_again_and_does_not_depend_on_who_came_before() -> None:
    pack, facts = a_listed_pack(), compact_facts(many(2000), DAY)
    first = Book(pack, DAY, people=10**6)
    kept = dict(pack.kept)
    first.read(facts)
    other = Book(pack, DAY)
    assert pack.kept == kept
    assert other.keys_met == first.keys_met == 0, "no key is worked out for having been met"
    assert len(other) == 0
    ids = facts["person_id"]
    fresh = Book(a_listed_pack(), DAY, people=10**6)
    assert other.coded(ids, other.read(facts)).equals(fresh.coded(ids, fresh.read(facts)))
