"""A scale whose parts do not fit together is refused, with file, line and what is expected."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.engines.scale.making import ALL

from yinian.core.scalefiles import SCALES
from yinian.engines.scale import Scale, ScaleError, load_scale, score

SMALL: dict[str, Any] = {
    "id": "small",
    "version": "1",
    "name": {"zh": "小量表"},
    "standard": {"title": "小标准"},
    "documents": [{"id": "d", "title": "文件"}],
    "source": {"document": "d", "confidence": "verified"},
    "decisive": True,
    "dimensions": [{"code": "D", "name": {"zh": "维度"}, "max": 4}],
    "items": [
        {"code": "D.1", "dimension": "D", "name": {"zh": "甲"}, "options": "yes_no"},
        {
            "code": "D.2",
            "dimension": "D",
            "name": {"zh": "乙"},
            "options": [
                {"score": 3, "text": {"zh": "好"}},
                {"score": 1, "text": {"zh": "中"}},
                {"score": 0, "text": {"zh": "差"}},
            ],
        },
    ],
    "option_sets": {"yes_no": [{"score": 1, "text": {"zh": "能"}}, {"score": 0, "text": {"zh": "不能"}}]},
    "levels": [
        {"level": 0, "name": {"zh": "好"}, "min": 3, "max": 4},
        {"level": 1, "name": {"zh": "差"}, "min": 0, "max": 2},
    ],
    "inputs": [
        {"id": "ill", "type": "boolean", "label": {"zh": "患病"}},
        {"id": "falls", "type": "count", "max": 9, "label": {"zh": "跌倒"}},
    ],
    "adjustments": [
        {"id": "ill", "input": "ill", "effect": {"worsen": 1}, "reason": {"zh": "患病"}},
        {"id": "falls", "input": "falls", "at_least": 2, "effect": {"set_level": 1}, "reason": {"zh": "跌倒"}},
    ],
    "form_a": [
        {
            "code": "A",
            "name": {"zh": "甲表"},
            "fields": [
                {
                    "code": "A.1",
                    "name": {"zh": "病"},
                    "type": "choice",
                    "choices": [{"code": "1", "text": {"zh": "有"}, "sets": {"ill": True}}],
                },
                {"code": "A.2", "name": {"zh": "身高"}, "type": "number", "unit": "cm", "min": 50, "max": 250},
            ],
        }
    ],
    "form_c": [{"code": "C.1", "name": {"zh": "得分"}, "shows": "dimension:D"}],
}
COMBINED: dict[str, Any] = {
    **{key: value for key, value in SMALL.items() if key not in ("adjustments", "inputs", "form_a", "form_c")},
    "dimensions": [{"code": "D", "name": {"zh": "一"}, "max": 1}, {"code": "E", "name": {"zh": "二"}, "max": 3}],
    "items": [SMALL["items"][0], {**SMALL["items"][1], "code": "E.1", "dimension": "E"}],
    "levels": [{"level": 0, "name": {"zh": "好"}}, {"level": 1, "name": {"zh": "差"}}],
    "dimension_levels": {
        "names": [{"zh": "完好"}, {"zh": "受损"}],
        "ranges": {"D": {"from": [[1, 1], [0, 0]]}, "E": {"from": [[2, 3], [0, 1]]}},
    },
    "combination": {"rows": "D", "columns": ["E"], "matrix": [[0, 1], [1, 1]]},
}


def put(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one part changed; `path` is dotted, a number is a place in a list; None as a value takes it out."""
    changed = copy.deepcopy(document)
    *way, last = [int(part) if part.isdecimal() else part for part in path.split("/")]
    target: Any = changed
    for part in way:
        target = target[part]
    if value is None:
        del target[last]
    elif isinstance(target, list) and last == len(target):
        target.append(value)
    else:
        target[last] = value
    return changed


def refused(document: Any) -> str:
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    with pytest.raises(ScaleError) as caught:
        load_scale(text, "small.yaml")
    assert str(caught.value).startswith("small.yaml:")
    assert caught.value.line is not None
    with pytest.raises(ScaleError) as plain:
        load_scale(document, "small.yaml")
    assert plain.value.reason == caught.value.reason
    assert plain.value.line is None
    return caught.value.reason


