"""Organisations, sites, prices, rooms and licences."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.cast import A1, TOWN_A, TOWN_B, client_for, make_home

from yinian.core import renewals
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, Region, WorkItem
from yinian.places.distance import kilometres
from yinian.places.models import Bed, Organisation, Price, Site
from yinian.places.sites import actions, queries


def region(code):
    return Region.objects.get(pk=code)


@pytest.mark.parametrize(
    ("one", "two", "km"),
    [
        ((28.8, 113.1), (28.8, 113.1), 0.0),
        ((0.0, 0.0), (0.0, 1.0), 111.195),  # a degree of the equator on the mean sphere
        ((39.9042, 116.4074), (31.2304, 121.4737), 1067.3),  # Beijing to Shanghai
        ((0.0, 0.0), (0.0, 180.0), 20015.1),
    ],
)
def test_distances_are_those_of_the_great_circle(one, two, km):
    assert kilometres(*one, *two) == pytest.approx(km, abs=0.6)
    assert kilometres(*two, *one) == pytest.approx(kilometres(*one, *two))


def test_sites_are_seen_within_reach_and_the_rest_is_not_found(site_cast):
    assert set(queries.visible_to(site_cast.bureau)) == {site_cast.home_a, site_cast.home_b}
    assert list(queries.visible_to(site_cast.town_a)) == [site_cast.home_a]
    assert list(queries.visible_to(site_cast.manager_b)) == [site_cast.home_b]
    assert not queries.visible_to(site_cast.stranger).exists()
    for url in (
        f"/places/sites/{site_cast.home_b.pk}/",
        f"/places/organisations/{site_cast.home_b.organisation_id}/",
    ):
        assert client_for(site_cast.town_a).get(url).status_code == 404
        assert client_for(site_cast.carer_a).get(url).status_code == 403


def test_an_edit_needs_the_version_it_was_made_from(site_cast):
    home = site_cast.home_a
    actions.edit_site(site_cast.town_a, home.pk, 1, phone="0730-5220000")
    with pytest.raises(Changed):
        actions.edit_site(site_cast.bureau, home.pk, 1, phone="0730-5229999")
    home.refresh_from_db()
    assert (home.phone, home.version) == ("0730-5220000", 2)
    with pytest.raises(NotVisible):
        actions.edit_site(site_cast.town_b, home.pk, 2, phone="1")
    with pytest.raises(Forbidden):
        actions.edit_site(site_cast.manager_a, home.pk, 2, phone="1")
    with pytest.raises(NotVisible):
        actions.edit_site(site_cast.town_a, home.pk, 2, region=region(TOWN_B))
    home.refresh_from_db()
    assert (home.phone, home.region_id) == ("0730-5220000", TOWN_A)


@pytest.mark.parametrize(
    "wrong", [{"lat": 28.8, "lon": None}, {"lat": 91.0, "lon": 0.0}, {"levels": [7]}, {"name": " "}]
)
def test_an_impossible_site_is_refused_and_nothing_changes(site_cast, wrong):
    with pytest.raises(Refused):
        actions.edit_site(site_cast.bureau, site_cast.home_a.pk, 1, **wrong)
    assert Site.objects.get(pk=site_cast.home_a.pk).version == 1
    assert not AuditRow.objects.filter(action="places.edit_site").exists()


def test_the_database_itself_refuses_half_a_position_and_a_bed_without_a_room(site_cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Site.objects.filter(pk=site_cast.home_a.pk).update(lat=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Bed.objects.create(site=site_cast.home_a, label="x", kind="plain")


def test_an_organisation_has_a_right_credit_code_once(cast):
    made = actions.save_organisation(
        cast.town_a, name="汨罗镇人民政府", kind="public", region=region(TOWN_A), credit_code="91110000600037341L"
    )
    with pytest.raises(Refused) as twice:
        actions.save_organisation(
            cast.town_a, name="别家", kind="public", region=region(TOWN_A), credit_code="91110000600037341L"
        )
    assert "credit_code" in twice.value.fields
    with pytest.raises(Refused):
        actions.save_organisation(
            cast.town_a, name="别家", kind="public", region=region(TOWN_A), credit_code="91110000600037341X"
        )
    site = actions.create_site(cast.town_a, made, name="汴塘村居家养老服务站", kind="station", region=region(A1))
    assert site.name_initials == "btcjjylfwz" and Organisation.objects.count() == 1


def test_prices_are_dated_and_the_one_in_force_is_shown(site_cast):
    home, today = site_cast.home_a, timezone.localdate()
    for days, fen in ((-400, 150_000), (-30, 180_000), (30, 200_000)):
        actions.set_price(
            site_cast.town_a,
            home.pk,
            item="床位费",
            amount_fen=fen,
            unit="month",
            from_date=today + dt.timedelta(days),
        )
    (line,) = queries.prices(home)
    assert (line.current.amount_fen, line.coming.amount_fen, [p.amount_fen for p in line.past]) == (
        180_000,
        200_000,
        [150_000],
    )
    with pytest.raises(Refused):
        actions.set_price(
            site_cast.town_a, home.pk, item="床位费", amount_fen=1, unit="month", from_date=today + dt.timedelta(30)
        )
    assert Price.objects.count() == 3


def test_beds_are_added_under_labels_that_stay_their_own(site_cast):
    home = site_cast.home_a
    room = actions.add_room(site_cast.town_a, home.pk, name="102", beds=2, kind="nursing")
    actions.add_beds(site_cast.town_a, room.pk, count=1, kind="plain")
    assert [bed.label for bed in room.beds.order_by("label")] == ["102-1", "102-2", "102-3"]
    with pytest.raises(Refused):
        actions.add_room(site_cast.town_a, home.pk, name="102")
    with pytest.raises(NotVisible):
        actions.add_beds(site_cast.town_b, room.pk, count=1, kind="plain")
    with pytest.raises(Refused):
        actions.add_beds(site_cast.town_a, room.pk, count=1, kind="home")


def test_a_licence_about_to_run_out_becomes_one_item_of_the_town_and_a_renewal_settles_it(site_cast):
    today = timezone.localdate()
    home = site_cast.home_a
    Site.objects.filter(pk=home.pk).update(licence_expires=today + dt.timedelta(days=30))
    Site.objects.filter(pk=site_cast.home_b.pk).update(licence_expires=today + dt.timedelta(days=300))
    assert actions.ask_about_expiring(today) == 1
    assert actions.ask_about_expiring(today) == 1
    item = WorkItem.objects.get(kind="places.licence")
    assert (item.region_id, item.role, item.state) == (TOWN_A, "town_officer", "open")
    actions.edit_site(site_cast.town_a, home.pk, 1, licence_expires=today + dt.timedelta(days=700))
    item.refresh_from_db()
    assert item.state == "done"


def test_the_list_filters_by_licence_kind_and_area_and_exports_what_is_filtered(
    site_cast, django_assert_max_num_queries
):
    Site.objects.filter(pk=site_cast.home_b.pk).update(licence_expires=timezone.localdate() + dt.timedelta(days=20))
    client = client_for(site_cast.bureau)
    with django_assert_max_num_queries(12):
        page = client.get("/places/?licence=soon").content.decode()
    assert "桃林寺镇敬老院" in page and "汨罗镇敬老院" not in page
    page = client.get(f"/places/?region={TOWN_A}&kind=home").content.decode()
    assert "汨罗镇敬老院" in page and "桃林寺镇敬老院" not in page
    answer = client.get("/places/?format=xlsx&licence=soon")
    assert answer.status_code == 200 and b"".join(answer.streaming_content).startswith(b"PK")


def test_a_refused_form_keeps_what_was_typed(site_cast):
    client = client_for(site_cast.bureau)
    url = f"/places/sites/{site_cast.home_a.pk}/edit/"
    assert client.get(url).status_code == 200
    given = {
        "version": 1,
        "name": "新名称",
        "kind": "home",
        "ownership": "public",
        "state": "open",
        "region": TOWN_A,
        "filed_beds": 4,
        "lat": "28.8",
    }
    answer = client.post(url, given)
    assert answer.status_code == 422 and "新名称" in answer.content.decode()
    answer = client.post(url, {**given, "lon": "113.1", "version": 9})
    assert answer.status_code == 409 and "新名称" in answer.content.decode()
    assert client.post(url, {**given, "lon": "113.1"}).status_code == 302
    assert Site.objects.get(pk=site_cast.home_a.pk).name == "新名称"


def test_every_page_of_sites_opens_within_its_budget(site_cast, django_assert_max_num_queries):
    client = client_for(site_cast.bureau)
    make_home(TOWN_A, "第三家")
    for url in (
        "/places/organisations/",
        "/places/organisations/new/",
        f"/places/organisations/{site_cast.home_a.organisation_id}/",
        f"/places/organisations/{site_cast.home_a.organisation_id}/sites/new/",
    ):
        with django_assert_max_num_queries(14):
            assert client.get(url).status_code == 200, url
    with django_assert_max_num_queries(30):
        assert client.get(f"/places/sites/{site_cast.home_a.pk}/").status_code == 200


def test_the_api_shows_the_same_within_the_same_reach(site_cast):
    client = client_for(site_cast.town_a)
    assert [s["name"] for s in client.get("/api/places/sites").json()] == ["汨罗镇敬老院"]
    assert client.get(f"/api/places/sites/{site_cast.home_b.pk}").status_code == 404
    assert client_for(site_cast.carer_a).get("/api/places/sites").status_code == 403
    answer = client.post(f"/api/places/regions/{A1}/hamlets", {"name": "樟树屋场"}, content_type="application/json")
    assert answer.status_code == 201 and answer.json()["code"] == A1 + "01"


def open_days(home):
    return [(one.period.lower, one.period.upper) for one in home.open_days.all()]


def test_the_days_a_site_was_open_follow_its_state_and_their_corrections(site_cast):
    home, today = site_cast.home_a, timezone.localdate()
    week, month, year = (today - dt.timedelta(days=n) for n in (7, 30, 365))
    assert open_days(home) == [(None, None)]  # nobody said since when
    home = actions.edit_site(site_cast.bureau, home.pk, 1, opened_on=year)
    home = actions.edit_site(site_cast.bureau, home.pk, 2, state="closed")
    assert home.state_since == today and open_days(home) == [(year, today)]
    home = actions.edit_site(site_cast.bureau, home.pk, 3, state_since=month)
    assert open_days(home) == [(year, month)]
    with pytest.raises(Refused) as refused:  # it was open until then
        actions.edit_site(site_cast.bureau, home.pk, 4, state="open", state_since=month - dt.timedelta(days=1))
    assert "state_since" in refused.value.fields
    home = actions.edit_site(site_cast.bureau, home.pk, 4, state="open", state_since=week)
    assert open_days(home) == [(year, month), (week, None)]
    with pytest.raises(Refused) as refused:
        actions.edit_site(site_cast.bureau, home.pk, 5, state="closed", state_since=today + dt.timedelta(days=1))
    assert "state_since" in refused.value.fields


def test_nobody_writes_the_days_a_site_was_open_past_its_state(site_cast):
    home, today = site_cast.home_a, timezone.localdate()
    for write in (
        lambda: site_cast.home_b.open_days.create(period=(None, today - dt.timedelta(days=900))),
        lambda: home.open_days.update(period=(today - dt.timedelta(days=365), None)),
        lambda: home.open_days.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="follow its state"), transaction.atomic():
            write()
    assert open_days(home) == open_days(site_cast.home_b) == [(None, None)]
    Site.objects.filter(pk=home.pk).update(state="closed", state_since=today - dt.timedelta(days=3))
    assert open_days(home) == [(None, today - dt.timedelta(days=3))]


def test_how_long_before_a_licence_runs_out_it_is_asked_about_is_the_packs_to_say(site_cast, monkeypatch):
    today = timezone.localdate()
    Site.objects.filter(pk=site_cast.home_a.pk).update(licence_expires=today + dt.timedelta(days=50))
    assert actions.ask_about_expiring() == 1
    monkeypatch.setattr(renewals, "notice_days", lambda region: 40)
    assert actions.ask_about_expiring(today) == 0 and not queries.to_renew(Site.objects.all()).exists()
    monkeypatch.setattr(renewals, "notice_days", lambda region: 50)
    assert list(queries.to_renew(Site.objects.all())) == [site_cast.home_a]
    assert renewals.days_said([TOWN_A]) == 50
