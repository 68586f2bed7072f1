"""The pages: an assessment from asking to objection through the pages alone, and what a page must never show."""

import base64
import datetime as dt
import json

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from tests.assessments.making import SCALE, assigned, best, confirmed, filled, issued, particulars, png
from tests.cast import A1, PASSWORD, client_for, make_person, make_spell
from yinian.assessments.models import Exhibit, Objection, Request, Result, Visit
from yinian.core.models import AuditRow
from yinian.people.models import Kin, Representative

pytestmark = pytest.mark.django_db
DRAWN = "data:image/png;base64," + base64.b64encode(png().read()).decode()


def get(user, page, *args, **query):
    return client_for(user).get(reverse(f"assessments:{page}", args=args), query)


def post(user, page, *args, **data):
    return client_for(user).post(reverse(f"assessments:{page}", args=args), data)


def save(user, request, base, **changes):
    return client_for(user).post(
        reverse("assessments:visit_save", args=[request.pk]),
        json.dumps({"base": base, "changes": {k.replace("_", "."): v for k, v in changes.items()}}),
        content_type="application/json",
    )


def test_an_assessment_goes_from_asking_to_objection_through_the_pages(bench):
    person = make_person(A1)
    answer = post(bench.village_a, "ask", person.pk, scale=[SCALE, "tekun"], kind="first", channel="family",
                  reason="摔倒后起不来", place="市人民医院", requested_on=timezone.localdate().isoformat())
    assert answer.status_code == 302
    request = Request.objects.get(scale=SCALE)
    assert (request.place, Request.objects.filter(scale="tekun").count()) == ("市人民医院", 1)
    page = get(bench.dispatcher, "assigning").content.decode()
    assert "anna同志" in page and "负责该地" in page
    answer = post(bench.dispatcher, "assigning", ids=[request.pk], **{
        f"r{request.pk}-version": request.version, f"r{request.pk}-a1": bench.anna.pk,
        f"r{request.pk}-a2": bench.boris.pk,
    })
    request.refresh_from_db()
    assert (answer.status_code, request.state) == (302, "assigned")
    anna, boris = bench.anna.user, bench.boris.user
    assert person.name in get(anna, "mine").content.decode()
    assert "开始评估" in get(anna, "visit", request.pk).content.decode()
    post(anna, "begin", request.pk)
    told = save(anna, request, 1, **{k.replace(".", "_"): v for k, v in (best() | particulars()).items()}).json()
    assert (told["answered"], told["final"], told["form_missing"]) == (26, "能力完好", [])
    assert post(anna, "finish", request.pk, version=told["version"]).url == reverse(
        "assessments:confirm", args=[request.pk]
    )
    for user, signed in ((anna, {"drawn": DRAWN}), (boris, {"name": boris.full_name, "password": PASSWORD})):
        request.refresh_from_db()
        assert "能力完好" in get(user, "confirm", request.pk).content.decode()
        assert post(user, "confirm", request.pk, version=request.version, **signed).status_code == 302
    result = Result.objects.get()
    page = get(bench.bureau, "result", result.pk).content.decode()
    assert "出具结果" in page
    assert post(bench.bureau, "issue", result.pk, version=result.version).status_code == 302
    result.refresh_from_db()
    today = timezone.localdate().isoformat()
    assert post(bench.village_a, "deliver", result.pk, version=result.version, **{
        "deliver-on": today, "deliver-to": "本人"}).status_code == 302  # fmt: skip
    answer = post(bench.village_a, "object", result.pk, by="family", by_name="李小明", reason="评得太轻",
                  lodged_on=today)
    objection = Objection.objects.get()
    assert answer.url == reverse("assessments:objection", args=[objection.pk])
    assert "评得太轻" in get(bench.town_a, "objection", objection.pk).content.decode()


