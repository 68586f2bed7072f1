"""The same pack as one SQL statement for DuckDB: the independent oracle that the Polars engine is held against.

Shares with `evaluate` only the checked expressions and the look over the facts. Truth, text and dates are DuckDB's own;
numbers are fractions of two HUGEINT columns, which raise on overflow. Another SQL engine, such as Spark, would be a
second emitter of this shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import duckdb
import polars as pl

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.evaluate import LONG_SCHEMA, prepare_facts
from yinian.engines.entitlement.model import Pack, Service
from yinian.engines.entitlement.tree import (
    All,
    Any,
    Arith,
    AsOf,
    Call,
    Case,
    Compare,
    Const,
    FactRef,
    IsNull,
    Like,
    Node,
    Not,
    ParamRef,
    Value,
)

_SQL_TYPES = {"bool": "BOOLEAN", "text": "VARCHAR", "date": "DATE", "number": "HUGEINT"}


def evaluate_duckdb(pack: Pack, facts: pl.DataFrame, as_of: date, with_not_due: bool = False) -> pl.DataFrame:
    """The long form of `evaluate`, worked out by DuckDB in memory. Raises PackError or FactsError."""
    prepared = prepare_facts(facts, as_of)
    if "age" not in facts.columns:
        prepared = prepared.drop("age")
    statement = sql_for(pack, as_of, age_given="age" in facts.columns, with_not_due=with_not_due)
    if statement is None:
        return pl.DataFrame(schema=LONG_SCHEMA)
    connection = duckdb.connect(":memory:")
    try:
        connection.register("facts", prepared.with_row_index("row_number").to_arrow())
        answers = pl.DataFrame(connection.sql(statement).to_arrow_table())
    except duckdb.OutOfRangeException:
        raise PackError("the arithmetic grows beyond 128 bits in DuckDB; use smaller numbers") from None
    finally:
        connection.close()
    return answers.select(pl.col(name).cast(dtype) for name, dtype in LONG_SCHEMA.items())


def sql_for(pack: Pack, as_of: date, *, age_given: bool, with_not_due: bool = False) -> str | None:
    """The statement over a table `facts` with a `row_number`; None where no service is in force. Raises PackError."""
    bound = pack.services_on(as_of)  # raises where a parameter is missing; the trees used below are the unbound ones
    services = [item.service for item in bound]
    if not services:
        return None
    writer = _Writer(as_of, pack.parameters_on(as_of))
    age = "" if age_given else f", {writer.years('birth_date', writer.day(as_of))} AS age"
    tests: list[str] = []
    for place, service in enumerate(services):
        for number, test in enumerate(service.tests):
            tests.append(f"{writer.plain(test.tree)} AS t{place}_{number}")
        amount = "CAST(NULL AS HUGEINT)" if service.amount is None else writer.rounded(service.amount)
        tests.append(f"CAST({amount} AS BIGINT) AS a{place}")
    standing = [
        f"COALESCE({_all(place, service)}, FALSE){_exclusions(services, place)} AS x{place}"
        for place, service in enumerate(services)
    ]
    rows = "\nUNION ALL BY NAME\n".join(_rows(place, service) for place, service in enumerate(services))
    kept = "" if with_not_due else "WHERE state <> 'not_due'"
    return f"""
WITH known AS (SELECT *{age} FROM facts),
tested AS (SELECT row_number, person_id, {", ".join(tests)} FROM known),
settled AS (SELECT *, {", ".join(standing)} FROM tested),
listed AS ({rows}),
ranked AS (
  SELECT *, row_number() OVER (
    PARTITION BY row_number, grouping, state = 'due' ORDER BY amount DESC NULLS LAST, place) AS rank
  FROM listed {kept}
)
SELECT person_id, service_id,
  CASE WHEN state = 'due' AND grouping IS NOT NULL AND rank > 1 THEN 'superseded' ELSE state END AS status,
  CASE WHEN state <> 'not_due' THEN amount END AS amount_fen, period, unknown_tests, false_tests,
  {_text(pack.hash)} AS pack_hash, {writer.day(as_of)} AS as_of
