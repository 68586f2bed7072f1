"""What holds for every text: quotes are slices, spans lie inside, nothing crashes, nothing that matters is lost."""

import re
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.plantext.making import PLAN, quotes, read, spans
from tests.engines.plantext.marking import unmark

from yinian.engines.plantext import read_plan, to_document
from yinian.engines.plantext.grammar import vocabulary

UNHURRIED = settings(deadline=None, max_examples=60)
"""A busy machine may be slow, and no test measures time."""

_PIECES = [
    *vocabulary(
        """一、 （一） (二) 1. 2、 第一章 第三条 ① ⑴ 一是 二是 三要 。 ； ， 、 ： （ ） ( ) “ ” 《 》 〔 〕 【 】 [ |
        2025年 2027年底前 到 十四五”期间 每年10月底前 3年内 今年 年底 上半年 第三季度末 自 起施行 截至 市民政局
        财政局 各乡镇、街道 等有关单位 牵头 配合 按职责分工负责 责任单位： 牵头单位： 排第一位的为牵头单位 下同
        建成 达到 不低于 超过 60% 30个 2.5万户 三分之一 八成 500万元 1.2亿元 1—2所 全覆盖 护理型床位占比
        养老机构 目录 附件： 专栏1 序号 项目名称 总投资 责任单位 合计 1 2 3 —— ㈠ 零 百 〇 ２０２６年 ％"""
    ),
    *"\n\r\t \u3000\ufeff",
    "\r\n",
]
_WORDS = st.lists(st.sampled_from(_PIECES), max_size=60).map("".join)
_ANY = st.one_of(st.text(max_size=300), _WORDS, st.lists(_WORDS, max_size=12).map("\n".join))


def check(document: dict[str, Any]) -> None:
    text = document["text"]
    for key in ("units", "tasks", "targets", "money"):
        for item in document[key]:
            assert item["quote"] == text[item["start"] : item["end"]]
            assert item["quote"]
    for block in document["units"]:
        for member in block["members"]:
            assert block["start"] <= member["start"] < member["end"] <= block["end"]
            assert member["surface"] == text[member["start"] : member["end"]]
    for target in document["targets"]:
        assert target["value_text"] == text[target["value_start"] : target["value_end"]]
        assert target["start"] <= target["value_start"] < target["value_end"] <= target["end"]
        assert target["start"] <= target["indicator_start"] <= target["indicator_end"] <= target["end"]
    for task in document["tasks"]:
        for deadline in [task["deadline"], *task["deadlines"]]:
            if deadline and "start" in deadline:
                assert deadline["raw"] == text[deadline["start"] : deadline["end"]]
    nodes = {node["id"]: node for node in document["outline"]}
    for node in nodes.values():
        assert 0 <= node["start"] < node["end"] <= node["body_end"] <= len(text)
        assert text[node["start"] : node["end"]].startswith(node["label"])
        if node["parent"]:
            parent = nodes[node["parent"]]
            assert parent["level"] < node["level"]
            assert parent["start"] <= node["start"]
            assert node["body_end"] <= parent["body_end"]
    for key in ("units", "tasks", "targets", "money", "tables"):
        assert all(item["outline_id"] is None or item["outline_id"] in nodes for item in document[key])


@UNHURRIED
@given(_ANY)
def test_any_text_reads_without_fault_and_every_quote_is_its_slice(text: str) -> None:
    plan = read_plan(text)
    check(to_document(plan))
    assert all(0 <= start <= end <= len(text) for start, end in spans(plan))


@UNHURRIED
@given(_ANY)
def test_reading_twice_gives_the_same(text: str) -> None:
    assert read_plan(text) == read_plan(text)


_PLANS = [
    unmark(path.read_bytes().decode("utf-8"))[0] for path in sorted((Path(__file__).parent / "plans").glob("*.txt"))
]
_PUT_IN = [
    *"（）()，。；：、“”《》〔〕【】\n\r\t 　\u00a0一二3%年月元万",
    "2025年",
    "（一）",
    "1.",
    "①",
    "一是",
    "责任单位：",
    "|",
]
_CUTS = st.tuples(st.integers(0, 4000), st.integers(0, 120), st.sampled_from(["", *_PUT_IN]))


