"""The JSON Schemas of scales and of a county's overlays. `data/scales/schema/` publishes the same text for editors.

Says what a file may hold; whether points, ranges and codes fit together is for `load` and `overlay`.
"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.located import Located
from yinian.engines.entitlement.schema import hold_to
from yinian.engines.entitlement.schema_parts import CONFIDENCES, LONGEST_QUOTE
from yinian.engines.scale.errors import ScaleError

_CODE = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$", "maxLength": 40}
_ID = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_.-]*$", "maxLength": 80}
_NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": 80}
_DATE = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 500}
_TEXT_OR_NULL = {"anyOf": [_TEXT, {"type": "null"}]}
_DATE_OR_NULL = {"anyOf": [_DATE, {"type": "null"}]}
_POINTS = {"type": "integer", "minimum": 0, "maximum": 1000}
_LEVEL = {"type": "integer", "minimum": 0, "maximum": 20}
_RANGE = {"type": "array", "items": _POINTS, "minItems": 2, "maxItems": 2, "description": "from and to, both inside"}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": items}


_WORDS = _object(["zh"], zh=_TEXT, en=_TEXT)
_WORDS_OR_NULL = {"anyOf": [_WORDS, {"type": "null"}]}
_SOURCE = _object(
    ["document", "confidence"],
    document=_ID,
    clause=_TEXT,
    quote={"type": "string", "maxLength": LONGEST_QUOTE},
    confidence={"enum": list(CONFIDENCES)},
    note=_WORDS,
)
_OPTIONS = _list(_object(["score", "text"], score=_POINTS, text=_WORDS))
_CHOICES = _list(
    _object(
        ["code", "text"],
        code=_CODE,
        text=_WORDS,
        icd10={"type": "string", "pattern": "^[A-Z][0-9]{2}(～[A-Z][0-9]{2})?$"},
        alone={"type": "boolean", "description": "cannot be ticked beside another choice"},
        detail={"type": "boolean", "description": "asks for words besides"},
        sets={
            "type": "object",
            "description": "the inputs of adjustments that the choice speaks for",
            "propertyNames": _NAME,
            "additionalProperties": {"type": ["boolean", "integer"], "minimum": 0},
        },
    )
)


def _own_or_shared(own: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": ["array", "string"],
        "description": "its own, or the name of a shared set",
        "if": {"type": "array"},
        "then": own,
    }


_MATRIX = _list(_list(_LEVEL))

SCALE_SCHEMA: dict[str, Any] = _object(
    ["id", "version", "name", "standard", "documents", "source", "decisive", "dimensions", "items", "levels"],
    id=_NAME,
    version=_TEXT,
    name=_WORDS,
    standard=_object(["title"], title=_TEXT, number=_TEXT_OR_NULL, date=_DATE_OR_NULL, issuer=_TEXT_OR_NULL),
    documents=_list(
        _object(
            ["id", "title"],
            id=_ID,
            title=_TEXT,
            number=_TEXT_OR_NULL,
            date=_DATE_OR_NULL,
            issuer=_TEXT,
            seen_at=_TEXT,
            note=_WORDS,
        )
    ),
    source={**_SOURCE, "description": "holds for every entry that has none of its own"},
    decisive={"type": "boolean", "description": "whether a result may decide anything"},
    not_decisive={**_WORDS, "description": "why not"},
    final_as={"enum": ["level", "name"], "description": "what a result is called by"},
    counts_failed={"type": "boolean", "description": "a result also says how many items have the fewest points"},
    dimensions=_list(
        _object(["code", "name", "max"], code=_CODE, name=_WORDS, max=_POINTS, source=_SOURCE, points_source=_SOURCE)
    ),
    option_sets={"type": "object", "propertyNames": _NAME, "additionalProperties": _OPTIONS},
    items=_list(
        _object(
            ["code", "dimension", "name", "options"],
            code=_CODE,
            dimension=_CODE,
            name=_WORDS,
            definition=_WORDS_OR_NULL,
            options=_own_or_shared(_OPTIONS),
            source=_SOURCE,
            points_source=_SOURCE,
        )
    ),
    levels=_list(
        _object(["level", "name"], level=_LEVEL, name=_WORDS, alias=_WORDS, min=_POINTS, max=_POINTS, source=_SOURCE)
    ),
    dimension_levels=_object(
        ["names", "ranges"],
        names=_list(_WORDS),
        ranges={
            "type": "object",
            "propertyNames": _CODE,
            "additionalProperties": _object(["from"], **{"from": _list(_RANGE)}, source=_SOURCE),
        },
    ),
    combination=_object(
        ["rows", "columns", "matrix"], rows=_CODE, columns=_list(_CODE), matrix=_MATRIX, source=_SOURCE
    ),
    inputs=_list(
        _object(
            ["id", "type", "label"],
            id=_NAME,
            type={"enum": ["boolean", "count"]},
            label=_WORDS,
            max={"type": "integer", "minimum": 1},
        )
    ),
    adjustments=_list(
        _object(
            ["id", "input", "effect", "reason"],
            id=_NAME,
            input=_NAME,
            at_least={"type": "integer", "minimum": 1},
            effect={
                "oneOf": [
                    _object(["set_level"], set_level=_LEVEL),
                    _object(["worsen"], worsen={"type": "integer", "minimum": 1, "maximum": 20}),
                ]
            },
            together={**_ID, "description": "of those sharing the name only one counts"},
            reason=_WORDS,
            source=_SOURCE,
        )
    ),
    choice_sets={"type": "object", "propertyNames": _NAME, "additionalProperties": _CHOICES},
    form_a=_list(
        _object(
            ["code", "name", "fields"],
            code=_CODE,
            name=_WORDS,
            fields=_list(
                _object(
                    ["code", "name", "type"],
                    code=_CODE,
                    name=_WORDS,
                    type={"enum": ["text", "date", "number", "choice", "table"]},
                    multiple={"type": "boolean"},
                    choices=_own_or_shared(_CHOICES),
                    columns=_list(_object(["code", "name"], code=_CODE, name=_WORDS)),
                    unit=_TEXT,
                    min={"type": "integer"},
                    max={"type": "integer"},
                    register={**_NAME, "description": "what the register of people knows already"},
                )
            ),
        )
    ),
    form_c=_list(
        _object(
            ["code", "name", "shows"],
            code=_CODE,
            name=_WORDS,
            shows={
                "type": "string",
                "pattern": "^(dimensions|total|initial|adjustments|final|dimension:[A-Za-z0-9._-]+)$",
            },
        )
    ),
    process=_list(
        _object(
            ["id", "value", "unit", "text", "source"],
            id=_NAME,
            value={"type": ["integer", "null"], "minimum": 0},
            unit=_TEXT,
            text=_WORDS,
            source=_SOURCE,
        )
    ),
    open_points=_list(_object(["id", "note"], id=_ID, note=_WORDS)),
    self_assessment=_object(
        ["name", "answers", "items", "grades", "may_apply"],
        name=_WORDS,
        source=_SOURCE,
        answers=_list(
            _object(["code", "text"], code={"enum": ["independent", "partial", "dependent"]}, text=_WORDS)
        ),
        items=_list(_object(["code", "group", "name"], code=_CODE, group={"enum": ["a", "b"]}, name=_WORDS)),
        grades=_list(_list(_CODE)),
        may_apply=_list(_CODE),
    ),
)  # fmt: skip

_OWN_DOCUMENT = _object(["title"], title=_TEXT, number=_TEXT_OR_NULL, date=_DATE_OR_NULL)

WORDING_SCHEMA: dict[str, Any] = _object(
    ["scale", "version", "document", "texts"],
    scale=_NAME,
    version=_TEXT,
    document={**_OWN_DOCUMENT, "description": "the document the county owns"},
    texts=_list(
        _object(
            ["item", "text"],
            item=_CODE,
            score={**_POINTS, "description": "the option's points; without it the text is the item's definition"},
            text={"type": "string", "maxLength": 500},
        )
    ),
)

CONFIRMATION_SCHEMA: dict[str, Any] = _object(
    ["scale", "version", "document", "confirmed_by", "confirmed_on"],
    scale=_NAME,
    version=_TEXT,
    document={**_OWN_DOCUMENT, "description": "the official text that was read"},
    confirmed_by={**_TEXT, "description": "the office that read it"},
    confirmed_on=_DATE,
    points={
        "type": "object",
        "description": "every item with the points of its options",
        "propertyNames": _CODE,
        "additionalProperties": _list(_POINTS),
    },
    levels={**_list(_RANGE), "description": "the total's range of each level, level 0 first"},
    dimension_levels={
        "type": "object",
        "description": "every dimension with the range of each of its levels, best first",
        "propertyNames": _CODE,
        "additionalProperties": _list(_RANGE),
    },
    combination=_object(["matrix"], matrix=_MATRIX),
)

SCHEMAS: dict[str, dict[str, Any]] = {
    name: {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}
    for name, title, schema in (
        ("scale", "Yinian assessment scale", SCALE_SCHEMA),
        ("wording", "Yinian assessment scale: official wording that a county owns", WORDING_SCHEMA),
        ("confirmation", "Yinian assessment scale: what a county has confirmed", CONFIRMATION_SCHEMA),
    )
}
"""Each published schema by the name of its file."""

_VALIDATORS = {name: Draft202012Validator(schema) for name, schema in SCHEMAS.items()}


def check_schema(located: Located, schema: str) -> None:
    """Holds a file to its schema. Raises ScaleError on the first fault, at its line."""
    try:
        hold_to(located, _VALIDATORS[schema])
    except PackError as error:
        line = error.line if located.lines else None
        raise ScaleError(error.reason, file=error.file or None, line=line) from None
