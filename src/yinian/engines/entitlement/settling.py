"""Every service settled for every row of facts: three-valued tests, exclusion, the highest of a group, exact money.

Works on Polars frames in their published types. Whether rows are persons or profiles is for `evaluate` to choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import polars as pl

from yinian.engines.entitlement.columns import boolean_column, fen_column
from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.model import BoundService, Pack
from yinian.engines.entitlement.prepare import prepare_facts
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

UNKNOWN = 2
"""The code of a truth that is not known, beside 0 and 1."""

_LOWEST = -(2**63)
_TRUTHS = 3
_LARGEST_PATTERN = 2**62
Contest = tuple[int, int]
"""Places of two services of one higher_of group: the rival's first."""


@dataclass(frozen=True, slots=True)
class Settled:
    """All services settled for all rows: by place in `services`, codes, amounts and the truth of the tests.

    `facts` are what was read; a row's fact is NULL there exactly where it is not known.
    """

    services: tuple[BoundService, ...]
    people: pl.Series
    status: list[pl.Series]
    amount: list[pl.Series | None]
    tests: list[list[pl.Series]]
    facts: pl.DataFrame


def settle(pack: Pack, facts: pl.DataFrame, as_of: date) -> Settled:
    """Statuses and amounts of every service in force for every person. Raises PackError or FactsError."""
    services = pack.services_on(as_of)
    return settle_prepared(services, prepare_facts(facts, as_of, facts_of(services)))


def facts_of(services: tuple[BoundService, ...]) -> set[str]:
    """Names of all facts that the services read."""
    return {name for bound in services for node in expressions_of(bound) for name in facts_read(node)}


def expressions_of(bound: BoundService) -> tuple[Node, ...]:
    """The tests and, where there is one, the amount."""
    return bound.tests if bound.amount is None else (*bound.tests, bound.amount)


def settle_prepared(
    services: tuple[BoundService, ...], prepared: pl.DataFrame, beaten: Mapping[Contest, pl.Series] | None = None
) -> Settled:
    """The same over facts that are in their published types already.

    `beaten` tells contests whose amounts are not in the services: where it is true, the rival's amount stands first.
    """
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
    supersede(services, standing, amounts, beaten)
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


def contests(services: tuple[BoundService, ...]) -> list[Contest]:
    """Every pair of rivals in every higher_of group, each both ways round."""
    return [(rival, place) for places in _groups(services) for place in places for rival in places if rival != place]


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
    services: tuple[BoundService, ...],
    standing: dict[int, pl.Series],
    amounts: list[pl.Series | None],
    beaten: Mapping[Contest, pl.Series] | None = None,
) -> None:
    """Takes down, in `standing` (place to who meets every test), whoever another service stands before.

    `beaten` as of `settle_prepared`.
    """
    _exclude(services, standing)
    _keep_highest(services, standing, amounts, beaten or {})


def _exclude(services: tuple[BoundService, ...], standing: dict[int, pl.Series]) -> None:
    """Going down the list, takes down whom an earlier service still due excludes."""
    for place, before in enumerate(exclusion_pairs(services)):
        for earlier in before:
            standing[place] = standing[place] & ~standing[earlier]


def _keep_highest(
    services: tuple[BoundService, ...],
    standing: dict[int, pl.Series],
    amounts: list[pl.Series | None],
    beaten: Mapping[Contest, pl.Series],
) -> None:
    """In each higher_of group, leaves only the highest amount of those still due."""
    for places in _groups(services):
        still = {place: standing[place] for place in places}
        for place in places:
            for rival in places:
                if rival == place:
                    continue
                contest = beaten.get((rival, place))
                if contest is None:
                    height = len(still[place])
                    contest = is_beaten(
                        (rival, place), _money(amounts[rival], height), _money(amounts[place], height)
                    )  # fmt: skip
                standing[place] = standing[place] & ~(still[rival] & contest)


def _money(amount: pl.Series | None, height: int) -> pl.Series:
    if amount is None:
        return pl.repeat(_LOWEST, height, dtype=pl.Int64, eager=True)
    return amount.fill_null(_LOWEST)


def is_beaten(contest: Contest, rivals: pl.Series, own: pl.Series) -> pl.Series:
    """Where the rival's amount stands before the own one; no amount is lowest, and a tie goes to the earlier."""
    rival, place = contest
    theirs, mine = rivals.fill_null(_LOWEST), own.fill_null(_LOWEST)
    return theirs >= mine if rival < place else theirs > mine


def wide_of(settled: Settled) -> pl.DataFrame:
    """One row per row: its identifier, and for each service its status code and, where it gives money, its amount."""
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


def long_of(settled: Settled, with_not_due: bool, with_unknown_facts: bool) -> pl.DataFrame:
    """`row`, `place` and the columns of the long form that differ by row, rows in order and services in list order."""
    parts: list[pl.DataFrame] = []
    for place, bound in enumerate(settled.services):
        found = answers_of(settled, place, with_not_due, with_unknown_facts)
        texts = found.rows.join(found.texts, on="pattern", how="left", maintain_order="left")
        parts.append(
            texts.select(
                "row", pl.lit(place, dtype=pl.UInt16).alias("place"),
                settled.people.gather(found.rows["row"]), pl.lit(bound.service.id).alias("service_id"),
                "status", "amount_fen", pl.lit(bound.service.period, dtype=pl.String).alias("period"),
                pl.exclude("row", "pattern", "status", "amount_fen"),
            )
        )  # fmt: skip
    if not parts:
        schema = {"row": pl.UInt32, "place": pl.UInt16, **long_schema(with_unknown_facts)}
        return pl.DataFrame(schema=schema).drop("pack_hash", "as_of")
    return pl.concat(parts).sort("row", "place")


