"""The same pack as one Spark SQL statement, for a province or the nation: each row by itself, without a shuffle.

Truth, text and dates are Spark's own. Numbers are exact fractions as in `columns`: a whole numerator over a positive
whole denominator, BIGINT while the bounds of the facts allow it and DECIMAL(38,0) beyond, so that nothing is rounded
before the end and nothing can overflow unseen. Nothing here needs PySpark: a session runs the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import reduce
from math import lcm

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.facts import EARLIEST_DATE, FACTS, LATEST_DATE, OLDEST_AGE, Fact
from yinian.engines.entitlement.model import BoundService, Pack
from yinian.engines.entitlement.settling import (
    SEPARATOR,
    check_arithmetic,
    contests,
    exclusion_pairs,
    facts_of,
)
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
)

KINDS = {"text": "STRING", "bool": "BOOLEAN", "date": "DATE", "number": "BIGINT"}
"""Spark's type of each kind of fact; levels may come in any whole-number type."""

_IN_64 = 2**62
_IN_38 = 2**126  # the bound of `columns`; below 10**38
_MOST_DAYS = (LATEST_DATE - EARLIEST_DATE).days
_YEARS = LATEST_DATE.year - EARLIEST_DATE.year + 1


def spark_sql(pack: Pack, as_of: date, given: Sequence[str], *, with_not_due: bool = False, keep: str = "") -> str:
    """The statement over a view `facts` that has the columns `given`: the long form, one row per person and service.

    `keep` is text put before the columns, such as the number of the row. Answers of a person stand in list order; the
    order of persons is Spark's. Raises PackError.
    """
    check_arithmetic(pack, as_of)
    services = pack.services_on(as_of)
    if not services:
        return f"SELECT {keep}{_EMPTY} FROM facts WHERE FALSE"
    writer = _Writer()
    names: dict[Node, str] = {}
    for bound in services:
        for test in bound.tests:
            names.setdefault(test, f"t{len(names)}")
    tested = [f"{writer.plain(test)} AS {name}" for test, name in names.items()]
    for place, bound in enumerate(services):
        amount = "CAST(NULL AS BIGINT)" if bound.amount is None else writer.fen(bound.amount)
        tested.append(f"{amount} AS a{place}")
    truths = [" AND ".join(names[test] for test in bound.tests) for bound in services]
    whole = [f"({truth}) AS w{place}" for place, truth in enumerate(truths)]
    structs = ",\n  ".join(_answer(place, bound, names) for place, bound in enumerate(services))
    kept = "" if with_not_due else ", answer -> answer.status <> 'not_due'"
    listed = f"array({structs})"
    return f"""
WITH known AS (SELECT {keep}{_known(services, as_of, given)} FROM facts),
tested AS (SELECT {keep}person_id, {", ".join(tested)} FROM known),
summed AS (SELECT *, {", ".join(whole)} FROM tested),
{_standing(services)}
listed AS (SELECT {keep}person_id, {f"filter({listed}{kept})" if kept else listed} AS answers FROM settled)
SELECT {keep}person_id, answer.service_id, answer.status, answer.amount_fen, answer.period, answer.unknown_tests,
  answer.false_tests, {_text(pack.hash)} AS pack_hash, {_day(as_of)} AS as_of
FROM listed LATERAL VIEW explode(answers) AS answer
"""


_EMPTY = (
    "person_id, '' AS service_id, '' AS status, CAST(NULL AS BIGINT) AS amount_fen, '' AS period, "
    "'' AS unknown_tests, '' AS false_tests, '' AS pack_hash, DATE '2000-01-01' AS as_of"
)


def facts_needed_from(pack: Pack, as_of: date, given: Sequence[str]) -> list[Fact]:
    """The facts among the columns `given` that the statement reads."""
    wanted = facts_of(pack.services_on(as_of)) | {"person_id"}
    if "age" in wanted and "age" not in given:
        wanted.add("birth_date")
    return [fact for fact in FACTS.values() if fact.name in wanted and fact.name in given]


