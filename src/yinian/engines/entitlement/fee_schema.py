"""The JSON Schema of `fees.yaml`: what a pack rules about the fees of homes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yinian.engines.entitlement.fee_rulings import (
    ABSENCES,
    COVERED,
    DAYS,
    MONTHS,
    OWNERSHIPS,
    PERCENTS,
    PREPAID,
    PRICING,
    RECEIVERS,
)

Rule = Callable[..., dict[str, Any]]
When = Callable[[tuple[str, ...], dict[str, Any], dict[str, Any]], dict[str, Any]]


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null", "description": "not known"}]}


def _some_of(names: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "array", "uniqueItems": True, "items": {"enum": list(names)}}


_SHARE = {"type": "integer", "minimum": 0, "maximum": 100}


def fees_schema(
    rule: Rule, when: When, identifier: dict[str, Any], off: dict[str, Any]
) -> dict[str, Any]:
    """The schema, of the parts that all of a pack's schemas share."""
    subsidy = rule(
        service=identifier, to={"enum": list(RECEIVERS)}, covers={**_some_of(COVERED), "minItems": 1},
        whole={"type": "boolean", "description": "all of what it covers, whatever it comes to"},
    )
    subsidy["properties"]["basis"] = {"enum": ["tekun", "disabled", "private"]}
    parts = {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["kind", "from_day", "percent"],
            "properties": {
                "kind": {"enum": list(ABSENCES)},
                "from_day": {"type": "integer", "minimum": 1, "maximum": 366},
                "percent": {"type": "object", "propertyNames": {"enum": list(COVERED)},
                            "additionalProperties": _SHARE},
            },
            "additionalProperties": False,
        },
    }
    by = {
        "type": "object", "required": list(OWNERSHIPS),
        "properties": {name: {"enum": list(PRICING)} for name in OWNERSHIPS},
        "additionalProperties": False,
    }
    count = {"type": "integer", "minimum": 0, "maximum": 120}
    shapes: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
        (MONTHS, rule(months=_or_null(count))),
        (DAYS, rule(days=_or_null({"type": "integer", "minimum": 0, "maximum": 366, "description": "calendar days"}))),
        (PERCENTS, rule(percent=_or_null({"type": "integer", "minimum": 0, "maximum": 1000}))),
        (("membership",), rule(ownerships=_or_null(_some_of(OWNERSHIPS)))),
        (("supervised",), rule(kinds=_some_of(PREPAID))),
        (("pricing",), rule(by=by)),
        (("absence",), rule(parts=parts)),
    )
    made: dict[str, Any] = {
        "if": {"properties": {"off": {"const": True}}, "required": ["off"]}, "then": off, "else": subsidy,
    }
    for names, shape in reversed(shapes):
        made = when(names, shape, made)
    return {"type": "array", "description": "the fees of homes", "items": {"type": "object", **made}}
