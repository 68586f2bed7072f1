"""Reads the catalogue of needs for care plans from disk, as a text for its engine. What it means is for the engine.

Plain pathlib and no Django.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from yinian.core.scalefiles import display, read_scale, read_text
from yinian.engines.careplan import Catalogue, load_catalogue

NEEDS = Path(__file__).resolve().parents[3] / "data" / "careplans" / "needs.yaml"
SCALE = "gbt42195"  # a care plan starts from the ability assessment


@cache
def read_catalogue(file: Path = NEEDS) -> Catalogue:
    """The catalogue as it comes with Yinian. Raises ScaleError or PackError naming file and line."""
    return load_catalogue(read_text(file), read_scale(SCALE), display(file))
