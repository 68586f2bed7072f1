"""Divisions: loading a county's list, hamlets, what each reader sees of the tree and the map."""

import copy
import json
from pathlib import Path

import pytest
from tests.cast import A1, B1, COUNTY, NEIGHBOUR, TOWN_A, TOWN_B, client_for

from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, Region
from yinian.core.users.queries import platform_user
from yinian.places.naming import spelled
from yinian.places.regions import actions, queries

ROOT = Path(__file__).resolve().parents[2]
DIVISIONS = ROOT / "data" / "divisions"


def small(**changes):
    rows = [
        {"code": "430999", "name": "试验县", "level": "county", "kind": "county", "parent": None},
        {"code": "430999100", "name": "长乐镇", "level": "town", "kind": "town", "parent": "430999"},
        {"code": "430999100200", "name": "万林村", "level": "village", "kind": "village", "parent": "430999100"},
    ]
    return {"divisions": rows, **changes}


@pytest.mark.django_db
def test_the_countys_own_list_loads_whole_and_a_second_time_changes_nothing():
    document = json.loads((DIVISIONS / "430681.json").read_text("utf-8"))
    boundary = json.loads((DIVISIONS / "430681.boundary.geojson").read_text("utf-8"))
    first = actions.load_divisions(platform_user(), document, boundary)
    assert len(first.added) == len(document["divisions"]) and not first.changed
    again = actions.load_divisions(platform_user(), document, boundary)
    assert not again.added and not again.changed and again.same == len(document["divisions"])
    town = Region.objects.get(name="长乐镇")
    assert (town.initials, town.parent_id, town.level) == ("clz", "430681", 4)
    village = Region.objects.filter(level=5).first()
    assert village.lat is not None and village.schematic and village.outline["type"] in ("Polygon", "MultiPolygon")


@pytest.mark.django_db
def test_a_change_in_the_list_is_brought_in_and_told():
    actions.load_divisions(platform_user(), small())
    changed = small()
    changed["divisions"][2]["name"] = "万林社区"
    done = actions.load_divisions(platform_user(), changed)
    assert done.changed == ("430999100200",) and Region.objects.get(pk="430999100200").name == "万林社区"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda rows: rows[2].update(parent="430999777", code="430999777200"), "430999777"),
        (lambda rows: rows.append(dict(rows[2])), "3"),
        (lambda rows: rows[1].update(parent="430999100"), "430999100"),
        (lambda rows: rows[1].update(parent="430999100200"), "430999100"),
        (lambda rows: rows[2].update(code="43099910020"), "12"),
        (lambda rows: rows[2].update(code="430999101200"), "430999100"),
        (lambda rows: rows[2].update(level="street corner"), "street corner"),
        (lambda rows: rows[2].update(name=""), "name"),
        (lambda rows: rows.pop(0), "0"),
    ],
)
def test_a_faulty_list_is_refused_with_the_row_named_and_nothing_is_written(spoil, words):
    document = copy.deepcopy(small())
    spoil(document["divisions"])
    with pytest.raises(Refused, match=words):
        actions.load_divisions(platform_user(), document)
    assert not Region.objects.filter(code__startswith="430999").exists()


def test_only_who_edits_places_in_the_county_loads_its_list(cast):
    for user in (cast.stranger, cast.town_a):
        with pytest.raises(NotVisible):
            actions.load_divisions(user, small())
    with pytest.raises(Forbidden):
        actions.load_divisions(cast.village_a, small())
    assert not Region.objects.filter(pk="430999").exists()


def test_a_town_adds_hamlets_to_its_villages_and_only_there(cast):
    first = actions.add_hamlet(cast.town_a, A1, "樟树屋场")
    second = actions.add_hamlet(cast.town_a, A1, "石桥湾", 28.81, 113.02)
    assert (first.code, second.code) == (A1 + "01", A1 + "02")
    assert first.schematic and not second.schematic and first.initials == "zswc"
    assert AuditRow.objects.filter(action="places.add_hamlet").count() == 2
    with pytest.raises(Refused):
        actions.add_hamlet(cast.town_a, A1, "樟树屋场")
    with pytest.raises(NotVisible):
        actions.add_hamlet(cast.town_a, B1, "新屋场")
    with pytest.raises(Forbidden):
        actions.add_hamlet(cast.village_a, A1, "新屋场")
    assert Region.objects.filter(level=6).count() == 2


