"""The nine hazards a home looks at before it takes somebody in: read from data/homes/hazards.yaml, and worked out.

Which answers make which level is data; nothing of it stands here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from yinian.core.jinja import label

FILE = Path(__file__).resolve().parents[5] / "data" / "homes" / "hazards.yaml"
ANSWERS = (0, 1, 2)  # no, to a degree, clearly
LEVELS = ("none", "some", "high")

_WORDS = {
    "type": "object", "required": ["zh", "en"], "additionalProperties": False,
    "properties": {"zh": {"type": "string", "minLength": 1}, "en": {"type": "string", "minLength": 1}},
}
_ID = {"type": "string", "pattern": "^[a-z][a-z-]*$"}
_MEASURES = {"type": "array", "minItems": 1, "items": _WORDS}
HAZARDS_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Yinian: hazards looked at before admission to a home",
    "type": "object", "required": ["source", "hazards"], "additionalProperties": False,
    "properties": {
        "source": {"type": "object"},
        "hazards": {"type": "array", "minItems": 9, "maxItems": 9, "items": {
            "type": "object", "required": ["id", "label", "some", "high", "items", "measures"],
            "additionalProperties": False,
            "properties": {
                "id": _ID, "label": _WORDS, "some": {"type": "integer", "minimum": 1},
                "high": {"type": "integer", "minimum": 2},
                "items": {"type": "array", "minItems": 1, "items": {
                    "type": "object", "required": ["id", "label"], "additionalProperties": False,
                    "properties": {
                        "id": _ID, "label": _WORDS,
                        "from": {
                            "type": "object", "required": ["item", "points"], "additionalProperties": False,
                            "properties": {
                                "item": {"type": "string", "pattern": "^B\\.[1-4]\\.[0-9]+$"},
                                "points": {"type": "object", "additionalProperties": {"enum": list(ANSWERS)}},
                            },
                        },
                    },
                }},
                "measures": {
                    "type": "object", "required": ["some", "high"], "additionalProperties": False,
                    "properties": {"some": _MEASURES, "high": _MEASURES},
                },
            },
        }},
    },
}


@dataclass(frozen=True)
class Item:
    """One question. ``told``: the item of the ability assessment that tells it, with the answer by its points."""

    id: str
    label: Mapping[str, str]
    told: str
    points: Mapping[int, int]


@dataclass(frozen=True)
class Hazard:
    """One hazard: its questions, from how many points on it is a risk or a high one, what is done then."""

    id: str
    label: Mapping[str, str]
    some: int
    high: int
    items: tuple[Item, ...]
    measures: Mapping[str, tuple[Mapping[str, str], ...]]

    def level(self, answers: Mapping[str, int]) -> str:
        """none, some or high by the answers to its questions; a question without an answer is none given."""
        points = sum(answers.get(field(self.id, item.id), 0) for item in self.items)
        return "high" if points >= self.high else "some" if points >= self.some else "none"

    def measures_at(self, level: str) -> list[str]:
        """What is done at a level; at the high one that of both."""
        names = {"none": (), "some": ("some",), "high": ("some", "high")}[level]
        return [label(one) for name in names for one in self.measures[name]]


@dataclass(frozen=True)
class Catalogue:
    hazards: tuple[Hazard, ...]
    source: Mapping[str, str]
    hash: str


def field(hazard: str, item: str) -> str:
    """The name of a question's answer."""
    return f"{hazard}.{item}"


@cache
def catalogue() -> Catalogue:
    """The hazards as they come with Yinian. Raises ValueError naming what is wrong in the file."""
    text = FILE.read_text("utf-8")
    data = yaml.safe_load(text)
    fault = next(iter(Draft202012Validator(HAZARDS_SCHEMA).iter_errors(data)), None)
    if fault is not None:
        raise ValueError(f"{FILE.name}: {'.'.join(map(str, fault.absolute_path))}: {fault.message}")
    hazards = tuple(
        Hazard(
            one["id"], one["label"], one["some"], one["high"],
            tuple(
                Item(item["id"], item["label"], item.get("from", {}).get("item", ""),
                     {int(k): v for k, v in item.get("from", {}).get("points", {}).items()})
                for item in one["items"]
            ),
            {name: tuple(one["measures"][name]) for name in ("some", "high")},
        )
        for one in data["hazards"]
    )
    return Catalogue(hazards, data["source"], hashlib.sha256(text.encode()).hexdigest())


def prefilled(items: Mapping[str, int]) -> dict[str, int]:
    """The answers that an ability assessment tells, by its items' points; questions it says nothing of are absent."""
    found = {}
    for hazard in catalogue().hazards:
        for item in hazard.items:
            points = items.get(item.told)
            if item.told and points is not None and int(points) in item.points:
                found[field(hazard.id, item.id)] = item.points[int(points)]
    return found


def levels(answers: Mapping[str, int]) -> dict[str, str]:
    """Each hazard's level by the answers."""
    return {hazard.id: hazard.level(answers) for hazard in catalogue().hazards}


def missing(answers: Mapping[str, int]) -> list[str]:
    """Names of the questions that have no answer."""
    return [
        field(hazard.id, item.id) for hazard in catalogue().hazards for item in hazard.items
        if answers.get(field(hazard.id, item.id)) not in ANSWERS
    ]
