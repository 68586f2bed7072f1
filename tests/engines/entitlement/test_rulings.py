"""What a pack rules about assessing and deciding: as typed values with their sources, merged entry by entry."""

from datetime import date
from decimal import Decimal

import pytest
from tests.engines.entitlement.making import PACK, a_pack, a_source, child_head, service

from yinian.core.packfiles import POLICIES, read_pack_sources
from yinian.engines.entitlement import Pack, PackError, Words, load_pack
from yinian.engines.entitlement.rulings import Begins, Notice, Recognition, Stage, Standard, Team

NAMES = sorted(file.parent.relative_to(POLICIES).as_posix() for file in POLICIES.rglob("pack.yaml"))
SOURCE = "source: {document: doc, confidence: verified}"


def pack_of(name: str) -> Pack:
    return load_pack(read_pack_sources(name))


def refused(**files: str) -> str:
    with pytest.raises(PackError) as caught:
        a_pack(service("s"), **files)
    return str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_every_pack_rules_how_to_assess_and_how_to_decide_each_service(name: str) -> None:
    pack = pack_of(name)
    rules = pack.assessment_rules()
    assert rules.assessors.value == Team(2, 1)
    assert sorted(rules.routine.value) == [0, 1, 2, 3, 4]
    for service_id in [entry.id for entry in pack.services]:
        procedure = pack.procedure(service_id)
        assert procedure.service_id == service_id
        assert [stage.id for stage in procedure.stages.value] == ["village", "town", "county"]
        assert 1 <= procedure.payment_day.value <= 28


@pytest.mark.parametrize("name", NAMES)
def test_what_is_only_assumed_says_so_in_both_languages(name: str) -> None:
    pack = pack_of(name)
    procedures = [ruled for parts in pack.procedures.values() for ruled in parts.values()]
    for ruled in (*pack.assessing.values(), *procedures):
        if ruled.confidence != "verified":
            assert ruled.note is not None, ruled
            assert ruled.note.zh != ruled.note.en


def test_hunan_has_seen_the_ten_working_days_that_the_nation_only_assumes() -> None:
    nation, hunan = (pack_of(name).assessment_rules().tekun_recheck for name in ("cn", "cn/hunan"))
    assert (hunan.value, hunan.confidence, hunan.source.quote, hunan.pack) == (
        10, "verified", "10个工作日", "cn/hunan",
    )  # fmt: skip
    assert nation.confidence == "unknown"


def test_an_assessment_by_another_body_is_named_with_scale_and_time() -> None:
    recognised = {ruled.value.id: ruled.value for ruled in pack_of("cn").assessment_rules().recognised}
    assert recognised["long-term-care"] == Recognition("long-term-care", "ltci", 24)


def test_a_service_takes_the_parts_it_does_not_rule_itself_from_the_general_entry() -> None:
    pack = pack_of("cn/hunan")
    allowance, dibao = pack.procedure("advanced-age-allowance"), pack.procedure("dibao-support")
    assert allowance.begins.value == Begins("eligibility", 0)
    assert dibao.begins.value == Begins("decision", 1)
    assert dibao.notice.value == Notice(required=True, days=7, place="village")
    assert allowance.notice.value.required is False
    assert allowance.appeals.value[0].days == 60
    for limit in (allowance.supplement, allowance.objection, allowance.invitation, allowance.recovery,
                  allowance.rest):
        assert limit.value > 0
        assert limit.confidence == "verified" or limit.note is not None


def test_a_childs_entry_stands_for_the_parents_of_the_same_id() -> None:
    def general(days: int) -> str:
        steps = f"[{{id: village, working_days: {days}}}]"
        return f"- id: general\n  label: {{zh: 一般}}\n  stages: {{steps: {steps}, {SOURCE}}}\n"

    parent = a_source("cn", service("s"), procedure=general(3) + f"  payment: {{day: 5, {SOURCE}}}\n")
    child = a_source("cn/x", procedure=general(9), head=child_head("cn"))
    pack = load_pack([parent, child])
    assert pack.procedures["general"]["stages"].value == (Stage("village", 9),)
    assert "payment" not in pack.procedures["general"]


def test_a_part_that_nobody_rules_is_named_when_it_is_asked_for() -> None:
    pack = a_pack(service("s"), procedure=f"- id: general\n  label: {{zh: 一般}}\n  payment: {{day: 5, {SOURCE}}}\n")
    wanted = "rules `stages`, `review`, `notice`, `appeals`, `begins`, `ends`, `rest`, `supplement`, `objection`, "
    with pytest.raises(PackError, match=wanted):
        pack.procedure("s")
    with pytest.raises(PackError, match=r"county/assessment\.yaml: no pack of the chain rules `assign`"):
        pack.assessment_rules()