@pytest.mark.parametrize(
    "name", ["list", "to_assess", "assigning", "results", "objections", "recognitions", "bodies", "assessors",
             "comparison", "rules"],
)  # fmt: skip
def test_every_list_opens_empty_and_filled(bench, name):
    assert get(bench.bureau, name).status_code == 200
    issued(bench, make_person(A1))
    confirmed(bench, make_person(A1, name="王秀英"))
    assert get(bench.bureau, name).status_code == 200


@pytest.mark.parametrize(
    "name", ["list", "to_assess", "results", "objections", "recognitions", "assessors", "comparison"]
)
def test_every_list_comes_as_a_workbook_of_what_is_filtered(bench, tmp_path, name):
    issued(bench, make_person(A1))
    answer = get(bench.bureau, name, format="xlsx", all="1")
    file = tmp_path / "list.xlsx"
    file.write_bytes(b"".join(answer.streaming_content))
    assert openpyxl.load_workbook(file).worksheets[0].max_row >= 1
    assert AuditRow.objects.filter(action__endswith=".export").exists()


def test_the_list_shows_what_is_under_way_unless_more_is_asked_for(bench):
    issued(bench, make_person(A1, name="办结人"))
    assigned(bench, make_person(A1, name="在办人"))
    page = get(bench.bureau, "list").content.decode()
    assert "在办人" in page and "办结人" not in page
    page = get(bench.bureau, "list", all="1").content.decode()
    assert "在办人" in page and "办结人" in page


def test_people_are_picked_in_the_list_and_asked_for_at_once(bench):
    people = [make_person(A1, name=f"老人{n}") for n in range(3)]
    known = make_person(A1, name="已评人")
    make_spell(known, "ability", grade=2, since=timezone.localdate() - dt.timedelta(days=20))
    page = get(bench.village_a, "to_assess").content.decode()
    assert "老人0" in page and "已评人" not in page
    ids = [p.pk for p in people]
    assert "老人2" in post(bench.village_a, "request_many", ids=ids).content.decode()
    assert not Request.objects.exists()
    post(bench.village_a, "request_many", ids=ids, confirm="1", scale=SCALE, reason="等级不明")
    assert Request.objects.count() == 3
    assert post(bench.village_a, "request_many").status_code == 302


def test_the_record_shows_no_full_number_and_gives_the_script_nothing_that_names_the_person(bench):
    person = make_person(A1, phone="15400001234")
    Kin.objects.create(person=person, name="李小明", relation="儿子", phone="15400005678", emergency=True)
    request = filled(bench, person)
    page = get(bench.anna.user, "visit", request.pk).content.decode()
    for secret in (str(person.id_number), "15400001234", "15400005678"):
        assert secret not in page
    config = page[page.index('id="visit-config"'):].partition("</script>")[0]
    assert person.name not in config and "李小明" not in config


def test_saving_answers_with_what_a_colleague_wrote_and_where_both_differ(bench):
    request = assigned(bench, make_person(A1))
    post(bench.anna.user, "begin", request.pk)
    save(bench.anna.user, request, 1, B_1_1=4, B_1_2=3)
    told = save(bench.boris.user, request, 1, B_1_1=0, B_1_3=2).json()
    assert told["conflicts"] == [{"key": "B.1.1", "value": 4, "by": "anna同志"}]
    assert told["others"] == {"B.1.2": 3}
    assert told["total"] == 9


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"base": "x", "changes": {}}', '{"base": 1, "changes": 5}'])
def test_answers_that_arrive_broken_are_refused_and_nothing_is_lost(bench, body):
    request = filled(bench, make_person(A1))
    before = Visit.objects.get(request=request).items
    url = reverse("assessments:visit_save", args=[request.pk])
    answer = client_for(bench.anna.user).post(url, body, content_type="application/json")
    assert answer.status_code == 422
    assert Visit.objects.get(request=request).items == before


