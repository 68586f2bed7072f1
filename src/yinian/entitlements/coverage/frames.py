"""Coverage by group of people: a run's outcome beside the facts it read, counted by relief, age band and level.

Polars frames in and out; nothing here reads or writes a database or a file.
"""

import datetime as dt
from collections.abc import Collection

import polars as pl

from yinian.engines.entitlement import DUE

TRAITS = ("relief", "age", "level")
UNKNOWN = "unknown"
AGE_BANDS: tuple[tuple[str, int, int], ...] = (
    ("0-59", 0, 59), ("60-69", 60, 69), ("70-79", 70, 79), ("80-89", 80, 89), ("90-99", 90, 99), ("100+", 100, 999),
)
"""Key, from and to in whole years, as age tables of the field are drawn up; a service's own ages stand in its rules."""

FACTS = ("person_id", "region_code", "birth_date", "relief", "ability_level")
"""The facts that the groups are made of."""

COUNTED: dict[str, pl.DataType] = {
    "trait": pl.String(), "value": pl.String(), "due": pl.Int64(), "receiving": pl.Int64(), "people": pl.Int64(),
    "missed": pl.Int64(),
}
"""A group of people: person x service that are due and received, people due anything, people not receiving some."""


def traits(facts: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """``person_id`` (Int64) with one text column for each of TRAITS; a fact not known is UNKNOWN."""
    age = age_of(pl.col("birth_date"), as_of)
    band: pl.Expr = pl.lit(UNKNOWN)
    for key, low, high in AGE_BANDS:
        band = pl.when(age.is_between(low, high)).then(pl.lit(key)).otherwise(band)
    return facts.select(
        pl.col("person_id").cast(pl.Int64),
        relief=pl.col("relief").fill_null(UNKNOWN),
        age=band,
        level=pl.col("ability_level").cast(pl.String).fill_null(UNKNOWN),
    )


def age_of(birth: pl.Expr, on: dt.date) -> pl.Expr:
    """Whole years on a day; 29 February comes of age on 1 March."""
    had = (birth.dt.month() < on.month) | ((birth.dt.month() == on.month) & (birth.dt.day() <= on.day))
    return pl.lit(on.year) - birth.dt.year() - pl.when(had).then(0).otherwise(1)


def due_rows(standing: pl.DataFrame, region: str, services: Collection[int]) -> pl.DataFrame:
    """The rows of a run's outcome that are due in a region, of some services: person_id, service, receiving."""
    return standing.filter(
        (pl.col("status") == DUE)
        & pl.col("region_code").str.starts_with(region)
        & pl.col("service").is_in(list(services))
    ).select("person_id", "service", "receiving")


def by_trait(rows: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """COUNTED of ``rows`` (:func:`due_rows`) by each of TRAITS of ``groups`` (:func:`traits`)."""
    people = rows.group_by("person_id").agg(
        pl.len().cast(pl.Int64).alias("due"), pl.col("receiving").sum().cast(pl.Int64)
    ).join(groups, on="person_id", how="left")
    parts = [
        people.group_by(pl.col(trait).fill_null(UNKNOWN).alias("value")).agg(
            pl.lit(trait).alias("trait"), pl.col("due").sum(), pl.col("receiving").sum(),
            pl.len().cast(pl.Int64).alias("people"),
            (pl.col("receiving") < pl.col("due")).sum().cast(pl.Int64).alias("missed"),
        ).select(*COUNTED)
        for trait in TRAITS
    ]
    return pl.concat(parts).sort("trait", "value")


def missed(rows: pl.DataFrame, groups: pl.DataFrame, wanted: dict[str, str]) -> pl.Series:
    """Ids of the people in ``rows`` who do not receive all they are due, of the groups ``wanted`` (trait to value)."""
    people = rows.filter(~pl.col("receiving")).select("person_id").unique().join(groups, on="person_id", how="left")
    for trait, value in wanted.items():
        people = people.filter(pl.col(trait).fill_null(UNKNOWN) == value)
    return people["person_id"].sort()
