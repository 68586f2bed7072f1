"""Activities of a home: planned weekly, with places that the database counts, held with who came."""

import datetime as dt
import io
import itertools

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from tests import cast as people
from tests.homes.conftest import lies
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.homes.living.activities import actions, queries
from yinian.homes.models import Activity, Participation

pytestmark = pytest.mark.django_db


def planned(cast, **more):
    return actions.plan(
        cast.manager_a, cast.home_a.pk,
        **{"kind": "song", "title": "花鼓戏", "starts_at": timezone.now() + dt.timedelta(days=1), "minutes": 60,
           "place": "活动室", "leader": "李老师"} | more,
    )


def begun(cast, **more):
    """An activity that has begun an hour ago."""
    now = timezone.now()
    return Activity.objects.create(
        **{"site": cast.home_a, "kind": "song", "title": "花鼓戏", "starts_at": now - dt.timedelta(hours=1),
           "ends_at": now, "place": "活动室", "leader": "李老师", "planned_by": cast.manager_a} | more
    )


@pytest.fixture
def other(beds):
    return lies(people.make_person(name="王大爷", sex="male"), beds["2"])


def test_a_weekly_activity_is_planned_as_rows_and_its_later_ones_cancelled_together(site_cast):
    made = planned(site_cast, weeks=4)
    assert [(b.starts_at - a.starts_at).days for a, b in itertools.pairwise(made)] == [7, 7, 7]
    assert len({one.series for one in made}) == 1 and made[0].ends_at - made[0].starts_at == dt.timedelta(hours=1)
    assert actions.cancel(site_cast.manager_a, made[1].pk, 1, "李老师外出", later=True) == 3
    assert list(Activity.objects.filter(state="planned")) == [made[0]]
    with pytest.raises(Changed):
        actions.cancel(site_cast.manager_a, made[1].pk, 1, "再取消")


def test_planning_says_what_is_wrong_beside_each_field(site_cast):
    with pytest.raises(Refused) as refusal:
        planned(site_cast, title=" ", kind="opera", starts_at=timezone.now(), minutes=0, weeks=99, capacity=0)
    assert set(refusal.value.fields) == {"title", "kind", "starts_at", "minutes", "weeks", "capacity"}
    with pytest.raises(Forbidden):
        actions.plan(site_cast.carer_a, site_cast.home_a.pk, kind="song", title="x", starts_at=timezone.now(),
                     minutes=1, place="x", leader="x")


def test_no_more_sign_up_than_there_are_places_and_the_database_holds_it(resident, other, site_cast):
    one = planned(site_cast, capacity=1)[0]
    first = actions.sign_up(site_cast.carer_a, one.pk, resident.pk)
    with pytest.raises(Refused):
        actions.sign_up(site_cast.carer_a, one.pk, other.pk)
    with pytest.raises(IntegrityError, match="all places are taken"), transaction.atomic():
        Participation.objects.create(activity=one, person=other.person, signed_by=site_cast.carer_a)
    actions.sign_off(site_cast.carer_a, one.pk, first.pk)
    assert actions.sign_up(site_cast.carer_a, one.pk, other.pk).person == other.person


def test_nobody_is_signed_up_twice_or_from_another_home(resident, site_cast):
    one = planned(site_cast)[0]
    actions.sign_up(site_cast.carer_a, one.pk, resident.pk)
    with pytest.raises(Refused):
        actions.sign_up(site_cast.carer_a, one.pk, resident.pk)
    there = lies(people.make_person(name="赵奶奶"), site_cast.home_b.beds.earliest("pk"))
    with pytest.raises(Refused):
        actions.sign_up(site_cast.carer_a, one.pk, there.pk)
    with pytest.raises(NotVisible):
        actions.sign_up(site_cast.manager_b, one.pk, there.pk)


