"""Whether a changed pack is absurd: looked for before any figure is shown, first in its own text, then over the people.

Says what is wrong and where, by code and figures; the words are for whoever shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from yinian.engines.entitlement.columns import boolean_column
from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.evaluate import CHECK, DUE, NOT_DUE, Settled
from yinian.engines.entitlement.facts import OLDEST_AGE
from yinian.engines.entitlement.model import BoundService, Pack, Parameter, ParameterValue, Service
from yinian.engines.entitlement.tree import Arith, Compare, Const, FactRef, Node, Value, bind, parameters_read, walk
from yinian.engines.entitlement.whatif import MONTHS, Pair, month_of

STOPS = frozenset({
    "negative", "too_much", "age", "zero", "zero_for_some", "negative_for_some", "too_much_for_some", "over",
    "no_value", "arithmetic",
})  # fmt: skip
"""Codes that keep a draft from being reckoned; the others are said beside the figures."""


ZERO = Const("number", Fraction(0))


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond what something was surely mistyped: fen a month for one person and service, and how many times the cost.

    None: the pack sets no such limit.
    """

    month_fen: int | None = None
    cost_times: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: with which entry (`part` parameter or service, `key`), in which `place` of it.

    `place` is ``value``, ``amount``, ``effective``, ``test:<id>`` or empty; `params` hold the figures to name.
    """

    code: str
    part: str = ""
    key: str = ""
    place: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stops(self) -> bool:
        """Whether no figure may be shown before it is mended."""
        return self.code in STOPS


def limits_of(pack: Pack) -> Limits:
    """The limits that the pack gives in ``limits.yaml``."""
    given = pack.extras.get("limits") or {}
    return Limits(*(given[name]["value"] if name in given else None for name in ("month_fen", "cost_times")))


def in_itself(a: Pack, b: Pack, day: date, limits: Limits) -> list[Problem]:
    """What is wrong with the changed pack ``b``, whoever the people are, where it differs from ``a``."""
    found: list[Problem] = []
    values = b.parameters_on(day)
    for name, parameter in b.parameters.items():
        if a.parameters.get(name) != parameter:
            found += _parameter(parameter, a.parameters.get(name), values, limits)
    try:
        before = {bound.service.id: bound for bound in a.services_on(day)}
        bounds = b.services_on(day)
    except PackError as error:
        return [*found, Problem("no_value", params={"reason": error})]
    standing = {bound.service.id for bound in bounds}
    for service in b.services:
        if service.id in standing or _same(service, a):
            continue
        if service.effective_to is not None and service.effective_to < day:
            found.append(Problem("over", "service", service.id, "effective", {"to": service.effective_to, "day": day}))
        elif service.effective_from is not None:
            found.append(Problem("later", "service", service.id, "effective", {"from": service.effective_from}))
    for bound in bounds:
        if changed(before.get(bound.service.id), bound):
            faulty = {problem.key for problem in found if problem.part == "parameter"}
            found += _expressions(bound, day, values, faulty)
    return found


def _same(service: Any, a: Pack) -> bool:
    return any(other == service for other in a.services if other.id == service.id)


def changed(before: BoundService | None, after: BoundService) -> bool:
    """Whether a service's tests or amount differ, parameters put in."""
    return before is None or (before.tests, before.amount) != (after.tests, after.amount)


def _parameter(
    parameter: Parameter, before: Parameter | None, values: Mapping[str, Value], limits: Limits
) -> Iterator[Problem]:
    known = set() if before is None else {(value.start, value.text) for value in before.values}
    for value in parameter.values:
        if (value.start, value.text) in known:
            continue
        number = _number(parameter, value, values)
        if number is None:
            continue
        if number < 0:
            yield Problem("negative", "parameter", parameter.id, "value", {"value": number})
        elif parameter.unit == "fen" and limits.month_fen is not None and number > limits.month_fen * MONTHS:
            yield Problem("too_much", "parameter", parameter.id, "value",
                          {"value": number, "most": limits.month_fen * MONTHS})  # fmt: skip
        elif parameter.unit == "years" and number > OLDEST_AGE:
            yield Problem("age", "parameter", parameter.id, "value", {"value": number, "most": OLDEST_AGE})


def _number(parameter: Parameter, value: ParameterValue, values: Mapping[str, Value]) -> Fraction | None:
    """The value as a number: what it says itself, or what it is worked out to on the day."""
    if isinstance(value.value, Const):
        return value.value.value if isinstance(value.value.value, Fraction) else None
    found = values.get(parameter.id)
    return found if isinstance(found, Fraction) else None


