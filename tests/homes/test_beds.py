"""Beds counted, free beds found from a village, the plan, and the pages of homes."""

import pytest
from django.db import IntegrityError

from tests.cast import A1, A2, B1, TOWN_A, TOWN_B, client_for, make_home, make_person
from tests.homes.conftest import days, lies
from tests.homes.fees import price_home
from tests.homes.way.making import levelled, waits
from yinian.core.models import Region
from yinian.homes.beds import queries
from yinian.homes.models import Stay
from yinian.homes.stays import queries as stays
from yinian.homes.way.offers import matching
from yinian.places.models import Bed, Room, Site


def test_every_figure_is_counted_from_the_beds(site_cast, beds):
    lies(make_person(A1), beds["1"])
    lies(make_person(A2, "何满姑"), beds["2"], since=5)  # kept for her
    lies(make_person(A2, "何细姑"), beds["3"], since=-90, until=-1)  # has left
    Bed.objects.filter(pk=beds["4"].pk).update(state="out")
    Site.objects.filter(pk=site_cast.home_a.pk).update(filed_beds=10)
    home = queries.listed(site_cast.bureau).get(pk=site_cast.home_a.pk)
    assert (home.real_beds, home.usable, home.nursing, home.occupied) == (4, 3, 2, 1)
    assert (home.free, home.free_nursing, home.gap) == (1, 0, 6)
    total, towns = queries.board(queries.listed(site_cast.bureau))
    assert (total.homes, total.real, total.filed, total.free, total.gap) == (2, 8, 14, 5, 6)
    assert [line.region.code for line in towns] == [TOWN_B, TOWN_A]
    assert total.rate == pytest.approx(1 / 7)


def test_the_nearest_home_with_the_wanted_bed_comes_first(site_cast, beds):
    Region.objects.filter(pk=A1).update(lat=28.80, lon=113.00, schematic=True)
    Site.objects.filter(pk=site_cast.home_a.pk).update(lat=28.80, lon=113.10, levels=[0, 1])
    Site.objects.filter(pk=site_cast.home_b.pk).update(lat=28.80, lon=113.02, levels=[0, 1, 2, 3])
    far = make_home(TOWN_A, "无坐标敬老院")
    Site.objects.filter(pk=far.pk).update(lat=None, lon=None)
    near = Region.objects.get(pk=A1)
    offers = queries.nearest(site_cast.village_a, near, kind="nursing")
    assert [o.home for o in offers] == [site_cast.home_b, site_cast.home_a, far]
    assert offers[0].km == pytest.approx(1.95, abs=0.05) and offers[0].schematic and offers[2].km is None
    assert [o.home for o in queries.nearest(site_cast.village_a, near, level=3)] == [site_cast.home_b]
    for bed in site_cast.home_b.beds.filter(kind="nursing"):
        lies(make_person(B1, f"张{bed.label[-1]}妹"), bed)
    assert site_cast.home_b not in [o.home for o in queries.nearest(site_cast.village_a, near, kind="nursing")]
    (plain,) = [o for o in queries.nearest(site_cast.village_a, near, kind="plain") if o.home == site_cast.home_b]
    assert plain.free_of("plain") == 2
    assert queries.nearest(site_cast.stranger, near) == []


def test_a_free_bed_is_looked_for_by_what_it_costs(site_cast, beds):
    price_home(site_cast.home_a)
    near = Region.objects.get(pk=A1)

    def found(**wanted):
        offers = queries.nearest(site_cast.village_a, near, **wanted)
        return [(offer.home, offer.price_of(wanted.get("kind", ""))) for offer in offers]

    assert (site_cast.home_a, 60000) in found(kind="nursing") and (site_cast.home_a, 45000) in found()
    assert found(kind="nursing", most_fen=60000) == [(site_cast.home_a, 60000)], "what is not published is not told"
    assert found(kind="nursing", most_fen=59999) == []
    page = client_for(site_cast.village_a).get("/homes/free-beds/?kind=plain&most=450").content.decode()
    assert site_cast.home_a.name in page and "450" in page and site_cast.home_b.name not in page
    (fit,) = [fit for fit in matching.suggestions(waits(site_cast, levelled())) if fit.home == site_cast.home_a]
    assert fit.price_fen == 45000