def faults_sql(pack: Pack, as_of: date, given: Sequence[str], place: str) -> str:
    """A statement over the view `facts` that gives one row: for each fact read the first `place` (an expression that
    orders the rows) of a value that cannot be, as a struct of place and value; NULL where all are possible."""
    columns = []
    for fact in facts_needed_from(pack, as_of, given):
        shown = f"named_struct('place', {place}, 'value', CAST({_name(fact.name)} AS STRING))"
        columns.append(f"min(CASE WHEN {_fault(fact)} THEN {shown} END) AS {_name(fact.name)}")
    if "age" in facts_of(pack.services_on(as_of)) and "age" not in given and "birth_date" in given:
        age = _Writer().between("years_between", "birth_date", _day(as_of))
        shown = f"named_struct('place', {place}, 'value', concat(birth_date, ' ', {age}))"
        columns.append(f"min(CASE WHEN {age} NOT BETWEEN 0 AND {OLDEST_AGE} THEN {shown} END) AS age")
    return f"SELECT {', '.join(columns)} FROM facts"


def _fault(fact: Fact) -> str:
    name = _name(fact.name)
    if fact.name == "person_id":
        return f"{name} IS NULL"
    if fact.type == "text" and fact.values:
        return f"{name} NOT IN ({', '.join(map(_text, fact.values))})"
    if fact.type == "number":
        return f"{name} NOT BETWEEN {fact.low} AND {fact.high}"
    if fact.type == "date":
        return f"{name} NOT BETWEEN {_day(EARLIEST_DATE)} AND {_day(LATEST_DATE)}"
    return "FALSE"


def _known(services: tuple[BoundService, ...], as_of: date, given: Sequence[str]) -> str:
    """The facts the services read in their types, absent ones NULL, the age worked out where it is absent."""
    columns = ["CAST(person_id AS STRING) AS person_id"]
    for name in sorted(facts_of(services) - {"person_id"}):
        kind = KINDS[FACTS[name].type]
        if name in given:
            columns.append(f"CAST({_name(name)} AS {kind}) AS {_name(name)}")
        elif name == "age" and "birth_date" in given:
            age = _Writer().between("years_between", "birth_date", _day(as_of))
            columns.append(f"CAST({age} AS {kind}) AS age")
        else:
            columns.append(f"CAST(NULL AS {kind}) AS {_name(name)}")
    return ", ".join(columns)


def _standing(services: tuple[BoundService, ...]) -> str:
    """Who is still due after exclusion (x, one after the other) and after the highest of each group (s)."""
    steps, before = [], "summed"
    for place, earlier in enumerate(exclusion_pairs(services)):
        if earlier:
            lost = "".join(f" AND NOT {_after(services, other)}" for other in earlier)
            steps.append(f"step{place} AS (SELECT *, (COALESCE(w{place}, FALSE){lost}) AS x{place} FROM {before}),")
            before = f"step{place}"
    rivals: dict[int, list[str]] = {}
    for rival, place in contests(services):
        money, own = f"COALESCE(a{rival}, {_LOWEST})", f"COALESCE(a{place}, {_LOWEST})"
        beaten = f"{money} {'>=' if rival < place else '>'} {own}"
        rivals.setdefault(place, []).append(f"NOT ({_after(services, rival)} AND {beaten})")
    columns = [
        " AND ".join([_after(services, place), *rivals.get(place, [])]) + f" AS s{place}"
        for place in range(len(services))
    ]
    steps.append(f"settled AS (SELECT *, {', '.join(columns)} FROM {before}),")
    return "\n".join(steps)


_LOWEST = "CAST('-9223372036854775808' AS BIGINT)"


def _after(services: tuple[BoundService, ...], place: int) -> str:
    """Whether a service is due after exclusion."""
    return f"x{place}" if exclusion_pairs(services)[place] else f"COALESCE(w{place}, FALSE)"


def _answer(place: int, bound: BoundService, names: Mapping[Node, str]) -> str:
    service = bound.service
    pairs = [(test.id, names[node]) for test, node in zip(service.tests, bound.tests, strict=True)]
    unknown = ", ".join(f"CASE WHEN {name} IS NULL THEN {_text(key)} END" for key, name in pairs)
    false = ", ".join(f"CASE WHEN NOT {name} THEN {_text(key)} END" for key, name in pairs)
    period = "CAST(NULL AS STRING)" if service.period is None else _text(service.period)
    not_due = f"(w{place} IS NOT NULL AND NOT w{place})"
    return f"""named_struct('service_id', {_text(service.id)},
    'status', CASE WHEN w{place} IS NULL THEN 'check' WHEN NOT w{place} THEN 'not_due' WHEN s{place} THEN 'due'
      ELSE 'superseded' END,
    'amount_fen', CASE WHEN NOT {not_due} THEN a{place} END, 'period', {period},
    'unknown_tests', concat_ws('{SEPARATOR}', {unknown}), 'false_tests', concat_ws('{SEPARATOR}', {false}))"""


