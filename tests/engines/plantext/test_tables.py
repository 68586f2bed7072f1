"""Tables flattened to a cell per line, to tabs or bars: projects with their sums, indicators, work shared out."""

from typing import Any

import pytest
from tests.engines.plantext.making import read

from yinian.engines.plantext.grammar import vocabulary

HEAD = vocabulary("序号 项目名称 建设性质 建设单位 主要建设内容 开工年份 竣工年份 总投资（万元） 计划投资（万元）")


def table(total: int = 3100, first: int = 1500) -> str:
    cells = [
        *HEAD,
        *("合计", str(total), "1800", "一、机构类", "2500", "1500"),
        *("1", "城东敬老院改造", "改建", "县民政局", "改造床位100张", "2025", "2026", str(first), "900"),
        *("2", "城西养老中心", "新建", "县城投公司", "新建床位200张，", "配建食堂", "2026", "2027", "1000", "600"),
        *("二、社区类", "600", "300"),
        *("1", "社区食堂", "新建", "县民政局", "建设食堂10家", "2025", "2025", "600", "300"),
    ]
    return "临川县养老项目计划\n一、重点任务\n加快项目建设，强化要素保障。\n重点项目表\n" + "\n".join(cells) + "\n"


def doubts(document: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(one["code"], one["facts"]) for one in document["doubts"] if one["code"] != "no_date"]


def test_every_project_of_a_flattened_table_is_put_together() -> None:
    document = read(table())
    assert [(one["name"], one["nature"], one["owner"]) for one in document["projects"]] == [
        ("城东敬老院改造", "改建", "县民政局"),
        ("城西养老中心", "新建", "县城投公司"),
        ("社区食堂", "新建", "县民政局"),
    ]
    second = document["projects"][1]
    assert (second["start_year"], second["end_year"]) == (2026, 2027)
    assert (second["total_fen"], second["planned_fen"]) == (1_000_000_000, 600_000_000)
    assert second["content"] == "新建床位200张，\n配建食堂"
    assert document["text"][second["start"] : second["end"]].startswith("2\n城西养老中心")
    assert [one["group"] for one in document["projects"]] == ["一、机构类", "一、机构类", "二、社区类"]


def test_sums_that_add_up_raise_no_doubt() -> None:
    assert doubts(read(table())) == []


def test_a_total_that_is_not_the_sum_is_reported_with_the_difference() -> None:
    found = [facts for code, facts in doubts(read(table(total=3000))) if code == "sum_differs"]
    assert [(one["field"], one["stated"], one["found"], one["difference"]) for one in found] == [
        ("total_fen", 3_000_000_000, 3_100_000_000, 100_000_000)
    ]


def test_a_wrong_project_is_seen_in_its_group_and_in_the_whole() -> None:
    codes = [code for code, _ in doubts(read(table(first=1600)))]
    assert codes.count("sum_differs") == 2


def test_a_plan_above_its_total_and_years_upside_down_are_reported() -> None:
    upside = table().replace("2026\n2027\n1000\n600", "2027\n2026\n1000\n1200")
    codes = {code for code, _ in doubts(read(upside))}
    assert {"planned_above_total", "ends_before_it_starts"} <= codes


def test_rows_of_a_table_are_no_tasks_targets_or_headings() -> None:
    document = read(table())
    assert [task["quote"] for task in document["tasks"]] == ["加快项目建设，强化要素保障"]
    assert document["targets"] == []
    assert [node["label"] for node in document["outline"]] == ["一、"]


def test_indicators_become_targets_of_the_last_year() -> None:
    lines = (
        "序号\t指标名称\t单位\t2025年\t2030年\t属性\n"
        "1\t护理型床位占比\t%\t55\t73\t约束性\n2\t互助点\t个\t300\t≥500\t预期性"
    )
    found = read(f"一、发展目标\n主要指标见下表。\n{lines}\n二、重点任务\n加快建设互助点。\n")["targets"]
    assert [(one["indicator"], one["comparator"], one["value"], one["unit"]) for one in found] == [
        ("护理型床位占比", ">=", 73, "%"),
        ("互助点", ">=", 500, "个"),
    ]
    assert {one["kind"] for one in found} == {"table"}
    assert {one["deadline"]["iso"] for one in found} == {"2030-12-31"}


