"""Great-circle distances in whole millimetres, one by one or bounded for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from yinian.engines.placement.model import Position

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EARTH_MM = 6_371_008_800.0  # mean radius, IUGG 1980
HALF_ROUND_MM = 20_015_115_000  # half the way round
SLACK_MM = 2.0  # more than rounding and floating-point can take from a bound


def on_sphere(positions: Sequence[Position]) -> Floats:
    """Points on the unit sphere, one row each."""
    degrees: Floats = np.radians(np.array(positions, dtype=np.float64).reshape(-1, 2))
    latitude, longitude = degrees[:, 0], degrees[:, 1]
    across = np.cos(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=1)


def millimetres(one: Floats, other: Floats) -> Ints:
    """The distance row by row, rounded to whole millimetres."""
    apart = one - other
    chord = np.sqrt(apart[..., 0] ** 2 + apart[..., 1] ** 2 + apart[..., 2] ** 2)
    whole: Ints = np.rint(2 * EARTH_MM * np.arcsin(np.minimum(1.0, chord / 2))).astype(np.int64)
    return whole


def furthest(one: Floats, other: Floats) -> int:
    """Not less than any distance between a point of the one and a point of the other, in millimetres."""
    if not len(one) or not len(other):
        return 0
    middle: Any = np.concatenate([one, other]).mean(axis=0)
    length = float(np.linalg.norm(middle))
    if length < 1e-9:
        return HALF_ROUND_MM
    middle = (middle / length)[None]
    reach = int(millimetres(one, middle).max()) + int(millimetres(other, middle).max()) + int(SLACK_MM)
    return min(reach, HALF_ROUND_MM)
