"""The list page: paging, filters, sorting, column choice, Excel."""

import datetime as dt
import io

import openpyxl
import pytest
from django.test import RequestFactory
from tests.cast import A1, COUNTY, TOWN_A, client_for

from yinian.core.inbox.models import WorkItem
from yinian.core.lists import Column, Filter, ListView, compact, count_text, render_list
from yinian.core.models import AuditRow, User

pytestmark = pytest.mark.django_db


def items(cast, count, **more):
    """Work items of the county, due on days that repeat, so that the key must break ties."""
    base = dt.date(2026, 1, 5)
    return [
        WorkItem.objects.create(
            kind="test.kind", key=f"{more.get('region_id', COUNTY)}-{n}", role="bureau_officer",
            region_id=more.get("region_id", COUNTY), created_by=cast.admin, due_on=base + dt.timedelta(days=n % 4),
        )
        for n in range(count)
    ]


def view(**more):
    return ListView(
        title="items", default_sort=("due", "asc"), page_size=5, key="test",
        columns=[Column("key", "Key", lambda i: i.key, sort="key"),
                 Column("due", "Due", lambda i: i.due_on, kind="day", sort="due_on"),
                 Column("closed", "Closed", lambda i: i.closed_at, kind="moment", sort="closed_at", default=False)],
        filters=[Filter("since", "Since", lambda qs, day: qs.filter(due_on__gte=day), kind="date_from"),
                 Filter("region", "Area", lambda qs, code: qs.filter(region__code__startswith=code), kind="region"),
                 Filter("late", "Late", lambda qs, _v: qs.filter(due_on__lt=dt.date(2026, 1, 6)), kind="bool")],
        **more,
    )


def ask(actor, address="/work/", spec=None, headers=None):
    request = RequestFactory().get(address, headers=headers or {})
    request.user = User.objects.get(pk=actor.pk)
    request.resolver_match = None
    request.session = {}
    request._messages = []
    return request, spec or view()


def walk(actor, spec, address, step):
    """Every page from the beginning, by its own links."""
    seen, pages = [], 0
    while address and pages < 20:
        request, _spec = ask(actor, address)
        found = {}
        response = _listed(request, spec, found)
        assert response.status_code == 200
        seen.append([row["pk"] for row in found["rows"]])
        address, pages = found[step], pages + 1
    return seen


def _listed(request, spec, found):
    from yinian.core import lists

    kept = lists.render

    def spy(request, template, context):
        found.update(context["list"])
        return kept(request, template, context)

    lists.render = spy
    try:
        return render_list(request, spec, WorkItem.objects.select_related("region"))
    finally:
        lists.render = kept


@pytest.mark.parametrize("sort", ["due", "-due", "key", "-key", "closed", "-closed"])
def test_every_row_is_met_once_in_order_whatever_the_sorting(cast, sort):
    made = items(cast, 17)
    WorkItem.objects.filter(pk__in=[made[2].pk, made[9].pk, made[11].pk]).update(
        state="done", closed_at=dt.datetime(2026, 2, 1, tzinfo=dt.UTC), closed_by=cast.admin
    )
    pages = walk(cast.bureau, view(), f"/work/?sort={sort}", "next_url")
    flat = [pk for page in pages for pk in page]
    assert sorted(flat) == sorted(item.pk for item in made)
    assert len(pages) == 4
    if "closed" in sort:
        assert set(flat[:3]) == {made[2].pk, made[9].pk, made[11].pk}, "empty values stand last either way"


@pytest.mark.parametrize("sort", ["due", "-due", "closed", "-closed"])
def test_going_back_shows_the_same_pages(cast, sort):
    made = items(cast, 17)
    WorkItem.objects.filter(pk__in=[made[2].pk, made[9].pk]).update(
        state="done", closed_at=dt.datetime(2026, 2, 1, tzinfo=dt.UTC), closed_by=cast.admin
    )
    forth = walk(cast.bureau, view(), f"/work/?sort={sort}", "next_url")
    last = forth[-1][0]
    back = walk(cast.bureau, view(), f"/work/?sort={sort}&before={last}", "previous_url")
    assert [pk for page in reversed(back) for pk in page] == [pk for page in forth[:-1] for pk in page]