def test_the_small_scales_are_right() -> None:
    assert load_scale(SMALL).max == load_scale(COMBINED).max == 4
    assert load_scale(yaml.safe_dump(SMALL, allow_unicode=True)).hash == load_scale(SMALL).hash


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("levels", None, "lacks `levels`"),
        ("colour", "red", "may not hold `colour`"),
        ("id", "Small Scale", "must match"),
        ("version", 1, "must be string"),
        ("source/document", "x", "source names document `x`; expected one of d"),
        ("source/confidence", "sure", "it must be one of verified, secondary, general, unknown"),
        ("documents/1", {"id": "d", "title": "再一份"}, "`d` is given twice"),
        ("documents/0/date", "2025-02-30", "2025-02-30 is not a date; write YYYY-MM-DD"),
        ("standard/date", "2025-13-01", "2025-13-01 is not a date; write YYYY-MM-DD"),
        ("dimensions/0/max", 5, "dimension D has max 5, but the best options of its items sum to 4"),
        ("dimensions/1", {"code": "D", "name": {"zh": "又"}, "max": 4}, "`D` is given twice"),
        ("items/1/code", "D.1", "`D.1` is given twice"),
        ("items/1/name/zh", "甲", "the name 甲 stands for two items"),
        ("items/1/name/zh", "D.1", "the name D.1 stands for two items"),
        ("items/0/dimension", "F", "`F` is no dimension; expected one of D"),
        ("items/0/options", "maybe", "there is no option set `maybe`"),
        ("items/1/options/1/score", 3, "item D.2: 3 points stand after 3; expected options best first"),
        ("items/1/options/1/score", 4, "item D.2: 4 points stand after 3"),
        ("items/1/options/1/score", -1, "is -1; it must be at least 0"),
        ("items/1/options", {}, "must be array or string"),
        ("items/1/options/1/score", True, "must be integer"),
        ("option_sets/yes_no/1", None, "item D.1 has one option; expected two or more"),
        ("items/0/options", [], "`items[0].options` must not be empty"),
        ("levels/1/level", 2, "level 2 stands here; expected level 1"),
        ("levels/1", {"level": 1, "name": {"zh": "差"}}, "level 1 needs min and max: there is no combination"),
        ("levels/1/max", None, "has only one of min and max; expected both or none"),
        ("levels/1/max", 1, "no range holds a total of 2, which the items can reach"),
        ("levels/1/max", 3, "the range up to 3 does not lie below the one from 3"),
        ("levels/1/min", 3, "the range 3 to 2 is empty"),
        ("levels/0/max", 3, "no range holds a total of 4, which the items can reach"),
        ("decisive", False, "is not decisive and does not say why; expected `not_decisive`"),
        ("source/confidence", "general", "cannot be decisive while points, levels, adjustments is not verified"),
        ("adjustments/0/input", "sick", "there is no input `sick`"),
        ("adjustments/0/at_least", 2, "a count is held against `at_least`, a boolean is not"),
        ("adjustments/1/at_least", None, "a count is held against `at_least`, a boolean is not"),
        ("adjustments/1/effect", {"set_level": 2}, "there is no level 2"),
        ("adjustments/1/effect", {"set_level": 1, "worsen": 1}, "is not valid under any of the given schemas"),
        ("adjustments/1/id", "ill", "`ill` is given twice"),
        ("inputs/0/id", "items", "an input cannot be called items"),
        ("inputs/0/max", 3, "a count needs its largest number `max`, a boolean has none"),
        ("inputs/1/max", None, "a count needs its largest number `max`, a boolean has none"),
        ("inputs/1/id", "ill", "`ill` is given twice"),
        ("form_a/0/fields/1/code", "A.1", "`A.1` is given twice"),
        ("form_a/0/fields/1/choices", "x", "a field of type number has no `choices`"),
        ("form_a/0/fields/0/choices", None, "a field of type choice needs `choices`"),
        ("form_a/0/fields/0/choices", "x", "there is no choice set `x`"),
        ("form_a/0/fields/0/choices/1", {"code": "1", "text": {"zh": "无"}}, "`1` is given twice"),
        ("form_a/0/fields/0/choices/0/sets", {"sick": True}, "there is no input `sick`"),
        ("form_a/0/fields/0/choices/0/sets", {"ill": 1}, "`ill` is a boolean"),
        ("form_a/0/fields/0/choices/0/sets", {"falls": True}, "`falls` is a count"),
        ("form_a/0/fields/1/max", None, "a number needs its `min` and `max`"),
        ("form_c/0/shows", "dimension:F", "`F` is no dimension"),
        ("dimension_levels", COMBINED["dimension_levels"], "levels of dimensions need a combination that reads them"),
    ],
)
def test_what_does_not_fit_together_is_refused(path: str, value: Any, said: str) -> None:
    assert said in refused(put(SMALL, path, value))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("combination", None, "levels of dimensions need a combination that reads them"),
        ("combination/rows", "F", "the combination must name each of D, E once"),
        ("combination/columns", ["D"], "the combination must name each of D, E once"),
        ("combination/matrix", [[0, 1]], "the matrix needs 2 rows of 2 levels"),
        ("combination/matrix/1", [1], "the matrix needs 2 rows of 2 levels"),
        ("combination/matrix/1", [1, 2], "the matrix names level 2, which there is not"),
        ("combination/matrix", [[1, 0], [1, 1]], "the matrix gives a better level for a worse ability"),
        ("combination/matrix", [[0, 1], [1, 0]], "the matrix gives a better level for a worse ability"),
        ("dimension_levels/ranges/E", None, "levels are needed of each of D, E"),
        ("dimension_levels/ranges/E/from/1", [0, 0], "E: no range holds a total of 1, which the items can reach"),
        ("dimension_levels/ranges/E/from/2", [0, 0], "E has 3 ranges; expected 2, one for each name"),
        ("levels/0/min", 0, "has only one of min and max"),
        ("levels/0", {"level": 0, "name": {"zh": "好"}, "min": 0, "max": 1}, "levels follow from the combination"),
    ],
)
def test_a_combination_that_does_not_fit_is_refused(path: str, value: Any, said: str) -> None:
    assert said in refused(put(COMBINED, path, value))