FROM ranked ORDER BY row_number, place
"""


def _all(place: int, service: Service) -> str:
    return "(" + " AND ".join(f"t{place}_{number}" for number in range(len(service.tests))) + ")"


def _exclusions(services: list[Service], place: int) -> str:
    """Conditions that no earlier service still due excludes this one."""
    this = services[place]
    earlier = [
        before
        for before in range(place)
        if services[before].id in this.not_with or this.id in services[before].not_with
    ]
    return "".join(f" AND NOT x{before}" for before in earlier)


def _rows(place: int, service: Service) -> str:
    numbers = range(len(service.tests))
    truth = _all(place, service)
    unknown = [f"CASE WHEN t{place}_{n} IS NULL THEN {_text(service.tests[n].id)} END" for n in numbers]
    false = [f"CASE WHEN NOT t{place}_{n} THEN {_text(service.tests[n].id)} END" for n in numbers]
    period = "CAST(NULL AS VARCHAR)" if service.period is None else _text(service.period)
    grouping = "CAST(NULL AS VARCHAR)" if service.higher_of is None else _text(service.higher_of)
    return f"""SELECT row_number, {place} AS place, person_id, {_text(service.id)} AS service_id, a{place} AS amount,
  {period} AS period, {grouping} AS grouping,
  CASE WHEN {truth} IS NULL THEN 'check' WHEN NOT {truth} THEN 'not_due' WHEN x{place} THEN 'due'
    ELSE 'superseded' END AS state,
  concat_ws(';', {", ".join(unknown)}) AS unknown_tests, concat_ws(';', {", ".join(false)}) AS false_tests