def _expressions(
    bound: BoundService, day: date, values: Mapping[str, Value], faulty: set[str]
) -> Iterator[Problem]:
    key = bound.service.id
    for (place, node), (_place, written) in zip(_places(bound), _written_places(bound.service), strict=True):
        if faulty.intersection(parameters_read(written)):
            continue  # the figure itself was named already
        for part in walk(node):
            age = _age_held_against(part) if isinstance(part, Compare) else None
            if age is not None and not 0 <= age <= OLDEST_AGE:
                yield Problem("age", "service", key, place, {"value": age, "most": OLDEST_AGE})
    # In the text as written: bound, a division by zero has already become "not known".
    for place, node in _written_places(bound.service):
        for part in walk(node):
            if isinstance(part, Arith) and part.op == "/" and bind(part.right, day, values) == ZERO:
                yield Problem("zero", "service", key, place)


def _places(bound: BoundService) -> Iterator[tuple[str, Node]]:
    for test, node in zip(bound.service.tests, bound.tests, strict=True):
        yield f"test:{test.id}", node
    if bound.amount is not None:
        yield "amount", bound.amount


def _written_places(service: Service) -> Iterator[tuple[str, Node]]:
    for test in service.tests:
        yield f"test:{test.id}", test.tree
    if service.amount is not None:
        yield "amount", service.amount


def _age_held_against(node: Compare) -> Fraction | None:
    for fact, const in ((node.left, node.right), (node.right, node.left)):
        if isinstance(fact, FactRef) and fact.name == "age" and isinstance(const, Const):
            return const.value if isinstance(const.value, Fraction) else None
    return None


def over_people(a: Settled, b: Settled, limits: Limits) -> list[Problem]:
    """What is wrong with the changed pack over the people it was held against."""
    found: list[Problem] = []
    before = {bound.service.id: (place, bound) for place, bound in enumerate(a.services)}
    for place, bound in enumerate(b.services):
        old = before.get(bound.service.id)
        if not changed(old[1] if old else None, bound):
            continue
        found += _divisions(b, bound)
        found += _amounts(b, place, bound, limits)
        known = {} if old is None else dict(zip((t.id for t in old[1].service.tests), old[1].tests, strict=True))
        for number, (test, node) in enumerate(zip(bound.service.tests, bound.tests, strict=True)):
            if known.get(test.id) != node:
                found += _truth(b.tests[place][number], bound.service.id, test.id)
    return found


def _divisions(b: Settled, bound: BoundService) -> Iterator[Problem]:
    for place, node in _places(bound):
        for part in walk(node):
            if isinstance(part, Arith) and part.op == "/" and not isinstance(part.right, Const):
                people = b.facts.select(boolean_column(Compare("=", part.right, ZERO)).sum()).item()
                if people:
                    yield Problem("zero_for_some", "service", bound.service.id, place, {"people": int(people)})


def _amounts(b: Settled, place: int, bound: BoundService, limits: Limits) -> Iterator[Problem]:
    amount, status = b.amount[place], b.status[place]
    if amount is None:
        return
    frame = pl.DataFrame({"amount": amount.cast(pl.Int64), "due": (status == DUE) | (status == CHECK)})
    frame = frame.filter(status != NOT_DUE).with_columns(
        month_of(pl.col("amount"), bound.service.period).alias("month")
    )
    if bound.service.period == "once":
        frame = frame.with_columns(pl.col("amount").alias("month"))
    key = bound.service.id
    below = frame.filter(pl.col("amount") < 0)
    if below.height:
        yield Problem("negative_for_some", "service", key, "amount",
                      {"people": below.height, "value": below["amount"].min()})  # fmt: skip
    most = (limits.month_fen or 0) * (MONTHS if bound.service.period == "once" else 1)
    above = frame.filter(pl.col("month") > most)
    if most and above.height:
        yield Problem("too_much_for_some", "service", key, "amount",
                      {"people": above.height, "value": above["month"].max(), "most": most})  # fmt: skip
    without = frame.filter(pl.col("due") & pl.col("amount").is_null()).height
    if without:
        yield Problem("no_amount", "service", key, "amount", {"people": without})


def _truth(truth: pl.Series, key: str, test: str) -> Iterator[Problem]:
    people = len(truth)
    if not people:
        return
    true, unknown = int(truth.sum()), truth.null_count()
    place = f"test:{test}"
    if unknown == people:
        yield Problem("never_known", "service", key, place, {"people": people})
    elif not true:
        yield Problem("never", "service", key, place, {"people": people, "unknown": unknown})
    elif true == people:
        yield Problem("always", "service", key, place, {"people": people})


def over_cost(services: tuple[Pair, ...], money: Mapping[int | None, tuple[int, int]], limits: Limits) -> list[Problem]:
    """Costs that grow out of all proportion. ``money``: service place (None: all) to fen a month before and after."""
    found: list[Problem] = []
    if limits.cost_times is None:
        return found
    for place, (before, after) in money.items():
        if before > 0 and after >= limits.cost_times * before:
            key = "" if place is None else services[place].id
            found.append(Problem("cost", "service" if key else "", key, "", {
                "before": before, "after": after, "times": after // before,
            }))  # fmt: skip
    return found
