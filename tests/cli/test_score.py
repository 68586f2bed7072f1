"""The command `score` as another program meets it: a file in, one JSON document out, one line when wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engines.scale.making import GBT, LTCI, TEKUN, UNHURRIED, answers, best, totalling

from yinian.cli.main import main


@pytest.fixture(autouse=True)
def _data_folder_without_overlay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YINIAN_DATA", str(tmp_path))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "answers.json"


def put(file: Path, document: Any) -> Path:
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return file


def scored(capsys: pytest.CaptureFixture[str], scale: str, file: Path, *more: str) -> dict[str, Any]:
    assert main(["score", "--scale", scale, str(file), "--json", *more]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    found: dict[str, Any] = json.loads(captured.out)
    return found


def failure(capsys: pytest.CaptureFixture[str], scale: str, file: Path, *more: str) -> str:
    assert main(["score", "--scale", scale, str(file), "--json", *more]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err.rstrip("\n")


def test_a_result_has_the_keys_of_the_contract(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = scored(capsys, "gbt42195", put(file, answers(GBT, totalling(GBT, 70), dementia=True)))
    assert document["total"] == 70
    assert document["dimensions"] == {"B.1": 12, "B.2": 15, "B.3": 28, "B.4": 15}
    assert (document["initial"], document["final"]) == (1, 2)
    assert document["adjustments"] == [{"id": "dementia", "reason": "确诊痴呆，加重一级", "from": 1, "to": 2}]
    assert (document["decisive"], document["assumed"]) == (True, [])


def test_what_moved_nothing_is_not_an_adjustment(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = scored(capsys, "gbt42195", put(file, answers(GBT, totalling(GBT, 20), dementia=True)))
    assert (document["final"], document["adjustments"]) == (4, [])
    assert [entry["id"] for entry in document["without_effect"]] == ["dementia"]


def test_an_input_left_out_is_said_to_be_assumed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = scored(capsys, "gbt42195", put(file, {"items": best(GBT), "coma": False}))
    assert document["assumed"] == ["dementia", "mental_disorder", "risk_events"]


def test_the_long_term_care_scale_says_that_it_is_not_verified(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = scored(capsys, "ltci", put(file, {"items": best(LTCI)}))
    assert document["decisive"] is False
    assert document["unverified"] == ["points", "dimension_levels", "combination"]
    assert document["not_decisive"]
    assert document["dimension_levels"]["ADL"] == {"level": 0, "name": "能力完好"}


def test_the_six_items_give_a_class_by_name_and_how_many_failed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = scored(capsys, "tekun", put(file, {"items": {**best(TEKUN), "T.2": 0, "T.6": 0}}))
    assert (document["total"], document["failed"]) == (4, 2)
    assert (document["initial"], document["final"], document["adjustments"]) == ("半护理", "半护理", [])


def test_the_common_inputs_may_stand_in_any_file_while_they_say_no(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = {"coma": False, "dementia": False, "mental_disorder": False, "risk_events": 0}
    assert scored(capsys, "tekun", put(file, {"items": best(TEKUN), **common}))["final"] == "全自理"
    line = failure(capsys, "tekun", put(file, {"items": best(TEKUN), **common, "dementia": True}))
    assert line == f"{file}: item dementia: is not part of tekun, which has no such adjustment; leave it out"


def test_english_words_are_to_be_had(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = scored(capsys, "tekun", put(file, {"items": best(TEKUN)}), "--language", "en")
    assert document["final"] == "Self-reliant"


def test_without_json_there_is_a_line_for_each_part(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--scale", "gbt42195", str(put(file, answers(GBT)))]) == 0
    assert "total: 90\n" in capsys.readouterr().out


def test_a_missing_item_is_an_error_and_never_a_zero(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = answers(GBT)
    del given["items"]["B.3.4"]
    assert failure(capsys, "gbt42195", put(file, given)) == (
        f"{file}: item B.3.4 (记忆): is missing; expected one of 0, 1, 2, 3, 4"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"items": {**best(GBT), "B.1.1": 5}}, "item B.1.1 (进食): is 5; expected one of 0, 1, 2, 3, 4"),
        ({"items": {**best(GBT), "B.1.1": True}}, "item B.1.1 (进食): is true; expected one of 0, 1, 2, 3, 4"),
        ({"items": {**best(GBT), "B.1.1": 4.0}}, "item B.1.1 (进食): is 4.0; expected one of 0, 1, 2, 3, 4"),
        ({"items": {**best(GBT), "B.5.1": 1}}, "item B.5.1: is not an item of gbt42195; expected one of B.1.1, "),
        ({"coma": 1}, "item coma (处于昏迷状态): is 1; expected true or false"),
        ({"risk_events": -1}, "item risk_events (近30天内照护风险事件次数): is -1; expected a whole number from 0"),
        ({"note": "x"}, "item note: is not part of this scale; expected items, coma, dementia"),
        ({"items": [4]}, "item items: is [4]; expected the points of every item by its code"),
    ],
    ids=str,
)
def test_each_wrong_answer_is_named(
    change: dict[str, Any], said: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failure(capsys, "gbt42195", put(file, {**answers(GBT), **change})).startswith(f"{file}: {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: is not JSON: "),
        ('{"items": {"B.1.1": 4,}}', ":1: is not JSON: "),
        ("[]", ": holds no JSON object; expected "),
        ('{"items": {"B.1.1": 4, "B.1.1": 3}}', ": is not usable JSON: item B.1.1 is given twice"),
        ('{"items": {"B.1.1": NaN}}', ": is not usable JSON: NaN is not a number"),
        ("[" * 100_000, ": is not usable JSON: "),
        ('{"items": ' + "9" * 5000 + "}", ": is not usable JSON: "),
    ],
    ids=["nothing", "comma", "list", "twice", "nan", "deep", "digits"],
)
def test_what_is_not_usable_json_is_refused(
    text: str, said: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text, encoding="utf-8")
    assert failure(capsys, "gbt42195", file).startswith(f"{file}{said}")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none.json"
    assert failure(capsys, "gbt42195", missing) == f"{missing}: cannot be read: No such file or directory"
    assert failure(capsys, "gbt42195", tmp_path).startswith(f"{tmp_path}: cannot be read: ")
    bad = tmp_path / "bad.json"
    bad.write_bytes(b"\xff{}")
    assert failure(capsys, "gbt42195", bad) == f"{bad}: is not UTF-8 text (byte 0)"
    large = tmp_path / "large.json"
    large.write_bytes(b" " * 1_000_001)
    assert failure(capsys, "gbt42195", large) == f"{large}: is larger than 1000000 bytes"


def test_an_unknown_scale_is_told_which_there_are(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = failure(capsys, "../gbt42195", put(file, answers(GBT)))
    assert line == "there is no scale `../gbt42195`; expected one of gbt42195, ltci, tekun"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=60), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from([*GBT.by_code, "进食", "items", "coma", "risk_events", "\ud800", "B.1.1\n"])


@settings(UNHURRIED, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    document=ANYTHING | st.fixed_dictionaries({"items": st.dictionaries(NAMES, ANYTHING)}, optional={"coma": ANYTHING})
)
@pytest.mark.parametrize("more", [[], ["--self-assessment"]], ids=["scale", "self-assessment"])
def test_whatever_the_file_holds_there_is_a_result_or_one_line(
    document: Any, more: list[str], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(json.dumps(document), encoding="utf-8")
    for scale in ("gbt42195", "ltci", "tekun"):
        code = main(["score", "--scale", scale, str(file), "--json", *more])
        captured = capsys.readouterr()
        assert (code, captured.out, captured.err.count("\n")) == (2, "", 1)
        assert len(captured.err) < 600


def test_a_self_assessment_is_graded(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = dict.fromkeys(("a1", "a2", "a3"), "dependent") | dict.fromkeys(("b1", "b2", "b3"), "independent")
    document = scored(capsys, "ltci", put(file, given), "--self-assessment")
    assert document == {"scale": "ltci", "grade": "E", "may_apply": True, "dependent": {"a": 3, "b": 0}}
    line = failure(capsys, "gbt42195", put(file, given), "--self-assessment")
    assert line == f"{file}: gbt42195 has no self-assessment"
