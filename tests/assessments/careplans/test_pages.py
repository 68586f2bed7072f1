"""Pages and endpoints of care planning: what is typed is kept, lists and papers open, the family agrees."""

import datetime as dt
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.assessments.careplans.making import (
    agreed,
    drafted,
    in_force,
    png,
    posted,
    printed,
    result_for,
    under_review,
)
from tests.assessments.making import ask
from tests.cast import A1, B1, client_for, make_home, make_person, make_spell
from yinian.assessments.careplans import resting, routing, sheet
from yinian.assessments.models import CarePlan, Goal, PlannedService, Result
from yinian.people.models import Representative

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"assessments:{name}", args=args)


def typed(plan, **changes):
    plan.refresh_from_db()
    query = posted(sheet.read(plan), **changes)
    query["version"] = str(plan.version)
    return query


def acts_for(laid, relation="child"):
    Representative.objects.create(user=laid.member, person=laid.person, relation=relation, given_by=laid.bureau,
                                  period=(dt.date(2026, 1, 1), None), evidence="户口簿")
    return client_for(laid.member)


# --- drawing up ----------------------------------------------------------------------------------------------------


def test_a_plan_is_begun_with_one_button_and_opens_on_the_drafting_page(laid):
    client = client_for(laid.town_a)
    page = client.get(url("careplan_draft", laid.person.pk)).content.decode()
    assert "洗澡主要靠别人" in page and "重度失能" in page
    answer = client.post(url("careplan_draft", laid.person.pk))
    plan = CarePlan.objects.get()
    assert answer.url == url("careplan_edit", plan.pk)
    page = client.get(answer.url).content.decode()
    assert page.count("系统建议") == plan.needs.count()
    assert "按照护常识" in page  # each suggestion says what it rests on


def test_without_a_result_the_page_says_what_to_do(laid):
    other = make_person(A1, name="王秀英")
    page = client_for(laid.town_a).get(url("careplan_draft", other.pk)).content.decode()
    assert url("ask", other.pk) in page and "没有您能看到的生效的评估结果" in page


def test_the_page_keeps_itself_while_one_types(laid):
    client, plan = client_for(laid.town_a), drafted(laid)
    answer = client.post(url("careplan_edit", plan.pk), typed(plan, n0__text="", wishes="想住家里"),
                         headers={"X-Autosave": "1"})
    found = answer.json()
    plan.refresh_from_db()
    assert found["version"] == plan.version and found["missing"] == 1
    assert sheet.read(plan)["wishes"] == "想住家里" and not plan.complete


def test_what_a_colleague_wrote_meanwhile_is_not_overwritten_and_what_was_typed_is_still_there(laid):
    client, plan = client_for(laid.town_a), drafted(laid)
    late = typed(plan, wishes="后写的")
    client.post(url("careplan_edit", plan.pk), typed(plan, wishes="先写的"))
    quiet = client.post(url("careplan_edit", plan.pk), late, headers={"X-Autosave": "1"})
    assert quiet.status_code == 409 and "别人刚改过" in quiet.json()["problem"]
    answer = client.post(url("careplan_edit", plan.pk), late)
    assert answer.status_code == 409 and "后写的" in answer.content.decode()
    plan.refresh_from_db()
    assert sheet.read(plan)["wishes"] == "先写的"