def test_each_reader_sees_the_tree_from_the_top_of_their_reach(site_cast):
    assert [r.code for r in queries.tops(site_cast.bureau)] == [COUNTY]
    assert [r.code for r in queries.tops(site_cast.town_a)] == [TOWN_A]
    assert [r.code for r in queries.tops(site_cast.village_a)] == [A1]
    assert [r.code for r in queries.tops(site_cast.manager_a)] == [TOWN_A]
    with pytest.raises(NotVisible):
        queries.get_region(site_cast.town_a, TOWN_B)
    with pytest.raises(NotVisible):
        queries.get_region(site_cast.manager_a, A1)


def test_the_tree_counts_what_stands_in_a_region_and_all_below_it(site_cast):
    root = queries.tree(Region.objects.get(pk=COUNTY))
    assert (root.counts.towns, root.counts.villages) == (2, 4)
    assert root.counts.sites["home"] == 2 and root.counts.beds["nursing"] == 4 and root.counts.all_beds == 8
    town = next(child for child in root.children if child.region.code == TOWN_A)
    assert town.counts.all_sites == 1 and [c.region.code for c in town.children] == [A1, "430681101213"]


@pytest.mark.parametrize(
    ("text", "code"), [("桃林寺", TOWN_B), ("tls", TOWN_B), ("taolinsi", TOWN_B), ("430681112", TOWN_B)]
)
def test_a_region_is_found_by_name_pinyin_initials_and_code(cast, text, code):
    assert code in [r.code for r in queries.search(queries.visible_to(cast.bureau), text)]


def test_places_are_spelled_without_surnames():
    assert spelled("长乐镇") == ("changlezhen", "clz")


def test_the_map_holds_only_what_the_reader_sees(site_cast):
    Region.objects.filter(pk=TOWN_A).update(outline={"type": "Polygon", "coordinates": []}, lat=28.8, lon=113.0)
    features = queries.map_of(site_cast.bureau, Region.objects.get(pk=COUNTY))["features"]
    assert {f["properties"]["name"] for f in features if f["properties"]["role"] == "site"} == {
        site_cast.home_a.name,
        site_cast.home_b.name,
    }
    assert [f["properties"]["name"] for f in features if f["properties"]["role"] == "cell"] == ["汨罗镇"]
    assert client_for(site_cast.town_a).get(f"/places/regions/{COUNTY}/map.json").status_code == 404
    answer = client_for(site_cast.town_a).get(f"/places/regions/{TOWN_A}/map.json").json()
    assert answer["schematic"] is True


def test_the_pages_of_divisions_answer_in_scope_and_hide_the_rest(site_cast, django_assert_max_num_queries):
    client = client_for(site_cast.bureau)
    with django_assert_max_num_queries(14):
        page = client.get("/places/regions/").content.decode()
    assert "汨罗镇" in page and "蟠龙桥村" in page and "荣家湾镇" not in page
    assert "大托村" in client.get("/places/regions/?q=dtc").content.decode()
    assert client.get(f"/places/regions/{TOWN_A}/").status_code == 200
    assert client.get(f"/places/regions/{NEIGHBOUR}/").status_code == 404
    assert client_for(site_cast.carer_a).get("/places/regions/").status_code == 403


def test_a_faulty_file_comes_back_with_the_reason_and_status_422(cast):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = client_for(cast.bureau)
    bad = SimpleUploadedFile("d.json", b"{not json")
    answer = client.post("/places/regions/load/", {"divisions": bad})
    assert answer.status_code == 422 and "JSON" in answer.content.decode()
    twice = small()
    twice["divisions"].append(dict(twice["divisions"][2]))
    answer = client.post(
        "/places/regions/load/", {"divisions": SimpleUploadedFile("d.json", json.dumps(twice).encode())}
    )
    assert answer.status_code == 422 and "第4行" in answer.content.decode()
