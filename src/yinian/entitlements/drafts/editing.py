"""One entry of a pack changed as an officer asks: a figure from a day on, a condition, an amount, a window of days.

Plain JSON entries in and out, as `layers` keeps them; what a changed entry rests on is the draft's own paper.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from yinian.engines.entitlement import FACTS, Fact, Parameter
from yinian.engines.entitlement.knobs import Turned, turned
from yinian.engines.entitlement.model import ParameterValue
from yinian.engines.entitlement.tree import Any as Either
from yinian.engines.entitlement.tree import Compare, Comparison, Const, FactRef, Node, Not
from yinian.engines.entitlement.written import Place, expression_text, number_text
from yinian.entitlements.drafts.layers import DRAFT_DOCUMENT

OWN_SOURCE = {"document": DRAFT_DOCUMENT, "confidence": "unknown"}
Entry = dict[str, Any]


# --- figures ---------------------------------------------------------------------------------------------------


def with_value(entry: Mapping[str, Any], start: dt.date, value: Any) -> Entry:
    """A parameter with another value from ``start`` on: what held before ends the day before, what comes later stays.

    A figure borrowed from another place stays so marked for the time before.
    """
    made = dict(entry)
    borrowed = made.pop("reference", None)
    kept: list[Entry] = []
    until = None
    for old in sorted(entry.get("values", []), key=lambda one: str(one["from"])):
        old = dict(old)
        if borrowed is not None:
            old.setdefault("reference", borrowed)
        if str(old["from"]) == start.isoformat():
            until = old.get("to")
            continue
        if str(old["from"]) < start.isoformat():
            end = old.get("to")
            if end is not None and str(end) >= start.isoformat():
                until = end
                old["to"] = (start - dt.timedelta(days=1)).isoformat()
        kept.append(old)
    new: Entry = {"from": start.isoformat(), "value": value, "source": dict(OWN_SOURCE)}
    if until is not None:
        new["to"] = until
    made["values"] = sorted([*kept, new], key=lambda one: str(one["from"]))
    return made


def own_value(entry: Mapping[str, Any]) -> Entry | None:
    """The value that the draft itself put into a parameter."""
    return next((v for v in entry.get("values", []) if v["source"]["document"] == DRAFT_DOCUMENT), None)


def redated(base: Mapping[str, Any] | None, entry: Mapping[str, Any], start: dt.date) -> Entry:
    """A changed parameter with its own value beginning on another day."""
    own = own_value(entry)
    if own is None or base is None:
        return dict(entry)
    made = with_value(base, start, own["value"])
    return {**entry, "values": made["values"]}


def shown_value(parameter: Parameter, on: dt.date) -> ParameterValue | None:
    """The value in force on a day, else the first that comes."""
    later = [value for value in parameter.values if value.start > on]
    return parameter.in_force(on) or (later[0] if later else None)


# --- services --------------------------------------------------------------------------------------------------


@dataclass
class TestEdit:
    """One condition as the form gives it: ``text`` None leaves the expression as it is but for ``knobs``."""

    id: str
    label: str
    text: str | None = None
    knobs: Mapping[Place, Turned] = field(default_factory=dict)
    drop: bool = False


def with_tests(entry: Mapping[str, Any], edits: Iterable[TestEdit], trees: Mapping[str, Node]) -> Entry:
    """A service with its conditions changed; ``trees`` are the present ones by id. What changed rests on the draft."""
    old = {test["id"]: test for test in entry["who"]}
    tests = []
    for edit in edits:
        if edit.drop:
            continue
        before = old.get(edit.id)
        text = edit.text
        if text is None and before is not None:
            text = before["test"] if not edit.knobs else _turned_text(before["test"], trees[edit.id], edit.knobs)
        label = {"zh": edit.label}
        if before is None:
            tests.append({"id": edit.id, "test": text, "label": label, "source": dict(OWN_SOURCE)})
            continue
        test = dict(before)
        if text != before["test"]:
            test |= {"test": text, "source": dict(OWN_SOURCE)}
        if edit.label != before.get("label", {}).get("zh"):
            test["label"] = label
        tests.append(test)
    return {**entry, "who": tests}


def _turned_text(text: Any, tree: Node, values: Mapping[Place, Turned]) -> Any:
    then = turned(tree, values)
    return text if then == tree else expression_text(then)


def turned_amount(text: Any, tree: Node, values: Mapping[Place, Turned]) -> Any:
    """An amount with its knobs turned; the text stays where nothing was."""
    then = _turned_text(text, tree, values)
    return int(then) if isinstance(then, str) and then.isdigit() else then


def with_gives(entry: Mapping[str, Any], amount: Any, period: str | None) -> Entry:
    """A service that gives another amount or another period; a borrowed figure is no longer borrowed."""
    before = entry.get("gives") or {}
    gives = {**before, "amount": amount, "period": period or None}
    if amount is None:
        gives.pop("amount")
    if gives.get("period") is None:
        gives.pop("period")
    made = {**entry, "gives": gives}
    if not gives:
        made.pop("gives")
    if str(amount) != str(before.get("amount")):
        made.pop("reference", None)
    return made


def with_window(entry: Mapping[str, Any], start: dt.date | None, end: dt.date | None) -> Entry:
    """A service in force from one day (inclusive) to another (inclusive)."""
    made = dict(entry)
    window = {name: day.isoformat() for name, day in (("from", start), ("to", end)) if day is not None}
    if window:
        made["effective"] = window
    else:
        made.pop("effective", None)
    return made


def grounded(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Entry:
    """A changed service resting on the draft's own paper; an unchanged one as it was."""
    if before is not None and dict(before) == dict(after):
        return dict(after)
    return {**after, "source": dict(OWN_SOURCE)}


