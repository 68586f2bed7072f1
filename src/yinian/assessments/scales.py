"""The scales a county assesses by, and which circumstance of the register each of them tells."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language

from yinian.core.scalefiles import read_scale, scale_ids
from yinian.engines.entitlement.facts import Words
from yinian.engines.scale import Scale, ScaleError, Scored, inputs_from_form, running, score

ABILITY_SCALE = "gbt42195"
SELF_CARE_SCALE = "tekun"
# What of the register a scale's result is: the kind of circumstance (people/kinds.py).
FACTS: Mapping[str, str] = {ABILITY_SCALE: "ability", SELF_CARE_SCALE: "self_care", "ltci": "ltc"}


def names(region_code: str) -> tuple[str, ...]:
    """The ids of the scales there are for a region, that of ability first."""
    return tuple(sorted(scale_ids(), key=lambda name: (name != ABILITY_SCALE, name)))


def scale_for(region_code: str, scale_id: str) -> Scale:
    """A scale as the region uses it. Raises ScaleError for an unknown one."""
    return read_scale(scale_id, region_code)


def main_fact(scale_id: str) -> str | None:
    """The kind of circumstance that the scale's result is; None for a scale that tells none."""
    return FACTS.get(scale_id)


def in_words(words: Words | None) -> str:
    """A text of a scale in the reader's language."""
    return "" if words is None else words.in_language("en" if get_language() == "en" else "zh")


def scale_name(scale_id: str) -> str:
    """A scale's name in the reader's language; of one that is no longer there, its id."""
    try:
        return in_words(read_scale(scale_id).name)
    except ScaleError:
        return scale_id


def choices(region_code: str = "") -> list[tuple[str, str]]:
    """The scales with their names."""
    return [(name, scale_name(name)) for name in names(region_code)]


def level_name(scale_id: str, level: int | None) -> str:
    """A level's name as people say it: 中度失能, 半护理."""
    if level is None:
        return ""
    try:
        scale = read_scale(scale_id)
    except ScaleError:
        return str(level)
    return in_words(scale.levels[level].alias) if level < len(scale.levels) else str(level)


def level_choices(scale_id: str) -> list[tuple[int, str]]:
    return [(level.level, in_words(level.alias)) for level in read_scale(scale_id).levels]


def scored(scale: Scale, items: Mapping[str, int], particulars: Mapping[str, Any]) -> Scored:
    """The result of a whole record. Raises ScaleError where an item, or an answer the adjustments read, is missing."""
    return score(scale, {"items": dict(items), **inputs_from_form(scale, particulars)})


__all__ = ["ABILITY_SCALE", "FACTS", "SELF_CARE_SCALE", "ScaleError", "choices", "in_words", "level_choices",
           "level_name", "main_fact", "names", "running", "scale_for", "scale_name", "scored"]
