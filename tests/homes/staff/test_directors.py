"""Directors: appointed by the town's document, one at a time; who has none and who is not trained."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests import cast as people
from tests.homes.conftest import days
from tests.homes.staff.making import staff
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem
from yinian.homes.directors import actions, queries
from yinian.homes.models import Appointment
from yinian.workforce import actions as workforce
from yinian.workforce.models import Attendance, Post, Trainer, TrainingSession

pytestmark = pytest.mark.django_db


def appointed(actor, home, worker, since=-100, **more):
    given = {"until": None, "document": "关于委派院长的通知", "number": "〔2026〕3号", "issuer": "汨罗镇人民政府"}
    return actions.appoint(actor, home.pk, worker=worker.pk, since=days(since), **(given | more))


def trained(worker, actor, day=-10, field="management", outcome="passed"):
    trainer = Trainer.objects.create(
        region_id=people.COUNTY, name=f"师{day}{field}", unit="指导中心", fields=[field], proof="聘书", since=days(-900)
    )
    session = TrainingSession.objects.create(
        region_id=people.COUNTY, day=days(day), place="指导中心", trainer=trainer, field=field, subject="院长管理培训",
        hours=8, made_by=actor,
    )
    return Attendance.objects.create(session=session, worker=worker, outcome=outcome, by=actor)


def test_the_town_appoints_one_director_at_a_time(site_cast):
    home, head = site_cast.home_a, staff(site_cast.home_a, "周院长", "manager")
    made = appointed(site_cast.town_a, home, head)
    with pytest.raises(Refused) as refusal:
        appointed(site_cast.bureau, home, staff(home, "彭爱莲"))
    assert "since" in refusal.value.fields
    for actor, error in (
        (site_cast.manager_a, Forbidden), (site_cast.town_b, NotVisible), (site_cast.stranger, NotVisible),
    ):
        with pytest.raises(error):
            appointed(actor, home, head)
    with pytest.raises(Refused) as refusal:
        actions.end(site_cast.town_a, made.pk, 1, on=days(-200), reason="调离")
    assert "on" in refusal.value.fields
    ended = actions.end(site_cast.town_a, made.pk, 1, on=days(-1), reason="调离")
    assert ended.period.upper == days(-1)
    with pytest.raises(Changed):
        actions.end(site_cast.town_a, made.pk, 2, on=days(-2), reason="再调")
    appointed(site_cast.town_a, home, staff(home, "接任者"), since=-1)


def test_what_is_missing_is_said_beside_its_field(site_cast):
    outsider = staff(site_cast.home_b, "别院人")
    with pytest.raises(Refused) as refusal:
        appointed(site_cast.town_a, site_cast.home_a, outsider, document=" ", until=days(-200))
    assert set(refusal.value.fields) == {"worker", "document", "until"}


def test_the_database_holds_one_director_a_document_and_the_post(site_cast):
    home, head = site_cast.home_a, staff(site_cast.home_a, "周院长", "manager")
    made = appointed(site_cast.town_a, home, head)

    def put(**more):
        given = {"site": home, "worker": head, "period": (days(5), None), "document": "文", "issuer": "镇",
                 "made_by": site_cast.town_a}
        Appointment.objects.create(**(given | more))

    outsider = staff(site_cast.home_b, "别院人")
    for words, more in (
        ("one_director_at_a_time", {}),
        ("holds a post", {"worker": outsider}),
        ("rests_on_a_document", {"document": "", "period": (days(-900), days(-800))}),
    ):
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            put(**more)
    with pytest.raises(IntegrityError, match="ended_says_why"), transaction.atomic():
        Appointment.objects.filter(pk=made.pk).update(ended_by=site_cast.town_a)


def test_the_bureau_finds_homes_without_director_and_directors_not_trained(site_cast):
    home, head = site_cast.home_a, staff(site_cast.home_a, "周院长", "manager")
    appointed(site_cast.town_a, home, head)
    found = queries.by_home(site_cast.bureau)
    assert list(found.filter(queries.WITHOUT)) == [site_cast.home_b]
    assert list(found.filter(queries.UNTRAINED)) == [home]
    trained(head, site_cast.bureau, field="care")
    trained(head, site_cast.bureau, day=-20, outcome="failed")
    assert queries.by_home(site_cast.bureau).filter(queries.UNTRAINED).exists()
    trained(head, site_cast.bureau)
    assert not queries.by_home(site_cast.bureau).filter(queries.UNTRAINED).exists()
    client = people.client_for(site_cast.bureau)
    text = client.get(reverse("homes:directors")).content.decode()
    assert "周院长" in text and "委派到位" in text
    text = client.get(reverse("homes:directors") + "?stands=none").content.decode()
    assert site_cast.home_b.name in text and "周院长" not in text
    assert client.get(reverse("homes:directors") + "?format=xlsx").status_code == 200


def test_the_town_records_and_ends_an_appointment_on_its_pages(site_cast):
    home, head = site_cast.home_a, staff(site_cast.home_a, "周院长", "manager")
    client = people.client_for(site_cast.town_a)
    url = reverse("homes:director_appoint", args=[home.pk])
    assert "汨罗镇人民政府" in client.get(url).content.decode()
    sent = {"worker": head.pk, "issuer": "汨罗镇人民政府", "document": "", "since": days(-3)}
    assert client.post(url, sent).status_code == 422
    assert client.post(url, sent | {"document": "委派通知"}).status_code == 302
    made = Appointment.objects.get()
    end = reverse("homes:director_end", args=[made.pk])
    assert client.post(end, {"version": 1, f"e{made.pk}-on": days(0), f"e{made.pk}-reason": ""}).status_code == 422
    assert client.post(end, {"version": 1, f"e{made.pk}-on": days(0), f"e{made.pk}-reason": "调离"}).status_code == 302
    assert "调离" in client.get(reverse("homes:director", args=[home.pk])).content.decode()


def test_where_a_directors_post_ends_the_town_is_asked_to_end_the_appointment(site_cast):
    home, head = site_cast.home_a, staff(site_cast.home_a, "周院长", "manager")
    made = appointed(site_cast.town_a, home, head)
    workforce.end_post(site_cast.manager_a, Post.objects.get(worker=head).pk, days(0))
    made.refresh_from_db()
    asked = WorkItem.objects.get(kind="homes.director_left", state="open")
    assert made.period.upper is None and (asked.role, asked.region_id) == ("town_officer", people.TOWN_A)
    assert people.client_for(site_cast.town_a).get(asked.url).status_code == 200
    actions.end(site_cast.town_a, made.pk, made.version, on=days(0), reason="离岗")
    asked.refresh_from_db()
    assert asked.state == "done"
