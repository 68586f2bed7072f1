"""Who is due what: a pack over a table of facts, in three-valued logic, with supersession and exact money.

Works on Polars frames only. One person's reasons in words are for `explain`; SQL for other engines is for `duck`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import polars as pl

from yinian.engines.entitlement.columns import age_column, boolean_column, fen_column
from yinian.engines.entitlement.errors import FactsError, PackError
from yinian.engines.entitlement.facts import EARLIEST_DATE, FACTS, LATEST_DATE, OLDEST_AGE, Fact
from yinian.engines.entitlement.model import BoundService, Pack
from yinian.engines.entitlement.tree import Node, facts_needed, facts_read

NOT_DUE, DUE, CHECK, SUPERSEDED = 0, 1, 2, 3
STATUS_NAMES = ("not_due", "due", "check", "superseded")
"""Status names by the code used in the wide form."""

SEPARATOR = ";"
LONG_SCHEMA: dict[str, Any] = {
    "person_id": pl.String, "service_id": pl.String, "status": pl.String, "amount_fen": pl.Int64,
    "period": pl.String, "unknown_tests": pl.String, "false_tests": pl.String, "pack_hash": pl.String,
    "as_of": pl.Date,
}  # fmt: skip
"""The long form: one row per person and service. `unknown_tests` and `false_tests` are test ids joined by ';'."""

_DTYPES: dict[str, Any] = {"text": pl.String, "number": pl.Int64, "bool": pl.Boolean, "date": pl.Date}
_LOWEST = -(2**63)


def prepare_facts(facts: pl.DataFrame, as_of: date, needed: set[str] | None = None) -> pl.DataFrame:
    """The facts in their published types, absent columns NULL, `age` worked out where its column is absent.

    Columns that are no facts are left out, and so are facts not in `needed` when that is given. Raises FactsError
    with row (from 1) and column for a value that cannot be.
    """
    if "person_id" not in facts.columns:
        raise FactsError("the column person_id is missing", column="person_id")
    wanted = set(FACTS) if needed is None else {*needed, "person_id"}
    if "age" in wanted and "age" not in facts.columns:
        wanted.add("birth_date")
    columns: list[pl.Expr] = []
    for fact in FACTS.values():
        if fact.name not in wanted:
            continue
        dtype = _DTYPES[fact.type]
        if fact.name not in facts.columns:
            if fact.name != "age":
                columns.append(pl.lit(None, dtype=dtype).alias(fact.name))
            continue
        _check_type(fact, facts.schema[fact.name])
        columns.append(pl.col(fact.name).cast(dtype))
    prepared = facts.select(columns)
    if "age" in wanted and "age" not in facts.columns:
        prepared = prepared.with_columns(age_column(as_of).alias("age"))
        _check_births(prepared, as_of)
    _check_values(prepared)
    return prepared


def _check_births(prepared: pl.DataFrame, as_of: date) -> None:
    """An age worked out that nobody has is a fault of the birth date."""
    row = prepared.select((~pl.col("age").is_between(0, OLDEST_AGE)).fill_null(False).arg_true().first()).item()
    if row is not None:
        birth = prepared["birth_date"][row]
        raise FactsError(
            f"`{birth}` gives an age of {prepared['age'][row]} on {as_of}; expected 0 to {OLDEST_AGE}",
            row=row + 1,
            column="birth_date",
        )


def _check_type(fact: Fact, given: pl.DataType) -> None:
    fits = {
        "text": given in (pl.String, pl.Categorical) or isinstance(given, pl.Enum),
        "number": given.is_integer(),
        "bool": given == pl.Boolean,
        "date": given == pl.Date,
    }[fact.type]
    if not fits and given != pl.Null:
        expected = {"text": "text", "number": "whole numbers", "bool": "true or false", "date": "dates"}
        raise FactsError(f"holds {given}, expected {expected[fact.type]}", column=fact.name)


def _check_values(prepared: pl.DataFrame) -> None:
    """Holds values to the vocabulary; the arithmetic relies on these bounds."""
    faults = []
    for name in prepared.columns:
        fact = FACTS[name]
        if name == "person_id":
            faults.append(pl.col(name).is_null())
        elif fact.type == "text" and fact.values:
            faults.append(~pl.col(name).is_in(list(fact.values)))
        elif fact.type == "number":
            faults.append(~pl.col(name).is_between(fact.low, fact.high))
        elif fact.type == "date":
            faults.append(~pl.col(name).is_between(EARLIEST_DATE, LATEST_DATE))
        else:
            continue
        faults[-1] = faults[-1].alias(name)
    found = prepared.lazy().select(fault.any() for fault in faults).collect()
    for name in found.columns:
        if found[name][0]:
            fault = next(fault for fault in faults if fault.meta.output_name() == name)
            row = prepared.select(fault.fill_null(False).arg_true().first()).item()
            raise FactsError(
                f"{_shown(prepared[name][row])} is not possible; expected {expected_of(FACTS[name])}",
                row=row + 1,
                column=name,
            )


def expected_of(fact: Fact) -> str:
    """What a fact may be, in words for an error."""
    if fact.name == "person_id":
        return "an identifier"
    if fact.type == "text":
        return "one of " + ", ".join(fact.values) if fact.values else "text"
    if fact.type == "number":
        return f"a whole number from {fact.low} to {fact.high}"
    if fact.type == "bool":
        return "true or false"
    return f"a date YYYY-MM-DD from {EARLIEST_DATE.year} to {LATEST_DATE.year}"


def _shown(value: object) -> str:
    return "an empty value" if value is None else f"`{value}`"


@dataclass(frozen=True, slots=True)
class Settled:
    """All services settled for all persons: by place in `services`, codes, amounts and the truth of the tests."""

    services: tuple[BoundService, ...]
    people: pl.Series
    status: list[pl.Series]
    amount: list[pl.Series | None]
    tests: list[list[pl.Series]]
    facts: pl.DataFrame


def settle(pack: Pack, facts: pl.DataFrame, as_of: date) -> Settled:
    """Statuses and amounts of every service in force for every person. Raises PackError or FactsError."""
    services = pack.services_on(as_of)
    needed: set[str] = set()
    for bound in services:
        for node in (*bound.tests, *((bound.amount,) if bound.amount is not None else ())):
            needed.update(facts_read(node))
    prepared = prepare_facts(facts, as_of, needed)
    names, money, columns = _compiled(services)
    codes: list[pl.Expr | None] = []
    related = _related(services)
    for place, bound in enumerate(services):
        whole = reduce(lambda left, right: left & right, [pl.col(names[test]) for test in bound.tests])
        codes.append(whole.fill_null(False).alias(f"r{place}") if place in related else None)
        codes.append(_code_of(whole).alias(f"c{place}"))
    wanted = [code for code in codes if code is not None]
    answers = prepared.lazy().select(pl.col("person_id"), *columns).with_columns(wanted).collect()
    amounts = [None if bound.amount is None else answers[money[bound.amount]] for bound in services]
    status = [answers[f"c{place}"] for place in range(len(services))]
    standing = {place: answers[f"r{place}"] for place in related}
    supersede(services, standing, amounts)
    for place, still in standing.items():
        lost = answers[f"r{place}"] & ~still
        status[place] = status[place] + lost.cast(pl.UInt8) * (SUPERSEDED - DUE)
    tests = [[answers[names[test]] for test in bound.tests] for bound in services]
    return Settled(services, answers["person_id"], status, amounts, tests, prepared)


def check_arithmetic(pack: Pack, as_of: date) -> None:
    """Raises PackError, with file and line, where a test or amount in force could outgrow exact arithmetic."""
    _compiled(pack.services_on(as_of))


def _compiled(
    services: tuple[BoundService, ...],
) -> tuple[dict[Node, str], dict[Node, str], list[pl.Expr]]:
    """The columns of all tests and amounts, each worked out once, and their names by expression."""
    names: dict[Node, str] = {}
    money: dict[Node, str] = {}
    columns: list[pl.Expr] = []
    for bound in services:
        service, line = bound.service, bound.service.line
        try:
            for place, test in enumerate(bound.tests):
                line = service.tests[place].line
                if test not in names:
                    names[test] = f"t{len(names)}"
                    columns.append(boolean_column(test).alias(names[test]))
            line = service.amount_line
            if bound.amount is not None and bound.amount not in money:
                money[bound.amount] = f"a{len(money)}"
                columns.append(fen_column(bound.amount).alias(money[bound.amount]))
        except PackError as error:
            raise PackError(f"service `{service.id}`: {error.reason}", service.file, line) from None
    return names, money, columns


def _code_of(whole: pl.Expr) -> pl.Expr:
    """The code of a three-valued truth: true is due, unknown is check, false is not due."""
    return (
        pl.when(whole.is_null())
        .then(pl.lit(CHECK, dtype=pl.UInt8))
        .otherwise(whole.cast(pl.UInt8))
    )  # fmt: skip


def _related(services: tuple[BoundService, ...]) -> list[int]:
    """Places of the services that may be superseded or may supersede."""
    found: set[int] = set()
    for place, earlier in enumerate(exclusion_pairs(services)):
        if earlier:
            found.update((place, *earlier))
    for places in _groups(services):
        found.update(places)
    return sorted(found)


def _groups(services: tuple[BoundService, ...]) -> list[list[int]]:
    """Places of the members of each higher_of group of two or more."""
    groups: dict[str, list[int]] = {}
    for place, bound in enumerate(services):
        if bound.service.higher_of is not None:
            groups.setdefault(bound.service.higher_of, []).append(place)
    return [places for places in groups.values() if len(places) > 1]


def exclusion_pairs(services: tuple[BoundService, ...]) -> list[list[int]]:
    """For each service the earlier ones that exclude it: either names the other in not_with."""
    pairs: list[list[int]] = []
    for place, bound in enumerate(services):
        pairs.append(
            [
                earlier
                for earlier, other in enumerate(services[:place])
                if other.service.id in bound.service.not_with or bound.service.id in other.service.not_with
            ]
        )
    return pairs


def supersede(
    services: tuple[BoundService, ...], standing: dict[int, pl.Series], amounts: list[pl.Series | None]
) -> None:
    """Takes down, in ``standing`` (place to who meets every test), whoever another service stands before."""
    _exclude(services, standing)
    _keep_highest(services, standing, amounts)


def _exclude(services: tuple[BoundService, ...], standing: dict[int, pl.Series]) -> None:
    """Going down the list, takes down whom an earlier service still due excludes."""
    for place, before in enumerate(exclusion_pairs(services)):
        for earlier in before:
            standing[place] = standing[place] & ~standing[earlier]


def _keep_highest(
    services: tuple[BoundService, ...], standing: dict[int, pl.Series], amounts: list[pl.Series | None]
) -> None:
    """In each higher_of group, leaves only the highest amount of those still due."""
    for places in _groups(services):
        still = {place: standing[place] for place in places}
        money: dict[int, pl.Series] = {}
        for place in places:
            amount = amounts[place]
            money[place] = (
                pl.repeat(_LOWEST, len(still[place]), dtype=pl.Int64, eager=True)
                if amount is None
                else amount.fill_null(_LOWEST)
            )
        for place in places:
            for rival in places:
                if rival == place:
                    continue
                ahead = rival < place  # a tie goes to the earlier
                beaten = money[rival] >= money[place] if ahead else money[rival] > money[place]
                standing[place] = standing[place] & ~(still[rival] & beaten)


def evaluate_wide(pack: Pack, facts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row per person in the order given: `person_id`, and for each service in force `status:<id>` (UInt8, index
    into STATUS_NAMES) and, where it gives money, `amount:<id>` (Int64 fen, null where not due or not known)."""
    settled = settle(pack, facts, as_of)
    columns = [settled.people]
    amounts: list[pl.Expr] = []
    for bound, status, amount in zip(settled.services, settled.status, settled.amount, strict=True):
        name = bound.service.id
        columns.append(status.alias(f"status:{name}"))
        if amount is not None:
            columns.append(amount.alias(f"amount:{name}"))
            amounts.append(
                pl.when(pl.col(f"status:{name}") != NOT_DUE).then(pl.col(f"amount:{name}")).alias(
                    f"amount:{name}"
                )
            )  # fmt: skip
    return pl.DataFrame(columns).with_columns(amounts)


