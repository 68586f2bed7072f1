"""The checked form of a pack expression, and its meaning for one row of facts in exact arithmetic.

The tree is built by `expressions` and turned into columns by `columns` or into SQL by `duck`; evaluating it
here, one row at a time with fractions, settles constants, parameters and single explanations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Literal

Type = Literal["bool", "number", "text", "date", "null"]
Value = bool | Fraction | str | date | None
Comparison = Literal["=", "<>", "<", "<=", ">", ">="]
Operation = Literal["+", "-", "*", "/"]


@dataclass(frozen=True, slots=True)
class Const:
    """A literal; numbers are exact fractions, `None` is not known."""

    type: Type
    value: Value


@dataclass(frozen=True, slots=True)
class FactRef:
    """The value of a fact."""

    type: Type
    name: str


@dataclass(frozen=True, slots=True)
class ParamRef:
    """The value of a parameter in force on the as-of date."""

    type: Type
    name: str


@dataclass(frozen=True, slots=True)
class AsOf:
    """The as-of date."""

    type: Type = field(default="date")


@dataclass(frozen=True, slots=True)
class Not:
    """NOT: unknown stays unknown."""

    item: Node
    type: Type = field(default="bool")


@dataclass(frozen=True, slots=True)
class All:
    """AND over two or more: false if one is false, else unknown if one is unknown."""

    items: tuple[Node, ...]
    type: Type = field(default="bool")


@dataclass(frozen=True, slots=True)
class Any:
    """OR over two or more: true if one is true, else unknown if one is unknown."""

    items: tuple[Node, ...]
    type: Type = field(default="bool")


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two values of one type; unknown if either is unknown."""

    op: Comparison
    left: Node
    right: Node
    type: Type = field(default="bool")


@dataclass(frozen=True, slots=True)
class Like:
    """LIKE with a constant pattern (`%` any run, `_` any one character)."""

    item: Node
    pattern: Node
    type: Type = field(default="bool")


@dataclass(frozen=True, slots=True)
class IsNull:
    """IS NULL: never unknown."""

    item: Node
    type: Type = field(default="bool")


@dataclass(frozen=True, slots=True)
class Case:
    """The value beside the first condition that is true, else the default."""

    type: Type
    branches: tuple[tuple[Node, Node], ...]
    default: Node


@dataclass(frozen=True, slots=True)
class Arith:
    """Exact arithmetic. Dividing by zero gives no value (unknown)."""

    op: Operation
    left: Node
    right: Node
    type: Type = field(default="number")


@dataclass(frozen=True, slots=True)
class Call:
    """A listed function. `digits` belongs to round alone.

    coalesce, least and greatest pass over unknown arguments, as DuckDB, Spark SQL, PostgreSQL and Polars do.
    """

    name: str
    args: tuple[Node, ...]
    type: Type
    digits: int = 0