def test_a_finished_record_tells_the_phone_that_it_is_closed(bench):
    request = filled(bench, make_person(A1))
    post(bench.anna.user, "finish", request.pk, version=request.visit.version)
    answer = save(bench.boris.user, request, 99, B_1_1=1)
    assert (answer.status_code, answer.json()["closed"]) == (409, True)


def test_without_script_the_whole_form_is_saved_and_faults_stand_beside_their_fields(bench):
    request = assigned(bench, make_person(A1))
    post(bench.anna.user, "begin", request.pk)
    version = Visit.objects.get(request=request).version
    data = {"base": version, "B.1.1": "3", "A.2.4": "9000", "A.4.1": ["1", "3"], "A.4.2:0:1": "二甲双胍",
            "notes": "独居"}
    answer = post(bench.anna.user, "visit", request.pk, **data)
    assert answer.status_code == 422
    assert "50到250" in answer.content.decode()
    visit = Visit.objects.get(request=request)
    assert (visit.items, visit.notes) == ({"B.1.1": 3}, "独居")
    assert "二甲双胍" in str(visit.particulars)


def test_a_photo_is_stored_handed_to_its_assessors_and_to_nobody_else(bench):
    request = filled(bench, make_person(A1))
    answer = client_for(bench.anna.user).post(
        reverse("assessments:exhibit_add", args=[request.pk]), {"kind": "photo", "file": png_file()},
        headers={"X-Requested-With": "fetch"},
    )
    exhibit = Exhibit.objects.get()
    assert answer.json()["pk"] == exhibit.pk
    seen = get(bench.boris.user, "exhibit", request.pk, exhibit.pk)
    assert b"".join(seen.streaming_content).startswith(b"\x89PNG")
    assert "sandbox" in seen["Content-Security-Policy"]
    assert get(bench.clara.user, "exhibit", request.pk, exhibit.pk).status_code == 404
    assert get(bench.village_b, "exhibit", request.pk, exhibit.pk).status_code == 404
    assert AuditRow.objects.filter(action="attachments.open", actor=bench.boris.user).exists()


def png_file():
    file = png()
    file.name = "床边.png"
    return file


@pytest.mark.parametrize(
    "drawn", ["x", "data:image/png;base64,%%%", "data:text/html;base64,AAAA", "data:image/png;base64,"]
)
def test_a_signature_that_is_no_picture_is_refused(bench, drawn):
    request = filled(bench, make_person(A1))
    post(bench.anna.user, "finish", request.pk, version=request.visit.version)
    request.refresh_from_db()
    assert post(bench.anna.user, "confirm", request.pk, version=request.version, drawn=drawn).status_code == 422
    assert not request.seats.filter(confirmed_at__isnull=False).exists()


def test_where_the_device_stands_is_kept_only_with_a_name_of_who_agreed(bench):
    request = filled(bench, make_person(A1))
    assert post(bench.anna.user, "visit_locate", request.pk, lat="28.8", lon="113.1").status_code == 422
    assert post(bench.anna.user, "visit_locate", request.pk, lat="x", lon="y", consent="本人").status_code == 422
    answer = post(bench.anna.user, "visit_locate", request.pk, lat="28.8", lon="113.1", accuracy="15.7", consent="本人")
    assert answer.status_code == 200
    assert Visit.objects.get(request=request).accuracy_m == 15


def test_the_persons_page_shows_level_request_and_what_can_be_asked(bench):
    person = make_person(A1)
    url = reverse("people:person", args=[person.pk])
    assert reverse("assessments:ask", args=[person.pk]) in client_for(bench.village_a).get(url).content.decode()
    result = issued(bench, person, best(B_4_1=1))
    page = client_for(bench.village_a).get(url).content.decode()
    assert reverse("assessments:result", args=[result.pk]) in page and "轻度失能" in page
    assert "出具结果" in page  # on the timeline
    assert "/assessments/" not in client_for(bench.finance).get(url).content.decode()


