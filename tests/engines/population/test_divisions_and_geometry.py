"""Divisions in the uniform form, the parsers into it, and the schematic map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import Point, shape

from yinian.demo.sources import SourceError, available_counties, data_folder, load_county
from yinian.engines.population import (
    DivisionError,
    Divisions,
    feature_collection,
    from_detailed_snapshot,
    from_document,
    from_prefecture_list,
    schematic,
    to_document,
)


@pytest.fixture(scope="module")
def miluo() -> Divisions:
    return load_county("430681").divisions


@pytest.fixture(scope="module")
def drawn(miluo: Divisions) -> dict[str, dict[str, Any]]:
    return schematic(miluo, load_county("430681").boundary)


def test_miluo_has_2_streets_13_towns_35_communities_and_4_quasi_villages(miluo: Divisions) -> None:
    kinds = [t.kind for t in miluo.towns]
    assert (kinds.count("street"), kinds.count("town")) == (2, 13)
    kinds = [v.kind for v in miluo.villages]
    assert (kinds.count("community"), kinds.count("village"), kinds.count("quasi_village")) == (35, 146, 4)
    assert len(miluo.settlements) == 181


def test_two_communities_moved_to_guiyi_keep_their_published_code_beside_a_provisional_one(miluo: Divisions) -> None:
    moved = [v for v in miluo.villages if v.statistical_code]
    assert [(v.name, v.parent, v.statistical_code) for v in moved] == [
        ("航运社区", "430681119", "430681403001"),
        ("新港社区", "430681119", "430681403002"),
    ]
    assert miluo.town_of(moved[0].code).name == "归义街道"


def test_every_county_file_reads_and_writes_back_the_same() -> None:
    codes = available_counties()
    assert len(codes) == 43
    for code in codes:
        text = (data_folder() / "divisions" / f"{code}.json").read_text(encoding="utf-8")
        assert to_document(from_document(json.loads(text))) == json.loads(text)


def test_a_division_without_a_parent_or_twice_is_refused_by_code() -> None:
    row = {"code": "430681", "name": "汨罗市", "level": "county", "kind": "county_city", "parent": None}
    town = {"code": "430681101", "name": "汨罗镇", "level": "town", "kind": "town", "parent": "430681"}
    with pytest.raises(DivisionError, match="430682"):
        from_document({"divisions": [row, town | {"parent": "430682"}]})
    with pytest.raises(DivisionError, match="stands twice"):
        from_document({"divisions": [row, town, town]})
    with pytest.raises(DivisionError, match="row 2: kind"):
        from_document({"divisions": [row, {k: v for k, v in town.items() if k != "kind"}]})
    with pytest.raises(DivisionError, match="exactly one county"):
        from_document({"divisions": [town]})
    with pytest.raises(DivisionError, match="6, 9 or 12 digits"):
        from_document({"divisions": [row, town | {"code": "4306811"}]})


def test_a_detailed_snapshot_is_parsed_with_current_names_and_merged_entries() -> None:
    raw = {
        "source": "list",
        "county": {"code": "990001", "name": "甲县", "lat": None},
        "towns": [
            {"code": "990001101", "name_2023": "乙镇", "name_current": "乙街道", "villages": [
                {"code": "990001101201", "name": "一村", "kind": "村"},
                {"code": "990001101202", "name": "二林场村", "kind": "村"}]},
            {"code": "990001403", "name_2023": "中心", "name_current": "中心", "villages": [
                {"code": "990001403001", "name": "三社区", "kind": "社区"}]},
        ],
    }  # fmt: skip
    made = from_detailed_snapshot(raw, merged_towns={"990001403": "990001101"})
    assert [(t.name, t.kind) for t in made.towns] == [("乙街道", "street")]
    assert [(v.code, v.kind) for v in made.villages] == [
        ("990001101201", "village"), ("990001101202", "quasi_village"), ("990001101901", "community"),
    ]  # fmt: skip


def test_a_prefecture_list_gives_one_county_each_without_villages() -> None:
    raw = {
        "prefectures": {
            "9900": {
                "name": "丙市",
                "counties": [
                    {"code": "990002", "name": "丁区", "n_villages": 9, "townships": [
                        {"code": "990002001", "name": "戊街道"}, {"code": "990002201", "name": "己乡"}]},
                ],
            }
        }
    }  # fmt: skip
    made = from_prefecture_list(raw)["990002"]
    assert [t.kind for t in made.towns] == ["street", "township"]
    assert made.settlements == made.towns
    assert "村级区划未收录" in made.note


def test_every_cell_lies_inside_the_county_and_holds_its_point(
    miluo: Divisions, drawn: dict[str, dict[str, Any]]
) -> None:
    boundary = load_county("430681").boundary
    assert boundary is not None
    county = shape(boundary["features"][0]["geometry"])
    for code, place in drawn.items():
        cell = shape(place["polygon"])
        assert cell.is_valid and cell.area > 0, code
        assert cell.difference(county).area < 1e-9, code
        assert cell.buffer(1e-5).contains(Point(place["lon"], place["lat"])), code
        assert place["schematic"] and not place["cartogram"]


def test_towns_cover_the_county_without_overlap_and_villages_their_town(
    miluo: Divisions, drawn: dict[str, dict[str, Any]]
) -> None:
    county = shape(drawn["430681"]["polygon"]).area
    assert sum(shape(drawn[t.code]["polygon"]).area for t in miluo.towns) == pytest.approx(county, rel=1e-6)
    for town in miluo.towns:
        inside = sum(shape(drawn[v.code]["polygon"]).area for v in miluo.villages_of(town.code))
        assert inside == pytest.approx(shape(drawn[town.code]["polygon"]).area, rel=1e-6)


def test_known_places_stay_where_they_are(miluo: Divisions, drawn: dict[str, dict[str, Any]]) -> None:
    known = [t for t in miluo.towns if t.coordinate == "known"]
    assert {t.name for t in known} == {"归义街道", "白水镇", "长乐镇"}
    for town in known:
        assert (drawn[town.code]["lat"], drawn[town.code]["lon"]) == (town.lat, town.lon)


def test_a_county_without_an_outline_becomes_a_cartogram_of_separate_hexagons() -> None:
    county = load_county("430626")
    assert county.boundary is None
    drawn = schematic(county.divisions, None)
    cells = [shape(drawn[t.code]["polygon"]) for t in county.divisions.towns]
    assert all(place["cartogram"] for place in drawn.values())
    for i, one in enumerate(cells):
        assert all(one.intersection(other).area < 1e-9 for other in cells[i + 1 :])


def test_a_feature_collection_says_that_it_is_schematic(miluo: Divisions, drawn: dict[str, dict[str, Any]]) -> None:
    for level, count in (("county", 1), ("town", 15), ("village", 185)):
        made = feature_collection(miluo, drawn, level)
        assert made["schematic"] is True
        assert len(made["features"]) == count
        assert all(f["properties"]["schematic"] for f in made["features"])
        assert json.loads(json.dumps(made))["type"] == "FeatureCollection"


def test_a_boundary_of_the_wrong_kind_is_refused(miluo: Divisions) -> None:
    with pytest.raises(ValueError, match="GeoJSON"):
        schematic(miluo, {"type": "Point", "coordinates": [0, 0]})


def test_a_county_folder_of_ones_own_is_read_and_faults_name_the_file(tmp_path: Path) -> None:
    source = data_folder() / "counties" / "430681"
    for name in ("figures.yaml", "homes.yaml"):
        (tmp_path / name).write_text((source / name).read_text(encoding="utf-8"), encoding="utf-8")
    assert len(load_county(tmp_path).spec.homes) == 14
    (tmp_path / "homes.yaml").write_text("homes: [", encoding="utf-8")
    with pytest.raises(SourceError, match=r"homes\.yaml"):
        load_county(tmp_path)
    with pytest.raises(SourceError, match="6 digits"):
        load_county("nowhere")
    with pytest.raises(SourceError, match=r"999999\.json is missing"):
        load_county("999999")