def _name(fact: str) -> str:
    return f"`{fact}`"


def _day(value: date) -> str:
    return f"DATE '{value.isoformat()}'"


def _text(value: str) -> str:
    """A literal: Spark reads backslashes in it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@dataclass(frozen=True, slots=True)
class _Ratio:
    """SQL of a numerator (or a constant) over a constant or SQL denominator, each with the bound of its size; unknown
    where the numerator is NULL."""

    top: str | int
    bottom: str | int
    most_top: int
    most_bottom: int


def _whole(value: str | int, most: int) -> str:
    """A whole number in a type wide enough for `most`."""
    if most >= _IN_38:
        raise PackError("the arithmetic can grow beyond 128 bits; use smaller numbers or ROUND in between")
    kind = "BIGINT" if most < _IN_64 else "DECIMAL(38,0)"
    return f"CAST('{value}' AS {kind})" if isinstance(value, int) else f"CAST({value} AS {kind})"


def _times(left: str | int, most_left: int, right: str | int, most_right: int) -> str | int:
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    if right == 1:
        return left
    if left == 1:
        return right
    most = max(most_left * most_right, most_left, most_right)
    return f"({_whole(left, most)} * {_whole(right, most)})"


_NONE = _Ratio("CAST(NULL AS BIGINT)", 1, 0, 1)


class _Writer:
    """Writes bound expressions: no parameters and no as-of date are left in them."""

    def fen(self, node: Node) -> str:
        """An amount in whole fen, rounded once, half away from zero."""
        rounded = self.rounded(self.number(node), "round")
        if rounded.most_top >= _IN_64:
            raise PackError("the amount can grow beyond what is money")
        return f"CAST({_whole(rounded.top, rounded.most_top)} AS BIGINT)"

    def plain(self, node: Node) -> str:
        """Anything but a number."""
        match node:
            case Const(type=kind, value=None):
                return f"CAST(NULL AS {KINDS[kind]})"
            case Const(value=bool() as value):
                return "TRUE" if value else "FALSE"
            case Const(value=date() as value):
                return _day(value)
            case Const(value=value):
                return _text(str(value))
            case FactRef(name=name):
                return _name(name)
            case Not(item=item):
                return f"(NOT {self.plain(item)})"
            case All(items=items):
                return "(" + " AND ".join(self.plain(item) for item in items) + ")"
            case Any(items=items):
                return "(" + " OR ".join(self.plain(item) for item in items) + ")"
            case IsNull(item=item):
                if item.type == "number":
                    number = self.number(item)
                    return f"({_whole(number.top, number.most_top)} IS NULL)"
                return f"({self.plain(item)} IS NULL)"
            case Like(item=item, pattern=Const(value=str() as pattern)):
                escaped = pattern.replace("\\", "\\\\")  # no character of a pattern escapes another
                return f"({self.plain(item)} LIKE {_text(escaped)})"
            case Like():
                return "CAST(NULL AS BOOLEAN)"
            case Compare(op=op, left=left, right=right) if left.type == "number":
                one, other = self.common(self.number(left), self.number(right))
                most = max(one.most_top, other.most_top)
                return f"({_whole(one.top, most)} {op} {_whole(other.top, most)})"
            case Compare(op=op, left=left, right=right):
                return f"({self.plain(left)} {op} {self.plain(right)})"
            case Case(branches=branches, default=default):
                pairs = [(self.plain(condition), self.plain(result)) for condition, result in branches]
                return _case(pairs, self.plain(default))
            case Call(name=name, args=args):
                written = [self.plain(arg) for arg in args]
                return written[0] if len(written) == 1 else f"{name}({', '.join(written)})"
            case _:
                raise AssertionError(f"a bound expression holds no {type(node).__name__}")

    def number(self, node: Node) -> _Ratio:
        match node:
            case Const(value=None):
                return _NONE
            case Const(value=Fraction() as value):
                return _Ratio(value.numerator, value.denominator, abs(value.numerator), value.denominator)
            case FactRef(name=name):
                fact = FACTS[name]
                return _Ratio(_name(name), 1, max(abs(fact.low or 0), abs(fact.high or 0)), 1)
            case Arith():
                return self.arith(node)
            case Case(branches=branches, default=default):
                conditions = [self.plain(condition) for condition, _ in branches]
                return self.pick(conditions, [self.number(part) for part in (*(r for _, r in branches), default)])
            case Call(name="coalesce", args=args):
                parts = self.level([self.number(arg) for arg in args])
                known = [f"({_whole(part.top, part.most_top)} IS NOT NULL)" for part in parts[:-1]]
                return self.pick(known, parts)
            case Call(name="least" | "greatest" as name, args=args):
                return reduce(lambda left, right: self.extreme(name, left, right), [self.number(arg) for arg in args])
            case Call(name="abs", args=args):
                inner = self.number(args[0])
                top = abs(inner.top) if isinstance(inner.top, int) else f"abs({inner.top})"
                return _Ratio(top, inner.bottom, inner.most_top, inner.most_bottom)
            case Call(name="round" | "floor" | "ceil" as name, args=args, digits=digits):
                return self.rounded(self.number(args[0]), name, digits)
            case Call(name=name, args=args):
                start, end = (self.plain(arg) for arg in args)
                most = {"days_between": _MOST_DAYS, "months_between": 12 * _YEARS}.get(name, _YEARS)
                return _Ratio(self.between(name, start, end), 1, most, 1)
            case _:
                raise AssertionError(f"a bound number holds no {type(node).__name__}")

    def common(self, left: _Ratio, right: _Ratio) -> tuple[_Ratio, _Ratio]:
        """Both over one denominator."""
        one, other = self.level([left, right])
        if isinstance(one.bottom, int) and isinstance(other.bottom, int):
            return one, other
        most = left.most_bottom * right.most_bottom
        bottom = _times(left.bottom, left.most_bottom, right.bottom, right.most_bottom)
        tops = (
            (_times(left.top, left.most_top, right.bottom, right.most_bottom), left.most_top * right.most_bottom),
            (_times(right.top, right.most_top, left.bottom, left.most_bottom), right.most_top * left.most_bottom),
        )
        first, second = (_Ratio(top, bottom, most_top, most) for top, most_top in tops)
        return first, second

    def level(self, parts: list[_Ratio]) -> list[_Ratio]:
        """All over one constant denominator where every denominator is constant; else unchanged."""
        bottoms = [part.bottom for part in parts if isinstance(part.bottom, int)]
        if len(bottoms) < len(parts):
            return parts
        whole = lcm(*bottoms)
        return [
            _Ratio(_times(part.top, part.most_top, whole // bottom, whole // bottom), whole,
                   part.most_top * (whole // bottom), whole)
            for part, bottom in zip(parts, bottoms, strict=True)
        ]  # fmt: skip

    def pick(self, conditions: list[str], parts: list[_Ratio]) -> _Ratio:
        """The part beside the first true condition, else the last part."""
        parts = self.level(parts)
        most_top = max(part.most_top for part in parts)
        most_bottom = max(part.most_bottom for part in parts)
        tops = [_whole(part.top, most_top) for part in parts]
        top = _case(zip(conditions, tops[:-1], strict=True), tops[-1])
        first = parts[0].bottom
        if isinstance(first, int) and all(part.bottom == first for part in parts):
            return _Ratio(top, first, most_top, most_bottom)
        bottoms = [_whole(part.bottom, most_bottom) for part in parts]
        return _Ratio(top, _case(zip(conditions, bottoms[:-1], strict=True), bottoms[-1]), most_top, most_bottom)

    def extreme(self, name: str, left: _Ratio, right: _Ratio) -> _Ratio:
        one, other = self.common(left, right)
        most = max(one.most_top, other.most_top)
        a, b = _whole(one.top, most), _whole(other.top, most)
        return self.pick([f"({b} IS NULL OR {a} {'<=' if name == 'least' else '>='} {b})"], [left, right])

    def arith(self, node: Arith) -> _Ratio:
        left, right = self.number(node.left), self.number(node.right)
        if node.op in ("+", "-"):
            one, other = self.common(left, right)
            most = one.most_top + other.most_top
            top = f"({_whole(one.top, most)} {node.op} {_whole(other.top, most)})"
            return _Ratio(top, one.bottom, most, one.most_bottom)
        if node.op == "*":
            return _Ratio(
                _times(left.top, left.most_top, right.top, right.most_top),
                _times(left.bottom, left.most_bottom, right.bottom, right.most_bottom),
                left.most_top * right.most_top, left.most_bottom * right.most_bottom,
            )  # fmt: skip
        return self.divide(left, right)

    def divide(self, left: _Ratio, right: _Ratio) -> _Ratio:
        most_top, most_bottom = left.most_top * right.most_bottom, left.most_bottom * right.most_top
        top = _times(left.top, left.most_top, right.bottom, right.most_bottom)
        if isinstance(right.top, int):
            if right.top == 0:
                return _NONE
            bottom = _times(left.bottom, left.most_bottom, abs(right.top), right.most_top)
            return _Ratio(top if right.top > 0 else _times(top, most_top, -1, 1), bottom, most_top, most_bottom)
        divisor, dividend = _whole(right.top, right.most_top), _whole(top, most_top)
        signed = f"(CASE WHEN {divisor} > 0 THEN {dividend} WHEN {divisor} < 0 THEN -{dividend} END)"
        size = _times(left.bottom, left.most_bottom, f"abs({divisor})", right.most_top)
        # where the divisor is zero or unknown the whole is unknown, and its denominator must not matter
        bottom = f"(CASE WHEN {divisor} <> 0 THEN {_whole(size, most_bottom)} ELSE {_whole(1, most_bottom)} END)"
        return _Ratio(signed, bottom, most_top, max(most_bottom, 1))

    def rounded(self, value: _Ratio, name: str, digits: int = 0) -> _Ratio:
        scale = 10 ** abs(digits)
        if digits > 0:
            top = _times(value.top, value.most_top, scale, scale)
            value = _Ratio(top, value.bottom, value.most_top * scale, value.most_bottom)
        elif digits < 0:
            bottom = _times(value.bottom, value.most_bottom, scale, scale)
            value = _Ratio(value.top, bottom, value.most_top, value.most_bottom * scale)
        whole = value if value.bottom == 1 else self.to_whole(value, name)
        if digits > 0:
            return _Ratio(whole.top, scale, whole.most_top, scale)
        if digits < 0:
            return _Ratio(_times(whole.top, whole.most_top, scale, scale), 1, whole.most_top * scale, 1)
        return whole

    def to_whole(self, value: _Ratio, name: str) -> _Ratio:
        most = 2 * value.most_top + 2 * value.most_bottom
        top, bottom = _whole(value.top, most), _whole(value.bottom, most)
        two = _whole(2, most)
        if name == "round":
            size = _quotient(f"({two} * abs({top}) + {bottom})", f"({two} * {bottom})", most)
            whole = f"(CASE WHEN {top} < {_whole(0, most)} THEN -{size} ELSE {size} END)"
        else:
            sign = "" if name == "floor" else "-"
            low = f"({sign}{top})"  # ceil is floor turned over
            down = _quotient(f"(-{low} + {bottom} - {_whole(1, most)})", bottom, most)
            up = _quotient(low, bottom, most)
            whole = f"({sign}(CASE WHEN {low} < {_whole(0, most)} THEN -{down} ELSE {up} END))"
        return _Ratio(whole, 1, value.most_top + 1, 1)

    def between(self, name: str, start: str, end: str) -> str:
        """Whole completed units; 29 February comes of age on 1 March. Backwards, the same count with a minus."""
        if name == "days_between":
            return f"CAST(datediff({end}, {start}) AS BIGINT)"
        if name == "months_between":
            key, short = "(year({0}) * 12 + month({0}))", "day({0})"
        else:
            key, short = "year({0})", "(month({0}) * 100 + day({0}))"

        def completed(a: str, b: str) -> str:
            gap = f"{key.format(b)} - {key.format(a)}"
            return f"({gap} - CASE WHEN {short.format(b)} < {short.format(a)} THEN 1 ELSE 0 END)"

        return (
            f"CAST(CASE WHEN {start} <= {end} THEN {completed(start, end)} "
            f"WHEN {start} > {end} THEN -{completed(end, start)} END AS BIGINT)"
        )


def _case(pairs: Iterator[tuple[str, str]] | Sequence[tuple[str, str]], default: str) -> str:
    whens = " ".join(f"WHEN {condition} THEN {result}" for condition, result in pairs)
    return f"(CASE {whens} ELSE {default} END)"


def _quotient(top: str, bottom: str, most: int) -> str:
    """The whole part of a division of two whole numbers that are not negative.

    Spark's `div` gives BIGINT; of decimals only the remainder is exact, and what is left divides without a rest.
    """
    if most < _IN_64:
        return f"({top} div {bottom})"
    return f"CAST(({top} - {top} % {bottom}) / {bottom} AS DECIMAL(38,0))"


