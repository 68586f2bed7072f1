"""The command `scale`: what a county sees of its scales, and the files it is given to fill in."""

import json
from pathlib import Path

import pytest
import yaml
from tests.engines.scale.making import LTCI

from yinian.cli.main import main


@pytest.fixture(autouse=True)
def _data_folder_without_overlay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YINIAN_DATA", str(tmp_path))


def test_the_list_says_which_scale_decides(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scale", "list", "--json"]) == 0
    found = {entry["id"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert {name: entry["decisive"] for name, entry in found.items()} == {
        "gbt42195": True,
        "ltci": False,
        "tekun": True,
    }
    assert found["ltci"]["unverified"] == ["points", "dimension_levels", "combination"]
    assert main(["scale", "list"]) == 0
    assert "decides nothing: points, dimension_levels, combination to be confirmed" in capsys.readouterr().out


def test_a_scale_is_shown_with_its_sources_and_open_points(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scale", "show", "gbt42195", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["items"]) == 26
    assert document["items"][0]["source"]["confidence"] == "verified"
    assert document["standard"]["date"] == "2022-12-30"
    assert main(["scale", "show", "ltci"]) == 0
    shown = capsys.readouterr().out
    assert "C1.1 进食 [verified, points general]" in shown
    assert "? 组合矩阵只有两格有旁证" in shown


def test_the_confirmation_to_fill_in_names_every_open_part_and_is_refused_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "scales" / "ltci.confirmed.yaml"
    file.parent.mkdir()
    assert main(["scale", "template", "confirmation", "ltci", "--out", str(file)]) == 0
    assert set(yaml.safe_load(file.read_text(encoding="utf-8"))["points"]) == {item.code for item in LTCI.items}
    assert main(["scale", "check"]) == 2
    assert capsys.readouterr().err.startswith(f"{file}:5: `confirmed_by` is None; it must be string")


def test_the_confirmation_filled_in_with_what_stands_beside_makes_the_scale_decide(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "scales" / "ltci.confirmed.yaml"
    file.parent.mkdir()
    assert main(["scale", "template", "confirmation", "ltci", "--out", str(file)]) == 0
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        head, _, beside = line.partition("#")
        value = "2025-03-01" if "confirmed_on" in head else "某县医保局" if "confirmed_by" in head else ""
        value = value or (beside[beside.index("[") :] if "[" in beside else "")
        lines.append(f"{head.rstrip()} {value}" if value else head)
    file.write_text("\n".join(lines), encoding="utf-8")
    assert main(["scale", "check"]) == 0
    assert "ltci 2021  长期护理失能等级评估  17 items, at most 128; decides; our own wording" in capsys.readouterr().out
    answers = tmp_path / "a.json"
    answers.write_text(json.dumps({"items": {item.code: item.max for item in LTCI.items}}), encoding="utf-8")
    assert main(["score", "--scale", "ltci", str(answers), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["decisive"] is True
    assert main(["score", "--scale", "ltci", str(answers), "--json", "--overlay", str(tmp_path / "none")]) == 0
    assert json.loads(capsys.readouterr().out)["decisive"] is False


def test_the_wording_to_fill_in_is_refused_empty_and_taken_full(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "scales" / "tekun.wording.yaml"
    file.parent.mkdir()
    assert main(["scale", "template", "wording", "tekun", "--out", str(file)]) == 0
    assert main(["scale", "check"]) == 2
    assert capsys.readouterr().err == f"{file}:7, item T.1: the text of the definition is empty\n"
    file.write_text(file.read_text(encoding="utf-8").replace('""', '"原文: 一, 二"'), encoding="utf-8")
    assert main(["scale", "check"]) == 0
    assert "wording of 特困人员认定办法" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["template", "confirmation", "tekun", "--out", "t.yaml"], "tekun has nothing left to confirm"),
        (["template", "confirmation", "ltci", "--out", "t.xlsx"], "t.xlsx: expected a file name that ends in .yaml"),
        (["template", "wording", "ltci", "--out", "t.doc"], "t.doc: expected a file name that ends in .xlsx or .yaml"),
        (["show", "mzt039"], "there is no scale `mzt039`; expected one of gbt42195, ltci, tekun"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scale", *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"{said}\n")
