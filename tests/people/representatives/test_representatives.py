"""Who acts for an older person: appointed by the village, seen by nobody else, ended with a reason."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from tests.cast import B1, client_for, make_person

from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, Document, User
from yinian.people.duplicates.actions import merge
from yinian.people.models import DuplicatePair, Representative
from yinian.people.representatives import actions, queries

pytestmark = pytest.mark.django_db
SEEN = {"relation": "child", "evidence": "已看户口簿"}


def appoint(actor, person, username="member", **more):
    return actions.appoint(actor, person.pk, username=username, **{**SEEN, **more})


def test_the_village_lets_a_family_member_act_and_the_account_sees_that_person_alone(cast):
    mother, neighbour = make_person(), make_person(name="王秀英")
    made, password = appoint(cast.village_a, mother)
    assert password == "" and made.given_by == cast.village_a
    assert queries.own_people(cast.member) == [mother] and queries.may_act_for(cast.member, mother)
    with pytest.raises(NotVisible):
        queries.get_own(cast.member, neighbour.pk)
    client = client_for(cast.member)
    assert client.get(reverse("people:own_person", args=[mother.pk])).status_code == 200
    assert client.get(reverse("people:own_person", args=[neighbour.pk])).status_code == 404
    assert client.get(reverse("people:person", args=[mother.pk])).status_code == 403


def test_a_new_account_is_opened_with_a_password_shown_once(cast):
    person = make_person()
    made, password = appoint(cast.village_a, person, "renxiaojun", full_name="任小军")
    user = User.objects.get(username="renxiaojun")
    assert made.user == user and user.check_password(password) and user.must_change_password
    assert user.rights == {"own.view", "own.act"}


@pytest.mark.parametrize("who", ["village_a2", "town_b", "stranger"])
def test_nobody_outside_the_village_appoints(cast, who):
    with pytest.raises(NotVisible):
        appoint(getattr(cast, who), make_person())


def test_without_the_right_or_the_evidence_nothing_is_made(cast):
    person = make_person()
    with pytest.raises(Forbidden):
        appoint(cast.assessor, person)
    with pytest.raises(Refused) as refused:
        appoint(cast.village_a, person, evidence=" ")
    assert "evidence" in refused.value.fields and not Representative.objects.exists()


def test_an_account_of_staff_acts_for_nobody(cast):
    with pytest.raises(Refused):
        appoint(cast.village_a, make_person(), cast.town_a.username)


def test_one_account_acts_for_a_person_once_at_a_time_by_action_and_by_database(cast):
    person = make_person()
    made, _ = appoint(cast.village_a, person)
    with pytest.raises(Refused):
        appoint(cast.village_a, person)
    with pytest.raises(IntegrityError), transaction.atomic():
        Representative.objects.create(
            user=cast.member, person=person, given_by=cast.bureau, period=(dt.date(2030, 1, 1), None), **SEEN
        )
    made.refresh_from_db()
    assert made.period.upper is None


def test_ending_takes_a_reason_and_shuts_the_door_the_next_day(cast):
    person = make_person()
    made, _ = appoint(cast.village_a, person, since=timezone.localdate() - dt.timedelta(days=9))
    with pytest.raises(Refused):
        actions.end(cast.village_a, made.pk, "")
    with pytest.raises(NotVisible):
        actions.end(cast.town_b, made.pk, "不再代办")
    actions.end(cast.village_a, made.pk, "不再代办")
    assert queries.own_people(cast.member) == []
    with pytest.raises(Refused):
        actions.end(cast.village_a, made.pk, "再次")
    assert AuditRow.objects.filter(action="people.represent_end", reason="不再代办").exists()


def test_a_merge_takes_along_who_acts_and_the_papers(cast):
    kept, gone = make_person(), make_person(name="李桂华", birth=dt.date(1940, 5, 2))
    appoint(cast.village_a, gone)
    from tests.samples import PAPER

    from yinian.core.documents.actions import issue

    paper = issue(cast.town_a, PAPER.name, region=gone.region_id, title="样张", person=gone.pk,
                  template="core/documents/specimen.typ",
                  data={"rows": [], "amount": 0, "day": "2026-01-01", "lines": []})
    DuplicatePair.objects.create(first=kept, second=gone, region_id=kept.region_id, score=9.0)
    merge(cast.bureau, kept.pk, gone.pk, reason="同一人")
    assert queries.own_people(cast.member) == [kept]
    assert Document.objects.get(pk=paper.pk).person_ref == kept.pk


def test_the_pages_appoint_and_end_and_keep_what_was_typed(cast):
    person = make_person(B1)
    client = client_for(cast.village_b)
    address = reverse("people:appoint", args=[person.pk])
    given = {"relation": "child", "full_name": "任小军", "username": "renxiaojun", "evidence": ""}
    bad = client.post(address, given)
    assert bad.status_code == 422 and "任小军" in bad.content.decode()
    made = client.post(address, {**given, "evidence": "已看户口簿"})
    assert made.status_code == 200 and "one-time" in made.content.decode()
    found = Representative.objects.get()
    assert "任小军" in client.get(reverse("people:person", args=[person.pk])).content.decode()
    end = reverse("people:represent_end", args=[found.pk])
    assert client.post(end, {"reason": ""}).status_code == 422
    assert client.post(end, {"reason": "不再代办"}).status_code == 302


def test_a_familys_first_page_is_its_own_and_not_the_desk(cast):
    appoint(cast.village_a, make_person())
    answer = client_for(cast.member).get(reverse("core:desk"), follow=True)
    assert answer.redirect_chain[-1][0].startswith("/people/own/")
