"""The scales that come with Yinian: as the standards have them, in words of our own, each part with its source."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.scale.making import ALL, GBT, LTCI, TEKUN, best, fingerprint

from yinian.core.scalefiles import SCALES, scale_ids
from yinian.engines.scale import Scale
from yinian.engines.scale.model import deciding_sources
from yinian.engines.scale.schema import SCHEMAS

LONG = 8
"""Up to so many characters a text may be the standard's own: there is no other way to say 经济来源."""


def test_the_published_schemas_are_those_that_are_enforced() -> None:
    for name, schema in SCHEMAS.items():
        assert json.loads((SCALES / "schema" / f"{name}.json").read_text(encoding="utf-8")) == schema


def test_the_three_scales_are_there() -> None:
    assert scale_ids() == ("gbt42195", "ltci", "tekun")
    assert [(len(scale.items), scale.max) for scale in ALL] == [(26, 90), (17, 128), (6, 6)]
    assert [(d.code, len(GBT.items_of(d.code)), d.max) for d in GBT.dimensions] == [
        ("B.1", 8, 32),
        ("B.2", 4, 15),
        ("B.3", 9, 28),
        ("B.4", 5, 15),
    ]
    assert [(d.code, len(LTCI.items_of(d.code)), d.max) for d in LTCI.dimensions] == [
        ("ADL", 10, 100),
        ("COG", 4, 16),
        ("PER", 3, 12),
    ]


@pytest.mark.parametrize("scale", ALL, ids=lambda scale: scale.id)
def test_only_what_is_verified_decides(scale: Scale) -> None:
    confidences = {source.confidence for source in deciding_sources(scale).values()}
    assert scale.decisive == (confidences == {"verified"})
    assert scale.decisive == (scale.confidence == "verified") == (not scale.unverified)
    assert scale.decisive or scale.not_decisive


def test_the_open_points_are_said() -> None:
    assert {point.id for point in GBT.open_points} >= {"risk-events-sum", "official-text", "routine-interval"}
    assert {point.id for point in LTCI.open_points} >= {"points", "dimension-levels", "matrix"}
    assert GBT.process["routine_interval"].value is None
    assert GBT.process["routine_interval"].source.confidence == "unknown"


ITEMS = """
B.1.1 进食 4, B.1.2 修饰 4, B.1.3 洗澡 4, B.1.4 穿/脱上衣 4, B.1.5 穿/脱裤子和鞋袜 4, B.1.6 小便控制 4,
B.1.7 大便控制 4, B.1.8 如厕 4,
B.2.1 床上体位转移 4, B.2.2 床椅转移 4, B.2.3 平地行走 4, B.2.4 上下楼梯 3, B.3.1 时间定向 4,
B.3.2 空间定向 4, B.3.3 人物定向 4, B.3.4 记忆 4, B.3.5 理解能力 4, B.3.6 表达能力 4, B.3.7 攻击行为 1,
B.3.8 抑郁症状 1, B.3.9 意识水平 2, B.4.1 视力 2, B.4.2 听力 2, B.4.3 执行日常事务 4, B.4.4 使用交通工具外出 3,
B.4.5 社会交往能力 4
"""
"""The items of GB/T 42195-2022, each with its most points; every whole number down to 0 is an option."""


def test_items_and_points_are_the_standards() -> None:
    wanted = [entry.split() for entry in ITEMS.replace("\n", " ").split(",")]
    assert [[item.code, item.name.zh, str(item.max)] for item in GBT.items] == wanted
    assert all([option.score for option in item.options] == [*range(item.max, -1, -1)] for item in GBT.items)


def texts_of(scale: Scale) -> Iterator[str]:
    """Every text of ours that the standard, too, has a text for."""
    for item in scale.items:
        if item.definition is not None:
            yield item.definition.zh
        yield from (option.text.zh for option in item.options)
    for section in scale.form_a:
        for field in section.fields:
            yield from (choice.text.zh for choice in field.choices)
    if scale.self_assessment is not None:
        yield from (text.zh for text in scale.self_assessment.answers.values())


def test_no_longer_text_is_the_standards_own() -> None:
    theirs = set((Path(__file__).parent / "standard_texts.sha256").read_text(encoding="ascii").split())
    assert len(theirs) > 100
    copied = [text for scale in ALL for text in texts_of(scale) if len(text) > LONG and fingerprint(text) in theirs]
    assert copied == []


def test_each_item_of_tekun_is_able_or_not() -> None:
    assert [item.name.zh for item in TEKUN.items] == ["自主吃饭", "穿衣", "上下床", "如厕", "室内行走", "洗澡"]
    assert set(best(TEKUN).values()) == {1}


@pytest.mark.parametrize("scale", ALL, ids=lambda scale: scale.id)
def test_every_text_is_there_in_both_languages(scale: Scale) -> None:
    chinese = re.compile("[一-鿿]")
    for item in scale.items:
        for text in (item.name, item.definition, *(option.text for option in item.options)):
            if text is not None:
                assert chinese.search(text.zh) and not chinese.search(text.en), text
    for section in scale.form_a:
        for field in section.fields:
            for text in (field.name, *(choice.text for choice in field.choices)):
                assert not chinese.search(text.en), text
