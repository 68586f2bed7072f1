"""The arithmetic of a payment report: what was paid held against what was expected, payee by payee and month by month.

Polars frames in and out; money in whole fen; nothing here reads or writes a database or a file.
"""

from dataclasses import dataclass

import polars as pl

PAIR = ["service_id", "month"]
KEYS = ["person_id", *PAIR]

LINES: dict[str, pl.DataType] = {
    "row": pl.Int64(), "payee": pl.Int64(), "person_id": pl.Int64(), "service_id": pl.String(), "month": pl.Date(),
    "fen": pl.Int64(),
}
"""One reported payment. ``payee``: number of the payee's first row, the same for all their rows; ``person_id`` null:
nobody of the register."""

EXPECTED: dict[str, pl.DataType] = {
    "person_id": pl.Int64(), "service_id": pl.String(), "month": pl.Date(), "fen": pl.Int64(), "claimed": pl.Boolean(),
}
"""What a person should have been paid. ``fen`` null: due, but how much is not known by the month, so whatever was paid
agrees. ``claimed`` False: right if it was paid, but nobody waits for it (given on application, and not granted)."""

GONE: dict[str, pl.DataType] = {"person_id": pl.Int64(), "month": pl.Date(), "why": pl.String()}
"""Who had died or moved away by a month's day: ``why`` is dead or moved. Nothing is expected for them."""

JUDGED: dict[str, pl.DataType] = {
    "kind": pl.String(), "payee": pl.Int64(), "person_id": pl.Int64(), "service_id": pl.String(), "month": pl.Date(),
    "row": pl.Int64(), "rows": pl.Int64(), "elsewhere": pl.Int64(), "paid_fen": pl.Int64(), "expected_fen": pl.Int64(),
    "agreed_fen": pl.Int64(), "over_fen": pl.Int64(), "short_fen": pl.Int64(),
}
"""One payee, service and month: ``kind`` agreed, or that of a finding. ``elsewhere``: fen other reports hold of it.
paid = agreed + over, expected = agreed + short."""

FINDINGS = ("not_due", "unpaid", "different", "twice", "dead", "moved", "unknown")


@dataclass(frozen=True)
class Balance:
    """The sums of a report: lines and fen agreed, over and short. ``paid`` is agreed and over together."""

    paid_fen: int
    agreed_fen: int
    over_fen: int
    short_fen: int
    lines: int
    agreed_lines: int


def judge(
    lines: pl.DataFrame, others: pl.DataFrame, expected: pl.DataFrame, gone: pl.DataFrame, complete: pl.DataFrame
) -> pl.DataFrame:
    """JUDGED of a report's LINES, with a row for whoever was not paid in a ``complete`` pair (service_id, month).

    ``others``: what other reports taken in before hold (person_id, service_id, month, fen): it fills what is expected
    first, so that the second of two payments is the one too many. ``expected``: EXPECTED; ``gone``: GONE.
    """
    known = lines.filter(pl.col("person_id").is_not_null())
    paid = known.group_by(KEYS).agg(
        pl.col("payee").min(), pl.col("row").min(), pl.len().cast(pl.Int64).alias("rows"),
        pl.col("fen").sum().alias("paid_fen"),
    )
    strangers = lines.filter(pl.col("person_id").is_null()).group_by("payee", *PAIR).agg(
        pl.col("row").min(), pl.len().cast(pl.Int64).alias("rows"), pl.col("fen").sum().alias("paid_fen"),
    ).with_columns(person_id=pl.lit(None, pl.Int64), elsewhere=pl.lit(0, pl.Int64), kind=pl.lit("unknown"),
                   expected_fen=pl.lit(0, pl.Int64))
    waiting = expected.filter("claimed").join(complete, on=PAIR, how="semi")
    both = paid.join(
        expected.select(*KEYS, "fen", due=pl.lit(True)), on=KEYS, how="left", maintain_order="left"
    ).with_columns(pl.col("due").fill_null(False))
    missing = waiting.join(paid, on=KEYS, how="anti").select(
        *KEYS, pl.lit(None, pl.Int64).alias("payee"), pl.lit(None, pl.Int64).alias("row"),
        pl.lit(0, pl.Int64).alias("rows"), pl.lit(0, pl.Int64).alias("paid_fen"), "fen", pl.lit(True).alias("due"),
    )
    rows = pl.concat([both, missing.select(both.columns)]).join(
        others.group_by(KEYS).agg(pl.col("fen").sum().alias("elsewhere")), on=KEYS, how="left"
    ).join(gone, on=["person_id", "month"], how="left").with_columns(pl.col("elsewhere").fill_null(0))
    none_due = ~pl.col("due") | pl.col("why").is_not_null()
    # Where the amount is not known whatever was paid is right, once.
    amount = pl.coalesce("fen", pl.when(pl.col("elsewhere") > 0).then(0).otherwise(pl.col("paid_fen")))
    left = pl.max_horizontal(amount - pl.when(pl.col("fen").is_null()).then(0).otherwise(pl.col("elsewhere")), 0)
    rows = rows.with_columns(expected_fen=pl.when(none_due).then(0).otherwise(left))
    over, short = pl.col("paid_fen") > pl.col("expected_fen"), pl.col("paid_fen") < pl.col("expected_fen")
    rows = rows.with_columns(
        kind=pl.when(~over & ~short).then(pl.lit("agreed"))
        .when(pl.col("why").is_not_null()).then(pl.col("why"))
        .when(over & ((pl.col("rows") > 1) | (pl.col("elsewhere") > 0))).then(pl.lit("twice"))
        .when(over & ~pl.col("due")).then(pl.lit("not_due"))
        .when(pl.col("rows") == 0).then(pl.lit("unpaid"))
        .otherwise(pl.lit("different"))
    )
    columns = ["kind", "payee", *KEYS, "row", "rows", "elsewhere", "paid_fen", "expected_fen"]
    whole = pl.concat([rows.select(columns), strangers.select(columns)]).with_columns(
        agreed_fen=pl.min_horizontal("paid_fen", "expected_fen"),
    ).with_columns(
        over_fen=pl.col("paid_fen") - pl.col("agreed_fen"), short_fen=pl.col("expected_fen") - pl.col("agreed_fen")
    )
    return whole.select(*JUDGED).cast(JUDGED).filter(  # type: ignore[arg-type]
        (pl.col("rows") > 0) | (pl.col("short_fen") > 0)
    ).sort("month", "service_id", "row", "person_id", nulls_last=True)


def balance(judged: pl.DataFrame) -> Balance:
    """The sums of JUDGED."""
    agreed = judged.filter(pl.col("kind") == "agreed")
    paid, right, over, short, lines = (
        int(judged[name].sum()) for name in ("paid_fen", "agreed_fen", "over_fen", "short_fen", "rows")
    )
    return Balance(paid, right, over, short, lines, int(agreed["rows"].sum()))


def by_kind(judged: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Kind of finding to how many, lines, fen paid, over and short."""
    rows = judged.filter(pl.col("kind") != "agreed").group_by("kind").agg(
        pl.len().alias("n"), pl.col("rows").sum(), pl.col("paid_fen").sum(), pl.col("over_fen").sum(),
        pl.col("short_fen").sum(),
    )
    found = {row["kind"]: {name: int(row[name]) for name in ("n", "rows", "paid_fen", "over_fen", "short_fen")}
             for row in rows.iter_rows(named=True)}
    return {kind: found[kind] for kind in FINDINGS if kind in found}
