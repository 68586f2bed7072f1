"""Random expressions of the pack grammar, random packs and random facts with unknowns, for the property tests."""

from datetime import date
from functools import cache
from typing import Any

from hypothesis import strategies as st
from tests.engines.entitlement.making import DAY, parameter, quoted, service

from yinian.engines.entitlement import FACTS
from yinian.engines.entitlement.facts import Fact

PARAMETERS = (
    parameter("money_a", 155000)
    + parameter("money_b", quoted("param('money_a') / 3"))
    + parameter("ratio_a", "1.3", unit="ratio")
    + parameter("share_a", quoted("1/6"), unit="ratio")
    + parameter("day_a", "2024-02-29", unit="date")
    + parameter("prefix_a", quoted("4306_1%"), unit="text")
    + parameter("yes_a", "true", unit="boolean")
)
_NUMBERS = ["0", "1", "2", "7", "12", "0.5", "1.3", "2.50", "80", "5400", "param('money_a')", "param('money_b')",
            "param('ratio_a')", "param('share_a')"]  # fmt: skip
_DATES = ["DATE '2024-02-29'", "DATE '1944-02-29'", "DATE '2025-03-01'", "as_of()", "param('day_a')", "birth_date",
          "assessed_on", "died_on"]  # fmt: skip
_NUMBER_FACTS = [fact.name for fact in FACTS.values() if fact.type == "number"]
_FLAGS = [fact.name for fact in FACTS.values() if fact.type == "bool"]
_CHOICES = [fact for fact in FACTS.values() if fact.type == "text" and fact.values]
_FREE_TEXT = ["hukou_region", "residence_region"]
_PATTERNS = ["'430681%'", "'43%'", "'%81%'", "'4306_1'", "'%'", "''", "'a.c'", "param('prefix_a')"]
_COMPARE = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
_DAYS = st.sampled_from(
    [date(1944, 2, 29), date(1945, 3, 1), date(1945, 2, 28), date(2024, 2, 29), date(2025, 3, 1), date(2025, 1, 31),
     date(2025, 2, 28), date(1925, 12, 31), DAY]
) | st.dates(date(1915, 1, 1), date(2026, 12, 31))  # fmt: skip


@cache
def numbers(depth: int = 3) -> st.SearchStrategy[str]:
    """Number expressions."""
    leaf = st.sampled_from([*_NUMBERS, *_NUMBER_FACTS])
    if depth == 0:
        return leaf
    inner = numbers(depth - 1)
    return st.one_of(
        leaf,
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(inner, st.integers(-2, 2)).map(lambda p: f"ROUND({p[0]}, {p[1]})"),
        st.tuples(st.sampled_from(["FLOOR", "CEIL", "ABS", "ROUND", "-"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(st.sampled_from(["LEAST", "GREATEST", "COALESCE"]), inner, inner).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]})"
        ),
        st.tuples(
            st.sampled_from(["days_between", "months_between", "years_between"]),
            st.sampled_from(_DATES),
            st.sampled_from(_DATES),
        ).map(lambda p: f"{p[0]}({p[1]}, {p[2]})"),
        st.tuples(booleans(depth - 1), inner, inner).map(lambda p: f"CASE WHEN {p[0]} THEN {p[1]} ELSE {p[2]} END"),
        st.tuples(booleans(depth - 1), inner).map(lambda p: f"CASE WHEN {p[0]} THEN {p[1]} END"),
    )


