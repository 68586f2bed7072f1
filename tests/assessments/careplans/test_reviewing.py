"""Reviews: asked for, called for by the day, a new result, a death, a move; held; what follows from them."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.assessments.careplans.making import drafted, held, in_force, printed, refused, result_for, under_review
from tests.assessments.making import best, issued
from tests.cast import A1, A2, make_person
from yinian.assessments.careplans import queries, reviewing
from yinian.assessments.models import CarePlan, Goal, GoalOutcome, PlanReview, Result
from yinian.assessments.results import actions as results
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.models import WorkItem
from yinian.people.circumstances import actions as circumstances
from yinian.people.models import Spell
from yinian.people.persons import actions as persons

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def test_whoever_sees_a_change_puts_the_plan_under_review_with_the_reason(laid):
    plan = in_force(laid)
    with pytest.raises(Refused):
        reviewing.ask_for(laid.village_a, plan.pk, plan.version, " ")
    with pytest.raises(NotVisible):
        reviewing.ask_for(laid.village_b, plan.pk, plan.version, "摔了")
    reviewing.ask_for(laid.village_a, plan.pk, plan.version, "摔了一跤,住院")
    plan.refresh_from_db()
    review = plan.reviews.get()
    assert (plan.state, review.why, review.note) == ("under_review", "asked", "摔了一跤,住院")
    assert review.due_on == add_working_days(TODAY(), 5)
    item = WorkItem.objects.get(kind="assessments.plan_review", state="open")
    assert (item.role, item.region_id, item.due_on) == ("town_officer", A1[:9], review.due_on)


def test_a_review_says_how_far_each_goal_has_come_and_when_the_next_is(laid):
    plan, review = held(laid, under_review(laid), "partly")
    assert (plan.state, plan.review_due, review.decision) == ("in_force", review.next_review, "continue")
    goals = Goal.objects.filter(need__plan=plan)
    assert {goal.state for goal in goals} == {"partly"}
    assert GoalOutcome.objects.filter(review=review).count() == goals.count() > 0
    assert WorkItem.objects.get(kind="assessments.plan_review").state == "done"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"findings": " "}, "findings"), ({"on": None}, "on"), ({"on": dt.date(2020, 1, 1)}, "on"),
        ({"decision": "wait"}, "decision"), ({"next_review": None}, "next_review"),
        ({"next_review": dt.date(2020, 1, 1)}, "next_review"), ({"decision": "end", "ending": ""}, "ending"),
        ({"decision": "end", "ending": "died"}, "ending"),
    ],
)  # fmt: skip
def test_a_review_that_says_too_little_is_refused_at_its_field(laid, given, field):
    plan = under_review(laid)
    with pytest.raises(Refused) as caught:
        held(laid, plan, **given)
    assert field in caught.value.fields
    plan.refresh_from_db()
    assert plan.state == "under_review"


def test_every_goal_has_to_be_spoken_of(laid):
    plan = under_review(laid)
    goals = list(Goal.objects.filter(need__plan=plan).values_list("pk", flat=True))
    with pytest.raises(Refused) as caught:
        held(laid, plan, outcomes=dict.fromkeys(goals[1:], ("met", "")))
    assert list(caught.value.fields) == [f"goal-{goals[0]}"]


def test_only_a_planner_of_the_place_holds_the_review(laid):
    plan = under_review(laid)
    for actor, error in ((laid.village_a, Forbidden), (laid.town_b, NotVisible), (laid.stranger, NotVisible)):
        with pytest.raises(error):
            reviewing.hold(actor, plan.pk, plan.version, on=TODAY(), present="", findings="x", outcomes={},
                           decision="continue")


def test_a_changed_plan_is_drawn_up_while_the_old_one_holds(laid):
    plan, _review = held(laid, under_review(laid), decision="revise", next_review=None)
    making = queries.plan_in_the_making(laid.person)
    assert (plan.state, making.state, making.edition) == ("in_force", "draft", 2)
    in_force(laid, making)
    plan.refresh_from_db()
    assert (plan.state, plan.ending) == ("ended", "replaced")


def test_a_review_that_finds_no_need_ends_the_plan(laid):
    plan, _review = held(laid, under_review(laid), decision="end", ending="met", next_review=None)
    assert (plan.state, plan.ending) == ("ended", "met")


def test_the_day_of_the_review_comes_first_as_a_reminder_then_by_itself(laid):
    plan = in_force(laid)
    ahead = plan.review_due - dt.timedelta(3)
    assert reviewing.look_after(TODAY()) == {"overtaken": 0, "due": 0, "announced": 0}
    assert reviewing.look_after(ahead)["announced"] == 1
    item = WorkItem.objects.get(kind="assessments.plan_review")
    assert (item.due_on, item.state, item.region_id) == (plan.review_due, "open", A1[:9])
    assert reviewing.look_after(plan.review_due)["due"] == 1
    plan.refresh_from_db()
    assert plan.state == "under_review" and plan.reviews.get().why == "due"
    assert reviewing.look_after(plan.review_due)["due"] == 0


def test_a_reminder_that_nobody_answers_rises_to_the_county(laid):
    plan = in_force(laid)
    reviewing.look_after(plan.review_due - dt.timedelta(3))
    assert inbox.escalate_overdue(plan.review_due + dt.timedelta(1)) == 1
    item = WorkItem.objects.get(kind="assessments.plan_review", state="open")
    assert (item.region_id, item.role) == ("430681", "bureau_officer")


def test_a_new_result_in_force_calls_for_a_review_at_once(laid):
    plan = in_force(laid)
    issued(laid, laid.person, best(B_1_1=0, B_1_2=0, B_1_3=0), kind="immediate")
    plan.refresh_from_db()
    assert (plan.state, plan.reviews.get().why) == ("under_review", "result")
    plan, _review = held(laid, plan, decision="revise", next_review=None)
    making = queries.plan_in_the_making(laid.person)
    assert making.level == 1 and making.result.final == 1
    assert reviewing.look_after()["overtaken"] == 0


def test_a_review_that_goes_on_in_spite_of_a_new_result_is_not_called_for_again(laid):
    plan = in_force(laid)
    Result.objects.filter(pk=laid.result.pk).update(state="superseded", ended_on=TODAY())
    later = result_for(laid.person, laid, 3)
    assert reviewing.look_after()["overtaken"] == 1
    plan.refresh_from_db()
    plan, _review = held(laid, plan)
    assert plan.seen_result == later
    assert reviewing.look_after()["overtaken"] == 0


def test_a_void_result_calls_for_a_review_once(laid):
    plan = in_force(laid)
    results.void(laid.officer, laid.result.pk, laid.result.version, "认错了人")
    plan.refresh_from_db()
    assert (plan.state, plan.reviews.get().why) == ("under_review", "void")
    held(laid, plan)
    assert reviewing.look_after()["overtaken"] == 0


def test_a_death_puts_the_plan_under_review_and_it_can_only_be_ended(laid):
    plan = in_force(laid)
    persons.record_death(laid.village_a, laid.person, TODAY(), "village")
    plan.refresh_from_db()
    assert (plan.state, plan.reviews.get().why) == ("under_review", "died")
    with pytest.raises(Refused) as caught:
        held(laid, plan)
    assert "decision" in caught.value.fields
    plan, _review = held(laid, plan, "dropped", decision="end", ending="died", next_review=None)
    assert (plan.state, plan.ending) == ("ended", "died")


def test_a_death_that_was_wrong_lets_the_plan_go_on(laid):
    plan = in_force(laid)
    persons.record_death(laid.village_a, laid.person, TODAY(), "village")
    circumstances.retract_spell(laid.village_a, Spell.objects.get(person=laid.person, kind="death"), "同名")
    plan.refresh_from_db()
    plan, _review = held(laid, plan)
    assert plan.state == "in_force"


def test_a_move_within_the_county_and_out_of_it_are_reasons_to_look(laid):
    plan = in_force(laid)
    persons.record_move(laid.town_a, laid.person, "within", TODAY() - dt.timedelta(1), "village", to_region=A2)
    plan.refresh_from_db()
    review = plan.reviews.get()
    assert (plan.state, review.why) == ("under_review", "moved") and "蟠龙桥村" in review.note
    plan, _review = held(laid, plan)
    assert plan.seen_region_id == A2 and reviewing.look_after()["overtaken"] == 0
    persons.record_move(laid.town_a, laid.person, "out", TODAY(), "village")
    plan.refresh_from_db()
    assert plan.state == "under_review"
    plan, _review = held(laid, plan, decision="end", ending="moved", next_review=None)
    assert plan.ending == "moved"


def test_a_death_that_a_list_brought_is_found_by_night_and_drafts_of_the_dead_are_given_up(laid):
    plan = in_force(laid)
    other = make_person(A1, name="王秀英")
    result_for(other, laid, 2)
    draft = printed(laid, drafted(laid, person=other))
    type(other).objects.filter(pk__in=[other.pk, laid.person.pk]).update(state="dead", died_on=TODAY())
    assert reviewing.look_after()["overtaken"] == 1
    plan.refresh_from_db()
    draft.refresh_from_db()
    assert (plan.state, draft.state, draft.ending) == ("under_review", "ended", "died")
    assert reviewing.look_after() == {"overtaken": 0, "due": 0, "announced": 0}


def test_the_database_holds_reviews_to_what_they_must_say(laid):
    plan = under_review(laid)
    review = plan.reviews.get()
    rows = PlanReview.objects.filter(pk=review.pk)
    refused("review_held_in_full", lambda: rows.update(held_on=TODAY()))
    refused("review_held_in_full", lambda: rows.update(decision="continue"))
    refused("review_asked_for_with_a_reason", lambda: rows.update(note=""))
    refused("one_open_review_a_plan", lambda: PlanReview.objects.create(
        plan=plan, why="due", opened_on=TODAY(), opened_by=laid.bureau, due_on=TODAY()))
    _plan, review = held(laid, plan)
    refused("outcome_once_a_review", lambda: GoalOutcome.objects.create(
        review=review, goal=Goal.objects.filter(need__plan=plan).first(), state="met"))
    assert CarePlan.objects.get(pk=plan.pk).state == "in_force"