def test_finishing_with_gaps_says_each_at_its_field_and_links_to_it(laid):
    client, plan = client_for(laid.town_a), drafted(laid)
    answer = client.post(url("careplan_edit", plan.pk), typed(plan, n0__text="", n1__g0__target="") | {"finish": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    for name in ("n0.text", "n1.g0.target"):
        assert f'href="#{name}"' in page and f'id="{name}-error"' in page
    done = client.post(url("careplan_edit", plan.pk),
                       typed(plan, n0__text="吃饭要人喂", n1__g0__target="7天") | {"finish": "1"})
    assert done.url == url("careplan", plan.pk)


def test_a_need_is_added_and_shown_unfolded_where_it_stands(laid):
    client, plan = client_for(laid.town_a), drafted(laid)
    count = len(sheet.read(plan)["needs"])
    answer = client.post(url("careplan_edit", plan.pk), typed(plan, wishes="想听戏") | {"change": "need"})
    assert answer.url == f"{url('careplan_edit', plan.pk)}?open={count}#n{count}"
    page = client.get(answer.url).content.decode()
    assert f'id="n{count}"' in page and "想听戏" in page


def test_what_was_agreed_is_not_opened_for_writing(laid):
    plan = in_force(laid)
    client = client_for(laid.town_a)
    assert client.get(url("careplan_edit", plan.pk)).url == url("careplan", plan.pk)
    answer = client.post(url("careplan_edit", plan.pk), typed(plan, wishes="改"))
    assert answer.status_code == 422 and "改" in answer.content.decode()


def test_the_page_offers_what_the_person_is_due_to_rest_services_on(laid):
    resting.register("test.dues", lambda actor, person: [resting.Due("service-voucher", "养老服务消费补贴", "", False)])
    try:
        plan, client = drafted(laid), client_for(laid.town_a)
        page = client.get(url("careplan_edit", plan.pk)).content.decode()
        assert 'value="due:service-voucher"' in page
        client.post(url("careplan_edit", plan.pk), typed(plan, n0__s0__pays="due:service-voucher"))
        one = PlannedService.objects.get(need__plan=plan, need__place=0, place=0)
        assert (one.pays, one.due) == ("due", "service-voucher")
        assert "养老服务消费补贴" in client.get(url("careplan", plan.pk)).content.decode()
    finally:
        resting._PROVIDERS.pop("test.dues")


def test_the_entitlements_room_says_what_a_plan_may_rest_on_to_who_may_see_it(laid):
    dues = resting.dues_of(laid.town_a, laid.person)
    assert dues and all(due.id and due.name for due in dues)
    assert resting.dues_of(laid.manager_a, laid.person) == []


# --- the plan's page and its paper ---------------------------------------------------------------------------------


def test_a_plan_is_printed_agreed_with_a_photo_and_its_papers_open(laid):
    client, plan = client_for(laid.town_a), drafted(laid)
    assert client.get(url("careplan_paper", plan.pk)).content.startswith(b"%PDF")  # a draft
    client.post(url("careplan_print", plan.pk), {"version": plan.version})
    plan.refresh_from_db()
    answer = client.post(url("careplan_agree", plan.pk), {
        "version": plan.version, "on": timezone.localdate().isoformat(), "by": "family", "name": "李小明",
        "how": "signature", "file": png(),
    })
    plan.refresh_from_db()
    assert answer.url == url("careplan", plan.pk) and plan.state == "in_force"
    paper = client.get(url("careplan_paper", plan.pk))
    assert b"".join(paper.streaming_content).startswith(b"%PDF")
    assert client.get(url("careplan_signed", plan.pk))["Content-Type"] == "image/png"
    page = client.get(url("careplan", plan.pk)).content.decode()
    assert "执行中" in page and "李小明" in page and plan.paper.number in page


def test_an_agreement_without_proof_comes_back_with_what_was_typed(laid):
    client, plan = client_for(laid.village_a), printed(laid)
    answer = client.post(url("careplan_agree", plan.pk), {
        "version": plan.version, "on": timezone.localdate().isoformat(), "by": "person", "name": "李桂花",
        "how": "oral", "witness": "",
    })
    page = answer.content.decode()
    assert answer.status_code == 422 and "请填写在场见证人的姓名" in page and 'value="李桂花"' in page


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [("careplan_end", {"end-ending": "met", "end-on": "2020-01-01", "end-reason": "好了"}, "end-on"),
     ("careplan_ask", {"ask-reason": ""}, "ask-reason"),
     ("careplan_end", {"end-ending": "", "end-on": "", "end-reason": ""}, "end-ending")],
)  # fmt: skip
def test_a_step_that_is_refused_says_so_on_the_plans_page(laid, name, given, field):
    plan = in_force(laid)
    answer = client_for(laid.town_a).post(url(name, plan.pk), given | {"version": plan.version})
    assert answer.status_code == 422 and f"id_{field}" in answer.content.decode()
    plan.refresh_from_db()
    assert plan.state == "in_force"


def test_a_draft_is_discarded_and_a_plan_ended_from_its_page(laid):
    client, plan = client_for(laid.town_a), drafted(laid)
    client.post(url("careplan_discard", plan.pk), {"discard-reason": "重来", "version": plan.version})
    assert CarePlan.objects.get(pk=plan.pk).ending == "discarded"
    plan = in_force(laid)
    client.post(url("careplan_end", plan.pk), {
        "end-ending": "met", "end-on": timezone.localdate().isoformat(), "end-reason": "好了", "version": plan.version})
    assert CarePlan.objects.get(pk=plan.pk).ending == "met"


def test_the_review_page_takes_each_goal_and_leads_to_the_changed_plan(laid):
    plan, client = under_review(laid), client_for(laid.town_a)
    goals = list(Goal.objects.filter(need__plan=plan))
    page = client.get(url("careplan_review", plan.pk)).content.decode()
    assert all(f'name="goal-{goal.pk}"' in page for goal in goals) and "住院半个月" in page
    given = {f"goal-{goal.pk}": "partly" for goal in goals} | {
        "version": plan.version, "on": timezone.localdate().isoformat(), "findings": "走路更慢", "present": "儿子",
        "decision": "revise",
    }
    incomplete = given | {"findings": "", f"goal-{goals[0].pk}": ""}
    answer = client.post(url("careplan_review", plan.pk), incomplete)
    assert answer.status_code == 422 and 'value="儿子"' in answer.content.decode()
    answer = client.post(url("careplan_review", plan.pk), given)
    assert answer.url == url("careplan_edit", CarePlan.objects.get(state="draft").pk)


def test_the_lists_filter_and_go_to_excel(laid):
    plan = in_force(laid)
    other = make_person(B1, name="别镇人")
    result_for(other, laid, 2)
    drafted(laid, laid.dispatcher, other)
    result_for(make_person(A1, name="等计划"), laid, 4)
    client = client_for(laid.dispatcher)
    for query, shown, hidden in (
        ("", ("李桂花", "别镇人"), ()), ("state=draft", ("别镇人",), ("李桂花",)),
        (f"region={B1[:9]}", ("别镇人",), ("李桂花",)), ("level=gbt42195.3", ("李桂花",), ("别镇人",)),
        (f"planner={laid.town_a.pk}", ("李桂花",), ("别镇人",)), ("review=late", (), ("李桂花", "别镇人")),
        ("review=soon", (), ("李桂花", "别镇人")), ("q=李桂花", ("李桂花",), ("别镇人",)),
        ("service=bathing", ("李桂花",), ()), ("open=1", ("李桂花", "别镇人"), ()),
    ):  # fmt: skip
        page = client.get(f"{url('careplans')}?{query}").content.decode()
        assert all(name in page for name in shown) and not any(name in page for name in hidden), query
    answer = client.get(f"{url('careplans')}?format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row]
    assert "李桂花" in cells and plan.planner.full_name in cells
    page = client.get(url("careplans_wanted")).content.decode()
    assert "等计划" in page and "李桂花" not in page and "待县级确认" in page


def test_plans_are_seen_by_those_of_the_place_and_by_home_staff_of_their_residents(laid):
    plan = in_force(laid)
    for user, status in ((laid.village_a, 200), (laid.auditor, 200), (laid.anna.user, 200), (laid.clara.user, 404),
                         (laid.town_b, 404), (laid.stranger, 404), (laid.manager_a, 404), (laid.finance, 403)):
        assert client_for(user).get(url("careplan", plan.pk)).status_code == status, user
    from yinian.homes.models import Stay
    from yinian.places.models import Bed

    Stay.objects.create(bed=Bed.objects.filter(site=laid.home_a).first(), person=laid.person, basis="private",
                        period=(dt.date(2026, 1, 1), None))
    assert client_for(laid.carer_a).get(url("careplan", plan.pk)).status_code == 200


# --- what others show of it ----------------------------------------------------------------------------------------


def test_the_persons_page_says_who_looks_after_by_which_plan_and_tells_its_story(laid):
    plan = under_review(laid)
    page = client_for(laid.town_a).get(reverse("people:person", args=[laid.person.pk])).content.decode()
    assert url("careplan", plan.pk) in page and "复核中" in page and "照护计划第1版已商定" in page


def test_the_persons_page_reads_requests_results_plans_and_kin_once(laid):
    """Answers, panels and the timeline all speak of them."""
    under_review(laid)
    ask(laid.officer, laid.person, kind="immediate")
    client, address = client_for(laid.officer), reverse("people:person", args=[laid.person.pk])
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    for table in ("assessments_request", "assessments_result", "assessments_careplan", "people_kin", "homes_stay"):
        read = [query["sql"] for query in queries if f'FROM "{table}"' in query["sql"].split("WHERE")[0]]
        assert len(read) == 1, (table, read)
    assert len(queries) <= 36  # seven of them for medical care


def test_who_has_no_plan_can_be_given_one_from_the_persons_page(laid):
    page = client_for(laid.town_a).get(reverse("people:person", args=[laid.person.pk])).content.decode()
    assert url("careplan_draft", laid.person.pk) in page
    page = client_for(laid.village_a).get(reverse("people:person", args=[laid.person.pk])).content.decode()
    assert url("careplan_draft", laid.person.pk) not in page


def test_the_family_reads_the_plan_in_plain_words_and_agrees(laid):
    plan, client = drafted(laid), acts_for(laid)
    own = reverse("people:own_person", args=[laid.person.pk])
    assert url("own_careplan", laid.person.pk, plan.pk) not in client.get(own).content.decode()
    plan = printed(laid, plan)
    assert url("own_careplan", laid.person.pk, plan.pk) in client.get(own).content.decode()
    page = client.get(url("own_careplan", laid.person.pk, plan.pk)).content.decode()
    assert "洗澡主要靠别人" in page and "同意这份计划" in page
    assert b"".join(client.get(url("own_careplan_paper", laid.person.pk, plan.pk)).streaming_content)[:4] == b"%PDF"
    address = url("own_careplan", laid.person.pk, plan.pk)
    needs = list(plan.needs.values_list("pk", flat=True))
    whole = {"version": plan.version, "name": laid.member.full_name, "need": needs}
    for wrong in ({"version": plan.version - 1}, {"name": ""}, {"name": "别人"}, {"need": needs[:-1]}, {"need": ["x"]}):
        answer = client.post(address, whole | wrong)
        plan.refresh_from_db()
        assert (answer.status_code, plan.state) == (422, "draft"), wrong
    half = client.post(address, whole | {"need": needs[:1], "name": "别人"}).content.decode()
    # What was ticked and typed is still there.
    assert half.count("checked") == 1 and 'value="别人"' in half and "还没有全部勾选" in half
    assert client.post(address, whole).status_code == 302
    plan.refresh_from_db()
    assert (plan.state, plan.agreed_how) == ("in_force", "account")
    assert "同意这份计划" not in client.get(url("own_careplan", laid.person.pk, plan.pk)).content.decode()


def test_routing_is_advice_with_its_source_and_says_whom_it_is_for(laid, settings):
    settings.COUNTY_PACK = "cn/hunan/yueyang/miluo"
    welfare = make_home(A1[:9], "汨罗市社会福利院")

    def advice(level, scale="gbt42195"):
        return routing.advice(laid.person, Result(scale=scale, final=level), timezone.localdate())

    kept = advice(3)
    assert advice(2, "tekun") == []  # of which no rule speaks
    assert [rule["id"] for rule in kept] == ["severe-and-total"] and kept[0]["fits"] is None
    make_spell(laid.person, "relief", "none")
    (shown,) = routing.in_words(advice(4), laid.person)
    assert (shown.fits is False and (welfare.name, f"/homes/{welfare.pk}/vacancies/") in shown.homes) or shown.homes
    (shown,) = routing.in_words(advice(1), laid.person)
    assert {name for name, _url in shown.homes} == {"汨罗镇敬老院", "汨罗市社会福利院"}
    assert "创新试点" in shown.source and shown.confidence == "verified"


# --- over REST -----------------------------------------------------------------------------------------------------


def test_plans_are_read_suggested_reviewed_over_rest(laid):
    client = client_for(laid.town_a)
    suggested = client.get(f"/api/assessments/plans/people/{laid.person.pk}/suggestions").json()
    assert {"bathing", "constant"} <= {one["need"] for one in suggested}
    assert all(one["why"] and one["confidence"] == "general" for one in suggested)
    made = client.post("/api/assessments/plans/", {"person": laid.person.pk}, content_type="application/json")
    assert made.status_code == 201
    plan = agreed(laid, CarePlan.objects.get(pk=made.json()["id"]))
    whole = client.get(f"/api/assessments/plans/{plan.pk}").json()
    assert whole["state"] == "in_force" and whole["needs"][0]["goals"]
    daily = [one for need in whole["needs"] for one in need["services"] if (one["times"], one["per"]) == (1, "day")]
    assert daily and all(one["rrule"] == "FREQ=DAILY" for one in daily)
    assert [one["id"] for one in client.get("/api/assessments/plans/?state=in_force").json()] == [plan.pk]
    asked = client.post(f"/api/assessments/plans/{plan.pk}/reviews", {"version": plan.version, "reason": "摔了"},
                        content_type="application/json")
    assert asked.status_code == 201 and asked.json()["why"] == "asked"
    plan.refresh_from_db()
    outcomes = [{"goal": goal.pk, "state": "met"} for goal in Goal.objects.filter(need__plan=plan)]
    held = client.post(f"/api/assessments/plans/{plan.pk}/review", {
        "version": plan.version, "on": timezone.localdate().isoformat(), "findings": "好", "outcomes": outcomes,
        "decision": "continue", "next_review": (timezone.localdate() + dt.timedelta(60)).isoformat(),
    }, content_type="application/json")
    assert held.status_code == 200 and held.json()["decision"] == "continue"
    lost = client_for(laid.town_b).get(f"/api/assessments/plans/{plan.pk}")
    assert lost.status_code == 404
