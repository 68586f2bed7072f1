"""The JSON Schema of a pack's indicators.yaml."""

from typing import Any

from yinian.engines.entitlement.measures import (
    AGGREGATES,
    BINDING,
    COMPARATORS,
    COUNTED,
    DIRECTIONS,
    SHARES,
    THEMES,
)
from yinian.engines.entitlement.measures import LEVELS as REGION_LEVELS
from yinian.engines.entitlement.measures import PERIODS as MEASURED
from yinian.engines.entitlement.schema_parts import CONFIDENCES, DATE, ID, NAME, OFF, SOURCE, WORDS

_MEASURE = {
    "type": "object",
    "required": ["view"],
    "properties": {
        "view": {"type": "string", "description": "one of the views of docs/indicators.md"},
        "where": {"type": ["string", "boolean"], "description": "SQL condition over the view's columns"},
        "aggregate": {"enum": list(AGGREGATES)},
        "column": NAME,
    },
    "additionalProperties": False,
}

INDICATORS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": "what is measured; what an entry leaves out is that of the parent's entry of the same id",
    "items": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": ID},
        "if": {"properties": {"off": {"const": True}}, "required": ["off"]},
        "then": OFF,
        "else": {
            "properties": {
                "id": ID,
                "label": WORDS,
                "theme": {"enum": list(THEMES)},
                "unit": {"enum": [*SHARES, *COUNTED], "description": "fen for money"},
                "period": {"enum": list(MEASURED)},
                "direction": {"enum": list(DIRECTIONS), "description": "which way is better"},
                "level": {"enum": list(REGION_LEVELS), "description": "the finest level at which it makes sense"},
                "publish": {"type": "boolean"},
                "numerator": _MEASURE,
                "denominator": _MEASURE,
                "reported": {**WORDS, "description": "reported by hand, and by whom"},
                "formula": {
                    "type": "object",
                    "description": "how sure it is that the indicator is to be computed so",
                    "required": ["confidence"],
                    "properties": {"confidence": {"enum": list(CONFIDENCES)}, "note": WORDS},
                    "additionalProperties": False,
                },
                "targets": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["kind"],
                        "properties": {
                            "year": {"type": "integer", "minimum": 2000, "maximum": 2199},
                            "by": DATE,
                            **{name: {"type": ["number", "string"]} for name in COMPARATORS},
                            "kind": {"enum": list(BINDING)},
                            "source": SOURCE,
                        },
                        "additionalProperties": False,
                    },
                },
                "list": {**ID, "description": "the platform's list of work that names the same people"},
                "source": SOURCE,
                "note": WORDS,
                "off": {"const": False},
            },
            "additionalProperties": False,
        },
    },
}
