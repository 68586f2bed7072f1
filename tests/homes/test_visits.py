"""Visits: hours of a home, booked by who acts for the person, let in and out at the door."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests import cast as people
from tests.homes.conftest import days, lies
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.homes.care.queries import local
from yinian.homes.living.visits import actions, queries
from yinian.homes.living.visits.forms import spans_of
from yinian.homes.models import Visit, VisitHours
from yinian.people.models import Representative

pytestmark = pytest.mark.django_db

EVERY_DAY = [(n, 540, 690) for n in range(7)]


@pytest.fixture
def family(resident, site_cast):
    return Representative.objects.create(
        user=site_cast.member, person=resident.person, relation="child", period=(days(-10), None), evidence="户口簿",
        given_by=site_cast.bureau,
    )


def at(day, hour):
    return local(days(day), hour * 60)


def booked(cast, stay, when=None, **more):
    return actions.book(
        cast.member, stay.person_id,
        **{"at": when or at(1, 10), "visitor": "李小明", "relation": "child", "phone": "15400000002", "party": 2}
        | more,
    )


def came(cast, stay, back, relation="child"):
    """A visit so many days ago."""
    then = timezone.now() - dt.timedelta(days=back)
    return Visit.objects.create(
        person=stay.person, site=cast.home_a, visitor="来人", relation=relation, state="over", came_at=then,
        came_by=cast.carer_a, left_at=then + dt.timedelta(minutes=30), left_by=cast.carer_a,
    )


def test_spans_are_read_as_people_write_them():
    assert spans_of("09:00-11:30 14:00－17:00".replace("－", "-")) == [(540, 690), (840, 1020)]
    assert spans_of("9:00至11:30，14：00—17：00") == [(540, 690), (840, 1020)]
    with pytest.raises(Exception, match="格式不对"):  # in the reader's language
        spans_of("上午")
    for bad in ("morning", "11:00-09:00", "09:70-10:00"):
        with pytest.raises(Exception, match="09:00-11:30"):
            spans_of(bad)


def test_hours_are_set_by_the_manager_and_never_over_each_other(site_cast):
    with pytest.raises(Forbidden):
        actions.set_hours(site_cast.carer_a, site_cast.home_a.pk, EVERY_DAY)
    actions.set_hours(site_cast.manager_a, site_cast.home_a.pk, EVERY_DAY)
    with pytest.raises(Refused):
        actions.set_hours(site_cast.manager_a, site_cast.home_a.pk, [(0, 540, 690), (0, 600, 720)])
    assert VisitHours.objects.count() == 7
    with pytest.raises(IntegrityError, match="visit_hours_once_at_a_time"), transaction.atomic():
        VisitHours.objects.create(site=site_cast.home_a, weekday=0, opens=600, closes=720, set_by=site_cast.manager_a)


def test_a_family_books_within_the_hours_of_the_home(resident, family, site_cast):
    assert booked(site_cast, resident, at(1, 22)).state == "booked"  # the home has said nothing
    actions.set_hours(site_cast.manager_a, site_cast.home_a.pk, EVERY_DAY)
    for when in (at(2, 22), at(-1, 10), at(60, 10)):
        with pytest.raises(Refused) as refusal:
            booked(site_cast, resident, when)
        assert "at" in refusal.value.fields
    with pytest.raises(Refused) as refusal:
        booked(site_cast, resident, visitor=" ", relation="boss", party=0)
    assert set(refusal.value.fields) == {"visitor", "relation", "party"}
    booked(site_cast, resident)
    with pytest.raises(Refused):
        booked(site_cast, resident)


def test_who_does_not_act_for_the_person_books_nothing(resident, site_cast):
    with pytest.raises(NotVisible):
        booked(site_cast, resident)
    assert not Visit.objects.exists()


def test_a_booking_is_cancelled_by_the_family_or_refused_with_a_reason(resident, family, site_cast):
    first, second = booked(site_cast, resident), booked(site_cast, resident, at(2, 10))
    actions.cancel(site_cast.member, first.pk)
    with pytest.raises(Refused):
        actions.refuse(site_cast.manager_a, second.pk, " ")
    actions.refuse(site_cast.manager_a, second.pk, "流感期间暂停探视")
    assert set(Visit.objects.values_list("state", flat=True)) == {"cancelled", "refused"}
    with pytest.raises(Changed):
        actions.let_in(site_cast.carer_a, second.pk)
    page = people.client_for(site_cast.member).get(reverse("homes:own_visits", args=[resident.person_id])).text
    assert "流感期间暂停探视" in page


def test_at_the_door_one_tap_lets_in_and_one_lets_out(resident, family, site_cast):
    one = booked(site_cast, resident, timezone.now() + dt.timedelta(seconds=5))
    client, door = people.client_for(site_cast.carer_a), reverse("homes:door", args=[site_cast.home_a.pk])
    assert client.post(reverse("homes:visit_in", args=[one.pk])).status_code == 302
    one.refresh_from_db()
    assert (one.state, one.came_by) == ("inside", site_cast.carer_a)
    assert "李小明" in client.get(door).text
    assert client.post(reverse("homes:visit_out", args=[one.pk])).status_code == 302
    assert client.post(reverse("homes:visit_out", args=[one.pk]), follow=True).status_code == 200
    one.refresh_from_db()
    assert one.state == "over" and one.left_at >= one.came_at
    walk = reverse("homes:walk_in", args=[site_cast.home_a.pk])
    sent = {"stay": resident.pk, "visitor": "张志愿", "relation": "", "party": "1", "phone": ""}
    assert client.post(walk, sent).status_code == 422
    assert client.post(walk, sent | {"relation": "volunteer"}).status_code == 302
    page = client.get(door).text
    assert "张志愿" in page and "None" not in page


def test_a_visit_stands_as_it_went_and_stays_on_record(resident, site_cast):
    one = came(site_cast, resident, 1)
    with pytest.raises(IntegrityError, match="visit_stands_as_it_went"), transaction.atomic():
        Visit.objects.filter(pk=one.pk).update(left_by=None)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        one.delete()


def test_who_is_visited_by_nobody_stands_on_the_list(resident, beds, site_cast):
    other = lies(people.make_person(name="王大爷", sex="male"), beds["2"])
    came(site_cast, other, 3)
    came(site_cast, resident, 3, relation="official")
    found = queries.visited_by_nobody(site_cast.manager_a, site_cast.home_a)
    assert [stay.person_id for stay in found] == [resident.person_id]
    client = people.client_for(site_cast.carer_a)
    assert "李桂花" in client.get(reverse("homes:visited_by_nobody", args=[site_cast.home_a.pk])).text
    assert "王大爷" in client.get(reverse("homes:visits") + "?state=over").text


def test_visits_are_the_homes_own_and_telephones_masked(resident, family, site_cast):
    one = booked(site_cast, resident)
    assert "李小明" not in people.client_for(site_cast.manager_b).get(reverse("homes:visits")).text
    with pytest.raises(NotVisible):
        actions.let_in(site_cast.manager_b, one.pk)
    client = people.client_for(site_cast.manager_a)
    page = client.get(reverse("homes:visit", args=[one.pk])).text
    assert "15400000002" not in page and "154****0002" in page
    assert "15400000002" in client.post(reverse("homes:visit_phone", args=[one.pk]), {"reason": "核实来访"}).text


def test_the_family_books_on_its_page_and_the_hours_are_typed_on_the_homes(resident, family, site_cast):
    manager, own = people.client_for(site_cast.manager_a), people.client_for(site_cast.member)
    hours = reverse("homes:visit_hours", args=[site_cast.home_a.pk])
    assert manager.post(hours, {"day0": "soon"}).status_code == 422
    assert manager.post(hours, {f"day{n}": "09:00-11:30" for n in range(7)}).status_code == 302
    url = reverse("homes:own_visits", args=[resident.person_id])
    sent = {"at": f"{at(1, 10):%Y-%m-%dT%H:%M}", "visitor": "李小明", "relation": "child", "party": "1", "phone": ""}
    late = own.post(url, sent | {"at": f"{at(1, 22):%Y-%m-%dT%H:%M}"})
    assert late.status_code == 422 and "李小明" in late.text
    assert own.post(url, sent).status_code == 302
    one = Visit.objects.get()
    assert own.post(reverse("homes:own_visit_cancel", args=[one.pk])).status_code == 302
