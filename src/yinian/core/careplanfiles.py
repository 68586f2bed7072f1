"""Reads the catalogue of needs for care plans from disk, as a text for its engine. What it means is for the engine.

Plain pathlib and no Django.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from yinian.core.scalefiles import display, read_scale, read_text
from yinian.engines.careplan import Catalogue, load_catalogue

NEEDS = Path(__file__).resolve().parents[3] / "data" / "careplans" / "needs.yaml"
SCALE = "gbt42195"  # the ability assessment, whose catalogue holds the words of all
OTHERS = {"tekun": NEEDS.with_name("needs.tekun.yaml")}  # by scale: what extends it


@cache
def read_catalogue(scale: str = SCALE) -> Catalogue:
    """The catalogue of a scale as it comes with Yinian. Raises ScaleError or PackError naming file and line, and
    KeyError for a scale that has none."""
    if scale == SCALE:
        return load_catalogue(read_text(NEEDS), read_scale(SCALE), display(NEEDS))
    file = OTHERS[scale]
    return load_catalogue(read_text(file), read_scale(scale), display(file), base=read_catalogue())
