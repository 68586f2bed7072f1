"""Worked examples beside a pack: a person's facts, a day, and the services that must come out.

They are read from texts like the pack itself; a wrong outcome is an error with file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from yinian.engines.entitlement.errors import FactsError
from yinian.engines.entitlement.explain import Explanation, explain
from yinian.engines.entitlement.facts import FACTS
from yinian.engines.entitlement.located import Located, read_yaml
from yinian.engines.entitlement.model import Pack

_KEYS = ("name", "as_of", "person", "due", "check", "superseded", "not_due")


def run_examples(pack: Pack, files: Mapping[str, str], folder: str) -> int:
    """Runs every example and returns how many there were. Raises PackError at the first that fails.

    Under `due` stand all services due with their amounts in fen (null: none), under `check` all to be checked with the
    facts to find out; `superseded` maps a service to the one that stands before it, `not_due` lists services.
    """
    count = 0
    for file in sorted(files):
        located = read_yaml(files[file], f"{folder}/{file}")
        if not isinstance(located.data, list):
            raise located.fail("must be a list of examples")
        for place, example in enumerate(located.data):
            _run(pack, located, place, example)
            count += 1
    return count


def _run(pack: Pack, located: Located, place: int, example: Any) -> None:
    if not isinstance(example, dict) or not isinstance(example.get("person"), dict):
        raise located.fail("an example holds name, as_of, person and what comes out", (place,))
    for key in example:
        if key not in _KEYS:
            raise located.fail(f"`{key}` is not known; an example holds {', '.join(_KEYS)}", (place, key))
    as_of, person = example.get("as_of"), example["person"]
    if not isinstance(as_of, date):
        raise located.fail("`as_of` must be a date", (place, "as_of"))
    for name in person:
        if name not in FACTS:
            raise located.fail(f"there is no fact `{name}`", (place, "person", name))
    try:
        explained = explain(pack, {"person_id": f"example-{place}", **person}, as_of)
    except FactsError as error:
        raise located.fail(str(error), (place, "person", error.column or "")) from None
    outcome = outcomes(explained)
    for status in ("due", "check", "superseded"):
        expected = example.get(status)
        if expected is not None and expected != outcome[status]:
            differing = sorted(
                key for key in {*expected, *outcome[status]}
                if expected.get(key, "absent") != outcome[status].get(key, "absent")
            )  # fmt: skip
            told = "; ".join(
                f"{key}: expected {expected.get(key, 'absent')}, found {outcome[status].get(key, 'absent')}"
                for key in differing
            )
            raise located.fail(f"example `{example.get('name', place)}`, {status}: {told}", (place, status))
    for number, service in enumerate(example.get("not_due") or []):
        if service not in outcome["not_due"]:
            raise located.fail(
                f"example `{example.get('name', place)}`: {service} should not be due", (place, "not_due", number)
            )


def outcomes(explained: Explanation) -> dict[str, dict[str, Any]]:
    """An explanation as the examples state it."""
    found: dict[str, dict[str, Any]] = {"due": {}, "check": {}, "superseded": {}, "not_due": {}}
    for service in explained.services:
        value: Any = service.amount_fen
        if service.status == "check":
            value = [read.name for read in service.find_out]
        elif service.status == "superseded":
            value = service.superseded_by
        found[service.status][service.service_id] = value
    return found