def long_schema(with_unknown_facts: bool) -> dict[str, Any]:
    """LONG_SCHEMA, with `unknown_facts` where they are asked for."""
    return {**LONG_SCHEMA, "unknown_facts": pl.String} if with_unknown_facts else dict(LONG_SCHEMA)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one service. `rows`: `row`, `amount_fen` and the `pattern` of its truths; `texts`: for each
    `pattern` the status and the lists of tests (and facts) that follow from it."""

    rows: pl.DataFrame
    texts: pl.DataFrame


def answers_of(settled: Settled, place: int, with_not_due: bool, with_unknown_facts: bool) -> Answers:
    """The answers to the service at a place, in the order of the rows; rows that are not due only when asked for.

    Few patterns of truths occur, so that words are put together once for each and not for everybody.
    """
    bound = settled.services[place]
    status, tests = settled.status[place], settled.tests[place]
    rows = pl.int_range(len(status), dtype=pl.UInt32, eager=True)
    if not with_not_due:
        rows = (status != NOT_DUE).arg_true().cast(pl.UInt32)
    asked = facts_to_ask(bound) if with_unknown_facts else {}
    names = sorted(asked)
    frame = pl.DataFrame(
        {
            "row": rows,
            "code": status.gather(rows),
            **{f"t{i}": truths.gather(rows) for i, truths in enumerate(tests)},
            **{f"f:{name}": settled.facts[name].is_null().gather(rows) for name in names},
        }
    )
    amount = settled.amount[place]
    money = pl.lit(None, dtype=pl.Int64)
    if amount is not None:
        money = pl.when(pl.col("code") != NOT_DUE).then(amount.gather(rows))
    frame = frame.with_columns(_pattern(frame), money.alias("amount_fen"))
    kinds = frame.unique("pattern", maintain_order=True)
    unknown = [(test.id, pl.col(f"t{i}").is_null()) for i, test in enumerate(bound.service.tests)]
    false = [(test.id, ~pl.col(f"t{i}")) for i, test in enumerate(bound.service.tests)]
    check, not_due = pl.col("code") == CHECK, pl.col("code") == NOT_DUE
    columns = [
        pl.col("pattern"),
        pl.col("code").replace_strict(
            list(range(4)), list(STATUS_NAMES), return_dtype=pl.String
        ).alias("status"),
        _joined(unknown, check | not_due).alias("unknown_tests"),
        _joined(false, not_due).alias("false_tests"),
    ]  # fmt: skip
    if with_unknown_facts:
        grouped: dict[str, list[pl.Expr]] = {}
        for name in sorted(names, key=_to_ask):
            needed = pl.any_horizontal(pl.col(f"t{i}").is_null() for i in asked[name])
            grouped.setdefault(_to_ask(name), []).append(pl.col(f"f:{name}") & needed)
        pieces = [(name, pl.any_horizontal(exprs)) for name, exprs in grouped.items()]
        columns.append(_joined(pieces, check).alias("unknown_facts"))
    return Answers(frame.select("row", "amount_fen", "pattern"), kinds.select(columns))


def words_of(
    bound: BoundService, status: int, truths: list[int], lacking: Mapping[str, list[int]] | None
) -> tuple[str, ...]:
    """The words that `answers_of` gives one row: its status, the unknown and the false tests, and where `lacking` is
    given the facts to find out. `truths` are 0, 1 or 2 (unknown); `lacking` are the unknown ones of `facts_to_ask`."""
    check, not_due = status == CHECK, status == NOT_DUE
    unknown = [test.id for test, truth in zip(bound.service.tests, truths, strict=True) if truth == UNKNOWN]
    false = [test.id for test, truth in zip(bound.service.tests, truths, strict=True) if truth == 0]
    words = (
        STATUS_NAMES[status],
        SEPARATOR.join(unknown if check or not_due else ()),
        SEPARATOR.join(false if not_due else ()),
    )
    if lacking is None:
        return words
    needed = [name for name in lacking if any(truths[place] == UNKNOWN for place in lacking[name])]
    return (*words, SEPARATOR.join(sorted(set(map(_to_ask, needed))) if check else ()))


def _to_ask(name: str) -> str:
    """What is found out for want of a fact: nobody asks for an age, but for the day of birth."""
    return "birth_date" if name == "age" else name


def _pattern(frame: pl.DataFrame) -> pl.Series:
    """One number for each combination of status, truths and unknown facts."""
    pattern = frame["code"].cast(pl.UInt64)
    size = len(STATUS_NAMES)
    for name in frame.columns[2:]:
        if size * _TRUTHS > _LARGEST_PATTERN:
            pattern = pattern.rank("dense").cast(pl.UInt64)
            size = frame.height + 1
        pattern = pattern * _TRUTHS + frame[name].cast(pl.UInt8).fill_null(_TRUTHS - 1)
        size *= _TRUTHS
    return pattern.alias("pattern")


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
