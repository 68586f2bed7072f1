"""A prefecture's draft of its own list: seen county by county, each county's own rules before it."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from tests import cast as people
from tests.entitlements.conftest import PACK, PARAMETERS, PROCEDURE, SERVICES, doing
from tests.entitlements.drafts.conftest import PAPER, START, TODAY, scan
from yinian.core.errors import NotVisible, Refused
from yinian.core.roles import Role
from yinian.entitlements import packs
from yinian.entitlements.actions import start_run
from yinian.entitlements.drafts import actions, ahead, counties, editing, queries, review
from yinian.entitlements.drafts.models import Draft
from yinian.entitlements.perform import perform

PREFECTURE, HTMX = "4306", {"HTTP_HX_REQUEST": "true"}
OWN = """
- id: visit
  label: {zh: 探访关爱, en: Care visit}
  kind: service
  who: [{id: alone, test: "living = 'alone' AND age >= 90", label: {zh: 独居且年满90周岁, en: lives alone at 90}}]
  source: {document: own, confidence: verified}
"""


@pytest.fixture
def wide(settings, tmp_path, cast, folk) -> Draft:
    """A prefecture's list, the county of the cast with a rule of its own on top, its neighbour living by the list; each
    has had its run. Yueyang's reviewer drafts."""
    root = tmp_path / "policies"
    top, own = root / "pref", root / "pref" / "miluo"
    for folder in (top, own):
        (folder / "services").mkdir(parents=True)
    (top / "pack.yaml").write_text(PACK.replace("430681", PREFECTURE), "utf-8")
    (top / "parameters.yaml").write_text(PARAMETERS, "utf-8")
    (top / "services" / "10.yaml").write_text(SERVICES.replace("'430681%'", "'4306%'"), "utf-8")
    (top / "procedure.yaml").write_text(PROCEDURE, "utf-8")
    (own / "pack.yaml").write_text(
        'region: "430681"\nextends: pref\ndocuments:\n  - {id: own, title: 汨罗规定, date: 2024-02-02}\n', "utf-8")
    (own / "services" / "10.yaml").write_text(OWN, "utf-8")
    settings.POLICIES, settings.COUNTY_PACK = root, ""
    village = f"{people.NEIGHBOUR}100201"
    people.make_person(village, "方玉梅", birth=dt.date(TODAY.year - 76, 1, 1))
    lonely = people.make_person(village, "许三爹", "male", birth=dt.date(TODAY.year - 71, 1, 1))
    people.make_spell(lonely, "living", "alone", department="village")
    for officer, county in ((cast.bureau, people.COUNTY), (cast.stranger, people.NEIGHBOUR)):
        perform(doing(start_run(officer, county, TODAY)))
    return actions.make(cast.reviewer, PREFECTURE, "全市从80岁降到75岁", START)


def seen(draft: Draft) -> dict[str, counties.InCounty]:
    return {one.county.code: one for one in counties.by_county(Draft.objects.get(pk=draft.pk)).counties}


def test_a_prefectures_figure_is_seen_in_each_county_and_adds_up(wide, cast):
    assert [one.code for one in queries.counties_of(wide)] == [people.NEIGHBOUR, people.COUNTY]
    actions.set_value(cast.reviewer, wide.pk, "age_from", 70)
    found = counties.by_county(Draft.objects.get(pk=wide.pk))
    gained = {one.county.code: one.found.whole["gained"] for one in found.counties if one.found}
    assert gained == {people.NEIGHBOUR: 2, people.COUNTY: 2}
    assert found.whole["gained"] == 4 and found.counted == 2 and found.people == 7
    assert found.whole["money_b"] - found.whole["money_a"] == 4 * 5000
    (row,) = [figures for key, _name, figures in found.services if key == "age-allowance"]
    assert row["gained"] == 4
    assert found.year[1] - found.year[0] == 12 * 4 * 5000


def test_what_a_county_says_for_itself_goes_before_the_draft_and_is_named(wide, cast):
    visit = actions.current(wide, "service", "visit")
    visit["who"][0]["test"] = "age >= 70"
    actions.set_entry(cast.reviewer, wide.pk, "service", "visit", visit)
    found = seen(wide)
    assert found[people.NEIGHBOUR].found.whole["gained"] == 1 and found[people.NEIGHBOUR].own == ()
    assert found[people.COUNTY].found.whole["gained"] == 0 and found[people.COUNTY].own == ("探访关爱",)


