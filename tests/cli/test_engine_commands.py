"""The commands of the entitlement engine as another program meets them: files in, files out, one line when wrong."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from yinian.cli.main import COMMANDS, main
from yinian.engines.entitlement import LONG_SCHEMA

MILUO = "cn/hunan/yueyang/miluo"
SRC = Path(__file__).resolve().parents[2] / "src"
FACTS = """\
person_id,birth_date,hukou_region,relief,dementia,ability_level
a1,1933-05-02,430681100201,none,true,
a2,1944-02-29,430681100201,dibao,,3
a3,,430681100201,,FALSE,
"""


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    file = tmp_path / "facts.csv"
    file.write_text(FACTS, encoding="utf-8")
    return file


def entitle(facts: Path, out: Path, *more: str) -> int:
    return main(["entitle", "--pack", MILUO, "--facts", str(facts), "--as-of", "2025-06-01", "--out", str(out), *more])


def failure(capsys: pytest.CaptureFixture[str], code: int) -> str:
    """The one line of an input error."""
    assert code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_pack_check_says_the_pack_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pack", "check", MILUO]) == 0
    assert "right; 25 services" in capsys.readouterr().out
    assert main(["pack", "check", MILUO, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_pack_check_names_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "pack.yaml").write_text('region: "1234"\nextends: cn\n', encoding="utf-8")
    (tmp_path / "services" / "a.yaml").write_text(
        "- id: a\n  label: {zh: 甲}\n  who:\n    - {id: t, test: wealth > 3}\n"
        "  source: {document: national-list-2023, confidence: verified}\n",
        encoding="utf-8",
    )
    line = failure(capsys, main(["pack", "check", str(tmp_path)]))
    assert line.startswith(f"{tmp_path}/services/a.yaml:4: expression `wealth > 3`: there is no fact `wealth`")


def a_lone_pack(folder: Path, amount: str) -> Path:
    """A root pack with one service that gives an amount."""
    (folder / "services").mkdir()
    (folder / "pack.yaml").write_text('region: "99"\ndocuments: [{id: d, title: 清单}]\n', encoding="utf-8")
    source = "{document: d, confidence: verified}"
    (folder / "parameters.yaml").write_text(
        f"fig:\n  label: {{zh: 数}}\n  unit: fen\n  values:\n    - {{from: 2024-01-01, value: 5, source: {source}}}\n",
        encoding="utf-8",
    )
    (folder / "services" / "a.yaml").write_text(
        f"- id: a\n  label: {{zh: 甲}}\n  who:\n    - {{id: t, test: age > 3, label: {{zh: 三}}}}\n"
        f"  gives: {{amount: {amount}, period: month}}\n  source: {source}\n",
        encoding="utf-8",
    )
    return folder


def test_pack_check_refuses_arithmetic_that_could_outgrow_128_bits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_lone_pack(tmp_path, "age * 999999999999999 * 999999999999999 * 999999999999999")
    line = failure(capsys, main(["pack", "check", str(folder)]))
    assert line.startswith(f"{folder}/services/a.yaml:5: service `a`: the arithmetic can grow beyond 128 bits")


def test_pack_check_says_from_when_every_figure_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pack", "check", str(a_lone_pack(tmp_path, "param('fig') / 3")), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["usable_from"] == "2024-01-01"


def test_pack_show_gives_the_merged_pack_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pack", "show", MILUO, "--as-of", "2025-06-01", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["parameters"]["tekun_basic_rural_month"]["value"] == 58500
    assert shown["parameters"]["dibao_urban_month"]["reference"]["label"]["zh"] == "参照岳阳县"
    assert "voucher_month_ceiling" not in shown["parameters"], "not yet in force"
    assert "service-voucher" not in [service["id"] for service in shown["services"]]
    assert shown["routing"][0]["ability_levels"] == [3, 4]
    assert main(["pack", "show", MILUO, "--as-of", "2026-06-01"]) == 0
    assert "参照岳阳县" in capsys.readouterr().out


def test_entitle_writes_the_published_columns_to_csv_and_parquet(facts: Path, tmp_path: Path) -> None:
    out_csv, out_parquet = tmp_path / "out.csv", tmp_path / "out.parquet"
    assert entitle(facts, out_csv) == entitle(facts, out_parquet) == 0
    with out_csv.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert list(rows[0]) == list(LONG_SCHEMA)
    table = pl.read_parquet(out_parquet)
    assert dict(table.schema) == LONG_SCHEMA
    assert len(rows) == table.height
    allowance = [row for row in rows if row["service_id"] == "advanced-age-allowance"]
    assert [(row["person_id"], row["status"], row["amount_fen"], row["unknown_tests"]) for row in allowance] == [
        ("a1", "due", "10000", ""),
        ("a3", "check", "10000", "age"),
    ]
    assert {row["as_of"] for row in rows} == {"2025-06-01"}
    assert "not_due" not in {row["status"] for row in rows}
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")], "no draft is left"


def test_both_engines_write_the_same_file(facts: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    assert entitle(facts, one, "--with-not-due") == 0
    assert entitle(facts, other, "--with-not-due", "--engine", "duckdb") == 0
    assert one.read_bytes() == other.read_bytes()


def test_facts_may_come_as_parquet(facts: Path, tmp_path: Path) -> None:
    table = tmp_path / "facts.parquet"
    frame = pl.read_csv(facts, try_parse_dates=True, schema_overrides={"hukou_region": pl.String})
    frame.with_columns(dementia=pl.lit(None, dtype=pl.Boolean)).write_parquet(table)
    assert entitle(table, tmp_path / "out.csv") == 0


def test_json_prints_one_document_and_nothing_else(
    facts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert entitle(facts, tmp_path / "o.csv", "--json") == 0
    assert json.loads(capsys.readouterr().out)["people"] == 3


def test_explain_gives_every_service_with_every_test(facts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    way = ["explain", "--pack", MILUO, "--facts", str(facts), "--as-of", "2025-06-01", "--person"]
    assert main([*way, "a1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["person_id"] == "a1"
    found = {service["service_id"]: service for service in document["services"]}
    assert found["advanced-age-allowance"]["status"] == "due"
    age = next(test for test in found["advanced-age-allowance"]["tests"] if test["id"] == "age")
    assert (age["value"], age["facts"][0]["name"], age["facts"][0]["value"]) == (True, "age", 92)
    assert main([*way, "a1"]) == 0
    assert "应享受高龄津贴每月100元" in capsys.readouterr().out
    assert "no row has the person_id" in failure(capsys, main([*way, "nobody"]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("name,age\nx,1\n", "the column person_id is missing"),
        ("person_id,age,age\na,1,2\n", "column age is given twice"),
        ("person_id,birthdate\na,1940-01-01\n", "column birthdate is no fact; did you mean birth_date"),
        ("person_id,age\na,80\nb,eighty\n", ":3: row 2, column age: `eighty` is not possible; expected a whole number"),
        ("person_id,age\na,151\n", ":2: row 1, column age: `151` is not possible"),
        ("person_id,age\na,80.0\n", ":2: row 1, column age"),
        ("person_id,dementia\na,yes\n", ":2: row 1, column dementia: `yes` is not possible; expected true or false"),
        ("person_id,relief\na,poor\n", "row 1, column relief: `poor` is not possible; expected one of none, dibao"),
        ("person_id,birth_date\na,1940-02-30\n", "row 1, column birth_date: `1940-02-30` is not possible; expected a"),
        ("person_id,birth_date\na,1940/02/03\n", "row 1, column birth_date"),
        ("person_id,age\na,80\n,81\n", ":3: row 2, column person_id: is empty; expected an identifier"),
        ("person_id,age\na,80\na,81\n", ":3: row 2, column person_id: given twice"),
        ("person_id,age\na,80\nb,81,82\n", ":3: row 2: has 3 cells; expected 2"),
    ],
)
def test_wrong_facts_are_one_line_with_row_and_column(
    content: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "facts.csv", tmp_path / "out.csv"
    file.write_text(content, encoding="utf-8")
    line = failure(capsys, entitle(file, out))
    assert line.startswith(str(file))
    assert words in line
    assert not out.exists()


def test_a_file_in_another_encoding_or_of_another_kind_is_told_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "facts.csv"
    file.write_bytes("person_id,hukou_region\na,汨罗\n".encode("gbk"))
    assert "not UTF-8 text at byte 25" in failure(capsys, entitle(file, tmp_path / "o.csv"))
    broken = tmp_path / "facts.parquet"
    broken.write_bytes(b"PK\x03\x04 no parquet")
    assert "not a readable Parquet file" in failure(capsys, entitle(broken, tmp_path / "o.csv"))
    assert "there is no such file" in failure(capsys, entitle(tmp_path / "none.csv", tmp_path / "o.csv"))
    other = tmp_path / "facts.xlsx"
    other.write_bytes(b"")
    assert "ending in .csv or .parquet" in failure(capsys, entitle(other, tmp_path / "o.csv"))


def test_columns_that_are_no_facts_are_passed_over_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "facts.csv"
    file.write_text("\ufeffperson_id,birth_date,remark\na,1930-01-01,x\n", encoding="utf-8")
    assert entitle(file, tmp_path / "o.csv") == 0
    assert "no facts: remark" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_leaves_nothing_behind(
    facts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "cannot be written" in failure(capsys, entitle(facts, tmp_path / "nowhere" / "o.csv"))
    assert "ending in .parquet or .csv" in failure(capsys, entitle(facts, tmp_path / "o.txt"))
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert "is a folder" in failure(capsys, entitle(facts, folder))


def test_an_unknown_engine_command_or_date_is_one_line(
    facts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "expected polars, spark or duckdb" in failure(capsys, entitle(facts, tmp_path / "o.csv", "--engine", "x"))
    assert "there is no command" in failure(capsys, main(["entitel"]))
    with pytest.raises(SystemExit) as stopped:
        main(["pack", "show", "cn", "--as-of", "2025-6-1"])
    assert isinstance(stopped.value.code, int)
    assert "expected YYYY-MM-DD" in failure(capsys, stopped.value.code)


def test_a_day_before_a_figure_begins_is_told_with_the_service(
    facts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "o.csv")
    code = main(["entitle", "--pack", MILUO, "--facts", str(facts), "--as-of", "2019-01-01", "--out", out])
    assert "has no value on 2019-01-01" in failure(capsys, code)


def test_the_commands_of_the_engines_start_without_django() -> None:
    program = (
        "import sys; from yinian.cli.main import main; code = main(sys.argv[1:]); "
        "sys.exit(9 if 'django' in sys.modules else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "pack", "check", "cn"], env={"PYTHONPATH": str(SRC)}, capture_output=True
    )
    assert done.returncode == 0, done.stderr


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)
