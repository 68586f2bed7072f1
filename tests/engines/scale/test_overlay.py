"""A county's own files: official wording that changes words alone, and a confirmation that makes a scale decide."""

import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from hypothesis import given
from tests.engines.scale.making import ALL, GBT, LTCI, TEKUN, UNHURRIED, absent, any_items, best

from yinian.cli.main import main
from yinian.core.scalefiles import overlaid, read_scale, read_wording_file
from yinian.engines.scale import Scale, ScaleError, apply_wording, confirm, read_wording, score


def wording(scale: Scale) -> dict[str, Any]:
    """A county's wording in full, with definitions."""
    texts: list[dict[str, Any]] = []
    for item in scale.items:
        texts.append({"item": item.code, "text": f"{item.code}的释义原文"})
        texts += [
            {"item": item.code, "score": o.score, "text": f" {item.code}的{o.score}分原文 "} for o in item.options
        ]
    return {
        "scale": scale.id,
        "version": scale.version,
        "document": {"title": scale.standard.title, "number": scale.standard.number},
        "texts": texts,
    }


def confirmation() -> dict[str, Any]:
    """What a county confirms that found every figure of ours right."""
    assert LTCI.combination is not None
    return {
        "scale": "ltci",
        "version": "2021",
        "document": {
            "title": "长期护理失能等级评估标准（试行）",
            "number": "医保办发〔2021〕37号",
            "date": "2021-07-16",
        },
        "confirmed_by": "某县医疗保障局",
        "confirmed_on": "2025-03-01",
        "points": {item.code: [option.score for option in item.options][::-1] for item in LTCI.items},
        "dimension_levels": {code: [list(r) for r in found.ranges] for code, found in LTCI.dimension_levels.items()},
        "combination": {"matrix": [list(row) for row in LTCI.combination.matrix]},
    }


def dumped(document: Any) -> str:
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


# Wording.


@pytest.mark.parametrize("scale", ALL, ids=lambda scale: scale.id)
def test_official_wording_takes_the_place_of_ours_and_changes_no_point(scale: Scale) -> None:
    worded = apply_wording(scale, read_wording(dumped(wording(scale)), "w.yaml"))
    assert worded.hash == scale.hash
    assert worded.decisive == scale.decisive
    assert worded.wording is not None and worded.wording.document == scale.standard.title
    for before, after in zip(scale.items, worded.items, strict=True):
        assert after is worded.by_code[before.code]
        assert [option.score for option in after.options] == [option.score for option in before.options]
        assert [o.text.zh for o in after.options] == [f"{after.code}的{o.score}分原文" for o in after.options]
        assert [o.text.en for o in after.options] == [o.text.en for o in before.options]
        assert after.definition is not None and after.definition.zh == f"{after.code}的释义原文"


def test_definitions_may_stay_ours() -> None:
    given = wording(TEKUN)
    given["texts"] = [text for text in given["texts"] if "score" in text]
    worded = apply_wording(TEKUN, read_wording(given))
    assert [item.definition for item in worded.items] == [item.definition for item in TEKUN.items]


@UNHURRIED
@given(items=any_items(GBT))
def test_a_result_is_the_same_under_official_wording(items: dict[str, int]) -> None:
    worded = apply_wording(GBT, read_wording(wording(GBT)))
    ours, theirs = (score(scale, {"items": items, **absent(GBT)}) for scale in (GBT, worded))
    assert (ours.total, ours.final) == (theirs.total, theirs.final)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: w.update(scale="ltci"), "is for ltci, version 2021; expected tekun, version 2021"),
        (lambda w: w.update(version="2016"), "is for tekun, version 2016; expected tekun, version 2021"),
        (lambda w: w["texts"][0].update(item="T.7"), "item T.7: is not an item of tekun; expected one of T.1 to T.6"),
        (lambda w: w["texts"][1].update(score=2), "item T.1: no option has 2 points; expected one of 1, 0"),
        (lambda w: w["texts"][1].update(text="  "), "item T.1: the text of the option of 1 points is empty"),
        (lambda w: w["texts"][0].update(text=""), "item T.1: the text of the definition is empty"),
        (lambda w: w["texts"].append(dict(w["texts"][1])), "the option of 1 points is given twice; first in line "),
        (lambda w: w["texts"].pop(), "item T.6: has no text for the option of 0 points; expected 12"),
        (lambda w: w["texts"].clear(), "`texts` must not be empty"),
        (lambda w: w["texts"][1].update(points=1), "may not hold `points`"),
        (lambda w: w["texts"][1].update(text=5), "must be string"),
        (lambda w: w.pop("document"), "lacks `document`"),
    ],
)
def test_wording_that_does_not_fit_is_refused_with_its_line(change: Any, said: str) -> None:
    given = wording(TEKUN)
    change(given)
    with pytest.raises(ScaleError) as caught:
        apply_wording(TEKUN, read_wording(dumped(given), "w.yaml"))
    assert str(caught.value).startswith("w.yaml")
    assert said in str(caught.value)


