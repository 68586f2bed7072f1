"""What the database refuses whatever a page or an action does: a round's rules, scores, two humans, the money."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.oversight.land import EAST, EAST_1, EAST_2, PROVINCE, WEST_1, pdf
from tests.oversight.test_story import hand_in, recommend, score
from yinian.core.errors import Forbidden, Refused
from yinian.core.models import WorkItem
from yinian.core.users.queries import human_key
from yinian.oversight.models import (
    Application,
    Award,
    Criterion,
    Decision,
    Mark,
    Nominee,
    Paper,
    Reading,
    Recommendation,
    Recusal,
    Round,
    RoundStep,
    Score,
)
from yinian.oversight.schemes import actions, deciding, granting, panel, prefecture, queries

pytestmark = pytest.mark.django_db
D = Decimal


def refused(change, words):
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        change()


@pytest.fixture
def opened(land):
    return actions.open_round(land.province, PROVINCE, "sample-county", 2026, {"supply": D(60)})


@pytest.fixture
def recommended(land, opened, clock):
    """Both of the east recommended, the west's one too; the review begun with two experts."""
    found = [hand_in(land.east_1, opened, EAST_1), hand_in(land.east_2, opened, EAST_2),
             hand_in(land.west_1, opened, WEST_1)]
    clock(dt.date(2026, 11, 3))
    recommend(land.east, land.east_too, opened, EAST, found[:2])
    recommend(land.west, land.west_too, opened, "9802", found[2:])
    panel.begin_review(land.province, opened.pk)
    for expert in (land.expert_1, land.expert_east):
        panel.add_member(land.province, opened.pk, expert.pk)
    return found


def test_a_round_keeps_its_rules_and_is_held_once_a_year(land, opened):
    refused(lambda: Round.objects.filter(pk=opened.pk).update(rules={}), "update")
    refused(lambda: Criterion.objects.filter(round=opened).update(most=99), "update")
    with pytest.raises(Refused) as again:
        actions.open_round(land.province_too, PROVINCE, "sample-county", 2026, {"supply": D(60)})
    assert "year" in again.value.fields
    with pytest.raises(Refused) as points:
        actions.open_round(land.province, PROVINCE, "sample-county", 2027)
    assert set(points.value.fields) == {"points_supply"}


def test_a_county_applies_once_and_its_papers_are_settled_when_it_submits(land, opened):
    made = hand_in(land.east_1, opened, EAST_1)
    with pytest.raises(Refused):
        actions.begin(land.east_1, opened.pk, EAST_1)
    refused(lambda: Paper.objects.filter(application=made).update(removed_at=timezone.now(), removed_by=land.east_1),
            "while the application is prepared")
    refused(lambda: made.delete(), "delete")
    with pytest.raises(Refused):
        actions.add_paper(land.east_1, made.pk, "plan", pdf())


def test_a_withdrawn_application_makes_room_for_another_until_the_deadline(land, opened, clock):
    made = hand_in(land.east_1, opened, EAST_1)
    actions.withdraw(land.east_1, made.pk, made.version, "材料有误")
    again = hand_in(land.east_1, opened, EAST_1)
    clock(dt.date(2026, 11, 1))
    with pytest.raises(Refused, match="三\\(一\\)"):
        actions.withdraw(land.east_1, again.pk, again.version, "不参加了")
    assert RoundStep.objects.filter(application=made, verb="withdraw", reason="材料有误").exists()


def test_what_is_sent_back_is_on_the_countys_desk_again(land, opened):
    made = hand_in(land.east_1, opened, EAST_1)
    back = actions.send_back(land.east, made.pk, made.version, "缺少盖章")
    assert back.state == Application.State.DRAFT
    assert WorkItem.objects.filter(kind="oversight.apply", region=EAST_1, state="open").exists()
    assert actions.submit(land.east_1, made.pk, back.version).state == Application.State.SUBMITTED


def test_no_more_are_recommended_than_the_rule_allows_each_at_a_rank_of_its_own(land, opened, clock):
    made = [hand_in(land.east_1, opened, EAST_1), hand_in(land.east_2, opened, EAST_2)]
    stranger = hand_in(land.west_1, opened, WEST_1)
    clock(dt.date(2026, 11, 3))
    prefecture.place(land.east, opened.pk, EAST, made[0].pk, "add")
    found = Recommendation.objects.get()
    refused(lambda: Nominee.objects.create(recommendation=found, application=made[1], rank=3), "more than")
    refused(lambda: Nominee.objects.create(recommendation=found, application=stranger, rank=2), "of this prefecture")
    policy = opened.criteria.get(key="policy")
    refused(lambda: Mark.objects.create(application=made[0], criterion=policy, points=41, by=land.east), "full points")


