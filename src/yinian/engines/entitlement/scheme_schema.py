"""The JSON Schema of `schemes.yaml`: evaluations that a region holds, from the application to the award's use."""

from __future__ import annotations

from typing import Any

FILE_KINDS = ("picture", "document", "sheet")
DEADLINES = ("apply", "recommend", "review")
RECUSALS = ("own-region", "declared")
SUBJECTS = ("region",)

_LEVEL = {"type": "integer", "minimum": 1, "maximum": 6, "description": "region level: 1 province … 6 hamlet"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 100}
# An exact decimal reaches the schema as text.
_DECIMAL = {"type": ["number", "string"], "minimum": 0, "pattern": "^[0-9]+(\\.[0-9]+)?$"}
_YEAR = {"type": "integer", "minimum": 1990, "maximum": 2200}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "object", "required": list(required), "properties": {**required, **(optional or {})},
        "additionalProperties": False, **more,
    }  # fmt: skip


def schemes_schema(words: dict[str, Any], source: dict[str, Any], name: dict[str, Any], off: Any) -> dict[str, Any]:
    """The schema, from the parts that all files of a pack share: phrases, sources, ids, an entry switched off."""
    sourced = {"source": source}
    noted = {"note": words}
    paper = _object(
        {"id": name, "label": words, "required": {"type": "boolean"}, **sourced,
         "kinds": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": list(FILE_KINDS)}}},
        {"help": words, "most": {"type": "integer", "minimum": 1, "maximum": 200}},
    )
    condition = _object({"id": name, "label": words, **sourced}, noted)
    criterion = _object(
        {"id": name, "label": words, **sourced},
        {"text": words, **noted,
         "max": {**_DECIMAL, "description": "full points; left out where no text at hand gives them: whoever opens a "
                 "round enters them"}},
    )
    panel = _object(
        {"at_least": {**_COUNT, "minimum": 1}, "at_most": {**_COUNT, "minimum": 1}, "drop_highest": _COUNT,
         "drop_lowest": _COUNT,
         "spread": {**_DECIMAL, "description": "share of the full points between the highest and the lowest "
                    "total beyond which others read it too"},
         "second_readings": {**_COUNT, "description": "further experts where the spread is wider"},
         "recusal": {"type": "array", "items": _object({"id": {"enum": list(RECUSALS)}, "label": words},
                                                       {"level": _LEVEL})},
         **sourced},
        noted,
    )
    notice = _object(
        {"days": {"type": "integer", "minimum": 1, "maximum": 90}, "working": {"type": "boolean"}, **sourced}, noted
    )
    award = _object(
        {"each": {**name, "description": "an entry of standards.yaml: `at_most` in fen"},
         "use": _object({"barred": {"type": "array", "items": _object({"id": name, "label": words})}, **sourced})},
        {"leading": {**name, "description": "an entry of standards.yaml: the further share of the award"}},
    )
    entry = _object(
        {
            "id": name, "label": words, "organiser": words, "subject": {"enum": list(SUBJECTS)},
            "years": _object({"from": _YEAR, **sourced}, {"to": _YEAR}),
            "levels": _object({"host": _LEVEL, "applicant": _LEVEL, **sourced}, {"recommender": _LEVEL}),
            "papers": {"type": "array", "items": paper}, "conditions": {"type": "array", "items": condition},
            "criteria": {"type": "array", "minItems": 1, "items": criterion},
            "deadlines": _object({key: {**name, "description": "an entry of calendar.yaml with month and day"}
                                  for key in DEADLINES}),
            "recommend": {**name, "description": "an entry of standards.yaml: how many a recommender may name"},
            "panel": panel, "notice": notice, "award": award, **sourced,
        },
        {"off": {"const": False}, **noted},
    )
    return {
        "type": "array",
        "description": "evaluations: who may apply, papers, criteria, deadlines, panel, public notice, award",
        "items": {
            "type": "object", "required": ["id"], "properties": {"id": name},
            "if": {"properties": {"off": {"const": True}}, "required": ["off"]},
            "then": off,
            "else": {key: value for key, value in entry.items() if key != "type"},
        },
    }  # fmt: skip
