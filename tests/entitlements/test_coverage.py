"""Coverage: shares are those of the runs' own figures, groups add up, and those missed are a click and a visit away."""

import datetime as dt
import io

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import cast as people
from tests.entitlements.conftest import DAY
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.inbox.queries import sentence
from yinian.core.models import AuditRow, Document, WorkItem
from yinian.entitlements import queries as standing
from yinian.entitlements.coverage import actions, frames, queries
from yinian.entitlements.models import Receipt, Run

BASE = "/services/coverage/"


@pytest.fixture
def done(run, cast, folk):
    for name in ("old", "alone"):
        Receipt.objects.create(person=folk[name], service_id="age-allowance", period=(dt.date(2024, 1, 1), None),
                               department="civil_affairs")
    return run(cast.bureau)


def test_the_share_is_of_those_due_and_never_rounded_up_to_a_whole():
    assert queries.Share(3, 2).rate == 66.6 and queries.Share(3000, 2999).rate == 99.9
    assert queries.Share(0, 0).rate is None and queries.Share(2, 2).rate == 100.0
    assert queries.Share(3, 2) + queries.Share(1, 1) == queries.Share(4, 3)


def test_by_service_and_by_area_are_the_runs_own_figures(done, cast, folk):
    found = queries.by_service(cast.bureau, [done], people.COUNTY)
    assert found["age-allowance"] == queries.Share(2, 1)  # 陈建国 receives it without being due
    county = standing.region_for(cast.bureau, people.COUNTY)
    areas = queries.by_area(cast.bureau, [done], county, list(found))
    assert sum(areas.values(), queries.Share()) == sum(found.values(), queries.Share())


def test_groups_of_people_add_up_to_the_whole(done, cast, folk):
    services = standing.services_of([done])
    whole = sum(queries.by_service(cast.bureau, [done], people.COUNTY).values(), queries.Share())
    groups = queries.by_group(cast.bureau, [done], people.COUNTY, services)
    assert set(groups) == {"relief", "age", "level"}
    for trait, values in groups.items():
        assert sum(row["due"] for row in values.values()) == whole.due, trait
        assert sum(row["receiving"] for row in values.values()) == whole.receiving, trait
    assert groups["level"]["3"]["due"] == 1 and groups["age"]["90-99"]["people"] == 1


def test_the_list_of_those_missed_is_as_long_as_the_figure_that_leads_to_it(done, cast, folk):
    services = standing.services_of([done])
    groups = queries.by_group(cast.bureau, [done], people.COUNTY, services)
    for trait, values in groups.items():
        for value, row in values.items():
            found = queries.missed_people(cast.bureau, [done], people.COUNTY, services, {trait: value})
            assert found.count() == row["missed"], (trait, value)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2010, 12, 31)), st.dates(dt.date(2011, 1, 1), dt.date(2040, 12, 31)))
def test_ages_are_whole_years_and_29_february_comes_of_age_on_1_march(birth, on):
    age = pl.DataFrame({"b": [birth]}).select(frames.age_of(pl.col("b"), on)).item()
    assert age == on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def test_a_file_that_was_altered_stops_the_groups_and_not_the_page(done, cast, folk, settings):
    (settings.DATA / done.snapshot_file).write_bytes(b"other")
    queries._kept.cache_clear()
    page = people.client_for(cast.bureau).get(BASE).content.decode()
    assert "无法按人群统计" in page and "按服务项目" in page


def test_the_trend_takes_the_last_run_of_each_month(run, cast, folk):
    run(cast.bureau, DAY)
    last = run(cast.bureau, dt.date(2024, 6, 20))
    Receipt.objects.create(person=folk["old"], service_id="age-allowance", period=(dt.date(2024, 6, 25), None),
                           department="civil_affairs")
    july = run(cast.bureau, dt.date(2024, 7, 1))
    months = queries.trend(cast.bureau, people.COUNTY, ["age-allowance"])
    assert [(found.pk, share.receiving) for found, share in months] == [(last.pk, 0), (july.pk, 1)]
    assert queries.before(cast.bureau, [july], people.COUNTY)["age-allowance"] == queries.Share(2, 0)
    assert Run.objects.count() == 3


