"""Answers for tests: all the best, a given total, anything at all; the facts where they lie beside us."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from yinian.core.scalefiles import read_scale
from yinian.engines.scale import Scale

_NOTHING = Path(__file__).parent
"""An overlay that lays nothing over any scale, whatever a data folder holds."""

GBT = read_scale("gbt42195", overlay=_NOTHING)
LTCI = read_scale("ltci", overlay=_NOTHING)
TEKUN = read_scale("tekun", overlay=_NOTHING)
ALL = (GBT, LTCI, TEKUN)

UNHURRIED = settings(deadline=None, max_examples=60)
"""For properties: a busy machine may be slow, and no test measures time."""

_FACTS = Path(__file__).resolve().parents[4] / "shared" / "facts"


def facts(name: str) -> Any:
    """A file of verified facts, or None where the repository stands alone."""
    file = _FACTS / name
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def absent(scale: Scale) -> dict[str, bool | int]:
    """Every input of the adjustments, saying no."""
    return {entry.id: False if entry.type == "boolean" else 0 for entry in scale.inputs}


def best(scale: Scale) -> dict[str, int]:
    """The best points of every item."""
    return {item.code: item.max for item in scale.items}


def answers(scale: Scale, items: Mapping[str, int] | None = None, **inputs: bool | int) -> dict[str, Any]:
    """Whole answers: the best, save what is given."""
    return {"items": {**best(scale), **(items or {})}, **absent(scale), **inputs}


def totalling(scale: Scale, total: int) -> dict[str, int]:
    """Points of every item that sum to a total; the scale's items must allow every step."""
    items = best(scale)
    spare = sum(items.values()) - total
    for item in scale.items:
        taken = min(spare, item.max - item.min)
        items[item.code] -= taken
        spare -= taken
    assert spare == 0
    return items


def any_items(scale: Scale) -> st.SearchStrategy[dict[str, int]]:
    """Any points the options allow."""
    return st.fixed_dictionaries(
        {item.code: st.sampled_from([option.score for option in item.options]) for item in scale.items}
    )


def any_inputs(scale: Scale) -> st.SearchStrategy[dict[str, bool | int]]:
    """Any inputs of the adjustments."""
    return st.fixed_dictionaries(
        {entry.id: st.booleans() if entry.type == "boolean" else st.integers(0, 5) for entry in scale.inputs}
    )


def folded(text: str) -> str:
    """A text without its punctuation and spaces."""
    return re.sub(r"[\W_]", "", text)


def fingerprint(text: str) -> str:
    """What two texts share that differ only in punctuation."""
    return hashlib.sha256(folded(text).encode()).hexdigest()[:16]
