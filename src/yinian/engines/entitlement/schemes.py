"""The evaluations a pack rules: `schemes.yaml` as merged by `pack`, with deadlines and figures put in.

A scheme is plain JSON once read, so that a round can keep the rules it was opened under, whatever the pack says later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from yinian.engines.entitlement.located import Entry, plain_json
from yinian.engines.entitlement.rulings import Ruled, Standard
from yinian.engines.entitlement.scheme_schema import DEADLINES
from yinian.engines.entitlement.sources import read_source

SCHEMES = "schemes"
CALENDAR = "calendar"
LEAP_YEAR = 2000  # any year that has every day


def read_schemes(
    entries: Mapping[str, Entry], documents: Mapping[str, Any], calendar: Mapping[str, Entry],
    standards: Mapping[str, Ruled[Standard]],
) -> dict[str, dict[str, Any]]:
    """Each scheme by its id as plain JSON; numbers that are no counts are texts. Raises PackError with file and line.

    ``deadlines`` are ``{month, day, label, source}``, ``recommend`` ``{at_least, at_most, source}``, ``award`` holds
    ``cap_fen`` and the bounds of the ``leading`` share (empty where there is none).
    """
    return {name: _scheme(entry, documents, calendar, standards) for name, entry in entries.items()}


def _scheme(
    entry: Entry, documents: Mapping[str, Any], calendar: Mapping[str, Entry], standards: Mapping[str, Ruled[Standard]]
) -> dict[str, Any]:
    read_source(entry, documents, "source")
    data: dict[str, Any] = plain_json(entry.data)
    for part in ("papers", "conditions", "criteria"):
        seen: set[str] = set()
        for place, one in enumerate(data[part]):
            if one["id"] in seen:
                raise entry.fail(f"`{one['id']}` is given twice", part, place, "id")
            seen.add(one["id"])
    years = data["years"]
    if years.get("to") is not None and years["to"] < years["from"]:
        raise entry.fail(f"ends in {years['to']}, before it begins in {years['from']}", "years", "to")
    levels, panel = data["levels"], data["panel"]
    between = levels.get("recommender", levels["applicant"] - 1)
    if not levels["host"] <= between < levels["applicant"]:
        raise entry.fail("the host stands at or above the recommender, and both above the applicant", "levels")
    if panel["at_most"] < panel["at_least"]:
        raise entry.fail(f"at least {panel['at_least']} and at most {panel['at_most']} cannot be", "panel", "at_most")
    if panel["drop_highest"] + panel["drop_lowest"] >= panel["at_least"]:
        raise entry.fail("leaves no score where the smallest panel has scored", "panel", "drop_highest")
    for place, criterion in enumerate(data["criteria"]):
        criterion["max"] = None if criterion.get("max") is None else str(criterion["max"])
        if criterion["max"] is not None and Decimal(criterion["max"]) == 0:
            raise entry.fail("full points of 0 cannot be scored", "criteria", place, "max")
    panel["spread"] = str(panel["spread"])
    if Decimal(panel["spread"]) > 1:
        raise entry.fail("a spread is a share of the full points, at most 1", "panel", "spread")
    data["deadlines"] = {key: _deadline(entry, calendar, key) for key in DEADLINES}
    data["recommend"] = _counts(entry, standards)
    data["award"] = _award(entry, data["award"], standards)
    return data


def _deadline(entry: Entry, calendar: Mapping[str, Entry], key: str) -> dict[str, Any]:
    name = entry.data["deadlines"][key]
    found = calendar.get(name)
    if found is None:
        raise entry.fail(f"`{name}` is no entry of calendar.yaml", "deadlines", key)
    day = plain_json(found.data)
    try:
        dt.date(LEAP_YEAR, day["month"], day["day"])
    except (KeyError, TypeError, ValueError):
        raise entry.fail(f"`{name}` of calendar.yaml gives no month and day", "deadlines", key) from None
    return {part: day.get(part) for part in ("month", "day", "label", "source")}


def _standard(entry: Entry, standards: Mapping[str, Ruled[Standard]], name: str, *path: str) -> Ruled[Standard]:
    if name not in standards:
        raise entry.fail(f"`{name}` is no entry of standards.yaml", *path)
    return standards[name]


def _cited(ruled: Ruled[Standard]) -> dict[str, Any]:
    source = ruled.source
    return {
        "document": source.document, "clause": source.clause, "quote": source.quote, "confidence": source.confidence
    }  # fmt: skip


def _counts(entry: Entry, standards: Mapping[str, Ruled[Standard]]) -> dict[str, Any]:
    ruled = _standard(entry, standards, entry.data["recommend"], "recommend")
    value = ruled.value
    low, high = (value.exactly, value.exactly) if value.exactly is not None else (value.at_least, value.at_most)
    if high is None or not all(part is None or part == int(part) for part in (low, high)):
        raise entry.fail(f"`{ruled.value.id}` of standards.yaml gives no highest whole number", "recommend")
    return {"at_least": int(low or 0), "at_most": int(high), "source": _cited(ruled)}


def _award(entry: Entry, data: dict[str, Any], standards: Mapping[str, Ruled[Standard]]) -> dict[str, Any]:
    each = _standard(entry, standards, data["each"], "award", "each")
    cap = each.value.at_most if each.value.exactly is None else each.value.exactly
    if each.value.unit != "fen" or cap is None:
        raise entry.fail(f"`{data['each']}` of standards.yaml gives no highest amount in fen", "award", "each")
    made = {"cap_fen": int(cap), "label": {"zh": each.label.zh, "en": each.label.en}, "source": _cited(each),
            "use": data["use"], "leading": None}
    if data.get("leading"):
        more = _standard(entry, standards, data["leading"], "award", "leading")
        low, high = more.value.at_least, more.value.at_most
        if more.value.exactly is not None:
            low = high = more.value.exactly
        if low is None or high is None or not 0 < low <= high:
            raise entry.fail(f"`{data['leading']}` of standards.yaml gives no share from and to", "award", "leading")
        made["leading"] = {"low": str(low), "high": str(high), "source": _cited(more),
                           "label": {"zh": more.label.zh, "en": more.label.en}}
    return made