def test_who_came_is_recorded_also_of_those_not_signed_up(resident, other, site_cast):
    one = begun(site_cast)
    Participation.objects.create(activity=one, person=resident.person, signed_by=site_cast.carer_a)
    actions.hold(site_cast.carer_a, one.pk, 1, [other.person_id], "很热闹")
    came = dict(one.participations.values_list("person", "came"))
    assert came == {resident.person_id: False, other.person_id: True}
    with pytest.raises(Changed):
        actions.hold(site_cast.carer_a, one.pk, 1, [])
    actions.hold(site_cast.manager_a, one.pk, 2, [resident.person_id])
    assert dict(one.participations.values_list("person", "came"))[resident.person_id] is True
    with pytest.raises(Refused):
        actions.hold(site_cast.carer_a, planned(site_cast)[0].pk, 1, [])


def test_who_took_part_in_nothing_stands_on_the_list(resident, other, site_cast):
    long_ago = timezone.now() - dt.timedelta(days=40)
    old = begun(site_cast, starts_at=long_ago, ends_at=long_ago + dt.timedelta(hours=1))
    for one, stay in ((begun(site_cast), other), (old, resident)):
        if stay is resident:  # who lives here only for thirty days came as a guest: the record is of that day
            type(stay).objects.filter(pk=stay.pk).update(period=(dt.date(2020, 1, 1), None))
        actions.hold(site_cast.carer_a, one.pk, 1, [stay.person_id])
    found = queries.taken_part_in_none(site_cast.manager_a, site_cast.home_a)
    assert [stay.person_id for stay in found] == [resident.person_id]
    page = people.client_for(site_cast.carer_a).get(reverse("homes:activity_none", args=[site_cast.home_a.pk])).text
    assert "李桂花" in page and "王大爷" not in page


def test_a_photo_is_kept_after_it_was_held_and_only_with_everybodys_consent(resident, site_cast):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    one = begun(site_cast)

    def picture():
        return SimpleUploadedFile("x.jpg", out.getvalue(), "image/jpeg")

    with pytest.raises(Refused):
        actions.add_photo(site_cast.carer_a, one.pk, picture(), agreed=True)
    actions.hold(site_cast.carer_a, one.pk, 1, [resident.person_id])
    assert queries.without_photo_consent(one) == ["李桂花"]
    with pytest.raises(Refused) as refusal:
        actions.add_photo(site_cast.carer_a, one.pk, picture(), agreed=False)
    assert "agreed" in refusal.value.fields
    actions.add_photo(site_cast.carer_a, one.pk, picture(), agreed=True)
    url = reverse("homes:activity_photo", args=[one.pk])
    assert people.client_for(site_cast.manager_a).get(url).status_code == 200
    assert people.client_for(site_cast.manager_b).get(url).status_code == 404


def test_pages_plan_sign_up_and_record(resident, site_cast):
    manager, carer = people.client_for(site_cast.manager_a), people.client_for(site_cast.carer_a)
    home = site_cast.home_a
    url = reverse("homes:activity_plan", args=[home.pk])
    sent = {"kind": "game", "title": "象棋", "minutes": "60", "place": "一楼", "leader": "", "weeks": "2", "note": "",
            "capacity": "", "starts_at": f"{timezone.localtime() + dt.timedelta(days=2):%Y-%m-%dT%H:%M}"}
    bad = manager.post(url, sent)
    assert bad.status_code == 422 and "象棋" in bad.text
    assert manager.post(url, sent | {"leader": "陈师傅"}).status_code == 302
    one = Activity.objects.earliest("starts_at")
    page = reverse("homes:activity", args=[one.pk])
    assert carer.post(reverse("homes:activity_sign", args=[one.pk]), {"stay": resident.pk}).status_code == 302
    assert "李桂花" in carer.get(page).text
    listed = carer.get(reverse("homes:activities", args=[home.pk]) + "?state=planned").text
    assert "象棋" in listed and "None" not in listed
    held = begun(site_cast)
    assert carer.post(reverse("homes:activity_hold", args=[held.pk]),
                      {"version": 1, "came": [resident.person_id], "report": "好"}).status_code == 302
    assert carer.get(reverse("homes:activity", args=[held.pk])).status_code == 200