def test_missing_texts_are_counted() -> None:
    given = wording(TEKUN)
    given["texts"] = given["texts"][:4]
    with pytest.raises(ScaleError, match=r"item T\.2: has no text for the option of 1 points, and 9 more texts"):
        apply_wording(TEKUN, read_wording(given))


# The workbook.


def filled(scale: Scale, file: Path) -> openpyxl.Workbook:
    """The empty workbook with every text entered, as a person does it."""
    assert main(["scale", "template", "wording", scale.id, "--out", str(file)]) == 0
    book = openpyxl.load_workbook(file)
    for row in book.active.iter_rows(min_row=7):
        row[4].value = f"原文{row[0].value}/{row[2].value}"
    return book


def test_the_workbook_comes_back_as_wording(tmp_path: Path) -> None:
    file = tmp_path / "gbt42195.wording.xlsx"
    filled(GBT, file).save(file)
    scale = read_scale("gbt42195", overlay=tmp_path)
    assert scale.wording is not None
    assert (scale.wording.document, scale.wording.number) == ("老年人能力评估规范", "GB/T 42195-2022")
    assert scale.item("B.2.4").options[0].text.zh == "原文B.2.4/3"
    assert scale.hash == GBT.hash


def test_points_that_excel_keeps_as_numbers_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "tekun.wording.xlsx"
    book = filled(TEKUN, file)
    for row in book.active.iter_rows(min_row=7):
        row[2].value = int(row[2].value) if str(row[2].value).isdecimal() else row[2].value
    book.save(file)
    assert read_scale("tekun", overlay=tmp_path).wording is not None


@pytest.mark.parametrize(
    ("row", "column", "value", "said"),
    [
        (8, 1, "T.9", "row 8, item T.9: is not an item of tekun"),
        (8, 3, "7", "row 8, item T.1: no option has 7 points; expected one of 1, 0"),
        (8, 3, "多", "row 8, item T.1: the points are `多`; expected a whole number or 释义"),
        (8, 3, None, "row 8, item T.1: the points are ``; expected a whole number or 释义"),
        (8, 5, None, "row 8, item T.1: the text of the option of 1 points is empty"),
        (9, 3, "1", "row 9, item T.1: the option of 1 points is given twice; first in row 8"),
        (6, 5, "原文", "row 6: has no column 标准原文"),
        (6, 1, "编号", "has no row of headings; expected 条目, 名称, 分值, 本平台表述, 标准原文"),
        (1, 2, None, "does not say its 量表; expected it in a row above the headings"),
        (1, 2, "ltci", "is for ltci, version 2021; expected tekun, version 2021"),
    ],
)
def test_a_wrong_cell_is_named_by_its_row(row: int, column: int, value: Any, said: str, tmp_path: Path) -> None:
    file = tmp_path / "tekun.wording.xlsx"
    book = filled(TEKUN, file)
    book.active.cell(row, column).value = value
    book.save(file)
    with pytest.raises(ScaleError) as caught:
        read_scale("tekun", overlay=tmp_path)
    assert str(caught.value).startswith(f"{file}")
    assert said in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a workbook", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_workbook_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "tekun.wording.xlsx"
    file.write_bytes(content)
    with pytest.raises(ScaleError, match=r"tekun\.wording\.xlsx: "):
        read_wording_file(file)


