"""Parts that the schemas of several pack files are made of: names, dates, words, where a figure comes from."""

from typing import Any

LONGEST_QUOTE = 30
CONFIDENCES = ("verified", "secondary", "general", "unknown")

ID = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_.-]*$", "maxLength": 80}
NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": 80}
DATE = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
DATE_OR_NULL = {"anyOf": [DATE, {"type": "null"}]}
REGION = {"type": "string", "pattern": "^[0-9]{2,12}$", "description": "division code, in quotes"}
WORDS = {
    "type": "object",
    "required": ["zh"],
    "properties": {"zh": {"type": "string", "minLength": 1}, "en": {"type": "string", "minLength": 1}},
    "additionalProperties": False,
}
SOURCE = {
    "type": "object",
    "required": ["document", "confidence"],
    "properties": {
        "document": ID,
        "clause": {"type": "string", "description": "where in the document, e.g. 第三条"},
        "quote": {"type": "string", "maxLength": LONGEST_QUOTE},
        "confidence": {"enum": list(CONFIDENCES)},
        "note": WORDS,
    },
    "additionalProperties": False,
}
REFERENCE = {
    "type": "object",
    "description": "borrowed from a neighbour until the county's own figure is known; shown as 参照",
    "required": ["region", "label"],
    "properties": {"region": REGION, "label": WORDS},
    "additionalProperties": False,
}
OFF: dict[str, Any] = {
    "required": ["off", "source"],
    "properties": {"id": ID, "off": {"const": True}, "source": SOURCE},
    "additionalProperties": False,
}
