"""Naming assessors: by place and load with the reason shown, two humans, one medical, nobody too near, never the same
again in a dispute. What the action refuses the database refuses, too."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.assessments.making import ask, assigned, confirmed, issued, make_assessor
from tests.cast import A1, B1, make_person, make_user
from yinian.assessments.assignments import actions, queries
from yinian.assessments.assignments.proposal import Candidate, propose
from yinian.assessments.models import Assessor, Recusal, Request, Seat
from yinian.assessments.objections import actions as objections
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import Region, User, WorkItem
from yinian.core.roles import Role
from yinian.people.models import Kin

pytestmark = pytest.mark.django_db


def name(cast, request, *team, actor=None, **more):
    return actions.assign(actor or cast.dispatcher, request.pk, request.version, [a.pk for a in team], **more)


def test_both_assessors_get_the_visit_on_their_own_desk_and_the_coordinators_line_goes(bench):
    request = ask(bench.village_a, make_person(A1))
    name(bench, request, bench.anna, bench.boris)
    request.refresh_from_db()
    assert request.state == "assigned"
    items = WorkItem.objects.filter(kind="assessments.visit", state="open")
    assert {i.taken_by_id for i in items} == {bench.anna.user_id, bench.boris.user_id}
    assert all(i.due_on == request.due_on for i in items)
    assert WorkItem.objects.get(kind="assessments.assign").state == "done"
    assert [s.assessor for s in request.seats.all()] == [bench.anna, bench.boris]


@pytest.mark.parametrize("team", [("anna",), ("anna", "anna"), ("boris", "david"), ("anna", "far")])
def test_a_team_that_does_not_do_is_refused(bench, team):
    request = ask(bench.village_a, make_person(A1))
    with pytest.raises(Refused) as refused:
        name(bench, request, *(getattr(bench, one) for one in team))
    assert "assessors" in refused.value.fields
    request.refresh_from_db()
    assert request.state == "requested"
    assert not Seat.objects.exists()


def test_only_the_coordinator_names_and_only_on_what_was_seen(bench):
    request = ask(bench.village_a, make_person(A1))
    for actor in (bench.village_a, bench.town_a, bench.anna.user):
        with pytest.raises((Forbidden, NotVisible)):
            name(bench, request, bench.anna, bench.boris, actor=actor)
    with pytest.raises(NotVisible):
        name(bench, request, bench.anna, bench.boris, actor=bench.stranger)
    name(bench, request, bench.anna, bench.boris)
    with pytest.raises(Changed):
        name(bench, request, bench.clara, bench.boris, reason="换人")


def seat(request, assessor, place, by, medical=None):
    return Seat.objects.create(
        request=request, assessor=assessor, place=place, assigned_by=by,
        medical=assessor.medical if medical is None else medical,
    )




@pytest.mark.parametrize("case", ["one_human_twice", "oneself", "recused", "false_medical"])
def test_the_database_keeps_apart_who_must_be_apart(bench, case):
    person = make_person(A1)
    request = ask(bench.village_a, person)
    second, medical = bench.boris, None
    if case == "one_human_twice":
        second = bench.anna
    elif case == "oneself":
        User.objects.filter(pk=second.user_id).update(identity_index=person.id_index)
    elif case == "recused":
        Recusal.objects.create(assessor=second, person=person, ground="kin", reason="侄子", declared_by=bench.bureau)
    else:
        medical = True
    seat(request, bench.anna, 1, bench.dispatcher)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        seat(request, second, 2, bench.dispatcher, medical)
    words = {"one_human_twice": "seat", "oneself": "themself", "recused": "recused", "false_medical": "medical"}
    assert words[case] in str(refused.value)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("team", [("anna",), ("boris", "david")])
def test_the_database_lets_no_request_be_under_way_without_all_its_assessors_or_a_medical_one(bench, team):
    request = ask(bench.village_a, make_person(A1))
    with pytest.raises(IntegrityError), transaction.atomic():
        for place, one in enumerate(team, 1):
            seat(request, getattr(bench, one), place, bench.dispatcher)
        Request.objects.filter(pk=request.pk).update(state="assigned")


@pytest.mark.django_db(transaction=True)
def test_no_seat_of_a_request_under_way_is_given_up_without_another_taking_it(bench):
    request = assigned(bench, make_person(A1))
    with pytest.raises(IntegrityError), transaction.atomic():
        request.seats.filter(place=2).update(
            released_at=timezone.now(), released_by=bench.dispatcher, release_reason="x"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        request.seats.filter(place=2).delete()


def test_assessors_are_changed_with_a_reason_and_the_earlier_ones_stay_on_record(bench):
    request = assigned(bench, make_person(A1))
    with pytest.raises(Refused):
        name(bench, request, bench.clara, bench.boris)
    name(bench, request, bench.clara, bench.boris, reason="安娜请假")
    held = request.seats.filter(released_at__isnull=True)
    assert [s.assessor for s in held] == [bench.clara, bench.boris]
    gone = request.seats.get(assessor=bench.anna)
    assert (gone.release_reason, gone.released_by) == ("安娜请假", bench.dispatcher)
    items = WorkItem.objects.filter(kind="assessments.visit", state="open")
    assert {i.taken_by_id for i in items} == {bench.clara.user_id, bench.boris.user_id}


def test_an_assessor_steps_back_and_never_gets_this_person_again(bench):
    person = make_person(A1)
    request = assigned(bench, person)
    actions.step_back(bench.anna.user, request.pk, request.version, "kin", "是我姑妈")
    request.refresh_from_db()
    assert request.state == "requested"
    assert not request.seats.filter(released_at__isnull=True).exists()
    assert WorkItem.objects.filter(kind="assessments.assign", state="open").exists()
    with pytest.raises(Refused):
        name(bench, request, bench.anna, bench.boris)
    with pytest.raises(NotVisible):
        actions.step_back(bench.boris.user, request.pk, request.version, "kin", "x")


def test_the_proposal_leaves_out_whoever_may_not_and_says_why(bench):
    person = make_person(A1)
    Kin.objects.create(person=person, name="anna同志", relation="侄女")
    Recusal.objects.create(assessor=bench.david, person=person, ground="care", reason="邻居", declared_by=bench.bureau)
    request = ask(bench.village_a, person)
    ((_r, proposal, candidates),) = queries.proposals([request])
    assert {c.name: c.barred for c in candidates if c.barred} == {"anna同志": "kin", "david同志": "recused"}
    assert {c.name for c in proposal.team} == {"boris同志", "clara同志"}
    words = queries.grounds(proposal.why[0])
    assert words and "%" not in words


def test_the_next_request_goes_to_whoever_has_less_waiting(bench):
    requests = [ask(bench.village_a, make_person(A1, name=f"老人{n}")) for n in range(4)]
    made = queries.proposals(requests)
    load = {}
    for _request, proposal, _all in made:
        assert sum(c.medical for c in proposal.team) >= 1
        for c in proposal.team:
            load[c.name] = load.get(c.name, 0) + 1
    assert max(load.values()) - min(load.values()) <= 1
    assert set(load) == {"anna同志", "boris同志", "clara同志", "david同志"}


def test_two_scales_of_one_person_go_to_one_team(bench):
    person = make_person(A1)
    assigned(bench, person, (bench.clara, bench.david))
    second = ask(bench.village_a, person, scale="tekun")
    ((_r, proposal, _c),) = queries.proposals([second])
    assert {c.pk for c in proposal.team} == {bench.clara.pk, bench.david.pk}


def test_a_town_is_served_by_those_who_serve_it(bench):
    request = ask(bench.village_b, make_person(B1))
    ((_r, _p, candidates),) = queries.proposals([request])
    assert {c.name for c in candidates if c.serves(B1)} == {"anna同志", "boris同志", "clara同志", "eva同志"}


def test_an_expired_certificate_or_a_retired_assessor_is_not_named(bench):
    Assessor.objects.filter(pk=bench.anna.pk).update(certificate_expires=dt.date(2020, 1, 1))
    Assessor.objects.filter(pk=bench.boris.pk).update(active=False)
    request = ask(bench.village_a, make_person(A1))
    ((_r, proposal, _c),) = queries.proposals([request])
    assert {c.name for c in proposal.team} == {"clara同志", "david同志"}
    with pytest.raises(Refused):
        name(bench, request, bench.anna, bench.clara)


def candidate(pk, waiting=0, medical=False, areas=("4306",), **more):
    return Candidate(pk, f"员{pk}", medical, areas, waiting, **more)


@pytest.mark.parametrize(
    ("pool", "lacking"),
    [([], "none_serves"), ([candidate(1, areas=("11",))], "none_serves"), ([candidate(1, medical=True)], "too_few"),
     ([candidate(1), candidate(2)], "no_medical"), ([candidate(1, barred="kin"), candidate(2)], "too_few")],
)  # fmt: skip
def test_where_no_team_can_be_made_it_is_said_why(pool, lacking):
    assert propose(pool, "430681101202", count=2, medical=1).lacking == lacking


def test_whoever_is_full_is_named_only_when_nobody_else_is_left():
    full, free = candidate(1, 5, True, most=5), [candidate(2, 6, True), candidate(3, 7)]
    assert {c.pk for c in propose([full, *free], "4306", count=2, medical=1).team} == {2, 3}
    assert {c.pk for c in propose([full, free[1]], "4306", count=2, medical=1).team} == {1, 3}


def test_who_is_medical_is_not_spent_where_one_is_enough():
    pool = [candidate(1, 1, True), candidate(2, 1, True), candidate(3, 1)]
    assert sum(c.medical for c in propose(pool, "4306", count=2, medical=1).team) == 1


def test_a_medical_one_is_found_among_many_who_are_less_busy():
    pool = [candidate(n, 0) for n in range(1, 30)] + [candidate(99, 20, True)]
    assert 99 in {c.pk for c in propose(pool, "4306", count=2, medical=1).team}


def test_a_re_assessment_is_made_by_others_in_the_action_and_in_the_database(bench):
    result = issued(bench, make_person(A1))
    objection = objections.object_to(bench.village_a, result.pk, "family", "李小明", "评得太轻")
    again = objection.request
    ((_r, proposal, candidates),) = queries.proposals([again])
    assert {c.name for c in candidates if c.barred == "made_the_disputed"} == {"anna同志", "boris同志"}
    assert {c.name for c in proposal.team} == {"clara同志", "david同志"}
    with pytest.raises(Refused):
        name(bench, again, bench.anna, bench.clara)
    with pytest.raises(IntegrityError), transaction.atomic():
        seat(again, bench.boris, 1, bench.dispatcher)


def test_nobody_is_changed_once_the_result_is_in_review(bench):
    result = confirmed(bench, make_person(A1))
    request = result.request
    request.refresh_from_db()
    with pytest.raises(Refused):
        name(bench, request, bench.clara, bench.david, reason="换")


def test_a_coordinator_keeps_an_assessor_away_from_a_person(bench):
    person = make_person(A1)
    request = assigned(bench, person)
    with pytest.raises(Refused):
        actions.recuse(bench.dispatcher, bench.anna.pk, person.pk, "interest", " ")
    actions.recuse(bench.dispatcher, bench.anna.pk, person.pk, "interest", "家里开养老院")
    request.refresh_from_db()
    assert request.state == "requested"
    with pytest.raises(Forbidden):
        actions.recuse(bench.town_a, bench.boris.pk, person.pk, "kin", "x")


def profile(**more):
    return {"qualification": "执业护士", "medical": True, "scales": ["gbt42195"]} | more


def test_a_profile_is_kept_for_a_user_posted_as_assessor_in_ones_own_county(bench):
    area = Region.objects.get(pk="430681101")
    made = actions.save_assessor(bench.dispatcher, bench.assessor.pk, areas=[area], **profile())
    assert [a.region_id for a in made.areas.all()] == ["430681101"]
    with pytest.raises(NotVisible):
        actions.save_assessor(bench.dispatcher, bench.village_a.pk, areas=[area], **profile())
    with pytest.raises(NotVisible):
        actions.save_assessor(bench.stranger, bench.assessor.pk, areas=[area], **profile())
    with pytest.raises(Forbidden):
        actions.save_assessor(bench.town_a, bench.assessor.pk, areas=[area], **profile())
    with pytest.raises(Refused) as refused:
        actions.save_assessor(bench.dispatcher, bench.assessor.pk, areas=[], **profile())
    assert "areas" in refused.value.fields
    with pytest.raises(Changed):
        actions.save_assessor(bench.dispatcher, bench.assessor.pk, areas=[area], version=9, **profile())


def test_a_certificate_that_runs_out_is_asked_about_until_it_is_renewed(bench):
    soon = timezone.localdate() + dt.timedelta(days=30)
    Assessor.objects.filter(pk=bench.anna.pk).update(certificate="P-1", certificate_expires=soon)
    assert actions.ask_about_certificates() == 1
    assert actions.ask_about_certificates() == 1
    item = WorkItem.objects.get(kind="assessments.certificate")
    area = Region.objects.get(pk="430681")
    actions.save_assessor(
        bench.bureau, bench.anna.user_id, areas=[area],
        **profile(certificate="P-2", certificate_expires=soon + dt.timedelta(days=900)),
    )
    item.refresh_from_db()
    assert item.state == "done"
    assert actions.ask_about_certificates() == 0


def test_two_accounts_of_one_human_cannot_be_told_to_be_two(bench):
    twin = make_assessor("twin", user=make_user("twin", Role.ASSESSOR))
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=twin.user_id).update(identity_index=bench.anna.user.identity_index)
