"""The arithmetic of past months: who is touched by late knowledge, what was due, what is held, the difference.

Polars frames in and out; money in whole fen; nothing here reads or writes a database or a file. A month is the date
of its first day.
"""

from collections.abc import Mapping

import polars as pl

KEYS = ["person_id", "service_id", "month"]

CHANGES: dict[str, pl.DataType] = {
    "person_id": pl.Int64(), "starts": pl.Date(), "ends": pl.Date(), "at": pl.Datetime("us", "UTC"),
}
"""Something learned of a person at a moment: a record made or taken back that speaks of the days from ``starts`` (null:
from ever) to before ``ends`` (null: for ever)."""

MONTHS: dict[str, pl.DataType] = {"month": pl.Date(), "as_of": pl.Date(), "since": pl.Datetime("us", "UTC")}
"""Months to look at again: the day their facts are read on, and the moment up to which all is worked out already."""

AMOUNTS: dict[str, pl.DataType] = {
    "person_id": pl.Int64(), "service_id": pl.String(), "month": pl.Date(), "fen": pl.Int64(),
}
"""An amount of money for one person, service and month."""

DIFFERENCES: dict[str, pl.DataType] = {
    "person_id": pl.Int64(), "service_id": pl.String(), "month": pl.Date(), "held_fen": pl.Int64(),
    "due_fen": pl.Int64(), "difference_fen": pl.Int64(),
}
"""Where what a person holds for a month is not what was due: ``difference_fen`` above 0 is owed to them (arrears),
below 0 by them (recovery)."""


def touched(changes: pl.DataFrame, months: pl.DataFrame) -> pl.DataFrame:
    """``person_id`` and ``month`` of every month (MONTHS) that something learned since (CHANGES) speaks of.

    A change that is not about the month's day cannot change the month's facts, so nobody else need be looked at.
    """
    pairs = [
        changes.filter(
            (pl.col("at") > since)
            & (pl.col("starts").is_null() | (pl.col("starts") <= as_of))
            & (pl.col("ends").is_null() | (pl.col("ends") > as_of))
        ).select("person_id", pl.lit(month).alias("month"))
        for month, as_of, since in months.select("month", "as_of", "since").iter_rows()
    ]
    if not pairs:
        return pl.DataFrame(schema={"person_id": pl.Int64, "month": pl.Date})
    return pl.concat(pairs).unique().sort("month", "person_id")


def total(*parts: pl.DataFrame) -> pl.DataFrame:
    """AMOUNTS added up by person, service and month; zeros are left out."""
    frames = [part.select(*AMOUNTS) for part in parts if part.height]
    if not frames:
        return pl.DataFrame(schema=AMOUNTS)
    return pl.concat(frames).group_by(KEYS).agg(pl.col("fen").sum()).filter(pl.col("fen") != 0).sort(KEYS)


def negative(part: pl.DataFrame) -> pl.DataFrame:
    """The same amounts with the other sign."""
    return part.with_columns(-pl.col("fen"))


def held(
    approved: pl.DataFrame, settled: pl.DataFrame, reported: pl.DataFrame, carried: pl.DataFrame
) -> pl.DataFrame:
    """What each person holds on account of each month, as AMOUNTS.

    ``approved``: lines of approved cycles. ``settled``: differences decided before, by the month they are about.
    ``reported``: what others report as paid out in a month, 0 where a complete report names somebody not; it takes
    the place of ``approved`` for whom it names. ``carried``: what earlier differences put into a month's payment
    (AMOUNTS by the month of payment); a report holds it, but it is on account of other months.
    """
    stands = approved.join(reported, on=KEYS, how="anti")
    paid_over = carried.join(reported, on=KEYS, how="semi")
    return total(stands, reported, negative(paid_over), settled)


def once_in_span(due: pl.DataFrame, elsewhere: pl.DataFrame) -> pl.DataFrame:
    """``due`` without what stands on account of another month of the stretch in which a service is paid once.

    ``elsewhere``: its person_id and service_id.
    """
    return due.join(elsewhere, on=["person_id", "service_id"], how="anti")


def after_review(due: pl.DataFrame, turned_down: pl.DataFrame) -> pl.DataFrame:
    """``due`` without what a review held back or refused, where the rule still gives just what was turned down.

    A person's decision on a line is not undone by adding up anew; another amount is a new question.
    """
    return due.join(turned_down, on=[*KEYS, "fen"], how="anti")


def differences(held_: pl.DataFrame, due: pl.DataFrame) -> pl.DataFrame:
    """DIFFERENCES of what is held against what was due, ordered by person, service and month."""
    both = (
        held_.select(*KEYS, held_fen="fen")
        .join(due.select(*KEYS, due_fen="fen"), on=KEYS, how="full", coalesce=True)
        .with_columns(pl.col("held_fen", "due_fen").fill_null(0))
        .with_columns(difference_fen=pl.col("due_fen") - pl.col("held_fen"))
    )
    return both.filter(pl.col("difference_fen") != 0).select(*DIFFERENCES).sort(KEYS)


def within(amounts: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The rows about the persons and months of ``pairs`` (:func:`touched`)."""
    return amounts.join(pairs, on=["person_id", "month"], how="semi")


def fresh(found: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """DIFFERENCES without those an officer has rejected as they stand (same held and due)."""
    return found.join(rejected, on=[*KEYS, "held_fen", "due_fen"], how="anti")


def changed_facts(before: pl.DataFrame, now: pl.DataFrame, names: Mapping[str, list[str]]) -> pl.DataFrame:
    """Which facts differ between two readings of a month: ``person_id``, ``fact``, ``before``, ``now`` as texts.

    ``names``: service id to the facts its rule reads; only those are compared. Somebody missing from one reading is
    left out here: a death or a move says that by itself.
    """
    wanted = sorted({fact for facts in names.values() for fact in facts} & set(before.columns) & set(now.columns))
    pairs = before.select("person_id", *wanted).join(now.select("person_id", *wanted), on="person_id", suffix="_now")
    parts = [
        pairs.filter(pl.col(fact).ne_missing(pl.col(f"{fact}_now"))).select(
            pl.col("person_id").cast(pl.Int64), pl.lit(fact).alias("fact"),
            pl.col(fact).cast(pl.String).alias("before"), pl.col(f"{fact}_now").cast(pl.String).alias("now"),
        )
        for fact in wanted
    ]
    schema = {"person_id": pl.Int64, "fact": pl.String, "before": pl.String, "now": pl.String}
    return pl.concat(parts).sort("person_id", "fact") if parts else pl.DataFrame(schema=schema)


def part_now(total_fen: int, done_fen: int, months: int, room_fen: int) -> int:
    """What of a recovery is deducted this month: one instalment, the last one the rest, never more than ``room_fen``.

    A month without room moves the end of the instalments; it does not make the next one larger.
    """
    left = total_fen - done_fen
    part = -(-total_fen // months)
    return max(0, min(left, part, room_fen))
