"""What is filled in for a stretch that a person has picked: by the plan's own readers, in the plan's own offsets."""

import datetime as dt

import pytest

from yinian.engines.plantext import read_plan, read_selection, to_document

TEXT = (
    "某县养老服务实施方案\n\n一、主要任务\n"
    + "这里说的是背景情况,没有要做的事。" * 60
    + "\n(一)办好助餐服务。到2026年6月底前,建成社区助餐点不少于20个。每个点给予2万元补助。"
    "(牵头单位:县民政局;配合单位:县财政局、县商务局)\n"
    "(二)每年10月底前,开展一次抽查,实现乡镇全覆盖。\n"
)


def read(words: str, kind: str, text: str = TEXT, **more):
    start = text.index(words)
    found = read_selection(text, start, start + len(words), kind, **more)
    assert found["quote"] == words == text[found["start"] : found["end"]]
    return found


def test_a_task_gets_its_deadline_and_the_units_named_after_it():
    task = read("到2026年6月底前,建成社区助餐点不少于20个", "task", today=dt.date(2025, 3, 1))
    assert task["deadline"]["iso"] == "2026-06-30" and task["deadline"]["kind"] == "by"
    place = task["deadline"]
    assert TEXT[place["start"] : place["end"]] == place["raw"]
    assert task["lead_units"] == ["县民政局"] and task["assist_units"] == ["县财政局", "县商务局"]
    first, last = task["units_from"]
    assert TEXT[first:last].startswith("(牵头单位") and TEXT[first:last].endswith(")")


def test_a_recurring_task_gets_its_rule_and_no_units_of_another():
    task = read("每年10月底前,开展一次抽查", "task")
    assert task["deadline"]["rule"].startswith("FREQ=YEARLY;BYMONTH=10")
    assert (task["lead_units"], task["units_from"]) == ([], None)


def test_a_target_gets_indicator_value_comparator_and_unit():
    target = read("建成社区助餐点不少于20个", "target")
    assert (target["comparator"], target["value"], target["unit"], target["kind"]) == (">=", 20, "个", "goal")
    assert TEXT[target["indicator_start"] : target["indicator_end"]] == target["indicator"] == "社区助餐点"
    assert TEXT[target["value_start"] : target["value_end"]] == target["value_text"]
    assert read("实现乡镇全覆盖", "target")["value"] == 100


def test_a_stretch_without_a_figure_leaves_the_value_open():
    assert read("没有要做的事", "target")["value"] is None
    assert read("没有要做的事", "money")["amount_max"] is None


def test_a_sum_gets_its_amount_in_yuan_and_a_project_its_total_in_fen():
    money = read("每个点给予2万元补助", "money")
    assert (money["amount_min"], money["amount_max"]) == (20000, 20000)
    assert read("每个点给予2万元补助", "project")["total_fen"] == 2_000_000


def test_the_keys_are_those_of_a_whole_reading():
    plan = to_document(read_plan(TEXT))
    for kind, name in (("task", "tasks"), ("target", "targets"), ("money", "money"), ("outline", "outline")):
        words = plan[name][0]["quote"] if name != "outline" else "一、主要任务"
        mine = set(read(words, kind)) - {"implicit", "approx", "value_max", "quote"}
        whole = set(plan[name][0]) - {"id", "outline_id", "implicit", "approx", "value_max", "per", "quote", "body_end"}
        assert mine == whole, kind


@pytest.mark.parametrize(("start", "end"), [(5, 5), (-1, 3), (0, len(TEXT) + 1)])
def test_a_stretch_outside_the_text_is_refused(start, end):
    with pytest.raises(ValueError, match="outside"):
        read_selection(TEXT, start, end, "task")
