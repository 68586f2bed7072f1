"""Training: trainers with their proof, sessions, who attended and passed; certified or trained carers by home."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from tests.cast import client_for

from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.workforce import actions as staff_actions
from yinian.workforce import queries as staff
from yinian.workforce.models import Attendance, Certificate, Post, Trainer, Worker
from yinian.workforce.training import actions, queries

pytestmark = pytest.mark.django_db


def day(n):
    return timezone.localdate() + dt.timedelta(days=n)


def carer(home, name, kind="carer"):
    worker = Worker.objects.create(name=name, synthetic=True)
    Post.objects.create(worker=worker, site=home, kind=kind, period=(day(-500), None))
    return worker


def trainer(actor, **more):
    given = {"name": "刘师", "unit": "市社会福利院", "fields": ["care"], "proof": "聘书第3号", "since": day(-300)}
    return actions.keep_trainer(actor, None, 0, **(given | more))


def session(actor, who, on=-3, **more):
    given = {"day": day(on), "place": "指导中心", "trainer": who.pk, "field": "care", "subject": "失能照护",
             "hours": Decimal(4), "certificate": True}
    return actions.hold(actor, **(given | more))


@pytest.fixture
def held(site_cast):
    return session(site_cast.dispatcher, trainer(site_cast.bureau))


def test_the_county_keeps_its_trainers_with_field_and_proof(site_cast):
    made = trainer(site_cast.bureau)
    with pytest.raises(Refused) as refusal:
        trainer(site_cast.bureau, fields=[], proof=" ", until=day(-400))
    assert set(refusal.value.fields) == {"fields", "proof", "until"}
    with pytest.raises(Refused):
        trainer(site_cast.dispatcher)
    with pytest.raises(Forbidden):
        trainer(site_cast.manager_a)
    changed = actions.keep_trainer(
        site_cast.bureau, made.pk, 1, name="刘师", unit="市社会福利院", fields=["safety", "care"], proof="聘书",
        since=day(-300),
    )
    assert changed.fields == ["care", "safety"]
    with pytest.raises(Changed):
        actions.keep_trainer(
            site_cast.bureau, made.pk, 1, name="刘师", unit="院", fields=["care"], proof="聘书", since=day(-300)
        )
    assert queries.get_trainer(site_cast.manager_b, made.pk) == made
    with pytest.raises(NotVisible):
        queries.get_trainer(site_cast.stranger, made.pk)
    with pytest.raises(IntegrityError, match="field_and_proof"), transaction.atomic():
        Trainer.objects.filter(pk=made.pk).update(proof="")


def test_a_trainer_teaches_what_the_register_says_while_in_it(site_cast):
    who = trainer(site_cast.bureau, until=day(-1))
    for field, more in (
        ("field", {"field": "safety"}), ("trainer", {"on": 1}), ("hours", {"hours": Decimal(0)}),
        ("subject", {"subject": " "}),
    ):
        with pytest.raises(Refused) as refusal:
            session(site_cast.bureau, who, **more)
        assert set(refusal.value.fields) == {field}


def test_each_puts_own_staff_on_it_and_sees_no_others(site_cast, held):
    own, other = carer(site_cast.home_a, "彭爱莲"), carer(site_cast.home_b, "戴小红")
    assert actions.put_on(site_cast.manager_a, held.pk, [own.pk, other.pk]) == 1
    assert actions.put_on(site_cast.dispatcher, held.pk, [other.pk]) == 1
    with pytest.raises(Refused):
        actions.put_on(site_cast.dispatcher, held.pk, [other.pk])
    with pytest.raises(Forbidden):
        actions.put_on(site_cast.auditor, held.pk, [other.pk])
    assert [one.worker for one in queries.attended(site_cast.manager_a, held)] == [own]
    assert len(queries.attended(site_cast.bureau, held)) == 2


def test_who_passes_gets_a_certificate_once_and_counts_as_trained(site_cast, held):
    own = carer(site_cast.home_a, "彭爱莲")
    actions.put_on(site_cast.manager_a, held.pk, [own.pk])
    one = Attendance.objects.get()
    assert staff.by_home(site_cast.bureau).get(pk=site_cast.home_a.pk).qualified == 0
    with pytest.raises(Forbidden):
        actions.record_results(site_cast.manager_a, held.pk, {one.pk: "passed"})
    assert actions.record_results(site_cast.bureau, held.pk, {one.pk: "passed"}) == 1
    assert actions.record_results(site_cast.bureau, held.pk, {one.pk: "passed"}) == 0
    given = Certificate.objects.get()
    assert (given.worker, given.kind, given.issued_on) == (own, "training", held.day)
    with pytest.raises(Refused):
        actions.record_results(site_cast.bureau, held.pk, {one.pk: "failed"})
    found = staff.by_home(site_cast.bureau).get(pk=site_cast.home_a.pk)
    assert (found.carers, found.qualified, found.skilled) == (1, 1, 0)
    ahead = session(site_cast.bureau, held.trainer, on=5)
    actions.put_on(site_cast.manager_a, ahead.pk, [own.pk])
    late = ahead.attended.get()
    with pytest.raises(Refused):
        actions.record_results(site_cast.bureau, ahead.pk, {late.pk: "passed"})
    with pytest.raises(IntegrityError, match="not been held"), transaction.atomic():
        Attendance.objects.filter(pk=late.pk).update(outcome="passed")


def test_the_share_of_a_home_opens_into_the_people_who_lack_it(site_cast, held):
    ok, old = carer(site_cast.home_a, "彭爱莲"), carer(site_cast.home_a, "黄四妹")
    carer(site_cast.home_a, "戴小红")
    carer(site_cast.home_a, "伍师傅", "cook")
    Certificate.objects.create(worker=ok, kind="care_skill", issued_on=day(-100))
    Certificate.objects.create(worker=old, kind="training", issued_on=day(-900), expires_on=day(-3))
    client = client_for(site_cast.manager_a)
    text = client.get(reverse("workforce:homes")).content.decode()
    assert "33%" in text and f"site={site_cast.home_a.pk}&amp;post=carer&amp;lacks=qualified" in text
    rows = client.get(reverse("workforce:list") + f"?site={site_cast.home_a.pk}&post=carer&lacks=qualified")
    assert "戴小红" in rows.content.decode() and "黄四妹" in rows.content.decode()
    assert "彭爱莲" not in rows.content.decode()
    assert [home.lapsing for home in staff.by_home(site_cast.manager_a)] == [1]
    assert client.get(reverse("workforce:homes") + "?format=xlsx").status_code == 200


def test_the_year_tells_who_took_part_and_who_did_not(site_cast, held):
    came, not_yet = carer(site_cast.home_a, "彭爱莲"), carer(site_cast.home_a, "戴小红", "manager")
    today = session(site_cast.bureau, held.trainer, on=0)
    actions.put_on(site_cast.bureau, today.pk, [came.pk])
    actions.record_results(site_cast.bureau, today.pk, {today.attended.get().pk: "failed"})
    year = queries.year_so_far(site_cast.bureau)
    assert (year.staff, year.took_part) == (2, 1)
    assert queries.asked_a_year(site_cast.manager_a) == "2–3"
    client = client_for(site_cast.bureau)
    missing = client.get(reverse("workforce:list") + f"?took_part=not-{day(0).year}").content.decode()
    assert not_yet.name in missing and came.name not in missing


def test_the_pages_lead_from_a_trainer_to_the_results(site_cast):
    client = client_for(site_cast.bureau)
    sent = {"name": "刘师", "unit": "福利院", "fields_": ["care"], "proof": "", "since": day(-30)}
    assert client.post(reverse("workforce:new_trainer"), sent).status_code == 422
    assert client.post(reverse("workforce:new_trainer"), sent | {"proof": "聘书"}).status_code == 302
    who = Trainer.objects.get()
    given = {"subject": "失能照护", "field": "safety", "trainer": who.pk, "day": day(0), "place": "中心", "hours": "4"}
    assert client.post(reverse("workforce:new_training"), given).status_code == 422
    made = client.post(reverse("workforce:new_training"), given | {"field": "care"})
    own = carer(site_cast.home_a, "彭爱莲")
    pk = int(made.url.rstrip("/").rsplit("/", 1)[1])
    home = f"?home={site_cast.home_a.pk}"
    assert own.name in client.get(made.url + home).content.decode()
    assert client.post(reverse("workforce:put_on", args=[pk]) + home, {}).status_code == 422
    assert client.post(reverse("workforce:put_on", args=[pk]) + home, {"workers": [own.pk]}).status_code == 302
    name = f"o-{Attendance.objects.get().pk}"
    assert client.post(reverse("workforce:training_results", args=[pk]), {name: "passed"}).status_code == 302
    assert "合格" in client.get(made.url).content.decode()
    assert client.get(reverse("workforce:trainer", args=[who.pk])).status_code == 200
    assert client.get(reverse("workforce:trainings") + "?format=xlsx").status_code == 200


def test_an_account_is_tied_to_one_of_the_staff_of_its_site(site_cast):
    own = carer(site_cast.home_a, "潘燕")
    tied = staff_actions.tie_account(site_cast.manager_a, own.pk, site_cast.carer_a.pk)
    assert tied.user == site_cast.carer_a
    for user in (site_cast.carer_a, site_cast.manager_b):
        with pytest.raises(Refused):
            staff_actions.tie_account(site_cast.manager_a, carer(site_cast.home_a, "他人").pk, user.pk)
    assert staff_actions.tie_account(site_cast.manager_a, own.pk, None).user is None