def test_a_second_account_of_the_same_human_cannot_send(land, opened, clock):
    made = hand_in(land.east_1, opened, EAST_1)
    clock(dt.date(2026, 11, 3))
    land.east_too.identity_index = None
    land.east_too.save()
    with pytest.raises(Refused):
        recommend(land.east, land.east_too, opened, EAST, [made])
    found = Recommendation.objects.get()
    refused(lambda: Recommendation.objects.filter(pk=found.pk).update(
        state="sent", sent_by=land.east_too, sent_key=found.proposed_key, sent_at=timezone.now()), "sent_by_another")


def test_a_list_is_not_sent_before_the_deadline_to_apply_nor_after_its_own(land, opened, clock):
    made = hand_in(land.east_1, opened, EAST_1)
    prefecture.place(land.east, opened.pk, EAST, made.pk, "add")
    with pytest.raises(Refused, match="2026年10月31日"):
        prefecture.propose(land.east, opened.pk, EAST, 1, "报告")
    clock(dt.date(2026, 11, 11))
    found = queries.recommendation_of(opened, EAST)
    with pytest.raises(Refused, match="11月10日前"):
        prefecture.propose(land.east, opened.pk, EAST, found.version, "报告")
    with pytest.raises(Refused, match="推荐单位"):
        panel.begin_review(land.province, opened.pk)


def test_an_expert_of_the_region_does_not_read_it(land, opened, recommended):
    member = next(m for m in queries.members_of(opened) if m.user_id == land.expert_east.pk)
    assert set(Recusal.objects.filter(member=member).values_list("application__region", flat=True)) == {EAST_1, EAST_2}
    refused(lambda: Reading.objects.create(
        application=recommended[0], member=member, due_on=dt.date(2026, 11, 30), assigned_by=land.province),
        "does not read")


def test_scores_are_written_once_within_the_full_points(land, opened, recommended):
    member = next(m for m in queries.members_of(opened) if m.user_id == land.expert_1.pk)
    panel.assign(land.province, opened.pk, {recommended[0].pk: [member.pk]})
    reading = Reading.objects.get()
    policy = opened.criteria.get(key="policy")
    refused(lambda: Score.objects.create(reading=reading, criterion=policy, points=41), "full points")
    refused(lambda: Reading.objects.filter(pk=reading.pk).update(finished_at=timezone.now()), "every criterion")
    score(land.expert_1, reading, 30, 40)
    refused(lambda: Score.objects.filter(reading=reading).update(points=1), "update")
    refused(lambda: Score.objects.filter(reading=reading).delete(), "delete")
    with pytest.raises(Refused):
        score(land.expert_1, reading, 31, 40)
    refused(lambda: Reading.objects.filter(pk=reading.pk).update(due_on=dt.date(2027, 1, 1)), "stays as it is")


def test_a_list_is_approved_and_an_award_granted_by_two_humans_within_the_rule(land, opened, recommended, clock):
    for expert in (land.expert_2, land.expert_3):
        panel.add_member(land.province, opened.pk, expert.pk)
    panel.assign(land.province, opened.pk, panel.proposal(opened))
    for reading in Reading.objects.select_related("member__user"):
        score(reading.member.user, reading, 30, 40)
    panel.close_scoring(land.province, opened.pk)
    deciding.propose_list(land.province, opened.pk, [recommended[0].pk], "择优")
    key = human_key(land.province)
    refused(lambda: Decision.objects.filter(round=opened).update(
        approved_by=land.province_too, approved_key=key, approved_at=timezone.now()), "approved_by_another")
    clock(dt.date(2026, 11, 20))
    deciding.approve_list(land.province_too, opened.pk)
    refused(lambda: Decision.objects.filter(round=opened).update(chosen=[]), "stays as it is")
    clock(dt.date(2026, 11, 30))
    deciding.recognise(land.province, opened.pk)
    refused(lambda: Round.objects.filter(pk=opened.pk).update(version=9), "over stays")

    def award(application, **changed):
        return Award.objects.create(application=application, set_by=land.province, set_key=key, reason="x", **{
            "base_fen": 100, "cap_fen": 150_000_000, "total_fen": 100, **changed})

    refused(lambda: award(recommended[1]), "recognised applicant")
    refused(lambda: award(recommended[0], cap_fen=999_999_999), "rules of its round")
    refused(lambda: award(recommended[0], total_fen=101), "adds_up")
    refused(lambda: award(recommended[0], leading=True, share=D("0.5"), extra_fen=50, total_fen=150), "rules of its")
    refused(lambda: award(recommended[0], base_fen=150_000_001, total_fen=150_000_001), "within_the_cap")
    made = granting.set_award(land.province, recommended[0].pk, 100, None, "x")
    with pytest.raises(Forbidden):
        granting.report_use(land.province, made.pk, 1, "x", dt.date(2026, 11, 30), pdf(), lawful=True)
    refused(lambda: Award.objects.filter(pk=made.pk).update(
        approved_by=land.province_too, approved_key=key, approved_at=timezone.now()), "approved_by_another")