# Confirmation.


def test_a_county_that_restates_every_open_part_makes_the_scale_decide() -> None:
    scale = confirm(LTCI, dumped(confirmation()), "ltci.confirmed.yaml")
    assert (scale.decisive, scale.not_decisive, scale.unverified, scale.confidence) == (True, None, (), "verified")
    assert scale.hash == LTCI.hash
    assert scale.confirmation is not None and scale.confirmation.by == "某县医疗保障局"
    assert scale.confirmation.parts == ("points", "dimension_levels", "combination")
    document = score(scale, {"items": best(LTCI)}).to_json()
    assert document["decisive"] is True and "unverified" not in document


def test_the_countys_figures_take_the_place_of_ours() -> None:
    given = confirmation()
    given["points"]["C3.1"] = [0, 1, 2, 3, 5]
    given["dimension_levels"]["PER"] = [[13, 13], [5, 12], [2, 4], [0, 1]]
    given["combination"]["matrix"][0] = [0, 1, 1, 2]
    given["combination"]["matrix"][1] = [1, 1, 1, 2]
    scale = confirm(LTCI, given)
    assert [dimension.max for dimension in scale.dimensions] == [100, 16, 13]
    assert scale.hash != LTCI.hash
    found = score(scale, {"items": {**best(scale), "C3.1": 3}})
    assert (found.dimensions["PER"], found.dimension_levels["PER"], found.final) == (11, 1, 1)
    assert score(LTCI, {"items": {**best(LTCI), "C3.1": 3}}).final == 0


@pytest.mark.parametrize("left_out", ["points", "dimension_levels", "combination"])
def test_a_part_left_open_keeps_the_scale_from_deciding_and_is_named(left_out: str) -> None:
    given = confirmation()
    del given[left_out]
    scale = confirm(LTCI, given)
    assert (scale.decisive, scale.unverified) == (False, (left_out,))
    assert scale.not_decisive is not None and "尚未核对确认" in scale.not_decisive.zh


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update(scale="tekun"), "is for tekun, version 2021; expected ltci, version 2021"),
        (lambda c: c.update(confirmed_on="2025-02-30"), "2025-02-30 is not a date; write YYYY-MM-DD"),
        (lambda c: c.update(confirmed_by=None), "it must be string"),
        (lambda c: c["document"].update(date="2025-02-30"), "2025-02-30 is not a date"),
        (lambda c: c["points"].pop("C1.9"), "lacks C1.9; a part is restated in full"),
        (lambda c: c["points"].update(C9=[0, 1]), "`C9` is not part of ltci"),
        (lambda c: c["points"].update({"C1.9": [0, 10]}), "item C1.9: has 2 points; expected 3, one for each option"),
        (lambda c: c["points"].update({"C1.9": [0, 5, 5]}), "item C1.9: 5 points stand after 5"),
        (lambda c: c["points"].update({"C1.9": [0, 5, 11]}), "ADL: no range holds a total of 41"),
        (lambda c: c["dimension_levels"].pop("PER"), "lacks PER; a part is restated in full"),
        (lambda c: c["dimension_levels"].update(PER=[[12, 12], [0, 11]]), "PER has 2 ranges; expected 4"),
        (lambda c: c["dimension_levels"]["PER"][1].__setitem__(0, 5), "PER: no range holds a total of 4"),
        (lambda c: c["combination"]["matrix"].pop(), "the matrix needs 4 rows of 4 levels"),
        (lambda c: c["combination"]["matrix"][3].__setitem__(3, 6), "the matrix names level 6, which there is not"),
        (lambda c: c["combination"]["matrix"][3].__setitem__(3, 3), "a better level for a worse ability"),
        (lambda c: c.update(levels=[[0, 1]]), "ltci has no levels; expected points, dimension_levels, combination"),
        (lambda c: [c.pop(part) for part in ("points", "dimension_levels", "combination")], "confirms nothing"),
    ],
)
def test_a_confirmation_that_does_not_fit_is_refused_with_its_line(change: Any, said: str) -> None:
    document = confirmation()
    change(document)
    with pytest.raises(ScaleError) as caught:
        confirm(LTCI, dumped(document), "ltci.confirmed.yaml")
    assert str(caught.value).startswith("ltci.confirmed.yaml:")
    assert said in str(caught.value)


