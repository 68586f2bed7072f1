"""The health summary: each opening is logged, nothing is deleted, what is elsewhere is read there."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests import cast as people
from tests.cast import client_for
from tests.homes.conftest import days
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, Reveal
from yinian.homes.models import MedicineOrder
from yinian.medical.health import actions, queries
from yinian.medical.models import Allergy, Condition
from yinian.people.representatives import actions as representing
from yinian.people.representatives.models import Representative

pytestmark = pytest.mark.django_db


def ill(actor, person, **more):
    given = {"text": "高血压", "source": "paper", "learned_on": days(0), "code": "i10"}
    return actions.add_condition(actor, person.pk, **(given | more))


def allergic(actor, person, **more):
    given = {"text": "青霉素", "category": "medicine", "criticality": "high", "source": "family", "learned_on": days(0)}
    return actions.add_allergy(actor, person.pk, **(given | more))


def test_each_opening_is_logged_with_its_reason_and_none_is_made_without(resident, site_cast):
    person = resident.person
    with pytest.raises(Refused):
        actions.open_summary(site_cast.carer_a, person.pk, " ")
    actions.open_summary(site_cast.carer_a, person.pk, "日常照护")
    actions.summary_pdf(site_cast.carer_a, person.pk, "陪诊")
    shown = Reveal.objects.filter(object_id=str(person.pk), field="health_summary").order_by("id")
    assert [one.reason for one in shown] == ["日常照护", "陪诊"]
    assert AuditRow.objects.filter(action="core.reveal", actor=site_cast.carer_a).count() == 2


def test_who_is_not_of_the_home_or_area_opens_nothing(resident, site_cast):
    for actor, error in ((site_cast.manager_b, NotVisible), (site_cast.stranger, NotVisible),
                         (site_cast.finance, Forbidden), (site_cast.admin, Forbidden)):
        with pytest.raises(error):
            actions.open_summary(actor, resident.person_id, "看看")
    assert not Reveal.objects.exists()


def test_the_summary_gathers_what_is_recorded_elsewhere(resident, site_cast):
    person = resident.person
    ill(site_cast.manager_a, person)
    allergic(site_cast.manager_a, person)
    MedicineOrder.objects.create(
        person=person, site=site_cast.home_a, drug="氨氯地平", dose="1片", way="oral", times=[480],
        held=(days(-3), None), prescriber="王医生", prescribed_at="镇卫生院", prescribed_on=days(-3),
        entered_by=site_cast.manager_a,
    )
    found = actions.open_summary(site_cast.manager_a, person.pk, "转诊")
    assert [c.code for c in found.conditions] == ["I10"] and found.medicines[0].drug == "氨氯地平"
    assert found.doctor is None and found.check_up is None and found.consent is None
    data = queries.paper_data(found, masked=True)
    assert data["allergies"][0]["text"] == "青霉素" and str(person.id_number) not in str(data)
    assert actions.summary_pdf(site_cast.manager_a, person.pk, "转诊").startswith(b"%PDF")


def test_an_entry_in_error_stays_on_file_and_shows_no_longer(resident, site_cast):
    one = ill(site_cast.manager_a, resident.person)
    with pytest.raises(Refused):
        actions.mark_error(site_cast.manager_a, "condition", one.pk, 1, " ")
    actions.mark_error(site_cast.manager_a, "condition", one.pk, 1, "录错人")
    assert queries.summary_of(resident.person).conditions == []
    assert [e.pk for e in queries.errors_of(resident.person)] == [one.pk]
    with pytest.raises(Changed):
        actions.mark_error(site_cast.manager_a, "condition", one.pk, 1, "再次")
    assert ill(site_cast.manager_a, resident.person).pk != one.pk


def test_the_database_keeps_what_was_entered(resident, site_cast):
    one, two = ill(site_cast.manager_a, resident.person), allergic(site_cast.manager_a, resident.person)
    for model, row in ((Condition, one), (Allergy, two)):
        with pytest.raises(IntegrityError, match="not written over"), transaction.atomic():
            model.objects.filter(pk=row.pk).update(source="self")
        with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
            model.objects.filter(pk=row.pk)._raw_delete("default")
    with pytest.raises(IntegrityError, match="in_error"), transaction.atomic():
        Condition.objects.filter(pk=one.pk).update(error_at=timezone.now())


def test_a_condition_goes_on_and_what_makes_no_sense_is_refused(resident, site_cast):
    person = resident.person
    one = ill(site_cast.manager_a, person)
    one = actions.change_condition(site_cast.manager_a, one.pk, 1, "resolved", days(0))
    assert one.changed_on == days(0) and queries.summary_of(person).present == []
    for more, field in (({"code": "高血压"}, "code"), ({"since_year": 1920}, "since_year"), ({"text": " "}, "text"),
                        ({"learned_on": days(1)}, "learned_on"), ({"source": "dream"}, "source")):
        with pytest.raises(Refused) as refusal:
            ill(site_cast.manager_a, person, **({"text": "糖尿病", "code": ""} | more))
        assert field in refusal.value.fields
    ill(site_cast.manager_a, person, text="糖尿病", code="E11.9")
    with pytest.raises(Refused):
        ill(site_cast.manager_a, person, text="糖尿病")


def test_the_page_asks_why_once_and_enters_in_place(resident, site_cast):
    person = resident.person
    allergic(site_cast.manager_a, person)
    client = people.client_for(site_cast.manager_a)
    url = reverse("medical:health", args=[person.pk])
    assert "青霉素" not in client.get(url).content.decode() and not Reveal.objects.exists()
    assert client.get(reverse("medical:health_paper", args=[person.pk])).status_code == 302
    assert client.post(url, {"why": "other"}).status_code == 422
    assert client.post(url, {"why": "hospital"}).status_code == 302
    assert "青霉素" in client.get(url).content.decode()
    assert client.get(reverse("medical:health_paper", args=[person.pk]))["Content-Type"] == "application/pdf"
    assert Reveal.objects.filter(field="health_summary").count() == 2
    new = reverse("medical:condition_new", args=[person.pk])
    sent = {"condition-text": "白内障", "condition-clinical": "active", "condition-learned_on": days(0).isoformat()}
    kept = client.post(new, sent)
    assert kept.status_code == 422 and "白内障" in kept.content.decode()
    assert client.post(new, sent | {"condition-source": "family"}).status_code == 302
    other = people.client_for(site_cast.manager_a)
    session = client.session
    session[f"medical.health.{person.pk}"] = ["就医", (timezone.now() - dt.timedelta(minutes=16)).isoformat()]
    session.save()
    assert "白内障" not in client.get(url).content.decode()
    assert "白内障" not in other.get(url).content.decode()


def test_the_family_reads_the_summary_of_its_own_person_alone_and_each_look_is_kept(site_cast, resident):
    person = resident.person
    allergic(site_cast.manager_a, person, reaction="皮疹")
    address = reverse("medical:own_health", args=[person.pk])
    client = client_for(site_cast.member)
    assert client.get(address).status_code == 404  # acts for nobody yet
    Representative.objects.create(user=site_cast.member, person=person, relation="child", period=(days(-9), None),
                                  evidence="户口簿", given_by=site_cast.village_a)
    page = client.get(reverse("people:own_person", args=[person.pk])).content.decode()
    assert address in page
    seen = Reveal.objects.count()
    shown = client.get(address).content.decode()
    assert "青霉素" in shown and "皮疹" in shown and "<form" not in shown.split("<main")[-1]
    kept = Reveal.objects.latest("pk")
    assert Reveal.objects.count() == seen + 1 and (kept.actor, kept.field) == (site_cast.member, "health_summary")
    assert AuditRow.objects.filter(action="core.reveal", actor=site_cast.member).count() == 1
    other = people.make_person(people.A1, "何满姑")
    assert client.get(reverse("medical:own_health", args=[other.pk])).status_code == 404
    assert client_for(site_cast.manager_a).get(address).status_code == 403
    assert client.get(reverse("medical:health", args=[person.pk])).status_code == 403
    representing.end(site_cast.village_a, Representative.objects.get().pk, "另有代办人")
    assert client.get(address).status_code == 404 and Reveal.objects.count() == seen + 1