def test_a_village_worker_reaches_the_free_beds_nearest_to_home_in_three_pages(site_cast, beds):
    Region.objects.filter(pk=A1).update(lat=28.80, lon=113.00, schematic=True)
    client = client_for(site_cast.village_a)
    assert "/homes/free-beds/" in client.get("/homes/").content.decode()
    page = client.get("/homes/free-beds/").content.decode()
    assert "汴塘村" in page and f"/homes/free-beds/{site_cast.home_b.pk}/" in page and "公里" in page
    lies(make_person(B1, "张梅英"), site_cast.home_b.beds.first())
    page = client.get(f"/homes/free-beds/{site_cast.home_b.pk}/?near={A1}&kind=nursing").content.decode()
    assert "101-2" in page and "101-1" not in page and "张梅英" not in page
    assert client_for(site_cast.stranger).get(f"/homes/free-beds/{site_cast.home_b.pk}/").status_code == 404


def test_the_plan_shows_names_only_to_those_who_may_see_residents(site_cast, beds):
    person = make_person(B1, "张梅英")
    lies(person, beds["1"])
    url = f"/homes/{site_cast.home_a.pk}/"
    for user, named in ((site_cast.town_a, True), (site_cast.manager_a, True), (site_cast.reviewer, False)):
        answer = client_for(user).get(url)
        assert answer.status_code == 200 and ("张梅英" in answer.content.decode()) is named
    statuses = [
        c.status for f in queries.plan(site_cast.reviewer, site_cast.home_a) for r in f.rooms for c in r.cells
    ]
    assert statuses == ["occupied", "free", "free", "free"]


def test_out_of_scope_is_not_found_and_without_the_right_is_refused(site_cast, beds):
    stay = lies(make_person(A1), beds["1"])
    pk = site_cast.home_a.pk
    pages = [
        f"/homes/{pk}/",
        f"/homes/{pk}/residents/",
        f"/homes/{pk}/admit/",
        f"/homes/stays/{stay.pk}/",
        f"/homes/beds/{beds['1'].pk}/",
        f"/homes/{pk}/rooms/new/",
    ]
    for url in pages:
        assert client_for(site_cast.town_b).get(url).status_code == 404, url
        assert client_for(site_cast.admin).get(url).status_code == 403, url
    posts = [
        f"/homes/stays/{stay.pk}/discharge/",
        f"/homes/stays/{stay.pk}/bed/",
        f"/homes/stays/{stay.pk}/take-back/",
        f"/homes/beds/{beds['2'].pk}/out/",
        f"/homes/beds/{beds['2'].pk}/in/",
    ]
    for url in posts:
        given = {"reason": "试", "version": 1, "leave-on": str(days(0)), "leave-reason": "试"}
        assert client_for(site_cast.town_b).post(url, given).status_code == 404, url
        assert client_for(site_cast.auditor).post(url, given).status_code == 403, url
    stay.refresh_from_db()
    assert stay.period.upper is None and Bed.objects.filter(state="out").count() == 0


def test_admission_by_hand_finds_chooses_and_refuses_beside_the_field(site_cast, beds):
    person = make_person(A1, "张梅英")
    client = client_for(site_cast.manager_a)
    url = f"/homes/{site_cast.home_a.pk}/admit/"
    assert client.post(url, {"search": "1", "find": "张"}).status_code == 422
    page = client.post(url, {"search": "1", "find": person.id_number, "bed": beds["1"].pk})
    assert page.status_code == 200 and "张梅英" in page.content.decode()
    (found,) = stays.candidates(site_cast.manager_a, site_cast.home_a, person.id_number)
    given = {
        "find": person.id_number,
        "choice": f"{person.pk} {found.proof}",
        "bed": beds["1"].pk,
        "basis": "private",
    }
    answer = client.post(url, given)
    assert answer.status_code == 422 and "张梅英" in answer.content.decode()
    assert client.post(url, {**given, "on": str(days(0))}).status_code == 302
    assert Stay.objects.get().bed == beds["1"]
    other = make_person(A1, "李桂花")
    (found,) = stays.candidates(site_cast.manager_a, site_cast.home_a, other.id_number)
    answer = client.post(
        url, {**given, "find": other.id_number, "choice": f"{other.pk} {found.proof}", "on": str(days(0))}
    )
    assert answer.status_code == 422 and "张梅英" in answer.content.decode()