def test_a_figure_that_a_countys_own_rule_no_longer_reads_is_named_by_the_rule(wide, cast, settings):
    own = settings.POLICIES / "pref" / "miluo" / "services" / "10.yaml"
    own.write_text(OWN + SERVICES.split("- id: visit")[0].replace("param('age_from')", "85").replace("notice", "own"),
                   "utf-8")
    actions.set_value(cast.reviewer, wide.pk, "age_from", 70)
    found = seen(wide)
    assert found[people.COUNTY].own == ("高龄津贴",) and found[people.COUNTY].found.whole["gained"] == 0
    assert found[people.NEIGHBOUR].own == () and found[people.NEIGHBOUR].found.whole["gained"] == 2


def test_a_service_switched_off_above_stays_where_a_county_gives_it_itself(wide, cast):
    actions.switch_off(cast.reviewer, wide.pk, "visit")
    found = seen(wide)
    assert found[people.NEIGHBOUR].found.whole["lost"] == 1
    assert found[people.COUNTY].found.whole["lost"] == 0


def test_a_county_without_a_run_is_named_and_the_others_are_reckoned(wide, cast):
    from yinian.entitlements.models import Run

    Run.objects.filter(region=people.NEIGHBOUR).update(standing=False)
    found = counties.by_county(wide)
    assert found.counted == 1 and found.people == 5
    assert [(one.county.code, "测算" in one.problem) for one in found.counties if one.problem] == [
        (people.NEIGHBOUR, True)
    ]


def test_who_drafts_what(wide, cast):
    with pytest.raises(Refused):  # a county's list is the county's to draft
        actions.make(cast.reviewer, people.COUNTY, "试算", START)
    with pytest.raises(NotVisible):
        actions.make(cast.bureau, PREFECTURE, "试算", START)
    with pytest.raises(NotVisible):
        queries.get_draft(cast.bureau, wide.pk)
    theirs = actions.make(cast.bureau, people.COUNTY, "本县试算", START)
    actions.share(cast.bureau, theirs.pk, True)  # with colleagues of the county
    with pytest.raises(NotVisible):
        queries.get_draft(cast.reviewer, theirs.pk)
    assert not queries.may_edit(cast.reviewer, Draft.objects.get(pk=theirs.pk))


def test_an_area_without_a_list_of_its_own_has_none_to_draft(wide, cast):
    province = people.make_user("province", Role.REVIEWER, "43")
    with pytest.raises(Refused, match="没有本级政策包"):
        actions.make(province, "43", "全省试算", START)


def test_it_is_put_in_force_by_its_pack_and_not_by_review(wide, cast):
    actions.set_value(cast.reviewer, wide.pk, "age_from", 75)
    draft = Draft.objects.get(pk=wide.pk)
    with pytest.raises(Refused, match="政策包"):
        review.submit(cast.reviewer, draft.pk, draft.version, **{**PAPER, "paper": scan()})
    assert packs.in_force(people.COUNTY).pack.hash == counties.by_county(draft).counties[1].found.a.hash


def test_an_absurd_figure_shows_no_figures_in_any_county(wide, cast):
    actions.set_value(cast.reviewer, wide.pk, "age_from", 200)
    found = counties.by_county(wide)
    assert found.counted == 0 and found.whole == {}
    assert all(not one.ready and "200" in one.problem for one in found.counties)


def test_a_county_whose_pack_cannot_use_the_draft_says_so_and_the_other_is_reckoned(wide, cast, settings):
    own = settings.POLICIES / "pref" / "miluo" / "services" / "10.yaml"
    shared = settings.POLICIES / "pref" / "parameters.yaml"
    shared.write_text(PARAMETERS + PARAMETERS.replace("age_from:", "visit_from:"), "utf-8")
    own.write_text(OWN.replace("age >= 90", "age >= param('visit_from')"), "utf-8")
    assert seen(wide)[people.COUNTY].ready
    # The prefecture does without the figure that the county's own rule still reads.
    gone = {**editing.switched_off(), "source": dict(editing.OWN_SOURCE)}
    actions.set_entry(cast.reviewer, wide.pk, "parameter", "visit_from", gone)
    found = seen(wide)
    assert found[people.NEIGHBOUR].ready
    assert not found[people.COUNTY].ready and "visit_from" in found[people.COUNTY].problem


