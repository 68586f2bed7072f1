"""Scores pairs of person records with splink on an in-memory DuckDB. Decides nothing."""

from __future__ import annotations

import logging
from typing import Any

import polars as pl

from yinian.engines.linkage.model import BLOCKS, FIELDS, PRIOR, UNKNOWN, comparisons

PEOPLE_SCHEMA: dict[str, Any] = {
    "id_key": pl.String,
    "id_number": pl.String,
    "name": pl.String,
    "pinyin": pl.String,
    "birth_date": pl.Date,
    "sex": pl.String,
    "village": pl.String,
    "phone_key": pl.String,
    "address": pl.String,
}
"""Columns of a list of people besides `ref`. All may be null and any may be absent.

id_key and phone_key are opaque tokens that are equal for equal values; id_number holds the digits themselves,
is used in memory only and lets typing errors be found; village is a 12-digit division code.
"""

PAIR_FIELDS = tuple(field.name for field in FIELDS)


def has_tokens(people: pl.DataFrame) -> bool:
    """Whether anybody in the list carries an id_key."""
    return "id_key" in people.columns and people["id_key"].null_count() < people.height


def prepare(people: pl.DataFrame, *, tokens: bool) -> pl.DataFrame:
    """The derived columns that the model compares; `unique_id` is the position of the row.

    tokens: compare ID numbers by id_key, otherwise by their digits. Both lists must be prepared alike.
    ValueError when `ref` is missing, null or repeated.
    """
    if "ref" not in people.columns:
        raise ValueError("people need a column 'ref'")
    if people["ref"].null_count() or people["ref"].n_unique() != people.height:
        raise ValueError("every person needs a 'ref' of their own")
    for name, dtype in PEOPLE_SCHEMA.items():
        if name not in people.columns:
            people = people.with_columns(pl.lit(None, dtype=dtype).alias(name))
    columns = {}
    for name, dtype in PEOPLE_SCHEMA.items():
        expression = pl.col(name)
        if people.schema[name] == pl.Binary:
            expression = expression.bin.encode("hex")
        expression = expression.cast(dtype)
        if dtype == pl.String:
            expression = pl.when(expression.str.strip_chars() != "").then(expression.str.strip_chars())
        columns[name] = expression
    frame = people.select(**columns)
    number = pl.when(pl.col("id_number").str.len_chars() == 18).then(pl.col("id_number").str.to_uppercase())
    frame = frame.with_columns(
        name=pl.col("name").str.replace_all(r"\s+", ""),
        address=pl.col("address").str.replace_all(r"[\s,，。.、\-—()()#号]+", ""),
        number=number,
        birth=pl.col("birth_date").dt.strftime("%Y%m%d"),
        birth_day=pl.col("birth_date").cast(pl.Int32),
        town=pl.col("village").str.slice(0, 9),
    )

    def piece(*spans: tuple[int, int]) -> pl.Expr:
        return pl.concat_str(pl.col("number").str.slice(start, end - start) for start, end in spans)

    return frame.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("unique_id"),
        "name",
        pl.col("pinyin").fill_null(pl.col("name")).alias("pinyin"),
        pl.col("name").str.slice(0, 1).alias("name_head"),
        "birth",
        "birth_day",
        pl.col("birth").str.slice(0, 6).alias("birth_month"),
        "sex",
        "village",
        "town",
        "phone_key",
        pl.when(pl.col("address").str.len_chars() >= 3).then(pl.col("address")).alias("address"),
        pl.col("id_key" if tokens else "number").alias("identifier"),
        "number",
        piece((0, 14)).alias("number_a"),
        piece((6, 10), (14, 18)).alias("number_b"),
        piece((10, 18)).alias("number_c"),
        piece((6, 9), (11, 18)).alias("number_d"),
        piece((0, 13), (15, 18)).alias("number_e"),
    )


def score_pairs(
    left: pl.DataFrame, right: pl.DataFrame | None, *, lowest_weight: float, threads: int = 2
) -> pl.DataFrame:
    """Scored pairs of prepared people: between two lists, or within `left` when `right` is None.

    Columns: left, right (row positions), weight (bits), probability, and for each field of the model
    `agree_<field>` with the name of its level. Sorted, so that equal input gives equal output.
    """
    schema: dict[str, Any] = {"left": pl.Int64, "right": pl.Int64, "weight": pl.Float64, "probability": pl.Float64}
    schema |= {f"agree_{name}": pl.String for name in PAIR_FIELDS}
    if left.is_empty() or (right is not None and right.is_empty()):
        return pl.DataFrame(schema=schema)
    # splink and DuckDB take a third of a second to import, which most processes never need
    import duckdb
    from splink import Linker
    from splink.backends.duckdb import DuckDBAPI

    for name in ("splink", "splink.internals"):
        logging.getLogger(name).setLevel(logging.ERROR)
    connection = duckdb.connect(":memory:", config={"threads": threads})
    try:
        api = DuckDBAPI(connection)
        tables = [api.register(left.to_arrow(), dataset_display_name="a_left")]
        if right is not None:
            tables.append(api.register(right.to_arrow(), dataset_display_name="b_right"))
        settings: dict[str, Any] = {
            "link_type": "dedupe_only" if right is None else "link_only",
            "comparisons": comparisons(),
            "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in BLOCKS],
            "probability_two_random_records_match": PRIOR,
            "retain_matching_columns": True,
            "retain_intermediate_calculation_columns": False,
            "linker_uid": "yinian",
        }
        linker = Linker(tables if right is not None else tables[0], settings, log_level=None)
        scored = linker.inference.predict(threshold_match_weight=lowest_weight, warning_mode="never")
        gammas = ", ".join(f"gamma_{name}" for name in PAIR_FIELDS)
        pairs: pl.DataFrame = connection.sql(
            "select unique_id_l::bigint as left, unique_id_r::bigint as right, match_weight as weight, "
            f"match_probability as probability, {gammas} from {scored.physical_name}"
        ).pl()
    finally:
        connection.close()
    for field in FIELDS:
        # splink counts levels from the last (0) to the first; -1 is missing
        names = {len(field.levels) - 1 - place: level.name for place, level in enumerate(field.levels)}
        names[-1] = UNKNOWN
        pairs = pairs.with_columns(
            pl.col(f"gamma_{field.name}")
            .cast(pl.Int64)
            .replace_strict(names, return_dtype=pl.String)
            .alias(f"agree_{field.name}")
        )
    return pairs.select(list(schema)).sort("left", "weight", "right", descending=[False, True, False])
