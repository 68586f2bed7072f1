"""From an assessment to the needs it speaks of, each with what led to it. Suggestions only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yinian.engines.careplan.model import Catalogue, Degree, NeedRule


@dataclass(frozen=True, slots=True)
class Assessed:
    """What is known of a person: points by item, the final level, inputs of adjustments, answers of form A by field,
    and circumstances of the register by kind. A result recognised from elsewhere has a level alone."""

    level: int
    items: Mapping[str, int] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    circumstances: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """What led to a need. ``kind``: item (value: points), answer (the choice's code), input, level, circumstance."""

    kind: str
    code: str
    value: int | str


@dataclass(frozen=True, slots=True)
class Suggested:
    """A need that the assessment speaks of, in the gravest degree that holds."""

    rule: NeedRule
    degree: Degree
    reasons: tuple[Reason, ...]


def derive(catalogue: Catalogue, assessed: Assessed) -> list[Suggested]:
    """The needs, in the catalogue's order. A worse score, level or answer never takes one away."""
    found = []
    for rule in catalogue.needs:
        bounds = _bounds(rule, assessed)
        if bounds is None:
            continue
        for degree in reversed(rule.degrees):
            reasons = _reasons(rule, degree, assessed)
            if reasons:
                found.append(Suggested(rule, degree, (*reasons, *bounds)))
                break
    return found


def _bounds(rule: NeedRule, assessed: Assessed) -> tuple[Reason, ...] | None:
    """The circumstances that let the need arise, or None where one does not hold (or is not known)."""
    reasons = []
    for kind, values in rule.only_if.items():
        value = assessed.circumstances.get(kind)
        if value not in values:
            return None
        reasons.append(Reason("circumstance", kind, value))
    return tuple(reasons)


def measured(rule: NeedRule, items: Mapping[str, int]) -> int | None:
    """The points by which the need is judged; None where an item is not scored."""
    if not rule.items or any(code not in items for code in rule.items):
        return None
    points = [items[code] for code in rule.items]
    return sum(points) if rule.take == "sum" else min(points)


def _reasons(rule: NeedRule, degree: Degree, assessed: Assessed) -> tuple[Reason, ...]:
    reasons = []
    points = measured(rule, assessed.items)
    if degree.scores is not None and points is not None and degree.scores[0] <= points <= degree.scores[1]:
        reasons += [Reason("item", code, assessed.items[code]) for code in rule.items]
    for name in degree.inputs:
        if assessed.inputs.get(name) is True:
            reasons.append(Reason("input", name, "true"))
    for name, codes in degree.answers.items():
        reasons += [
            Reason("answer", name, code) for code in _given(assessed.answers.get(name))
            if codes is None or code in codes
        ]  # fmt: skip
    if degree.level is not None and assessed.level >= degree.level:
        reasons.append(Reason("level", "level", assessed.level))
    return tuple(reasons)


def _given(answer: Any) -> tuple[str, ...]:
    """The codes of an answer, one or several."""
    if isinstance(answer, str):
        return (answer,) if answer else ()
    if isinstance(answer, list | tuple):
        return tuple(code for code in answer if isinstance(code, str) and code)
    return ()