@UNHURRIED
@given(st.sampled_from(_PLANS), st.lists(_CUTS, min_size=1, max_size=25), st.booleans(), st.booleans())
def test_a_plan_that_a_page_has_damaged_reads_without_fault(
    text: str, cuts: list[tuple[int, int, str]], joined: bool, widened: bool
) -> None:
    for at, size, words in cuts:
        place = at % (len(text) + 1)
        text = text[:place] + words + text[place + (size if words == "" else 0) :]
    if joined:
        text = re.sub(r"\n(?=.{0,40}。)", "", text)
    if widened:
        text = text.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})
    check(to_document(read_plan(text)))


def test_the_plan_itself_holds_to_it() -> None:
    check(read(PLAN))


_FULL = str.maketrans("（）：；，“”", '():;,""')


def test_full_width_and_ascii_marks_lose_nothing() -> None:
    plain = read(PLAN)
    mixed = read(PLAN.translate(_FULL))
    for key in ("outline", "units", "tasks", "targets", "money"):
        assert len(mixed[key]) == len(plain[key]), key
    assert [task["deadline"] and task["deadline"].get("iso") for task in mixed["tasks"]] == [
        task["deadline"] and task["deadline"].get("iso") for task in plain["tasks"]
    ]
    assert [task["lead_units"] for task in mixed["tasks"]] == [task["lead_units"] for task in plain["tasks"]]


def test_full_width_digits_and_other_line_ends_lose_nothing() -> None:
    plain = read(PLAN)
    wide = read(PLAN.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)}))
    for variant in (wide, read("\ufeff" + PLAN), read(PLAN.replace("\n", "\r\n")), read(PLAN.replace("\n", "\n\n"))):
        assert [target["value"] for target in variant["targets"]] == [target["value"] for target in plain["targets"]]
        assert len(variant["tasks"]) == len(plain["tasks"])
        assert [node["title"] for node in variant["outline"]] == [node["title"] for node in plain["outline"]]
        assert [money["amount_min"] for money in variant["money"]] == [money["amount_min"] for money in plain["money"]]


@UNHURRIED
@given(st.permutations(range(4)))
def test_sections_that_know_nothing_of_each_other_may_change_places(order: list[int]) -> None:
    sections = [
        "改造敬老院。2026年6月底前完成改造。（牵头单位：县民政局；配合单位：县财政局）",
        "建设互助点。2027年底前建成30个以上互助点。（县民政局、县农业农村局按职责分工负责）",
        "安排资金。县财政安排资金500万元。（责任单位：县财政局）",
        "培训人员。每年培训护理员不少于200名。（县人力资源社会保障局负责）",
    ]
    lines = [f"{number}.{sections[index]}" for number, index in enumerate(order, 1)]
    found = read("\n".join(["一、重点任务", *lines, "2025年3月8日"]))
    assert sorted(quotes(found, "tasks")) == sorted(
        ["2026年6月底前完成改造", "2027年底前建成30个以上互助点", "县财政安排资金500万元", "每年培训护理员不少于200名"]
    )
    roles = {task["quote"][:4]: (task["lead_units"], task["assist_units"]) for task in found["tasks"]}
    assert roles["2026"] == (["县民政局"], ["县财政局"])
    assert [target["value"] for target in sorted(found["targets"], key=lambda target: target["value"])] == [30, 200]


def test_long_texts_of_one_kind_are_read_to_their_end() -> None:
    """Texts that would take hours if any part of the reading looked back over the whole text at every place."""
    for piece in (
        "1个",
        "1.\n",
        "（",
        "“",
        "到2027年底",
        "、",
        "一是",
        "2027年达到60%，",
        "市民政局、",
        "(牵头单位：",
        "1\n",
        "\t",
        "|",
    ):
        text = "一、重点任务\n" + piece * (15_000 // len(piece))
        plan = read_plan(text)
        assert all(end <= len(text) for _, end in spans(plan))
