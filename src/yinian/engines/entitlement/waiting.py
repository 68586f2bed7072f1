"""Who is given a bed first: `waiting.yaml` as merged by `pack`, and the order it makes of those who wait.

The classes stand in order, each an expression over the facts; a person stands in the first whose test is true. Among
equals the earlier day counts, then the earlier application, so that the order is total and repeats itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.expressions import parse_expression
from yinian.engines.entitlement.facts import FACTS, Words
from yinian.engines.entitlement.located import Entry
from yinian.engines.entitlement.rulings import Ruled, ruled
from yinian.engines.entitlement.schema_parts import ID, OFF, REFERENCE, SOURCE, WORDS
from yinian.engines.entitlement.sources import must_words
from yinian.engines.entitlement.tree import Given, Node, Type, Value, bind, facts_read, parameters_read, value_of

WAITING = "waiting"
WAITING_DAYS = ("accept", "urgent", "supplement", "offer", "intake", "trial", "refund")
BACK = ("decline", "expiry")  # what becomes of the place when an offer is not taken
PLACES = ("keep", "end", "out")  # stays where it was; counts anew from that day; leaves the list
EQUAL = ("lodged", "accepted")  # which day counts among equals
WAITING_NAMED = ("order", "equal", *WAITING_DAYS, *BACK)

_RULED = {"id": ID, "label": WORDS, "source": SOURCE, "note": WORDS, "reference": REFERENCE, "off": {"const": False}}


def _rule(**values: Any) -> dict[str, Any]:
    return {
        "required": ["id", "label", *values, "source"], "properties": {**_RULED, **values},
        "additionalProperties": False,
    }  # fmt: skip


def _of(names: Sequence[str], then: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"properties": {"id": {"enum": list(names)}}, "required": ["id"]}, "then": then}


WAITING_SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": "who is given a bed in a home first, and the days of the way from the wish to the bed",
    "items": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"enum": list(WAITING_NAMED)}},
        "if": {"properties": {"off": {"const": True}}, "required": ["off"]},
        "then": OFF,
        "else": {
            "allOf": [
                _of(("order",), _rule(classes={
                    "type": "array", "minItems": 1,
                    "description": "in order: the first whose test is true is a person's class",
                    "items": {
                        "type": "object", "required": ["id", "label", "test"],
                        "properties": {"id": ID, "label": WORDS, "test": {"type": "string", "minLength": 1},
                                       "clause": {"type": "string"}},
                        "additionalProperties": False,
                    },
                })),
                _of(("equal",), _rule(by={"enum": list(EQUAL), "description": "the day that counts among equals"})),
                _of(WAITING_DAYS, _rule(days={"type": "integer", "minimum": 1, "maximum": 400},
                                        working={"type": "boolean"})),
                _of(BACK, _rule(place={"enum": list(PLACES), "description": "what becomes of the place"},
                                times={"type": "integer", "minimum": 1, "maximum": 20,
                                       "description": "from which time on; before, the place is kept"})),
            ],
        },
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WaitingClass:
    """One class of the order: its name, its test as written and as checked, the clause it rests on."""

    id: str
    label: Words
    text: str
    test: Node
    clause: str


@dataclass(frozen=True, slots=True)
class Days:
    """A number of days, working days or calendar days."""

    days: int
    working: bool


@dataclass(frozen=True, slots=True)
class Back:
    """What becomes of a place when an offer is not taken for the ``times``-th time or more."""

    place: str
    times: int


@dataclass(frozen=True, slots=True)
class WaitingRules:
    """The rules of the way from the wish to the bed, each with its source."""

    order: Ruled[tuple[WaitingClass, ...]]
    equal: Ruled[str]
    accept: Ruled[Days]
    urgent: Ruled[Days]
    supplement: Ruled[Days]
    offer: Ruled[Days]
    intake: Ruled[Days]
    trial: Ruled[Days]
    refund: Ruled[Days]
    decline: Ruled[Back]
    expiry: Ruled[Back]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands: the class (None: in none of them) with its place in the order, and the facts that are
    not known and could put them into an earlier one."""

    order: int
    class_id: str | None
    unknown: tuple[str, ...]


def read_waiting(
    entries: Mapping[str, Entry], known: Mapping[str, Any], types: Mapping[str, Type]
) -> dict[str, Ruled[Any]]:
    """Each rule by its id. Raises PackError naming file and line."""
    return {name: ruled(entry, known, _value(name, entry, types)) for name, entry in entries.items()}


