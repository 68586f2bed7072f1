"""`entitle --engine spark`: the file that the first engine writes, folders for a cluster, one line when wrong."""

import importlib.util
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.cli.test_engine_commands import entitle, failure
from tests.cli.test_entitle_stream import PEOPLE, people

from yinian.cli import sparkengine

pytestmark = pytest.mark.spark
SPARK = ("--engine", "spark")


@pytest.mark.usefixtures("on_cluster")
def test_one_file_comes_out_as_from_the_first_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkengine, "PEOPLE_A_PART", PEOPLE // 3)
    facts, one, other = tmp_path / "facts.parquet", tmp_path / "one.parquet", tmp_path / "other.parquet"
    mixed = people().sample(fraction=1.0, shuffle=True, seed=2)
    mixed.with_columns(pl.lit("1").alias("remark")).write_parquet(facts, row_group_size=200)
    assert entitle(facts, one) == entitle(facts, other, *SPARK) == 0
    assert_frame_equal(pl.read_parquet(other), pl.read_parquet(one))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["facts.parquet", "one.parquet", "other.parquet"]


@pytest.mark.usefixtures("on_cluster")
def test_csv_goes_in_and_out_and_counts_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts, one, other = tmp_path / "facts.csv", tmp_path / "one.csv", tmp_path / "other.csv"
    people().head(50).write_csv(facts)
    assert entitle(facts, one, "--json") == 0
    expected = json.loads(capsys.readouterr().out)
    assert entitle(facts, other, "--json", "--timing", *SPARK) == 0
    told = json.loads(capsys.readouterr().out)
    assert told.pop("timing")["master"] == "local-cluster[2,1,1024]"
    assert told == expected
    assert other.read_bytes() == one.read_bytes()


@pytest.mark.usefixtures("on_cluster")
def test_a_folder_of_counties_becomes_a_folder_of_counties(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts, out = tmp_path / "facts", tmp_path / "due"
    whole = people().with_columns(pl.when(pl.int_range(PEOPLE) % 2 == 0).then(430681).otherwise(430682).alias("county"))
    for (county,), part in whole.group_by("county"):
        (facts / f"county={county}").mkdir(parents=True)
        part.drop("county").write_parquet(facts / f"county={county}" / "a.parquet")
    assert entitle(facts, out, "--partition", "county", *SPARK) == 0
    assert f"rows for {PEOPLE} people" in capsys.readouterr().out
    assert {path.name for path in out.iterdir() if path.is_dir()} == {"county=430681", "county=430682"}
    single, expected = tmp_path / "single.parquet", tmp_path / "expected.parquet"
    whole.drop("county").write_parquet(single)
    assert entitle(single, expected) == 0
    keys = ["person_id", "service_id"]
    found = pl.read_parquet(out / "**" / "*.parquet", hive_partitioning=True)
    assert_frame_equal(found.drop("county").sort(keys), pl.read_parquet(expected).sort(keys))
    capsys.readouterr()
    again = failure(capsys, entitle(facts, out, "--partition", "county", *SPARK))
    assert "cannot be written" in again, "answers are never written over"


@pytest.mark.usefixtures("on_cluster")
def test_what_cannot_be_is_told_by_row_and_column_in_the_words_of_the_first_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = pl.int_range(PEOPLE) == 1400
    faults: list[tuple[str, Any]] = [
        ("self_care_failed", 9), ("relief", "poor"), ("person_id", "q00003"), ("person_id", None),
        ("birth_date", date(2030, 1, 1)),
    ]  # fmt: skip
    facts, out = tmp_path / "facts.parquet", tmp_path / "out.parquet"
    for name, value in faults:
        wrong = people().with_columns(pl.when(place).then(pl.lit(value)).otherwise(pl.col(name)).alias(name))
        wrong.write_parquet(facts)
        said = failure(capsys, entitle(facts, out, *SPARK))
        assert said == failure(capsys, entitle(facts, out))
        assert "row 1401, column" in said
        assert not out.exists()
    people().with_columns(pl.col("dementia").cast(pl.String)).write_parquet(facts)
    assert "column dementia: holds string, expected true or false" in failure(capsys, entitle(facts, out, *SPARK))
    facts.write_bytes(b"no parquet")
    assert "not a readable Parquet file" in failure(capsys, entitle(facts, out, *SPARK))


@pytest.mark.usefixtures("on_cluster")
def test_what_does_not_fit_together_is_told_before_anything_is_worked_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts, out = tmp_path / "facts.parquet", tmp_path / "out.parquet"
    people().head(3).write_parquet(facts)
    assert "with --partition the answers are a folder" in failure(
        capsys, entitle(facts, out, "--partition", "x", *SPARK)
    )
    folder = tmp_path / "folder"
    assert "expected a column of the facts that is no fact" in failure(
        capsys, entitle(facts, folder, "--partition", "relief", *SPARK)
    )
    assert "expected a setting such as" in failure(capsys, entitle(facts, out, "--spark", "memory", *SPARK))
    assert "--master belongs to --engine spark" in failure(capsys, entitle(facts, out, "--master", "local"))
    assert "--path belongs to --engine polars" in failure(capsys, entitle(facts, out, "--path", "rows", *SPARK))
    assert "there is no such file" in failure(capsys, entitle(tmp_path / "none.parquet", out, *SPARK))


def test_without_pyspark_or_java_one_line_says_how_to_get_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts, out = tmp_path / "facts.parquet", tmp_path / "out.parquet"
    people().head(3).write_parquet(facts)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    said = failure(capsys, entitle(facts, out, *SPARK))
    assert "--engine spark needs Java 17 or newer" in said
    assert "openjdk-17-jre-headless" in said or "brew" in said
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyspark" else real(name))
    said = failure(capsys, entitle(facts, out, *SPARK))
    assert said == "--engine spark needs PySpark 4, which is not installed here; type: ./run env --spark\n"
    assert not out.exists()
