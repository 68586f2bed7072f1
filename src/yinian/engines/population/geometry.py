"""Schematic positions: where to draw towns and villages when nobody has published their outlines.

Towns with a known or hinted place keep it; the others spread evenly over the county. Cells are Voronoi cells
clipped to the county. Nothing here is surveyed, and every feature says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import shapely
from shapely.geometry import MultiPoint, MultiPolygon, Point, Polygon, mapping, shape
from shapely.geometry.base import BaseGeometry

from yinian.engines.population.divisions import Division, Divisions

#: Rounds of Lloyd's relaxation: enough for an even spread by eye.
_ROUNDS: Final = 12
#: Size in degrees of a cartogram cell, about 5 km.
_HEXAGON: Final = 0.05
#: Plastic-number sequence: evenly spread points without a random generator.
_R2: Final = (0.7548776662466927, 0.5698402909980532)


def schematic(divisions: Divisions, boundary: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """``{region_code: {lat, lon, polygon, schematic, cartogram}}`` for the county, its towns and villages.

    ``boundary`` is a GeoJSON geometry, Feature or FeatureCollection of the county's outline (WGS-84), or
    ``None``: then towns are drawn as hexagons around the county's point (0°, 0° if that is not known either,
    with ``cartogram`` true). ``polygon`` is a GeoJSON geometry.
    """
    outline = _outline(boundary) if boundary is not None else None
    cartogram = outline is None
    cells: dict[str, tuple[Point, BaseGeometry]] = {}
    if outline is None:
        cells.update(_hexagons(divisions))
        outline = shapely.union_all([cell for _, cell in cells.values()])
    else:
        fixed = {
            t.code: Point(t.lon, t.lat)
            for t in divisions.towns
            if t.lat is not None and t.lon is not None and outline.contains(Point(t.lon, t.lat))
        }
        cells.update(_spread([t.code for t in divisions.towns], outline, fixed))
    for town in divisions.towns:
        villages = divisions.villages_of(town.code)
        if villages:
            cells.update(_spread([v.code for v in villages], cells[town.code][1], {}))
    county = divisions.county
    known = county.lat is not None and county.lon is not None
    centre = Point(county.lon, county.lat) if known else outline.representative_point()
    found: dict[str, dict[str, Any]] = {county.code: _place(centre, outline, cartogram)}
    for code, (point, cell) in cells.items():
        found[code] = _place(point, cell, cartogram)
    return found


def feature_collection(
    divisions: Divisions, places: Mapping[str, Mapping[str, Any]], level: str = "town"
) -> dict[str, Any]:
    """The cells of one level as a GeoJSON FeatureCollection, marked ``schematic: true``."""
    rows: Sequence[Division] = {
        "county": (divisions.county,),
        "town": divisions.towns,
        "village": divisions.villages,
    }[level]
    return {
        "type": "FeatureCollection",
        "schematic": True,
        "features": [
            {
                "type": "Feature",
                "id": d.code,
                "properties": {
                    "code": d.code,
                    "name": d.name,
                    "schematic": True,
                    "cartogram": places[d.code]["cartogram"],
                    "cp": [places[d.code]["lon"], places[d.code]["lat"]],
                },
                "geometry": places[d.code]["polygon"],
            }
            for d in rows
        ],
    }


def _outline(boundary: Mapping[str, Any]) -> BaseGeometry:
    kind = boundary.get("type")
    if kind == "FeatureCollection":
        shapes = [shape(f["geometry"]) for f in boundary["features"]]
    elif kind == "Feature":
        shapes = [shape(boundary["geometry"])]
    elif kind in ("Polygon", "MultiPolygon"):
        shapes = [shape(boundary)]
    else:
        raise ValueError(f"a boundary is a GeoJSON polygon, feature or collection; its type is {kind!r}")
    outline = shapely.make_valid(shapely.union_all(shapes))
    if outline.is_empty or outline.area == 0:
        raise ValueError("the boundary has no area")
    return outline


def _place(point: Point, cell: BaseGeometry, cartogram: bool) -> dict[str, Any]:
    # Rounding would push a border point outside by a hair; six digits are 0.1 m.
    return {
        "lat": round(point.y, 6),
        "lon": round(point.x, 6),
        "polygon": mapping(cell),
        "schematic": True,
        "cartogram": cartogram,
    }


def _spread(
    codes: Sequence[str], area: BaseGeometry, fixed: Mapping[str, Point]
) -> dict[str, tuple[Point, BaseGeometry]]:
    """Points for ``codes`` inside ``area`` with their Voronoi cells; ``fixed`` ones stay where they are."""
    points = dict(fixed)
    free = [code for code in codes if code not in points]
    points.update(zip(free, _even_points(area, len(free), list(fixed.values())), strict=True))
    cells: dict[str, BaseGeometry] = {}
    for turn in range(_ROUNDS + 1):
        cells = _voronoi(points, area)
        if turn == _ROUNDS or not free:
            break
        for code in free:
            middle = cells[code].centroid
            points[code] = middle if cells[code].contains(middle) else cells[code].representative_point()
        # The last cells must belong to the last points, hence one more partition than moves.
    return {code: (points[code], cells[code]) for code in codes}


def _even_points(area: BaseGeometry, count: int, taken: Sequence[Point]) -> list[Point]:
    west, south, east, north = area.bounds
    apart = math.sqrt(area.area / max(1, count + len(taken))) * 0.5
    points: list[Point] = []
    step = 0
    while len(points) < count:
        step += 1
        point = Point(west + (step * _R2[0]) % 1.0 * (east - west), south + (step * _R2[1]) % 1.0 * (north - south))
        if area.contains(point) and all(point.distance(other) > apart for other in (*taken, *points)):
            points.append(point)
        if step % 500 == 0:
            apart *= 0.7
    return points


def _voronoi(points: Mapping[str, Point], area: BaseGeometry) -> dict[str, BaseGeometry]:
    if len(points) == 1:
        return dict.fromkeys(points, area)
    diagram = shapely.voronoi_polygons(MultiPoint(list(points.values())), extend_to=area)
    polygons = list(diagram.geoms)
    tree = shapely.STRtree(polygons)
    cells: dict[str, BaseGeometry] = {}
    for code, point in points.items():
        hits = tree.query(point, predicate="intersects")
        cell = shapely.intersection(polygons[int(hits[0])], area)
        cells[code] = _polygonal(cell)
    return cells


def _polygonal(cell: BaseGeometry) -> BaseGeometry:
    """Only the areas of a clipped cell (clipping may leave lines and points)."""
    parts = [g for g in getattr(cell, "geoms", [cell]) if isinstance(g, Polygon) and g.area > 0]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _hexagons(divisions: Divisions) -> dict[str, tuple[Point, BaseGeometry]]:
    """Towns as hexagons in a spiral around the county's point, streets innermost, in code order."""
    county = divisions.county
    lon, lat = county.lon or 0.0, county.lat or 0.0
    stretch = 1 / math.cos(math.radians(lat))
    ordered = sorted(divisions.towns, key=lambda t: (t.kind != "street", t.code))
    cells: dict[str, tuple[Point, BaseGeometry]] = {}
    for town, (q, r) in zip(ordered, _spiral(len(ordered)), strict=True):
        x = lon + _HEXAGON * math.sqrt(3) * (q + r / 2) * stretch
        y = lat + _HEXAGON * 1.5 * r
        corners = [
            (
                x + _HEXAGON * stretch * math.cos(math.radians(60 * k + 30)),
                y + _HEXAGON * math.sin(math.radians(60 * k + 30)),
            )
            for k in range(6)
        ]
        cells[town.code] = (Point(x, y), Polygon(corners))
    return cells


def _spiral(count: int) -> list[tuple[int, int]]:
    """Axial hexagon coordinates from the centre outwards."""
    found = [(0, 0)]
    radius = 0
    sides = ((0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1), (1, 0))
    while len(found) < count:
        radius += 1
        q, r = radius, -radius
        for dq, dr in sides:
            for _ in range(radius):
                found.append((q, r))
                q, r = q + dq, r + dr
    return found[:count]
