"""Links an incoming list to the register: ID number first, then probability. Merges nothing: people decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from yinian.engines.linkage.model import DIFFERENT, LOWER_WEIGHT, UNKNOWN, UPPER_WEIGHT
from yinian.engines.linkage.score import PAIR_FIELDS, has_tokens, prepare, score_pairs

Outcome = Literal["matched", "conflict", "probable", "possible", "new"]

MOST_CANDIDATES: Final = 5
"""More than five people to compare with one line help nobody."""


@dataclass(frozen=True, slots=True)
class LinkResult:
    """What became of each incoming line.

    outcomes: ref, outcome (Outcome), existing (the one matched, or the best candidate), weight, probability,
    reason ('' or 'several_with_this_id', 'same_id_other_name'). candidates: ref, existing, rank from 1, band
    ('probable', 'possible', 'conflict'), weight (bits), probability, and agree_<field> for each of PAIR_FIELDS.
    Only 'matched' may be taken over by machine; the other bands wait for a person.
    """

    outcomes: pl.DataFrame
    candidates: pl.DataFrame

    def count(self, outcome: Outcome) -> int:
        """How many incoming lines had this outcome."""
        return self.outcomes.filter(pl.col("outcome") == outcome).height


def link(
    incoming: pl.DataFrame,
    existing: pl.DataFrame,
    *,
    upper: float = UPPER_WEIGHT,
    lower: float = LOWER_WEIGHT,
    threads: int = 2,
) -> LinkResult:
    """Link incoming lines to existing people; both hold `ref` and columns of PEOPLE_SCHEMA.

    A line whose ID number (id_key; the digits when one list has no tokens) belongs to exactly one person is
    'matched', unless the two names have nothing in common: then it is a 'conflict', as it is when several
    people hold that number. All other lines are scored; `upper` and `lower` are match weights in bits.
    Equal input gives equal output.
    Raises ValueError when `ref` is missing or repeated, or lower exceeds upper.
    """
    if lower > upper:
        raise ValueError("lower must not exceed upper")
    tokens = has_tokens(incoming) and has_tokens(existing)
    left, right = prepare(incoming, tokens=tokens), prepare(existing, tokens=tokens)
    by_key = _by_key(left, right)
    settled = by_key["left"].unique()
    rest = left.filter(~pl.col("unique_id").is_in(settled.to_list()))
    pairs = score_pairs(rest, right, lowest_weight=lower, threads=threads).with_columns(band=band(upper))
    conflicts = by_key.filter(pl.col("outcome") == "conflict")
    shown = pl.concat([pairs, _conflict_pairs(conflicts, pairs.schema)])
    shown = shown.sort("left", "weight", "right", descending=[False, True, False], nulls_last=True)
    shown = shown.with_columns(rank=pl.int_range(1, pl.len() + 1).over("left")).filter(
        pl.col("rank") <= MOST_CANDIDATES
    )
    best = pairs.sort("left", "weight", "right", descending=[False, True, False]).group_by(
        "left", maintain_order=True
    ).first()  # fmt: skip
    keyed = by_key.sort("left", "right").group_by("left", maintain_order=True).first()
    outcomes = (
        left.select(left=pl.col("unique_id"))
        .join(keyed.select("left", "right", "outcome", "reason"), on="left", how="left", maintain_order="left")
        .join(best.select("left", "right", "band", "weight", "probability"), on="left", how="left", suffix="_best",
              maintain_order="left")
        .select(
            "left",
            outcome=pl.coalesce("outcome", "band", pl.lit("new")),
            right=pl.coalesce("right", "right_best"),
            weight=pl.col("weight"),
            probability=pl.when(pl.col("outcome") == "matched").then(1.0).otherwise(pl.col("probability")),
            reason=pl.col("reason").fill_null(""),
        )
    )  # fmt: skip
    references = _references(incoming, "left", "ref"), _references(existing, "right", "existing")
    return LinkResult(
        outcomes.join(references[0], on="left", how="left", maintain_order="left")
        .join(references[1], on="right", how="left", maintain_order="left")
        .select("ref", "outcome", "existing", "weight", "probability", "reason"),
        shown.join(references[0], on="left", how="left", maintain_order="left")
        .join(references[1], on="right", how="left", maintain_order="left")
        .select("ref", "existing", "rank", "band", "weight", "probability", *(f"agree_{n}" for n in PAIR_FIELDS)),
    )


def band(upper: float) -> pl.Expr:
    """'probable' or 'possible'. A name with nothing else to support it is never probable."""
    supports = [
        (pl.col(f"agree_{name}") != DIFFERENT) & (pl.col(f"agree_{name}") != UNKNOWN)
        for name in PAIR_FIELDS
        if name not in ("name", "sex")
    ]
    supported = pl.sum_horizontal(supports) >= 1
    return pl.when((pl.col("weight") >= upper) & supported).then(pl.lit("probable")).otherwise(pl.lit("possible"))


def _references(people: pl.DataFrame, position: str, name: str) -> pl.DataFrame:
    return people.select(pl.int_range(pl.len(), dtype=pl.Int64).alias(position), pl.col("ref").alias(name))


def _by_key(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """left, right, outcome, reason, agree_name of every pair with the same identifier."""
    columns = ("unique_id", "identifier", "name", "pinyin")
    held = right.select(columns).filter(pl.col("identifier").is_not_null())
    held = held.with_columns(holders=pl.len().over("identifier"))
    pairs = (
        left.select(columns)
        .filter(pl.col("identifier").is_not_null())
        .join(held, on="identifier", how="inner", suffix="_r", maintain_order="left_right")
    )
    same_name, same_sound = pl.col("name") == pl.col("name_r"), pl.col("pinyin") == pl.col("pinyin_r")
    shared = pl.col("name").str.split("").list.set_intersection(pl.col("name_r").str.split("")).list.len()
    nothing_shared = (shared == 0) & ~same_sound
    agreement = (
        pl.when(same_name.is_null())
        .then(pl.lit(UNKNOWN))
        .when(same_name)
        .then(pl.lit("same"))
        .when(same_sound)
        .then(pl.lit("same_sound"))
        .when(nothing_shared)
        .then(pl.lit(DIFFERENT))
        .otherwise(pl.lit("one_character"))
    )
    reason = (
        pl.when(pl.col("holders") > 1)
        .then(pl.lit("several_with_this_id"))
        .when(nothing_shared.fill_null(False))
        .then(pl.lit("same_id_other_name"))
        .otherwise(pl.lit(""))
    )
    return pairs.select(
        left=pl.col("unique_id"),
        right=pl.col("unique_id_r"),
        outcome=pl.when(reason == "").then(pl.lit("matched")).otherwise(pl.lit("conflict")),
        reason=reason,
        agree_name=agreement,
    )


def _conflict_pairs(conflicts: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    agreed = {f"agree_{name}": pl.lit(UNKNOWN) for name in PAIR_FIELDS}
    agreed |= {"agree_name": pl.col("agree_name"), "agree_id_number": pl.lit("same")}
    return conflicts.select(
        "left",
        "right",
        weight=pl.lit(None, dtype=pl.Float64),
        probability=pl.lit(None, dtype=pl.Float64),
        **agreed,
        band=pl.lit("conflict"),
    ).select(list(schema))
