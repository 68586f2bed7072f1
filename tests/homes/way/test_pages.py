"""The pages of the way from the wish to the bed, as the family, the office and the home use them in turn."""

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import client_for
from tests.homes.conftest import days
from tests.homes.way.making import PDF, answers, fresh, levelled
from yinian.homes.models import Agreement, BedApplication, Stay
from yinian.people.representatives.models import Representative


def test_family_officer_and_home_carry_a_person_from_wish_to_bed_on_their_pages(site_cast, beds):
    mine = levelled()
    Representative.objects.create(
        user=site_cast.member,
        person=mine,
        relation="child",
        period=(days(-10), None),
        evidence="户口簿",
        given_by=site_cast.village_a,
    )
    c = client_for(site_cast.member)
    assert c.get(f"/homes/own/{mine.pk}/apply/").status_code == 200
    r = c.post(f"/homes/own/{mine.pk}/apply/", {"kind": "long"})
    assert r.status_code == 302
    one = BedApplication.objects.get()
    assert c.get(f"/homes/own/applications/{one.pk}/change/").status_code == 200
    b = client_for(site_cast.dispatcher)
    assert b.get("/homes/applications/").status_code == 200
    assert client_for(site_cast.manager_a).get("/homes/applications/").status_code == 200
    r = b.post(f"/homes/applications/{one.pk}/accept/", {"version": one.version})
    assert r.status_code == 302
    assert "第1位" in b.get(f"/homes/applications/{one.pk}/").content.decode()
    assert b.get(f"/people/{mine.pk}/").status_code == 200
    r = b.get(f"/homes/applications/{one.pk}/match/")
    assert "101-1" in r.content.decode()
    assert (
        c.get(f"/homes/own/applications/{one.pk}/").status_code == 200
        and c.get(f"/people/own/{mine.pk}/").status_code == 200
    )
    assert b.get(f"/homes/beds/{beds['1'].pk}/next/").status_code == 200
    r = b.post(f"/homes/applications/{one.pk}/match/", {"version": fresh(one).version, "bed": beds["1"].pk})
    assert r.status_code == 302
    o = fresh(one).offers.get()
    assert (
        c.post(f"/homes/own/applications/{one.pk}/answer/", {"version": o.version, "answer": "accept"}).status_code
        == 302
    )
    m = client_for(site_cast.manager_a)
    assert m.post(f"/homes/applications/{one.pk}/intake/").status_code == 302
    assert m.get(f"/homes/applications/{one.pk}/risks/").status_code == 200
    r = m.post(f"/homes/applications/{one.pk}/risks/", {"version": 1, "sign": "1", **dict.fromkeys(answers(), "0")})
    assert r.status_code == 302
    assert c.get(f"/homes/own/applications/{one.pk}/").status_code == 200
    r = c.post(f"/homes/own/applications/{one.pk}/sign/", {"version": 2, "name": "王小明", "relation": "child"})
    assert r.status_code == 302
    assert m.get(f"/homes/applications/{one.pk}/risks/").status_code == 200
    r = m.post(
        f"/homes/applications/{one.pk}/agreement/", {"kind": "long", "basis": "tekun", "begins": days(0).isoformat()}
    )
    assert r.status_code == 302
    a = Agreement.objects.get()
    assert m.get(f"/homes/agreements/{a.pk}/draft/").content.startswith(b"%PDF")
    assert m.post(f"/homes/agreements/{a.pk}/issue/", {"version": 1}).status_code == 302
    assert m.get(f"/homes/applications/{one.pk}/agreement/").status_code == 200
    r = m.post(
        f"/homes/agreements/{a.pk}/sign/",
        {"version": 2, "signed-file": SimpleUploadedFile("x.pdf", PDF), "signed-on": days(0).isoformat()},
    )
    assert r.status_code == 302
    assert m.get(f"/homes/applications/{one.pk}/agreement/").status_code == 200
    r = m.post(f"/homes/agreements/{a.pk}/admit/", {"version": 3, "admit-on": days(0).isoformat()})
    assert r.status_code == 302
    assert Stay.objects.get().person == mine
    assert m.get(f"/homes/applications/{one.pk}/").status_code == 200
