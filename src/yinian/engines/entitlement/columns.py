"""Turns a bound expression into Polars columns, exactly: every number is a whole numerator over a denominator.

No floating point is used anywhere. The size of every intermediate result is bounded beforehand from the bounds of
the facts; what fits in 64 bits stays there, what needs more uses 128, and what could need still more is refused
when the pack is compiled, so nothing can overflow unseen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import Any as Anything
from typing import cast

import polars as pl

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.facts import EARLIEST_DATE, FACTS, LATEST_DATE, Fact
from yinian.engines.entitlement.tree import (
    All,
    Any,
    Arith,
    Call,
    Case,
    Compare,
    Const,
    FactRef,
    IsNull,
    Like,
    Node,
    Not,
    like_regex,
)

_IN_64 = 2**62
_IN_128 = 2**126
_MOST_DAYS = (LATEST_DATE - EARLIEST_DATE).days
_POLARS_TYPES: dict[str, Anything] = {"bool": pl.Boolean, "text": pl.String, "date": pl.Date}


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact number: numerator over a positive denominator, each a constant or a column, with their bounds.

    A value is unknown exactly where the numerator is null.
    """

    top: pl.Expr | int
    bottom: pl.Expr | int
    most_top: int
    most_bottom: int


def boolean_column(node: Node, facts: Mapping[str, Fact] = FACTS) -> pl.Expr:
    """The three-valued truth of a bound test; null is unknown. `facts` are the columns it may read."""
    return _Compiler(facts).plain(node)


def fen_column(node: Node) -> pl.Expr:
    """A bound amount in whole fen as Int64, rounded once, half away from zero; null is unknown."""
    compiler = _Compiler()
    rounded = compiler.rounded(compiler.number(node), "round")
    if rounded.most_top >= _IN_64:
        raise PackError("the amount can grow beyond what is money")
    return _whole(rounded.top, rounded.most_top).cast(pl.Int64)


def _whole(value: pl.Expr | int, most: int) -> pl.Expr:
    """A whole number as a column wide enough for `most`."""
    if most >= _IN_128:
        raise PackError("the arithmetic can grow beyond 128 bits; use smaller numbers or ROUND in between")
    kind: Anything = pl.Int64 if most < _IN_64 else pl.Int128
    return pl.lit(value, dtype=kind) if isinstance(value, int) else value.cast(kind)


def _times(left: pl.Expr | int, most_left: int, right: pl.Expr | int, most_right: int) -> pl.Expr | int:
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    if isinstance(right, int) and right == 1:
        return left
    if isinstance(left, int) and left == 1:
        return right
    most = max(most_left * most_right, most_left, most_right)
    return _whole(left, most) * _whole(right, most)


def _abs(value: pl.Expr | int) -> pl.Expr | int:
    return abs(value) if isinstance(value, int) else value.abs()