def switched_off() -> Entry:
    return {"off": True, "source": dict(OWN_SOURCE)}


def put_in_force(data: Any, document: str, clause: str) -> Any:
    """An entry with the draft's own paper replaced by the amendment's, now that it is at hand."""
    if isinstance(data, Mapping):
        if data.get("document") == DRAFT_DOCUMENT:
            found = {**data, "document": document, "confidence": "verified"}
            return {**found, "clause": clause} if clause and "clause" not in data else found
        return {name: put_in_force(value, document, clause) for name, value in data.items()}
    if isinstance(data, list):
        return [put_in_force(value, document, clause) for value in data]
    return data


# --- a condition put together from a fact, a comparison and values -----------------------------------------------

_SEPARATORS = re.compile(r"[、，,;；\s]+")
YES, NO = ("是", "yes", "true"), ("否", "no", "false")


class Unfit(ValueError):
    """The value typed does not fit the fact; ``expected`` says what does."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


def condition(fact: Fact, op: Comparison, typed: str) -> Node:
    """The condition that a fact stands so to the value typed; several values are any of them. Raises Unfit."""
    part = FactRef(fact.type, fact.name)
    words = [word for word in _SEPARATORS.split(typed.strip()) if word]
    if not words:
        raise Unfit(expected_of(fact))
    if fact.type == "bool":
        yes = words[0].lower() in YES
        if len(words) > 1 or (not yes and words[0].lower() not in NO):
            raise Unfit(expected_of(fact))
        return part if yes != (op == "<>") else Not(part)
    values = [_constant(fact, word) for word in words]
    if len(values) == 1:
        if fact.type == "text" and op not in ("=", "<>"):
            raise Unfit(expected_of(fact))
        return Compare(op, part, values[0])
    if op not in ("=", "<>"):
        raise Unfit(expected_of(fact))
    any_of = Either(tuple(Compare("=", part, value) for value in values))
    return Not(any_of) if op == "<>" else any_of


def _constant(fact: Fact, word: str) -> Const:
    if fact.values:
        for value, label in fact.values.items():
            if word in (value, label.zh, label.en):
                return Const(fact.type, Fraction(int(value)) if fact.type == "number" else value)
        raise Unfit(expected_of(fact))
    if fact.type == "number":
        if not word.isdigit() or len(word) > 9:
            raise Unfit(expected_of(fact))
        return Const("number", Fraction(int(word)))
    if fact.type == "date":
        try:
            return Const("date", dt.date.fromisoformat(word))
        except ValueError:
            raise Unfit(expected_of(fact)) from None
    return Const("text", word)


def expected_of(fact: Fact) -> str:
    """What may be typed for a fact, as examples in the language of the pack."""
    if fact.type == "bool":
        return "是、否"
    if fact.values:
        return "、".join(label.zh for label in fact.values.values())
    if fact.type == "number":
        return f"{fact.low}–{fact.high}" if fact.low is not None and fact.high is not None else "80"
    return "2026-01-31" if fact.type == "date" else "110101"


def relabelled(label: str, before: Iterable[Turned], after: Iterable[Turned]) -> str:
    """A label whose number was turned: 年满80周岁 becomes 年满75周岁 where the old number stands in it just once."""
    for old, new in zip(before, after, strict=True):
        if old == new or isinstance(old, str | tuple) or isinstance(new, str | tuple):
            continue
        pattern = re.compile(rf"(?<![0-9.]){re.escape(number_text(Fraction(old)))}(?![0-9.])")
        if len(pattern.findall(label)) == 1:
            label = pattern.sub(number_text(Fraction(new)), label)
    return label


def fact_choices() -> list[tuple[str, Fact]]:
    """The facts a condition may be made of."""
    return [(name, fact) for name, fact in FACTS.items() if name not in ("person_id", "household_id", "died_on")]


