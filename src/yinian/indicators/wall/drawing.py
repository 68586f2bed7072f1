"""The county's map as paths: towns from their outlines, laid out for one picture. Knows no figures."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from yinian.core.models import Region

WIDTH, HEIGHT = 1000, 860
MARGIN = 12


@dataclass(frozen=True)
class TownShape:
    """A town as drawn: an SVG path, and where its name stands."""

    code: str
    name: str
    path: str
    x: int
    y: int


@dataclass(frozen=True)
class Picture:
    """Every town of a county that has an outline. ``schematic``: the borders are drawn, not surveyed."""

    width: int
    height: int
    towns: tuple[TownShape, ...]
    schematic: bool


def draw(towns: Sequence[Region]) -> Picture:
    """Towns with outlines (GeoJSON, WGS 84) in a picture of WIDTH x HEIGHT, north up and true in shape."""
    rings = {town.code: list(_rings(town.outline)) for town in towns if town.outline}
    points = [point for found in rings.values() for ring in found for point in ring]
    if not points:
        return Picture(WIDTH, HEIGHT, (), False)
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    # A degree of longitude is shorter than one of latitude away from the equator.
    narrow = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * narrow, 1e-9), max(north - south, 1e-9)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    left = (WIDTH - (east - west) * narrow * scale) / 2
    top = (HEIGHT - (north - south) * scale) / 2

    def place(point: Sequence[float]) -> tuple[float, float]:
        return left + (point[0] - west) * narrow * scale, top + (north - point[1]) * scale

    shapes = []
    for town in towns:
        drawn = [[place(point) for point in ring] for ring in rings.get(town.code, [])]
        if not drawn:
            continue
        x, y = _middle(max(drawn, key=lambda ring: abs(_area(ring))))
        path = "".join("M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in ring) + "Z" for ring in drawn)
        shapes.append(TownShape(town.code, town.name, path, round(x), round(y)))
    return Picture(WIDTH, HEIGHT, tuple(shapes), any(town.schematic for town in towns))


def _rings(geometry: Any) -> Iterator[list[Sequence[float]]]:
    if geometry["type"] == "Polygon":
        yield from geometry["coordinates"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["coordinates"]:
            yield from polygon


def _area(ring: Sequence[tuple[float, float]]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def _middle(ring: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The centre of gravity of a ring; of one without area, the mean of its points."""
    area = _area(ring)
    if abs(area) < 1e-6:
        return sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)
    x = y = 0.0
    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = a[0] * b[1] - b[0] * a[1]
        x, y = x + (a[0] + b[0]) * cross, y + (a[1] + b[1]) * cross
    return x / (6 * area), y / (6 * area)
