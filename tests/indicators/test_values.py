"""Live values: what is counted, what is not, and what is not known; for whom; and how often it is worked out."""

import datetime as dt

import pytest

from tests import cast as people
from tests.cast import client_for
from yinian.core import worklists
from yinian.core.audit.actions import record
from yinian.core.errors import NotVisible
from yinian.core.models import Region
from yinian.engines.entitlement.measures import over_parent
from yinian.homes.models import Stay
from yinian.homes.way.applications.central import unserved
from yinian.indicators import frames, live, queries
from yinian.indicators.behind import list_behind
from yinian.indicators.values import foreseen
from yinian.people.models import Person
from yinian.places.models import Bed

pytestmark = pytest.mark.django_db


def county() -> Region:
    return Region.objects.get(pk=people.COUNTY)


def test_values_count_the_county_and_say_what_is_not_known(measured):
    _found, values = queries.live_values(measured.bureau, county())
    assert values["older-people"].numerator == 6
    nursing = values["nursing-bed-share"]
    assert (nursing.numerator, nursing.denominator, float(nursing.value)) == (4, 8, 50.0)
    occupancy = values["bed-occupancy"]
    assert (occupancy.numerator, occupancy.denominator) == (1, 8)
    disabled = values["disabled-share"]
    # Dementia is known of nobody, so only she whose level says so is counted, and nobody is ruled out.
    assert (disabled.numerator, disabled.outside, disabled.unknown) == (1, 0, 5)
    assessed = values["assessed-65-share"]
    assert (assessed.numerator, assessed.denominator, assessed.unknown) == (2, 6, 0)
    certified = values["carer-certified-share"]
    assert (certified.numerator, certified.denominator) == (1, 2)
    thousand = values["beds-per-thousand"]
    assert thousand.value == 8 * 1000 / 6 * 1 or abs(float(thousand.value) - 8000 / 6) < 1e-9
    assert (values["station-coverage"].numerator, values["station-coverage"].denominator) == (1, 4)


def test_towns_add_up_to_the_county(measured):
    pack = live.pack_of(people.COUNTY)
    whole = queries.live_values(measured.bureau, county())[1]
    for indicator in pack.indicators.values():
        if not indicator.computed or indicator.id not in whole or indicator.numerator.aggregate == "distinct":
            continue
        areas = queries.live_by_area(measured.bureau, county(), indicator)
        assert sum(value.numerator for value in areas.values()) == whole[indicator.id].numerator, indicator.id
        assert sum(value.unknown for value in areas.values()) == whole[indicator.id].unknown, indicator.id


def test_an_officer_of_a_town_sees_the_town_and_not_the_county(measured):
    _found, values = queries.live_values(measured.town_a, Region.objects.get(pk=people.TOWN_A))
    assert values["older-people"].numerator == 4
    with pytest.raises(NotVisible):
        queries.live_values(measured.town_a, county())
    assert client_for(measured.town_a).get(f"/indicators/?region={people.COUNTY}").status_code == 404


def test_the_switcher_of_areas_stays_on_an_indicator_and_on_what_is_behind_it(measured):
    client = client_for(measured.bureau)
    for path in ("/indicators/of/older-people/", "/indicators/of/older-people/counted/"):
        assert f'href="{path}?region={people.TOWN_A}"' in client.get(path).content.decode()


def test_a_list_of_work_and_the_indicators_that_count_its_people_link_to_each_other(measured):
    client = client_for(measured.bureau)
    names = ("tekun-willing-unserved", "tekun-willing-central-share")
    page = client.get("/homes/central/").text
    for name in names:
        assert f'href="/indicators/of/{name}/?region={people.COUNTY}"' in page
        assert f'href="/homes/central/?region={people.COUNTY}"' in client.get(f"/indicators/of/{name}/").text
    town = client.get(f"/homes/central/?region={people.TOWN_A}").text
    assert f"?region={people.TOWN_A}" in town.split(f"/indicators/of/{names[0]}/", 1)[1][:40]
    assert "/homes/central/" not in client.get("/indicators/of/older-people/").text.split("<main", 1)[1]


def test_every_list_a_pack_names_is_one_of_the_platform_and_goes_with_another_condition():
    named = {one.worklist for one in live.pack_of(people.COUNTY).indicators.values()} - {""}
    assert named == {"central-support"} and named <= set(worklists.known())
    parent = {"numerator": {"view": "persons"}, "list": "central-support", "label": "x"}
    assert "list" not in over_parent(parent, {"numerator": {"view": "beds"}})
    assert over_parent(parent, {"label": "y"})["list"] == "central-support"


def test_people_behind_a_figure_are_those_counted_and_those_not(measured):
    region = county()
    _pack, assessed = queries.get_indicator(measured.bureau, region, "assessed-65-share")
    opens, counted = queries.keys_behind(measured.bureau, region, assessed, "counted")
    assert opens == "person" and set(counted) == {one.pk for one in measured.people_a[:2]}
    _opens, outside = queries.keys_behind(measured.bureau, region, assessed, "outside")
    assert set(outside) == {one.pk for one in (*measured.people_a[2:], *measured.people_b)}
    _view, rows = list_behind(measured.town_a, opens, outside, "", "")
    assert set(rows.values_list("pk", flat=True)) == {one.pk for one in measured.people_a[2:]}


def test_every_part_of_every_figure_has_as_many_rows_as_it_says(measured):
    region, actor = county(), measured.bureau
    _found, values = queries.live_values(actor, region)
    pack = live.pack_of(region.pk)
    for name, value in values.items():
        indicator = pack.indicators[name]
        for part, count in (("outside", value.outside), ("unknown", value.unknown),
                            ("counted", value.numerator if indicator.numerator.aggregate == "count" else None)):
            if count is not None:
                assert len(queries.keys_behind(actor, region, indicator, part)[1]) == count, (name, part)


