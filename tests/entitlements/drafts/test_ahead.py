"""The years to come: the budget runs on, people are as old as they will be, nobody dies; the pages say so."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from tests import cast as people
from tests.entitlements.conftest import PARAMETERS, doing
from tests.entitlements.drafts.conftest import PAPER, START, TODAY, scan
from yinian.core.jinja import age_on
from yinian.entitlements.actions import start_run
from yinian.entitlements.drafts import actions, ahead, reckoning, review
from yinian.entitlements.drafts.models import Draft
from yinian.entitlements.perform import perform

HTMX = {"HTTP_HX_REQUEST": "true"}
YEARS = [TODAY.year + n for n in range(1, 6)]


@pytest.fixture
def soon(ran, draft) -> Draft:
    """The draft raises the age to 82; somebody turns 80 in the spring of the year after next, 82 two years later."""
    people.make_person(people.B1, "易秀兰", birth=dt.date(TODAY.year + 2 - 80, 3, 1))
    perform(doing(start_run(ran.cast.bureau, people.COUNTY, TODAY)))
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 82)
    return Draft.objects.get(pk=draft.pk)


def test_the_budget_runs_over_the_years_to_come_as_people_grow_older(soon):
    kept = ahead.ahead(soon)
    rows = ahead.rows_of(reckoning.reckon(soon), kept, "age-allowance")
    assert [row.year for row in rows] == [TODAY.year, *YEARS] and [row.whole for row in rows] == [False, *[True] * 5]
    born = [dt.date(1940, 5, 2), dt.date(1930, 1, 9), dt.date(1950, 7, 7), dt.date(1955, 3, 3),
            dt.date(TODAY.year + 2 - 80, 3, 1)]
    ages = {year: [age_on(birth, dt.date(year, 7, 1)) for birth in born] for year in YEARS}
    assert [row.cost.due_a for row in rows[1:]] == [sum(age >= 80 for age in ages[year]) for year in YEARS]
    assert [row.cost.due_b for row in rows[1:]] == [sum(age >= 82 for age in ages[year]) for year in YEARS]
    assert rows[2].cost.year_a == 12 * sum(10000 if age >= 90 else 5000 for age in ages[YEARS[1]] if age >= 80)
    assert kept.born == TODAY.year - 62
    assert [row.people(80) for row in rows] == sorted(row.people(80) for row in rows)
    assert {sum(row.bands.values()) for row in rows} == {7}


def test_a_draft_is_seen_as_it_would_be_in_a_year_to_come(soon):
    year = TODAY.year + 3
    found = reckoning.reckon(soon, dt.date(year, 7, 1))
    assert found.day == dt.date(year, 7, 1) and found.whole["lost"] == 1
    assert reckoning.reckon(soon).whole["lost"] == 0


def test_a_year_in_which_a_standard_has_no_value_is_told_and_the_others_are_reckoned(ran, draft):
    ended = PARAMETERS.replace("value: 80,", f"to: {YEARS[0]}-12-31, value: 80,")
    ran.pack.joinpath("parameters.yaml").write_text(ended, "utf-8")
    kept = ahead.ahead(draft)
    assert [year.day.year for year in kept.years] == [TODAY.year, YEARS[0]]
    assert list(kept.problems) == YEARS[1:]
    page = people.client_for(ran.cast.bureau).get(reverse("entitlements:draft_years", args=[draft.pk]))
    assert f"{YEARS[1]}年无法测算" in page.content.decode()


def test_an_amendment_to_come_is_in_the_years_after_it(ran, draft, second):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    other = actions.make(ran.cast.bureau, people.COUNTY, "试算", START)
    later = dt.date(YEARS[1], 1, 1)
    draft.refresh_from_db()
    actions.describe(ran.cast.bureau, draft.pk, draft.version, name="后年起", description="", effective_from=later)
    draft.refresh_from_db()
    sent = review.submit(ran.cast.bureau, draft.pk, draft.version, **{**PAPER, "paper": scan()})
    review.promote(second, sent.pk, sent.version)
    rows = ahead.rows_of(reckoning.reckon(other), ahead.ahead(other), "age-allowance")
    due = {row.year: row.cost.due_a for row in rows}
    assert (due[YEARS[0]], due[YEARS[1]]) == (2, 4)


def test_what_was_reckoned_is_kept(soon, monkeypatch):
    first = ahead.ahead(soon)
    monkeypatch.setattr(ahead, "year_of", None)  # a second time nothing is worked out
    assert ahead.ahead(soon) == first and ahead.is_ready(soon)
    assert reckoning.sweep(now=9e12) >= 1 and not ahead.is_ready(soon)


def test_the_pages_show_the_years_and_say_that_nobody_dies(soon, ran):
    client = people.client_for(ran.cast.bureau)
    results, address = (reverse(f"entitlements:{name}", args=[soon.pk]) for name in ("draft_results", "draft_years"))
    assert address in client.get(results).content.decode()
    part = client.get(address, **HTMX).content.decode()
    assert "<html" not in part and "无人死亡" in part and f"{results}?year={YEARS[0]}" in part
    assert "years-chart-data" in part and "余下" in part
    whole = client.get(address, {"service": "age-allowance"}).content.decode()
    assert "<html" in whole and "现应享" in whole
    aged = client.get(results, {"year": YEARS[2]}).content.decode()
    assert f"均按{YEARS[2]}年年中推算" in aged and "经费测算" not in aged and f"year={YEARS[2]}" in aged
    for absurd in ("1999", str(YEARS[-1] + 1), "20x8", "9" * 30):
        assert "年年中推算" not in client.get(results, {"year": absurd}).content.decode()
    names = client.get(reverse("entitlements:draft_people", args=[soon.pk]),
                       {"measure": "lost", "year": YEARS[2]}).content.decode()
    assert "易秀兰" in names
    book = load_workbook(io.BytesIO(b"".join(client.get(results, {"format": "xlsx"}).streaming_content)))
    rows = list(book["今后几年"].iter_rows(values_only=True))
    assert [row[1] for row in rows[1:7]] == [TODAY.year, *YEARS]
    aged_book = load_workbook(io.BytesIO(
        b"".join(client.get(results, {"format": "xlsx", "year": YEARS[2]}).streaming_content)))
    assert "经费测算" not in aged_book.sheetnames
    assert client.get(results, {"format": "pdf"}).content.startswith(b"%PDF-")
    assert client.get(results, {"format": "pdf", "year": YEARS[2]}).content.startswith(b"%PDF-")
    told = client.get(f"/api/entitlements/drafts/{soon.pk}/years").json()
    assert [one["year"] for one in told["years"]] == [TODAY.year, *YEARS] and told["born"] == TODAY.year - 62


def test_in_a_large_county_a_job_reckons_the_years(soon, ran, monkeypatch):
    from yinian.core.jobs import actions as jobs
    from yinian.core.jobs.models import Job

    client = people.client_for(ran.cast.bureau)
    address = reverse("entitlements:draft_years", args=[soon.pk])
    reckoning.reckon(soon)
    monkeypatch.setattr(reckoning, "LIVE_PEOPLE", 1)
    assert "job-" in client.get(address, **HTMX).content.decode()
    job = Job.objects.get(kind="entitlements.whatif")
    monkeypatch.setattr("yinian.core.jobs.actions.connection.close", lambda: None)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error
    assert "years-chart-data" in client.get(address, **HTMX).content.decode()
