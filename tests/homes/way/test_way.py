"""From the wish to the bed: each step, who may take it, what is refused, and what follows by itself."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.cast import A1, B1, make_person, make_spell
from tests.homes.conftest import days, lies
from tests.homes.fees import price_home
from tests.homes.way.making import (
    accepted,
    answers,
    fresh,
    levelled,
    lodged,
    offered,
    risks_of,
    signed,
    waits,
)
from yinian.assessments.models import Request
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, WorkItem
from yinian.homes.beds import queries as beds_queries
from yinian.homes.fees.accounts import actions as money
from yinian.homes.fees.accounts import refunds
from yinian.homes.fees.accounts.models import Refund, SupervisedAccount
from yinian.homes.models import Agreement, BedApplication, Lift, LiftStep, Offer, PlaceChange, Stay
from yinian.homes.stays import actions as stays
from yinian.homes.way.applications import actions, queries, waiting
from yinian.homes.way.applications.actions import Wish
from yinian.homes.way.intake import actions as intake
from yinian.homes.way.offers import actions as offering
from yinian.people.persons import actions as register
from yinian.people.representatives.models import Representative


def items(kind):
    return WorkItem.objects.filter(kind=kind, state="open")


def test_an_application_goes_from_the_wish_to_the_bed(site_cast, beds):
    person = levelled(relief="tekun", wants_central="true")
    one = lodged(site_cast, person, Wish(homes=[site_cast.home_a.pk]))
    assert one.state == "lodged" and items("homes.decide").count() == 1
    one = actions.accept(site_cast.dispatcher, one.pk, one.version)
    assert fresh(one).place == 1 and one.class_id == "tekun-wish" and not items("homes.decide")
    found = offering.offer(site_cast.dispatcher, one.pk, one.version, beds["1"].pk)
    assert beds["1"] not in beds_queries.free_beds() and fresh(one).place is None
    assert items("homes.offer_answer").get().region_id == A1
    offering.accept(site_cast.village_a, found.pk, found.version)
    assert items("homes.take_in").get().site_ref == site_cast.home_a.pk
    made = signed(site_cast.manager_a, one)
    assert made.document.number.startswith("养住") and made.document.issuer == site_cast.home_a.name
    stay = intake.admit(site_cast.manager_a, made.pk, made.version, timezone.localdate())
    one = fresh(one)
    assert (stay.person, stay.bed, stay.basis) == (person, beds["1"], "tekun")
    assert one.state == "admitted" and Offer.objects.get().state == "used" and not items("homes.take_in")
    assert Agreement.objects.get().stay == stay
    said = {row.action for row in AuditRow.objects.all()}
    assert {"homes.apply_lodge", "homes.apply_accept", "homes.apply_offer", "homes.apply_take", "homes.risks_sign",
            "homes.risks_agree", "homes.agreement_issue", "homes.agreement_sign", "homes.admit",
            "homes.apply_admit"} <= said
    assert person.name not in str(list(AuditRow.objects.values_list("detail", flat=True)))


def test_without_a_level_it_waits_for_the_assessment_and_comes_onto_the_list_with_the_level(site_cast):
    person = levelled(level=None)
    one = lodged(site_cast, person)
    one = actions.accept(site_cast.dispatcher, one.pk, one.version)
    assert (one.state, one.place) == ("level", None) and items("homes.level").get().region_id == A1
    actions.ask_assessment(site_cast.village_a, one.pk)
    assert Request.objects.get(person=person).state == "requested" and not items("homes.level")
    make_spell(person, "ability", grade=3)
    assert waiting.look_after() == 1
    one = fresh(one)
    assert (one.state, one.place, one.level, one.class_id) == ("waiting", 1, 3, "disabled")


def test_a_returned_application_is_supplemented_and_a_refused_one_says_how_to_object(site_cast):
    one = lodged(site_cast, levelled())
    with pytest.raises(Refused):
        actions.send_back(site_cast.dispatcher, one.pk, one.version, " ")
    one = actions.send_back(site_cast.dispatcher, one.pk, one.version, "缺户口簿")
    assert one.due_on > timezone.localdate() and items("homes.returned").get().params["reason"] == "缺户口簿"
    one = actions.change(site_cast.village_a, one.pk, one.version, Wish(kind="respite"))
    assert (one.state, one.kind, one.reason) == ("lodged", "respite", "")
    one = actions.refuse(site_cast.dispatcher, one.pk, one.version, "不符合入住条件")
    assert one.is_over and one.rules["appeals"]
    with pytest.raises(IntegrityError), transaction.atomic():
        BedApplication.objects.filter(pk=one.pk).update(state="waiting")


def test_who_may_not_decide_sees_or_does_nothing(site_cast):
    one = lodged(site_cast, levelled())
    for actor, error in ((site_cast.town_a, Forbidden), (site_cast.stranger, NotVisible)):
        with pytest.raises(error):
            actions.accept(actor, one.pk, one.version)
    with pytest.raises(NotVisible):
        queries.get_application(site_cast.manager_a, one.pk)  # not lodged at that home's desk, nor offered a bed there
    with pytest.raises(NotVisible):
        actions.lodge(site_cast.town_b, levelled("王秀英").pk, Wish(), "village")
    with pytest.raises(Changed):
        actions.accept(site_cast.dispatcher, one.pk, one.version + 1)
    assert fresh(one).state == "lodged"


def test_one_person_has_one_application_open(site_cast):
    person = levelled()
    one = lodged(site_cast, person)
    with pytest.raises(Refused):
        lodged(site_cast, person)
    actions.withdraw(site_cast.village_a, one.pk, one.version, "改变主意")
    assert lodged(site_cast, person).pk != one.pk


def test_somebody_living_in_a_home_does_not_apply_for_another(site_cast, beds):
    person = levelled()
    lies(person, beds["1"])
    with pytest.raises(Refused):
        lodged(site_cast, person)


def test_the_bed_of_an_offer_goes_to_nobody_else(site_cast, beds):
    found = offered(site_cast, levelled(), beds["1"])
    other = levelled("王秀英")
    with pytest.raises(IntegrityError), transaction.atomic():
        lies(other, beds["1"], since=0)
    from yinian.homes.stays.actions import admit

    with pytest.raises((Refused, IntegrityError)), transaction.atomic():
        admit(site_cast.town_a, other.pk, beds["1"].pk, "private", days(0))
    two = waits(site_cast, other)
    with pytest.raises(Refused):
        offering.offer(site_cast.dispatcher, two.pk, two.version, beds["1"].pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.create(application=two, person=other, bed=beds["1"], site=site_cast.home_a, offered_on=days(0),
                             offered_by=site_cast.dispatcher, answer_by=days(3))
    lies(found.person, beds["1"], since=0)  # whom it is kept for may lie down


def test_a_declined_offer_keeps_the_place_once_and_not_a_second_time(site_cast, beds):
    first = levelled()
    found = offered(site_cast, first, beds["1"])
    one = fresh(found.application)
    BedApplication.objects.filter(pk=one.pk).update(since=days(-30))
    found = offering.decline(site_cast.village_a, found.pk, found.version, "想离女儿近")
    one = fresh(one)
    assert (one.state, one.place, one.since, one.not_taken) == ("waiting", 1, days(-30), 1)
    assert beds["1"] in beds_queries.free_beds()
    other = waits(site_cast, levelled("王秀英"), since=5)
    found = offering.offer(site_cast.dispatcher, one.pk, fresh(one).version, beds["2"].pk)
    offering.decline(site_cast.village_a, found.pk, found.version, "还是想离女儿近")
    assert (fresh(one).since, fresh(one).place, fresh(other).place) == (days(0), 2, 1)
    assert PlaceChange.objects.filter(application=one).last().why == "day"


def test_an_offer_runs_out_by_the_clock(site_cast, beds):
    found = offered(site_cast, levelled(), beds["1"])
    assert offering.expire(found.answer_by) == 0
    assert offering.expire(found.answer_by + timezone.timedelta(days=1)) == 1
    one = fresh(found.application)
    assert (Offer.objects.get().state, one.state, one.not_taken, one.place) == ("expired", "waiting", 1, 1)
    assert not items("homes.offer_answer")


def test_passing_over_somebody_takes_a_reason(site_cast, beds):
    waits(site_cast, levelled("王秀英"), since=9)
    two = waits(site_cast, levelled())
    with pytest.raises(Refused) as caught:
        offering.offer(site_cast.dispatcher, two.pk, two.version, beds["1"].pk)
    assert "why_not_first" in caught.value.fields
    found = offering.offer(site_cast.dispatcher, two.pk, two.version, beds["1"].pk, "前一位住院未出院")
    assert (found.skipped, found.why_not_first) == (1, "前一位住院未出院")


def test_somebody_who_names_another_home_is_not_passed_over(site_cast, beds):
    waits(site_cast, levelled("王秀英"), Wish(homes=[site_cast.home_b.pk]), since=9)
    two = waits(site_cast, levelled())
    assert offering.offer(site_cast.dispatcher, two.pk, two.version, beds["1"].pk).skipped == 0


def test_the_sex_of_the_room_and_the_kind_of_bed_count(site_cast, beds):
    lies(make_person(A1, "刘长庚", sex="male"), beds["3"])
    one = waits(site_cast, levelled(), Wish(bed_kind="plain"))
    with pytest.raises(Refused):
        offering.offer(site_cast.dispatcher, one.pk, one.version, beds["1"].pk)
    from yinian.homes.way.offers import matching

    assert site_cast.home_a.pk not in {fit.home.pk for fit in matching.suggestions(one)}


def test_a_couple_is_offered_two_beds_of_one_room_in_one_act(site_cast, beds):
    husband = levelled("刘长庚", sex="male")
    wife = levelled("李桂花")
    his = waits(site_cast, husband, Wish(spouse_number=str(wife.id_number)))
    hers = waits(site_cast, wife, Wish(spouse_number=str(husband.id_number)))
    offering.offer(site_cast.dispatcher, his.pk, his.version, beds["1"].pk, with_spouse=True)
    assert {o.person_id for o in Offer.objects.filter(state="open")} == {husband.pk, wife.pk}
    assert fresh(hers).state == "offered" and Offer.objects.values("bed__room").distinct().count() == 1


def test_an_urgent_lift_takes_two_officers(site_cast):
    waits(site_cast, levelled("王秀英"), since=9)
    one = waits(site_cast, levelled())
    lift = actions.propose_lift(site_cast.dispatcher, one.pk, one.version, "房屋倒塌,无处居住")
    with pytest.raises(Refused):
        actions.decide_lift(site_cast.dispatcher, lift.pk, True, "属实")
    with pytest.raises(IntegrityError), transaction.atomic():
        Lift.objects.filter(pk=lift.pk).update(state="confirmed", decided_on=days(0))
    with pytest.raises(IntegrityError), transaction.atomic():
        LiftStep.objects.create(lift=lift, stage="check", verb="confirm", actor=site_cast.dispatcher,
                                human_key=bytes(site_cast.dispatcher.identity_index))
    assert fresh(one).place == 2
    actions.decide_lift(site_cast.bureau, lift.pk, True, "现场核实属实")
    assert fresh(one).place == 1 and PlaceChange.objects.filter(application=one).last().why == "lift"


def test_a_place_is_told_with_what_stands_before_and_without_a_name(site_cast):
    waits(site_cast, levelled("王秀英", relief="tekun", wants_central="true"))
    waits(site_cast, levelled("周满秀", relief="tekun", wants_central="true"))
    one = waits(site_cast, levelled())
    ahead = queries.ahead_of(one)
    assert (ahead.place, ahead.total, ahead.classes) == (3, 3, (("愿意集中供养的特困人员", 2),))
    assert "王秀英" not in ahead.words and "3" in ahead.words


def test_facts_recorded_later_move_the_place_with_the_reason(site_cast):
    one = waits(site_cast, levelled("王秀英"), since=9)
    two = levelled()
    later = waits(site_cast, two)
    assert fresh(later).place == 2
    make_spell(two, "relief", "tekun")
    make_spell(two, "wants_central", "true")
    waiting.look_after()
    assert (fresh(later).place, fresh(one).place) == (1, 2)
    assert PlaceChange.objects.filter(application=later).last().why == "facts"
    pushed = PlaceChange.objects.filter(application=one).last()
    assert (pushed.why, pushed.before, pushed.after, pushed.passed) == ("others", 1, 2, 1)


def test_a_death_closes_the_application_and_frees_the_bed(site_cast, beds):
    found = accepted(site_cast, levelled(), beds["1"])
    register.record_death(site_cast.village_a, found.person, days(0), "village")
    one = fresh(found.application)
    assert (one.state, Offer.objects.get().state) == ("closed", "withdrawn")
    assert beds["1"] in beds_queries.free_beds()


def test_the_home_sees_whom_it_takes_in_and_not_whom_it_was_never_offered(site_cast, beds):
    found = accepted(site_cast, levelled(), beds["1"])
    other = waits(site_cast, levelled("王秀英"))
    seen = set(queries.visible_to(site_cast.manager_a).values_list("pk", flat=True))
    assert seen == {found.application_id}
    with pytest.raises(NotVisible):
        queries.get_application(site_cast.manager_b, found.application_id)
    with pytest.raises((Forbidden, NotVisible)):
        intake.begin_risks(site_cast.manager_b, found.application_id)
    assert other.pk not in seen


def test_the_hazards_are_filled_in_and_signed_by_two_sides_before_the_agreement(site_cast, beds):
    found = accepted(site_cast, levelled(), beds["1"])
    pk, manager = found.application_id, site_cast.manager_a
    intake.begin_risks(manager, pk)
    with pytest.raises(Refused):  # questions without an answer
        intake.save_risks(manager, pk, 1, {"fall.walk": 2}, {}, sign=True)
    with pytest.raises(Refused):
        intake.draw_up(manager, pk, kind="long", basis="tekun", begins=days(0), until=None, items=[], payer="")
    risks = intake.save_risks(manager, pk, 1, answers() | {"fall.walk": 2, "fall.past": 1}, {}, sign=True)
    assert risks.levels["fall"] == "high" and risks.levels["choking"] == "none"
    with pytest.raises(Changed):
        intake.sign_risks(manager, pk, 1, "王小明", "child")
    intake.sign_risks(manager, pk, 2, "王小明", "child")
    with pytest.raises(IntegrityError), transaction.atomic():
        type(risks).objects.filter(pk=risks.pk).update(levels={})
    assert risks_of(found.application).signed_name == "王小明"


def test_a_printed_agreement_does_not_change_and_an_unsigned_one_admits_nobody(site_cast, beds):
    found = accepted(site_cast, levelled(), beds["1"])
    made = signed(site_cast.manager_a, found.application)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=made.pk).update(basis="private")
    Agreement.objects.filter(pk=made.pk).update(state="issued")
    with pytest.raises(Changed):
        intake.admit(site_cast.manager_a, made.pk, made.version, days(0))
    assert not Stay.objects.exists()


def test_an_offer_declined_during_intake_sets_the_agreement_aside(site_cast, beds):
    found = accepted(site_cast, levelled(), beds["1"])
    made = signed(site_cast.manager_a, found.application)
    offering.decline(site_cast.manager_a, found.pk, found.version, "家里决定自己照顾")
    assert Agreement.objects.get(pk=made.pk).state == "void" and fresh(found.application).state == "waiting"


def test_a_family_applies_follows_accepts_and_signs_for_its_own_alone(site_cast, beds):
    mine, others = levelled(), levelled("王秀英")
    Representative.objects.create(
        user=site_cast.member, person=mine, relation="child", period=(days(-10), None), evidence="户口簿",
        given_by=site_cast.village_a,
    )
    with pytest.raises(NotVisible):
        actions.lodge(site_cast.member, others.pk, Wish(), "", own=True)
    one = actions.lodge(site_cast.member, mine.pk, Wish(), "", own=True)
    assert one.channel == "family"
    one = actions.accept(site_cast.dispatcher, one.pk, one.version)
    found = offering.offer(site_cast.dispatcher, one.pk, one.version, beds["1"].pk)
    offering.accept(site_cast.member, found.pk, found.version, own=True)
    intake.begin_risks(site_cast.manager_a, one.pk)
    intake.save_risks(site_cast.manager_a, one.pk, 1, answers(), {}, sign=True)
    intake.sign_risks(site_cast.member, one.pk, 2, "王小明", "child", own=True)
    assert risks_of(one).state == "signed"


def test_the_home_enters_somebody_found_at_its_desk(site_cast):
    from yinian.homes.stays.queries import candidates

    person = levelled(region=B1)
    (found,) = candidates(site_cast.manager_a, site_cast.home_a, str(person.id_number))
    one = actions.lodge(site_cast.manager_a, person.pk, Wish(homes=[site_cast.home_a.pk]), "home",
                        desk=site_cast.home_a.pk, proof=found.proof)
    assert (one.channel, one.desk) == ("home", site_cast.home_a)
    assert queries.get_application(site_cast.manager_a, one.pk) == one
    with pytest.raises(NotVisible):
        actions.lodge(site_cast.manager_a, levelled("王秀英", region=B1).pk, Wish(), "home",
                      desk=site_cast.home_a.pk)


def test_the_destitute_who_wish_for_central_support_and_lie_in_no_home_are_listed(site_cast, beds):
    from yinian.homes.way.applications.central import unserved

    wishes = levelled(relief="tekun", wants_central="true")
    served = levelled("王秀英", relief="tekun", wants_central="true")
    levelled("周满秀", relief="tekun")
    lies(served, beds["1"])
    assert [p.pk for p in unserved(site_cast.town_a)] == [wishes.pk]
    lodged(site_cast, wishes)
    assert unserved(site_cast.bureau).get().applied == "lodged"
    assert not unserved(site_cast.town_b).exists()


def test_who_leaves_is_given_back_within_the_days_of_the_signed_agreement(site_cast, beds):
    price_home(site_cast.home_a)
    SupervisedAccount.objects.create(site=site_cast.home_a, bank="汨罗农商行", tail="0099")
    person, manager, today = levelled(relief="tekun", wants_central="true"), site_cast.manager_a, timezone.localdate()
    one = accepted(site_cast, person, beds["1"]).application
    made = signed(manager, one)
    stay = intake.admit(manager, made.pk, made.version, today)
    money.take_ahead(manager, site_cast.home_a.pk, person.pk, "deposit", 10000, today)
    Stay.objects.filter(pk=stay.pk).update(period=(days(-3), None))
    stays.discharge(manager, stay.pk, stay.version, "回家", today)
    refund, rule = Refund.objects.get(), made.terms["refund"]
    assert rule["working"] and refund.due_on == add_working_days(today, rule["days"])
    assert (refund.ground, refund.days, refund.working) == ("agreement", rule["days"], True)
    with pytest.raises(Refused) as later:
        refunds.agree_days(manager, refund.pk, refund.version, (refund.due_on - today).days + 1)
    assert "days" in later.value.fields
    assert refunds.agree_days(manager, refund.pk, refund.version, 1).due_on == days(1)
