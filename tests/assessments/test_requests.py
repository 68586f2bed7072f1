"""Asking for an assessment: who may, for whom, once at a time, with deadlines that stay as promised."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from tests.assessments.making import SCALE, ask, assigned, make_assessor
from tests.cast import A1, B1, COUNTY, NEIGHBOUR, client_for, make_person, make_spell
from yinian.assessments.models import Request
from yinian.assessments.requests import actions, queries
from yinian.assessments.requests import jobs as request_jobs
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.jobs import actions as jobs
from yinian.core.models import AuditRow, Job, WorkItem
from yinian.people.models import Representative

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_line(monkeypatch):
    """A worker closes its line to the database behind a job; a test in a transaction has but one."""
    monkeypatch.setattr(connection, "close", lambda: None)


def test_a_village_asks_and_the_coordinator_is_told_by_when_to_name_assessors(bench):
    person = make_person(A1)
    request = ask(bench.village_a, person)
    today = timezone.localdate()
    assert (request.state, request.due_on) == ("requested", add_working_days(today, 5))
    assert request.result_due_on == add_working_days(today, 20)
    item = WorkItem.objects.get(kind="assessments.assign")
    assert (item.region_id, item.role, item.params["count"], item.due_on) == (
        COUNTY, "dispatcher", 1, request.due_on,
    )  # fmt: skip
    assert AuditRow.objects.filter(action="assessments.request", object_id=str(request.pk)).exists()


def test_requests_of_one_town_and_day_are_one_line_that_counts_them(bench):
    for n in range(3):
        ask(bench.town_a, make_person(A1, name=f"老人{n}"))
    assert WorkItem.objects.get(kind="assessments.assign", state="open").params["count"] == 3


def test_one_request_stands_open_for_a_person_and_scale_and_the_database_says_so(bench):
    person = make_person(A1)
    first = ask(bench.village_a, person)
    with pytest.raises(Refused) as refused:
        ask(bench.town_a, person)
    assert "person" in refused.value.fields
    ask(bench.village_a, person, scale="tekun")
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.create(
            person=person, scale=SCALE, kind="first", channel="village", reason="x", requested_on=first.requested_on,
            requested_by=bench.town_a, due_on=first.due_on, result_due_on=first.due_on, rules=first.rules,
        )


def test_the_right_and_the_area_are_asked(bench):
    person = make_person(B1)
    with pytest.raises(NotVisible):
        ask(bench.village_a, person)
    with pytest.raises(Forbidden):
        ask(bench.finance, person)
    with pytest.raises(Forbidden):
        ask(bench.anna.user, person)
    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [({"reason": " "}, "reason"), ({"scale": "other"}, "scale"), ({"kind": "disputed"}, "kind"),
     ({"channel": "newspaper"}, "channel"), ({"requested_on": dt.date(2999, 1, 1)}, "requested_on")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_beside_its_field(bench, change, field):
    with pytest.raises(Refused) as refused:
        ask(bench.village_a, make_person(A1), **change)
    assert field in refused.value.fields


def test_nobody_is_assessed_after_death(bench):
    person = make_person(A1, state="dead", died_on=dt.date(2026, 1, 1))
    with pytest.raises(Refused):
        ask(bench.village_a, person)


def test_an_immediate_assessment_has_the_shorter_time_and_that_of_the_destitute_its_own(bench):
    today = timezone.localdate()
    request = ask(bench.village_a, make_person(A1), kind="immediate")
    assert request.result_due_on == add_working_days(today, 10)
    other = ask(bench.village_a, make_person(A1, name="王秀英"), kind="immediate", scale="tekun")
    assert other.result_due_on == add_working_days(today, int(other.rules["tekun"]))


def test_a_change_of_the_pack_moves_no_deadline_already_promised(bench, monkeypatch):
    request = ask(bench.village_a, make_person(A1))
    kept = dict(request.rules)
    monkeypatch.setattr("yinian.assessments.rules.frozen", lambda region: kept | {"assign": 1, "visit": 1, "result": 1})
    request.refresh_from_db()
    assert request.rules == kept
    assert ask(bench.village_a, make_person(A1, name="王秀英")).result_due_on < request.result_due_on


def test_many_are_asked_for_at_once_and_who_is_left_out_is_named_with_the_reason(bench):
    known = make_person(A1, name="已评人")
    make_spell(known, "ability", grade=2)
    busy = make_person(A1, name="在办人")
    dead = make_person(A1, name="已故人", state="dead", died_on=dt.date(2026, 1, 1))
    stranger = make_person(B1, name="外镇人")
    ask(bench.village_a, busy)
    people = [make_person(A1, name=f"老人{n}") for n in range(5)]
    made = actions.request_many(
        bench.town_a, [p.pk for p in (*people, known, busy, dead, stranger)], "等级不明", scale=SCALE
    )
    assert len(made.made) == 6
    assert {name for name, _why in made.left_out} == {"在办人", "已故人"}
    assert Request.objects.get(person=known).kind == "routine"
    assert not Request.objects.filter(person=stranger).exists()
    assert WorkItem.objects.get(kind="assessments.assign", state="open").params["count"] == 7
    assert Request.objects.get(person=people[0]).channel == "town"


def test_any_number_is_asked_for_in_the_background_part_by_part(bench, monkeypatch, open_line):
    monkeypatch.setattr(request_jobs, "AT_A_TIME", 2)
    people = [make_person(A1, name=f"老人{n}") for n in range(5)]
    ask(bench.village_a, people[0])
    stranger = make_person(B1)
    job = actions.start_many(bench.town_a, [p.pk for p in (*people, stranger)], "等级不明", SCALE)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["asked"], job.result["left_out"], job.total) == ("done", 4, 1, 6)
    assert Request.objects.count() == 5 and not Request.objects.filter(person=stranger).exists()


def test_whoever_stops_it_keeps_what_was_asked_for_and_begins_anew_without_asking_twice(bench, monkeypatch, open_line):
    monkeypatch.setattr(request_jobs, "AT_A_TIME", 2)
    monkeypatch.setattr(jobs, "PROGRESS_EVERY", 0)
    people, real = [make_person(A1).pk for _n in range(5)], actions.request_many
    job = actions.start_many(bench.town_a, people, "等级不明", SCALE)

    def stopped_after_the_first(*args, **more):
        made = real(*args, **more)
        type(job).objects.filter(pk=job.pk).update(cancel_asked=True)
        return made

    monkeypatch.setattr(actions, "request_many", stopped_after_the_first)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "cancelled" and Request.objects.count() == 2
    monkeypatch.setattr(actions, "request_many", real)
    again = actions.start_many(bench.town_a, people, "等级不明", SCALE)
    jobs.run(again.pk)
    again.refresh_from_db()
    assert (again.state, again.result["asked"], again.result["left_out"]) == ("done", 3, 2)
    assert Request.objects.count() == 5


def test_everybody_the_list_shows_is_asked_for_from_the_page(bench):
    people = [make_person(A1, name=f"待评{n}") for n in range(3)]
    make_person(B1, name="外镇人")
    client, address = client_for(bench.town_a), reverse("assessments:request_all") + "?q=待评"
    page = client.get(reverse("assessments:to_assess") + "?q=待评").content.decode()
    assert reverse("assessments:request_all") in page
    assert "3人" in client.get(address).content.decode()
    assert client.post(address, {"scale": SCALE, "reason": " "}).status_code == 422
    answer = client.post(address, {"scale": SCALE, "reason": "等级不明"})
    job = Job.objects.get(kind="assessments.request_many")
    assert answer.url == reverse("core:job", args=[job.pk])
    assert sorted(job.params["people"]) == sorted(p.pk for p in people)
    assert client_for(bench.carer_a).get(address).status_code == 403


def test_a_request_is_withdrawn_with_a_reason_and_nothing_waits_for_it_any_more(bench):
    request = assigned(bench, make_person(A1))
    assert WorkItem.objects.filter(kind="assessments.visit", state="open").count() == 2
    with pytest.raises(Refused):
        actions.withdraw(bench.village_a, request.pk, request.version, " ")
    with pytest.raises(Changed):
        actions.withdraw(bench.village_a, request.pk, request.version - 1, "搬走")
    actions.withdraw(bench.village_a, request.pk, request.version, "搬走")
    request.refresh_from_db()
    assert (request.state, request.close_reason, request.closed_by) == ("withdrawn", "搬走", bench.village_a)
    assert not WorkItem.objects.filter(state="open").exists()
    ask(bench.village_a, request.person)


def test_an_assessor_sees_only_what_is_theirs_and_officers_their_area(bench):
    mine, other = assigned(bench, make_person(A1)), ask(bench.village_b, make_person(B1, name="王秀英"))
    sees = lambda user: set(queries.visible_to(user).values_list("pk", flat=True))  # noqa: E731
    assert sees(bench.anna.user) == {mine.pk}
    assert sees(bench.clara.user) == set()
    assert sees(bench.village_a) == {mine.pk}
    assert sees(bench.town_b) == {other.pk}
    assert sees(bench.bureau) == {mine.pk, other.pk}
    assert sees(bench.stranger) == set()


def test_the_family_asks_from_its_own_account_for_its_own_person_only(bench):
    person, other = make_person(A1), make_person(A1, name="王秀英")
    Representative.objects.create(
        user=bench.member, person=person, relation="child", period=(dt.date(2026, 1, 1), None), evidence="户口簿",
        given_by=bench.village_a,
    )
    request = actions.ask_own(bench.member, person.pk, SCALE, "first", "摔倒后起不来")
    assert (request.channel, request.requested_by) == ("family", bench.member)
    with pytest.raises(NotVisible):
        actions.ask_own(bench.member, other.pk, SCALE, "first", "想评")


def test_who_has_no_level_or_a_stale_one_is_found_by_the_intervals_of_the_pack(bench):
    today = timezone.localdate()
    never, fresh = make_person(A1, name="未评人"), make_person(A1, name="新评人")
    stale, sound = make_person(A1, name="过期人"), make_person(A1, name="健朗人")
    make_spell(fresh, "ability", grade=2, since=today - dt.timedelta(days=30))
    make_spell(stale, "ability", grade=2, since=today - dt.timedelta(days=370))
    make_spell(sound, "ability", grade=0, since=today - dt.timedelta(days=370))  # intact: two years
    people = queries.to_assess(bench.village_a)
    assert set(queries.without_level(people)) == {never}
    assert set(people.filter(queries.overdue_by_level(A1))) == {stale}
    assert set(people.filter(queries.overdue_by_level(A1, ahead=400))) == {stale, fresh, sound}
    assert people.get(pk=stale.pk).level == 2


def test_who_serves_the_neighbour_is_not_ours(bench):
    make_assessor("gina", areas=(NEIGHBOUR,))
    from yinian.assessments.assignments.queries import visible_to

    names = set(visible_to(bench.bureau).values_list("user__username", flat=True))
    assert names == {"anna", "boris", "clara", "david", "eva"}
