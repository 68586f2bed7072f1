"""Facts as they are given, held to the vocabulary and put into their published types.

Whether a table can be answered at all is decided here; what the answers are, in `settling`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from yinian.engines.entitlement.columns import age_column
from yinian.engines.entitlement.errors import FactsError
from yinian.engines.entitlement.facts import EARLIEST_DATE, FACTS, LATEST_DATE, OLDEST_AGE, Fact

DTYPES: dict[str, Any] = {"text": pl.String, "number": pl.Int64, "bool": pl.Boolean, "date": pl.Date}
"""The published type of each kind of fact."""


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
        dtype = DTYPES[fact.type]
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


def compact_type(fact: Fact) -> Any:
    """The smallest type that holds every value of a fact: lists as Enum, levels and ages as UInt8."""
    if fact.type == "text" and fact.values:
        return pl.Enum(list(fact.values))
    return pl.UInt8 if fact.type == "number" else DTYPES[fact.type]


def compact_facts(facts: pl.DataFrame, as_of: date, needed: set[str] | None = None) -> pl.DataFrame:
    """What `prepare_facts` gives, and refuses, in compact types; facts that come in them are not copied. Free
    texts that come as Enum stay so: what is asked of them is asked once for each of its words."""
    if "person_id" not in facts.columns:
        raise FactsError("the column person_id is missing", column="person_id")
    wanted = set(FACTS) if needed is None else {*needed, "person_id"}
    derived = "age" in wanted and "age" not in facts.columns
    columns, sound = [], []
    for fact in FACTS.values():
        if fact.name not in wanted and not (derived and fact.name == "birth_date"):
            continue
        kind = compact_type(fact)
        if fact.name not in facts.columns:
            if fact.name != "age":
                columns.append(pl.lit(None, dtype=kind).alias(fact.name))
            continue
        given = facts.schema[fact.name]
        _check_type(fact, given)
        column = pl.col(fact.name)
        coded = isinstance(given, pl.Enum) and not fact.values and fact.name != "person_id"
        if given != kind and not coded:
            columns.append(column.cast(kind, strict=False))
            sound.append(column.cast(kind, strict=False).null_count() == column.null_count())
        else:
            columns.append(column)
        if fact.name == "person_id":
            sound.append(column.null_count() == 0)
        elif fact.type == "number":
            sound.append((column.min() >= fact.low) & (column.max() <= fact.high))
        elif fact.type == "date":
            sound.append((column.min() >= EARLIEST_DATE) & (column.max() <= LATEST_DATE))
    prepared = facts.lazy().select(*columns)
    checks = facts.lazy().select(pl.all_horizontal(sound).alias("sound"))
    if derived:
        prepared = prepared.with_columns(age_column(as_of).alias("age"))
    whole, found = pl.collect_all([prepared, checks])
    if derived:
        oldest, youngest = whole.select(pl.col("age").max().alias("a"), pl.col("age").min().alias("b")).row(0)
        found = found.select(pl.col("sound") & (oldest is None or (oldest <= OLDEST_AGE and youngest >= 0)))
        whole = whole.with_columns(pl.col("age").cast(pl.UInt8, strict=False))
    if found.item() is False:
        prepare_facts(facts, as_of, needed)  # finds the row and says what is wrong with it
        raise AssertionError("facts that one reading refuses and the other takes")
    return whole


def _check_births(prepared: pl.DataFrame, as_of: date) -> None:
    """An age worked out that nobody has is a fault of the birth date."""
    row = prepared.select((~pl.col("age").is_between(0, OLDEST_AGE)).fill_null(False).arg_true().first()).item()
    if row is not None:
        words = births_words(str(prepared["birth_date"][row]), str(prepared["age"][row]), as_of)
        raise FactsError(words, row=row + 1, column="birth_date")


def births_words(birth: str, age: str, as_of: date) -> str:
    """What is wrong with a birth date that gives an age nobody has."""
    return f"`{birth}` gives an age of {age} on {as_of}; expected 0 to {OLDEST_AGE}"


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
