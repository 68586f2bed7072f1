"""Medicines: orders, doses given, withheld and refused, and those that nobody recorded."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests import cast as people
from tests.homes.conftest import days
from yinian.core.errors import Changed, Forbidden, Refused
from yinian.core.models import WorkItem
from yinian.homes.medicines import actions, queries
from yinian.homes.models import Giving, MedicineOrder

pytestmark = pytest.mark.django_db


def ordered(stay, cast, back=0, **more):
    """An order with one time of the day, ``back`` minutes ago; returns it with day and slot."""
    moment = timezone.localtime() - dt.timedelta(minutes=back)
    slot = moment.hour * 60 + moment.minute
    given = {"drug": "氨氯地平", "dose": "5毫克", "way": "oral", "times": [slot], "since": days(-3), "until": None,
             "prescriber": "王医生", "prescribed_at": "镇卫生院", "prescribed_on": days(-3)}
    made = actions.order(cast.manager_a, stay.pk, **(given | more))
    MedicineOrder.objects.filter(pk=made.pk)
    return made, moment.date(), slot


def test_an_order_is_entered_whole_encrypted_and_only_by_who_manages(resident, site_cast):
    made, _day, slot = ordered(resident, site_cast)
    with pytest.raises(Forbidden):
        actions.order(site_cast.carer_a, resident.pk, drug="x", dose="x", way="oral", times=[slot], since=days(0),
                      until=None, prescriber="x", prescribed_at="x", prescribed_on=days(0))
    with pytest.raises(Refused) as refusal:
        ordered(resident, site_cast, prescriber=" ", until=days(-9))
    assert "prescriber" in refusal.value.fields
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT drug FROM homes_medicineorder WHERE id = %s", [made.pk])
        assert "氨氯地平".encode() not in bytes(cursor.fetchone()[0])


def test_an_order_is_stopped_and_not_written_over(resident, site_cast):
    made, _day, _slot = ordered(resident, site_cast)
    with pytest.raises(IntegrityError, match="stopped, not written over"), transaction.atomic():
        MedicineOrder.objects.filter(pk=made.pk).update(times=[60])
    with pytest.raises(Changed):
        actions.stop(site_cast.manager_a, made.pk, 9, "医生停药")
    stopped = actions.stop(site_cast.manager_a, made.pk, 1, "医生停药")
    assert stopped.held.upper == days(1) and stopped.stopped_by == site_cast.manager_a
    with pytest.raises(Refused):
        actions.stop(site_cast.manager_a, made.pk, 2, "再停")


def test_a_dose_is_given_once_and_withheld_with_a_reason(resident, site_cast):
    made, day, slot = ordered(resident, site_cast)
    with pytest.raises(Refused):
        actions.give(site_cast.carer_a, resident.pk, made.pk, day, slot, "withheld")
    first = actions.give(site_cast.carer_a, resident.pk, made.pk, day, slot, "withheld", reason="血压偏低，遵医嘱暂停")
    with pytest.raises(Changed):
        actions.give(site_cast.manager_a, resident.pk, made.pk, day, slot, "given")
    corrected = actions.correct(site_cast.manager_a, first.pk, "given", "", "点错")
    assert corrected.corrects == first
    assert [d.state for d in queries.doses(resident)] in (["given"], [])
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Giving.objects.update(reason="改")


def test_a_dose_that_is_not_ordered_is_refused(resident, site_cast):
    made, day, slot = ordered(resident, site_cast)
    with pytest.raises(Refused):
        actions.give(site_cast.carer_a, resident.pk, made.pk, day, (slot + 5) % 1440, "given")
    with pytest.raises(IntegrityError, match="works in the home"), transaction.atomic():
        Giving.objects.create(order=made, day=day, slot=slot, outcome="given", at=timezone.now(),
                              recorded_by=site_cast.town_a)


def test_a_missed_dose_comes_to_the_managers_desk_once_and_leaves_it_when_recorded(resident, site_cast):
    made, day, slot = ordered(resident, site_cast)
    later = timezone.now() + dt.timedelta(hours=3)
    assert actions.ask_about_missed(later) == 1
    actions.ask_about_missed(later)
    item = WorkItem.objects.get(kind="homes.dose")
    assert item.role == "home_manager" and item.params["bed"] == resident.bed.label
    actions.give(site_cast.carer_a, resident.pk, made.pk, day, slot, "given")
    item.refresh_from_db()
    assert item.state == "done" and actions.ask_about_missed(later) == 0


def test_doses_before_an_order_was_entered_are_nobodys_fault(resident, site_cast):
    ordered(resident, site_cast, back=180)
    assert actions.ask_about_missed() == 0


def test_the_page_of_medicines_enters_an_order_and_keeps_what_was_typed(resident, site_cast):
    client = people.client_for(site_cast.manager_a)
    url = reverse("homes:medicines", args=[resident.pk])
    sent = {"drug": "阿司匹林", "dose": "1片", "way": "oral", "times": "八点", "since": days(0).isoformat(),
            "prescriber": "王医生", "prescribed_at": "镇卫生院", "prescribed_on": days(0).isoformat()}
    page = client.post(url, sent)
    assert page.status_code == 422 and "阿司匹林" in page.content.decode() and "八点" in page.content.decode()
    assert client.post(url, sent | {"times": "08:00、20:00"}).status_code == 302
    assert MedicineOrder.objects.get().times == [480, 1200]
    assert "阿司匹林" in client.get(url).content.decode()
    assert people.client_for(site_cast.carer_a).post(url, sent).status_code == 403
