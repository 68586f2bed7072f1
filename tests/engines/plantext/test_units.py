"""Who is responsible: roles by label and by verb, inherited levels, groups, places, rules for a whole document."""

import pytest
from tests.engines.plantext.making import read, under_task

Members = list[tuple[str, str]]


def members(words: str) -> Members:
    blocks = under_task("推进服务设施建设。" + words)["units"]
    return [(member["surface"], member["role"]) for block in blocks for member in block["members"]]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("（责任单位：县民政局、县财政局）", [("县民政局", "responsible"), ("县财政局", "responsible")]),
        ("（牵头单位：县民政局；配合单位：县财政局）", [("县民政局", "lead"), ("县财政局", "assist")]),
        (
            "（县民政局牵头，县财政局、县医保局配合）",
            [("县民政局", "lead"), ("县财政局", "assist"), ("县医保局", "assist")],
        ),
        ("（县民政局、县财政局按职责分工负责）", [("县民政局", "joint"), ("县财政局", "joint")]),
        (
            "（县民政局牵头，县财政局、县医保局按职责分工负责）",
            [("县民政局", "lead"), ("县财政局", "assist"), ("县医保局", "assist")],
        ),
        (
            "（县民政局会同县财政局、县医保局负责）",
            [("县民政局", "lead"), ("县财政局", "assist"), ("县医保局", "assist")],
        ),
        ("（县民政局、县财政局负责）", [("县民政局", "responsible"), ("县财政局", "responsible")]),
        (
            "（县教育局、县民政局（牵头）、县财政局）",
            [("县教育局", "assist"), ("县民政局", "lead"), ("县财政局", "assist")],
        ),
        ("(责任单位:县民政局,县财政局)", [("县民政局", "responsible"), ("县财政局", "responsible")]),
        ("［责任单位：县民政局］", [("县民政局", "responsible")]),
        ("（县民政局，各乡镇、街道）", [("县民政局", "responsible"), ("各乡镇、街道", "territorial")]),
        (
            "（责任单位：市民政局，各县（市、区）人民政府）",
            [("市民政局", "responsible"), ("各县（市、区）人民政府", "territorial")],
        ),
        ("（县民政局牵头，各乡镇人民政府配合）", [("县民政局", "lead"), ("各乡镇人民政府", "assist")]),
        ("（完成时间：2025年12月，责任单位：县民政局）", [("县民政局", "responsible")]),
        ("（县民政局牵头，县财政局配合，长期推进）", [("县民政局", "lead"), ("县财政局", "assist")]),
        ("（牵头领导：张某；责任单位：县民政局）", [("县民政局", "responsible")]),
        ("（各有关单位按职责分工负责）", [("各有关单位", "joint")]),
        (
            "（县直有关部门，各乡镇人民政府按职责分工负责）",
            [("县直有关部门", "joint"), ("各乡镇人民政府", "territorial")],
        ),
        ("（县民政局牵头，县直有关部门配合）", [("县民政局", "lead")]),
        (
            "（县民政局、县卫健局双牵头，县医保局配合）",
            [("县民政局", "lead"), ("县卫健局", "lead"), ("县医保局", "assist")],
        ),
        ("（牵头单位为县民政局，配合单位为县财政局）", [("县民政局", "lead"), ("县财政局", "assist")]),
        ("【牵头部门】县民政局【配合部门】县财政局", [("县民政局", "lead"), ("县财政局", "assist")]),
        (
            "（自治区民政厅，各地、州、市人民政府（行政公署））",
            [("自治区民政厅", "responsible"), ("各地、州、市人民政府（行政公署）", "territorial")],
        ),
        (
            "（县民政局牵头，各乡镇政府负责落实。以下各项工作均需各乡镇政府负责落实，不再一一列出。）",
            [("县民政局", "lead"), ("各乡镇政府", "territorial")],
        ),
        (
            "（责任部门：县民政局、县财政局，适用范围：试点乡镇）",
            [("县民政局", "responsible"), ("县财政局", "responsible")],
        ),
        ("责任单位：县民政局、县财政局。", [("县民政局", "responsible"), ("县财政局", "responsible")]),
    ],
)
def test_roles(words: str, found: Members) -> None:
    assert members(words) == found


@pytest.mark.parametrize(
    "words",
    ["（含县民政局直属机构）", "（县域）", "（不少于2名）", "（以下简称县民政局）", "（联系人：张某）", "（见附件）"],
)
def test_parentheses_that_name_nobody_responsible(words: str) -> None:
    assert members(words) == []


def test_a_level_is_inherited_by_departments_alone() -> None:
    (block,) = under_task("推进建设工作。（市民政局、财政局、各县区政府、慈善总会按职责分工负责）")["units"]
    names = {member["surface"]: member["name"] for member in block["members"]}
    assert names["财政局"] == "市财政局"
    assert names["各县区政府"] == "各县区政府"


def test_others_unnamed_leave_the_block_open() -> None:
    for words in (
        "（县民政局、县财政局等有关单位配合）",
        "（牵头单位：县民政局；配合单位：县直有关部门）",
        "（责任单位：县民政局等）",
    ):
        (block,) = under_task("推进服务设施建设。" + words)["units"]
        assert block["open_ended"]
        assert not any("有关" in member["surface"] for member in block["members"])
    (closed,) = under_task("推进服务设施建设。（责任单位：县民政局）")["units"]
    assert not closed["open_ended"]


def test_a_rule_that_the_first_leads_holds_from_there_on() -> None:
    document = read(
        "一、任务\n1.改造。完成设施改造。（责任单位：县民政局、县财政局，排第一位的为牵头单位，下同）\n"
        "2.培训。开展人员培训。（责任单位：县人社局、县民政局）\n"
    )
    assert [[member["role"] for member in block["members"]] for block in document["units"]] == [["lead", "assist"]] * 2
    assert document["tasks"][1]["lead_units"] == ["县人社局"]


def test_a_rule_without_from_here_on_holds_for_its_block() -> None:
    document = read(
        "一、任务\n1.改造。完成设施改造。（责任单位：县民政局、县财政局，排第一位的为牵头单位）\n"
        "2.培训。开展人员培训。（责任单位：县人社局、县民政局）\n"
    )
    assert document["tasks"][1]["lead_units"] == []


def test_every_sentence_of_an_item_has_the_block_that_follows() -> None:
    document = under_task(
        "1.改造。完成设施改造。加强日常管理。（责任单位：县民政局）", "2.培训。开展人员培训。（责任单位：县人社局）"
    )
    assert [task["responsible_units"] for task in document["tasks"]] == [["县民政局"], ["县民政局"], ["县人社局"]]


def test_a_block_is_no_part_of_a_task() -> None:
    (task,) = under_task("推进服务设施建设（责任单位：县民政局）。")["tasks"] or [None]
    assert task is None or task["quote"] == "推进服务设施建设"
