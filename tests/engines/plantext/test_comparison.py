"""Two made-up versions of a plan, and what is said of each promise."""

import pytest

from yinian.engines.plantext import read_plan, to_document
from yinian.engines.plantext.comparison import Part, compare

OLD = """某县养老服务实施方案
2025年1月10日
一、发展居家服务
(一)办好助餐。2026年6月底前,建成社区助餐点不少于20个。(牵头单位:县民政局;配合单位:县财政局、县商务局)
(二)改造家庭。2026年底前,完成困难老年人家庭适老化改造300户。(责任单位:县民政局)
(三)上门巡访。每月对独居老年人巡访一次。(责任单位:各乡镇人民政府)
二、提升机构水平
(一)新建小区必须配套建设养老用房,与住宅同步交付使用。(责任单位:县自然资源局)
(二)每年组织护理人员培训不少于2次,持证上岗率达到100%。(责任单位:县人力资源和社会保障局)
(三)取消与养老无关的收费项目,公开收费标准。(责任单位:县发展和改革局)
"""
NEW = """某县养老服务实施方案
2025年9月10日
一、发展居家服务
(一)办好助餐。2026年底前,建成社区助餐点不少于15个。(牵头单位:县民政局;配合单位:县财政局)
(二)上门巡访。每季度对独居老年人巡访一次。(责任单位:各乡镇人民政府)
(三)新建小区鼓励配套建设养老用房,与住宅同步交付使用。(责任单位:县自然资源局)
二、提升机构水平
(一)改造家庭。2026年9月底前,完成困难老年人家庭适老化改造360户。(责任单位:县民政局)
(二)每年组织护理人员培训不少于2次,持证上岗率达到100%。(责任单位:县人力资源和社会保障局)
(三)引进一家专业护理企业,托管乡镇敬老院。(责任单位:县民政局)
"""


def parts(text: str) -> list[Part]:
    found = to_document(read_plan(text))
    headings = {node["id"]: node["title"] for node in found["outline"]}
    tops = {node["id"]: node["parent"] or node["id"] for node in found["outline"]}
    made = []
    for name, kind in (("tasks", "task"), ("targets", "target"), ("money", "money")):
        for number, data in enumerate(found[name]):
            section = headings.get(tops.get(data["outline_id"], ""), "")
            made.append(Part(number, kind, data["start"], data["quote"], section, data))
    return made


def said(words: str, changes) -> tuple[str, set[str]]:
    one = next(
        change
        for change in changes
        if any(part is not None and part.kind == "task" and words in part.quote for part in (change.old, change.new))
    )
    return one.verdict, {difference.code for difference in one.differences}


def figure(indicator: str, changes) -> tuple[str, set[str]]:
    one = next(
        change
        for change in changes
        if change.new is not None and change.new.kind == "target" and indicator in change.new.data["indicator"]
    )
    return one.verdict, {difference.code for difference in one.differences}


@pytest.fixture(scope="module")
def changes():
    return compare(parts(OLD), parts(NEW))


def test_a_later_deadline_and_a_dropped_unit_weaken(changes):
    assert said("助餐点", changes) == ("weakened", {"deadline_later", "units_gone"})
    assert figure("助餐点", changes) == ("weakened", {"value_lower", "deadline_later"})


def test_an_earlier_deadline_strengthens_what_was_moved_elsewhere(changes):
    verdict, codes = said("适老化改造", changes)
    assert verdict == "strengthened" and codes >= {"deadline_earlier", "section"}
    assert figure("适老化改造", changes)[0] == "strengthened"


def test_a_softer_word_weakens(changes):
    verdict, codes = said("养老用房", changes)
    assert verdict == "weakened" and codes == {"words_softer", "section"}


def test_a_rarer_turn_weakens(changes):
    assert said("独居老年人", changes) == ("weakened", {"less_often"})


def test_what_stayed_is_the_same_and_what_went_and_came_is_told(changes):
    assert said("护理人员培训", changes) == ("same", set())
    assert said("无关的收费", changes)[0] == "removed"
    assert said("托管乡镇敬老院", changes)[0] == "added"


def test_a_plan_compared_with_itself_has_no_changes():
    assert {change.verdict for change in compare(parts(OLD), parts(OLD))} == {"same"}


def target(value, comparator=">=", unit="%", context="", indicator="护理型床位占比"):
    data = {"indicator": indicator, "value": value, "comparator": comparator, "unit": unit, "deadline": None}
    return Part(1, "target", 0, f"{indicator}{comparator}{value}", "指标", data, context)


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        (target(55), target(50), "weakened"),
        (target(55), target(60), "strengthened"),
        (target(5, "<="), target(8, "<="), "weakened"),
        (target(5, "<="), target(3, "<="), "strengthened"),
        (target(55, "="), target(55, ">="), "weakened"),
        (target(55, ">="), target(55, ">"), "strengthened"),
        (target(55, context="55 约束性"), target(55, context="55 预期性"), "weakened"),
        (target(55, context="55 预期性"), target(55, context="55 约束性"), "strengthened"),
        (target(55, context="55 约束性"), target(60, context="60 预期性"), "mixed"),
    ],
)
def test_figures_comparisons_and_binding(old, new, verdict):
    (change,) = compare([old], [new])
    assert change.verdict == verdict


def test_sums_and_projects():
    def money(amount):
        return Part(1, "money", 0, f"每张床位补助{amount}元", "资金", {"amount_min": amount, "amount_max": amount})

    def project(total, year):
        return Part(1, "project", 0, "示范园", "项目", {"name": "县养老示范园", "total_fen": total, "end_year": year})

    assert compare([money(8000)], [money(5000)])[0].verdict == "weakened"
    assert compare([project(100, 2026)], [project(100, 2027)])[0].verdict == "weakened"
    assert compare([project(100, 2026)], [project(200, 2026)])[0].verdict == "strengthened"


def test_words_within_other_words_are_no_modals():
    old = Part(1, "task", 0, "建立可靠的供应体系,提升应急响应能力", "一", {})
    new = Part(1, "task", 0, "建立稳定的保障体系,提升应急响应能力", "一", {})
    assert compare([old], [new])[0].verdict == "reworded"
