"""Plans from the six self-care items: who is assessed by them alone, by both scales, and what follows what."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.assessments.careplans.making import agreed, drafted, held, in_force, refused, result_for
from tests.cast import A1, client_for, make_person, make_spell
from yinian.assessments.careplans import actions, queries, reviewing, sheet
from yinian.assessments.models import CarePlan, Result
from yinian.core.errors import Refused

pytestmark = pytest.mark.django_db

ABLE = {f"T.{n}": 1 for n in range(1, 7)}


def self_care(laid, person, failed=("T.1", "T.2", "T.3", "T.4"), **more):
    """A result by the six items: those that ``failed`` are not managed alone."""
    level = 0 if not failed else 1 if len(failed) <= 3 else 2
    return result_for(person, laid, level, items=ABLE | dict.fromkeys(failed, 0), scale="tekun", **more)


@pytest.fixture
def destitute(laid):
    """``laid.destitute`` lives alone, and is known by the six items alone: four of them failed."""
    laid.destitute = make_person(A1, name="王秀英")
    make_spell(laid.destitute, "living", "alone", department="village")
    laid.six = self_care(laid, laid.destitute)
    return laid


def test_who_is_assessed_by_the_six_items_alone_gets_a_plan_of_what_they_cannot_do(destitute):
    plan = drafted(destitute, person=destitute.destitute)
    assert (plan.result, plan.scale, plan.level, plan.complete) == (destitute.six, "tekun", 2, True)
    assert set(plan.needs.values_list("rule", flat=True)) == {
        "eating", "dressing", "transfer", "toileting", "alone", "constant"
    }
    assert plan.needs.get(rule="eating").why == [["item", "T.1", 0]]
    assert plan.needs.get(rule="eating").goals.get().baseline == "自主吃饭: 不能"
    assert plan.routing == [] and plan.rules["months"] == {"0": 12, "1": 6, "2": 3}
    today = timezone.localdate()
    assert (plan.review_due.year * 12 + plan.review_due.month) - (today.year * 12 + today.month) == 3


def test_the_plan_runs_its_whole_course_and_its_paper_says_by_what_it_was_drawn_up(destitute):
    destitute.person = destitute.destitute
    plan = in_force(destitute)
    assert plan.state == "in_force"
    client = client_for(destitute.town_a)
    page = client.get(reverse("assessments:careplan", args=[plan.pk])).content.decode()
    assert "特困人员生活自理能力评估" in page and "完全丧失生活自理能力" in page and "自主吃饭: 不能" in page
    assert client.get(reverse("assessments:careplan_paper", args=[plan.pk])).status_code == 200


def test_they_stand_on_the_list_of_plans_to_be_drawn_up_once_and_the_list_can_be_told_apart(destitute):
    result_for(destitute.destitute, destitute, 0)  # able by the ability assessment, which calls for no plan
    self_care(destitute, destitute.person)  # and somebody whose ability assessment calls for one too
    well = make_person(A1, name="周全好")
    self_care(destitute, well, failed=())
    rows = list(queries.wanted(destitute.town_a).order_by("person_id"))
    assert [(row.person_id, row.scale) for row in rows] == [
        (destitute.person.pk, "gbt42195"), (destitute.destitute.pk, "tekun")
    ]
    assert {row.pk for row in queries.without_plan(A1[:9])} == {row.pk for row in rows}
    assert [row.grave for row in rows] == [3, 4]
    client, address = client_for(destitute.town_a), reverse("assessments:careplans_wanted")
    page = client.get(address).content.decode()
    assert "完全丧失生活自理能力（六项自理）" in page and "谁须拟计划（特困人员生活自理能力评估）" in page
    assert "李桂花" not in client.get(address, {"level": "tekun.2"}).content.decode()
    assert "王秀英" not in client.get(address, {"level": "gbt42195.3"}).content.decode()


def test_the_page_says_from_which_result_the_plan_starts_and_lets_the_planner_take_the_other(destitute):
    six = self_care(destitute, destitute.person)
    client, address = client_for(destitute.town_a), reverse("assessments:careplan_draft", args=[destitute.person.pk])
    page = client.get(address).content.decode()
    assert "依据老年人能力评估" in page and "?scale=tekun" in page and "六项指标只分" not in page
    other = client.get(address, {"scale": "tekun"}).content.decode()
    assert "依据特困人员生活自理能力评估：完全丧失生活自理能力" in other and "六项指标只分" in other
    assert client.post(address, {"scale": "tekun"}).status_code == 302
    assert CarePlan.objects.get(person=destitute.person).result == six


def test_a_scale_by_which_nothing_is_in_force_is_refused(destitute):
    for scale in ("gbt42195", "ltci", "x"):
        with pytest.raises(Refused, match=r"没有您能看到的生效的评估结果|no result is in force"):
            actions.draft(destitute.town_a, destitute.destitute.pk, scale)
    assert not CarePlan.objects.exists()


def test_an_ability_assessment_that_follows_calls_for_a_review_and_the_changed_plan_starts_from_it(destitute):
    destitute.person = destitute.destitute
    plan = in_force(destitute)
    assert reviewing.look_after()["overtaken"] == 0
    later = result_for(destitute.destitute, destitute, 4, on=timezone.localdate())
    assert reviewing.look_after()["overtaken"] == 1
    plan.refresh_from_db()
    assert plan.state == "under_review" and queries.later_result(plan) == later
    plan, _review = held(destitute, plan, decision="revise", next_review=None)
    changed = CarePlan.objects.get(person=destitute.destitute, state="draft")
    assert (changed.result, changed.scale, changed.level) == (later, "gbt42195", 4)
    # What stood in the plan is carried on under the same need of the other scale.
    need = next(one for one in sheet.read(changed)["needs"] if one["rule"] == "eating")
    assert need["on"] and {one["service"] for one in need["services"] if one["on"]} >= {"feeding"}
    assert reviewing.look_after()["overtaken"] == 0


def test_two_results_of_two_scales_do_not_call_for_reviews_of_each_other_without_end(destitute):
    plan = in_force(destitute)
    assert reviewing.look_after()["overtaken"] == 0
    six = self_care(destitute, destitute.person, on=timezone.localdate())
    assert reviewing.look_after()["overtaken"] == 1
    plan.refresh_from_db()
    plan, _review = held(destitute, plan)
    assert plan.seen_result == six and reviewing.look_after()["overtaken"] == 0
    # An earlier one of the other scale is no news.
    Result.objects.filter(pk=six.pk).update(state="superseded", ended_on=timezone.localdate())
    self_care(destitute, destitute.person, failed=("T.1",), on=timezone.localdate() - dt.timedelta(300))
    assert queries.later_result(plan) is None


def test_the_changed_plan_starts_from_the_result_that_says_most(destitute):
    plan = in_force(destitute)
    self_care(destitute, destitute.person, on=timezone.localdate())
    reviewing.look_after()
    plan.refresh_from_db()
    held(destitute, plan, decision="revise", next_review=None)
    assert CarePlan.objects.get(person=destitute.person, state="draft").result == destitute.result


def test_the_database_holds_a_plan_to_the_scale_and_level_of_its_result(destitute):
    plan = agreed(destitute)

    def copy(**more):
        CarePlan.objects.create(**{
            "person": destitute.destitute, "result": destitute.six, "seen_result": destitute.six, "seen_region_id": A1,
            "scale": "tekun", "level": 2, "edition": 1, "planner": destitute.town_a, "saved_by": destitute.town_a,
            "draft_due": timezone.localdate(), "catalogue": "",
        } | more)

    refused("plan_result_is_the_persons", lambda: copy(level=1))
    refused("plan_result_is_the_persons", lambda: copy(scale="gbt42195"))
    refused("plan_agreement_stays", lambda: CarePlan.objects.filter(pk=plan.pk).update(scale="tekun"))
    copy()


def test_over_rest_a_plan_is_begun_by_either_scale(destitute):
    client = client_for(destitute.town_a)
    self_care(destitute, destitute.person, failed=("T.6",))
    address = f"/api/assessments/plans/people/{destitute.person.pk}/suggestions"
    told = client.get(address, {"scale": "tekun"}).json()
    assert [one["need"] for one in told] == ["bathing", "carer", "constant"]
    assert told[0]["why"] == ["洗澡: 不能"]
    made = client.post("/api/assessments/plans/", {"person": destitute.person.pk, "scale": "tekun"},
                       content_type="application/json")
    assert (made.status_code, made.json()["scale"], made.json()["level"]) == (201, "tekun", 1)
