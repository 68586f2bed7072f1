"""The JSON Schema of a catalogue of needs. `data/careplans/schema/` publishes the same text for editors.

Says what a file may hold; whether items, ranges and words fit together is for `load`.
"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

from yinian.engines.careplan.model import ANY
from yinian.engines.entitlement.located import Located
from yinian.engines.entitlement.schema import hold_to
from yinian.engines.entitlement.schema_parts import CONFIDENCES, LONGEST_QUOTE

_ID = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$", "maxLength": 40}
_CODE = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$", "maxLength": 40}
_DATE = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 120}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _list(items: dict[str, Any], least: int = 1) -> dict[str, Any]:
    return {"type": "array", "minItems": least, "items": items}


_WORDS = _object(["zh"], zh=_TEXT, en=_TEXT)
_SOURCE = _object(
    ["document", "confidence"],
    document=_ID,
    clause=_TEXT,
    quote={"type": "string", "maxLength": LONGEST_QUOTE},
    confidence={"enum": list(CONFIDENCES)},
    note=_WORDS,
)
_NAMED = _list(_object(["id", "label"], id=_ID, label=_WORDS, source=_SOURCE))
_GOAL = _object(
    ["id", "text", "measure", "target", "months"],
    id=_ID,
    text=_WORDS,
    measure=_WORDS,
    target=_WORDS,
    months={"type": "integer", "minimum": 1, "maximum": 36, "description": "within so many months"},
)
_OFFER = _object(
    ["service", "provider", "often"],
    service=_ID,
    provider=_ID,
    often={"type": "string", "description": "such as 3/week, 1/day, 2/month, 1/quarter or once"},
    minutes={"type": "integer", "minimum": 5, "maximum": 1440, "description": "minutes each time"},
    note=_WORDS,
    ticked={"type": "boolean", "description": "false: offered, but not ticked when a plan is begun"},
)
_DEGREE = _object(
    ["id", "text", "goals", "services"],
    id=_ID,
    text=_WORDS,
    scores={
        "type": "array",
        "items": {"type": "integer", "minimum": 0},
        "minItems": 2,
        "maxItems": 2,
        "description": "from and to, both inside; the degrees of a need follow one another without a gap down to none",
    },
    level={"type": "integer", "minimum": 0, "maximum": 10, "description": "the final level, or a worse one"},
    inputs=_list({"type": "string"}),
    answers={
        "type": "object",
        "minProperties": 1,
        "description": "form A's fields with the choices that speak of the need, or `any`",
        "propertyNames": _CODE,
        "additionalProperties": {"anyOf": [{"const": ANY}, _list({"type": "string"})]},
    },
    goals=_list(_GOAL),
    services=_list(_OFFER),
)
_NEED = _object(
    ["id", "area", "degrees"],
    id=_ID,
    area=_ID,
    items=_list(_CODE),
    take={"enum": ["lowest", "sum"], "description": "how several items are measured; the lowest where nothing is said"},
    only_if={
        "type": "object",
        "minProperties": 1,
        "description": "circumstances of the register, one of whose values must be known to hold",
        "additionalProperties": _list({"type": "string"}),
    },
    risks=_list(_ID),
    degrees=_list(_DEGREE),
    source=_SOURCE,
)

_COMMON: dict[str, Any] = {
    "id": _CODE,
    "version": _TEXT,
    "scale": _ID,
    "documents": _list(_object(["id", "title"], id=_ID, title=_TEXT, number=_TEXT, date=_DATE, note=_WORDS)),
    "source": _SOURCE,
    "needs": _list(_NEED),
}
VOCABULARIES: dict[str, Any] = {
    "aids": _NAMED,
    "aids_source": _SOURCE,
    "home_services": _NAMED,
    "home_services_source": _SOURCE,
    "providers": _NAMED,
    "risks": _NAMED,
    "services": _list(_object(["id", "label"], id=_ID, label=_WORDS, aid=_ID, home_service=_ID)),
    "areas": _NAMED,
}
_EXTENDS = {**_CODE, "description": "the catalogue whose words, providers, services and areas this one uses"}

CATALOGUE_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Yinian care plans: what an assessment says a person needs",
    **_object([*_COMMON], **_COMMON, **VOCABULARIES, extends=_EXTENDS),
    # One that extends has no vocabularies of its own: `load` says so where it has.
    "if": {"not": {"required": ["extends"]}},
    "then": {"required": [*VOCABULARIES]},
}

_VALIDATOR = Draft202012Validator(CATALOGUE_SCHEMA)


def check_schema(located: Located) -> None:
    """Holds a file to the schema. Raises PackError on the first fault, at its line."""
    hold_to(located, _VALIDATOR)
