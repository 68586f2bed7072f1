"""Going out for some hours: once at a time, back in time or asked about, and never an absence by itself."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests import cast as people
from tests.cast import client_for
from tests.homes.conftest import days
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.jinja import day
from yinian.core.models import WorkItem
from yinian.homes.absences import actions as absences
from yinian.homes.living.outings import actions
from yinian.homes.models import Absence, Outing
from yinian.homes.stays import actions as stays
from yinian.people.representatives.models import Representative

pytestmark = pytest.mark.django_db


def hours(n):
    return timezone.now() + dt.timedelta(hours=n)


def out(cast, stay, **more):
    return actions.go_out(
        cast.carer_a, stay.pk,
        **{"relation": "child", "companion": "李小明", "phone": "15400000002", "reason": "回家吃饭",
           "expected_back": hours(3)} | more,
    )


def gone(cast, stay, left, back):
    """An outing that somebody recorded as it began."""
    return Outing.objects.create(
        person=stay.person, site=cast.home_a, left_at=hours(left), expected_back=hours(back), relation="alone",
        reason="散步", recorded_by=cast.carer_a, recorded_at=hours(left),
    )


def test_going_out_says_with_whom_what_for_and_until_when(resident, site_cast):
    for more, field in (
        ({"companion": ""}, "companion"), ({"reason": " "}, "reason"), ({"relation": "dog"}, "relation"),
        ({"expected_back": hours(-1)}, "expected_back"), ({"expected_back": hours(40)}, "expected_back"),
        ({"left_at": hours(1)}, "left_at"),
    ):
        with pytest.raises(Refused) as refusal:
            out(site_cast, resident, **more)
        assert field in refusal.value.fields
    made = out(site_cast, resident)
    assert made.recorded_by == site_cast.carer_a and made.companion == "李小明" and made.is_open


def test_nobody_is_out_twice_at_once_and_the_database_holds_it(resident, site_cast):
    first = out(site_cast, resident)
    with pytest.raises(Refused):
        out(site_cast, resident)
    with pytest.raises(IntegrityError, match="resident_is_out_once_at_a_time"), transaction.atomic():
        gone(site_cast, resident, -2, 5)
    actions.come_in(site_cast.carer_a, first.pk, 1)
    assert out(site_cast, resident, left_at=hours(0)).pk != first.pk


def test_who_is_away_does_not_go_out_and_who_is_out_does_not_go_away(resident, site_cast):
    absence = absences.go(site_cast.manager_a, resident.pk, resident.version, "leave", days(0), "回家")
    with pytest.raises(Refused):
        out(site_cast, resident)
    absences.take_back(site_cast.manager_a, absence.pk, absence.version, "录错")
    out(site_cast, resident)
    with pytest.raises(Refused):
        absences.go(site_cast.manager_a, resident.pk, resident.version, "leave", days(0), "回家")


def test_coming_back_is_recorded_once(resident, site_cast):
    made = out(site_cast, resident)
    with pytest.raises(Refused):
        actions.come_in(site_cast.carer_a, made.pk, 1, at=made.left_at)
    ended = actions.come_in(site_cast.carer_a, made.pk, 1, note="精神好")
    assert (ended.end_kind, ended.end_note, ended.ended_by) == ("back", "精神好", site_cast.carer_a)
    with pytest.raises(Changed):
        actions.come_in(site_cast.carer_a, made.pk, 1)


def test_who_is_late_comes_onto_the_managers_desk_and_leaves_it_with_the_return(resident, site_cast):
    late = gone(site_cast, resident, -5, -1)
    assert actions.ask_about_late() == 1 and actions.ask_about_late() == 1
    item = WorkItem.objects.get(kind="homes.out_late")
    assert (item.state, item.role, item.site_ref) == ("open", "home_manager", site_cast.home_a.pk)
    late.refresh_from_db()
    assert late.is_open and not Absence.objects.exists()
    actions.come_in(site_cast.carer_a, late.pk, 1)
    item.refresh_from_db()
    assert item.state == "done" and actions.ask_about_late() == 0


def test_a_night_away_becomes_an_absence_by_somebodys_act_alone(resident, site_cast):
    one = gone(site_cast, resident, -26, -20)
    assert one.over_night
    with pytest.raises(Forbidden):
        actions.stay_over(site_cast.carer_a, one.pk, 1, kind="leave", reason="留宿女儿家")
    with pytest.raises(Refused):
        actions.stay_over(site_cast.manager_a, one.pk, 1, kind="hospital", reason="摔倒住院")
    one.refresh_from_db()
    assert one.is_open
    done = actions.stay_over(site_cast.manager_a, one.pk, 1, kind="leave", reason="留宿女儿家",
                             expected_return=days(1))
    assert done.end_kind == "absence" and done.absence.period.lower == timezone.localtime(one.left_at).date()
    assert Absence.objects.get().left_by == site_cast.manager_a


def test_leaving_the_home_for_good_ends_the_outing(resident, site_cast):
    one = out(site_cast, resident)
    stays.discharge(site_cast.manager_a, resident.pk, resident.version, "家属接回", days(0), why="home")
    one.refresh_from_db()
    assert (one.end_kind, one.ended_by) == ("left", site_cast.manager_a)


def test_the_telephone_is_masked_and_shown_for_a_reason_that_is_kept(resident, site_cast):
    one = out(site_cast, resident)
    client = people.client_for(site_cast.manager_a)
    page = client.get(reverse("homes:outing", args=[one.pk])).text
    assert "15400000002" not in page and "154****0002" in page
    assert client.post(reverse("homes:outing_phone", args=[one.pk]), {"reason": ""}).status_code == 422
    assert "15400000002" in client.post(reverse("homes:outing_phone", args=[one.pk]), {"reason": "逾期未归"}).text


def test_outings_are_listed_filtered_and_kept_to_the_home(resident, site_cast):
    gone(site_cast, resident, -5, -1)
    url = reverse("homes:outings")
    for state, there in (("late", True), ("out", True), ("ended", False)):
        assert ("李桂花" in people.client_for(site_cast.manager_a).get(f"{url}?state={state}").text) is there
    assert "李桂花" not in people.client_for(site_cast.manager_b).get(url).text
    with pytest.raises(NotVisible):
        actions.come_in(site_cast.manager_b, Outing.objects.get().pk, 1)


def test_the_page_of_going_out_keeps_what_was_typed_and_records(resident, site_cast):
    client, url = people.client_for(site_cast.carer_a), reverse("homes:go_out", args=[resident.pk])
    now = timezone.localtime()
    sent = {"relation": "kin", "companion": "", "phone": "", "reason": "看病友",
            "left_at": f"{now:%Y-%m-%dT%H:%M}", "expected_back": f"{now + dt.timedelta(hours=2):%Y-%m-%dT%H:%M}"}
    bad = client.post(url, sent)
    assert bad.status_code == 422 and "看病友" in bad.text
    assert client.post(url, sent | {"companion": "侄子"}).status_code == 302
    one = Outing.objects.get()
    page = client.post(reverse("homes:come_in", args=[one.pk]), {"version": 1, "back-at": "gestern"})
    assert page.status_code == 422
    assert reverse("homes:outing", args=[one.pk]) in client.get(reverse("homes:sheet", args=[resident.pk])).text


def test_daily_life_says_since_when_somebody_is_in_hospital(resident, site_cast):
    client, page = client_for(site_cast.manager_a), reverse("homes:stay", args=[resident.pk])
    assert "<dd>在院</dd>" in client.get(page).content.decode()
    absences.go(site_cast.manager_a, resident.pk, resident.version, "hospital", days(-2), "肺炎", hospital="市人民医院",
                expected_return=days(5))
    shown = client.get(page).content.decode()
    words = f"住院中（自{day(days(-2))}起）"
    assert words in shown and "<dd>在院</dd>" not in shown and "市人民医院" in shown
    assert reverse("homes:go_out", args=[resident.pk]) not in shown
    assert words in client.get(reverse("homes:sheet", args=[resident.pk])).content.decode()
    Representative.objects.create(user=site_cast.member, person=resident.person, relation="child",
                                  period=(days(-9), None), evidence="户口簿", given_by=site_cast.village_a)
    own = client_for(site_cast.member).get(reverse("people:own_person", args=[resident.person_id]))
    assert words in own.content.decode()
