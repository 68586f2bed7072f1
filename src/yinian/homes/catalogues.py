"""Lists of words that come with Yinian as data: what the guidance centre looks at, and goods of the stores.

Read from ``data/homes/``; nothing of them stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from yinian.core.jinja import label

FOLDER = Path(__file__).resolve().parents[3] / "data" / "homes"

_WORDS = {
    "type": "object", "required": ["zh", "en"], "additionalProperties": False,
    "properties": {"zh": {"type": "string", "minLength": 1}, "en": {"type": "string", "minLength": 1}},
}


def schema(key: str, *more: str) -> dict[str, Any]:
    """What such a file must be: a list under ``key`` of things with id, label and the words named in ``more``."""
    fields = {"id": {"type": "string", "pattern": "^[a-z][a-z-]*$"}, "label": _WORDS, **dict.fromkeys(more, _WORDS)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object", "required": [key], "additionalProperties": False,
        "properties": {
            key: {"type": "array", "minItems": 1, "items": {
                "type": "object", "required": list(fields), "additionalProperties": False, "properties": fields,
            }},
        },
    }


@dataclass(frozen=True)
class Thing:
    """One word of a list: its id, and its words by name (``label``, ``unit``) in both languages."""

    id: str
    words: Mapping[str, Mapping[str, str]]

    def __str__(self) -> str:
        return label(self.words["label"])

    @property
    def unit(self) -> str:
        """What it is counted in, in the reader's language."""
        return label(self.words["unit"])


@cache
def things(file: str, key: str, *more: str) -> dict[str, Thing]:
    """The things of a file by id, in its order. Raises ValueError naming what is wrong in it."""
    data = yaml.safe_load((FOLDER / file).read_text("utf-8"))
    fault = next(iter(Draft202012Validator(schema(key, *more)).iter_errors(data)), None)
    if fault is not None:
        raise ValueError(f"{file}: {'.'.join(map(str, fault.absolute_path))}: {fault.message}")
    found = {one["id"]: Thing(one["id"], {name: one[name] for name in ("label", *more)}) for one in data[key]}
    if len(found) != len(data[key]):
        raise ValueError(f"{file}: an id stands twice")
    return found


def areas() -> dict[str, Thing]:
    """What the guidance centre looks at in a home."""
    return things("guidance.yaml", "areas")


def goods() -> dict[str, Thing]:
    """Goods of the stores, each with the unit it is counted in."""
    return things("goods.yaml", "goods", "unit")


def choices(found: Mapping[str, Thing]) -> list[tuple[str, str]]:
    """For a form's field, in the reader's language."""
    return [(key, str(one)) for key, one in found.items()]


def named(found: Mapping[str, Thing], key: str) -> str:
    """The words of an id; the id itself where the list no longer has it."""
    return str(found[key]) if key in found else key
