"""The scales against the files of verified facts; collected only where those lie beside the repository."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engines.scale.making import GBT, LTCI, absent, answers, facts, fingerprint, folded, totalling

from yinian.engines.scale import score

GBT_FACTS: Any = facts("gbt42195.json")
LTCI_FACTS: Any = facts("ltci.json")
LONG = 8


def test_items_maxima_and_points_are_the_standards() -> None:
    ours = [
        (item.code, item.dimension, item.name.zh, item.max, [option.score for option in item.options])
        for item in GBT.items
    ]
    assert ours == [
        (item["code"], item["dimension"], item["name"], item["max"], [option["score"] for option in item["options"]])
        for item in GBT_FACTS["items"]
    ]
    assert [(d.code, d.name.zh, d.max) for d in GBT.dimensions] == [
        (d["code"], d["name"], d["max"]) for d in GBT_FACTS["dimensions"]
    ]
    assert [(level.level, level.name.zh, level.alias.zh, level.min, level.max) for level in GBT.levels] == [
        (level["level"], level["name"], level["alias"], level["min"], level["max"]) for level in GBT_FACTS["levels"]
    ]
    assert {item.code for item in GBT.items if item.definition is None} == {
        item["code"] for item in GBT_FACTS["items"] if not item["definition"]
    }


def test_form_a_and_form_c_have_every_field_and_choice_of_the_facts() -> None:
    form = GBT_FACTS["form_A"]
    fields = {field.code: field for section in GBT.form_a for field in section.fields}
    wanted: dict[str, list[str] | None] = {}
    for text in (line for part in ("A.1", "A.2", "A.3") for line in form[part]):
        code, rest = text.split(" ", 1)
        wanted[code] = re.split("/", rest.split(": ", 1)[1]) if ": " in rest and "A.2.14" not in code else None
    del wanted["A.2.14"]
    wanted["A.2.2"] = ["男", "女"]
    wanted |= {f"A.2.14.{number}": ["无", "1", "2", "3"] for number in range(1, 6)}
    for key, value in {**form["A.4"], **form["A.5"]}.items():
        code = key.split(" ", 1)[0]
        wanted[code] = list(value) if code not in ("A.4.2", "A.5.12") else None
    assert list(fields) == sorted(wanted, key=lambda code: [int(part) for part in code.split(".")[1:]])
    for code, choices in wanted.items():
        assert len(fields[code].choices) == len(choices or []), code
    assert [line.code for line in GBT.form_c if "." in line.code[2:]] == ["C.1.1", "C.1.2", "C.1.3", "C.1.4"]
    assert [f"{line.code} {line.name.zh}" for line in GBT.form_c if line.code.count(".") == 1] == [
        text.split(" (")[0] for text in GBT_FACTS["form_C"]
    ]
    several = {key.split(" ", 1)[0] for key in {**form["A.4"], **form["A.5"]} if "可多选" in key}
    several |= {text.split(" ", 1)[0] for text in form["A.2"] if "(多选)" in text}
    assert {field.code for field in fields.values() if field.multiple} == several
    diagnoses = form["A.4"]["A.4.1 疾病诊断(可多选, ICD-10)"]
    assert [choice.icd10 for choice in fields["A.4.1"].choices] == [
        None if range_ is None else range_.replace("~", "～") for range_ in diagnoses.values()
    ]


def test_the_long_term_care_scale_is_as_the_facts_have_it() -> None:
    for dimension, given in zip(LTCI.dimensions, LTCI_FACTS["dimensions"], strict=True):
        assert (dimension.code, dimension.name.zh, dimension.max) == (given["code"], given["name"], given["max"])
        ours = [(i.code, i.name.zh, sorted(o.score for o in i.options)) for i in LTCI.items_of(dimension.code)]
        assert ours == [(i["code"], i["name"], [o["score"] for o in i["options"]]) for i in given["items"]]
        ranges = LTCI_FACTS["dimension_levels"][dimension.code]
        assert [name.zh for name in LTCI.dimension_level_names] == [name for name, _, _ in ranges]
        assert LTCI.dimension_levels[dimension.code].ranges == tuple((low, high) for _, low, high in ranges)
    assert LTCI.combination is not None
    assert [list(row) for row in LTCI.combination.matrix] == list(LTCI_FACTS["combination"]["matrix"].values())
    assert [(level.level, level.name.zh) for level in LTCI.levels] == [
        (grade["grade"], grade["name"]) for grade in LTCI_FACTS["grades"]
    ]
    table = LTCI_FACTS["self_assessment_table_B"]
    assert LTCI.self_assessment is not None
    assert [item.name.zh for item in LTCI.self_assessment.items] == table["a_items"] + table["b_items"]


@pytest.mark.parametrize("vector", GBT_FACTS["test_vectors"], ids=str)
def test_every_vector_of_the_facts_comes_out(vector: dict[str, Any]) -> None:
    inputs = {name: value for name, value in vector.items() if name in absent(GBT)}
    items = {"B.4.1": 1} if "B.4.1=1" in vector.get("scores", "") else totalling(GBT, vector["total"])
    found = score(GBT, answers(GBT, items, **inputs))
    assert (found.total, found.initial) == (vector["total"], vector["initial"])
    assert found.final == vector.get("final", vector["initial"])


def texts_in(found: Any) -> Iterator[str]:
    """Every text anywhere in the facts, and the parts of those that list choices."""
    match found:
        case dict():
            for key, value in found.items():
                yield from texts_in(str(key))
                yield from texts_in(value)
        case list():
            for value in found:
                yield from texts_in(value)
        case str():
            yield found
            yield from re.split("[/:]", found)


def test_the_fingerprints_of_the_standards_texts_are_those_of_the_facts() -> None:
    """Kept as fingerprints, so that the check of our wording needs none of the standard's own sentences."""
    found = sorted({fingerprint(t) for t in texts_in([GBT_FACTS, LTCI_FACTS]) if len(folded(t)) > LONG})
    assert (Path(__file__).parent / "standard_texts.sha256").read_text(encoding="ascii").split() == found
