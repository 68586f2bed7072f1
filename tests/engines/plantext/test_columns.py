"""What a column holds, told by its head and its cells; and rows put back from cells that stand one after the other."""

import pytest
from tests.engines.plantext.making import read

from yinian.engines.plantext.alignment import align
from yinian.engines.plantext.cellwords import sort_of
from yinian.engines.plantext.grammar import vocabulary
from yinian.engines.plantext.heading import shared_out
from yinian.engines.plantext.roles import told


@pytest.mark.parametrize(
    ("words", "sort"),
    [
        ("县民政局", "unit"), ("县民政局、县财政局", "unit"), ("各乡镇\n县残联", "unit"), ("县民政局 张某某", "unit"),
        ("养老服务科", "unit"), ("建成县残疾人服务中心", "work"), ("2026年6月底前", "time"), ("2026.08", "time"),
        ("每季度", "time"), ("长期坚持", "time"), ("立行立改", "time"), ("9月投入使用", "time"),
        ("2026年3月至10月", "time"), ("≥75", "figure"),
        ("1,200,000", "figure"), ("95%以上", "figure"), ("不低于1", "figure"),
        ("12", "number"),
        ("1.", "number"), ("(三)", "number"), ("人次", "measure"), ("元/人·月", "measure"), ("约束性", "quality"),
        ("改扩建", "nature"), ("陈某某", "person"), ("方副市长", "person"), ("白鹤镇", "place"), ("—", "empty"),
        ("新建老年食堂4个", "work"), ("完善体系", "work"), ("居家服务", "words"),
    ],
)  # fmt: skip
def test_a_cell_is_of_one_sort(words: str, sort: str) -> None:
    assert sort_of(words) == sort


def test_cells_tell_what_a_head_leaves_open() -> None:
    heads = ("谁来做", "做什么", "办到何时", "单位", "单位")
    columns = [
        ["县民政局", "县财政局"], ["摸清底数", "拨付资金"], ["4月底前", "6月底前"], ["张", "户"],
        ["县残联", "县卫健局"],
    ]  # fmt: skip
    assert told(heads, columns).kinds == ("unit", "text", "time", "measure", "unit")


def test_a_goal_is_text_or_figure_as_its_cells_are() -> None:
    assert told(("目标",), [["新建食堂4个", "改造敬老院"]]).kinds == ("text",)
    assert told(("目标",), [["40", "≥35"]]).kinds == ("value",)


def test_offices_within_a_unit_answer_only_where_no_unit_does() -> None:
    offices = ["养老服务科", "办公室"]
    assert told(("责任科室",), [offices]).kinds == ("unit",)
    assert told(("责任单位", "责任科室"), [["县民政局", "县民政局"], offices]).kinds == ("unit", "office")


def test_a_narrow_choice_between_kinds_is_told_and_becomes_a_doubt() -> None:
    goals = ["40", "新建食堂4个", "改造敬老院", "培训护理员"]
    assert told(("目标",), [goals]).unsure == ((0, "value", "text"),)
    rows = "".join(f"第{number}项\t{goal}\t县民政局\t6月底\n" for number, goal in enumerate(goals, 1))
    document = read(f"附件\n任务分解表\n举措\t目标\t责任单位\t时限\n{rows}")
    doubts = [one["facts"] for one in document["doubts"] if one["code"] == "column_unsure"]
    assert {"head": "目标", "taken": "value", "likeliest": "text"} in doubts


def test_rows_are_put_back_though_cells_are_broken_and_lost() -> None:
    cells = [
        "完善网络", "新建食堂", "并配餐车", "县民政局", "6月底前", "改造敬老院", "县住建局", "7月底前", "一、队伍",
        "二、人才", "培训护理员", "县人社局", "8月底前",
    ]  # fmt: skip
    found = align(cells, ("name", "text", "unit", "time"))
    assert found is not None
    assert [(place.row, place.column, place.kind) for place in found.places] == [
        (0, 0, "data"), (0, 1, "data"), (0, 1, "data"), (0, 2, "data"), (0, 3, "data"),
        (1, 1, "data"), (1, 2, "data"), (1, 3, "data"), (2, 0, "group"),
        (3, 0, "data"), (3, 1, "data"), (3, 2, "data"), (3, 3, "data"),
    ]  # fmt: skip


def test_a_table_ends_where_nothing_more_is_gained() -> None:
    cells = ["新建食堂", "县民政局", "6月底前", "改造敬老院", "县住建局", "7月底前"]
    prose = ["各单位要高度重视养老服务工作，加强组织领导，压实工作责任，确保各项任务落到实处。"] * 4
    found = align([*cells, *prose], ("text", "unit", "time"))
    assert found is not None and len(found.places) == len(cells)


def test_a_second_row_of_heads_stands_below_one_of_the_first() -> None:
    lines = vocabulary("序号 指标 基期值 目标值 属性 2027年 2030年")
    columns = [["1", "2"], ["床位", "食堂"], ["40", "50"], ["60", "70"], ["80", "90"], ["预期性", "约束性"]]
    found = shared_out(lines, 6, columns)
    assert found is not None
    assert found[0] == ("序号", "指标", "基期值", "目标值2027年", "目标值2030年", "属性")


def test_every_annex_has_a_table_of_its_own() -> None:
    annexes = [
        f"附件{number}\n任务分解表\n措施\n责任单位\n完成时间\n"
        + "\n".join(f"建成第{number}批互助点{row}个\n县民政局\n{row}月底" for row in range(1, 5))
        for number in range(1, 4)
    ]
    document = read("\n".join(annexes) + "\n")
    assert [(len(one["rows"]), one["title"]) for one in document["tables"]] == [(5, "任务分解表")] * 3
    assert len(document["tasks"]) == 12
