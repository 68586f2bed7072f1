"""Finds people who may stand in the register twice. Proposes pairs with their reasons; merges nothing."""

from __future__ import annotations

from typing import Final

import polars as pl

from yinian.engines.linkage.link import band
from yinian.engines.linkage.model import LOWER_WEIGHT, UPPER_WEIGHT
from yinian.engines.linkage.score import PAIR_FIELDS, has_tokens, prepare, score_pairs

REASONS: Final[tuple[tuple[str, pl.Expr], ...]] = (
    ("same_id", pl.col("agree_id_number") == "same"),
    ("id_one_digit", pl.col("agree_id_number") == "one_digit_or_swap"),
    ("same_name_and_birth", (pl.col("agree_name") == "same") & (pl.col("agree_birth_date") == "same")),
    ("same_sound_and_birth", (pl.col("agree_name") == "same_sound") & (pl.col("agree_birth_date") == "same")),
    (
        "same_name_near_birth",
        (pl.col("agree_name") == "same")
        & pl.col("agree_birth_date").is_in(["month_and_day_swapped", "one_digit", "within_60_days"]),
    ),
    ("same_name_and_phone", (pl.col("agree_name") == "same") & (pl.col("agree_phone") == "same")),
    ("same_name_and_address", (pl.col("agree_name") == "same") & (pl.col("agree_address") == "same")),
)
"""Why a pair is shown. A pair with none of these is not shown, however it scores."""


def find_duplicates(
    people: pl.DataFrame, *, upper: float = UPPER_WEIGHT, lower: float = LOWER_WEIGHT, threads: int = 2
) -> pl.DataFrame:
    """Pairs of people (`ref` and columns of PEOPLE_SCHEMA) who may be one person, the likeliest first.

    Columns: ref, other (each pair once, ref standing earlier in `people`), band ('probable', 'possible'),
    weight (bits), probability, reasons (list of names from REASONS), agree_<field> for each of PAIR_FIELDS.
    Two people with one ID number are shown whatever they weigh, as are numbers one digit apart whose names are
    not wholly different.
    Raises ValueError when `ref` is missing or repeated.
    """
    prepared = prepare(people, tokens=has_tokens(people))
    # an ID number one digit off weighs little beside another name, yet somebody should look
    pairs = score_pairs(prepared, None, lowest_weight=min(lower, LOWER_WEIGHT - 6), threads=threads)
    reasons = pl.concat_list(pl.when(test).then(pl.lit(name)) for name, test in REASONS).list.drop_nulls()
    pairs = pairs.with_columns(reasons=reasons, band=band(upper))
    by_id = pl.col("agree_id_number").is_in(["same", "one_digit_or_swap"]) & (
        (pl.col("agree_name") != "different") | (pl.col("agree_id_number") == "same")
    )
    pairs = pairs.filter((pl.col("reasons").list.len() > 0) & ((pl.col("weight") >= lower) | by_id))
    first, second = pl.min_horizontal("left", "right"), pl.max_horizontal("left", "right")
    pairs = pairs.with_columns(first=first, second=second)
    names = people.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("place"), "ref")
    found: pl.DataFrame = (
        pairs.join(names, left_on="first", right_on="place", how="left")
        .join(names.rename({"ref": "other"}), left_on="second", right_on="place", how="left")
        .sort("weight", "first", "second", descending=[True, False, False])
        .select("ref", "other", "band", "weight", "probability", "reasons", *(f"agree_{n}" for n in PAIR_FIELDS))
    )
    return found