def test_the_pages_show_counties_and_one_county_in_full(wide, cast):
    actions.set_value(cast.reviewer, wide.pk, "age_from", 70)
    client = people.client_for(cast.reviewer)

    def at(name: str) -> str:
        return reverse(f"entitlements:{name}", args=[wide.pk])

    new = client.get(reverse("entitlements:draft_new")).content.decode()
    assert 'value="4306"' in new and "分县" in new
    page = client.get(at("draft")).content.decode()
    assert "政策包" in page and at("draft_submit") not in page
    strip = client.get(at("draft_outcome"), **HTMX).content.decode()
    assert "汨罗市" in strip and "岳阳县" in strip and "<html" not in strip
    whole = client.get(at("draft_results")).content.decode()
    assert f"county={people.COUNTY}" in whole and "高龄津贴" in whole
    one = client.get(at("draft_results"), {"county": people.COUNTY}).content.decode()
    assert "汨罗市" in one and "汨罗镇" in one and "经费测算" in one and at("draft_people") not in one
    elsewhere = client.get(at("draft_results"), {"county": "430104"}).content.decode()
    assert f"county={people.COUNTY}" in elsewhere and "经费测算" not in elsewhere  # no county of theirs: all of them
    aged = client.get(at("draft_results"), {"year": TODAY.year + 4}).content.decode()
    assert f"year={TODAY.year + 4}" in aged
    years = client.get(at("draft_years"), {"county": people.NEIGHBOUR}, **HTMX).content.decode()
    assert "无人死亡" in years and f"county={people.NEIGHBOUR}" in years
    assert ahead.is_ready(wide, people.NEIGHBOUR)
    assert client.get(at("draft_people"), {"measure": "gained", "county": people.COUNTY}).status_code == 403
    sent = client.post(at("draft_submit"), {**PAPER, "dated": TODAY.isoformat(), "version": 2, "paper": scan()})
    assert sent.status_code == 422
    other = actions.duplicate(cast.reviewer, wide.pk)
    beside = client.get(reverse("entitlements:draft_compare"), {"a": wide.pk, "b": other.pk}).content.decode()
    assert "分县（市、区）查看" in beside
    told = client.get(f"/api/entitlements/drafts/{wide.pk}/results", {"county": people.COUNTY}).json()
    assert told["people"] == 5
    assert client.get(f"/api/entitlements/drafts/{wide.pk}/results").status_code == 404


def test_a_large_area_is_reckoned_by_a_job(wide, cast, monkeypatch):
    from yinian.core.jobs import actions as jobs
    from yinian.core.jobs.models import Job
    from yinian.entitlements.drafts import reckoning

    actions.set_value(cast.reviewer, wide.pk, "age_from", 70)
    monkeypatch.setattr(reckoning, "LIVE_PEOPLE", 3)
    client = people.client_for(cast.reviewer)
    address = reverse("entitlements:draft_results", args=[wide.pk])
    assert "job-" in client.get(address).content.decode()
    job = Job.objects.get(kind="entitlements.whatif")
    monkeypatch.setattr("yinian.core.jobs.actions.connection.close", lambda: None)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error
    assert f"county={people.COUNTY}" in client.get(address).content.decode()


def test_the_counties_go_out_as_a_workbook(wide, cast):
    actions.set_value(cast.reviewer, wide.pk, "age_from", 70)
    client = people.client_for(cast.reviewer)
    answer = client.get(reverse("entitlements:draft_results", args=[wide.pk]), {"format": "xlsx"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = {row[0]: row for row in book["分县（市、区）"].iter_rows(values_only=True)}
    gained = rows["名称"].index("新增享受") if "名称" in rows else 3
    assert [rows[name][gained] for name in ("岳阳县", "汨罗市", "可测算的各县（市、区）合计")] == [2, 2, 4]