def test_work_shared_out_by_bars_becomes_tasks_with_units() -> None:
    lines = (
        "| 序号 | 工作任务 | 牵头单位 | 配合单位 | 完成时限 |\n|---|---|---|---|---|\n"
        "| 1 | 改造敬老院的消防设施 | 县民政局 | 县财政局、县消防救援大队 | 2026年6月底前 |\n"
        "| 2 | 培训养老护理人员 | 县人社局 | 县民政局 | 长期坚持 |"
    )
    document = read(f"一、重点任务\n分工见下表。\n{lines}\n")
    tasks = [task for task in document["tasks"] if task.get("from_table")]
    assert [(task["lead_units"], task["assist_units"]) for task in tasks] == [
        (["县民政局"], ["县财政局", "县消防救援大队"]),
        (["县人社局"], ["县民政局"]),
    ]
    assert [task["deadline"].get("iso") or task["deadline"].get("rule") for task in tasks] == [
        "2026-06-30",
        "unspecified",
    ]


def test_a_table_gives_its_units_to_the_task_that_the_body_has_already() -> None:
    lines = (
        "工作任务\t责任单位\t完成时限\n改造敬老院的消防设施\t县民政局\t2026年6月底前\n"
        "培训养老护理人员\t县人社局\t2026年底前"
    )
    document = read(
        f"一、重点任务\n（一）改造。改造敬老院的消防设施。\n（二）培训。培训养老护理人员。\n附件\n{lines}\n"
    )
    assert [task["quote"] for task in document["tasks"]] == ["改造敬老院的消防设施", "培训养老护理人员"]
    assert [task["responsible_units"] for task in document["tasks"]] == [["县民政局"], ["县人社局"]]
    assert [task["deadline"]["iso"] for task in document["tasks"]] == ["2026-06-30", "2026-12-31"]


def test_rows_with_fewer_cells_go_on_from_the_row_above() -> None:
    rows = (
        "序号\n重点任务\n责任单位\n负责科室\n计划完成时间\n进展情况\n"
        "1\n新建老年食堂9个\n县民政局\n养老科\n6月底前\n已完成选址\n"
        "2\n新增认知障碍照护床位80张\n9月底前\n正在采购设备\n"
        "3\n改造提升乡镇敬老院4所\n县住房和城乡建设局\n"
        "4\n培训养老护理员260人次\n11月底前\n"
        "5\n建成县级老年活动中心\n县文广旅局\n2025年12月底前\n目前正在施工\n"
    )
    document = read(f"石溪县养老服务重点任务分解表\n2025年3月1日\n{rows}")
    tasks = [(one["quote"], one["responsible_units"], one["deadline"]["iso"]) for one in document["tasks"]]
    assert tasks == [
        ("新建老年食堂9个", ["县民政局"], "2025-06-30"),
        ("新增认知障碍照护床位80张", ["县民政局"], "2025-09-30"),
        ("改造提升乡镇敬老院4所", ["县住房和城乡建设局"], "2025-09-30"),
        ("培训养老护理员260人次", ["县住房和城乡建设局"], "2025-11-30"),
        ("建成县级老年活动中心", ["县文广旅局"], "2025-12-31"),
    ]


HEADED = "石溪县“十四五”养老服务规划\n2021年10月8日\n\n一、总体要求\n（一）主要指标\n石溪县养老服务主要指标\n"


def aims(document: dict[str, Any]) -> list[tuple[str, str, Any, str]]:
    return [(one["indicator"], one["comparator"], one["value"], one["unit"]) for one in document["targets"]]


def test_the_name_of_a_group_goes_on_over_the_rows_below_it() -> None:
    rows = (
        "序号\n类别\n指标名称\n单位\n2020年\n2025年\n指标属性\n"
        "1\n设施建设\n养老床位总数\n张\n2900\n4100\n预期性\n"
        "2\n护理型床位占比\n%\n41\n58\n约束性\n"
        "3\n队伍建设\n持证护理员人数\n名\n150\n≥320\n预期性\n"
        "4\n社会工作者人数\n名\n—\n45\n预期性\n"
    )
    assert aims(read(HEADED + rows)) == [
        ("养老床位总数", "=", 4100, "张"),
        ("护理型床位占比", ">=", 58, "%"),
        ("持证护理员人数", ">=", 320, "名"),
        ("社会工作者人数", "=", 45, "名"),
    ]


def test_rows_without_numbers_may_close_with_the_sort_of_the_aim() -> None:
    rows = (
        "指标名称\n2020年基期值\n2025年目标值\n指标属性\n养老床位总数（张）\n2900\n4100\n预期性\n"
        "护理型床位占比（%）\n41\n≥58\n约束性\n月探访率\n--\n100%\n约束性\n"
    )
    assert aims(read(HEADED + rows)) == [
        ("养老床位总数", "=", 4100, "张"),
        ("护理型床位占比", ">=", 58, "%"),
        ("月探访率", ">=", 100, "%"),
    ]


