"""The pages as each side uses them: county, prefecture, expert, province; what is typed stays, rivals see nothing."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cast import client_for
from tests.oversight.land import EAST, EAST_1, EAST_2, PROVINCE, WEST_1, pdf, picture
from tests.oversight.test_story import hand_in, recommend, score
from yinian.core.models import Attachment
from yinian.oversight.models import Application, Reading, Score, UseReport
from yinian.oversight.schemes import actions, deciding, granting, panel, queries

pytestmark = pytest.mark.django_db
D = Decimal


def to(name, *args):
    return reverse(f"oversight:{name}", args=args)


def page(user, url, status=200):
    answer = client_for(user).get(url)
    assert answer.status_code == status, (url, answer.status_code)
    return b"".join(answer.streaming_content).decode("latin-1") if answer.streaming else answer.content.decode()


def post(user, url, status=302, **data):
    answer = client_for(user).post(url, data)
    assert answer.status_code == status, (url, answer.status_code, answer.content.decode()[-3000:])
    return answer


@pytest.fixture
def opened(land):
    return actions.open_round(land.province, PROVINCE, "sample-county", 2026, {"supply": D(60)})


def test_the_province_opens_a_round_and_must_give_the_points_no_text_gives(land):
    assert "启动评选" in page(land.province, to("rounds"))
    assert "没有规定" in page(land.province, to("round_open"))
    answer = post(land.province, to("round_open"), 422, scheme="sample-county", year="2025", points_supply="60")
    assert "样民〔2026〕1号" in answer.content.decode()
    post(land.province, to("round_open"), scheme="sample-county", year="2026", points_supply="60")
    one = queries.rounds_visible_to(land.province).get()
    shown = page(land.province, to("round", one.pk))
    assert "组织单位录入" in shown
    assert "10月底前" in shown
    for user in (land.east_1, land.east, land.west_1):
        assert "样例示范县" in page(user, to("round", one.pk))
    page(land.east, to("round_open"), 404)
    page(land.east, to("panel", one.pk), 404)


def test_a_county_prepares_and_submits_and_its_rival_sees_nothing(land, opened, clock):
    post(land.east_1, to("begin", opened.pk))
    made = Application.objects.get()
    shown = page(land.east_1, to("application", made.pk))
    assert shown.count("缺</small>") == 3
    assert "提交申报" not in shown
    refused = client_for(land.east_1).post(to("paper_add", made.pk), {"kind": "plan", "file": picture()})
    assert refused.status_code == 422
    assert "PNG" in refused.content.decode()
    client_for(land.east_1).post(to("paper_add", made.pk), {"kind": "plan", "file": pdf()})
    post(land.east_1, to("application_edit", made.pk), version=made.version, summary="概要", affirmed="truthful")
    for user in (land.east_2, land.west_1, land.east, land.province, land.expert_1):
        page(user, to("application", made.pk), 403 if user is land.expert_1 else 404)
    made.refresh_from_db()
    assert "提交申报" in page(land.east_1, to("application", made.pk))
    post(land.east_1, to("submit", made.pk), version=made.version)
    paper = made.papers.get()
    for user in (land.east_2, land.west_1, land.west):
        page(user, to("application", made.pk), 404)
        page(user, to("paper", made.pk, paper.pk), 404)
        assert client_for(user).get(f"/attachments/{paper.attachment_id}/").status_code == 404
        assert "甲县" not in page(user, to("applications"))
    for user in (land.east_1, land.east, land.province):
        page(user, to("application", made.pk))
        assert page(user, to("paper", made.pk, paper.pk)).startswith("%PDF")


def test_a_late_application_is_refused_with_its_clause(land, opened, clock):
    made = actions.begin(land.east_1, opened.pk, EAST_1)
    clock(dt.date(2026, 11, 1))
    assert "样民〔2026〕1号 三(一)" in page(land.east_2, to("round", opened.pk))
    answer = post(land.east_2, to("begin", opened.pk), 422)
    assert "10月底前" in answer.content.decode()
    assert "已于2026年10月31日截止" in page(land.east_1, to("application", made.pk))


def test_the_prefecture_marks_visits_orders_and_two_humans_send(land, opened, clock):
    first, second = hand_in(land.east_1, opened, EAST_1), hand_in(land.east_2, opened, EAST_2)
    clock(dt.date(2026, 11, 2))
    desk = to("prefecture", opened.pk, EAST)
    assert "名单上还没有单位" in page(land.east, desk)
    keys = [c.pk for c in opened.criteria.all()]
    answer = post(land.east, to("marks", first.pk), 422, **{f"points_{keys[0]}": "41", f"points_{keys[1]}": "50"})
    assert 'value="41"' in answer.content.decode()
    for one in (first, second):
        post(land.east, to("marks", one.pk), **{f"points_{keys[0]}": "30", f"points_{keys[1]}": "50"})
        client_for(land.east).post(to("visit_new", one.pk), {
            "on": "2026-11-02", "who": "考察组", "text": "看了两处", "photos": [picture("a.png"), picture("b.png")]})
        post(land.east, desk + "place/", application=one.pk, move="add")
    photo = first.visits.get().photos.first()
    assert first.visits.get().photos.count() == 2
    assert client_for(land.east).get(to("photo", first.pk, photo.pk)).status_code == 200
    page(land.east_1, to("photo", first.pk, photo.pk), 403)
    post(land.east, desk + "place/", application=second.pk, move="up")
    found = queries.recommendation_of(opened, EAST)
    assert [n.application_id for n in found.nominees.all()] == [second.pk, first.pk]
    post(land.east, desk + "propose/", version=found.version, report="情况属实")
    found.refresh_from_db()
    assert "名单由您拟定" in post(land.east, desk + "send/", 422, version=found.version).content.decode()
    assert desk + "send/" not in page(land.east, desk)
    assert desk + "send/" in page(land.east_too, desk)
    post(land.east_too, desk + "send/", version=found.version)
    assert "已推荐" in page(land.province, to("application", first.pk))
    # A province officer looks on but does not speak for the prefecture; the other prefecture sees nothing of it.
    page(land.province, desk)
    page(land.west, desk, 404)
    post(land.province, desk + "place/", 404, application=first.pk, move="off")


@pytest.fixture
def reviewing(land, opened, clock):
    """Two of the east and one of the west recommended, three experts on the panel, readings assigned."""
    applications = [hand_in(land.east_1, opened, EAST_1), hand_in(land.east_2, opened, EAST_2),
                    hand_in(land.west_1, opened, WEST_1)]
    clock(dt.date(2026, 11, 3))
    recommend(land.east, land.east_too, opened, EAST, applications[:2])
    recommend(land.west, land.west_too, opened, "9802", applications[2:])
    panel.begin_review(land.province, opened.pk)
    for name in ("expert_1", "expert_2", "expert_3"):
        panel.add_member(land.province, opened.pk, getattr(land, name).pk)
    panel.assign(land.province, opened.pk, panel.proposal(opened))
    return applications


def test_an_expert_scores_blind_with_a_draft_kept(land, opened, reviewing):
    reading = queries.readings_of(land.expert_1).first()
    other = Reading.objects.exclude(member__user=land.expert_1).first()
    shown = page(land.expert_1, to("reading", reading.pk))
    for name in ("expert_2", "expert_3"):
        assert f"{name}同志" not in shown
    page(land.expert_1, to("reading", other.pk), 404)
    page(land.expert_1, to("round", opened.pk), 403)
    page(land.expert_1, to("application", reading.application_id), 403)
    paper = reading.application.papers.get()
    assert page(land.expert_1, to("reading_paper", reading.pk, paper.pk)).startswith("%PDF")
    outside = Application.objects.exclude(readings__member__user=land.expert_1).first()
    if outside is not None:
        page(land.expert_1, to("reading_paper", reading.pk, outside.papers.get().pk), 404)
    kept = client_for(land.expert_1).post(
        to("reading", reading.pk), {"version": reading.version, "points_policy": "3x", "remark_policy": "好"},
        headers={"X-Requested-With": "draft"})
    assert kept.json() == {"version": reading.version + 1}
    assert "3x" in page(land.expert_1, to("reading", reading.pk))
    assert not Score.objects.exists()
    answer = post(land.expert_1, to("reading", reading.pk), 422, version=reading.version + 1, finish="1",
                  points_policy="41", points_supply="", remark_policy="好")
    assert "好</textarea>" in answer.content.decode()
    post(land.expert_1, to("reading", reading.pk), version=reading.version + 1, finish="1", points_policy="33.5",
         points_supply="50", remark_policy="好")
    assert "33.50" in page(land.expert_1, to("reading", reading.pk))
    assert "33.50" not in page(land.province, to("panel", opened.pk))
    assert "已评分" in page(land.expert_1, to("readings"))


def test_an_expert_steps_back_and_another_reads(land, opened, reviewing):
    reading = queries.readings_of(land.expert_1).first()
    post(land.expert_1, to("declare", reading.pk), reason="曾在该县任顾问")
    page(land.expert_1, to("reading", reading.pk), 404)
    assert "曾在该县任顾问" in page(land.province, to("panel", opened.pk))
    free = [m for m in queries.members_of(opened) if m.user_id != land.expert_1.pk
            and not m.readings.filter(application=reading.application).exists()]
    post(land.province, to("assign", opened.pk), application=reading.application_id, member=free[0].pk)
    again = queries.readings_of(free[0].user).filter(application=reading.application)
    assert again.exists()


def finished(land, opened, clock, reviewing):
    for reading in Reading.objects.select_related("member__user"):
        score(reading.member.user, reading, 30 + reading.application_id % 5, 45)
    panel.close_scoring(land.province, opened.pk)
    deciding.propose_list(land.province, opened.pk, [reviewing[0].pk], "择优")
    clock(dt.date(2026, 11, 20))
    deciding.approve_list(land.province_too, opened.pk)


def test_from_the_ranking_to_the_award_on_pages(land, opened, clock, reviewing):
    for reading in Reading.objects.select_related("member__user"):
        score(reading.member.user, reading, 30, 45)
    post(land.province, to("close_scoring", opened.pk))
    assert "75.00" in page(land.province, to("ranking", opened.pk))
    post(land.province, to("result_propose", opened.pk), chosen=[reviewing[0].pk], text="择优")
    post(land.province, to("result_approve", opened.pk), 422)
    page(land.east_1, to("notice", opened.pk), 404)
    clock(dt.date(2026, 11, 20))
    post(land.province_too, to("result_approve", opened.pk))
    # The notice is public within the province: a rival reads who is on the list, and nothing of its papers.
    assert "甲县" in page(land.west_1, to("notice", opened.pk))
    assert page(land.west_1, to("notice_paper", opened.pk)).startswith("%PDF")
    page(land.west_1, to("application", reviewing[0].pk), 404)
    post(land.province, to("objection_new", opened.pk), application=reviewing[0].pk, by_name="王某", text="不实",
         raised_on="2026-11-20")
    shown = page(land.province, to("notice", opened.pk))
    assert "王某" in shown
    assert "王某" not in page(land.west_1, to("notice", opened.pk))
    objection = reviewing[0].objections.get()
    post(land.province, to("objection", objection.pk), outcome="rejected", answer="经查不实")
    clock(dt.date(2026, 11, 30))
    post(land.province, to("recognise", opened.pk))
    assert page(land.east_2, to("result_paper", opened.pk)).startswith("%PDF")
    answer = post(land.province, to("award_set", reviewing[0].pk), 422, base="1500000.01", reason="先进", version=0)
    assert "1,500,000元" in answer.content.decode()
    post(land.province, to("award_set", reviewing[0].pk), base="1000000", share="30", reason="先进", version=0)
    award = queries.awards_visible_to(land.province).get()
    assert award.total_fen == 130_000_000
    page(land.east_1, to("award", award.pk), 404)
    post(land.province_too, to("award_approve", award.pk), version=award.version)
    assert "1,000,000 × 30% = 300,000元" in page(land.east_1, to("award", award.pk))
    client_for(land.east_1).post(to("use_new", award.pk), {
        "amount": "200000", "on": "2026-11-30", "purpose": "护理型床位改造", "file": pdf(), "lawful": "on"})
    use = UseReport.objects.get()
    assert page(land.province, to("use_proof", award.pk, use.pk)).startswith("%PDF")
    page(land.west_1, to("award", award.pk), 404)
    assert "1,100,000" in page(land.province, to("award", award.pk))
    assert "名，75.00分" in page(land.east_1, to("application", reviewing[0].pk))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(
        client_for(land.province).get(to("awards") + "?format=xlsx").streaming_content)))
    cells = {cell.value for row in book.active.iter_rows() for cell in row}
    assert {"甲县", 1_300_000} <= cells
    assert Attachment.objects.filter(purpose="oversight.evidence").count() == 1


def test_pages_take_few_queries(land, opened, clock, reviewing):
    finished(land, opened, clock, reviewing)
    clock(dt.date(2026, 11, 30))
    deciding.recognise(land.province, opened.pk)
    award = granting.set_award(land.province, reviewing[0].pk, 100, None, "x")
    reading = queries.readings_of(land.expert_1).first()
    for user, url in (
        (land.province, to("rounds")), (land.province, to("round", opened.pk)), (land.province, to("panel", opened.pk)),
        (land.province, to("ranking", opened.pk)), (land.province, to("applications")), (land.province, to("awards")),
        (land.province, to("application", reviewing[0].pk)), (land.province, to("award", award.pk)),
        (land.province, to("notice", opened.pk)), (land.east, to("prefecture", opened.pk, EAST)),
        (land.expert_1, to("readings")), (land.expert_1, to("reading", reading.pk)),
        (land.east_1, to("application", reviewing[0].pk)),
    ):
        client = client_for(user)
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        assert len(captured) < 30, (url, len(captured))


def test_the_entry_is_there_only_where_a_scheme_is(land, cast):
    assert to("rounds") in page(land.east_1, "/desk/").split('class="rail"')[1].split("</nav>")[0]
    assert to("rounds") not in page(cast.bureau, "/desk/").split('class="rail"')[1].split("</nav>")[0]
