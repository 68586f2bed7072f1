"""Staff: who sees and edits whom, posts, certificates and their expiry."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.cast import TOWN_A, client_for, make_id_number

from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, Reveal, WorkItem
from yinian.workforce import actions, queries
from yinian.workforce.models import Certificate, Post, Worker


def day(n):
    return timezone.localdate() + dt.timedelta(days=n)


def enter(actor, site, name="彭爱莲", **more):
    given = {"sex": "female", "id_number": "", "phone": "13800138000", "kind": "carer", "since": day(-100), **more}
    return actions.add_worker(actor, name=name, site=site.pk, **given)


def test_a_home_manager_enters_staff_of_the_own_home_only(site_cast):
    number = make_id_number(dt.date(1975, 3, 8), "female")
    worker = enter(site_cast.manager_a, site_cast.home_a, id_number=number, sex="")
    assert (worker.sex, worker.birth_year, worker.name_initials) == ("female", 1975, "pal")
    assert number not in str(list(AuditRow.objects.values_list("detail", flat=True)))
    with pytest.raises(NotVisible):
        enter(site_cast.manager_a, site_cast.home_b, "戴小红")
    with pytest.raises(Forbidden):
        enter(site_cast.auditor, site_cast.home_a, "戴小红")
    assert Worker.objects.count() == 1


def test_the_same_card_is_one_person_with_two_posts(site_cast):
    number = make_id_number(dt.date(1975, 3, 8), "female")
    first = enter(site_cast.manager_a, site_cast.home_a, id_number=number)
    second = enter(site_cast.manager_b, site_cast.home_b, id_number=number)
    assert first.pk == second.pk and Post.objects.count() == 2
    with pytest.raises(Refused) as other:
        enter(site_cast.manager_b, site_cast.home_b, "别人", id_number=number)
    assert "id_number" in other.value.fields
    with pytest.raises(Refused) as twice:
        enter(site_cast.manager_a, site_cast.home_a, id_number=number)
    assert "site" in twice.value.fields and Post.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"id_number": "990681197503081234"}, "id_number"),
        ({"phone": "12"}, "phone"),
        ({"kind": "king"}, "kind"),
        ({"since": day(200)}, "since"),
        ({"name": "  "}, "name"),
    ],
)
def test_what_cannot_be_right_is_refused_beside_its_field(site_cast, wrong, field):
    given = dict(wrong)
    with pytest.raises(Refused) as caught:
        enter(site_cast.manager_a, site_cast.home_a, given.pop("name", "彭爱莲"), **given)
    assert field in caught.value.fields and not Worker.objects.exists() and not AuditRow.objects.exists()


def test_the_database_refuses_one_post_twice_and_a_certificate_that_ends_before_it_begins(site_cast):
    worker = enter(site_cast.manager_a, site_cast.home_a)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(worker=worker, site=site_cast.home_a, kind="cook", period=(day(-5), None))
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.create(worker=worker, kind="health", issued_on=day(0), expires_on=day(0))


def test_staff_elsewhere_are_not_found_and_a_refused_edit_changes_nothing(site_cast):
    worker = enter(site_cast.manager_a, site_cast.home_a)
    with pytest.raises(NotVisible):
        queries.get_worker(site_cast.manager_b, worker.pk)
    with pytest.raises(NotVisible):
        actions.edit_worker(site_cast.town_b, worker.pk, 1, name="改名", sex="female")
    with pytest.raises(Changed):
        actions.edit_worker(site_cast.town_a, worker.pk, 5, name="改名", sex="female")
    actions.edit_worker(site_cast.town_a, worker.pk, 1, name="彭爱兰", sex="female")
    worker.refresh_from_db()
    assert (worker.name, worker.version, worker.phone) == ("彭爱兰", 2, "13800138000")
    for url in ("", "edit/"):
        assert client_for(site_cast.manager_b).get(f"/workforce/{worker.pk}/{url}").status_code == 404
        assert client_for(site_cast.village_a).get(f"/workforce/{worker.pk}/{url}").status_code == 403


def test_a_full_number_is_shown_with_a_reason_that_is_kept(site_cast):
    number = make_id_number(dt.date(1975, 3, 8), "female")
    worker = enter(site_cast.manager_a, site_cast.home_a, id_number=number)
    client = client_for(site_cast.manager_a)
    page = client.get(f"/workforce/{worker.pk}/").content.decode()
    assert number not in page and "13800138000" not in page and "138****8000" in page
    assert client.post(f"/workforce/{worker.pk}/show/id_number/", {"reason": ""}).status_code == 422
    answer = client.post(
        f"/workforce/{worker.pk}/show/id_number/", {"reason": "核对健康证"}, headers={"HX-Request": "true"}
    )
    assert number in answer.content.decode() and Reveal.objects.get().reason == "核对健康证"
    assert client.post(f"/workforce/{worker.pk}/show/name/", {"reason": "试试"}).status_code == 404
    assert (
        client_for(site_cast.manager_b).post(f"/workforce/{worker.pk}/show/phone/", {"reason": "试试"}).status_code
        == 404
    )
    assert (
        client_for(site_cast.auditor).post(f"/workforce/{worker.pk}/show/phone/", {"reason": "试试"}).status_code
        == 403
    )


def test_carers_are_counted_with_the_certified_among_them(site_cast):
    for n in range(4):
        worker = enter(site_cast.manager_a, site_cast.home_a, f"彭爱{'莲兰英梅'[n]}")
        if n == 0:
            actions.add_certificate(site_cast.manager_a, worker.pk, kind="care_skill", level="5", issued_on=day(-300))
        if n == 1:
            actions.add_certificate(
                site_cast.manager_a, worker.pk, kind="training", issued_on=day(-700), expires_on=day(20)
            )
    enter(site_cast.manager_b, site_cast.home_b, "戴小红")
    enter(site_cast.manager_a, site_cast.home_a, "厨师", kind="cook")
    found = queries.carers(site_cast.town_a)
    assert (found.all, found.certified, found.trained, found.lapsing) == (4, 1, 1, 1)
    assert queries.carers(site_cast.bureau).all == 5
    client = client_for(site_cast.town_a)
    for query, names in (
        ("post=carer&certificate=care_skill", {"彭爱莲"}),
        ("expiring=soon", {"彭爱兰"}),
        ("post=cook", {"厨师"}),
        (f"site={site_cast.home_a.pk}&q=pay", {"彭爱英"}),
    ):
        page = client.get(f"/workforce/?{query}").content.decode()
        assert {n for n in ("彭爱莲", "彭爱兰", "彭爱英", "彭爱梅", "厨师", "戴小红") if f">{n}<" in page} == names, (
            query
        )


def test_a_certificate_that_runs_out_goes_to_the_manager_and_a_new_one_settles_it(site_cast):
    worker = enter(site_cast.manager_a, site_cast.home_a)
    paper = actions.add_certificate(
        site_cast.manager_a, worker.pk, kind="health", issued_on=day(-340), expires_on=day(25)
    )
    actions.add_certificate(site_cast.manager_a, worker.pk, kind="training", issued_on=day(-10), expires_on=day(700))
    assert actions.ask_about_expiring() == 1 and actions.ask_about_expiring() == 1
    item = WorkItem.objects.get(kind="workforce.certificate")
    assert (item.role, item.site_ref, item.state) == ("home_manager", site_cast.home_a.pk, "open")
    with pytest.raises(Refused):
        actions.add_certificate(site_cast.manager_a, worker.pk, kind="health", issued_on=day(1))
    actions.add_certificate(site_cast.manager_a, worker.pk, kind="health", issued_on=day(0), expires_on=day(365))
    item.refresh_from_db()
    assert item.state == "done" and actions.ask_about_expiring() == 0
    assert Certificate.objects.filter(pk=paper.pk).exists()


def test_without_a_manager_who_logs_in_the_town_is_asked_and_leaving_ends_it(site_cast):
    site_cast.manager_a.is_active = False
    site_cast.manager_a.save()
    worker = enter(site_cast.town_a, site_cast.home_a)
    actions.add_certificate(site_cast.town_a, worker.pk, kind="health", issued_on=day(-360), expires_on=day(5))
    actions.ask_about_expiring()
    item = WorkItem.objects.get(kind="workforce.certificate")
    assert (item.role, item.region_id, item.site_ref) == ("town_officer", TOWN_A, None)
    post = Post.objects.get()
    with pytest.raises(Refused):
        actions.end_post(site_cast.town_a, post.pk, day(-100))
    with pytest.raises(NotVisible):
        actions.end_post(site_cast.town_b, post.pk, day(0))
    actions.end_post(site_cast.town_a, post.pk, day(0))
    item.refresh_from_db()
    assert item.state == "dropped" and actions.ask_about_expiring() == 0


def test_who_works_elsewhere_now_is_asked_there_and_a_post_that_ended_later_asks_nobody(site_cast):
    worker = enter(site_cast.manager_a, site_cast.home_a)
    actions.add_certificate(site_cast.manager_a, worker.pk, kind="health", issued_on=day(-360), expires_on=day(5))
    actions.ask_about_expiring()
    first = WorkItem.objects.get(kind="workforce.certificate")
    assert first.site_ref == site_cast.home_a.pk
    post = Post.objects.get()
    actions.end_post(site_cast.manager_a, post.pk, day(1))  # tomorrow: still asked there
    first.refresh_from_db()
    assert first.state == "open"
    actions.add_post(site_cast.bureau, worker.pk, site=site_cast.home_b.pk, kind="carer", since=day(1))
    assert actions.ask_about_expiring(day(1)) == 1
    first.refresh_from_db()
    now = WorkItem.objects.get(kind="workforce.certificate", state="open")
    assert (first.state, now.site_ref) == ("dropped", site_cast.home_b.pk)
    Post.objects.filter(site=site_cast.home_b).update(period=(day(1), day(2)))
    assert actions.ask_about_expiring(day(3)) == 0
    now.refresh_from_db()
    assert now.state != "open"


def test_the_pages_of_staff_open_within_their_budgets(site_cast, django_assert_max_num_queries):
    for n in range(5):
        worker = enter(site_cast.manager_a, site_cast.home_a, f"彭爱{'莲兰英梅菊'[n]}")
    client = client_for(site_cast.bureau)
    for url, budget in (
        ("/workforce/", 14),
        (f"/workforce/{worker.pk}/", 18),
        ("/workforce/new/", 12),
        (f"/workforce/{worker.pk}/edit/", 14),
    ):
        with django_assert_max_num_queries(budget):
            assert client.get(url).status_code == 200, url
    page = client.get(f"/places/sites/{site_cast.home_a.pk}/").content.decode()
    assert "彭爱莲" in page
    answer = client.post("/workforce/new/", {"name": "戴小红", "site": site_cast.home_a.pk, "kind": "carer"})
    assert answer.status_code == 422 and "戴小红" in answer.content.decode()
    made = client.post(
        "/workforce/new/", {"name": "戴小红", "site": site_cast.home_a.pk, "kind": "carer", "since": str(day(0))}
    )
    assert made.status_code == 302
    answer = client.post(
        f"/workforce/{worker.pk}/certificates/", {"paper-kind": "health", "paper-issued_on": str(day(-1))}
    )
    assert answer.status_code == 302 and Certificate.objects.count() == 1


def test_the_api_gives_no_number_away(site_cast):
    number = make_id_number(dt.date(1975, 3, 8), "female")
    worker = enter(site_cast.manager_a, site_cast.home_a, id_number=number)
    client = client_for(site_cast.manager_a)
    answer = client.get(f"/api/workforce/{worker.pk}")
    assert number not in answer.content.decode() and "13800138000" not in answer.content.decode()
    assert answer.json()["name"] == "彭爱莲"
    assert client.get("/api/workforce/carers").json()["all"] == 1
    assert client_for(site_cast.manager_b).get(f"/api/workforce/{worker.pk}").status_code == 404
    assert client_for(site_cast.village_a).get("/api/workforce/").status_code == 403


def test_a_county_in_service_refuses_a_synthetic_number(site_cast, settings):
    settings.IN_SERVICE = True
    with pytest.raises(Refused) as refusal:
        enter(site_cast.manager_a, site_cast.home_a, id_number=make_id_number(dt.date(1975, 3, 8), "female"))
    assert "id_number" in refusal.value.fields and not Worker.objects.exists()