def test_the_pages_of_homes_keep_their_query_budgets(site_cast, beds, django_assert_max_num_queries):
    for n in range(3):
        make_home(TOWN_A, f"第{n}敬老院")
    stay = lies(make_person(A1), beds["1"])
    client = client_for(site_cast.bureau)
    for url, budget in (
        ("/homes/", 12),
        (f"/homes/{site_cast.home_a.pk}/residents/", 12),
        ("/homes/board/", 10),
        ("/homes/free-beds/", 14),
        (f"/homes/{site_cast.home_a.pk}/", 25),
        (f"/homes/stays/{stay.pk}/", 20),
        (f"/homes/beds/{beds['1'].pk}/", 20),
        (f"/homes/{site_cast.home_a.pk}/admit/", 16),
    ):
        with django_assert_max_num_queries(budget):
            assert client.get(url).status_code == 200, url


def test_lists_go_to_excel_and_say_nothing_beyond_the_reach(site_cast, beds):
    from io import BytesIO

    from python_calamine import CalamineWorkbook

    lies(make_person(A1, "张梅英"), beds["1"])
    answer = client_for(site_cast.town_a).get("/homes/?format=xlsx")
    rows = (
        CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0).to_python()
    )
    assert [row[0] for row in rows[1:]] == ["汨罗镇敬老院"]
    answer = client_for(site_cast.town_a).get(f"/homes/{site_cast.home_a.pk}/residents/?format=xlsx")
    rows = (
        CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0).to_python()
    )
    assert rows[1][0] == "张梅英" and "***" in rows[1][-1]


def test_the_api_admits_within_the_same_rules(site_cast, beds):
    person = make_person(A1)
    client = client_for(site_cast.town_a)
    given = {"person": person.pk, "bed": beds["1"].pk, "basis": "private", "on": str(days(0))}
    made = client.post("/api/homes/stays", given, content_type="application/json")
    assert made.status_code == 201 and made.json()["since"] == str(days(0))
    again = client.post(
        "/api/homes/stays", {**given, "person": make_person(A2, "何满姑").pk}, content_type="application/json"
    )
    assert again.status_code == 422 and "bed" in again.json()["fields"]
    assert (
        client_for(site_cast.town_b).post("/api/homes/stays", given, content_type="application/json").status_code
        == 404
    )
    assert (
        client_for(site_cast.auditor).post("/api/homes/stays", given, content_type="application/json").status_code
        == 403
    )
    assert client.get(f"/api/homes/free-beds?near={A1}&kind=nursing").json()[0]["free_nursing"] >= 1


def test_a_room_is_set_aside_unless_somebody_of_the_other_sex_lives_in_it(site_cast, beds):
    room = beds["1"].room
    person = lies(make_person(B1, "张梅英", sex="female"), beds["1"])
    client = client_for(site_cast.bureau)
    url = f"/homes/{site_cast.home_a.pk}/rooms/{room.pk}/"
    given = {"name": room.name, "building": room.building, "floor": room.floor}
    answer = client.post(url, {**given, "sex": "male"})
    assert answer.status_code == 422 and "异性" in answer.content.decode()
    assert client.post(url, {**given, "sex": "female"}).status_code == 302
    room.refresh_from_db()
    assert (room.sex, person.bed_id) == ("female", beds["1"].pk)
    with pytest.raises(IntegrityError, match="other sex lives in the room"):
        Room.objects.filter(pk=room.pk).update(sex="male")


def test_day_places_are_added_shown_and_not_counted_as_beds(site_cast, beds):
    client = client_for(site_cast.bureau)
    home = site_cast.home_a
    before = queries.with_figures(queries.visible_to(site_cast.bureau)).get(pk=home.pk)
    assert client.post(f"/homes/{home.pk}/day-places/", {"count": "0"}).status_code == 422
    assert client.post(f"/homes/{home.pk}/day-places/", {"count": "3"}).status_code == 302
    after = queries.with_figures(queries.visible_to(site_cast.bureau)).get(pk=home.pk)
    assert (after.real_beds, after.free, after.day_places) == (before.real_beds, before.free, 3)
    page = client.get(f"/homes/{home.pk}/").content.decode()
    assert "日托1" in page and "日托3" in page
    place = home.beds.filter(kind="day").earliest("pk")
    assert "空闲" in client.get(f"/homes/beds/{place.pk}/").content.decode()