def test_every_chain_rules_how_care_is_planned_and_says_what_is_assumed() -> None:
    rules = pack_of("cn/hunan/yueyang/miluo").care_plan_rules()
    assert sorted(rules.review.value) == [0, 1, 2, 3, 4]
    months = [rules.review.value[level] for level in range(5)]
    assert months == sorted(months, reverse=True)
    assert set(rules.planned.value) <= set(range(5))
    assert sorted(rules.review_self_care.value) == [0, 1, 2] and set(rules.planned_self_care.value) <= {0, 1, 2}
    for rule in (rules.draft, rules.agree, rules.ahead, rules.change, rules.review, rules.planned,
                 rules.planned_self_care, rules.review_self_care):
        assert rule.confidence == "verified" or rule.note is not None


def test_a_chain_without_rules_of_care_planning_says_which() -> None:
    one = f"- {{id: draft, label: {{zh: 拟}}, working_days: 3, {SOURCE}}}\n"
    with pytest.raises(PackError, match=r"county/careplan\.yaml: no pack of the chain rules `agree`, `ahead`"):
        a_pack(service("s"), careplan=one).care_plan_rules()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- {id: draft, label: {zh: 拟}, working_days: 0, SOURCE}", ":1: `[0].working_days` is 0"),
        ("- {id: planned, label: {zh: 谁}, levels: [5], SOURCE}", ":1: `[0].levels[0]` is 5"),
        ('- {id: review, label: {zh: 隔}, months: {"0": 12}, SOURCE}', ":1: `[0].months` lacks `1`"),
        ("- {id: planned-self-care, label: {zh: 谁}, levels: [3], SOURCE}", ":1: `[0].levels[0]` is 3"),
        ('- {id: review-self-care, label: {zh: 隔}, months: {"0": 12, "1": 6}, SOURCE}', ":1: `[0].months` lacks `2`"),
        ("- {id: when, label: {zh: 何时}, working_days: 3, SOURCE}", ":1: `[0]"),
        ("- {id: draft, off: true, SOURCE}", ":1: `[0]"),
    ],
)  # fmt: skip
def test_wrong_rules_of_care_planning_are_refused_at_their_line(text: str, words: str) -> None:
    assert refused(careplan=text.replace("SOURCE", SOURCE) + "\n").startswith("county/careplan.yaml" + words)


def test_what_a_child_does_without_may_still_be_named_by_its_parents_procedures() -> None:
    parent = a_source("cn", service("s"), service("t"), procedure="- {id: s, label: {zh: 甲}}\n")
    child = a_source("cn/x", f"- {{id: s, off: true, {SOURCE}}}\n", head=child_head("cn"))
    assert "s" in load_pack([parent, child]).procedures


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- {id: assign, label: {zh: 派}, working_days: 0, SOURCE}",
         ":1: `[0].working_days` is 0; it must be at least 1"),
        ("- {id: assign, label: {zh: 派}, SOURCE}", ":1: `[0]` lacks `working_days`"),
        ("- {id: assign, label: {zh: 派}, days: 3, SOURCE}", ":1: `[0]` lacks `working_days`"),
        ("- {id: assessors, label: {zh: 人}, count: 1, medical: 2, SOURCE}", ":1: 2 with a medical"),
        ('- {id: routine, label: {zh: 隔}, months: {"0": 12}, SOURCE}', ":1: `[0].months` lacks `1`, `2`, `3`, `4`"),
        ("- {id: requesters, label: {zh: 人}, who: [anyone], SOURCE}", ":1: `[0].who[0]` is 'anyone'"),
        ("- {id: required, label: {zh: 先}, services: [x], admission: true, SOURCE}", ":1: `x` is no service"),
        ("- {id: effect, label: {zh: 效}, from: delivery, SOURCE}", ":1: `[0].from` is 'delivery'"),
        ("- {id: disabled, label: {zh: 失}, level: 0, SOURCE}", ":1: `[0].level` is 0; it must be at least 1"),
        ("- {id: hospital, label: {zh: 院}, months: 3, SOURCE}", ":1: `[0]` lacks `scale`"),
        ("- {id: assign, off: true, SOURCE}", ":1: `[0].id`"),
        (f"- {{id: hospital, label: {{zh: 院}}, scale: a, months: 3, {SOURCE.replace('doc,', 'dok,')}}}",
         ":1: source names document `dok`, which no pack lists under documents"),
    ],
)  # fmt: skip
def test_wrong_rules_of_assessing_are_refused_at_their_line(text: str, words: str) -> None:
    assert refused(assessment=text.replace("SOURCE", SOURCE) + "\n").startswith("county/assessment.yaml" + words)