FROM settled"""


def _text(value: str) -> str:
    quoted = value.replace("'", "''")
    return f"'{quoted}'"


@dataclass(frozen=True, slots=True)
class _Number:
    """SQL of a numerator and of a positive denominator; unknown where the numerator is null."""

    top: str
    bottom: str


class _Writer:
    def __init__(self, as_of: date, parameters: Mapping[str, Value]) -> None:
        self.as_of = as_of
        self.parameters = parameters

    def day(self, value: date) -> str:
        return f"DATE '{value.isoformat()}'"

    def constant(self, kind: str, value: Value) -> str:
        if value is None:
            return f"CAST(NULL AS {_SQL_TYPES[kind]})"
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, date):
            return self.day(value)
        return _text(str(value))

    def plain(self, node: Node) -> str:
        """SQL of anything but a number."""
        match node:
            case Const(type=kind, value=value):
                return self.constant(kind, value)
            case ParamRef(type=kind, name=name):
                return self.constant(kind, self.parameters[name])
            case AsOf():
                return self.day(self.as_of)
            case FactRef(name=name):
                return name
            case Not(item=item):
                return f"(NOT {self.plain(item)})"
            case All(items=items):
                return "(" + " AND ".join(self.plain(item) for item in items) + ")"
            case Any(items=items):
                return "(" + " OR ".join(self.plain(item) for item in items) + ")"
            case IsNull(item=item):
                inner = self.number(item).top if item.type == "number" else self.plain(item)
                return f"({inner} IS NULL)"
            case Like(item=item, pattern=pattern):
                return f"({self.plain(item)} LIKE {self.plain(pattern)})"
            case Compare(op=op, left=left, right=right):
                if left.type == "number":
                    one, other = self.number(left), self.number(right)
                    if one.bottom == other.bottom == "1":
                        return f"({one.top} {op} {other.top})"
                    return f"(({one.top} * {other.bottom}) {op} ({other.top} * {one.bottom}))"
                return f"({self.plain(left)} {op} {self.plain(right)})"
            case Case(branches=branches, default=default):
                whens = " ".join(f"WHEN {self.plain(c)} THEN {self.plain(r)}" for c, r in branches)
                return f"(CASE {whens} ELSE {self.plain(default)} END)"
            case Call(name=name, args=args):
                return f"{name}({', '.join(self.plain(arg) for arg in args)})"
            case _:
                raise AssertionError(f"not a plain value: {type(node).__name__}")

    def number(self, node: Node) -> _Number:
        match node:
            case Const(value=None):
                return _Number("CAST(NULL AS HUGEINT)", "1")
            case Const(value=Fraction() as value):
                return _fraction(value)
            case ParamRef(name=name):
                current = self.parameters[name]
                assert isinstance(current, Fraction)
                return _fraction(current)
            case FactRef(name=name):
                return _Number(f"CAST({name} AS HUGEINT)", "1")
            case Arith(op=op, left=left, right=right):
                return self.arith(op, self.number(left), self.number(right))
            case Case(branches=branches, default=default):
                conditions = [self.plain(condition) for condition, _ in branches]
                return _choose(conditions, [self.number(part) for part in (*(r for _, r in branches), default)])
            case Call():
                return self.call(node)
            case _:
                raise AssertionError(f"not a number: {type(node).__name__}")

    def arith(self, op: str, left: _Number, right: _Number) -> _Number:
        if op in ("+", "-"):
            if left.bottom == right.bottom:
                return _Number(f"({left.top} {op} {right.top})", left.bottom)
            top = f"({left.top} * {right.bottom} {op} {right.top} * {left.bottom})"
            return _Number(top, f"({left.bottom} * {right.bottom})")
        if op == "*":
            return _Number(f"({left.top} * {right.top})", f"({left.bottom} * {right.bottom})")
        product = f"({left.top} * {right.bottom})"
        top = f"(CASE WHEN {right.top} > 0 THEN {product} WHEN {right.top} < 0 THEN -{product} END)"
        return _Number(top, f"({left.bottom} * abs({right.top}))")

    def call(self, node: Call) -> _Number:
        if node.name.endswith("_between"):
            start, end = (self.plain(arg) for arg in node.args)
            return _Number(f"CAST({self.between(node.name, start, end)} AS HUGEINT)", "1")
        args = [self.number(arg) for arg in node.args]
        if node.name == "coalesce":
            return _choose([f"{arg.top} IS NOT NULL" for arg in args[:-1]], args)
        if node.name in ("least", "greatest"):
            op = "<=" if node.name == "least" else ">="
            best = args[0]
            for arg in args[1:]:
                ahead = f"({best.top} * {arg.bottom}) {op} ({arg.top} * {best.bottom})"
                best = _choose([f"{arg.top} IS NULL OR {ahead}"], [best, arg])
            return best
        if node.name == "abs":
            return _Number(f"abs({args[0].top})", args[0].bottom)
        return _to_whole(args[0], node.name, node.digits)

    def rounded(self, node: Node) -> str:
        """An amount in whole fen, half away from zero."""
        return _to_whole(self.number(node), "round", 0).top

    def years(self, start: str, end: str) -> str:
        return self.between("years_between", start, end)

    def between(self, name: str, start: str, end: str) -> str:
        if name == "days_between":
            return f"date_diff('day', {start}, {end})"
        if name == "months_between":
            key, short = "(year({0}) * 12 + month({0}))", "day({0})"
        else:
            key, short = "year({0})", "strftime({0}, '%m%d')"

        def completed(a: str, b: str) -> str:
            gap = f"{key.format(b)} - {key.format(a)}"
            return f"({gap} - CASE WHEN {short.format(b)} < {short.format(a)} THEN 1 ELSE 0 END)"

        return (
            f"(CASE WHEN {start} <= {end} THEN {completed(start, end)} "
            f"WHEN {start} > {end} THEN -{completed(end, start)} END)"
        )


def _fraction(value: Fraction) -> _Number:
    bottom = "1" if value.denominator == 1 else f"CAST({value.denominator} AS HUGEINT)"
    return _Number(f"CAST({value.numerator} AS HUGEINT)", bottom)


def _choose(conditions: list[str], parts: list[_Number]) -> _Number:
    tops = " ".join(f"WHEN {c} THEN {part.top}" for c, part in zip(conditions, parts, strict=False))
    top = f"(CASE {tops} ELSE {parts[-1].top} END)"
    if len({part.bottom for part in parts}) == 1:
        return _Number(top, parts[0].bottom)
    bottoms = " ".join(f"WHEN {c} THEN {part.bottom}" for c, part in zip(conditions, parts, strict=False))
    return _Number(top, f"(CASE {bottoms} ELSE {parts[-1].bottom} END)")


def _to_whole(value: _Number, name: str, digits: int) -> _Number:
    scale = 10 ** abs(digits)
    top = f"({value.top} * {scale})" if digits > 0 else value.top
    bottom = f"({value.bottom} * {scale})" if digits < 0 else value.bottom
    if name == "round":
        size = f"((2 * abs({top}) + {bottom}) // (2 * {bottom}))"
        whole = f"(CASE WHEN {top} < 0 THEN -{size} ELSE {size} END)"
    else:
        low = f"(CASE WHEN {{0}} < 0 THEN -((-{{0}} + {bottom} - 1) // {bottom}) ELSE {{0}} // {bottom} END)"
        whole = low.format(top) if name == "floor" else f"(-{low.format(f'(-{top})')})"
    if digits > 0:
        return _Number(whole, str(scale))
    return _Number(f"({whole} * {scale})" if digits < 0 else whole, "1")
