"""Every reason that the engine can raise about a pack has its Chinese, and says what was expected."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yinian.engines.entitlement as engine
from yinian.engines.entitlement import PackError
from yinian.engines.entitlement.expressions import parse_expression
from yinian.engines.entitlement.faults import fault_words, in_chinese
from yinian.engines.entitlement.located import read_yaml
from yinian.engines.entitlement.schema import check_schema

FOLDER = Path(engine.__file__).parent
ENGLISH = re.compile(r"[a-z]{4,} [a-z]{2,} [a-z]{2,}")


def reasons(file: str) -> list[str]:
    """The texts given to fail() and PackError() in a module, figures put in where a value stands."""
    calls = (node for node in ast.walk(ast.parse((FOLDER / file).read_text("utf-8"))) if isinstance(node, ast.Call))
    raising = [c for c in calls if getattr(c.func, "attr", getattr(c.func, "id", "")) in ("fail", "PackError")]
    return [_filled(c.args[0]) for c in raising if c.args and isinstance(c.args[0], ast.Constant | ast.JoinedStr)]


def _filled(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)


@pytest.mark.parametrize(
    ("file", "at_least"),
    [("expressions.py", 6), ("located.py", 6), ("pack.py", 20), ("rulings.py", 12), ("schemes.py", 9),
     ("sources.py", 1)],
)
def test_every_reason_of_reading_has_its_chinese(file: str, at_least: int) -> None:
    found = reasons(file)
    assert len(found) >= at_least
    missing = [reason for reason in found if reason != "expression `7`: 7" and in_chinese(reason) is None]
    assert not missing


BAD = {
    "age >=": "没有写完",
    "age >= 80 AND": "没有写完",
    "age >= 八十": "没有“八十”这项情况",
    "agee >= 80": "是不是想写 age（年龄）",
    "relief = 'poor'": "可能的值有",
    "relief > 3": "文字不能和数字比较",
    "age": "结果应当是是或否",
    "DROP TABLE people": "不能用在这里",
    "age >= param('advanced_age')": "没有“advanced_age”这项标准",
    "age IN ()": "IN",
    "living IS TRUE": "IS 后面只能写",
    "(age >= 80": "写法不对",
    "age >= 80; TRUE": "只能写一个式子",
    "age >= sqrt(80)": "没有“sqrt”这个函数|不能用在这里",
    "": "没有填写",
}


@pytest.mark.parametrize("text", BAD)
def test_a_wrong_expression_is_explained_in_chinese(text: str) -> None:
    with pytest.raises(PackError) as caught:
        parse_expression(text, {"pension_age": "number"}, expect="bool")
    said = fault_words(caught.value, "zh")
    assert re.search(BAD[text], said), (said, caught.value.reason)
    assert not ENGLISH.search(said)
    assert fault_words(caught.value, "en") == caught.value.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- id: a\n  label: 甲\n", "缺少 who、source"),
        ("- id: a\n  label: {zh: 甲}\n  source: {document: d, confidence: sure}\n  who: []\n", "只能是|不能为空"),
        ("- id: a\n  labl: {zh: 甲}\n", "缺少|不能有"),
        ("- id: a\n label: x\n", "格式不对"),
        ("- id: [a\n", "格式不对"),
        ("- id: a\n  id: b\n", "写了两次"),
        ("- &x {id: a}\n", "不能使用"),
    ],
)
def test_wrong_yaml_is_explained_in_chinese(text: str, expected: str) -> None:
    with pytest.raises(PackError) as caught:
        check_schema(read_yaml(text, "services.yaml"), "services")
    said = fault_words(caught.value, "zh")
    assert re.search(expected, said), (said, caught.value.reason)
    assert not ENGLISH.search(said)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ageliv =<>()'%80ANDORin.,;+-*/\"", max_size=24))
def test_whatever_is_typed_is_answered_in_chinese(text: str) -> None:
    try:
        parse_expression(text, {}, expect="bool")
    except PackError as error:
        said = in_chinese(error.reason)
        assert said is not None, error.reason