Node = Const | FactRef | ParamRef | AsOf | Not | All | Any | Compare | Like | IsNull | Case | Arith | Call


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node, in reading order."""
    match node:
        case Not(item=item) | IsNull(item=item):
            return (item,)
        case All(items=items) | Any(items=items):
            return items
        case Compare(left=left, right=right) | Arith(left=left, right=right):
            return (left, right)
        case Like(item=item, pattern=pattern):
            return (item, pattern)
        case Case(branches=branches, default=default):
            return (*(part for branch in branches for part in branch), default)
        case Call(args=args):
            return args
        case _:
            return ()


def rebuilt(node: Node, parts: Sequence[Node]) -> Node:
    """The node with other parts in the place of its own, as many and in the order of `children`."""
    match node:
        case Not():
            return Not(parts[0])
        case IsNull():
            return IsNull(parts[0])
        case All():
            return All(tuple(parts))
        case Any():
            return Any(tuple(parts))
        case Compare(op=op):
            return Compare(op, parts[0], parts[1])
        case Arith(op=op):
            return Arith(op, parts[0], parts[1])
        case Like():
            return Like(parts[0], parts[1])
        case Case(type=kind):
            pairs = tuple(zip(parts[:-1:2], parts[1:-1:2], strict=True))
            return Case(kind, pairs, parts[-1])
        case Call(name=name, type=kind, digits=digits):
            return Call(name, tuple(parts), kind, digits)
        case _:
            return node


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def facts_read(node: Node) -> tuple[str, ...]:
    """Names of the facts an expression reads, each once, in reading order."""
    return tuple(dict.fromkeys(part.name for part in walk(node) if isinstance(part, FactRef)))


def facts_needed(node: Node) -> tuple[str, ...]:
    """Names of the facts for want of which an expression can be unknown: the ones to go and find out.

    A fact under IS NULL, or with a constant to fall back on (COALESCE, LEAST, GREATEST), leaves nothing unknown.
    """
    return tuple(dict.fromkeys(_needed(node)))


def _needed(node: Node) -> Iterator[str]:
    match node:
        case FactRef(name=name):
            yield name
        case IsNull():
            return
        case Call(name="coalesce" | "least" | "greatest", args=args) if any(
            isinstance(arg, Const) and arg.value is not None for arg in args
        ):
            return
        case _:
            for child in children(node):
                yield from _needed(child)


def parameters_read(node: Node) -> tuple[str, ...]:
    """Names of the parameters an expression reads, each once, in reading order."""
    return tuple(dict.fromkeys(part.name for part in walk(node) if isinstance(part, ParamRef)))


def months_between(start: date, end: date) -> int:
    """Whole completed months from start to end; a month is complete once the day of the month is reached.

    From the 29th, 30th or 31st it is therefore the 1st of the next month where the day does not exist.
    Negative, by the same count, when end lies before start.
    """
    if end < start:
        return -months_between(end, start)
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def years_between(start: date, end: date) -> int:
    """Whole completed years from start to end; 29 February comes of age on 1 March."""
    if end < start:
        return -years_between(end, start)
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def round_half_away(value: Fraction, digits: int = 0) -> Fraction:
    """The value to `digits` decimals, a half going away from zero."""
    scale = Fraction(10) ** digits
    whole = floor(abs(value) * scale + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole) / scale


@lru_cache(maxsize=1024)
def like_regex(pattern: str) -> re.Pattern[str]:
    """A LIKE pattern as a regular expression for the whole text."""
    parts = [{"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern]
    return re.compile("".join(parts), re.DOTALL)


@dataclass(frozen=True, slots=True)
class Given:
    """What one evaluation may read."""

    as_of: date
    parameters: Mapping[str, Value]
    facts: Mapping[str, Value]


def value_of(node: Node, given: Given) -> Value:
    """The exact value of an expression for one row of facts; `None` is not known."""
    match node:
        case Const(value=value):
            return value
        case FactRef(name=name):
            return given.facts.get(name)
        case ParamRef(name=name):
            return given.parameters[name]
        case AsOf():
            return given.as_of
        case Not(item=item):
            inner = value_of(item, given)
            return None if inner is None else not inner
        case All(items=items):
            return _all(tuple(value_of(item, given) for item in items))
        case Any(items=items):
            inverted = tuple(_negated(value_of(item, given)) for item in items)
            return _negated(_all(inverted))
        case Compare(op=op, left=left, right=right):
            return _compare(op, value_of(left, given), value_of(right, given))
        case Like(item=item, pattern=pattern):
            text, like = value_of(item, given), value_of(pattern, given)
            if text is None or like is None:
                return None
            return like_regex(str(like)).fullmatch(str(text)) is not None
        case IsNull(item=item):
            return value_of(item, given) is None
        case Case(branches=branches, default=default):
            for condition, result in branches:
                if value_of(condition, given) is True:
                    return value_of(result, given)
            return value_of(default, given)
        case Arith(op=op, left=left, right=right):
            return _arith(op, value_of(left, given), value_of(right, given))
        case Call():
            return _call(node, tuple(value_of(arg, given) for arg in node.args))


def _negated(value: Value) -> Value:
    return None if value is None else not value


def _all(values: tuple[Value, ...]) -> Value:
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


def _compare(op: Comparison, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    if op == "=":
        return left == right
    if op == "<>":
        return left != right
    before, same = left < right, left == right  # type: ignore[operator]  # the checker made the types equal
    return {"<": before, "<=": before or same, ">": not before and not same, ">=": not before}[op]


def _arith(op: Operation, left: Value, right: Value) -> Value:
    if not isinstance(left, Fraction) or not isinstance(right, Fraction):
        return None
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    if op == "*":
        return left * right
    return left / right if right else None


def _call(node: Call, values: tuple[Value, ...]) -> Value:
    known = [value for value in values if value is not None]
    if node.name == "coalesce":
        return known[0] if known else None
    if node.name in ("least", "greatest"):
        if not known:
            return None
        return (min if node.name == "least" else max)(known)
    if len(known) < len(values):
        return None
    first = values[0]
    if isinstance(first, date) and isinstance(second := values[1], date):
        if node.name == "days_between":
            return Fraction((second - first).days)
        between = months_between if node.name == "months_between" else years_between
        return Fraction(between(first, second))
    assert isinstance(first, Fraction)
    match node.name:
        case "floor":
            return Fraction(floor(first))
        case "ceil":
            return Fraction(ceil(first))
        case "abs":
            return abs(first)
        case _:
            return round_half_away(first, node.digits)


def bind(node: Node, as_of: date, parameters: Mapping[str, Value]) -> Node:
    """The expression with its parameters and the as-of date put in and everything constant worked out."""
    given = Given(as_of, parameters, {})

    def settle(part: Node) -> Node:
        if not facts_read(part):
            return Const(part.type, value_of(part, given))
        return rebuilt(part, [settle(child) for child in children(part)])

    return settle(node)
