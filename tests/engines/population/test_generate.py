"""The synthetic county at full size: counts, plausibility and the promises each table makes."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from stdnum.cn import ric

from yinian.demo.sources import CountySources, load_county
from yinian.engines.population import BENEFITS, Population, SpecError, generate
from yinian.engines.population.identity import CHECK_DIGITS, CHECK_WEIGHTS
from yinian.engines.population.names import NEVER

AS_OF = date(2026, 11, 22)


@pytest.fixture(scope="module")
def sources() -> CountySources:
    return load_county("430681")


@pytest.fixture(scope="module")
def full(sources: CountySources) -> Population:
    return generate(sources.spec, sources.divisions, 1, 1.0, AS_OF, sources.boundary)


@pytest.fixture(scope="module")
def small(sources: CountySources) -> Population:
    return generate(sources.spec, sources.divisions, 1, 0.02, AS_OF, sources.boundary)


@pytest.fixture(scope="module")
def aged(full: Population) -> pl.DataFrame:
    turned = (pl.lit(AS_OF.year) - pl.col("birth_date").dt.year()) - (
        pl.col("birth_date").dt.strftime("%m%d") > AS_OF.strftime("%m%d")
    ).cast(pl.Int32)
    people = full.people.with_columns(age=turned)
    return people.with_columns(band=pl.min_horizontal(pl.col("age") // 5 * 5, 95))


def test_every_published_count_is_met_exactly_save_the_two_villages_nobody_can_explain(full: Population) -> None:
    off = full.calibration.filter(pl.col("published") != pl.col("generated"))
    assert off.select("key", "published", "generated").rows() == [("villages", 144, 146)]
    assert "原因不明" in off["note"][0]
    assert full.calibration.height == 24


def test_every_figure_names_its_document_and_a_short_quote(full: Population) -> None:
    assert full.calibration["document"].null_count() == 0
    assert full.calibration["quote"].str.len_chars().max() <= 30  # type: ignore[operator]
    assert full.calibration["offset"].min() > 0  # type: ignore[operator]


def test_the_same_seed_gives_the_same_tables_and_another_seed_other_people(
    sources: CountySources, small: Population
) -> None:
    again = generate(sources.spec, sources.divisions, 1, 0.02, AS_OF, sources.boundary)
    for name, table in small.tables().items():
        assert_frame_equal(table, again.tables()[name])
    other = generate(sources.spec, sources.divisions, 2, 0.02, AS_OF, sources.boundary)
    assert not other.people.equals(small.people)


def test_a_small_county_keeps_every_count_in_proportion(small: Population) -> None:
    off = small.calibration.filter(pl.col("expected") != pl.col("generated"))
    assert off["key"].to_list() == ["villages"]
    assert small.people.height == 2740


def test_every_id_number_is_unique_begins_with_99_and_has_the_right_check_digit(full: Population) -> None:
    everybody = pl.concat([full.people, full.deceased])
    numbers = pl.concat([everybody["id_number"], full.staff["id_number"]])
    assert numbers.n_unique() == numbers.len()
    assert numbers.str.contains(r"^99\d{15}[\dX]$").all()
    total = sum(numbers.str.slice(i, 1).cast(pl.Int64) * weight for i, weight in enumerate(CHECK_WEIGHTS))
    expected = pl.Series(list(CHECK_DIGITS)).gather(total % 11)  # type: ignore[operator]
    assert (numbers.str.slice(17, 1) == expected).all()
    assert all(ric.calc_check_digit(n) == n[-1] for n in numbers.head(300))
    assert (everybody["id_number"].str.slice(6, 8) == everybody["birth_date"].dt.strftime("%Y%m%d")).all()
    odd = everybody["id_number"].str.slice(16, 1).cast(pl.Int64) % 2 == 1
    assert (odd == (everybody["sex"] == "male")).all()


def test_nobody_has_a_phone_number_that_could_reach_a_person_or_a_hotline(full: Population) -> None:
    for table in (full.people, full.kin, full.staff):
        assert table["phone"].drop_nulls().str.contains(r"^154\d{8}$").all()
    phones = full.people["phone"].drop_nulls()
    assert phones.n_unique() == phones.len()


def test_nobody_bears_a_well_known_name_and_surnames_are_read_as_surnames(full: Population) -> None:
    names = pl.concat([full.people["name"], full.kin["name"], full.staff["name"]])
    assert not names.is_in(list(NEVER)).any()
    for surname, pinyin in {"单": "shan", "仇": "qiu", "曾": "zeng", "覃": "qin", "查": "zha", "解": "xie"}.items():
        read = full.people.filter(pl.col("name").str.starts_with(surname))
        assert read.height > 0
        assert read["name_pinyin"].str.starts_with(pinyin).all()
        assert read["name_initials"].str.starts_with(pinyin[0]).all()


def test_nobody_lives_outside_the_divisions(full: Population, sources: CountySources) -> None:
    places = [p.code for p in sources.divisions.settlements]
    assert full.people["residence_region"].is_in(places).all()
    hukou = full.people["hukou_region"]
    assert hukou.filter(hukou.str.starts_with("430681")).is_in(places).all()
    assert 0.015 < (~hukou.str.starts_with("430681")).mean() < 0.025  # type: ignore[operator]
    inside = full.people.drop_nulls("hamlet")
    assert (inside["hamlet"].str.slice(0, 12) == inside["residence_region"]).all()
    assert inside["hamlet"].is_in(full.hamlets["hamlet"].to_list()).all()
    assert full.people["residence_region"].n_unique() == len(places)


def test_couples_share_household_and_address_and_their_ages_are_near(full: Population, aged: pl.DataFrame) -> None:
    homes = aged.group_by("household_no").agg(
        pl.len(), pl.col("sex").n_unique().alias("sexes"), pl.col("address").n_unique().alias("addresses"),
        pl.col("residence_region").n_unique().alias("villages"),
        (pl.col("age").max() - pl.col("age").min()).alias("gap"),
    )  # fmt: skip
    pairs = homes.filter(pl.col("len") == 2)
    assert pairs.height > 30_000
    assert (pairs["sexes"] == 2).mean() > 0.98  # type: ignore[operator]
    assert pairs.filter(pl.col("gap") < 16)["gap"].mean() < 4  # type: ignore[operator]
    assert (homes["addresses"] == 1).all()
    assert (homes["villages"] == 1).all()
    assert homes["len"].max() <= 5  # type: ignore[operator]
    spouses = full.kin.filter(pl.col("relation") == "spouse").join(full.people, on="person_no")
    both = spouses.join(full.people, on="household_no", suffix="_other").filter(pl.col("name") == pl.col("name_other"))
    assert both["person_no"].n_unique() >= 0.99 * spouses.height


def test_the_share_of_women_rises_with_age_and_numbers_fall(aged: pl.DataFrame) -> None:
    bands = aged.group_by("band").agg(pl.len(), (pl.col("sex") == "female").mean().alias("women")).sort("band")
    assert bands["women"].is_sorted()
    assert bands["len"].is_sorted(descending=True)
    assert 0.14 < (aged["age"] >= 80).mean() < 0.16  # type: ignore[operator]
    assert aged["age"].min() == 60


def test_the_share_recorded_as_unable_rises_with_age(full: Population, aged: pl.DataFrame) -> None:
    unable = _now(full, "ability").filter(pl.col("grade") >= 2).select("person_no", unable=1)
    bands = (
        aged.join(unable, on="person_no", how="left")
        .group_by("band")
        .agg(pl.col("unable").is_not_null().mean())
        .sort("band")
    )
    assert bands["unable"].is_sorted()


def test_destitute_people_are_mostly_single_men_of_the_countryside(full: Population) -> None:
    tekun = _now(full, "relief").filter(pl.col("value") == "tekun").join(full.people, on="person_no")
    assert 0.7 < (tekun["sex"] == "male").mean() < 0.9  # type: ignore[operator]
    assert (~tekun["urban_hukou"]).mean() > 0.85  # type: ignore[operator]
    living = _now(full, "living").join(tekun, on="person_no", how="semi")
    assert not living["value"].is_in(["spouse", "children"]).mean() > 0.02  # type: ignore[operator]
    forms = _now(full, "support_form")
    assert set(forms["person_no"]) == set(tekun["person_no"])


def test_spells_of_one_person_and_kind_never_overlap_and_none_begins_in_the_future(full: Population) -> None:
    spells = pl.concat([full.spells, full.deceased_spells]).sort("person_no", "kind", "valid_from")
    assert (spells["valid_to"].is_null() | (spells["valid_to"] > spells["valid_from"])).all()
    following = spells.with_columns(next_from=pl.col("valid_from").shift(-1).over("person_no", "kind")).drop_nulls(
        "next_from"
    )
    assert (following["valid_to"].is_not_null() & (following["valid_to"] <= following["next_from"])).all()
    assert spells["valid_from"].max() <= AS_OF  # type: ignore[operator]
    assert spells["recorded_on"].max() <= AS_OF  # type: ignore[operator]


def test_spells_hold_only_the_values_that_policies_know(full: Population) -> None:
    allowed = {
        "relief": {"dibao", "marginal", "low_income", "tekun"},
        "support_form": {"central", "dispersed"},
        "disability": {"visual", "hearing", "speech", "physical", "intellectual", "mental", "multiple"},
        "living": {"alone", "spouse", "children", "kin", "others", "home"},
        "medical_insurance": {"employee", "resident", "none"},
        "pension": {"employee", "resident", "none"},
        "move": {"in", "within"},
        **{
            kind: {"true", "false"}
            for kind in (
                "left_behind", "empty_nest", "wants_central", "dementia", "mental_disorder", "special_family",
                "special_contribution", "ltc_insured",
            )
        },
    }  # fmt: skip
    for kind, values in allowed.items():
        assert set(full.spells.filter(pl.col("kind") == kind)["value"]) <= values, kind
    ranges = {"disability": (1, 4), "ability": (0, 4), "self_care": (0, 6), "ltc": (0, 5)}
    for kind, (low, high) in ranges.items():
        assert full.spells.filter(pl.col("kind") == kind)["grade"].is_between(low, high).all(), kind
    for kind in ("ability", "self_care", "ltc"):
        assert full.spells.filter(pl.col("kind") == kind)["value"].null_count() > 0
    assert set(full.spells["kind"]) == {*allowed, *ranges}
    assert set(full.receiving["benefit"]) == {code for code, _, _ in BENEFITS}


def test_facts_are_partly_missing_and_partly_stale(full: Population) -> None:
    living = _now(full, "living")
    assert 0.80 < living.height / full.people.height < 0.90
    age_of_record = (pl.lit(AS_OF) - pl.col("valid_from")).dt.total_days()
    stale = _now(full, "ability").filter(age_of_record > 730)
    assert 0.15 < stale.height / _now(full, "ability").height < 0.45
    assert 0.93 < _now(full, "pension").height / full.people.height < 0.98
    rolls = full.roll_coverage
    assert {"relief", "disability", "special_family"} <= set(rolls["kind"])
    assert 100 < rolls.filter(pl.col("kind") == "left_behind").height < 181


def test_every_bed_has_at_most_one_resident_and_a_resident_lives_at_the_home(full: Population) -> None:
    residents = full.residents
    assert residents["bed_code"].is_unique().all()
    assert residents["person_no"].is_unique().all()
    beds = residents.join(full.beds, on=["bed_code", "home_code"])
    assert beds.height == residents.height
    at_home = residents.join(full.people, on="person_no").join(full.homes, on="home_code", suffix="_home")
    assert (at_home["residence_region"] == at_home["region"]).all()
    assert (at_home["admitted_on"] >= at_home["opened_on"]).all()
    assert set(_now(full, "living").filter(pl.col("value") == "home")["person_no"]) == set(residents["person_no"])
    central = _now(full, "support_form").filter(pl.col("value") == "central")
    assert set(central["person_no"]) == set(residents.filter(pl.col("funding") == "tekun")["person_no"])


def test_rooms_hold_as_many_beds_as_they_say_and_homes_too(full: Population) -> None:
    per_room = full.beds.group_by("room_code").len()
    rooms = full.rooms.join(per_room, on="room_code")
    assert rooms.height == full.rooms.height
    assert (rooms["capacity"] == rooms["len"]).all()
    per_home = full.homes.join(full.beds.group_by("home_code").len(), on="home_code")
    assert (per_home["beds"] == per_home["len"]).all()
    assert set(full.prices["home_code"]) == set(full.homes["home_code"])
    assert full.prices["synthetic"].all()


def test_some_are_due_the_advanced_age_allowance_and_do_not_receive_it_yet(
    full: Population, aged: pl.DataFrame
) -> None:
    receiving = full.receiving.filter(pl.col("benefit") == "advanced_age")
    of_age = aged.filter((pl.col("age") >= 90) & pl.col("hukou_region").str.starts_with("430681"))
    assert set(receiving["person_no"]) <= set(of_age["person_no"])
    assert 5 < of_age.height - receiving.height < 100
    assert full.receiving["since"].max() < AS_OF  # type: ignore[operator]
    assert full.receiving.select("person_no", "benefit").is_unique().all()


def test_conflicts_name_two_departments_and_duplicates_differ_in_one_thing(full: Population) -> None:
    assert (full.conflicts["department_a"] != full.conflicts["department_b"]).all()
    assert (full.conflicts["value_a"] != full.conflicts["value_b"]).all()
    assert full.duplicates.height == 137
    pairs = full.duplicates.join(full.people, left_on="duplicate_of", right_on="person_no", suffix="_first")
    assert not full.duplicates["id_number"].is_in(full.people["id_number"].to_list()).any()
    assert full.duplicates["id_number"].is_unique().all()
    for variation, column in (
        ("name", "name"),
        ("id_digit", "id_number"),
        ("swapped", "id_number"),
        ("phone", "phone"),
    ):
        rows = pairs.filter(pl.col("variation") == variation)
        assert rows.height > 0
        assert rows[column].ne_missing(rows[f"{column}_first"]).all()
        assert (rows["birth_date"] == rows["birth_date_first"]).all()


def test_the_lately_deceased_stand_apart_and_left_a_widow_or_widower(full: Population) -> None:
    assert full.deceased["person_no"].min() == full.people.height + 1
    assert full.deceased_spells["kind"].unique().to_list() == ["death"]
    left = full.deceased.join(full.people, on="household_no", how="semi")
    assert left.height > 0.9 * full.deceased.height


def test_staff_certificates_run_out_on_different_days_and_some_soon(full: Population) -> None:
    training = full.certificates.filter(pl.col("kind") == "training")
    assert training["expires_on"].n_unique() > 20
    soon = training.filter(pl.col("expires_on").is_between(AS_OF, date(2027, 5, 22)))
    assert soon.height > 0
    assert full.staff.filter(pl.col("post") == "manager").height == 14


def test_a_county_without_figures_or_villages_puts_people_in_its_towns() -> None:
    bare = load_county("430382")
    assert not bare.has_figures
    made = generate(bare.spec, bare.divisions, 3, 0.05, AS_OF)
    assert set(made.people["residence_region"].str.len_chars()) == {9}
    assert made.calibration["published"].null_count() == made.calibration.height
    assert made.calibration.filter(pl.col("expected") != pl.col("generated")).is_empty()


@pytest.mark.parametrize("code", ["430302", "430382", "430523", "360402"])
def test_places_that_are_made_up_say_so_in_their_names(code: str) -> None:
    sources = load_county(code)
    made = generate(sources.spec, sources.divisions, 3, 0.05, AS_OF)
    county = sources.divisions.county.name
    rural = [town.name for town in sources.divisions.towns if town.kind in ("town", "township")]
    assert made.homes["name"].to_list() == [
        f"{county}社会福利院（演示）", *(f"{town}敬老院（演示）" for town in rural)
    ]  # fmt: skip
    assert made.stations.height > 0
    assert made.stations["name"].str.ends_with("居家养老服务站（演示）").all()
    assert made.hamlets.is_empty()
    assert set(made.residents["home_code"]) <= set(made.homes["home_code"])
    assert any("名称带“（演示）”" in note for note in made.notes)


def test_nothing_of_the_model_county_stands_in_the_tables_of_another() -> None:
    sources = load_county("360402")
    made = generate(sources.spec, sources.divisions, 3, 0.05, AS_OF)
    for name, table in made.tables().items():
        for column in table.select(pl.col(pl.String)).iter_columns():
            for word in ("汨罗", "430681", "岳阳", "长沙", "湖南", "湘", "乡邻相伴"):
                assert not column.fill_null("").str.contains(word, literal=True).any(), (name, column.name, word)


@pytest.mark.parametrize(
    ("scale", "said"), [(0.0, "above 0"), (-1.0, "above 0"), (0.0001, "too few"), (1001.0, "not above 1000")]
)
def test_a_scale_that_cannot_be_met_is_refused_in_words(sources: CountySources, scale: float, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        generate(sources.spec, sources.divisions, 1, scale, AS_OF)


def test_figures_of_one_county_cannot_be_given_the_divisions_of_another(sources: CountySources) -> None:
    with pytest.raises(SpecError, match="430382"):
        generate(sources.spec, load_county("430382").divisions, 1, 0.1, AS_OF)


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2025, 3, 24), date(2030, 1, 1)])
def test_any_day_will_do(sources: CountySources, as_of: date) -> None:
    made = generate(sources.spec, sources.divisions, 5, 0.02, as_of)
    assert made.calibration.filter(pl.col("expected") != pl.col("generated"))["key"].to_list() == ["villages"]
    assert made.spells["valid_from"].max() <= as_of  # type: ignore[operator]


def _now(population: Population, kind: str) -> pl.DataFrame:
    return population.spells.filter((pl.col("kind") == kind) & pl.col("valid_to").is_null())
