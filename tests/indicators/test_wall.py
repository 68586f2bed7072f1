"""The wall screen: right counts, nobody's name, one county, quick to ask again."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import A1, B1, COUNTY, NEIGHBOUR, TOWN_A, TOWN_B, client_for
from yinian.core.audit.actions import record
from yinian.core.models import Region
from yinian.indicators.wall import queries
from yinian.indicators.wall.drawing import HEIGHT, WIDTH, draw

pytestmark = pytest.mark.django_db


def feed(user, **asked):
    answer = client_for(user).get("/indicators/wall/feed/", asked)
    assert answer.status_code == 200, answer.content[:300]
    return answer.json()


def test_counts_are_those_of_the_register_and_the_homes(measured):
    found = feed(measured.screen)
    assert found["people"]["total"] == 6
    assert sum(band["n"] for band in found["people"]["bands"]) == 6
    assert [row["n"] for row in found["ability"]] == [1, 0, 0, 1, 0, 4]
    towns = {town["code"]: town for town in found["towns"]}
    assert (towns[TOWN_A]["people"], towns[TOWN_A]["assessed"]) == (4, 50)
    assert (towns[TOWN_B]["people"], towns[TOWN_B]["assessed"]) == (2, 0)
    assert [row["n"] for row in found["beds"]["sums"]] == [8, 1, 7, 4]
    assert sum(town["free"] for town in found["towns"]) == 7


def test_nobody_is_named(measured):
    record(measured.town_a, "people.death", measured.people_a[2], region=A1, reason="甲2病故")
    page = client_for(measured.screen).get("/indicators/wall/").content.decode()
    text = page + json.dumps(feed(measured.screen), ensure_ascii=False)
    for person in [*measured.people_a, *measured.people_b]:
        assert not re.search(rf"{person.name}(?![0-9])", text)
        assert person.id_number not in text
    for user in (measured.town_a, measured.bureau, measured.manager_a):
        assert user.full_name not in text


def test_an_act_is_told_with_its_town_and_never_finer(measured):
    record(measured.village_a, "people.death", measured.people_a[2], region=A1)
    record(measured.bureau, "people.export", region=COUNTY)
    record(measured.bureau, "users.login", region=COUNTY)
    found = feed(measured.screen)["events"]
    assert [event["where"] for event in found] == ["汨罗镇"]
    assert "汴塘村" not in json.dumps(found, ensure_ascii=False)


def test_a_screen_shows_its_own_county_alone(measured):
    assert client_for(measured.screen).get("/indicators/wall/", {"region": NEIGHBOUR}).status_code == 404
    assert client_for(measured.screen).get("/indicators/wall/feed/", {"region": "43"}).status_code == 404
    assert client_for(measured.screen).get("/indicators/wall/", {"region": TOWN_A}).status_code == 404


def test_the_account_of_a_screen_comes_from_the_login_to_the_screen_and_opens_nothing_else(measured):
    client = client_for(measured.screen)
    assert client.get("/desk/")["Location"] == "/indicators/wall/"
    for address in ("/people/", "/services/", "/homes/", "/indicators/", "/plans/"):
        assert client.get(address).status_code == 403


def test_asking_again_counts_nothing_again(measured):
    feed(measured.screen)
    with CaptureQueriesContext(connection) as caught:
        feed(measured.screen)
    assert len(caught) <= 30  # the login with it
    assert not [query for query in caught if "people_spell" in query["sql"]]


def test_a_change_of_the_register_is_seen_at_the_next_asking(measured):
    assert feed(measured.screen)["people"]["total"] == 6
    person = measured.people_b[0]
    type(person).objects.filter(pk=person.pk).update(state="dead", died_on="2026-01-02")
    record(measured.town_b, "people.death", person, region=B1)
    with connection.cursor() as cursor:  # the audit chain is linked at commit
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert feed(measured.screen)["people"]["total"] == 5


def test_a_county_without_outlines_has_an_empty_map(measured):
    assert queries.picture(Region.objects.get(pk=COUNTY)).towns == ()


def test_the_map_keeps_shape_and_stays_in_its_picture():
    square = {"type": "Polygon", "coordinates": [[[113.0, 28.0], [113.2, 28.0], [113.2, 28.2], [113.0, 28.2],
                                                  [113.0, 28.0]]]}
    island = {"type": "MultiPolygon", "coordinates": [
        [[[113.2, 28.0], [113.4, 28.0], [113.4, 28.2], [113.2, 28.2], [113.2, 28.0]]],
        [[[113.41, 28.0], [113.42, 28.0], [113.42, 28.01], [113.41, 28.0]]],
    ]}
    drawn = Region(code="2", name="乙", outline=island, schematic=True)
    found = draw([Region(code="1", name="甲", outline=square), drawn, Region(code="3", name="丙")])
    assert [town.code for town in found.towns] == ["1", "2"]
    assert found.schematic
    left, right = found.towns
    assert left.x < right.x
    assert left.y == right.y
    numbers = [[float(n) for n in re.findall(r"-?[\d.]+", town.path)] for town in found.towns]
    assert all(0 <= x <= WIDTH for town in numbers for x in town[::2])
    assert all(0 <= y <= HEIGHT for town in numbers for y in town[1::2])
    wide = max(numbers[0][::2]) - min(numbers[0][::2])
    high = max(numbers[0][1::2]) - min(numbers[0][1::2])
    assert wide / high == pytest.approx(0.88, abs=0.01)  # cos 28.1°
