"""Drawing up: suggestions ticked, half-written things kept, whole sheets made rows, papers void upon a change."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.assessments.careplans.making import agreed, drafted, items_for, printed, refused, result_for, save
from tests.cast import A1, A2, B1, make_person, make_spell
from yinian.assessments.careplans import actions, queries, sheet
from yinian.assessments.models import CarePlan, Goal, Need, PlannedService
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem

pytestmark = pytest.mark.django_db


def test_a_plan_begins_with_what_the_assessment_speaks_of_all_ticked(laid):
    plan = drafted(laid)
    content = sheet.read(plan)
    assert plan.state == "draft" and plan.complete and plan.level == 3 and plan.edition == 1
    names = [need["rule"] for need in content["needs"]]
    assert {"bathing", "walking", "carer", "constant"} <= set(names)
    assert all(need["on"] for need in content["needs"])
    assert plan.needs.count() == len(names)
    bathing = plan.needs.get(rule="bathing")
    assert bathing.origin == "suggested" and bathing.source["confidence"] == "general"
    assert ["item", "B.1.3", 1] in bathing.why
    assert bathing.goals.get().baseline == "主要靠人帮，本人能配合"
    assert set(bathing.risks) == {"fall", "scald"}


def test_the_review_is_due_by_the_level_as_the_pack_rules(laid):
    today = timezone.localdate()
    plan = drafted(laid)
    assert plan.start == today
    assert (plan.review_due.year * 12 + plan.review_due.month) - (today.year * 12 + today.month) == 3


def test_what_the_form_and_the_register_say_leads_to_needs_of_its_own(laid):
    alone = make_person(A1, name="王秀英")
    make_spell(alone, "living", "alone", department="village")
    result_for(alone, laid, 1, items=items_for(0) | {"B.4.1": 1})
    rules = set(drafted(laid, person=alone).needs.values_list("rule", flat=True))
    assert rules == {"sight", "alone"}


def test_only_who_may_plan_there_draws_up_and_an_assessor_only_for_whom_they_assessed(laid):
    for actor in (laid.village_a, laid.manager_a, laid.auditor):
        with pytest.raises(Forbidden):
            actions.draft(actor, laid.person.pk)
    for actor in (laid.town_b, laid.stranger):
        with pytest.raises(NotVisible):
            actions.draft(actor, laid.person.pk)
    with pytest.raises(Refused):
        actions.draft(laid.clara.user, laid.person.pk)
    assert actions.draft(laid.anna.user, laid.person.pk).planner == laid.anna.user
    assert not queries.visible_to(laid.clara.user).exists()
    assert queries.visible_to(laid.boris.user).exists()


def test_without_a_result_in_force_there_is_no_plan(laid):
    other = make_person(A1, name="王秀英")
    with pytest.raises(Refused):
        actions.draft(laid.town_a, other.pk)
    result_for(other, laid, 2, state="superseded", ended_on=timezone.localdate())
    with pytest.raises(Refused):
        actions.draft(laid.town_a, other.pk)
    assert not CarePlan.objects.exists()


def test_beginning_twice_opens_the_one_that_stands(laid):
    assert drafted(laid).pk == drafted(laid, laid.dispatcher).pk
    assert CarePlan.objects.count() == 1


def test_the_dead_get_no_plan(laid):
    type(laid.person).objects.filter(pk=laid.person.pk).update(state="dead", died_on=timezone.localdate())
    with pytest.raises(Refused):
        drafted(laid)


def test_nothing_typed_is_lost_though_it_is_not_whole(laid):
    plan = drafted(laid)
    saved, _place = save(laid, plan, n0__text="", n1__g0__by="昨天", n1__s0__times="两次", wishes="想住在家里")
    assert set(saved.faults) == {"n0.text", "n1.g0.by", "n1.s0.times"}
    content = sheet.read(plan)
    assert content["needs"][1]["services"][0]["times"] == "两次" and content["wishes"] == "想住在家里"
    assert not plan.complete and not plan.needs.exists()
    saved, _place = save(laid, plan, n0__text="吃饭要人喂", n1__g0__by="2027-03-01", n1__s0__times="2")
    assert saved.faults == {} and plan.complete
    assert plan.needs.get(place=0).origin == "changed"
    assert plan.wishes == "想住在家里"


def test_what_is_left_out_stays_on_the_sheet_and_out_of_the_plan(laid):
    plan = drafted(laid)
    before = plan.needs.count()
    first, second = sheet.read(plan)["needs"][:2]
    off = {f"n1__g{n}__on": None for n in range(len(second["goals"]))}
    saved, _place = save(laid, plan, n0__on=None, n1__s0__on=None, **off)
    assert list(saved.faults) == ["n1.goals"]
    save(laid, plan, n1__g0__on="1")
    assert plan.needs.count() == before - 1 and not plan.needs.filter(rule=first["rule"]).exists()
    kept = plan.needs.get(rule=second["rule"])
    assert kept.goals.count() == 1 and kept.services.count() == len(second["services"]) - 1
    assert sheet.read(plan)["needs"][0]["text"] == first["text"]


def test_a_need_without_any_service_says_why_nothing_is_done(laid):
    plan = drafted(laid)
    off = {f"n0__s{n}__on": None for n in range(len(sheet.read(plan)["needs"][0]["services"]))}
    saved, _place = save(laid, plan, **off)
    assert list(saved.faults) == ["n0.services"]
    saved, _place = save(laid, plan, n0__note="本人不要")
    assert saved.faults == {}


def test_needs_goals_and_services_of_ones_own_are_added_and_taken_away(laid):
    plan = drafted(laid)
    count = len(sheet.read(plan)["needs"])
    saved, place = save(laid, plan, "need")
    assert place == f"n{count}" and f"n{count}.text" in saved.faults
    at = f"n{count}"
    saved, _place = save(laid, plan, f"{at}.service", **{
        f"{at}__text": "想看电视", f"{at}__area": "senses", f"{at}__g0__text": "每天看新闻",
        f"{at}__g0__measure": "每周天数", f"{at}__g0__target": "7天", f"{at}__s0__service": "errands",
        f"{at}__risks": ["activity", "nothing"],
    })
    assert list(saved.faults) == [f"{at}.s1.service"]
    saved, _place = save(laid, plan, f"-{at}.s1")
    assert saved.faults == {}
    own = plan.needs.get(rule="")
    assert (own.origin, own.risks, own.goals.get().origin) == ("own", ["activity"], "own")
    save(laid, plan, "-n0")  # a suggestion is unticked, not taken away
    assert len(sheet.read(plan)["needs"]) == count + 1
    save(laid, plan, f"-{at}")
    assert len(sheet.read(plan)["needs"]) == count and not plan.needs.filter(rule="").exists()
    for nonsense in ("-n999", "n0.g9.goal", "x", "-n0.s0", "-n0.gx", "n-1.goal", ""):
        save(laid, plan, nonsense)
    assert len(sheet.read(plan)["needs"]) == count


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"start": ""}, "start"), ({"start": "2020-01-01"}, "start"), ({"review": "2020-01-01"}, "review"),
        ({"review": "9999-01-01"}, "review"), ({"n0__s0__minutes": "3"}, "n0.s0.minutes"),
        ({"n0__s0__minutes": "²"}, "n0.s0.minutes"), ({"n0__s0__times": "0"}, "n0.s0.times"),
        ({"n0__s0__times": "999"}, "n0.s0.times"), ({"n0__s0__per": "eon"}, "n0.s0.per"),
        ({"n0__s0__per": "week", "n0__s0__times": "2", "n0__s0__days": ["1"]}, "n0.s0.times"),
        ({"n0__s0__provider": "wizard"}, "n0.s0.provider"), ({"n0__s0__pays": "due:moon"}, "n0.s0.pays"),
        ({"n0__s0__pays": "due"}, "n0.s0.pays"), ({"n0__s0__pays": "self:x"}, "n0.s0.pays"),
        ({"n0__s0__from": "2027-02-01", "n0__s0__until": "2027-01-01"}, "n0.s0.until"),
        ({"n0__s0__until": "2001-01-01"}, "n0.s0.until"), ({"n0__g0__target": ""}, "n0.g0.target"),
        ({"n0__g0__by": "2020-01-01"}, "n0.g0.by"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field(laid, changes, fault):
    plan = drafted(laid)
    saved, _place = save(laid, plan, **changes)
    assert list(saved.faults) == [fault]
    assert not plan.complete


def test_an_empty_plan_is_no_plan(laid):
    plan = drafted(laid)
    off = {f"n{n}__on": None for n in range(len(sheet.read(plan)["needs"]))}
    assert list(save(laid, plan, **off)[0].faults) == ["needs"]


def test_weekdays_a_place_and_what_is_due_go_into_the_plan(laid):
    plan = drafted(laid)
    save(laid, plan, n0__s0__per="week", n0__s0__times="2", n0__s0__days=["3", "0"], n0__s0__who=laid.home_a.name,
         n0__s0__pays="due:ability-assessment")
    one = PlannedService.objects.get(need__plan=plan, need__place=0, place=0)
    assert (one.days, one.site, one.pays, one.due) == ([0, 3], laid.home_a, "due", "ability-assessment")
    assert one.origin == "changed"


def test_who_is_slower_than_a_colleague_is_told_and_overwrites_nothing(laid):
    plan = drafted(laid)
    version = plan.version
    save(laid, plan, wishes="先写的")
    with pytest.raises(Changed):
        actions.save(laid.dispatcher, plan.pk, version, {})
    assert sheet.read(CarePlan.objects.get(pk=plan.pk))["wishes"] == "先写的"


def test_saving_the_same_again_changes_nothing(laid):
    plan = drafted(laid)
    version = plan.version
    save(laid, plan)
    assert plan.version == version


def test_a_change_after_the_print_makes_the_paper_void(laid):
    plan = printed(laid)
    number = plan.paper
    assert number.number.startswith("养照〔")
    assert WorkItem.objects.get(kind="assessments.plan_agree", state="open").region_id == A1
    save(laid, plan, wishes="改了")
    number.refresh_from_db()
    assert plan.paper is None and number.withdrawn_at is not None
    assert not WorkItem.objects.filter(kind="assessments.plan_agree", state="open").exists()


def test_a_draft_with_gaps_is_not_printed(laid):
    plan = drafted(laid)
    save(laid, plan, n0__text="")
    with pytest.raises(Refused):
        actions.print_paper(laid.town_a, plan.pk, plan.version)
    assert plan.paper is None


def test_a_discarded_draft_stays_on_file_and_makes_room_for_another(laid):
    plan = printed(laid)
    with pytest.raises(Refused):
        actions.discard(laid.town_a, plan.pk, plan.version, " ")
    actions.discard(laid.town_a, plan.pk, plan.version, "家属另有打算")
    plan.refresh_from_db()
    assert (plan.state, plan.ending, plan.held, plan.ended_by) == ("ended", "discarded", None, laid.town_a)
    assert drafted(laid).edition == 2


def test_towns_are_asked_to_draw_up_plans_once_for_all_their_people(laid):
    for name in ("王秀英", "张腊梅"):
        result_for(make_person(A2, name=name), laid, 2)
    result_for(make_person(A2, name="能干"), laid, 0)
    result_for(make_person(B1, name="别镇"), laid, 4)
    actions.ask_all_towns(laid.bureau)
    items = {item.region_id: item.params["count"] for item in WorkItem.objects.filter(kind="assessments.plan_draft")}
    assert items == {A1[:9]: 3, B1[:9]: 1}
    drafted(laid)
    item = WorkItem.objects.get(kind="assessments.plan_draft", region=A1[:9])
    assert (item.state, item.params["count"], item.role) == ("open", 2, "town_officer")
    assert queries.wanted(laid.town_a).count() == 2
    assert queries.wanted(laid.dispatcher).count() == 3
    assert not queries.wanted(laid.stranger).exists()


def test_a_later_edition_carries_on_what_stood_and_leaves_out_what_was_left_out(laid):
    plan = drafted(laid)
    content = sheet.read(plan)
    place = {need["rule"]: n for n, need in enumerate(content["needs"])}
    n = place["bathing"]
    save(laid, plan, "need", **{f"n{n}__text": "洗澡要两个人帮", f"n{place['stairs']}__on": None})
    at = f"n{len(content['needs'])}"
    save(laid, plan, **{f"{at}__text": "想看戏", f"{at}__g0__text": "看戏", f"{at}__g0__measure": "次",
                        f"{at}__g0__target": "1", f"{at}__s0__service": "outing"})
    plan = agreed(laid, plan)
    # A graver result follows.
    laid.result.state, laid.result.ended_on = "superseded", timezone.localdate()
    laid.result.save()
    result_for(laid.person, laid, 4)
    later = drafted(laid)
    content = {need["rule"] or need["text"]: need for need in sheet.read(later)["needs"]}
    assert content["bathing"]["text"] == "洗澡要两个人帮" and content["bathing"]["on"]
    assert not content["stairs"]["on"]
    assert content["想看戏"]["on"] and content["想看戏"]["services"][0]["service"] == "outing"
    assert content["constant"]["degree"] == "total"
    assert (later.edition, later.level, later.complete) == (2, 4, True)


# --- what the database refuses -------------------------------------------------------------------------------------


def test_the_database_knows_one_plan_in_the_making_and_one_edition_of_a_number(laid):
    plan = drafted(laid)

    def copy(**more):
        CarePlan.objects.create(
            person=plan.person, result=plan.result, seen_result=plan.result, seen_region_id=A1, level=3,
            scale="gbt42195", planner=laid.town_a, saved_by=laid.town_a, draft_due=timezone.localdate(),
            catalogue="", **more
        )

    refused("one_plan_in_the_making", lambda: copy(edition=2))
    refused("plan_edition_once", lambda: copy(edition=1, state="ended", ending="discarded", end_reason="x",
                                              ended_on=timezone.localdate(), ended_by=laid.town_a))


def test_the_database_refuses_another_persons_result(laid):
    other = make_person(A1, name="王秀英")
    refused("plan_result_is_the_persons", lambda: CarePlan.objects.create(
        person=other, result=laid.result, seen_result=laid.result, seen_region_id=A1, level=3, edition=1,
        scale="gbt42195", planner=laid.town_a, saved_by=laid.town_a, draft_due=timezone.localdate(), catalogue="",
    ))


def test_the_database_refuses_needs_goals_and_services_that_say_nothing(laid):
    plan = drafted(laid)
    need = plan.needs.get(rule="bathing")
    refused("need_is_said", lambda: Need.objects.filter(pk=need.pk).update(text=""))
    refused("need_own_or_of_a_rule", lambda: Need.objects.filter(pk=need.pk).update(origin="own"))
    refused("need_rule_once", lambda: Need.objects.create(plan=plan, place=99, area="living", rule="bathing",
                                                          text="又一次", origin="suggested"))
    refused("goal_can_be_measured", lambda: Goal.objects.filter(need=need).update(measure=""))
    services = PlannedService.objects.filter(need=need)
    refused("planned_rests_on_something", lambda: services.update(pays="due"))
    refused("planned_rests_on_something", lambda: services.update(pays="self", due="x"))
    refused("planned_frequency_can_be", lambda: services.update(times=0))
    refused("planned_frequency_can_be", lambda: services.update(per="century"))
    refused("planned_weekdays_are_of_a_week", lambda: services.update(per="week", times=2, days=[1]))
    refused("planned_weekdays_are_of_a_week", lambda: services.update(per="day", times=1, days=[1]))
    refused("planned_ends_after_it_begins", lambda: services.update(
        start=dt.date(2026, 2, 1), until=dt.date(2026, 1, 1)))
