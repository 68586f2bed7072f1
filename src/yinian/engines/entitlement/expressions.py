"""Reads one pack expression: parsed by sqlglot, held to the allow-list, type-checked against the facts.

What is not listed here cannot be written in a pack; nothing in an expression is ever run as code or as SQL text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from typing import NoReturn

import sqlglot
from sqlglot import expressions as sql
from sqlglot.errors import SqlglotError

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.facts import FACTS, Fact
from yinian.engines.entitlement.tree import (
    All,
    Any,
    Arith,
    AsOf,
    Call,
    Case,
    Compare,
    Comparison,
    Const,
    FactRef,
    IsNull,
    Like,
    Node,
    Not,
    Operation,
    ParamRef,
    Type,
    children,
)

LONGEST_EXPRESSION = 4000
DEEPEST_NESTING = 60
MOST_DECIMALS = 6

_COMPARISONS: dict[type[sql.Expression], Comparison] = {
    sql.EQ: "=", sql.NEQ: "<>", sql.LT: "<", sql.LTE: "<=", sql.GT: ">", sql.GTE: ">=",
}  # fmt: skip
_OPERATIONS: dict[type[sql.Expression], Operation] = {
    sql.Add: "+", sql.Sub: "-", sql.Mul: "*", sql.Div: "/",
}  # fmt: skip
_CHOICES: dict[type[sql.Expression], str] = {
    sql.Coalesce: "coalesce", sql.Least: "least", sql.Greatest: "greatest",
}  # fmt: skip
_ROUNDINGS: dict[type[sql.Expression], str] = {
    sql.Round: "round", sql.Floor: "floor", sql.Ceil: "ceil", sql.Abs: "abs",
}  # fmt: skip
_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{0,9})?|\.[0-9]{1,9}")
_DATE_FUNCTIONS = ("days_between", "months_between", "years_between")
_TYPE_WORDS = {
    "bool": "a yes-or-no value", "number": "a number", "text": "text", "date": "a date", "null": "NULL",
}  # fmt: skip
_ALLOWED = (
    "facts, literals, comparisons, AND OR NOT, IN, BETWEEN, LIKE, IS [NOT] NULL, CASE, + - * /, COALESCE, "
    "LEAST, GREATEST, ROUND, FLOOR, CEIL, ABS, DATE literals, as_of(), param('…'), days_between, "
    "months_between, years_between"
)


def parse_expression(
    text: str,
    parameters: Mapping[str, Type],
    *,
    file: str | None = None,
    line: int | None = None,
    facts: Mapping[str, Fact] = FACTS,
    expect: Type | None = None,
) -> Node:
    """The checked tree of an expression.

    `parameters` gives the type of each known parameter, `expect` the type the whole must have. Raises
    PackError with file, line and the offending part.
    """
    return _Reader(text, parameters, facts, file, line).read(expect)


class _Reader:
    def __init__(
        self,
        text: str,
        parameters: Mapping[str, Type],
        facts: Mapping[str, Fact],
        file: str | None,
        line: int | None,
    ) -> None:
        self.text = text
        self.parameters = parameters
        self.facts = facts
        self.file = file
        self.line = line

    def fail(self, reason: str) -> NoReturn:
        shown = self.text if len(self.text) <= 120 else self.text[:117] + "..."
        raise PackError(f"expression `{' '.join(shown.split())}`: {reason}", self.file, self.line)

    def read(self, expect: Type | None) -> Node:
        if not self.text.strip():
            self.fail("is empty")
        if len(self.text) > LONGEST_EXPRESSION:
            self.fail(f"is longer than {LONGEST_EXPRESSION} characters")
        self._limit_nesting()
        try:
            statements = sqlglot.parse(self.text, read="duckdb")
        except SqlglotError as error:
            self.fail(f"is not a valid SQL expression ({_first_line(error)})")
        except RecursionError:
            self.fail("is nested too deeply")
        if len(statements) != 1 or statements[0] is None:
            self.fail("must be exactly one expression")
        whole = statements[0]
        if not isinstance(whole, sql.Expression):
            self.fail(f"`{type(whole).__name__}` is not an expression")
        node = self.node(whole)
        if expect is not None and node.type != expect:
            self.fail(f"must give {_TYPE_WORDS[expect]}, but gives {_TYPE_WORDS[node.type]}")
        if _depth(node) > DEEPEST_NESTING:
            self.fail(f"is nested deeper than {DEEPEST_NESTING} levels")
        return node

    def _limit_nesting(self) -> None:
        depth = deepest = 0
        for char in self.text:
            depth += (char == "(") - (char == ")")
            deepest = max(deepest, depth)
        if deepest > DEEPEST_NESTING or self.text.lower().count("case") > DEEPEST_NESTING:
            self.fail(f"is nested deeper than {DEEPEST_NESTING} levels")

    def node(self, part: sql.Expression) -> Node:
        if not isinstance(part, sql.Expression):
            self.fail("is not a valid SQL expression (something is missing)")
        kind = type(part)
        if kind in _COMPARISONS:
            return self.comparison(_COMPARISONS[kind], self.node(part.this), self.node(part.expression))
        if kind in _OPERATIONS:
            left, right = self.number(part.this), self.number(part.expression)
            return Arith(_OPERATIONS[kind], left, right)
        reader = _READERS.get(kind)
        if reader is None:
            self.fail(f"`{self.shown(part)}` is not allowed here; allowed are {_ALLOWED}")
        node = reader(self, part)
        if part.args.get("negate"):
            return Not(node)
        return node

    def shown(self, part: sql.Expression) -> str:
        try:
            return part.sql(dialect="duckdb")[:60]
        except (SqlglotError, ValueError):
            return type(part).__name__

    def typed(self, part: sql.Expression, expected: Type) -> Node:
        node = self.node(part)
        if node.type != expected:
            self.fail(f"`{self.shown(part)}` is {_TYPE_WORDS[node.type]} where {_TYPE_WORDS[expected]} is expected")
        return node

    def number(self, part: sql.Expression) -> Node:
        return self.typed(part, "number")

    def boolean(self, part: sql.Expression) -> Node:
        return self.typed(part, "bool")

    def comparison(self, op: Comparison, left: Node, right: Node) -> Compare:
        if "null" in (left.type, right.type):
            self.fail("nothing can be compared with NULL; write IS NULL or IS NOT NULL")
        if left.type != right.type:
            self.fail(f"{_TYPE_WORDS[left.type]} cannot be compared with {_TYPE_WORDS[right.type]}")
        if left.type == "bool" and op not in ("=", "<>"):
            self.fail(f"yes-or-no values cannot be put in order with {op}")
        self.check_domains(op, left, right)
        return Compare(op, left, right)

    def check_domains(self, op: Comparison, left: Node, right: Node) -> None:
        if left.type != "text" and op not in ("=", "<>"):
            return
        for whole, literal in ((left, right), (right, left)):
            if not isinstance(literal, Const) or isinstance(whole, Const):
                continue
            domain = self.domain(whole)
            if domain is not None and literal.value not in domain:
                allowed = ", ".join(_literal(value) for value in sorted(domain))
                self.fail(f"{_literal(literal.value)} can never occur here; possible are {allowed}")

    def domain(self, node: Node) -> frozenset[str] | frozenset[Fraction] | None:
        """The values a part can take at all, where they are a known short list."""
        match node:
            case FactRef(name=name):
                fact = self.facts[name]
                if fact.type == "text" and fact.values:
                    return frozenset(fact.values)
                if fact.low is not None and fact.high is not None and fact.high - fact.low < 10:
                    return frozenset(Fraction(value) for value in range(fact.low, fact.high + 1))
                return None
            case Const(type="text", value=str() as text):
                return frozenset({text})
            case Const(type="number", value=Fraction() as number):
                return frozenset({number})
            case Call(name="coalesce" | "least" | "greatest", args=args):
                parts = args
            case Case():
                parts = (*(result for _, result in node.branches), node.default)
            case _:
                return None
        texts: set[str] = set()
        numbers: set[Fraction] = set()
        for part in parts:
            if part.type == "null":
                continue
            domain = self.domain(part)
            if domain is None:
                return None
            for value in domain:
                if isinstance(value, str):
                    texts.add(value)
                else:
                    numbers.add(value)
        return frozenset(texts) if texts else frozenset(numbers)

    def one_type(self, nodes: list[Node], what: str) -> Type:
        types = {node.type for node in nodes} - {"null"}
        if len(types) > 1:
            words = " and ".join(sorted(_TYPE_WORDS[kind] for kind in types))
            self.fail(f"{what} mixes {words}")
        if not types:
            self.fail(f"{what} is always NULL")
        return types.pop()

    # One small reader for each allowed form.

    def paren(self, part: sql.Expression) -> Node:
        return self.node(part.this)

    def column(self, part: sql.Expression) -> Node:
        if part.args.get("table") is not None or not isinstance(part.this, sql.Identifier):
            self.fail(f"`{self.shown(part)}` is not the name of a fact")
        name = part.name if part.this.args.get("quoted") else part.name.lower()
        fact = self.facts.get(name)
        if fact is None and not self.facts:
            self.fail(f"`{name}`: a parameter may read other parameters and as_of(), not facts")
        if fact is None:
            near = _nearest(name, self.facts)
            self.fail(f"there is no fact `{name}`" + (f"; did you mean `{near}`?" if near else ""))
        return FactRef(fact.type, name)

    def literal(self, part: sql.Expression) -> Node:
        if part.is_string:
            return Const("text", part.name)
        if _NUMBER.fullmatch(part.name) is None:
            self.fail(f"`{part.name[:40]}` is not a plain number of at most 18 + 9 digits")
        return Const("number", Fraction(part.name))

    def true_false(self, part: sql.Expression) -> Node:
        return Const("bool", bool(part.this))

    def null(self, part: sql.Expression) -> Node:
        return Const("null", None)

    def negative(self, part: sql.Expression) -> Node:
        inner = self.number(part.this)
        if isinstance(inner, Const) and isinstance(inner.value, Fraction):
            return Const("number", -inner.value)
        return Arith("-", Const("number", Fraction(0)), inner)

    def negation(self, part: sql.Expression) -> Node:
        return Not(self.boolean(part.this))

    def both(self, part: sql.Expression) -> Node:
        return All(tuple(self.flatten(part, sql.And)))

    def either(self, part: sql.Expression) -> Node:
        return Any(tuple(self.flatten(part, sql.Or)))

    def flatten(self, part: sql.Expression, kind: type[sql.Expression]) -> list[Node]:
        items: list[Node] = []
        waiting = [part]
        while waiting:
            current = waiting.pop()
            if isinstance(current, kind):
                waiting += [current.expression, current.this]
            else:
                items.append(self.boolean(current))
        return items

    def between(self, part: sql.Expression) -> Node:
        if part.args.get("symmetric"):
            self.fail("BETWEEN SYMMETRIC is not allowed")
        item = self.node(part.this)
        low, high = self.node(part.args["low"]), self.node(part.args["high"])
        return All((self.comparison(">=", item, low), self.comparison("<=", item, high)))

    def membership(self, part: sql.Expression) -> Node:
        if part.args.get("query") or part.args.get("unnest") or part.args.get("field"):
            self.fail("IN takes a list of values in brackets")
        item = self.node(part.this)
        options = [self.comparison("=", item, self.node(option)) for option in part.expressions]
        if not options:
            self.fail("IN takes at least one value")
        return options[0] if len(options) == 1 else Any(tuple(options))

    def like(self, part: sql.Expression) -> Node:
        item, pattern = self.typed(part.this, "text"), self.typed(part.expression, "text")
        if not isinstance(pattern, Const | ParamRef):
            self.fail("LIKE takes a quoted pattern or a text parameter")
        return Like(item, pattern)

    def is_null(self, part: sql.Expression) -> Node:
        if not isinstance(part.expression, sql.Null):
            self.fail("IS takes NULL or NOT NULL; for a yes-or-no fact write `fact` or `NOT fact`")
        return IsNull(self.node(part.this))

    def case(self, part: sql.Expression) -> Node:
        subject = None if part.this is None else self.node(part.this)
        branches: list[tuple[Node, Node]] = []
        for branch in part.args["ifs"]:
            if subject is None:
                condition = self.boolean(branch.this)
            else:
                condition = self.comparison("=", subject, self.node(branch.this))
            branches.append((condition, self.node(branch.args["true"])))
        last = part.args.get("default")
        default = Const("null", None) if last is None else self.node(last)
        kind = self.one_type([*(result for _, result in branches), default], "CASE")
        return Case(kind, tuple((c, _as(kind, r)) for c, r in branches), _as(kind, default))

    def choice(self, part: sql.Expression) -> Node:
        name = _CHOICES[type(part)]
        args = [self.node(arg) for arg in (part.this, *part.expressions)]
        kind = self.one_type(args, name.upper())
        if name != "coalesce" and kind == "bool":
            self.fail(f"{name.upper()} does not take yes-or-no values")
        return Call(name, tuple(_as(kind, arg) for arg in args), kind)

    def rounding(self, part: sql.Expression) -> Node:
        name = _ROUNDINGS[type(part)]
        extra = {key for key, value in part.args.items() if value} - {"this"}
        digits = 0
        if name == "round" and extra == {"decimals"}:
            given = self.number(part.args["decimals"])
            if not isinstance(given, Const) or not isinstance(given.value, Fraction):
                self.fail("the number of decimals of ROUND must be a plain number")
            if given.value.denominator != 1 or abs(given.value) > MOST_DECIMALS:
                self.fail(f"the number of decimals of ROUND goes from -{MOST_DECIMALS} to {MOST_DECIMALS}")
            digits = int(given.value)
        elif extra:
            self.fail(f"{name.upper()} takes one number" + (" and its decimals" if name == "round" else ""))
        return Call(name, (self.number(part.this),), "number", digits)

    def cast(self, part: sql.Expression) -> Node:
        literal, target = part.this, part.args["to"]
        if not isinstance(literal, sql.Literal) or not literal.is_string or not target.is_type("date"):
            self.fail("conversions are not allowed; a date is written DATE '2024-01-31'")
        try:
            return Const("date", date.fromisoformat(literal.name))
        except ValueError:
            self.fail(f"'{literal.name}' is not a date; write DATE 'YYYY-MM-DD'")

    def months(self, part: sql.Expression) -> Node:
        return self.between_dates("months_between", [part.this, part.expression])

    def between_dates(self, name: str, args: list[sql.Expression]) -> Node:
        if len(args) != 2:
            self.fail(f"{name} takes two dates")
        return Call(name, tuple(self.typed(arg, "date") for arg in args), "number")

    def named(self, part: sql.Expression) -> Node:
        name = part.name.lower()
        args = list(part.expressions)
        if name == "as_of":
            if args:
                self.fail("as_of() takes nothing in its brackets")
            return AsOf()
        if name == "param":
            if len(args) != 1 or not isinstance(args[0], sql.Literal) or not args[0].is_string:
                self.fail("param takes the quoted name of a parameter: param('dibao_urban_month')")
            wanted = args[0].name
            if wanted not in self.parameters:
                near = _nearest(wanted, self.parameters)
                self.fail(f"there is no parameter `{wanted}`" + (f"; did you mean `{near}`?" if near else ""))
            return ParamRef(self.parameters[wanted], wanted)
        if name in _DATE_FUNCTIONS:
            return self.between_dates(name, args)
        self.fail(f"there is no function `{name}`; allowed are {_ALLOWED}")


_READERS: dict[type[sql.Expression], Callable[[_Reader, sql.Expression], Node]] = {
    sql.Paren: _Reader.paren,
    sql.Column: _Reader.column,
    sql.Literal: _Reader.literal,
    sql.Boolean: _Reader.true_false,
    sql.Null: _Reader.null,
    sql.Neg: _Reader.negative,
    sql.Not: _Reader.negation,
    sql.And: _Reader.both,
    sql.Or: _Reader.either,
    sql.Between: _Reader.between,
    sql.In: _Reader.membership,
    sql.Like: _Reader.like,
    sql.Is: _Reader.is_null,
    sql.Case: _Reader.case,
    sql.Coalesce: _Reader.choice,
    sql.Least: _Reader.choice,
    sql.Greatest: _Reader.choice,
    sql.Round: _Reader.rounding,
    sql.Floor: _Reader.rounding,
    sql.Ceil: _Reader.rounding,
    sql.Abs: _Reader.rounding,
    sql.Cast: _Reader.cast,
    sql.MonthsBetween: _Reader.months,
    sql.Anonymous: _Reader.named,
}


def _as(kind: Type, node: Node) -> Node:
    return Const(kind, None) if node.type == "null" else node


def _depth(node: Node) -> int:
    return 1 + max((_depth(child) for child in children(node)), default=0)


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


def _nearest(name: str, known: Mapping[str, object]) -> str | None:
    found = get_close_matches(name, list(known), n=1)
    return found[0] if found else None