def test_a_standard_says_how_much_of_what_how_often_and_until_when() -> None:
    standards = pack_of("cn/hunan/xiangtan").standards
    assert standards["visit-rate"].value == Standard(
        id="visit-rate", unit="比例", per=Words("特殊困难老年人", "of older people in particular difficulty"),
        exactly=1, at_least=None, at_most=None, period="week", begins=None, by=date(2025, 12, 31),
    )  # fmt: skip
    subsidy = standards["home-adaptation-subsidy"]
    assert (subsidy.value.at_least, subsidy.value.at_most, subsidy.value.unit) == (300000, 1000000, "fen")
    assert subsidy.confidence == "verified"
    assert pack_of("cn/hunan/shaoyang").standards["visit-rate"].value.period == "month"
    assert pack_of("cn/hunan").standards["facility-share-new"].value.at_least == Decimal("0.003")


def test_a_prefectures_standard_stands_for_the_provinces_of_the_same_id() -> None:
    assert pack_of("cn/hunan/shaoyang").standards["facility-area-old"].pack == "cn/hunan/shaoyang"
    assert pack_of("cn/hunan/xiangtan").standards["facility-area-old"].pack == "cn/hunan"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("exactly: 1, at_least: 1", "holds either `exactly`, or `at_least`, `at_most` or both"),
        ("period: month", "holds either `exactly`, or `at_least`, `at_most` or both"),
        ("at_least: 2, at_most: 1", "at least 2 and at most 1 cannot be"),
        ("exactly: 1.5", "money is a whole number of fen"),
        ('exactly: "1"', "`1` is text; write a number without quotes"),
        ("exactly: 1, begins: 2025-02-01, by: 2025-01-01", "is to be reached by 2025-01-01, before it begins"),
        ("exactly: 1, by: 2025-13-01", "2025-13-01 is not a date of the calendar"),
        ("exactly: 1, period: fortnight", "`[0].period` is 'fortnight'"),
        ("exactly: -1", "`[0].exactly` is -1; it must be at least 0"),
    ],
)
def test_wrong_standards_are_refused_at_their_line(more: str, words: str) -> None:
    text = f"- {{id: a, label: {{zh: 甲}}, unit: fen, per: {{zh: 每所}}, {more}, {SOURCE}}}\n"
    assert refused(standards=text).startswith(f"county/standards.yaml:1: {words}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- {id: t, label: {zh: 甲}}", ":1: `t` is no service; an entry is `general` or the id of a service"),
        ("- id: s\n  label: {zh: 甲}\n  payment: {day: 31, SOURCE}",
         ":3: `[0].payment.day` is 31; it must be at most 28"),
        ("- id: s\n  label: {zh: 甲}\n  begins: {event: birth, months_after: 0, SOURCE}",
         ":3: `[0].begins.event` is 'birth'"),
        ("- id: s\n  label: {zh: 甲}\n  begins: {event: decision, SOURCE}", ":3: `[0].begins` lacks `months_after`"),
        ("- id: s\n  label: {zh: 甲}\n  ends: {death: 1, move: 1}", ":3: `[0].ends` lacks `source`"),
        ("- id: s\n  label: {zh: 甲}\n  stages: {SOURCE, steps: [{id: town, working_days: 1}, "
         "{id: village, working_days: 1}]}", ":3: stages go up, each once"),
        ("- id: s\n  label: {zh: 甲}\n  notice: {required: true, days: 0, place: village, SOURCE}",
         ":3: a notice that is required lasts at least a day"),
        ("- id: s\n  label: {zh: 甲}\n  appeals: {ways: [{kind: litigation, where: {zh: 院}}], SOURCE}",
         ":3: a remedy is open for `days` or for `months`"),
    ],
)  # fmt: skip
def test_wrong_procedures_are_refused_at_their_line(text: str, words: str) -> None:
    assert refused(procedure=text.replace("SOURCE", SOURCE) + "\n").startswith("county/procedure.yaml" + words)


def test_a_further_file_whose_shape_differs_from_the_parents_is_refused() -> None:
    parent = a_source("cn", service("s"), visits="- {id: a}\n")
    child = a_source("cn/x", head=child_head("cn"), visits="a: 1\n")
    with pytest.raises(PackError, match=r"cn/x/visits\.yaml:1: must be a list of entries, as in the parent pack"):
        load_pack([parent, child])


def test_every_source_in_a_further_file_must_name_a_document() -> None:
    message = refused(visits=f"- id: a\n  deep:\n    - {{{SOURCE.replace('doc,', 'dok,')}}}\n")
    assert message.startswith("county/visits.yaml:3: source names document `dok`")
    assert PACK.startswith("region")