@cache
def booleans(depth: int = 3) -> st.SearchStrategy[str]:
    """Boolean expressions."""
    simple = st.one_of(
        st.sampled_from([*_FLAGS, "TRUE", "FALSE", "param('yes_a')"]),
        st.sampled_from(_CHOICES).flatmap(_choice),
        st.tuples(st.sampled_from(_NUMBER_FACTS), st.sampled_from(["<", "<=", ">", ">="]), st.integers(0, 90)).map(
            lambda p: f"{p[0]} {p[1]} {p[2]}"
        ),
        st.tuples(st.sampled_from(_FREE_TEXT), st.sampled_from(["LIKE", "NOT LIKE"]), st.sampled_from(_PATTERNS)).map(
            " ".join
        ),
        st.tuples(st.sampled_from(_DATES), _COMPARE, st.sampled_from(_DATES)).map(" ".join),
        st.tuples(st.sampled_from([*FACTS]), st.sampled_from(["IS NULL", "IS NOT NULL"])).map(" ".join),
    )
    if depth == 0:
        return simple
    inner, number = booleans(depth - 1), numbers(depth - 1)
    return st.one_of(
        simple,
        st.tuples(inner, st.sampled_from(["AND", "OR", "=", "<>"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
        inner.map(lambda text: f"NOT ({text})"),
        st.tuples(number, st.sampled_from(["<", "<=", ">", ">="]), number).map(" ".join),
        st.tuples(number, st.sampled_from(["BETWEEN", "NOT BETWEEN"]), number, number).map(
            lambda p: f"{p[0]} {p[1]} {p[2]} AND {p[3]}"
        ),
        st.tuples(inner, inner, inner).map(lambda p: f"CASE WHEN {p[0]} THEN {p[1]} ELSE {p[2]} END"),
        st.tuples(inner, inner).map(lambda p: f"COALESCE({p[0]}, {p[1]})"),
        number.map(lambda text: f"({text}) IS NULL"),
    )


def _choice(fact: Fact) -> st.SearchStrategy[str]:
    value = st.sampled_from([f"'{value}'" for value in fact.values])
    return st.one_of(
        st.tuples(_COMPARE, value).map(lambda p: f"{fact.name} {p[0]} {p[1]}"),
        st.tuples(st.sampled_from(["IN", "NOT IN"]), st.lists(value, min_size=1, max_size=3)).map(
            lambda p: f"{fact.name} {p[0]} ({', '.join(p[1])})"
        ),
        value.map(lambda text: f"COALESCE({fact.name}, {text}) = {text}"),
        value.map(lambda text: f"CASE {fact.name} WHEN {text} THEN TRUE ELSE age > 70 END"),
        st.tuples(value, value).map(lambda p: f"LEAST({fact.name}, {p[0]}) = {p[0]}"),
    )


@st.composite
def packs(draw: st.DrawFn) -> tuple[str, str]:
    """Texts of services and parameters: tests, amounts, exclusions and groups at random."""
    count = draw(st.integers(1, 5))
    keys = [f"s{number}" for number in range(count)]
    services = []
    for key in keys:
        tests = draw(st.lists(booleans(2), min_size=1, max_size=3))
        if draw(st.booleans()):
            tests = ["age >= 60"]  # so that many are due and supersede one another
        more: dict[str, str] = {}
        others = draw(st.lists(st.sampled_from(keys), unique=True, max_size=2))
        if excluded := [other for other in others if other != key]:
            more["not_with"] = f"[{', '.join(excluded)}]"
        if draw(st.booleans()):
            more["higher_of"] = draw(st.sampled_from(["group_a", "group_b"])).replace("_", "-")
        amount = draw(st.none() | st.sampled_from(["5000", "5000.5", "param('money_b')", "-7/2"]) | numbers(2))
        services.append(service(key, *tests, amount=amount, **more))
    return "".join(services), PARAMETERS


def value_of_fact(fact: Fact) -> st.SearchStrategy[Any]:
    """Possible values of a fact, unknown included."""
    if fact.type == "bool":
        known: st.SearchStrategy[Any] = st.booleans()
    elif fact.type == "date":
        known = _DAYS
    elif fact.type == "number":
        known = st.integers(fact.low or 0, min(fact.high or 0, 110))
    elif fact.values:
        known = st.sampled_from(sorted(fact.values))
    else:
        known = st.sampled_from(["430681", "430681100201", "430621", "430682", "43", "", "a.c", "abc\n", "430681\n"])
    return st.none() | known


ROWS = st.lists(
    st.fixed_dictionaries({name: value_of_fact(fact) for name, fact in FACTS.items() if name != "person_id"}),
    min_size=1,
    max_size=4,
)
