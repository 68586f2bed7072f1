"""What one person's explanation says: every test with the fact it read, the clause, whose figure, what to find out."""

import json
from datetime import date

import pytest
from tests.engines.entitlement.making import a_pack, parameter, service

from yinian.core.packfiles import read_pack_sources
from yinian.engines.entitlement import Explanation, FactsError, explain, load_pack
from yinian.engines.entitlement.explain import ServiceExplained

DAY = date(2024, 5, 5)
MILUO = load_pack(read_pack_sources("cn/hunan/yueyang/miluo"))


def about(service_id: str, **facts: object) -> ServiceExplained:
    explanation = explain(MILUO, {"person_id": "p", **facts}, DAY)
    return next(item for item in explanation.services if item.service_id == service_id)


def test_due_is_said_with_amount_reason_and_basis() -> None:
    found = about("advanced-age-allowance", birth_date=date(1933, 5, 2), hukou_region="430681100201")
    assert (found.status, found.amount_fen, found.period) == ("due", 10000, "month")
    assert found.sentence.zh.startswith(
        "应享受高龄津贴每月100元：年满90周岁（暂定）（1933年5月2日生），本市户籍。依据：《汨罗市"
    )
    assert found.sentence.zh.endswith("（假定，待本地确认）。标准参照岳阳市。")
    assert found.sentence.en.startswith("Due: Advanced-age allowance, 100 yuan a month. Because: aged 90 or over")
    assert found.reference is not None and found.reference.region == "430600"


def test_a_check_says_what_to_find_out_and_who_can() -> None:
    found = about("advanced-age-allowance", birth_date=date(1933, 5, 2))
    assert found.status == "check"
    assert [read.name for read in found.find_out] == ["hukou_region"]
    assert "须先查明：户籍地（公安户籍部门）" in found.sentence.zh
    assert "Find out: registered place" in found.sentence.en
    unknown = about("advanced-age-allowance")
    assert [read.name for read in unknown.find_out] == ["birth_date", "hukou_region"]


def test_not_due_says_which_test_failed_and_gives_no_amount() -> None:
    found = about("advanced-age-allowance", birth_date=date(1944, 1, 1), hukou_region="430681")
    assert (found.status, found.amount_fen) == ("not_due", None)
    assert "未满足“年满90周岁（暂定）（1944年1月1日生）”" in found.sentence.zh
    assert {test.id: test.value for test in found.tests} == {"alive": True, "age": False, "hukou": True}


def test_superseded_says_by_what_and_why() -> None:
    facts = {"relief": "dibao", "self_care_failed": 5, "disability_grade": 1, "hukou_region": "430681"}
    found = about("nursing-allowance", **facts)
    assert (found.status, found.superseded_by) == ("superseded", "disability-nursing-allowance")
    assert "按就高原则享受重度残疾人护理补贴" in found.sentence.zh
    pack = a_pack(service("a"), service("b", not_with="[a]"))
    other = explain(pack, {"person_id": "p"}, DAY).services[1]
    assert (other.superseded_by, other.superseded_because) == ("a", "not_with")
    assert "两项不能同时享受" in other.sentence.zh


def test_a_figure_is_followed_down_to_what_it_is_derived_from() -> None:
    found = about("tekun-dispersed", relief="tekun", support_form="dispersed", urban_hukou=True)
    assert found.amount_fen == 91000
    used = {item.id: item for item in found.parameters}
    assert {"tekun_basic_urban_month", "dibao_urban_month", "tekun_basic_ratio"} <= set(used)
    assert used["dibao_urban_month"].reference is not None
    assert "标准参照岳阳县" in found.sentence.zh


def test_every_service_in_force_and_every_test_is_there_in_list_order() -> None:
    explanation = explain(MILUO, {"person_id": "p"}, DAY)
    assert isinstance(explanation, Explanation)
    in_force = [item for item in MILUO.services if item.in_force(DAY)]
    assert [item.service_id for item in explanation.services] == [item.id for item in in_force]
    for found, given in zip(explanation.services, in_force, strict=True):
        assert [test.id for test in found.tests] == [test.id for test in given.tests]
        assert found.sentence.zh and found.sentence.en
        assert found.clause.title


def test_an_explanation_is_plain_json() -> None:
    document = explain(MILUO, {"person_id": "p", "birth_date": date(1933, 5, 2)}, DAY).to_json()
    assert json.loads(json.dumps(document)) == document
    assert document["pack_hash"] == MILUO.hash
    assert document["as_of"] == "2024-05-05"


def test_amounts_are_said_in_yuan_with_their_period() -> None:
    pack = a_pack(service("a", amount="param('x') / 3", period="year", kind="cash"), parameters=parameter("x", 155000))
    found = explain(pack, {"person_id": "p"}, DAY).services[0]
    assert found.amount_fen == 51667
    assert "每年516.67元" in found.sentence.zh
    assert "516.67 yuan a year" in found.sentence.en


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"relief": "poor"}, "column relief: `poor` is not possible"),
        ({"age": "80"}, "column age"),
        ({"ability_level": True}, "column ability_level"),
        ({"birth_date": date(2030, 1, 1)}, "column birth_date: `2030-01-01` gives an age of -5"),
    ],
)
def test_facts_that_cannot_be_are_refused(facts: dict[str, object], words: str) -> None:
    with pytest.raises(FactsError, match=words):
        explain(MILUO, {"person_id": "p", **facts}, DAY)
    with pytest.raises(FactsError, match="column person_id"):
        explain(MILUO, {**facts, "person_id": None}, DAY)


def test_a_fact_with_a_value_to_fall_back_on_is_not_asked_for():
    from yinian.engines.entitlement.tree import All, Any, Call, Compare, Const, FactRef, IsNull, facts_needed

    living = Compare("=", FactRef("text", "living"), Const("text", "alone"))
    level = Call("coalesce", (FactRef("number", "ability_level"), Const("number", None)), "number")
    settled = Call("coalesce", (FactRef("number", "disability_grade"), Const("number", 4)), "number")
    tree = Any((living, Compare(">=", level, Const("number", 2)), Compare("<=", settled, Const("number", 2)),
                All((IsNull(FactRef("date", "assessed_on")), FactRef("bool", "dementia")))))
    assert facts_needed(tree) == ("living", "ability_level", "dementia")


def test_a_fact_that_a_named_figure_stands_in_for_is_not_asked_for() -> None:
    pack = a_pack(
        service("s", "1 BETWEEN LEAST(param('least'), age) AND disability_grade"),
        parameters=parameter("least", 0, unit="count"),
    )
    (found,) = explain(pack, {"person_id": "p"}, DAY).services
    assert (found.status, [read.name for read in found.find_out]) == ("check", ["disability_grade"])
