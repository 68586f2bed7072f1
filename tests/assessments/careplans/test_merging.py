"""Two entries of one person, both with plans or results in force: merged, and parted again as they were."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from psycopg.types.range import DateRange

from tests.assessments.careplans.making import (
    agreed,
    drafted,
    in_force,
    printed,
    refused,
    result_for,
    under_review,
)
from tests.cast import A1, client_for, make_person
from yinian.assessments.careplans import actions, queries, reviewing
from yinian.assessments.models import CarePlan, PlanReview, Result
from yinian.core.models import AuditRow, WorkItem
from yinian.people.circumstances.models import Spell
from yinian.people.circumstances.queries import spells_on
from yinian.people.duplicates import actions as duplicates

pytestmark = pytest.mark.django_db

WHY, BACK = "同一人登记了两次", "核实后是两个人"
DAY = dt.timedelta(1)


@pytest.fixture
def twice(laid):
    """``laid.person`` has a plan in force; ``laid.twin`` is entered too, with a later result of another level."""
    laid.first = in_force(laid)
    laid.twin = make_person(A1, name="李桂华")
    laid.later = result_for(laid.twin, laid, 2, on=timezone.localdate() - 5 * DAY)
    return laid


def picture():
    """Everything of results, plans and their desks that a merge may touch, but for versions."""
    return (
        list(Result.objects.order_by("pk").values_list(
            "pk", "person", "state", "ended_on", "ended_by", "end_reason", "replaces")),
        list(CarePlan.objects.order_by("pk").values_list(
            "pk", "person", "edition", "state", "held", "ending", "ended_on", "ended_by", "end_reason", "merged_on")),
        sorted(WorkItem.objects.filter(kind__startswith="assessments.plan", state="open")
               .values_list("key", flat=True)),
        sorted(Spell.objects.filter(retracted_at__isnull=True).values_list("pk", flat=True)),
    )


def merge(laid, kept=None, gone=None):
    return duplicates.merge(laid.bureau, (kept or laid.person).pk, (gone or laid.twin).pk, WHY)


def test_of_two_results_in_force_the_later_stays_and_the_other_says_when_by_whom_and_why(twice):
    before = picture()
    row = merge(twice)
    twice.result.refresh_from_db()
    twice.later.refresh_from_db()
    assert (twice.result.state, twice.result.ended_on, twice.result.ended_by, twice.result.end_reason) == (
        "superseded", timezone.localdate(), twice.bureau, WHY
    )
    assert (twice.later.state, twice.later.person, twice.later.replaces) == ("in_force", twice.person, twice.result)
    act = AuditRow.objects.get(action="assessments.merge_supersede")
    assert (act.actor_id, act.reason) == (twice.bureau.pk, WHY)
    page = client_for(twice.bureau).get(reverse("assessments:result", args=[twice.result.pk])).content.decode()
    assert WHY in page and twice.bureau.full_name in page
    duplicates.unmerge(twice.bureau, row, BACK)
    assert picture() == before


def test_the_register_learns_the_later_level_and_forgets_it_again(twice):
    from yinian.assessments import registering

    today = timezone.localdate()
    registering.tell(twice.bureau, twice.result, twice.person)
    registering.tell(twice.bureau, twice.later, twice.twin)
    before = picture()
    row = merge(twice)
    assert spells_on(twice.person, today)["ability"].grade == 2
    duplicates.unmerge(twice.bureau, row, BACK)
    assert spells_on(twice.person, today)["ability"].grade == 3
    assert spells_on(twice.twin, today)["ability"].grade == 2
    assert picture() == before


def test_an_earlier_result_of_the_entry_that_goes_gives_way(twice):
    row = merge(twice, kept=twice.twin, gone=twice.person)
    twice.result.refresh_from_db()
    assert (twice.result.state, twice.result.person) == ("superseded", twice.twin)
    assert Result.objects.get(state="in_force") == twice.later
    duplicates.unmerge(twice.bureau, row, BACK)
    assert Result.objects.filter(state="in_force").count() == 2


def _with_twins_plan(twice, days=2):
    """The twin's plan, in force since later than the person's."""
    twice.person, plain = twice.twin, twice.person
    second = in_force(twice)
    twice.person = plain
    for plan, since in ((twice.first, 100), (second, days)):
        CarePlan.objects.filter(pk=plan.pk).update(held=DateRange(timezone.localdate() - since * DAY, None))
    return CarePlan.objects.get(pk=second.pk)


@pytest.mark.parametrize("way", ["the later goes", "the later is kept"])
def test_of_two_plans_in_force_the_later_stays_and_everything_stands_again_when_parted(twice, way):
    second = _with_twins_plan(twice)
    before = picture()
    row = merge(twice) if way == "the later goes" else merge(twice, twice.twin, twice.person)
    kept = row.kept
    first = CarePlan.objects.get(pk=twice.first.pk)
    assert queries.standing_plan(kept) == second
    assert (first.state, first.ending, first.ended_on, first.ended_by, first.end_reason) == (
        "ended", "merged", timezone.localdate(), twice.bureau, WHY
    )
    assert {plan.edition for plan in CarePlan.objects.filter(person=kept)} == {1, 2}
    page = client_for(twice.town_a).get(reverse("assessments:careplan", args=[first.pk])).content.decode()
    assert WHY in page and "两条登记合并" in page
    duplicates.unmerge(twice.bureau, row, BACK)
    assert picture() == before
    assert AuditRow.objects.filter(action="assessments.plan_restore", reason=BACK).exists()


def test_a_plan_under_review_falls_with_its_review_and_both_come_back(twice):
    reviewing.ask_for(twice.village_a, twice.first.pk, CarePlan.objects.get(pk=twice.first.pk).version, "住院")
    _with_twins_plan(twice)
    before = picture()
    row = merge(twice)
    assert PlanReview.objects.get().held_on is None
    assert CarePlan.objects.get(pk=twice.first.pk).state == "ended"
    assert not WorkItem.objects.filter(kind="assessments.plan_review", state="open").exists()
    duplicates.unmerge(twice.bureau, row, BACK)
    assert picture() == before
    assert WorkItem.objects.filter(kind="assessments.plan_review", state="open").exists()


def test_of_two_plans_in_the_making_the_later_stays_with_its_paper(laid):
    laid.twin = make_person(A1, name="李桂华")
    result_for(laid.twin, laid, 2, on=timezone.localdate() - 5 * DAY)
    first = printed(laid)
    second = drafted(laid, person=laid.twin)
    before = picture()
    row = merge(laid)
    first.refresh_from_db()
    assert (first.state, first.ending, first.held) == ("ended", "merged", None)
    assert queries.plan_in_the_making(laid.person) == second
    duplicates.unmerge(laid.bureau, row, BACK)
    assert picture() == before


def test_plans_that_have_ended_come_along_though_they_held_at_one_time(twice):
    second = _with_twins_plan(twice)
    CarePlan.objects.filter(pk=second.pk).update(
        state="ended", ending="met", ended_on=timezone.localdate(), ended_by=twice.town_a, end_reason="好了",
        held=DateRange(timezone.localdate() - 9 * DAY, timezone.localdate()),
    )
    before = picture()
    row = merge(twice)
    second.refresh_from_db()
    assert (second.person, second.edition, second.ending, second.merged_on) == (
        twice.person, 2, "met", timezone.localdate()
    )
    assert queries.standing_plan(twice.person) == twice.first
    duplicates.unmerge(twice.bureau, row, BACK)
    assert picture() == before


def test_what_came_since_the_merge_is_not_pushed_aside_by_parting(twice):
    second = _with_twins_plan(twice)
    row = merge(twice)
    standing = CarePlan.objects.get(pk=second.pk)
    actions.end(twice.town_a, standing.pk, standing.version, timezone.localdate(), "declined", "家人照护")
    twice.later.refresh_from_db()
    newer = agreed(twice)
    assert newer.state == "in_force" and newer.person == twice.person
    duplicates.unmerge(twice.bureau, row, BACK)
    assert queries.standing_plan(twice.person) == newer
    assert CarePlan.objects.get(pk=twice.first.pk).state == "ended"


def test_the_database_lets_only_ended_plans_overlap_and_only_a_merge_recount(twice):
    plan = twice.first
    refused("plan_beside_another_has_ended", lambda: CarePlan.objects.filter(pk=plan.pk).update(
        merged_on=timezone.localdate()))
    refused("plan_agreement_stays", lambda: CarePlan.objects.filter(pk=plan.pk).update(edition=7))
    refused("plan_fallen_to_a_merge_says_since_when", lambda: CarePlan.objects.filter(pk=plan.pk).update(
        state="ended", ending="merged", ended_on=timezone.localdate(), ended_by=twice.bureau, end_reason="x",
        held=DateRange(timezone.localdate() - DAY, timezone.localdate())))
    refused("result_superseded_by_a_merge_with_author_and_reason", lambda: Result.objects.filter(
        pk=twice.result.pk).update(end_reason="x"))
    moved = make_person(A1, name="周全好")
    refused("one_plan_in_force", lambda: [
        CarePlan.objects.filter(pk=one.pk).update(person=moved, edition=n)
        for n, one in enumerate((plan, _with_twins_plan(twice)), 1)
    ])


def test_a_plan_under_review_elsewhere_is_untouched(twice):
    other = make_person(A1, name="王秀英")
    twice.person, plain = other, twice.person
    twice.result = result_for(other, twice, 3)
    plan = under_review(twice)
    twice.person = plain
    duplicates.unmerge(twice.bureau, merge(twice), BACK)
    plan.refresh_from_db()
    assert plan.state == "under_review"
