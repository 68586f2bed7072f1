"""Targets and money: what is aimed at and what is not, comparators, units, ranges, Chinese numerals, shared figures."""

from typing import Any

import pytest
from tests.engines.plantext.making import read, under_task

from yinian.engines.plantext.numbers import han_to_int


def targets(line: str) -> list[tuple[str, float, str, str]]:
    return [(one["comparator"], one["value"], one["unit"], one["indicator"]) for one in under_task(line)["targets"]]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("到2027年底，护理型床位占比达到60%以上。", (">=", 60, "%", "护理型床位占比")),
        ("到2027年底，探访率不低于95%。", (">=", 95, "%", "探访率")),
        ("到2027年底，空置率不超过5%。", ("<=", 5, "%", "空置率")),
        ("力争2025年底前机构总数突破1000家。", (">", 1000, "家", "机构")),
        ("到2026年底，创建示范点30个。", ("=", 30, "个", "示范点")),
        ("到2026年底，建成30个以上示范点。", (">=", 30, "个", "示范点")),
        ("到2026年底，完成适老化改造2.5万户。", ("=", 25000, "户", "适老化改造")),
        ("培训养老护理员200名以上。", (">=", 200, "名", "养老护理员")),
        ("到2027年，三分之二的乡镇建成服务中心。", (">=", 66.666667, "%", "乡镇建成服务中心")),
        ("培训养老护理员5000人（次）以上。", (">=", 5000, "人次", "养老护理员")),
        ("为各乡镇配备流动服务车20辆。", ("=", 20, "辆", "流动服务车")),
        ("提高老年人签约服务占比至75%。", (">=", 75, "%", "老年人签约服务占比")),
        ("到2027年，银发产业增加值达到12亿元。", (">=", 1200000000, "元", "银发产业增加值")),
        ("护理型床位占比由45%提高到60%。", (">=", 60, "%", "护理型床位占比")),
        ("居民素养水平由2020年的25%稳步提升到2026年的32%。", (">=", 32, "%", "居民素养水平")),
        ("到2027年底，实现城市社区服务全覆盖。", (">=", 100, "%", "城市社区服务")),
    ],
)
def test_targets(line: str, found: tuple[str, float, str, str]) -> None:
    ((comparator, value, unit, indicator),) = targets(line)
    assert (comparator, round(value, 6), unit) == found[:3]
    assert found[3] in indicator or indicator in found[3]


@pytest.mark.parametrize(
    "line",
    [
        "为60岁以上老年人提供健康服务。",
        "对入住率达到60%的机构给予补助。",
        "目前护理型床位占比达到50%。",
        "2030年老年人口占比预计达到30%。",
        "在2020年达到40%的基础上继续提高服务质量。",
        "按照投资额的30%给予建设补助。",
        "到2026年，照料护理标准按最低工资标准的三分之一确定。",
        "到2026年，引进年营业收入超过1亿元的养老企业。",
        "到2026年，完成市里下达的320户改造任务。",
        "坚持1个核心、2个重点，打造“1+10+N”网络。",
        "严格执行GB/T 12345-2020标准要求。",
        "我市60岁以上老年人口达120万，占总人口的22.5%。",
        "每年组织开展2次业务培训活动。",
        "15分钟内完成上门响应服务。",
        "落实第12号文件有关工作要求。",
    ],
)
def test_figures_that_are_no_targets(line: str) -> None:
    assert targets(line) == []


def test_figures_in_turn_share_what_compares_them_though_their_units_differ() -> None:
    found = under_task("到2026年，全县养老机构、床位数分别达到12家、1800张。")["targets"]
    assert [(one["comparator"], one["value"], one["unit"]) for one in found] == [(">=", 12, "家"), (">=", 1800, "张")]


def test_the_size_of_each_is_no_target_beside_their_number() -> None:
    assert [one["value"] for one in under_task("每村至少培育1支10人以上的志愿队伍。")["targets"]] == [1]


