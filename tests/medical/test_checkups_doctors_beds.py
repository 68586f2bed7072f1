"""Check-ups followed up until closed, one family doctor at a time, and where people lie."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests import cast as people
from tests.homes.conftest import days
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem
from yinian.homes.absences import actions as absences
from yinian.medical import rules
from yinian.medical.checkups import actions as checkups
from yinian.medical.checkups import queries as checkup_queries
from yinian.medical.doctors import actions as doctors
from yinian.medical.lying import actions as beds_actions
from yinian.medical.lying import queries as lying
from yinian.medical.models import CheckUp, FamilyDoctor, MedicalBed
from yinian.people.duplicates.movers import MOVERS

pytestmark = pytest.mark.django_db


def checked(actor, person, clinic, **more):
    given = {"done_on": days(0), "paid": "public", "result": "normal"}
    return checkups.enter(actor, person.pk, clinic.pk, **(given | more))


FOUND = {"result": "abnormal", "findings": "血压160/95", "follow": "两周内复查并调整用药"}


def test_what_a_check_up_found_is_followed_up_until_it_is_closed(resident, site_cast, clinic):
    with pytest.raises(Refused) as refusal:
        checked(site_cast.manager_a, resident.person, clinic, result="abnormal")
    assert set(refusal.value.fields) == {"findings", "follow", "follow_by"}
    one = checked(site_cast.manager_a, resident.person, clinic, **FOUND, follow_by=days(14))
    item = WorkItem.objects.get(kind="medical.follow_up")
    assert item.role == "home_manager" and item.site_ref == site_cast.home_a.pk and item.due_on == days(14)
    with pytest.raises(Refused):
        checkups.follow_up(site_cast.manager_a, one.pk, one.version, days(0), " ")
    one = checkups.follow_up(site_cast.manager_a, one.pk, one.version, days(0), "复查正常")
    item.refresh_from_db()
    assert not one.is_open and item.state == "done"
    with pytest.raises(IntegrityError), transaction.atomic():
        CheckUp.objects.filter(pk=one.pk).update(followed_on=None, followed_by=None, followed_note=None)


def test_of_people_at_home_the_village_follows_up(site_cast, clinic):
    person = people.make_person()
    checked(site_cast.village_a, person, clinic, **FOUND, follow_by=days(14))
    item = WorkItem.objects.get(kind="medical.follow_up")
    assert item.role == "village_worker" and item.region_id == people.A1
    for actor, error in ((site_cast.village_b, NotVisible), (site_cast.carer_a, Forbidden)):
        with pytest.raises(error):
            checked(actor, person, clinic, done_on=days(-1))


def test_a_check_up_is_entered_once_and_one_in_error_counts_for_nothing(resident, site_cast, clinic):
    one = checked(site_cast.manager_a, resident.person, clinic)
    with pytest.raises(Refused):
        checked(site_cast.manager_a, resident.person, clinic)
    assert checkup_queries.figures(site_cast.bureau).residents == checkup_queries.Share(1, 1)
    checkups.mark_error(site_cast.manager_a, one.pk, one.version, "录错人")
    assert checkup_queries.figures(site_cast.bureau).residents == checkup_queries.Share(0, 1)


def test_figures_count_from_the_age_the_pack_names_and_say_where_none_does(resident, site_cast, clinic, monkeypatch):
    people.make_person(name="小李", birth=days(-62 * 365))
    checked(site_cast.manager_a, resident.person, clinic)
    found = checkup_queries.figures(site_cast.bureau, "", 65)
    assert found.aged == checkup_queries.Share(1, 1) and found.aged.percent == "100.0%"
    assert checkup_queries.figures(site_cast.bureau, "", 60).aged.all == 2
    client = people.client_for(site_cast.bureau)
    url = reverse("medical:people")
    monkeypatch.setattr("yinian.medical.checkups.pages.check_up_age", lambda region: rules.Age(65, "general"))
    assert "65" in client.get(url).content.decode()
    rows = client.get(url + "?checkup=no").content.decode().split("<tbody>")[1]
    assert "小李" in rows and "李桂花" not in rows
    monkeypatch.setattr("yinian.medical.checkups.pages.check_up_age", lambda region: None)
    assert "没有规定" in client.get(url).content.decode()


def test_a_person_has_one_family_doctor_at_a_time(resident, site_cast, clinic):
    given = {"doctor": "周医生", "since": days(-100), "last": days(200), "services": ["home", "advice"]}
    one = doctors.sign(site_cast.manager_a, resident.person_id, clinic.pk, **given)
    assert one.services == ["advice", "home"]
    with pytest.raises(Refused):
        doctors.sign(site_cast.manager_a, resident.person_id, clinic.pk, **given)
    with pytest.raises(IntegrityError, match="one_family_doctor"), transaction.atomic():
        FamilyDoctor.objects.create(person=resident.person, institution=clinic, doctor="李医生",
                                    period=(days(0), None), entered_by=site_cast.manager_a)
    doctors.stop(site_cast.manager_a, one.pk, 1, days(-1), "换签")
    two = doctors.sign(site_cast.manager_a, resident.person_id, clinic.pk, **given | {"since": days(0)})
    assert checkup_queries.people(site_cast.bureau).get(pk=resident.person_id).signed
    doctors.take_back(site_cast.manager_a, two.pk, 1, "录错人")
    assert not checkup_queries.people(site_cast.bureau).get(pk=resident.person_id).signed


def test_where_somebody_lies_follows_from_stay_absence_and_beds_told_of(resident, beds, site_cast, clinic):
    by, person = site_cast.manager_a, resident.person
    home = people.make_person(name="周福生", sex="male")
    bed = beds_actions.lie(site_cast.village_a, home.pk, clinic.pk, kind="sickbed", since=days(-5), told_by="女儿")
    total, towns = lying.counts(site_cast.bureau)
    assert (total.by["care"], total.by["sickbed"], total.by["hospital"]) == (1, 1, 0)
    assert [line.name for line in towns] == ["汨罗镇"]
    absences.go(by, resident.pk, resident.version, "hospital", days(-2), "住院", hospital="汨罗市人民医院")
    total, _towns = lying.counts(site_cast.bureau)
    assert (total.by["care"], total.by["hospital"], total.five) == (0, 1, 2)
    now = lying.now_of(lying.history(by, person))
    assert now is not None and now.kind == "hospital" and now.where == "汨罗市人民医院"
    assert lying.people(by).get(pk=person.pk).kept == "汨罗镇敬老院"
    before = lying.now_of(lying.history(by, person), days(-10))
    assert before is not None and before.kind == "care"
    assert lying.counts(site_cast.stranger)[0].five == 0
    beds_actions.leave(site_cast.village_a, bed.pk, 1, days(0), "好转")
    assert lying.now_of(lying.history(site_cast.village_a, home)) is None
    page = people.client_for(site_cast.bureau).get(reverse("medical:lying_people") + "?kind=hospital").content.decode()
    assert "李桂花" in page and "周福生" not in page
    assert people.client_for(site_cast.reviewer).get(reverse("medical:lying")).status_code == 200


def test_a_resident_goes_to_hospital_by_the_home_alone(resident, site_cast, clinic):
    given = {"kind": "hospital", "since": days(-1), "told_by": "医院"}
    with pytest.raises(Refused) as refusal:
        beds_actions.lie(site_cast.village_a, resident.person_id, clinic.pk, **given)
    assert "kind" in refusal.value.fields
    with pytest.raises(IntegrityError, match="referral or an absence"), transaction.atomic():
        MedicalBed.objects.create(person=resident.person, institution=clinic, kind="hospital",
                                  period=(days(-1), None), told_by="x", entered_by=site_cast.manager_a)
    assert beds_actions.lie(site_cast.village_a, resident.person_id, clinic.pk, **given | {"kind": "hospice"}).pk


def test_what_was_entered_goes_along_when_two_entries_are_one_person(site_cast, clinic):
    kept, gone = people.make_person(), people.make_person(name="李贵花")
    one = checked(site_cast.village_a, gone, clinic)
    moved = MOVERS["medical.entries"].move(site_cast.bureau, kept, gone, "同一人")
    one.refresh_from_db()
    assert one.person == kept
    MOVERS["medical.entries"].restore(site_cast.bureau, kept, gone, moved, "误并")
    one.refresh_from_db()
    assert one.person == gone
    for person in (kept, gone):
        doctors.sign(site_cast.village_a, person.pk, clinic.pk, doctor="周医生", since=days(-9), last=None)
    with pytest.raises(Refused), transaction.atomic():
        MOVERS["medical.entries"].move(site_cast.bureau, kept, gone, "同一人")


def test_the_pages_of_check_ups_doctors_and_beds_enter_and_show(site_cast, clinic):
    person = people.make_person()
    client = people.client_for(site_cast.village_a)
    new = reverse("medical:checkup_new", args=[person.pk])
    assert client.get(new).status_code == 200
    sent = {"done_on": days(0).isoformat(), "institution": clinic.pk, "paid": "public", "result": "abnormal",
            "findings": "血糖高", "follow_by": days(7).isoformat()}
    kept = client.post(new, sent)
    assert kept.status_code == 422 and "血糖高" in kept.content.decode()
    assert client.post(new, sent | {"follow": "复查血糖"}).status_code == 302
    one = CheckUp.objects.get()
    assert "复查血糖" in client.get(reverse("medical:checkup", args=[one.pk])).content.decode()
    assert "李桂花" in client.get(reverse("medical:checkups") + "?follow=open").content.decode()
    sent = {"doctor": "周医生", "institution": clinic.pk, "since": days(0).isoformat()}
    assert client.post(reverse("medical:doctor_new", args=[person.pk]), sent).status_code == 302
    assert "周医生" in client.get(reverse("medical:doctors")).content.decode()
    sent = {"kind": "hospice", "institution": clinic.pk, "since": days(0).isoformat(), "told_by": "女儿"}
    assert client.post(reverse("medical:lie", args=[person.pk]), sent).status_code == 302
    assert "女儿" in client.get(reverse("medical:where", args=[person.pk])).content.decode()
    page = client.get(reverse("people:person", args=[person.pk])).content.decode()
    assert "周医生" in page and "血糖" not in page
