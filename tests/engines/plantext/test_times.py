"""Deadlines: absolute, relative to the document, recurring, inherited; and dates that are none."""

from typing import Any

import pytest
from tests.engines.plantext.making import read, under_task


def deadlines(line: str, dated: str = "2025年3月8日") -> list[str | None]:
    document = under_task(line, dated=dated)
    return [one.get("iso") or one.get("rule") for task in document["tasks"] for one in task["deadlines"]]


@pytest.mark.parametrize(
    ("line", "due"),
    [
        ("2026年6月底前完成改造。", ["2026-06-30"]),
        ("到2027年底，建成服务网络。", ["2027-12-31"]),
        ("于2025年9月30日前将材料报县民政局。", ["2025-09-30"]),
        ("2026年上半年完成选址工作。", ["2026-06-30"]),
        ("2026年第三季度末前完成验收。", ["2026-09-30"]),
        ("（2025年12月底前）完成系统建设。", ["2025-12-31"]),
        ("今年6月底前完成隐患排查。", ["2025-06-30"]),
        ("明年年底前建成服务中心。", ["2026-12-31"]),
        ("年内完成人员培训工作。", ["2025-12-31"]),
        ("本月底前报送工作方案。", ["2025-03-31"]),
        ("三季度前完成项目验收。", ["2025-09-30"]),
        ("12月10日前上报年度总结。", ["2025-12-10"]),
        ("1月底前报送年度总结。", ["2026-01-31"]),
        ("“十五五”期间完善服务体系。", ["2030-12-31"]),
        ("到“十五五”末，建成服务体系。", ["2030-12-31"]),
        ("3年内建成服务网络。", ["2028-12-31"]),
        ("力争用3年时间，建成服务网络。", ["2028-12-31"]),
        ("今后三年新增床位900张。", ["2028-12-31"]),
        ("用半年时间完成全面排查整改。", ["2025-09-30"]),
        ("利用两年半时间完成设施改造。", ["2027-09-30"]),
        ("分三年完成全部敬老院改造。", ["2027-12-31"]),
        ("自4月起，利用6个月时间开展集中整治。", ["2025-09-30"]),
        ("从2025年5月起，用一年半时间完成改造。", ["2026-10-31"]),
        ("逐月通报工作进展情况。", ["FREQ=MONTHLY"]),
        ("逐季调度项目建设进度。", ["FREQ=MONTHLY;INTERVAL=3"]),
        ("方案印发后30日内制定实施细则。", ["2025-04-07"]),
        ("自本方案印发之日起一个月内完成备案。", ["2025-04-08"]),
        ("2025年7月至9月开展集中整治。", ["2025-09-30"]),
        ("国庆节前完成安全检查。", ["2025-09-30"]),
        ("2025年10月底前完成清查，2026年3月底前完成整改。", ["2025-10-31", "2026-03-31"]),
        ("2026年3月底前完成清查，6月底前完成整改。", ["2026-03-31", "2026-06-30"]),
        ("每年10月底前完成年度验收。", ["FREQ=YEARLY;BYMONTH=10"]),
        ("每年3月15日前报送计划。", ["FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=15"]),
        ("每年1月和7月报送有关数据。", ["FREQ=YEARLY;BYMONTH=1,7"]),
        ("每月5日前报送有关数据。", ["FREQ=MONTHLY;BYMONTHDAY=5"]),
        ("每季度报送工作进展。", ["FREQ=MONTHLY;INTERVAL=3"]),
        ("每半年召开1次联席会议。", ["FREQ=MONTHLY;INTERVAL=6"]),
        ("每两年开展一次综合评估。", ["FREQ=YEARLY;INTERVAL=2"]),
        ("每年开展2—3次应急演练。", ["FREQ=YEARLY;TIMES=2-3"]),
        ("定期通报工作进展情况。", ["unspecified"]),
        ("于本月20日前报送联络员名单。", ["2025-03-20"]),
        ("力争通过三年努力，实现全部达标。", ["2028-12-31"]),
        ("2025.12.31前完成全部整改。", ["2025-12-31"]),
        ("6月、9月、12月底前各调度一次。", ["2025-06-30"]),
        ("每半个月开展一次入户走访。", ["FREQ=WEEKLY;INTERVAL=2"]),
        ("按季度开展服务质量抽查工作。", ["FREQ=MONTHLY;INTERVAL=3"]),
    ],
)
def test_deadlines(line: str, due: list[str]) -> None:
    assert deadlines(line) == due


