"""Shadowing: begun with a mentor, noted day by day, signed by the mentor and then for the home by another person."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests import cast as people
from tests.homes.conftest import days
from tests.homes.staff.making import shadowing_on_file, staff
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem
from yinian.homes.models import ShadowDay, Shadowing
from yinian.homes.shadowing import actions, queries
from yinian.workforce import actions as workforce
from yinian.workforce.models import Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(site_cast, monkeypatch):
    """Somebody new of home A goes along with the carer of home A who has an account, three days asked for."""
    shadowing_on_file(monkeypatch, asked=3)
    home = site_cast.home_a
    new, mentor = staff(home, "新来的", since=-5), staff(home, "潘燕", user=site_cast.carer_a)
    return actions.begin(
        site_cast.manager_a, home.pk, worker=new.pk, place=home.pk, mentor=mentor.pk, since=days(-4)
    )


def noted(actor, one, *when):
    for n in when:
        actions.note_day(actor, one.pk, days(n), f"第{n}天:晨间照料、翻身")


def test_the_way_is_days_then_the_mentor_then_another_for_the_home(begun, site_cast):
    assert begun.days == 3 and begun.rule["quote"]
    noted(site_cast.carer_a, begun, -4, -3)
    with pytest.raises(Refused, match="1"):
        actions.sign_mentor(site_cast.carer_a, begun.pk, 1, "能独立照料")
    with pytest.raises(Refused):
        actions.sign_director(site_cast.manager_a, begun.pk, 1)
    noted(site_cast.manager_a, begun, -2)
    with pytest.raises(Refused):
        actions.sign_mentor(site_cast.manager_a, begun.pk, 1, "能独立照料")
    signed = actions.sign_mentor(site_cast.carer_a, begun.pk, 1, "能独立照料")
    assert WorkItem.objects.get(kind="homes.shadowing").role == "home_manager"
    with pytest.raises(Changed):
        noted(site_cast.carer_a, begun, -1)
    done = actions.sign_director(site_cast.manager_a, begun.pk, signed.version)
    assert done.is_signed and WorkItem.objects.get(kind="homes.shadowing").state != "open"
    with pytest.raises(Changed):
        actions.sign_director(site_cast.manager_a, begun.pk, done.version)


def test_a_mentor_without_account_is_signed_for_and_then_another_signs_for_the_home(site_cast, monkeypatch):
    monkeypatch.setattr(actions, "shadow_rule_for", lambda home: None)
    home = site_cast.home_a
    new, mentor = staff(home, "新来的", since=-5), staff(home, "彭爱莲")
    one = actions.begin(site_cast.manager_a, home.pk, worker=new.pk, place=home.pk, mentor=mentor.pk, since=days(-4))
    assert one.days is None and one.rule == {}
    with pytest.raises(Refused):
        actions.sign_mentor(site_cast.manager_a, one.pk, 1, "可以")
    noted(site_cast.manager_a, one, -4)
    signed = actions.sign_mentor(site_cast.manager_a, one.pk, 1, "可以")
    with pytest.raises(Refused):
        actions.sign_director(site_cast.manager_a, one.pk, signed.version)
    assert actions.sign_director(site_cast.town_a, one.pk, signed.version).is_signed


def test_what_cannot_be_is_refused_beside_its_field(begun, site_cast):
    home, manager = site_cast.home_a, site_cast.manager_a
    other, cook = staff(home, "二号", since=-3), staff(home, "伍师傅", kind="cook")
    for field, given in (
        ("worker", {"worker": begun.worker_id}),
        ("mentor", {"mentor": begun.worker_id}),
        ("mentor", {"mentor": cook.pk}),
        ("mentor", {"mentor": other.pk}),
        ("place", {"place": 0}),
        ("since", {"since": days(200)}),
    ):
        with pytest.raises(Refused) as refusal:
            actions.begin(manager, home.pk, **({
                "worker": other.pk, "place": home.pk, "mentor": begun.mentor_id, "since": days(-1)} | given))
        assert field in refusal.value.fields, given
    for field, day, note in (("day", 1, "x"), ("day", -9, "x"), ("note", -1, " ")):
        with pytest.raises(Refused) as refusal:
            actions.note_day(manager, begun.pk, days(day), note)
        assert field in refusal.value.fields
    noted(manager, begun, -1)
    with pytest.raises(Refused):
        noted(manager, begun, -1)


def test_others_do_not_see_it_and_a_look_alone_writes_nothing(begun, site_cast):
    for actor, error in (
        (site_cast.manager_b, NotVisible), (site_cast.stranger, NotVisible), (site_cast.auditor, Forbidden),
    ):
        with pytest.raises(error):
            actions.note_day(actor, begun.pk, days(-1), "样例")
    assert queries.get_shadowing(site_cast.auditor, begun.pk) == begun
    assert queries.get_shadowing(site_cast.carer_a, begun.pk) == begun
    lone = people.make_user("carer_x", people.Role.CARER, people.TOWN_A, site_cast.home_a.pk)
    with pytest.raises(NotVisible):
        queries.get_shadowing(lone, begun.pk)


def test_the_database_holds_days_signatures_and_what_was_signed(begun, site_cast):
    noted(site_cast.carer_a, begun, -4, -3, -2)

    def put(**more):
        Shadowing.objects.filter(pk=begun.pk).update(**more)

    now = begun.begun_at
    for words, write in (
        ("signed_by_two", lambda: put(director_by=site_cast.manager_a, director_at=now)),
        ("with_a_word", lambda: put(mentor_by=site_cast.carer_a, mentor_at=now)),
        ("themselves", lambda: put(mentor=begun.worker)),
        ("too few", lambda: put(mentor_by=site_cast.carer_a, mentor_at=now, mentor_word="x", days=4)),
        ("day_says_what", lambda: ShadowDay.objects.create(shadowing=begun, day=days(-1), note="", by=begun.begun_by)),
        ("day lies", lambda: ShadowDay.objects.create(shadowing=begun, day=days(2), note="x", by=begun.begun_by)),
    ):
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            write()
    put(mentor_by=site_cast.carer_a, mentor_at=now, mentor_word="x")
    with pytest.raises(IntegrityError, match="signed_by_two"), transaction.atomic():
        put(director_by=site_cast.carer_a, director_at=now)
    put(director_by=site_cast.manager_a, director_at=now)
    with pytest.raises(IntegrityError, match="is not changed"), transaction.atomic():
        put(mentor_word="y")


def test_the_list_names_new_staff_with_whom_nobody_has_begun(begun, site_cast):
    late, old = staff(site_cast.home_a, "又来的", since=-2), staff(site_cast.home_a, "老员工")
    assert {new.worker for new in queries.unbegun(site_cast.manager_a)} == {late}
    assert queries.unbegun(site_cast.manager_b) == []
    text = people.client_for(site_cast.manager_a).get(reverse("homes:shadowings")).content.decode()
    assert "又来的" in text and f"worker={late.pk}" in text and old.name not in text


def test_the_pages_lead_from_beginning_to_signing(begun, site_cast):
    late = staff(site_cast.home_a, "又来的", since=-2)
    client = people.client_for(site_cast.manager_a)
    url = reverse("homes:shadowing_begin", args=[site_cast.home_a.pk])
    assert "开展至少7天的跟班学习" in client.get(url).content.decode()
    sent = {"worker": late.pk, "mentor": begun.mentor_id, "since": days(-2)}
    assert client.post(url, sent | {"mentor": ""}).status_code == 422
    assert client.post(url, sent).status_code == 302
    carer = people.client_for(site_cast.carer_a)
    page = reverse("homes:shadowing", args=[begun.pk])
    assert carer.post(reverse("homes:shadowing_day", args=[begun.pk]), {"day-day": days(-1), "day-note": ""}
                      ).status_code == 422
    noted(site_cast.carer_a, begun, -4, -3, -2)
    assert carer.post(reverse("homes:shadowing_mentor", args=[begun.pk]), {"version": 1, "mentor-word": "可以"}
                      ).status_code == 302
    assert "机构签字" in client.get(page).content.decode()
    assert client.post(reverse("homes:shadowing_director", args=[begun.pk]), {"version": 2}).status_code == 302
    assert "已签字" in carer.get(page).content.decode()


def test_where_the_mentor_leaves_the_home_is_asked_and_signs_in_their_place(begun, site_cast):
    noted(site_cast.carer_a, begun, -4, -3, -2)
    workforce.end_post(site_cast.manager_a, Post.objects.get(worker=begun.mentor).pk, days(0))
    asked = WorkItem.objects.get(kind="homes.mentor_left", state="open")
    assert (asked.site_ref, asked.params["new"]) == (begun.site_id, begun.worker.name)
    with pytest.raises(Refused):
        actions.sign_mentor(site_cast.carer_a, begun.pk, 1, "能独立照料")
    actions.sign_mentor(site_cast.manager_a, begun.pk, 1, "能独立照料")
    asked.refresh_from_db()
    assert asked.state == "done"


def test_who_leaves_before_it_is_signed_waits_for_nobody(begun, site_cast):
    noted(site_cast.carer_a, begun, -4, -3, -2)
    actions.sign_mentor(site_cast.carer_a, begun.pk, 1, "能独立照料")
    workforce.end_post(site_cast.manager_a, Post.objects.get(worker=begun.worker).pk, days(0))
    assert WorkItem.objects.get(kind="homes.shadowing").state == "dropped"
    client = people.client_for(site_cast.manager_a)
    shown = client.get(reverse("homes:shadowings") + "?stage=left").content.decode()
    assert begun.worker.name in shown and "签字前已离岗" in shown
    assert begun.worker.name not in client.get(reverse("homes:shadowings") + "?stage=mentor").content.decode()