def _value(name: str, entry: Entry, types: Mapping[str, Type]) -> Any:
    data = entry.data
    if name == "order":
        return tuple(_class(entry, place, types) for place in range(len(data["classes"])))
    if name == "equal":
        return data["by"]
    return Back(data["place"], data["times"]) if name in BACK else Days(data["days"], data["working"])


def _class(entry: Entry, place: int, types: Mapping[str, Type]) -> WaitingClass:
    data = entry.data["classes"][place]
    if data["id"] in {one["id"] for one in entry.data["classes"][:place]}:
        raise entry.fail(f"`{data['id']}` is given twice", "classes", place, "id")
    line = entry.located.line((*entry.path, "classes", place, "test"))
    test = parse_expression(data["test"], types, file=entry.located.file, line=line, expect="bool")
    return WaitingClass(data["id"], must_words(data["label"]), data["test"], test, data.get("clause", ""))


def waiting_of(pack: str, rules: Mapping[str, Ruled[Any]]) -> WaitingRules:
    """The rules of a merged pack. Raises PackError where one is ruled nowhere in the chain."""
    missing = [name for name in WAITING_NAMED if name not in rules]
    if missing:
        raise PackError(
            f"no pack of the chain rules {', '.join(f'`{name}`' for name in missing)}", f"{pack}/{WAITING}.yaml"
        )
    return WaitingRules(**{name: rules[name] for name in WAITING_NAMED})


def standing(
    rules: WaitingRules, facts: Mapping[str, Value], as_of: date, parameters: Mapping[str, Value]
) -> Standing:
    """The class of one row of facts. A class whose test is not known is passed over, and what is to be found out for
    it is named. Raises PackError where a test needs a parameter without a value on the day."""
    unknown: list[str] = []
    classes = rules.order.value
    for place, one in enumerate(classes):
        for name in parameters_read(one.test):
            if name not in parameters:
                raise PackError(f"class `{one.id}` needs parameter `{name}`, which has no value on {as_of}")
        value = value_of(bind(one.test, as_of, parameters), Given(as_of, parameters, facts))
        if value is True:
            return Standing(place, one.id, tuple(dict.fromkeys(unknown)))
        if value is None:
            unknown += [name for name in facts_read(one.test) if facts.get(name) is None and name in FACTS]
    return Standing(len(classes), None, tuple(dict.fromkeys(unknown)))


@dataclass(frozen=True, slots=True)
class Waiter:
    """One who waits: ``key`` is the application's number, ``order`` the class's place, ``since`` the day that counts,
    ``lifted`` the day from which an urgent lift puts them before everybody else."""

    key: int
    order: int
    since: date
    lifted: date | None = None


def ranked(waiters: Sequence[Waiter]) -> list[Waiter]:
    """Everybody in order: those lifted for urgency by the day of the lift, then class, day, application."""
    return sorted(
        waiters,
        key=lambda w: (w.lifted is None, w.lifted or date.min, 0 if w.lifted else w.order, w.since, w.key),
    )


@dataclass(frozen=True, slots=True)
class Move:
    """Why a place changed: how many left the list from before one, came in before, passed one, fell behind one."""

    before: int | None
    after: int | None
    left: int = 0
    came: int = 0
    passed: int = 0
    fell: int = 0


def moves(old: Sequence[int], new: Sequence[int]) -> dict[int, Move]:
    """For each key whose place differs between two orders (of keys, first is place 1) what moved it.

    For those in both orders ``after == before - left - fell + came + passed``.
    """
    was = {key: place for place, key in enumerate(old, 1)}
    now = {key: place for place, key in enumerate(new, 1)}
    found = {key: Move(place, None) for key, place in was.items() if key not in now}
    gone, come = _running(old, lambda key: key not in now), _running(new, lambda key: key not in was)
    stayed = [key for key in old if key in now]
    rest = [key for key in new if key in was]
    at_old, at_new = ({key: place for place, key in enumerate(keys)} for keys in (stayed, rest))
    shifted = stayed != rest
    for key, place in now.items():
        if key not in was:
            found[key] = Move(None, place)
            continue
        passed = fell = 0
        if shifted:
            passed = sum(1 for other in rest[: at_new[key]] if at_old[other] > at_old[key])
            fell = sum(1 for other in stayed[: at_old[key]] if at_new[other] > at_new[key])
        if place != was[key]:
            found[key] = Move(was[key], place, gone[was[key] - 1], come[place - 1], passed, fell)
    return found


def _running(keys: Sequence[int], counts: Any) -> list[int]:
    """For each place how many before it count."""
    sums, total = [], 0
    for key in keys:
        sums.append(total)
        total += counts(key)
    return sums
