"""`place` as another program meets it: files in, files out, one line when wrong."""

import csv
import json
from pathlib import Path

import pytest

from yinian.cli.main import main

PEOPLE = """\
id,lat,lon,level,priority,waiting_since
a,28.80,113.10,3,1,2026-01-05
b,28.81,113.11,3,2,2026-02-05
c,28.90,113.30,1,1,
d,,,2,1,2026-01-01
e,28.90,113.30,4,9,2026-01-01
"""
HOMES = """\
id,lat,lon,levels,free_beds
north,28.80,113.10,2;3,1
south,28.90,113.31,0;1;2,4
"""


@pytest.fixture
def run(tmp_path: Path):
    def ran(people: str = PEOPLE, homes: str = HOMES, *more: str) -> tuple[int, Path]:
        (tmp_path / "p.csv").write_text(people, "utf-8")
        (tmp_path / "h.csv").write_text(homes, "utf-8")
        out = tmp_path / "out.csv"
        files = ["--people", str(tmp_path / "p.csv"), "--homes", str(tmp_path / "h.csv"), "--out", str(out)]
        return main(["place", *files, *more]), out

    return ran


def test_who_goes_where_with_the_distance(run):
    code, out = run()
    assert code == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["person_id", "home_id", "km"]
    assert [(row["person_id"], row["home_id"]) for row in rows] == [("b", "north"), ("c", "south")]
    assert float(rows[1]["km"]) == pytest.approx(0.973, abs=0.01)


def test_json_tells_placed_unplaced_with_reasons_total_and_proof(run, capsys):
    code, _ = run(PEOPLE, HOMES, "--json")
    told = json.loads(capsys.readouterr().out)
    assert code == 0 and told["placed"] == 2
    assert {one["person_id"]: one["reason"] for one in told["unplaced"]} == {
        "a": "others_first", "d": "no_position", "e": "no_home_takes_level",
    }  # fmt: skip
    assert told["proof"]["optimal"] is True and told["proof"]["gap_mm"] == 0
    assert told["total_km"] == pytest.approx(told["proof"]["cost_mm"] / 1e6)


@pytest.mark.parametrize(
    ("people", "homes", "words"),
    [
        (PEOPLE.replace("28.81,", "north,"), HOMES, "p.csv:3: row 2, column lat: `north`: expected degrees"),
        (PEOPLE.replace("28.81,113.11", "28.81,"), HOMES, "p.csv:3: row 2, column lon: is empty; expected degrees"),
        (PEOPLE.replace(",3,2,", ",7,2,"), HOMES, "p.csv:3: row 2, column level: `7`: expected ability levels from 0"),
        (PEOPLE.replace(",3,2,", ",3,,"), HOMES, "p.csv:3: row 2, column priority: is empty; expected a number"),
        (PEOPLE.replace("2026-02-05", "5.2.2026"), HOMES, "column waiting_since: `5.2.2026`: expected a date"),
        (PEOPLE.replace("\nb,", "\na,"), HOMES, "p.csv:3: row 2, column id: a is already in row 1"),
        (PEOPLE.replace("2026-02-05", "2026-02-05,x"), HOMES, "p.csv:3: row 2: has 7 cells; expected 6"),
        (PEOPLE.replace("priority", "rank"), HOMES, "p.csv: the column priority is missing"),
        (PEOPLE, HOMES.replace("2;3", "2,3"), "h.csv:2: row 1: has 6 cells"),
        (PEOPLE, HOMES.replace(",1\n", ",-1\n"), "h.csv:2: row 1, column free_beds: `-1`: expected a whole number"),
        (PEOPLE, HOMES.replace("28.80,113.10", ","), "h.csv:2: row 1, column lat: is empty"),
    ],
)
def test_a_fault_is_told_in_one_line_with_file_row_and_column(run, capsys, people, homes, words):
    code, out = run(people, homes)
    told = capsys.readouterr()
    assert code == 2 and told.out == "" and told.err.count("\n") == 1
    assert words in told.err
    assert not out.exists() and len(list(out.parent.iterdir())) == 2


def test_an_earlier_answer_stays_when_the_input_is_wrong(run):
    _, out = run()
    before = out.read_bytes()
    assert run(PEOPLE.replace("28.81", "x"))[0] == 2
    assert out.read_bytes() == before


def test_couples_wishes_kin_and_staff_limits_may_be_given(run):
    people = (
        "id,lat,lon,level,priority,waiting_since,couple,refused,preferred,kin_lat,kin_lon,sex\n"
        "a,28.8,113.1,2,1,,x,,,,,female\nb,28.8,113.1,2,1,,x,,,,,male\nc,28.8,113.1,2,1,,,north,,,,\n"
    )
    code, out = run(people, HOMES.replace("free_beds\n", "free_beds,limits\n").replace(",1\n", ",1,\n").replace(
        ",4\n", ",4,2:3;1:0\n"))  # fmt: skip
    assert code == 0
    assert [row.split(",")[1] for row in out.read_text("utf-8").splitlines()[1:]] == ["south"] * 3