def test_the_family_sees_its_own_asks_reads_the_notice_and_objects(bench):
    person, other = make_person(A1), make_person(A1, name="王秀英")
    Representative.objects.create(
        user=bench.member, person=person, relation="child", period=(dt.date(2026, 1, 1), None), evidence="户口簿",
        given_by=bench.village_a,
    )
    own = reverse("people:own_person", args=[person.pk])
    member = client_for(bench.member)
    assert reverse("assessments:own_ask", args=[person.pk]) in member.get(own).content.decode()
    post(bench.member, "own_ask", person.pk, kind="first", reason="记性变差")
    assert Request.objects.get().channel == "family"
    assert reverse("assessments:own_ask", args=[person.pk]) not in member.get(own).content.decode()
    Request.objects.all().update(state="withdrawn", closed_at=timezone.now(), closed_by=bench.bureau, close_reason="x")
    result, foreign = issued(bench, person), issued(bench, other)
    page = member.get(own).content.decode()
    assert "能力完好" in page
    notice = get(bench.member, "own_notice", person.pk, result.pk)
    assert b"".join(notice.streaming_content).startswith(b"%PDF")
    for name in ("own_notice", "own_object"):
        assert get(bench.member, name, person.pk, foreign.pk).status_code == 404
        assert get(bench.member, name, other.pk, foreign.pk).status_code == 404
    assert post(bench.member, "own_object", person.pk, result.pk, reason="不对").status_code == 302
    assert Objection.objects.get().entered_by == bench.member
    assert get(bench.member, "result", result.pk).status_code == 403


def test_an_assessor_opens_their_own_work_and_nobody_elses(bench):
    mine = assigned(bench, make_person(A1))
    other = assigned(bench, make_person(A1, name="王秀英"), (bench.clara, bench.david))
    assert get(bench.anna.user, "request", mine.pk).status_code == 200
    for name in ("request", "visit", "confirm", "step_back"):
        assert get(bench.anna.user, name, other.pk).status_code == 404
    assert get(bench.anna.user, "list").status_code == 302
    assert get(bench.anna.user, "assigning").status_code == 403


def test_a_hasty_assessor_is_marked_with_the_reason_and_leads_to_the_results(bench, monkeypatch):
    from yinian.assessments.statistics import queries

    monkeypatch.setattr("yinian.engines.scale.quality.LEAST_ASSESSMENTS", 4)
    for n in range(6):
        issued(bench, make_person(A1, name=f"老人{n}"), best(B_1_1=n % 4, B_1_2=n % 3))
    page = get(bench.bureau, "comparison")
    assert page.status_code == 200
    assert f"assessor={bench.anna.pk}" in page.content.decode()
    found = queries.compared(bench.bureau, SCALE, "430681")
    assert {row.assessor.pk: row.quality.assessments for row in found} == {bench.anna.pk: 6, bench.boris.pk: 6}
    assert get(bench.bureau, "comparison", since="x").status_code == 422
    assert get(bench.village_a, "comparison").status_code == 403


def test_the_rules_page_says_what_is_only_assumed(bench):
    page = get(bench.bureau, "rules").content.decode()
    assert "5个工作日" in page and "待县级确认" in page and "不作为待遇依据" in page


def test_every_list_of_the_room_stands_under_the_rooms_tabs(bench, django_assert_max_num_queries):
    issued(bench, make_person(A1))
    for name in ("list", "to_assess", "results", "objections", "recognitions", "assessors", "careplans",
                 "careplans_wanted"):
        client = client_for(bench.officer)
        with django_assert_max_num_queries(30):
            page = client.get(reverse(f"assessments:{name}"))
        words = page.content.decode()
        assert page.status_code == 200, name
        # Under the title, with this view marked.
        tabs = words.split("<h1")[1].split('class="tabs-line"')[1].split("</nav>")[0]
        assert f'class="nav-link active" href="{reverse(f"assessments:{name}")}"' in tabs, name