class _Compiler:
    def __init__(self, facts: Mapping[str, Fact] = FACTS) -> None:
        self.facts = facts

    def plain(self, node: Node) -> pl.Expr:
        """Anything but a number."""
        match node:
            case Const(type=kind, value=value):
                return pl.lit(value, dtype=_POLARS_TYPES[kind])
            case FactRef(name=name):
                return pl.col(name)
            case Not(item=item):
                return ~self.plain(item)
            case All(items=items):
                return reduce(lambda left, right: left & right, [self.plain(item) for item in items])
            case Any(items=items):
                return reduce(lambda left, right: left | right, [self.plain(item) for item in items])
            case IsNull(item=item):
                if item.type == "number":
                    number = self.number(item)
                    return _whole(number.top, number.most_top).is_null()
                return self.plain(item).is_null()
            case Compare():
                return self.compare(node)
            case Like():
                return self.like(node)
            case Case(branches=branches, default=default):
                result = self.plain(default)
                for condition, chosen in reversed(branches):
                    result = pl.when(self.plain(condition)).then(self.plain(chosen)).otherwise(result)
                return result
            case Call(name="coalesce", args=args):
                return pl.coalesce([self.plain(arg) for arg in args])
            case Call(name=name, args=args):
                return reduce(lambda left, right: _chosen(name, left, right), [self.plain(arg) for arg in args])
            case _:
                raise AssertionError(f"a bound expression holds no {type(node).__name__}")

    def compare(self, node: Compare) -> pl.Expr:
        if node.left.type == "number":
            left, right = self.common(self.number(node.left), self.number(node.right))
            most = max(left.most_top, right.most_top)
            one, other = _whole(left.top, most), _whole(right.top, most)
        else:
            one, other = self.plain(node.left), self.plain(node.right)
        match node.op:
            case "=":
                return one == other
            case "<>":
                return one != other
            case "<":
                return one < other
            case "<=":
                return one <= other
            case ">":
                return one > other
            case _:
                return one >= other

    def day(self, node: Node) -> pl.Expr | date:
        if isinstance(node, Const) and isinstance(node.value, date):
            return node.value
        return self.plain(node)

    def like(self, node: Like) -> pl.Expr:
        text = self.plain(node.item)
        pattern = cast(Const, node.pattern).value
        if pattern is None:
            return pl.lit(None, dtype=pl.Boolean)
        wanted = str(pattern)
        if wanted.endswith("%") and not re.search("[%_]", wanted[:-1]):
            return text.str.starts_with(wanted[:-1])
        return text.str.contains(f"^(?s:{_rust_regex(wanted)})$")

    def number(self, node: Node) -> Ratio:
        match node:
            case Const(value=None):
                return Ratio(pl.lit(None, dtype=pl.Int64), 1, 0, 1)
            case Const(value=Fraction() as value):
                return Ratio(value.numerator, value.denominator, abs(value.numerator), value.denominator)
            case FactRef(name=name):
                fact = self.facts[name]
                most = max(abs(fact.low or 0), abs(fact.high or 0))
                return Ratio(pl.col(name).cast(pl.Int64), 1, most, 1)
            case Arith():
                return self.arith(node)
            case Case(branches=branches, default=default):
                conditions = [self.plain(condition) for condition, _ in branches]
                parts = self.level([self.number(part) for part in (*(r for _, r in branches), default)])
                return self.pick(conditions, parts)
            case Call(name="coalesce", args=args):
                parts = self.level([self.number(arg) for arg in args])
                known = [_whole(part.top, part.most_top).is_not_null() for part in parts[:-1]]
                return self.pick(known, parts)
            case Call(name="least" | "greatest" as name, args=args):
                return reduce(lambda left, right: self.extreme(name, left, right), [self.number(arg) for arg in args])
            case Call(name="abs", args=args):
                inner = self.number(args[0])
                return Ratio(_abs(inner.top), inner.bottom, inner.most_top, inner.most_bottom)
            case Call(name="round" | "floor" | "ceil" as name, args=args, digits=digits):
                return self.rounded(self.number(args[0]), name, digits)
            case Call(name=name, args=args):
                return _between(name, self.day(args[0]), self.day(args[1]))
            case _:
                raise AssertionError(f"a bound number holds no {type(node).__name__}")

    def common(self, left: Ratio, right: Ratio) -> tuple[Ratio, Ratio]:
        """Both over one denominator."""
        one, other = self.level([left, right])
        if isinstance(one.bottom, int) and isinstance(other.bottom, int):
            return one, other
        most = left.most_bottom * right.most_bottom
        bottom = _times(left.bottom, left.most_bottom, right.bottom, right.most_bottom)
        return (
            Ratio(
                _times(left.top, left.most_top, right.bottom, right.most_bottom),
                bottom, left.most_top * right.most_bottom, most,
            ),
            Ratio(
                _times(right.top, right.most_top, left.bottom, left.most_bottom),
                bottom, right.most_top * left.most_bottom, most,
            ),
        )  # fmt: skip

    def level(self, parts: list[Ratio]) -> list[Ratio]:
        """All over one constant denominator where every denominator is constant; else unchanged."""
        if not all(isinstance(part.bottom, int) for part in parts):
            return parts
        bottoms = [cast(int, part.bottom) for part in parts]
        whole = lcm(*bottoms)
        levelled = []
        for part, bottom in zip(parts, bottoms, strict=True):
            factor = whole // bottom
            top = _times(part.top, part.most_top, factor, factor)
            levelled.append(Ratio(top, whole, part.most_top * factor, whole))
        return levelled

    def pick(self, conditions: list[pl.Expr], parts: list[Ratio]) -> Ratio:
        """The part beside the first true condition, else the last part."""
        most_top = max(part.most_top for part in parts)
        most_bottom = max(part.most_bottom for part in parts)
        top = _whole(parts[-1].top, most_top)
        for condition, part in zip(reversed(conditions), reversed(parts[:-1]), strict=True):
            top = pl.when(condition).then(_whole(part.top, most_top)).otherwise(top)
        first = parts[0].bottom
        if isinstance(first, int) and all(isinstance(part.bottom, int) and part.bottom == first for part in parts):
            return Ratio(top, first, most_top, most_bottom)
        bottom = _whole(parts[-1].bottom, most_bottom)
        for condition, part in zip(reversed(conditions), reversed(parts[:-1]), strict=True):
            bottom = pl.when(condition).then(_whole(part.bottom, most_bottom)).otherwise(bottom)
        return Ratio(top, bottom, most_top, most_bottom)

    def extreme(self, name: str, left: Ratio, right: Ratio) -> Ratio:
        one, other = self.common(left, right)
        most = max(one.most_top, other.most_top)
        a, b = _whole(one.top, most), _whole(other.top, most)
        first = (a <= b) if name == "least" else (a >= b)
        return self.pick([b.is_null() | first], self.level([left, right]))

    def arith(self, node: Arith) -> Ratio:
        left, right = self.number(node.left), self.number(node.right)
        if node.op in ("+", "-"):
            one, other = self.common(left, right)
            most = one.most_top + other.most_top
            a, b = _whole(one.top, most), _whole(other.top, most)
            return Ratio(a + b if node.op == "+" else a - b, one.bottom, most, one.most_bottom)
        if node.op == "*":
            return Ratio(
                _times(left.top, left.most_top, right.top, right.most_top),
                _times(left.bottom, left.most_bottom, right.bottom, right.most_bottom),
                left.most_top * right.most_top,
                left.most_bottom * right.most_bottom,
            )
        return self.divide(left, right)

    def divide(self, left: Ratio, right: Ratio) -> Ratio:
        most_top = left.most_top * right.most_bottom
        most_bottom = left.most_bottom * right.most_top
        top = _times(left.top, left.most_top, right.bottom, right.most_bottom)
        if isinstance(right.top, int):
            if right.top == 0:
                return Ratio(pl.lit(None, dtype=pl.Int64), 1, 0, 1)
            bottom = _times(left.bottom, left.most_bottom, abs(right.top), right.most_top)
            return Ratio(top if right.top > 0 else _times(top, most_top, -1, 1), bottom, most_top, most_bottom)
        divisor = _whole(right.top, right.most_top)
        usable = divisor != 0
        signed = pl.when(divisor > 0).then(_whole(top, most_top)).otherwise(_whole(top, most_top) * -1)
        bottom = _times(left.bottom, left.most_bottom, divisor.abs(), right.most_top)
        # where the divisor is zero or unknown the whole is unknown, and its denominator must not matter
        return Ratio(
            pl.when(usable).then(signed),
            pl.when(usable).then(_whole(bottom, most_bottom)).otherwise(pl.lit(1)),
            most_top,
            max(most_bottom, 1),
        )

    def rounded(self, value: Ratio, name: str, digits: int = 0) -> Ratio:
        scale = 10 ** abs(digits)
        if digits > 0:
            value = Ratio(
                _times(value.top, value.most_top, scale, scale),
                value.bottom, value.most_top * scale, value.most_bottom,
            )  # fmt: skip
        elif digits < 0:
            value = Ratio(
                value.top, _times(value.bottom, value.most_bottom, scale, scale),
                value.most_top, value.most_bottom * scale,
            )  # fmt: skip
        whole = self._to_whole(value, name)
        if digits > 0:
            return Ratio(whole.top, scale, whole.most_top, scale)
        if digits < 0:
            top = _times(whole.top, whole.most_top, scale, scale)
            return Ratio(top, 1, whole.most_top * scale, 1)
        return whole

    def _to_whole(self, value: Ratio, name: str) -> Ratio:
        if isinstance(value.bottom, int) and value.bottom == 1:
            return value
        most = 2 * value.most_top + 2 * value.most_bottom
        top, bottom = _whole(value.top, most), _whole(value.bottom, most)
        if name == "floor":
            whole = top // bottom
        elif name == "ceil":
            whole = ((top * -1) // bottom) * -1  # of 128 bits Polars has no minus sign
        else:
            size = (top.abs() * 2 + bottom) // (bottom * 2)
            whole = pl.when(top < 0).then(size * -1).otherwise(size)
        return Ratio(whole, 1, value.most_top + 1, 1)


def _chosen(name: str, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    first = (left <= right) if name == "least" else (left >= right)
    return pl.when(right.is_null() | first).then(left).otherwise(right)


def _between(name: str, start: pl.Expr | date, end: pl.Expr | date) -> Ratio:
    """Whole completed units. A date becomes one number (yyyymmdd, or months and days) whose difference, cut off at
    the unit towards zero, counts the units completed: 20250228 - 19440229 is 80 years and some, 0301 makes it 81."""
    if name == "days_between":
        first, last = (pl.lit(day) if isinstance(day, date) else day for day in (start, end))
        return Ratio((last - first).dt.total_days(), 1, _MOST_DAYS, 1)
    unit, most = (10_000, 1) if name == "years_between" else (100, 12)
    gap = _calendar_number(end, unit) - _calendar_number(start, unit)
    whole = gap.abs() // unit
    bound = (LATEST_DATE.year - EARLIEST_DATE.year + 1) * most
    return Ratio(pl.when(gap < 0).then(-whole).otherwise(whole).cast(pl.Int64), 1, bound, 1)


def _calendar_number(day: pl.Expr | date, unit: int) -> pl.Expr:
    """yyyymmdd for years; months since year 0, times 100, plus the day, for months."""
    months = 100 if unit == 10_000 else 12
    if isinstance(day, date):
        number = (day.year * months + day.month) * 100 + day.day
        return pl.lit(number, dtype=pl.Int32)
    year, month = day.dt.year().cast(pl.Int32), day.dt.month().cast(pl.Int32)
    return (year * months + month) * 100 + day.dt.day().cast(pl.Int32)


def _rust_regex(pattern: str) -> str:
    """A LIKE pattern in the dialect that Polars reads."""
    parts = []
    for char in pattern:
        if char == "%":
            parts.append(".*")
        elif char == "_":
            parts.append(".")
        else:
            parts.append(re.escape(char) if char.isascii() else char)
    return "".join(parts)


def age_column(as_of: date) -> pl.Expr:
    """Whole years from birth_date to the as-of date; 29 February comes of age on 1 March."""
    ratio = _between("years_between", pl.col("birth_date"), as_of)
    return cast(pl.Expr, ratio.top)


__all__ = ["Ratio", "age_column", "boolean_column", "fen_column", "like_regex"]
