"""The arithmetic of a cycle: from what a run found and what was determined before, to the month's lines.

Polars frames in and out; no database and no files.
"""

from dataclasses import dataclass

import polars as pl

from yinian.engines.entitlement import CHECK, DUE, SUPERSEDED

LINES: dict[str, pl.DataType] = {
    "person_id": pl.Int64(),
    "region_code": pl.String(),
    "determination_id": pl.Int64(),
    "amount_fen": pl.Int64(),
    "previous_fen": pl.Int64(),
    "change": pl.String(),
    "why": pl.String(),
    "unknown": pl.Int64(),
}
"""One row a person. ``why``: "" to be reviewed; suspended, check or elsewhere: held from the start; superseded or
not_due: why it is to stop. ``unknown``: the facts to find out, by the bits of codes.FACT_BITS."""

STANDING: dict[str, pl.DataType] = {
    "person_id": pl.Int64(), "determination_id": pl.Int64(), "region_code": pl.String(), "amount_fen": pl.Int64(),
    "suspended": pl.Boolean(),
}
"""What stands determined for a service on the cycle's day."""

MONEY = ("new", "changed", "same")


@dataclass(frozen=True)
class Counted:
    """How many lines of a kind, and what they come to a month."""

    lines: int
    fen: int


def lines_of(
    found: pl.DataFrame, number: int, standing: pl.DataFrame, elsewhere: pl.Series, *, automatic: bool
) -> pl.DataFrame:
    """The month's lines (LINES) of the service of ``number``.

    ``found``: a run's outcome (frames.OUTCOMES); ``standing``: STANDING of this county; ``elsewhere``: people for
    whom another county has determined the service. ``automatic``: whoever is due without a determination is a new
    line; a service on application has lines only for those to whom it was granted.
    """
    mine = found.filter((pl.col("service") == number) & pl.col("status").is_in([DUE, CHECK, SUPERSEDED])).select(
        "person_id", pl.col("region_code").alias("lives"), "status", pl.col("amount_fen").alias("due_fen"), "unknown"
    )
    if automatic:
        fresh = mine.filter(pl.col("status") == DUE).join(standing, on="person_id", how="anti")
        new = fresh.select(
            "person_id", pl.col("lives").alias("region_code"), pl.lit(None, pl.Int64).alias("determination_id"),
            pl.col("due_fen").alias("amount_fen"), pl.lit(None, pl.Int64).alias("previous_fen"),
            pl.lit("new").alias("change"),
            pl.when(pl.col("person_id").is_in(elsewhere.implode())).then(pl.lit("elsewhere")).otherwise(pl.lit(""))
            .alias("why"),
            pl.lit(0, pl.Int64).alias("unknown"),
        )
    else:
        new = pl.DataFrame(schema=LINES)
    held = standing.join(mine, on="person_id", how="left")
    due, check = pl.col("status") == DUE, pl.col("status") == CHECK
    stays = due | check
    # What cannot be said is neither stopped nor paid: the amount stays, and the line is held until it is found out.
    amount = pl.when(due.fill_null(False)).then(pl.col("due_fen")).when(check.fill_null(False)).then(
        pl.col("amount_fen")
    ).otherwise(pl.lit(0, pl.Int64))
    known = held.select(
        "person_id", pl.coalesce("lives", "region_code").alias("region_code"), "determination_id",
        amount.alias("amount_fen"), pl.col("amount_fen").alias("previous_fen"),
        pl.when(~stays.fill_null(False)).then(pl.lit("stopped"))
        .when(amount.eq_missing(pl.col("amount_fen"))).then(pl.lit("same"))
        .otherwise(pl.lit("changed")).alias("change"),
        pl.when((pl.col("status") == SUPERSEDED).fill_null(False)).then(pl.lit("superseded"))
        .when(~stays.fill_null(False)).then(pl.lit("not_due"))
        .when(pl.col("suspended")).then(pl.lit("suspended"))
        .when(check).then(pl.lit("check"))
        .otherwise(pl.lit("")).alias("why"),
        pl.when(check.fill_null(False)).then(pl.col("unknown")).otherwise(0).alias("unknown"),
    )
    return pl.concat([new.select(*LINES), known.select(*LINES)]).cast(LINES).sort("region_code", "person_id")  # type: ignore[arg-type]


def unpaid(lines: pl.DataFrame, paid: pl.Series, unit: str) -> pl.DataFrame:
    """The lines of a service that a person is paid once a year, or once only, without those ``paid`` already.

    Of a yearly service whoever was paid and is no longer due is still to stop; a once-only one ends by being paid.
    """
    if unit in ("month", "day"):
        return lines
    done = pl.col("person_id").is_in(paid.implode())
    return lines.filter(~done | (pl.col("change") == "stopped") if unit == "year" else ~done)


def by_the_day(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines of a service paid by the day, with ``rate_fen``: their amounts are of a day, and the month's is open
    until it is known on how many days the service was given."""
    stops = pl.col("change") == "stopped"
    return lines.with_columns(
        pl.when(stops).then(None).otherwise(pl.col("amount_fen")).cast(pl.Int64).alias("rate_fen"),
        pl.when(stops).then(pl.col("amount_fen")).otherwise(None).cast(pl.Int64).alias("amount_fen"),
    )


def counted(lines: pl.DataFrame) -> dict[str, Counted]:
    """Lines and fen by change."""
    rows = lines.group_by("change").agg(pl.len(), pl.col("amount_fen").sum())
    return {change: Counted(int(n), int(fen or 0)) for change, n, fen in rows.iter_rows()}


def by_town(lines: pl.DataFrame, length: int) -> pl.DataFrame:
    """``town``, ``lines``, ``differences``, ``amount_fen``: what each town has to look through."""
    return (
        lines.group_by(pl.col("region_code").str.slice(0, length).alias("town"))
        .agg(
            pl.len().cast(pl.Int64).alias("lines"),
            (pl.col("change") != "same").sum().cast(pl.Int64).alias("differences"),
            pl.col("amount_fen").sum().fill_null(0).alias("amount_fen"),
        )
        .sort("town")
    )
