"""The desk, the list of work, and one item."""

import datetime as dt

import pytest
from django.utils import timezone
from tests.cast import A1, COUNTY, client_for

from yinian.core.inbox.kinds import KINDS, WorkKind
from yinian.core.inbox.models import WorkItem
from yinian.core.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kind():
    KINDS["test.look"] = WorkKind("test.look", "查看 %(what)s", "去查看", Role.VILLAGE_WORKER, 5)
    yield
    KINDS.pop("test.look")


def item(cast, days=0, region=A1, role="village_worker", what="档案", age=0, **more):
    return WorkItem.objects.create(
        kind="test.look", key=f"k{WorkItem.objects.count()}", params={"what": what}, url="/people/", role=role,
        region_id=region, created_by=cast.admin, due_on=timezone.localdate() + dt.timedelta(days=days),
        created_at=timezone.now() - dt.timedelta(days=age), **more,
    )


def test_the_desk_stands_in_the_order_of_urgency(cast):
    for days, what, age in ((9, "以后的", 5), (4, "新来的", 0), (0, "今天的", 0), (-2, "逾期的", 0)):
        item(cast, days, what=what, age=age)
    page = client_for(cast.village_a).get("/desk/").content.decode()
    places = [page.index(f"查看 {what}") for what in ("逾期的", "今天的", "新来的", "以后的")]
    assert places == sorted(places)
    assert "逾期 2 天" in page


def test_an_empty_day_says_so_kindly(cast):
    assert "没有待办事项" in client_for(cast.village_a).get("/desk/").content.decode()


def test_the_first_visit_explains_itself_once(cast):
    client = client_for(cast.village_a)
    assert "这是您的工作台" in client.get("/desk/").content.decode()
    assert client.post("/explained/", {"key": "desk", "next": "/desk/"})["Location"] == "/desk/"
    assert "这是您的工作台" not in client.get("/desk/").content.decode()


def test_an_item_is_taken_handed_over_and_closed_with_a_word(cast):
    made = item(cast)
    client = client_for(cast.village_a)
    assert client.post(f"/work/{made.pk}/take/", {"version": 1, "next": "/desk/"})["Location"] == "/desk/"
    made.refresh_from_db()
    assert made.taken_by == cast.village_a
    answer = client.post(f"/work/{made.pk}/hand-over/", {"version": 2, "to": cast.town_a.pk, "note": "不在我村"})
    assert answer.status_code == 302
    answer = client_for(cast.town_a).post(f"/work/{made.pk}/close/", {"version": 3, "outcome": "已核实", "needed": "1"})
    assert answer.status_code == 302
    made.refresh_from_db()
    assert (made.state, made.outcome, made.closed_by) == ("done", "已核实", cast.town_a)
    page = client_for(cast.town_a).get(f"/work/{made.pk}/").content.decode()
    assert all(word in page for word in ("已领办", "已移交", "不在我村", "已核实"))


def test_closing_without_a_word_is_refused_beside_the_field(cast):
    made = item(cast)
    answer = client_for(cast.village_a).post(f"/work/{made.pk}/close/", {"version": 1, "outcome": " "})
    assert answer.status_code == 422
    assert 'id="outcome-error"' in answer.content.decode()
    made.refresh_from_db()
    assert made.state == "open"


def test_who_comes_second_is_told_so_and_changes_nothing(cast):
    made = item(cast)
    WorkItem.objects.filter(pk=made.pk).update(version=2)
    answer = client_for(cast.village_a).post(f"/work/{made.pk}/close/", {"version": 1, "outcome": "已办"})
    assert answer.status_code == 409
    made.refresh_from_db()
    assert made.state == "open"


def test_an_item_is_handed_only_to_somebody_who_answers_for_the_area(cast):
    made = item(cast)
    answer = client_for(cast.village_a).post(f"/work/{made.pk}/hand-over/",
                                             {"version": 1, "to": cast.town_b.pk, "note": "请办"})
    assert answer.status_code == 422
    made.refresh_from_db()
    assert made.taken_by is None


def test_items_of_another_village_are_not_found(cast):
    made = item(cast)
    client = client_for(cast.village_b)
    assert client.get(f"/work/{made.pk}/").status_code == 404
    assert client.post(f"/work/{made.pk}/take/", {"version": 1}).status_code == 404
    assert "查看" not in client.get("/work/").content.decode().split('id="list"')[1]


def test_an_officer_sees_the_work_below_and_filters_what_is_overdue(cast):
    item(cast, -1, what="逾期的"), item(cast, 3, what="以后的"), item(cast, 3, COUNTY, "bureau_officer", "县里的")
    client = client_for(cast.bureau)
    table = client.get("/work/").content.decode().split('id="list"')[1]
    assert all(f"查看 {what}" in table for what in ("逾期的", "以后的", "县里的"))
    table = client.get("/work/?overdue=1").content.decode().split('id="list"')[1]
    assert "查看 逾期的" in table
    assert "查看 以后的" not in table


def test_the_desk_keeps_within_its_query_budget(cast, django_assert_max_num_queries):
    for n in range(30):
        item(cast, n - 10)
    client = client_for(cast.village_a)
    with django_assert_max_num_queries(20):
        client.get("/desk/")


def test_what_is_asked_of_somebody_by_name_is_theirs_and_when_late_rises_to_the_bureau_of_the_county(cast):
    from yinian.core.inbox import actions
    from yinian.core.inbox.queries import mine

    asked = actions.ask(
        cast.dispatcher, "test.look", key="named", region=COUNTY, params={"what": "评估"}, url="/", to=cast.assessor,
        role=Role.ASSESSOR, due_on=timezone.localdate() - dt.timedelta(days=1),
    )
    assert list(mine(cast.assessor)) == [asked]
    assert actions.escalate_overdue() == 1
    asked.refresh_from_db()
    assert (asked.role, asked.region_id, asked.taken_by) == (Role.BUREAU_OFFICER, COUNTY, None)
    assert list(mine(cast.bureau)) == [asked]