@pytest.mark.parametrize(
    "line",
    [
        "依据2024年印发的文件，做好政策衔接。",
        "2000年底前建成的小区应当补建养老设施。",
        "严格执行《养老机构服务规范（2023年版）》要求。",
        "落实“2025年养老机构等级评定”工作要求。",
        "在2020年基础上持续扩大服务供给。",
        "不定期开展抽查检查工作。",
        "提供急性期治疗、稳定期生活照料等服务。",
        "在规定期限内办理备案手续。",
        "对到2025年底仍未达标的机构予以关停。",
        "按照每张床位每年3000元的标准给予运营补贴。",
        "为每人每年发放补贴并加强管理。",
        "项目建成后半年内办理产权登记。",
        "2025年12月31日前缴纳的费用予以减免。",
        "2025年春季学期起开设养老专业课程。",
    ],
)
def test_dates_that_are_conditions_names_or_history(line: str) -> None:
    assert deadlines(line) == []


def test_a_month_before_the_document_is_one_of_next_year() -> None:
    assert deadlines("3月底前完成排查工作。", "2025年12月20日") == ["2026-03-31"]


def test_years_of_the_plan_itself_resolve_its_length() -> None:
    document = read("临川县养老服务三年行动方案（2024—2026年）\n一、任务\n3年内建成服务网络。\n2024年5月1日\n")
    assert document["tasks"][0]["deadline"]["iso"] == "2026-12-31"


def test_without_a_date_of_its_own_a_relative_time_stays_open() -> None:
    document = read("一、任务\n年底前完成全部改造任务。\n")
    assert document["tasks"][0]["deadline"]["iso"] is None
    assert {"deadline_unresolved", "no_date"} <= {doubt["code"] for doubt in document["doubts"]}


@pytest.mark.parametrize(
    ("line", "due"),
    [
        ("2026年春节前完成走访慰问工作。", ["2026-02-16"]),
        ("重阳节前完成百岁老人走访。", ["2025-10-28"]),
        ("中秋节前完成助餐点检查。", ["2025-10-05"]),
        ("明年端午节前完成设施改造。", ["2026-06-18"]),
        ("春节前完成困难老年人走访。", ["2026-02-16"]),
        ("元旦前完成全部资金拨付。", ["2025-12-31"]),
    ],
)
def test_feasts_are_due_the_day_before(line: str, due: list[str]) -> None:
    assert deadlines(line) == due


@pytest.mark.parametrize("line", ["2055年春节前完成走访慰问工作。", "供暖期前完成管网检修工作。"])
def test_a_season_and_a_feast_of_a_far_year_stay_open(line: str) -> None:
    document = under_task(line)
    assert document["tasks"][0]["deadline"]["iso"] is None
    assert [doubt["code"] for doubt in document["doubts"]] == ["deadline_unresolved"]


def carried(*lines: str) -> list[tuple[str | None, bool]]:
    tasks: list[dict[str, Any]] = under_task(*lines)["tasks"]
    return [
        (task["deadline"].get("iso") or task["deadline"].get("rule"), bool(task["deadline"].get("inherited")))
        for task in tasks
        if task["deadline"]
    ]


def test_a_time_in_a_heading_holds_for_all_under_it() -> None:
    lines = ("（一）排查整改阶段（2025年5月—9月）。各机构开展自查自纠。县民政局组织全面检查。",)
    assert carried(*lines) == [("2025-09-30", True), ("2025-09-30", True)]


def test_a_field_may_name_the_whole_year() -> None:
    assert carried("1.开展助餐服务。推进助餐点建设工作。", "完成时限：全年") == [("2025-12-31", True)]


def test_a_time_in_a_block_of_units_holds_for_its_sentence() -> None:
    assert carried("加快项目建设进度。（县民政局牵头，2025年底前完成）") == [("2025-12-31", True)]


def test_a_field_for_the_time_holds_for_its_item() -> None:
    found = carried(
        "1.改造敬老院。完成消防改造任务。",
        "责任单位：县民政局",
        "完成时限：2025年10月",
        "2.建设互助点。加快选址建设。",
        "完成时限：长期坚持",
    )
    assert found == [("2025-10-31", True), ("unspecified", True)]