def evaluate(
    pack: Pack,
    facts: pl.DataFrame,
    as_of: date,
    with_not_due: bool = False,
    with_unknown_facts: bool = False,
) -> pl.DataFrame:
    """The long form (LONG_SCHEMA), persons in the order given and services in list order.

    Amounts stand on due, superseded and check rows, never on not_due ones. `with_unknown_facts` adds
    `unknown_facts`: the facts to go and find out, joined by ';'. Raises PackError or FactsError.
    """
    settled = settle(pack, facts, as_of)
    parts: list[pl.DataFrame] = []
    for place, bound in enumerate(settled.services):
        status = settled.status[place]
        wanted = None if with_not_due else (status != NOT_DUE).arg_true()
        parts.append(_rows(settled, place, bound, wanted, with_unknown_facts))
    schema = dict(LONG_SCHEMA)
    if with_unknown_facts:
        schema["unknown_facts"] = pl.String
    if not parts:
        return pl.DataFrame(schema=schema)
    hashed = pl.lit(pack.hash).alias("pack_hash"), pl.lit(as_of, dtype=pl.Date).alias("as_of")
    long = pl.concat(parts).sort("row", "place").with_columns(*hashed)
    return long.select(list(schema))


def _rows(
    settled: Settled, place: int, bound: BoundService, wanted: pl.Series | None, with_unknown_facts: bool
) -> pl.DataFrame:
    def take(series: pl.Series) -> pl.Series:
        return series if wanted is None else series.gather(wanted)

    code = take(settled.status[place])
    height = len(code)
    amount = settled.amount[place]
    row = pl.int_range(height, dtype=pl.UInt32, eager=True) if wanted is None else wanted.cast(pl.UInt32)
    frame = pl.DataFrame(
        {
            "row": row,
            "person_id": take(settled.people),
            "code": code,
            "amount": pl.Series([None], dtype=pl.Int64).new_from_index(0, height) if amount is None else take(amount),
            **{f"t{i}": take(series) for i, series in enumerate(settled.tests[place])},
        }
    )
    tests = bound.service.tests
    unknown = [(test.id, pl.col(f"t{i}").is_null()) for i, test in enumerate(tests)]
    false = [(test.id, ~pl.col(f"t{i}")) for i, test in enumerate(tests)]
    check, not_due = pl.col("code") == CHECK, pl.col("code") == NOT_DUE
    columns = [
        pl.col("row"),
        pl.lit(place, dtype=pl.UInt16).alias("place"),
        pl.col("person_id"),
        pl.lit(bound.service.id).alias("service_id"),
        pl.col("code").replace_strict(
            list(range(4)), list(STATUS_NAMES), return_dtype=pl.String
        ).alias("status"),
        pl.when(~not_due).then(pl.col("amount")).alias("amount_fen"),
        pl.lit(bound.service.period, dtype=pl.String).alias("period"),
        _joined(unknown, check | not_due).alias("unknown_tests"),
        _joined(false, not_due).alias("false_tests"),
    ]  # fmt: skip
    if with_unknown_facts:
        asked = facts_to_ask(bound)
        names = sorted(asked)
        missing = settled.facts.select(pl.col(name).is_null().alias(f"f:{name}") for name in names)
        frame = frame.hstack([take(series) for series in missing.get_columns()])
        grouped: dict[str, list[pl.Expr]] = {}
        for name in names:
            needed = pl.any_horizontal(pl.col(f"t{i}").is_null() for i in asked[name])
            shown = "birth_date" if name == "age" else name
            grouped.setdefault(shown, []).append(pl.col(f"f:{name}") & needed)
        pieces = [(name, pl.any_horizontal(exprs)) for name, exprs in grouped.items()]
        columns.append(_joined(pieces, check).alias("unknown_facts"))
    return frame.select(columns)


def facts_to_ask(bound: BoundService) -> dict[str, list[int]]:
    """Each fact for want of which a test can be unknown, with the places of those tests."""
    asked: dict[str, list[int]] = {}
    for place, test in enumerate(bound.tests):
        for name in facts_needed(test) or facts_read(test):
            asked.setdefault(name, []).append(place)
    return asked


def _joined(pieces: list[tuple[str, pl.Expr]], where: pl.Expr) -> pl.Expr:
    """Names of the pieces that hold, joined by ';'; empty text where none does or `where` is not true."""
    if not pieces:
        return pl.lit("")
    named = [pl.when(where & holds).then(pl.lit(name)) for name, holds in pieces]
    return pl.concat_str(named, separator=SEPARATOR, ignore_nulls=True)