@pytest.mark.parametrize("table", ["grades", "items", "answers", "may_apply"])
def test_a_self_assessment_must_be_whole(table: str) -> None:
    document = yaml.safe_load((SCALES / "ltci.yaml").read_text(encoding="utf-8"))
    document["self_assessment"][table] = [*document["self_assessment"][table][1:]]
    if table == "may_apply":
        document["self_assessment"][table] = ["Z"]
    assert refused(document)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "a: &x 1", "a: [", "- 1", "id: small\nid: small", "\x00", "x" * 1_000_001, "[" * 50, "'"],
    ids=["nothing", "list", "anchor", "open", "entries", "twice", "nul", "large", "deep", "quote"],
)
def test_what_is_no_scale_is_refused_with_its_file(text: str) -> None:
    with pytest.raises(ScaleError) as caught:
        load_scale(text, "small.yaml")
    assert str(caught.value).startswith("small.yaml")


def test_adjustments_of_different_names_add_up_and_stop_at_the_worst_level() -> None:
    three = put(SMALL, "levels", [
        {"level": 0, "name": {"zh": "好"}, "min": 4, "max": 4},
        {"level": 1, "name": {"zh": "中"}, "min": 3, "max": 3},
        {"level": 2, "name": {"zh": "差"}, "min": 0, "max": 2},
    ])  # fmt: skip
    scale = load_scale(put(three, "adjustments/1/effect", {"worsen": 1}))
    best = {"D.1": 1, "D.2": 3}
    assert score(scale, {"items": best, "ill": True, "falls": 0}).final == 1
    assert score(scale, {"items": best, "ill": True, "falls": 2}).final == 2
    found = score(scale, {"items": {"D.1": 0, "D.2": 3}, "ill": True, "falls": 2})
    assert [(entry.id, entry.before, entry.after) for entry in found.adjustments] == [("ill", 1, 2)]
    assert [entry.id for entry in found.without_effect] == ["falls"]


CHANGES: list[tuple[str, Callable[[dict[str, Any]], dict[str, Any]], bool]] = [
    ("a text", lambda d: put(d, "items/1/options/0/text/zh", "很好"), True),
    ("a source", lambda d: put(d, "items/1/source", {"document": "d", "confidence": "general"}), True),
    ("a level's name", lambda d: put(d, "levels/0/name/zh", "良好"), True),
    ("a score", lambda d: put(d, "items/1/options/1/score", 2), False),
    ("a cut-off", lambda d: put(put(d, "levels/0/min", 4), "levels/1/max", 3), False),
    ("an adjustment", lambda d: put(d, "adjustments/1/at_least", 3), False),
]


@pytest.mark.parametrize(("what", "change", "same"), CHANGES, ids=[change[0] for change in CHANGES])
def test_the_hash_covers_what_decides_and_no_wording(
    what: str, change: Callable[[dict[str, Any]], dict[str, Any]], same: bool
) -> None:
    document = put(SMALL, "items/1/points_source", {"document": "d", "confidence": "verified"})
    assert (load_scale(change(document)).hash == load_scale(SMALL).hash) == same


@pytest.mark.parametrize("scale", ALL, ids=lambda scale: scale.id)
def test_an_unknown_code_is_a_key_error(scale: Scale) -> None:
    item = scale.items[0]
    assert scale.item(item.code) is item
    assert item.option(item.max) is item.options[0]
    for wrong in (lambda: scale.item("Z"), lambda: item.option(99), lambda: scale.field("Z")):
        with pytest.raises(KeyError):
            wrong()


def test_every_scale_file_loads_alone() -> None:
    files: list[Path] = sorted(SCALES.glob("*.yaml"))
    assert [load_scale(file.read_text(encoding="utf-8"), file.name).id for file in files] == [f.stem for f in files]


def test_the_example_of_the_documentation_loads() -> None:
    text = (SCALES.parents[1] / "docs" / "scales.md").read_text(encoding="utf-8")
    scale = load_scale(text.split("```yaml\n", 1)[1].split("```", 1)[0], "docs/scales.md")
    assert (scale.max, scale.decisive) == (4, True)
