"""A run's arithmetic on whole tables: from a pack and facts to outcomes, to what changed, to figures and checks.

Polars frames in and out; nothing here reads or writes a database or a file.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

import polars as pl

from yinian.engines.entitlement import CHECK, DUE, NOT_DUE, SUPERSEDED, Pack
from yinian.engines.entitlement.evaluate import facts_to_ask, settle
from yinian.entitlements.codes import CODE_BITS, FACT_BITS, RECEIVING

OUTCOMES: dict[str, pl.DataType] = {
    "person_id": pl.Int64(),
    "region_code": pl.String(),
    "service": pl.Int32(),
    "status": pl.UInt8(),
    "amount_fen": pl.Int64(),
    "unknown": pl.Int64(),
}
"""One row for each person and service that is due, to be checked or superseded; ordered by region, person, list."""

STANDING: dict[str, pl.DataType] = OUTCOMES | {"receiving": pl.Boolean(), "since": pl.Int32()}
"""The same with whether it is received, and the run since which the status stands; with rows of status NOT_DUE for
what is received all the same. What a run keeps and the next compares with."""

RECEIPTS: dict[str, pl.DataType] = {"person_id": pl.Int64(), "region_code": pl.String(), "service": pl.Int32()}
COUNTS = ("due", "receiving", "missing", "to_check", "superseded", "undue", "newly", "ended", "amount_fen")
VILLAGE_LENGTH = 12
_KEYS = ["person_id", "service"]


def outcomes(pack: Pack, facts: pl.DataFrame, as_of: dt.date, numbers: Mapping[str, int]) -> pl.DataFrame:
    """What everybody in ``facts`` stands for, as OUTCOMES.

    ``facts``: the fact columns with ``person_id`` (text of a number) and ``region_code``; ``numbers``: service id to
    its number. Raises PackError or FactsError.
    """
    settled = settle(pack, facts, as_of)
    people = facts.select(pl.col("person_id").cast(pl.Int64), "region_code")
    parts: list[pl.DataFrame] = []
    for place, bound in enumerate(settled.services):
        status = settled.status[place]
        rows = (status != NOT_DUE).arg_true()
        if rows.is_empty():
            continue
        amount = settled.amount[place]
        part = people[rows].with_columns(
            status.gather(rows).alias("status"),
            pl.lit(None, pl.Int64).alias("amount_fen")
            if amount is None
            else amount.gather(rows).cast(pl.Int64).alias("amount_fen"),
            pl.lit(numbers[bound.service.id], pl.Int32).alias("service"),
            pl.lit(place, pl.Int32).alias("place"),
        )
        mask = pl.lit(0, pl.Int64)
        if (part["status"] == CHECK).any():
            tests = {f"t{n}": values.gather(rows) for n, values in enumerate(settled.tests[place])}
            asked = facts_to_ask(bound)
            read = {f"f:{name}": settled.facts[name].gather(rows).is_null() for name in asked}
            part = part.with_columns(**tests, **read)
            bits = [
                pl.when(pl.col(f"f:{name}") & pl.any_horizontal(pl.col(f"t{n}").is_null() for n in places))
                .then(pl.lit(1 << FACT_BITS["birth_date" if name == "age" else name], pl.Int64))
                .otherwise(pl.lit(0, pl.Int64))
                for name, places in asked.items()
            ]
            # Age and birth date are one bit, and both may ask for it.
            whole = bits[0]
            for bit in bits[1:]:
                whole = whole | bit
            mask = pl.when(pl.col("status") == CHECK).then(whole).otherwise(mask)
        parts.append(part.with_columns(mask.alias("unknown")).select(*OUTCOMES, "place"))
    if not parts:
        return pl.DataFrame(schema=OUTCOMES)
    return pl.concat(parts).sort("region_code", "person_id", "place").select(*OUTCOMES)


def with_receipts(found: pl.DataFrame, receipts: pl.DataFrame) -> pl.DataFrame:
    """OUTCOMES with ``receiving``, and rows of status NOT_DUE for what is received (RECEIPTS) all the same."""
    held = receipts.unique(_KEYS, keep="first", maintain_order=True)
    rows = found.join(
        held.select(_KEYS).with_columns(receiving=pl.lit(True)), on=_KEYS, how="left", maintain_order="left"
    ).with_columns(pl.col("receiving").fill_null(False))
    stray = held.join(found, on=_KEYS, how="anti").select(
        "person_id", "region_code", "service", pl.lit(NOT_DUE, pl.UInt8).alias("status"),
        pl.lit(None, pl.Int64).alias("amount_fen"), pl.lit(0, pl.Int64).alias("unknown"),
        pl.lit(True).alias("receiving"),
    )
    if stray.is_empty():
        return rows
    whole = pl.concat([rows, stray.sort("service").select(rows.columns)])
    return whole.sort("region_code", "person_id", maintain_order=True)


def compare(new: pl.DataFrame, old: pl.DataFrame, run_id: int) -> tuple[pl.DataFrame, pl.Series]:
    """``new`` (of :func:`with_receipts`) as STANDING, and the ids of the people whose rows differ from ``old``."""
    if old.is_empty():
        standing = new.with_columns(pl.lit(run_id, pl.Int32).alias("since")).select(*STANDING)
        return standing, new["person_id"].unique(maintain_order=True)
    joined = new.join(old, on=_KEYS, how="left", suffix="_old", maintain_order="left")
    differs = (
        pl.col("status").ne_missing(pl.col("status_old"))
        | pl.col("amount_fen").ne_missing(pl.col("amount_fen_old"))
        | pl.col("unknown").ne_missing(pl.col("unknown_old"))
        | pl.col("receiving").ne_missing(pl.col("receiving_old"))
        | pl.col("region_code").ne_missing(pl.col("region_code_old"))
    )
    same = pl.col("status") == pl.col("status_old")
    standing = joined.with_columns(
        pl.when(same).then(pl.col("since")).otherwise(pl.lit(run_id, pl.Int32)).cast(pl.Int32).alias("since")
    ).select(*STANDING)
    changed = joined.filter(differs)["person_id"]
    gone = old.join(new, on=_KEYS, how="anti")["person_id"]
    return standing, pl.concat([changed, gone]).unique().sort()


def rows_to_write(standing: pl.DataFrame, changed: pl.Series, run_id: int) -> pl.DataFrame:
    """One row for each changed person who still stands for something: arrays as PostgreSQL writes them."""
    part = standing
    if len(changed) < standing["person_id"].n_unique():
        part = standing.filter(pl.col("person_id").is_in(changed.implode()))
    code = pl.col("service").cast(pl.Int64) * (1 << CODE_BITS) + pl.col("receiving") * RECEIVING + pl.col("status")
    arrays = ("codes", "amounts", "unknown", "since")
    # Gathered first and joined after: joining inside the aggregation takes six times as long.
    grouped = (
        part.select(
            "person_id", "region_code", code.cast(pl.String).alias("codes"),
            pl.col("amount_fen").cast(pl.String).fill_null("NULL").alias("amounts"),
            pl.col("unknown").cast(pl.String), pl.col("since").cast(pl.String),
        )
        .group_by("person_id", maintain_order=True)
        .agg(pl.col("region_code").first(), pl.col(arrays))
    )
    return grouped.select(
        "person_id", "region_code",
        *(("{" + pl.col(name).list.join(",") + "}").alias(name) for name in arrays),
        pl.lit(run_id).alias("from_run_id"),
    )


def changes(standing: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """Who became or ceased to be due: person_id, region_code, service, ``newly`` (else ended)."""
    columns = ["person_id", "region_code", "service"]
    now, before = (frame.filter(pl.col("status") == DUE).select(columns) for frame in (standing, old))
    newly = now.join(before, on=_KEYS, how="anti")
    ended = before.join(now, on=_KEYS, how="anti")
    return pl.concat([newly.with_columns(newly=pl.lit(True)), ended.with_columns(newly=pl.lit(False))])


def monthly(periods: Mapping[int, str]) -> pl.Expr:
    """``amount_fen`` a month by the service's period; a year in twelfths, a day thirty times, once not at all."""
    number, amount = pl.col("service"), pl.col("amount_fen")

    def of(period: str) -> pl.Expr:
        return number.is_in([n for n, p in periods.items() if p == period])

    return (
        pl.when(of("month")).then(amount)
        .when(of("year")).then((amount + 6) // 12)
        .when(of("day")).then(amount * 30)
        .otherwise(0).fill_null(0)
    )


def figures(
    standing: pl.DataFrame, changed: pl.DataFrame, periods: Mapping[int, str], first: bool
) -> pl.DataFrame:
    """Counts by ``village`` and ``service``, and by village for people (service null): COUNTS.

    ``changed``: of :func:`changes`. On a first run nobody is newly due.
    """
    village = pl.col("region_code").str.slice(0, VILLAGE_LENGTH).alias("village")
    due, check, superseded = (pl.col("status") == status for status in (DUE, CHECK, SUPERSEDED))
    receiving = pl.col("receiving")
    rows = standing.select(
        *_KEYS, village, due.alias("due"), (due & receiving).alias("receiving"), (due & ~receiving).alias("missing"),
        check.alias("to_check"), superseded.alias("superseded"), (~due & ~check & receiving).alias("undue"),
        pl.lit(False).alias("newly"), pl.lit(False).alias("ended"),
        pl.when(due).then(monthly(periods)).otherwise(0).cast(pl.Int64).alias("amount_fen"),
    )
    flags = ("due", "receiving", "missing", "to_check", "superseded", "undue", "newly", "ended")

    def only(frame: pl.DataFrame, flag: str) -> pl.DataFrame:
        return frame.select(
            *_KEYS, village, *(pl.lit(name == flag).alias(name) for name in flags),
            pl.lit(0, pl.Int64).alias("amount_fen"),
        )

    parts = [rows]
    if not first:
        parts += [only(changed.filter("newly"), "newly"), only(changed.filter(~pl.col("newly")), "ended")]
    every = pl.concat(part.select(rows.columns) for part in parts)
    totals = [pl.col(flag).sum().cast(pl.Int64) for flag in flags] + [pl.col("amount_fen").sum()]
    by_service = every.group_by("village", "service").agg(totals)
    people = every.group_by("village", "person_id").agg(
        *(pl.col(flag).any() for flag in flags), pl.col("amount_fen").sum()
    )
    by_village = people.group_by("village").agg(totals).with_columns(pl.lit(None, pl.Int32).alias("service"))
    columns = ["village", "service", *COUNTS]
    both = pl.concat([by_service.select(columns), by_village.select(columns)])
    return both.sort("village", "service", nulls_last=True)


def checks(standing: pl.DataFrame) -> pl.DataFrame:
    """People whose fact is to be found out: ``village``, ``fact``, ``people``."""
    rows = (
        standing.filter(pl.col("status") == CHECK)
        .group_by("person_id", "region_code")
        .agg(pl.col("unknown").bitwise_or())
    )
    parts = []
    for fact, bit in FACT_BITS.items():
        parts.append(
            rows.filter((pl.col("unknown") & (1 << bit)) != 0)
            .group_by(pl.col("region_code").str.slice(0, VILLAGE_LENGTH).alias("village"))
            .agg(pl.len().cast(pl.Int64).alias("people"))
            .with_columns(pl.lit(fact).alias("fact"))
            .select("village", "fact", "people")
        )
    return pl.concat(parts).sort("village", "fact")


def summed(frame: pl.DataFrame, names: Iterable[str] = COUNTS) -> dict[str, int]:
    """The column sums of a figures frame."""
    return {name: int(frame[name].sum() or 0) for name in names}
