"""The parts of a pack's expressions that a person turns without writing SQL: ages, levels, choices, amounts.

Finds them in a checked tree and puts new values in their place; everything else of the rule stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from yinian.engines.entitlement.facts import FACTS, Fact
from yinian.engines.entitlement.tree import Any, Arith, Call, Case, Compare, Comparison, Const, FactRef, Node, children
from yinian.engines.entitlement.written import Place, at, put

Kind = Literal["number", "level", "one", "several", "money", "factor"]
Turned = int | Fraction | str | tuple[str, ...]

_FLIPPED: dict[Comparison, Comparison] = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Knob:
    """One part that can be turned.

    `kind` number: a plain number a fact is held against; level: one of a fact's numbered levels; several: any of a
    fact's coded values; one: the coded value a fact must not have; money: whole fen; factor: a number an amount is
    multiplied or divided by. `op` is how the fact is held against the value. `place` says where it stands in the tree.
    """

    place: Place
    kind: Kind
    value: Turned
    fact: Fact | None = None
    op: Comparison = "="


def knobs(node: Node, money: bool = False) -> tuple[Knob, ...]:
    """The knobs of an expression in reading order; `money`: the expression gives fen, its bare numbers are amounts."""
    found: list[Knob] = []
    _find(node, (), money, found)
    return tuple(found)


def _find(node: Node, place: Place, money: bool, found: list[Knob]) -> None:
    match node:
        case Const(type="number", value=Fraction() as number) if money and number.denominator == 1:
            found.append(Knob(place, "money", number.numerator))
        case Any():
            knob = _several(node, place)
            if knob is not None:
                found.append(knob)
                return
            _below(node, place, False, found)
        case Compare():
            knob = _compared(node, place)
            if knob is not None:
                found.append(knob)
                return
            _below(node, place, False, found)
        case Case(branches=branches):
            last = 2 * len(branches)
            for step, child in enumerate(children(node)):
                _find(child, (*place, step), money and (step % 2 == 1 or step == last), found)
        case Arith(op="*" | "/", left=left, right=right) if money:
            for step, child in enumerate((left, right)):
                if isinstance(child, Const) and isinstance(child.value, Fraction):
                    found.append(Knob((*place, step), "factor", child.value))
                else:
                    _find(child, (*place, step), True, found)
        case Call(name="round" | "floor" | "ceil" | "abs" | "least" | "greatest" | "coalesce") | Arith():
            _below(node, place, money, found)
        case _:
            _below(node, place, False, found)


def _below(node: Node, place: Place, money: bool, found: list[Knob]) -> None:
    for step, child in enumerate(children(node)):
        _find(child, (*place, step), money, found)


def _several(node: Any, place: Place) -> Knob | None:
    """A choice among the values of one fact."""
    name, values = "", []
    for item in node.items:
        match item:
            case Compare(op="=", left=FactRef(name=read), right=Const(type="text", value=str() as value)) if (
                read in FACTS and FACTS[read].values and name in ("", read)
            ):
                name = read
                values.append(value)
            case _:
                return None
    return Knob(place, "several", tuple(values), FACTS[name]) if name else None


def _compared(node: Compare, place: Place) -> Knob | None:
    for fact_step, const_step in ((0, 1), (1, 0)):
        fact, const = at(node, (fact_step,)), at(node, (const_step,))
        if not isinstance(const, Const):
            continue
        spec = FACTS.get(fact.name) if isinstance(fact, FactRef) else _fallen_back(fact)
        if spec is None:
            continue
        op = node.op if fact_step == 0 else _FLIPPED[node.op]
        if isinstance(const.value, Fraction) and const.value.denominator == 1:
            kind: Kind = "level" if spec.values else "number"
            return Knob((*place, const_step), kind, const.value.numerator, spec, op)
        if isinstance(const.value, str) and spec.values and isinstance(fact, FactRef):
            if op == "=":
                return Knob(place, "several", (const.value,), spec)
            return Knob((*place, const_step), "one", const.value, spec, op)
    return None


def _fallen_back(node: Node) -> Fact | None:
    """The fact of COALESCE(fact, value)."""
    match node:
        case Call(name="coalesce", args=(FactRef(name=name), Const())):
            return FACTS.get(name)
        case _:
            return None


def turned(node: Node, values: Mapping[Place, Turned]) -> Node:
    """The expression with knobs turned: place to new value, of the kind the knob had. Raises ValueError."""
    for knob in knobs(node, money=True):
        if knob.place in values:
            node = put(node, knob.place, _part(at(node, knob.place), knob, values[knob.place]))
    return node


def _part(old: Node, knob: Knob, value: Turned) -> Node:
    if knob.kind == "several":
        if not isinstance(value, tuple) or not value:
            raise ValueError("at least one value must stay")
        assert knob.fact is not None
        items = tuple(Compare("=", FactRef(knob.fact.type, knob.fact.name), Const("text", one)) for one in value)
        return items[0] if len(items) == 1 else Any(items)
    if knob.kind == "one":
        return Const("text", str(value))
    if isinstance(value, tuple | str):
        raise ValueError("a number is wanted")
    return Const("number", Fraction(value))