def test_a_place_that_is_gone_begins_the_list_anew(cast):
    items(cast, 7)
    found = {}
    request, spec = ask(cast.bureau, "/work/?after=999999")
    _listed(request, spec, found)
    assert len(found["rows"]) == 5
    assert found["previous_url"] is None


@pytest.mark.parametrize("address", [
    "/work/?after=x%00&sort=nothing&since=2026-13-40&region=abc&late=maybe", "/work/?q=%00&before=" + "9" * 80,
    "/work/?since=%F0%9F%92%A9&sort=-",
])
def test_what_is_not_understood_in_the_address_is_left_out(cast, address):
    items(cast, 2)
    request, spec = ask(cast.bureau, address)
    found = {}
    assert _listed(request, spec, found).status_code == 200
    assert found["chips"] == []
    assert len(found["rows"]) == 2


def test_filters_become_chips_that_take_themselves_away(cast):
    items(cast, 3), items(cast, 2, region_id=A1)
    found = {}
    request, spec = ask(cast.bureau, f"/work/?region={TOWN_A}&since=2026-01-05&sort=key")
    _listed(request, spec, found)
    assert [row["thing"].region_id for row in found["rows"]] == [A1, A1]
    assert len(found["chips"]) == 2
    assert found["chips"][0]["url"] in {"/work/?region=430681101&sort=key", "/work/?since=2026-01-05&sort=key"}
    assert found["clear_url"] == "/work/?sort=key"


def test_only_the_table_is_sent_to_htmx(cast):
    items(cast, 1)
    request, spec = ask(cast.bureau, headers={"HX-Request": "true", "HX-Target": "list"})
    found = {}
    text = _listed(request, spec, found).content.decode()
    assert '<section id="list"' in text
    assert "<html" not in text


def test_the_address_never_holds_a_value_of_the_row(cast):
    items(cast, 7)
    found = {}
    request, spec = ask(cast.bureau, "/work/?sort=key")
    _listed(request, spec, found)
    assert found["next_url"].endswith(f"after={found['rows'][-1]['pk']}")


def test_excel_holds_what_is_filtered_and_leaves_an_audit_row(cast):
    items(cast, 7), items(cast, 2, region_id=A1)
    answer = client_for(cast.bureau).get(f"/work/?region={TOWN_A}&format=xlsx&q=secret")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    assert sheet.max_row == 3
    row = AuditRow.objects.get(action="inbox.export")
    assert row.detail["rows"] == 2
    assert row.region_code == TOWN_A
    assert "secret" not in str(row.detail)


def test_excel_is_cut_to_where_the_export_right_is_held(cast):
    items(cast, 3), items(cast, 2, region_id=A1)
    spec = view(excel_right="people.export", region_field="region__code")
    request, _spec = ask(cast.village_a, "/work/?format=xlsx")
    response = render_list(request, spec, WorkItem.objects.all())
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).worksheets[0]
    assert sheet.max_row == 3


def test_chosen_columns_are_remembered(cast):
    client = client_for(cast.bureau)
    answer = client.post("/columns/", {"list": "core:work", "col": ["due", "came"], "next": "/work/"})
    assert answer.status_code == 302
    items(cast, 1)
    text = client.get("/work/").content.decode()
    assert 'data-label="下达时间"' in text
    assert 'data-label="状态"' not in text


def test_a_strange_cookie_does_no_harm(cast):
    client = client_for(cast.bureau)
    for value in ("[1]", "{", '{"core:work": "x"}', '{"core:work": [1, null]}'):
        client.cookies["yinian_columns"] = value
        assert client.get("/work/").status_code == 200


def test_large_counts_are_estimated_and_small_ones_exact(cast, monkeypatch):
    items(cast, 12)
    assert count_text(WorkItem.objects.all()) == "共 12 条"
    monkeypatch.setattr("yinian.core.lists.EXACT_BELOW", 10)
    assert count_text(WorkItem.objects.all()).startswith("约 ")
    assert compact(137_000) == "13.7 万"
    assert compact(140_000) == "14 万"


def test_a_list_page_keeps_within_its_query_budget(cast, django_assert_max_num_queries):
    items(cast, 60)
    client = client_for(cast.bureau)
    with django_assert_max_num_queries(12):
        client.get("/work/")