def test_levels_by_total_are_confirmed_the_same_way() -> None:
    base = {
        "scale": "tekun",
        "version": "2021",
        "document": {"title": "本省办法"},
        "confirmed_by": "某县民政局",
        "confirmed_on": "2025-03-01",
    }
    scale = confirm(TEKUN, {**base, "levels": [[6, 6], [2, 5], [0, 1]]})
    assert [(level.min, level.max) for level in scale.levels] == [(6, 6), (2, 5), (0, 1)]
    for levels, said in (
        ([[6, 6], [0, 5]], "has 2 ranges; expected 3, level 0 first"),
        ([[6, 6], [2, 4], [0, 1]], "no range holds a total of 5"),
    ):
        with pytest.raises(ScaleError, match=said):
            confirm(TEKUN, {**base, "levels": levels})


# The folder.


def lay(overlay: Path, name: str, document: Any) -> Path:
    file = overlay / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dumped(document), encoding="utf-8")
    return file


def test_a_folder_named_by_a_division_holds_for_that_region_alone(tmp_path: Path) -> None:
    lay(tmp_path, "430681/ltci.confirmed.yaml", confirmation())
    lay(tmp_path, "43/tekun.wording.yaml", wording(TEKUN))
    assert read_scale("ltci", "430681100201", tmp_path).decisive
    assert not read_scale("ltci", "430682100201", tmp_path).decisive
    assert not read_scale("ltci", "", tmp_path).decisive
    assert read_scale("tekun", "430681", tmp_path).wording is not None
    assert read_scale("tekun", "360402", tmp_path).wording is None


def test_the_narrowest_folder_wins(tmp_path: Path) -> None:
    lay(tmp_path, "ltci.confirmed.yaml", confirmation())
    lay(tmp_path, "430681/ltci.confirmed.yaml", {**confirmation(), "confirmed_by": "本县"})
    found = [read_scale("ltci", region, tmp_path).confirmation for region in ("430681", "430682")]
    assert [None if entry is None else entry.by for entry in found] == ["本县", "某县医疗保障局"]


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    file = lay(tmp_path, "ltci.confirmed.yaml", confirmation())
    assert read_scale("ltci", overlay=tmp_path).decisive
    given = confirmation()
    del given["points"]
    file.write_text(dumped(given), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert not read_scale("ltci", overlay=tmp_path).decisive
    file.unlink()
    assert read_scale("ltci", overlay=tmp_path).confirmation is None


def test_two_wordings_of_one_scale_are_refused(tmp_path: Path) -> None:
    lay(tmp_path, "tekun.wording.yaml", wording(TEKUN))
    (tmp_path / "tekun.wording.xlsx").write_bytes(b"")
    with pytest.raises(ScaleError, match=r"tekun\.wording\.yaml: stands beside tekun\.wording\.xlsx"):
        read_scale("tekun", overlay=tmp_path)


@pytest.mark.parametrize("name", ["ltci.comfirmed.yaml", "ltci.yaml", "county/ltci.confirmed.yaml", "43068/x.yaml"])
def test_a_file_that_no_scale_reads_is_told(name: str, tmp_path: Path) -> None:
    lay(tmp_path, name, confirmation())
    with pytest.raises(ScaleError, match="is read by no scale"):
        list(overlaid(tmp_path))


def test_every_region_is_looked_at(tmp_path: Path) -> None:
    lay(tmp_path, "430681/ltci.confirmed.yaml", confirmation())
    found = [(region, scale.id, scale.decisive) for region, scale in overlaid(tmp_path)]
    assert found == [
        ("", "gbt42195", True),
        ("", "ltci", False),
        ("", "tekun", True),
        ("430681", "gbt42195", True),
        ("430681", "ltci", True),
        ("430681", "tekun", True),
    ]
    assert len(list(overlaid(tmp_path / "none"))) == 3