def test_a_picked_person_comes_to_the_villages_desk_once(done, cast, folk):
    services = standing.services_of([done])
    sent = actions.send_villages(cast.town_a, [done], people.TOWN_A, services, [folk["oldest"].pk])
    again = actions.send_villages(cast.town_a, [done], people.TOWN_A, services, [folk["oldest"].pk])
    item = WorkItem.objects.get(kind="entitlements.missed")
    assert (sent, again) == (1, 0) and item.region_id == people.A1 and item.role == "village_worker"
    assert sentence(item) == "汴塘村周秀英：应享未享“高龄津贴、探访关爱”，请上门走访并协助办理。"
    assert AuditRow.objects.filter(action="entitlements.send_villages").count() == 2


def test_only_those_who_are_missed_in_ones_own_area_can_be_sent_to(done, cast, folk):
    services = standing.services_of([done])
    for picked in ([], [folk["elsewhere"].pk], [folk["poor"].pk]):  # none, not missed, not in town A
        with pytest.raises(Refused):
            actions.send_villages(cast.town_a, [done], people.TOWN_A, services, picked)
    with pytest.raises(NotVisible):
        actions.send_villages(cast.town_b, [done], people.TOWN_A, services, [folk["oldest"].pk])
    with pytest.raises(Forbidden):
        actions.send_villages(cast.reviewer, [done], people.COUNTY, services, [folk["oldest"].pk])
    assert not WorkItem.objects.filter(kind="entitlements.missed").exists()


def test_the_page_leads_to_those_missed_and_a_visit_is_asked_from_the_list(done, cast, folk):
    client = people.client_for(cast.bureau)
    page = client.get(BASE).content.decode()
    address = f"{BASE}missed/?region={people.COUNTY}&amp;service=age-allowance"
    assert "50.0%" in page and address in page
    names = client.get(address.replace("&amp;", "&")).content.decode()
    assert folk["oldest"].name in names and folk["old"].name not in names
    band = client.get(f"{BASE}missed/?region={people.COUNTY}&age=60-69").content.decode()
    assert folk["alone"].name in band and folk["oldest"].name not in band  # 独居, not visited
    sent = client.post(f"{BASE}visit/?region={people.COUNTY}", {"ids": [folk["oldest"].pk, "x"]}, follow=True)
    assert "已向村（社区）派出1条上门任务" in sent.content.decode()


def test_the_workbook_holds_every_area_and_service(done, cast, folk):
    response = people.client_for(cast.bureau).get(f"{BASE}?format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert any(row[0] == "汨罗市" and "高龄津贴" in row for row in rows)
    assert any(row[0] == "汨罗镇" and "高龄津贴" in row for row in rows)


def test_a_reviewer_sees_shares_and_no_names_and_a_stranger_nothing(done, cast, folk):
    assert people.client_for(cast.reviewer).get(f"{BASE}?region={people.COUNTY}").status_code == 200
    assert people.client_for(cast.reviewer).get(f"{BASE}missed/?region={people.COUNTY}").status_code == 403
    assert people.client_for(cast.stranger).get(f"{BASE}?region={people.COUNTY}").status_code == 404
    found = people.client_for(cast.bureau).get("/api/entitlements/coverage").json()
    assert {row["service"]: row["rate"] for row in found}["age-allowance"] == 50.0


def test_coverage_is_issued_as_a_numbered_paper(done, cast, folk):
    client = people.client_for(cast.bureau)
    sent = client.post(f"{BASE}paper/?region={people.COUNTY}")
    paper = Document.objects.get(kind="entitlements.coverage")
    assert sent.status_code == 302 and sent["Location"].endswith(f"/{paper.attachment_id}/")
    assert paper.number.startswith("养覆〔")
    assert people.client_for(cast.reviewer).post(f"{BASE}paper/?region={people.COUNTY}").status_code == 403