def test_live_figures_are_worked_out_again_only_when_something_was_done(measured, monkeypatch):
    calls = []
    real = frames.frames
    monkeypatch.setattr(frames, "frames", lambda *args: calls.append(args) or real(*args))
    first = live.live(people.COUNTY)
    assert live.live(people.COUNTY) is first and len(calls) == 1
    record(measured.bureau, "people.export", region=people.COUNTY)
    assert live.live(people.COUNTY) is first
    person = people.make_person(people.A1, "新人", birth=dt.date(1945, 1, 1))
    record(measured.bureau, "people.register", person, region=people.A1)
    from django.db import connection

    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    assert queries.live_values(measured.bureau, county())[1]["older-people"].numerator == 7
    assert len(calls) == 2


def test_views_hold_no_name_number_or_address(measured):
    for name in frames._MAKERS:
        frame = frames.frames(people.COUNTY, dt.date.today(), [name])[name]
        assert list(frame.schema.items())[:2] and dict(frame.schema) == frames.schema_of(frames.VIEWS[name])
        text = str(frame.rows())
        for person in Person.objects.all():
            assert person.name not in text and str(person.id_number) not in text


def test_a_past_day_is_read_from_dated_records_and_what_has_no_date_is_not_concluded(measured):
    from yinian.places.models import Site

    early = frames.frames(people.COUNTY, dt.date(2019, 6, 1), ["homes", "stays", "workers"])
    assert all(frame.is_empty() for frame in early.values())
    later = frames.frames(people.COUNTY, dt.date(2021, 6, 1), ["homes", "stays", "places"])
    assert later["homes"]["state"].to_list() == ["open", "open"] and later["stays"].height == 1
    Site.objects.filter(pk=measured.home_b.pk).update(opened_on=None)
    again = frames.frames(people.COUNTY, dt.date(2021, 6, 1), ["homes"])["homes"]
    assert sorted(again["state"].to_list(), key=str) == [None, "open"]


@pytest.mark.parametrize("path", ["/indicators/", "/indicators/of/nursing-bed-share/", "/indicators/of/older-people/",
                                  "/indicators/of/visit-rate-month/", "/indicators/of/disabled-share/unknown/",
                                  "/indicators/of/nursing-bed-share/counted/", "/indicators/of/residents/counted/",
                                  "/indicators/of/carers/counted/", "/indicators/of/station-coverage/outside/",
                                  "/indicators/of/homes-open/counted/", "/indicators/reports/",
                                  "/indicators/?q=护理&state=none&format=xlsx",
                                  "/indicators/of/nursing-bed-share/?format=xlsx"])
def test_pages_answer_within_a_query_budget(measured, path, django_assert_max_num_queries):
    client = client_for(measured.bureau)
    client.get("/indicators/")
    with django_assert_max_num_queries(30):
        assert client.get(path).status_code == 200


def test_a_plans_target_is_told_the_live_value_by_whoever_may_see_it(measured):
    from yinian.plans import measures

    found = measures.measured(measured.bureau, "nursing-bed-share", people.COUNTY)
    assert found is not None and (found.value, found.unit) == (50.0, "%")
    assert client_for(measured.bureau).get(found.url).status_code == 200
    assert measures.measured(measured.town_a, "nursing-bed-share", people.COUNTY) is None
    assert measures.measured(measured.village_a, "nursing-bed-share", people.COUNTY) is None
    assert measures.measured(measured.bureau, "none-such", people.COUNTY) is None
    assert ("nursing-bed-share", "养老机构护理型床位占比") in measures.choices(people.COUNTY)


def test_a_reader_without_the_right_to_people_gets_counts_but_no_list(measured):
    client = client_for(measured.reviewer)
    page = client.get(f"/indicators/of/older-people/?region={people.COUNTY}")
    assert page.status_code == 200 and "/counted/" not in page.content.decode()
    assert client.get(f"/indicators/of/older-people/counted/?region={people.COUNTY}").status_code == 403


def test_what_the_trend_gives_is_told_in_the_digits_of_its_unit():
    assert foreseen(2889.4, "people") == "2,889"
    assert foreseen(58.34, "percent") == "58.3"
    assert foreseen(123456.7, "fen") == "1,234.57"


def test_central_support_says_who_has_it_who_not_yet_and_of_whom_the_wish_is_not_known(measured):
    served, waits, by_day, unasked = measured.people_a
    content = measured.people_b[0]
    for one in (*measured.people_a, content):
        people.make_spell(one, "relief", "tekun")
    for one in (served, waits, by_day):
        people.make_spell(one, "wants_central", "true")
    people.make_spell(content, "wants_central", "false")
    people.make_spell(measured.people_b[1], "relief", "none")
    people.make_spell(waits, "support_form", "central")  # on paper alone: no bed
    place = Bed.objects.create(site=measured.home_a, kind="day", label="日托1")
    Stay.objects.create(bed=place, person=by_day, kind="day", basis="private", period=(dt.date(2025, 1, 1), None))
    region = county()
    values = queries.live_values(measured.bureau, region)[1]
    share, missing = values["tekun-willing-central-share"], values["tekun-willing-unserved"]
    assert (share.numerator, share.denominator) == (1, 3)
    assert (missing.numerator, missing.unknown) == (2, 1)
    _pack, indicator = queries.get_indicator(measured.bureau, region, "tekun-willing-unserved")
    behind = {part: set(queries.keys_behind(measured.bureau, region, indicator, part)[1])
              for part in ("counted", "unknown")}
    assert behind == {"counted": {waits.pk, by_day.pk}, "unknown": {unasked.pk}}
    assert set(unserved(measured.bureau).values_list("pk", flat=True)) == behind["counted"]
