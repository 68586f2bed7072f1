"""Entitlement from file to file in pieces: the same rows as whole, the same bytes every time, nothing half-written."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.cli.test_engine_commands import entitle, failure

from yinian.cli import entitle as command
from yinian.cli import factfiles

PEOPLE = 1500


def people() -> pl.DataFrame:
    chance = np.random.default_rng(11)
    frame = pl.DataFrame(
        {
            "person_id": [f"q{number:05d}" for number in range(PEOPLE)],
            "birth_date": pl.Series(chance.integers(-18_000, -3_000, PEOPLE)).cast(pl.Int32).cast(pl.Date),
            "hukou_region": chance.choice(["430681100201", "430602001"], PEOPLE),
            "relief": chance.choice(["none", "dibao", "tekun"], PEOPLE),
            "support_form": chance.choice(["central", "dispersed"], PEOPLE),
            "self_care_failed": pl.Series(chance.integers(0, 7, PEOPLE)),
            "dementia": pl.Series(chance.random(PEOPLE) < 0.1),
        }
    )
    known = [pl.when(pl.Series(chance.random(PEOPLE)) > 0.1).then(pl.col(name)).alias(name) for name in frame.columns]
    return frame.with_columns(known[1:])


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factfiles, "PIECE", 400)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The same facts as CSV, as Parquet of Polars, and as Parquet with types of other tools."""
    frame = people()
    found = {name: tmp_path / f"{name}.{suffix}" for name, suffix in (("csv", "csv"), ("plain", "parquet"))}
    frame.write_csv(found["csv"])
    frame.write_parquet(found["plain"], row_group_size=300)
    found["other"] = tmp_path / "other.parquet"
    others = frame.with_columns(
        pl.col("relief").cast(pl.Categorical), pl.col("hukou_region").cast(pl.Categorical),
        pl.col("self_care_failed").cast(pl.Int8),
    )  # fmt: skip
    others.write_parquet(found["other"], row_group_size=200)
    return found


def table(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path)


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize("more", [(), ("--with-not-due",), ("--path", "profiles"), ("--engine", "duckdb")])
def test_pieces_of_every_kind_of_file_give_the_rows_of_the_whole(
    files: dict[str, Path], tmp_path: Path, more: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.parquet"
    kept = [word for word in more if word == "--with-not-due"]
    monkeypatch.setattr(factfiles, "PIECE", 1 << 18)
    assert entitle(files["plain"], out, *kept, "--path", "rows") == 0
    whole = table(out)
    monkeypatch.setattr(factfiles, "PIECE", 400)
    for file in files.values():
        assert entitle(file, out, *more) == 0
        assert_frame_equal(table(out), whole)
    assert entitle(files["plain"], tmp_path / "out.csv", *more) == 0
    read = pl.read_csv(tmp_path / "out.csv", schema=whole.schema)
    assert_frame_equal(read.with_columns(pl.col("unknown_tests", "false_tests").fill_null("")), whole)


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_second_run_on_the_same_facts_is_the_same_to_the_byte(
    files: dict[str, Path], tmp_path: Path, suffix: str
) -> None:
    hashes = set()
    for number in range(2):
        out = tmp_path / f"{number}.{suffix}"
        assert entitle(files["plain"], out) == 0
        hashes.add(hashlib.sha256(out.read_bytes()).hexdigest())
    assert len(hashes) == 1


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_fault_far_down_is_named_by_its_row_and_leaves_nothing_behind(
    tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    faults: list[tuple[str, Any, str]] = [
        ("self_care_failed", 9, "row 1401, column self_care_failed: `9` is not possible; expected a whole"),
        ("relief", "poor", "row 1401, column relief: `poor` is not possible; expected one of none"),
        ("person_id", "q00003", "row 1401, column person_id: given twice; expected one row per person"),
        ("person_id", "q01399", "row 1401, column person_id: given twice"),
        ("person_id", None, "row 1401, column person_id: is empty; expected an identifier"),
    ]
    place = pl.int_range(PEOPLE) == 1400
    for name, value, words in faults:
        file, out = tmp_path / f"facts.{suffix}", tmp_path / f"out.{suffix}"
        wrong = people().with_columns(pl.when(place).then(pl.lit(value)).otherwise(pl.col(name)).alias(name))
        wrong.write_csv(file) if suffix == "csv" else wrong.write_parquet(file)
        assert words in failure(capsys, entitle(file, out))
        assert not out.exists()
        assert not [left for left in tmp_path.iterdir() if left.name.startswith(".")]


def test_the_way_taken_is_told_when_asked_for(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.parquet"
    assert entitle(files["plain"], out, "--json", "--timing", "--path", "profiles") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["timing"]["engine"], told["timing"]["path"]) == ("polars", "profiles")
    assert 1 < told["timing"]["profiles"] < PEOPLE
    assert told["timing"]["peak_mib"] > 50
    assert told["people"] == PEOPLE
    assert told["rows"] == sum(told["status"].values()) == table(out).height
    assert entitle(files["plain"], out, "--timing") == 0
    assert "path rows" in capsys.readouterr().out, "few people are answered row by row"
    assert entitle(files["plain"], out, "--json") == 0
    assert "timing" not in json.loads(capsys.readouterr().out)


def test_nobody_gives_an_empty_table_of_the_published_columns(tmp_path: Path) -> None:
    file, out = tmp_path / "none.csv", tmp_path / "out.parquet"
    file.write_text("person_id,birth_date\n", encoding="utf-8")
    assert entitle(file, out) == 0
    assert table(out).height == 0
    assert table(out).columns == ["person_id", "service_id", "status", "amount_fen", "period", "unknown_tests",
                                  "false_tests", "pack_hash", "as_of"]  # fmt: skip


def test_a_failing_write_in_the_background_is_told_in_one_line(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command.AnswerFile, "_write_parquet", full)
    out = tmp_path / "out.parquet"
    assert "cannot be written: No space left on device" in failure(capsys, entitle(files["plain"], out))
    assert not out.exists()


def test_a_broken_parquet_file_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "facts.parquet"
    people().write_parquet(file)
    whole = bytearray(file.read_bytes())
    middle = len(whole) // 3
    whole[middle : middle + 2000] = bytes(2000)
    file.write_bytes(bytes(whole))
    assert "not a readable Parquet file" in failure(capsys, entitle(file, tmp_path / "o.csv"))
