"""A whole round as a story: three counties apply, two prefectures recommend, experts score blind, the province decides,
puts up the notice, recognises, awards, and a county reports what it did with the money."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.oversight.land import EAST, EAST_1, EAST_2, PROVINCE, WEST, WEST_1, pdf, picture
from yinian.core.errors import NotVisible, Refused
from yinian.core.models import AuditRow, WorkItem
from yinian.core.users.queries import human_key
from yinian.oversight.models import Application, Award, Round, Standing
from yinian.oversight.schemes import actions, deciding, granting, panel, prefecture, queries, scoring

pytestmark = pytest.mark.django_db
D = Decimal


def hand_in(user, one, region):
    made = actions.begin(user, one.pk, region)
    actions.add_paper(user, made.pk, "plan", pdf())
    made = actions.describe(user, made.pk, 1, "建成三级养老网络。", ["truthful"])
    return actions.submit(user, made.pk, made.version)


def recommend(maker, sender, one, code, applications):
    for application in applications:
        points = {c.pk: c.most - 5 for c in one.criteria.all()}
        prefecture.mark(maker, application.pk, points)
        prefecture.record_visit(
            maker, application.pk, dt.date(2026, 11, 2), "评审组", "实地查看两处设施。", [picture()]
        )
        prefecture.place(maker, one.pk, code, application.pk, "add")
    found = queries.recommendation_of(one, code)
    found = prefecture.propose(maker, one.pk, code, found.version, "评价和考察情况属实。")
    return prefecture.send(sender, one.pk, code, found.version)


def score(user, reading, policy, supply):
    reading.refresh_from_db()
    return scoring.finish(user, reading.pk, reading.version, {"policy": D(policy), "supply": D(supply)}, {})


def test_from_the_application_to_the_use_of_the_award(land, clock):
    one = actions.open_round(land.province, PROVINCE, "sample-county", 2026, {"supply": D(60)})
    assert (one.apply_by, one.recommend_by) == (dt.date(2026, 10, 31), dt.date(2026, 11, 10))
    # Every county has it on the desk, with the deadline.
    asked = WorkItem.objects.filter(kind="oversight.apply", state="open")
    assert {item.region_id for item in asked} == {EAST_1, EAST_2, WEST_1}
    assert {item.due_on for item in asked} == {one.apply_by}

    first, second = hand_in(land.east_1, one, EAST_1), hand_in(land.east_2, one, EAST_2)
    third = hand_in(land.west_1, one, WEST_1)
    assert not WorkItem.objects.filter(kind="oversight.apply", state="open").exists()
    assert WorkItem.objects.filter(kind="oversight.recommend", state="open").count() == 2

    # Prefectures recommend after the deadline: the east both in order, the west its one.
    clock(dt.date(2026, 11, 3))
    recommend(land.east, land.east_too, one, EAST, [second, first])
    prefecture_order = list(queries.recommendation_of(one, EAST).nominees.values_list("application_id", flat=True))
    assert prefecture_order == [second.pk, first.pk]
    recommend(land.west, land.west_too, one, WEST, [third])

    # The panel: an expert of the east reads nothing of the east.
    clock(dt.date(2026, 11, 12))
    panel.begin_review(land.province, one.pk)
    for name in ("expert_1", "expert_2", "expert_east"):
        panel.add_member(land.province, one.pk, getattr(land, name).pk)
    offered = panel.proposal(one)
    members = {m.user_id: m.pk for m in queries.members_of(one)}
    assert members[land.expert_east.pk] not in offered[first.pk] + offered[second.pk]
    with pytest.raises(Refused, match="回避"):
        panel.assign(land.province, one.pk, {first.pk: [members[land.expert_east.pk]]})
    panel.assign(land.province, one.pk, offered)
    items = WorkItem.objects.filter(kind="oversight.read", state="open")
    assert items.count() == 6
    assert set(items.values_list("taken_by", flat=True)) <= set(members)

    # Blind: an expert reads their own alone, and the organiser sees no score before all are in.
    mine = {r.application_id: r for r in queries.readings_of(land.expert_1)}
    others = {r.application_id: r for r in queries.readings_of(land.expert_2)}
    east = {r.application_id: r for r in queries.readings_of(land.expert_east)}
    score(land.expert_1, mine[first.pk], 35, 50)
    with pytest.raises(NotVisible):
        queries.get_reading(land.expert_2, mine[first.pk].pk)
    assert [p.tally for p in queries.progress_of(one)] == [None, None, None]
    score(land.expert_2, others[first.pk], 30, 52)
    score(land.expert_1, mine[second.pk], 38, 55)
    score(land.expert_2, others[second.pk], 20, 40)  # 33 points apart: more than a fifth of 100
    for user, readings in ((land.expert_1, mine), (land.expert_2, others), (land.expert_east, east)):
        if third.pk in readings:
            score(user, readings[third.pk], 25, 40)
    wide = {p.application.pk: p.wide for p in queries.progress_of(one)}
    assert wide == {first.pk: False, second.pk: True, third.pk: False}
    with pytest.raises(Refused, match="乙县"):
        panel.close_scoring(land.province, one.pk)
    panel.add_member(land.province, one.pk, land.expert_3.pk)
    panel.assign(land.province, one.pk, panel.proposal(one))
    further = queries.readings_of(land.expert_3).get()
    assert (further.application_id, further.second) == (second.pk, True)
    score(land.expert_3, further, 36, 54)

    panel.close_scoring(land.province, one.pk)
    ranks = dict(Standing.objects.values_list("application_id", "rank"))
    totals = dict(Standing.objects.values_list("application_id", "total"))
    assert totals == {first.pk: D("83.50"), second.pk: D("81.00"), third.pk: D("65.00")}
    assert ranks == {first.pk: 1, second.pk: 2, third.pk: 3}

    # The list is proposed by one human and approved by another; then it is public.
    deciding.propose_list(land.province, one.pk, [first.pk, second.pk], "按得分择优。")
    with pytest.raises(Refused):
        deciding.approve_list(land.province, one.pk)
    clock(dt.date(2026, 11, 20))  # a Friday
    notice = deciding.approve_list(land.province_too, one.pk)
    assert (notice.since, notice.until) == (dt.date(2026, 11, 20), dt.date(2026, 11, 27))
    objection = deciding.object_to(
        land.province, one.pk, second.pk, "王某", "数据与事实不符。", dt.date(2026, 11, 20)
    )
    clock(dt.date(2026, 11, 30))
    with pytest.raises(Refused, match="异议"):
        deciding.recognise(land.province, one.pk)
    deciding.settle_objection(land.province, objection.pk, "upheld", "经查属实。")
    deciding.recognise(land.province, one.pk)
    assert dict(Application.objects.values_list("region", "state")) == {
        EAST_1: "recognised", EAST_2: "not_recognised", WEST_1: "not_recognised"}

    # The award: within the cap, a third more for the leading; in whole fen, by two humans.
    with pytest.raises(Refused) as refused:
        granting.set_award(land.province, first.pk, 150_000_001, None, "先进")
    assert "base" in refused.value.fields
    with pytest.raises(Refused) as refused:
        granting.set_award(land.province, first.pk, 150_000_000, D("0.5"), "先进")
    assert "share" in refused.value.fields
    award = granting.set_award(land.province, first.pk, 123_456_789, D("0.333"), "排名第一，示范作用显著")
    assert (award.extra_fen, award.total_fen) == (41_111_111, 164_567_900)
    with pytest.raises(Refused):
        granting.approve_award(land.province, award.pk, award.version)
    award = granting.approve_award(land.province_too, award.pk, award.version)

    # Its use: proved, never for what is barred, never more than there was.
    with pytest.raises(Refused) as refused:
        granting.report_use(land.east_1, award.pk, 1, "办公用品", dt.date(2026, 11, 30), pdf(), lawful=False)
    assert "lawful" in refused.value.fields
    wrong = granting.report_use(land.east_1, award.pk, 164_567_899, "建设", dt.date(2026, 11, 30), pdf(), lawful=True)
    with pytest.raises(Refused) as refused:
        granting.report_use(land.east_1, award.pk, 2, "设备", dt.date(2026, 11, 30), pdf(), lawful=True)
    assert "amount" in refused.value.fields
    granting.withdraw_use(land.east_1, award.pk, wrong.pk, "金额录错")
    granting.report_use(land.east_1, award.pk, 164_567_900, "护理型床位改造", dt.date(2026, 11, 30), pdf(), lawful=True)
    assert not WorkItem.objects.filter(kind="oversight.use", state="open").exists()
    one.refresh_from_db()
    assert one.state == Round.State.RECOGNISED
    assert not WorkItem.objects.filter(state="open").exists()
    told = set(AuditRow.objects.filter(action__startswith="oversight.").values_list("action", flat=True))
    assert {"oversight.open", "oversight.submit", "oversight.send_list", "oversight.score", "oversight.approve_result",
            "oversight.recognise", "oversight.approve_award", "oversight.report_use"} <= told
    assert Award.objects.get().set_key != human_key(land.province_too)
