"""The JSON Schemas of a policy pack's files. `data/policies/schema/` publishes the same text for editors.

Says what a file may hold; whether names, dates and expressions fit together is for `pack`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from yinian.engines.entitlement.fee_schema import fees_schema
from yinian.engines.entitlement.indicator_schema import INDICATORS_SCHEMA
from yinian.engines.entitlement.located import Located, plain_json
from yinian.engines.entitlement.rulings import (
    APPEALS,
    DAYS,
    DRIVE_DAYS,
    DRIVE_NAMED,
    EFFECTS,
    EVENTS,
    GENERAL,
    LEVELS,
    LIMITS,
    NAMED,
    PLAN_DAYS,
    PLAN_NAMED,
    RECURRING,
    REQUESTERS,
    SELF_CARE_LEVELS,
    STAGES,
    STAY_DAYS,
)
from yinian.engines.entitlement.schema_parts import (
    DATE,
    DATE_OR_NULL,
    ID,
    NAME,
    OFF,
    REFERENCE,
    REGION,
    SOURCE,
    WORDS,
)
from yinian.engines.entitlement.scheme_schema import schemes_schema
from yinian.engines.entitlement.waiting import WAITING_SCHEMA

KINDS = ("cash", "service", "in_kind", "priority")
PERIODS = ("day", "month", "year", "once")
WAYS_TO_APPLY = ("automatic", "on_application")

PACK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["region"],
    "properties": {
        "region": REGION,
        "label": WORDS,
        "extends": {
            "anyOf": [
                {"type": "string", "pattern": "^[a-z0-9_-]+(/[a-z0-9_-]+)*$"},
                {"type": "null"},
            ]
        },
        "demo_county": {
            "type": "string",
            "pattern": "^[0-9]{6}$",
            "description": "the county that stands for the region in a demonstration, in quotes",
        },
        "documents": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "title"],
                "properties": {
                    "id": ID,
                    "title": {"type": "string", "minLength": 1},
                    "number": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "date": DATE_OR_NULL,
                    "issuer": {"type": "string"},
                    "seen_at": {"type": "string", "description": "where the text was read"},
                    "sha256": {"anyOf": [{"type": "string", "pattern": "^[0-9a-f]{64}$"}, {"type": "null"}]},
                    "note": WORDS,
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}

PARAMETERS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "propertyNames": NAME,
    "additionalProperties": {
        "type": "object",
        "if": {"properties": {"off": {"const": True}}, "required": ["off"]},
        "then": OFF,
        "else": {
            "required": ["label", "unit", "values"],
            "properties": {
                "label": WORDS,
                "unit": {"type": "string", "minLength": 1},
                "note": WORDS,
                "reference": REFERENCE,
                "off": {"const": False},
                "values": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["from", "value", "source"],
                        "properties": {
                            "from": DATE,
                            "to": DATE_OR_NULL,
                            "value": {"type": ["number", "string", "boolean"]},
                            "source": SOURCE,
                            "reference": REFERENCE,
                        },
                        "additionalProperties": False,
                    },
                },
            },
            "additionalProperties": False,
        },
    },
}

SERVICES_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": ID},
        "if": {"properties": {"off": {"const": True}}, "required": ["off"]},
        "then": OFF,
        "else": {
            "required": ["id", "label", "who", "source"],
            "properties": {
                "id": ID,
                "label": WORDS,
                "description": WORDS,
                "national_item": {"type": ["integer", "null"], "minimum": 1},
                "kind": {"enum": list(KINDS)},
                "group": {"type": ["string", "null"]},
                "department": {"anyOf": [WORDS, {"type": "null"}]},
                "off": {"const": False},
                "who": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["id", "test"],
                        "properties": {
                            "id": ID,
                            "test": {"type": ["string", "boolean"]},
                            "label": WORDS,
                            "source": SOURCE,
                        },
                        "additionalProperties": False,
                    },
                },
                "gives": {
                    "anyOf": [
                        {"type": "null"},
                        {
                            "type": "object",
                            "properties": {
                                "amount": {"type": ["string", "integer", "null"]},
                                "period": {"enum": [*PERIODS, None]},
                            },
                            "additionalProperties": False,
                        },
                    ]
                },
                "higher_of": {"anyOf": [ID, {"type": "null"}]},
                "not_with": {"type": ["array", "null"], "items": ID},
                "apply": {"enum": list(WAYS_TO_APPLY)},
                "effective": {
                    "type": ["object", "null"],
                    "properties": {"from": DATE_OR_NULL, "to": DATE_OR_NULL},
                    "additionalProperties": False,
                },
                "source": SOURCE,
                "reference": REFERENCE,
                "note": WORDS,
            },
            "additionalProperties": False,
        },
    },
}

ROUTING_SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": "which kind of home takes which ability level",
    "items": {
        "type": "object",
        "required": ["id", "label", "ability_levels", "homes", "source"],
        "properties": {
            "id": ID,
            "label": WORDS,
            "relief": {"type": "array", "items": {"type": "string"}},
            "ability_levels": {"type": "array", "minItems": 1, "items": {"type": "integer"}},
            "dementia": {"type": "boolean"},
            "homes": {
                "type": "object",
                "properties": {
                    "kind": {"type": "string"},
                    "names": {"type": "array", "items": {"type": "string"}},
                    "towns": {"type": "array", "items": REGION},
                },
                "additionalProperties": False,
            },
            "source": SOURCE,
            "note": WORDS,
        },
        "additionalProperties": False,
    },
}

_LIMIT = {
    "type": "object",
    "required": ["label", "value"],
    "properties": {"label": WORDS, "value": {"type": "integer", "minimum": 1}, "note": WORDS},
    "additionalProperties": False,
}

LIMITS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "beyond what a figure in a draft was surely mistyped, and below what one is not published",
    "properties": {
        "month_fen": {**_LIMIT, "description": "the most for one person and service, fen a month"},
        "cost_times": {**_LIMIT, "description": "how many times the present cost must be confirmed"},
        "small_cell": {**_LIMIT, "description": "a count below this is not published"},
    },
    "additionalProperties": False,
}

_WORKING_DAYS = {"type": "integer", "minimum": 1, "maximum": 250, "description": "working days"}
_MONTHS = {"type": "integer", "minimum": 1, "maximum": 120, "description": "calendar months"}
_RULED = {
    "id": ID,
    "label": WORDS,
    "source": SOURCE,
    "note": WORDS,
    "reference": REFERENCE,
    "off": {"const": False},
}


def _rule(**values: Any) -> dict[str, Any]:
    return {
        "required": ["id", "label", *values, "source"],
        "properties": {**_RULED, **values},
        "additionalProperties": False,
    }


def _when(ids: tuple[str, ...], then: dict[str, Any], otherwise: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"properties": {"id": {"enum": list(ids)}}, "required": ["id"]}, "then": then, "else": otherwise}



def _by_level(levels: tuple[str, ...], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "required": list(levels),
        "properties": dict.fromkeys(levels, _MONTHS),
        "additionalProperties": False,
    }


def _levels(levels: tuple[str, ...], description: str) -> dict[str, Any]:
    return {
        "type": "array",
        "uniqueItems": True,
        "items": {"enum": [int(level) for level in levels]},
        "description": description,
    }


_BY_LEVEL = _by_level(LEVELS, "months by ability level")

ASSESSMENT_SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": "how people are assessed; an id of your own is another body's assessment that is accepted",
    "items": {
        "type": "object",
        "if": {"properties": {"off": {"const": True}}, "required": ["off"]},
        "then": {"allOf": [OFF, {"properties": {"id": {"not": {"enum": list(NAMED)}}}}]},
        "else": _when(
            DAYS,
            _rule(working_days=_WORKING_DAYS),
            _when(
                ("assessors",),
                _rule(count={"type": "integer", "minimum": 1}, medical={"type": "integer", "minimum": 0}),
                _when(
                    ("effect",),
                    _rule(**{"from": {"enum": list(EFFECTS)}}),
                    _when(
                        ("routine",),
                        _rule(months={**_BY_LEVEL, "description": "months between routine assessments by level"}),
                        _when(
                            ("disabled",),
                            _rule(level={"type": "integer", "minimum": 1, "maximum": int(LEVELS[-1])}),
                            _when(
                                ("requesters",),
                                _rule(who={"type": "array", "minItems": 1, "items": {"enum": list(REQUESTERS)}}),
                                _when(
                                    ("required",),
                                    _rule(services={"type": "array", "items": ID}, admission={"type": "boolean"}),
                                    _rule(scale=ID, months={"anyOf": [_MONTHS, {"type": "null"}]}),
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    },
}


CARE_PLAN_SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": "how care plans are drawn up and reviewed",
    "items": {
        "type": "object",
        "properties": {"id": {"enum": list(PLAN_NAMED)}},
        **_when(
            PLAN_DAYS,
            _rule(working_days=_WORKING_DAYS),
            _when(
                ("planned",),
                _rule(levels=_levels(LEVELS, "the ability levels for which a plan is to be made")),
                _when(
                    ("planned-self-care",),
                    _rule(levels=_levels(SELF_CARE_LEVELS, "the classes of self-care for which a plan is to be made")),
                    _when(
                        ("review",),
                        _rule(months=_BY_LEVEL),
                        _rule(months=_by_level(SELF_CARE_LEVELS, "months by class of self-care")),
                    ),
                ),
            ),
        ),
    },
}


SUPERVISION_SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": "how the tasks and projects of plans are driven",
    "items": {
        "type": "object",
        "properties": {"id": {"enum": list(DRIVE_NAMED)}},
        **_when(
            DRIVE_DAYS,
            _rule(days={"type": "integer", "minimum": 1, "maximum": 365, "description": "calendar days"}),
            _when(
                ("vague",),
                _rule(months={"type": "integer", "minimum": 1, "maximum": 24}),
                _rule(points={"type": "integer", "minimum": 1, "maximum": 100, "description": "percentage points"}),
            ),
        ),
    },
}


STAYS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": "living in homes: how long short stays last and a bed is kept, and when a stay's end is announced",
    "items": {
        "type": "object",
        "properties": {"id": {"enum": list(STAY_DAYS)}},
        **_when(
            STAY_DAYS,
            _rule(days={"type": "integer", "minimum": 1, "maximum": 366, "description": "calendar days"}),
            _rule(),
        ),
    },
}


def _part(**values: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [*values, "source"],
        "properties": {**values, "source": SOURCE, "note": WORDS, "reference": REFERENCE},
        "additionalProperties": False,
    }


_STEPS = _part(
    steps={
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "required": ["id", "working_days"],
            "properties": {"id": {"enum": list(STAGES)}, "working_days": _WORKING_DAYS},
            "additionalProperties": False,
        },
    }
)
_MONTHS_AFTER = {"type": "integer", "minimum": 0, "maximum": 12}

PROCEDURE_SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": f"how services are decided; `{GENERAL}` holds for all, an entry of a service's id for that one",
    "items": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": ID},
        "if": {"properties": {"off": {"const": True}}, "required": ["off"]},
        "then": OFF,
        "else": {
            "required": ["id", "label"],
            "properties": {
                "id": ID,
                "label": WORDS,
                "off": {"const": False},
                "stages": {**_STEPS, "description": "of an application, in order"},
                "review": {**_STEPS, "description": "of a month's list, in order"},
                "notice": _part(
                    required={"type": "boolean"},
                    days={"type": "integer", "minimum": 0, "maximum": 60, "description": "calendar days"},
                    place={"enum": list(STAGES)},
                ),
                "appeals": _part(
                    ways={
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["kind", "where"],
                            "properties": {
                                "kind": {"enum": list(APPEALS)},
                                "days": {"type": "integer", "minimum": 1, "description": "calendar days"},
                                "months": _MONTHS,
                                "where": WORDS,
                            },
                            "additionalProperties": False,
                        },
                    }
                ),
                "papers": _part(
                    asks={
                        "type": "array",
                        "description": "papers that an application brings",
                        "items": {
                            "type": "object",
                            "required": ["id", "label", "required"],
                            "properties": {"id": ID, "label": WORDS, "required": {"type": "boolean"}},
                            "additionalProperties": False,
                        },
                    }
                ),
                "payment": _part(day={"type": "integer", "minimum": 1, "maximum": 28}),
                "begins": _part(event={"enum": list(EVENTS)}, months_after=_MONTHS_AFTER),
                "ends": _part(death=_MONTHS_AFTER, move=_MONTHS_AFTER),
                "rest": _part(
                    days={"type": "integer", "minimum": 0, "maximum": 3650, "description": "calendar days; 0: none"}
                ),
                **{name: _part(working_days=_WORKING_DAYS) for name in LIMITS},
            },
            "additionalProperties": False,
        },
    },
}

_QUANTITY = {"type": ["number", "string"], "minimum": 0, "pattern": "^[0-9]+(\\.[0-9]+)?$"}

STANDARDS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": "figures to be kept to besides what people are due: costs, staff, beds, buildings, visits, awards",
    "items": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": ID},
        "if": {"properties": {"off": {"const": True}}, "required": ["off"]},
        "then": OFF,
        "else": {
            "required": ["id", "label", "unit", "per", "source"],
            "properties": {
                **_RULED,
                "unit": {"type": "string", "minLength": 1, "description": "fen for money"},
                "per": {**WORDS, "description": "of what the figure speaks"},
                "exactly": _QUANTITY,
                "at_least": _QUANTITY,
                "at_most": _QUANTITY,
                "period": {"enum": list(RECURRING)},
                "begins": DATE,
                "by": {**DATE, "description": "until when it is to be reached"},
            },
            "additionalProperties": False,
        },
    },
}

SCHEMAS: dict[str, dict[str, Any]] = {
    name: {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}
    for name, title, schema in (
        ("pack", "Yinian policy pack: pack.yaml", PACK_SCHEMA),
        ("parameters", "Yinian policy pack: parameters.yaml", PARAMETERS_SCHEMA),
        ("services", "Yinian policy pack: services/*.yaml", SERVICES_SCHEMA),
        ("routing", "Yinian policy pack: routing.yaml", ROUTING_SCHEMA),
        ("limits", "Yinian policy pack: limits.yaml", LIMITS_SCHEMA),
        ("assessment", "Yinian policy pack: assessment.yaml", ASSESSMENT_SCHEMA),
        ("careplan", "Yinian policy pack: careplan.yaml", CARE_PLAN_SCHEMA),
        ("procedure", "Yinian policy pack: procedure.yaml", PROCEDURE_SCHEMA),
        ("standards", "Yinian policy pack: standards.yaml", STANDARDS_SCHEMA),
        ("supervision", "Yinian policy pack: supervision.yaml", SUPERVISION_SCHEMA),
        ("fees", "Yinian policy pack: fees.yaml", fees_schema(_rule, _when, ID, OFF)),
        ("stays", "Yinian policy pack: stays.yaml", STAYS_SCHEMA),
        ("schemes", "Yinian policy pack: schemes.yaml", schemes_schema(WORDS, SOURCE, ID, OFF)),
        ("indicators", "Yinian policy pack: indicators.yaml", INDICATORS_SCHEMA),
        ("waiting", "Yinian policy pack: waiting.yaml", WAITING_SCHEMA),
    )
}
"""Each published schema by the name of its file."""

_VALIDATORS = {name: Draft202012Validator(schema) for name, schema in SCHEMAS.items()}


def check_schema(located: Located, schema: str) -> None:
    """Holds a file to its schema. Raises PackError on the first fault, at its line."""
    hold_to(located, _VALIDATORS[schema])


def hold_to(located: Located, validator: Draft202012Validator) -> None:
    """Holds a file to any schema. Raises PackError on the first fault, at its line."""
    faults = sorted(
        _leaves(validator.iter_errors(plain_json(located.data))),
        key=lambda fault: (located.line(tuple(fault.absolute_path)), str(fault.absolute_path)),
    )
    if faults:
        fault = faults[0]
        path = tuple(fault.absolute_path)
        raise located.fail(f"{_spoken(path)}{_reason(fault)}", path)


def _leaves(faults: Iterator[ValidationError]) -> Iterator[ValidationError]:
    for fault in faults:
        if fault.validator == "anyOf" and fault.context:
            deeper = [part for part in fault.context if part.validator != "type"]
            yield deeper[0] if len(deeper) == 1 else fault
        else:
            yield fault


def _spoken(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return f"`{text}` " if text else ""


def _reason(fault: ValidationError) -> str:
    shown = repr(fault.instance)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    match fault.validator:
        case "required":
            missing = [name for name in fault.validator_value if name not in fault.instance]
            return "lacks " + ", ".join(f"`{name}`" for name in missing)
        case "additionalProperties":
            allowed = list(fault.schema.get("properties", {}))
            extra = [name for name in fault.instance if name not in allowed]
            return f"may not hold {', '.join(f'`{name}`' for name in extra)}; it holds {', '.join(allowed)}"
        case "enum":
            return f"is {shown}; it must be one of {', '.join(str(value) for value in fault.validator_value)}"
        case "type":
            wanted = fault.validator_value
            return f"is {shown}; it must be {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
        case "pattern":
            return f"is {shown}; it must match {fault.validator_value}"
        case "minimum":
            return f"is {shown}; it must be at least {fault.validator_value}"
        case "maximum":
            return f"is {shown}; it must be at most {fault.validator_value}"
        case "minItems":
            return "must not be empty"
        case "maxLength":
            return f"is longer than {fault.validator_value} characters"
        case "anyOf":
            return f"is {shown}, which is not allowed here"
        case _:
            return str(fault.message)