def test_rows_named_by_a_number_and_a_point_are_no_headings_and_years_gone_by_no_aims() -> None:
    told = (
        "“十三五”主要指标完成情况\n指 标 名 称\n2015年\n2020年\n"
        "1.养老床位数\n1200张\n2900张\n2.设施覆盖率\n60%\n90%以上\n"
    )
    aimed = "“十四五”主要指标\n指 标 名 称\n2020年\n2025年\n1.参保人数\n18.4万人\n25万人\n2.设施覆盖率\n90%\n95%以上\n"
    document = read(f"{HEADED}{told}\n{aimed}\n二、主要任务\n完善养老服务设施，提高服务质量。\n")
    assert [one["label"] for one in document["outline"]] == ["一、", "（一）", "二、"]
    assert aims(document) == [("参保人数", "=", 250000, "人"), ("设施覆盖率", ">=", 95, "%")]


def test_the_name_of_a_task_goes_on_over_the_measures_below_it() -> None:
    rows = (
        "序号\n工作任务\n具体措施\n牵头单位\n配合单位\n完成时限\n"
        "1\n完善服务网络\n新建街道综合养老服务中心3个。\n县民政局\n县财政局，各镇（街道）\n2021年12月底\n"
        "2\n支持社会力量运营社区养老设施。\n县民政局\n各镇（街道）\n持续推进\n"
        "3\n加强队伍建设\n开展护理员职业技能培训。\n县人社局\n县民政局\n2022年10月底\n"
        "4\n建立护理员从业信息库。\n县民政局\n2022年6月底\n"
    )
    document = read(f"石溪县养老服务重点任务清单\n2021年3月1日\n{rows}")
    assert [(one["quote"], one["lead_units"], one["assist_units"]) for one in document["tasks"]] == [
        ("新建街道综合养老服务中心3个", ["县民政局"], ["县财政局", "各镇（街道）"]),
        ("支持社会力量运营社区养老设施", ["县民政局"], ["各镇（街道）"]),
        ("开展护理员职业技能培训", ["县人社局"], ["县民政局"]),
        ("建立护理员从业信息库", ["县民政局"], []),
    ]
    assert [one["deadline"].get("iso") or one["deadline"]["rule"] for one in document["tasks"]] == [
        "2021-12-31",
        "unspecified",
        "2022-10-31",
        "2022-06-30",
    ]


WORK = (
    ("序号", "整治环节", "整改要求", "责任科室及单位", "办结时间"),
    ("1", "消防安全", "完成4所敬老院消防改造", "县民政局、县消防救援大队", "2025年6月底"),
    ("2", "食品安全", "建立食品留样和陪餐制度", "县市场监管局", "长期坚持"),
)


@pytest.mark.parametrize(
    ("between", "rows"),
    [
        ("\n", "\n"),
        ("\n\n", "\n\n"),
        ("\n \n", "\n \n"),
        ("\n \n \n", "\n \n \n"),
        ("\t", "\n"),
        ("   ", "\n"),
        (" ", "\n"),
    ],
    ids=["lines", "empty lines", "lines of blanks", "two lines of blanks", "tabs", "blanks", "one blank"],
)
def test_work_is_shared_out_however_the_page_sets_its_cells(between: str, rows: str) -> None:
    document = read("临川县养老机构整改台账（2025年）\n\n" + rows.join(between.join(row) for row in WORK) + "\n")
    assert [(one["quote"], one["deadline"].get("iso") or one["deadline"]["rule"]) for one in document["tasks"]] == [
        ("完成4所敬老院消防改造", "2025-06-30"),
        ("建立食品留样和陪餐制度", "unspecified"),
    ]
    assert [[member["surface"] for member in one["members"]] for one in document["units"]] == [
        ["县民政局", "县消防救援大队"],
        ["县市场监管局"],
    ]
    assert [(one["value"], one["unit"]) for one in document["targets"]] == [(4, "所")]


def test_a_table_of_two_columns_says_who_does_what() -> None:
    cells = ("责任单位", "工作职责", "县民政局", "牵头建立探访关爱制度", "县卫健局", "组织家庭医生上门服务")
    document = read("临川县老年人关爱服务责任分工\n\n" + "\n".join(cells) + "\n")
    assert [(task["quote"], task["responsible_units"]) for task in document["tasks"]] == [
        ("牵头建立探访关爱制度", ["县民政局"]),
        ("组织家庭医生上门服务", ["县卫健局"]),
    ]
