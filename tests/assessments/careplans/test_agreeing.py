"""Paper, agreement, beginning and ending: who may, with what proof, and what the database holds to."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from psycopg.types.range import DateRange

from tests.assessments.careplans.making import agreed, drafted, in_force, png, printed, refused, save
from tests.cast import A1, B1, make_person
from yinian.assessments.careplans import actions, queries, reviewing
from yinian.assessments.models import CarePlan, Goal, Need, PlannedService
from yinian.core.attachments import actions as attachments
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, WorkItem
from yinian.people.models import Representative

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def whole(laid, plan):
    """What the family gives: its name, and a tick at every need."""
    return {"name": laid.member.full_name, "needs": list(plan.needs.values_list("pk", flat=True))}


def test_the_paper_is_numbered_and_opens_for_the_village(laid):
    plan = printed(laid)
    content = b"".join(attachments.open(laid.village_a, plan.paper.attachment))
    assert content.startswith(b"%PDF-1.7")
    with pytest.raises(NotVisible):
        list(attachments.open(laid.village_b, plan.paper.attachment))


def test_an_agreed_plan_whose_day_has_come_is_in_force_at_once(laid):
    plan = agreed(laid)
    assert (plan.state, plan.held) == ("in_force", DateRange(TODAY(), None))
    assert (plan.agreed_how, plan.witness, plan.agreed_entry) == ("oral", "王书记", laid.village_a)
    assert WorkItem.objects.get(kind="assessments.plan_agree").state == "done"
    acts = list(AuditRow.objects.filter(action__startswith="assessments.plan").order_by("id").values_list(
        "action", flat=True))
    assert acts == ["assessments.plan_draft", "assessments.plan_print", "assessments.plan_agree",
                    "assessments.plan_begin"]


def test_a_signed_page_is_kept_with_the_plan(laid):
    plan = agreed(laid, how="signature", witness="", file=png())
    assert plan.agreed_how == "signature" and plan.signature is not None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"how": "signature"}, "file"), ({"witness": " "}, "witness"), ({"witness": "李桂花"}, "witness"),
        ({"witness": "village_a同志"}, "witness"), ({"name": " "}, "name"), ({"by": "neighbour"}, "by"),
        ({"how": "account"}, "how"), ({"on": None}, "on"), ({"on": dt.date(2020, 1, 1)}, "on"),
        ({"on": dt.date(2199, 1, 1)}, "on"),
    ],
)  # fmt: skip
def test_an_agreement_has_its_proof_and_its_day(laid, given, field):
    plan = printed(laid)
    with pytest.raises(Refused) as caught:
        actions.agree(laid.village_a, plan.pk, plan.version, **{
            "on": TODAY(), "by": "person", "name": "李桂花", "how": "oral", "witness": "王书记"} | given)
    assert field in caught.value.fields
    plan.refresh_from_db()
    assert plan.state == "draft" and plan.agreed_on is None


def test_what_was_not_printed_is_not_agreed_to(laid):
    plan = drafted(laid)
    with pytest.raises(Refused):
        actions.agree(laid.village_a, plan.pk, plan.version, on=TODAY(), by="person", name="李桂花", how="oral",
                      witness="王书记")


def test_agreement_is_recorded_by_those_of_the_place(laid):
    plan = printed(laid)
    given = {"on": TODAY(), "by": "person", "name": "李桂花", "how": "oral", "witness": "王书记"}
    with pytest.raises(Forbidden):
        actions.agree(laid.anna.user, plan.pk, plan.version, **given)
    for actor in (laid.village_b, laid.town_b, laid.stranger):
        with pytest.raises(NotVisible):
            actions.agree(actor, plan.pk, plan.version, **given)
    with pytest.raises(Changed):
        actions.agree(laid.village_a, plan.pk, plan.version - 1, **given)
    actions.agree(laid.village_a, plan.pk, plan.version, **given)


def test_a_family_agrees_from_its_own_account_and_to_its_own_person_alone(laid):
    plan = printed(laid)
    with pytest.raises(NotVisible):
        actions.agree_own(laid.member, laid.person.pk, plan.pk, plan.version, **whole(laid, plan))
    Representative.objects.create(user=laid.member, person=laid.person, relation="child", given_by=laid.bureau,
                                  period=(dt.date(2026, 1, 1), None), evidence="户口簿")
    other = make_person(A1, name="王秀英")
    with pytest.raises(NotVisible):
        actions.agree_own(laid.member, other.pk, plan.pk, plan.version, **whole(laid, plan))
    actions.agree_own(laid.member, laid.person.pk, plan.pk, plan.version, **whole(laid, plan))
    plan.refresh_from_db()
    assert (plan.state, plan.agreed_by, plan.agreed_how, plan.agreed_name) == (
        "in_force", "family", "account", "member同志")


def test_the_family_sees_a_plan_only_once_it_was_printed(laid):
    Representative.objects.create(user=laid.member, person=laid.person, relation="self", given_by=laid.bureau,
                                  period=(dt.date(2026, 1, 1), None), evidence="身份证")
    plan = drafted(laid)
    with pytest.raises(NotVisible):
        queries.get_own_plan(laid.member, laid.person.pk, plan.pk)
    plan = printed(laid, plan)
    assert queries.get_own_plan(laid.member, laid.person.pk, plan.pk) == plan
    actions.agree_own(laid.member, laid.person.pk, plan.pk, plan.version, **whole(laid, plan))
    assert CarePlan.objects.get(pk=plan.pk).agreed_by == "person"


def test_a_plan_that_begins_later_waits_for_its_day(laid):
    plan = drafted(laid)
    start = TODAY() + dt.timedelta(7)
    save(laid, plan, start=start.isoformat())
    plan = agreed(laid, plan)
    assert (plan.state, plan.held) == ("agreed", None)
    assert actions.begin_due(start - dt.timedelta(1)) == 0
    assert actions.begin_due(start) == 1
    plan.refresh_from_db()
    assert (plan.state, plan.held) == ("in_force", DateRange(start, None))
    assert actions.begin_due(start) == 0


def test_a_changed_plan_takes_the_place_of_the_one_before(laid):
    first = in_force(laid)
    second = in_force(laid, drafted(laid))
    first.refresh_from_db()
    assert (first.state, first.ending, second.replaces, second.edition) == ("ended", "replaced", first, 2)
    assert queries.standing_plan(laid.person) == second
    assert [plan.edition for plan in queries.plans_of(laid.town_a, laid.person)] == [2, 1]


def test_an_ended_plan_says_when_and_why_and_the_register_has_to_know_of_the_death(laid):
    plan = in_force(laid)
    for on, ending, reason, field in (
        (TODAY(), "met", " ", "reason"), (TODAY(), "replaced", "x", "ending"), (None, "met", "x", "on"),
        (TODAY() - dt.timedelta(1), "met", "x", "on"), (TODAY(), "died", "x", "ending"), (TODAY(), "moved", "x",
                                                                                         "ending"),
    ):  # fmt: skip
        with pytest.raises(Refused) as caught:
            actions.end(laid.town_a, plan.pk, plan.version, on, ending, reason)
        assert field in caught.value.fields
    with pytest.raises(Forbidden):
        actions.end(laid.village_a, plan.pk, plan.version, TODAY(), "declined", "不要了")
    actions.end(laid.town_a, plan.pk, plan.version, TODAY(), "declined", "家人自己照护")
    plan.refresh_from_db()
    assert (plan.state, plan.ending, plan.end_reason, plan.ended_by) == (
        "ended", "declined", "家人自己照护", laid.town_a)
    assert queries.standing_plan(laid.person) is None


# --- what the database refuses -------------------------------------------------------------------------------------


def test_the_database_keeps_one_plan_in_force_a_person_at_any_time(laid):
    plan = in_force(laid)
    more = {
        "person": plan.person, "result": plan.result, "seen_result": plan.result, "seen_region_id": A1, "level": 3,
        "scale": "gbt42195",
        "planner": laid.town_a, "saved_by": laid.town_a, "draft_due": TODAY(), "catalogue": "", "complete": True,
        "start": TODAY(), "review_due": TODAY() + dt.timedelta(9), "paper": plan.paper, "agreed_on": TODAY(),
        "agreed_by": "person", "agreed_name": "李桂花", "agreed_how": "oral", "witness": "王书记",
        "agreed_entry": laid.village_a,
    }  # fmt: skip
    refused("one_plan_in_force", lambda: CarePlan.objects.create(
        edition=2, state="in_force", held=DateRange(TODAY() + dt.timedelta(5), None), **more))
    ended = {"state": "ended", "ending": "met", "ended_on": TODAY(), "ended_by": laid.town_a, "end_reason": "好了"}
    refused("one_plan_at_a_time", lambda: CarePlan.objects.create(
        edition=2, held=DateRange(TODAY() - dt.timedelta(3), TODAY() + dt.timedelta(3)), **ended, **more))
    CarePlan.objects.create(edition=2, held=DateRange(TODAY() - dt.timedelta(3), TODAY()), **ended, **more)


def test_the_database_holds_an_agreement_to_its_proof(laid):
    plan = printed(laid)
    found = CarePlan.objects.filter(pk=plan.pk)
    whole = {"agreed_on": TODAY(), "agreed_by": "person", "agreed_name": "李桂花", "agreed_entry": laid.village_a}
    refused("plan_agreed_in_full", lambda: found.update(state="agreed"))
    refused("plan_agreement_has_its_proof", lambda: found.update(**whole, agreed_how="signature"))
    refused("plan_agreement_has_its_proof", lambda: found.update(**whole, agreed_how="oral"))
    refused("plan_agreement_has_its_proof", lambda: found.update(**whole, agreed_how="oral", witness="李桂花"))
    refused("plan_agreement_has_its_proof", lambda: found.update(**whole))
    refused("plan_holds_while_in_force", lambda: found.update(held=DateRange(TODAY(), None)))
    refused("plan_ended_with_author_and_reason", lambda: found.update(state="ended", ending="met"))
    refused("plan_reviewed_after_it_begins", lambda: found.update(review_due=plan.start))


def test_what_was_agreed_is_never_written_over_nor_deleted(laid):
    plan = in_force(laid)
    found = CarePlan.objects.filter(pk=plan.pk)
    for change in ({"wishes": "另写"}, {"start": TODAY() - dt.timedelta(1)}, {"agreed_name": "别人"}, {"level": 1},
                   {"paper": None}, {"edition": 7}):  # fmt: skip
        refused("plan_agreement_stays", lambda change=change: found.update(**change))
    need = plan.needs.first()
    refused("agreed_rows_stay", lambda: Need.objects.filter(pk=need.pk).update(text="另写"))
    refused("agreed_rows_stay", lambda: Need.objects.filter(pk=need.pk).delete())
    refused("agreed_rows_stay", lambda: Need.objects.create(
        plan=plan, place=99, area="living", text="又", origin="own"))
    refused("agreed_rows_stay", lambda: Goal.objects.filter(need=need).update(target="另写"))
    refused("agreed_rows_stay", lambda: PlannedService.objects.filter(need=need).update(times=1, per="year", days=[]))
    Goal.objects.filter(need=need).update(state="met")  # how far it has come may be said
    with pytest.raises(DatabaseError), transaction.atomic():
        found.delete()


def test_a_plan_under_review_has_an_open_review_and_no_other(laid):
    plan = in_force(laid)

    def alone():
        CarePlan.objects.filter(pk=plan.pk).update(state="under_review")
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    refused("plan_under_review_has_a_review", alone)


def test_two_people_are_merged_with_their_plan_and_parted_again(laid):
    from yinian.people.duplicates.movers import MOVERS

    plan, other = in_force(laid), make_person(A1, name="李桂华")
    mover = MOVERS["assessments.plans"]
    done = mover.move(laid.bureau, other, laid.person, "同一人")
    assert queries.standing_plan(other) == plan
    mover.restore(laid.bureau, other, laid.person, done, "并非同一人")
    assert queries.standing_plan(laid.person) == plan


def test_a_move_to_another_town_calls_the_plan_there(laid):
    plan = in_force(laid)
    type(laid.person).objects.filter(pk=laid.person.pk).update(region=B1)
    reviewing.follow(laid.bureau, laid.person.pk)
    plan.refresh_from_db()
    item = WorkItem.objects.get(kind="assessments.plan_review", state="open")
    assert (plan.state, item.region_id) == ("under_review", B1[:9])