def test_a_range_has_two_ends() -> None:
    (target,) = under_task("到2026年底，每个乡镇建成1—2所服务中心。")["targets"]
    assert (target["comparator"], target["value"], target["value_max"]) == (">=", 1, 2)


def test_shares_and_dates_in_turn() -> None:
    found = under_task("护理型床位占比到2026年和2030年，分别达到60%、75%。")["targets"]
    assert [(one["value"], one["deadline"]["iso"]) for one in found] == [(60, "2026-12-31"), (75, "2030-12-31")]
    assert {one["indicator"] for one in found} == {"护理型床位占比"}


def test_a_figure_without_words_of_its_own_goes_on_with_those_before() -> None:
    found = under_task("入住率2025年底前达到50%，2027年底前达到80%。")["targets"]
    assert [(one["indicator"], one["deadline"]["iso"]) for one in found] == [
        ("入住率", "2025-12-31"),
        ("入住率", "2027-12-31"),
    ]


def test_a_date_that_opens_the_goals_governs_the_sentences_after_it() -> None:
    document = read(
        "一、工作目标\n到2027年底，覆盖率达到90%。探访率达到95%以上。\n二、任务\n加强日常管理工作。\n2025年3月8日\n"
    )
    assert [one["deadline"]["iso"] for one in document["targets"]] == ["2027-12-31", "2027-12-31"]
    assert document["targets"][1]["deadline"]["inherited"]


def test_a_measure_without_a_date_is_a_standard() -> None:
    (target,) = under_task("每百户配建面积不少于20平方米。")["targets"]
    assert target["kind"] == "standard"


def test_what_is_built_already_may_have_a_standard_of_its_own() -> None:
    found = under_task("新建居住区按每百户不低于30平方米的标准配建设施，已建成居住区按每百户不低于20平方米标准配建。")[
        "targets"
    ]
    assert [(one["value"], one["kind"]) for one in found] == [(30, "standard"), (20, "standard")]


def test_figures_of_the_background_are_none() -> None:
    assert read("一、基本情况\n全县护理型床位占比达到50%，投入资金300万元。\n")["targets"] == []
    assert read("一、基本情况\n全县护理型床位占比达到50%，投入资金300万元。\n")["money"] == []


@pytest.mark.parametrize(
    ("words", "number"), [("十", 10), ("十二", 12), ("二十", 20), ("两千", 2000), ("一百零五", 105), ("三百二十", 320)]
)
def test_chinese_numerals(words: str, number: int) -> None:
    assert han_to_int(words) == number


def money(line: str) -> list[tuple[Any, Any]]:
    return [(one["amount_min"], one["amount_max"]) for one in under_task(line)["money"]]


@pytest.mark.parametrize(
    ("line", "amounts"),
    [
        ("县财政安排养老服务资金500万元。", [(5_000_000, 5_000_000)]),
        ("总投资1.2亿元，加快项目建设。", [(120_000_000, 120_000_000)]),
        ("对符合条件的机构给予最高50万元一次性奖励。", [(None, 500_000)]),
        ("给予每张床位5000元至1万元建设补助。", [(5_000, 10_000)]),
        ("按每床不低于1万元给予补助。", [(10_000, None)]),
        ("形成一批超10亿元的产业集群。", []),
        ("到2026年、2030年，银发产业增加值分别达到8亿元和15亿元。", []),
    ],
)
def test_amounts_are_yuan(line: str, amounts: list[tuple[Any, Any]]) -> None:
    assert money(line) == amounts


@pytest.mark.parametrize(
    ("line", "basis"),
    [
        ("每年建设50个互助点，对验收合格的每个补助3万元。", "每个补助"),
        ("每年改造300户，户均补助不超过3000元。", "户均"),
        ("对护理型床位每张床位每年补助600元。", "每张床位每年补助"),
    ],
)
def test_an_amount_is_for_what_is_named_next_to_it(line: str, basis: str) -> None:
    assert [one["basis"] for one in under_task(line)["money"]] == [basis]
