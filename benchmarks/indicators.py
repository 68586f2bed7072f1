"""Two indicators rolled up over five levels from ten million rows: this engine against PostgreSQL, in one run.

Run: `./run bench indicators`, or `python benchmarks/indicators.py [--rows N]` in the environment.

Both get the same rows and must give the same figures, or the benchmark fails. PostgreSQL gets them analysed, in memory,
with workers and memory to spare, with regions as whole numbers (it groups them faster than text), and is measured at
its best of several runs, by two statements: ROLLUP, which is what the work is called in SQL, and the same rewritten by
hand as this engine does it (grouped once by village, then upwards). The table is dropped afterwards.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import polars as pl
import psycopg
from _machine import ROOT, describe

from yinian.core import pgserver
from yinian.engines.entitlement.expressions import parse_expression
from yinian.engines.entitlement.tree import bind
from yinian.engines.entitlement.views import VIEWS
from yinian.engines.indicator import Bound, BoundMeasure, tally

ROWS, TARGET, RUNS, SEED = 10_000_000, 10.0, 3, 20260301
AS_OF = date(2026, 3, 1)
TABLE = "bench_indicator_rows"
# Two provinces of 5 prefectures, 10 counties each, 10 towns each, 11 villages each.
SHAPE = ((11, 13), (1, 6), (1, 11), (101, 111), (201, 212))
SHARE_OF, SHARE = "age >= 65", "ability_level >= 2"
COUNT = "age >= 80 AND empty_nest"
_COUNTS = (
    f"{SHARE_OF} AND {SHARE}", SHARE_OF, f"{SHARE_OF} AND NOT ({SHARE})", f"{SHARE_OF} AND ({SHARE}) IS NULL",
    COUNT, f"NOT ({COUNT})", f"({COUNT}) IS NULL",
)
_LEVELS = ("region / 10000000000", "region / 100000000", "region / 1000000", "region / 1000", "region")
_CODE, _GROUPS = f"coalesce({', '.join(reversed(_LEVELS))})", f"GROUP BY ROLLUP ({', '.join(_LEVELS)})"
ROLLUP = f"""
    SELECT {_CODE}, {', '.join(f'count(*) FILTER (WHERE {test})' for test in _COUNTS)} FROM {TABLE} {_GROUPS}
"""
BY_HAND = f"""
    WITH once AS MATERIALIZED (
        SELECT region, {', '.join(f'count(*) FILTER (WHERE {test}) AS c{n}' for n, test in enumerate(_COUNTS))}
        FROM {TABLE} GROUP BY region
    )
    SELECT {_CODE}, {', '.join(f'sum(c{n})::bigint' for n in range(len(_COUNTS)))} FROM once {_GROUPS}
"""


def rows(count: int) -> pl.DataFrame:
    """Synthetic rows of the view `persons`: only the columns that the two indicators read."""
    codes = [
        f"{a:02d}{b:02d}{c:02d}{d:03d}{e:03d}" for a in range(*SHAPE[0]) for b in range(*SHAPE[1])
        for c in range(*SHAPE[2]) for d in range(*SHAPE[3]) for e in range(*SHAPE[4])
    ]
    rng = np.random.default_rng(SEED)
    villages = pl.Series(codes, dtype=pl.String).cast(pl.Categorical)
    return pl.DataFrame({
        "region_code": villages.gather(pl.Series(rng.integers(0, len(codes), count))),
        "age": pl.Series(rng.integers(60, 100, count), dtype=pl.Int16),
        "ability_level": _with_gaps(rng, pl.Series(rng.integers(0, 5, count), dtype=pl.Int16), 0.3),
        "empty_nest": _with_gaps(rng, pl.Series(rng.random(count) < 0.4), 0.2),
    })


def _with_gaps(rng: np.random.Generator, values: pl.Series, share: float) -> pl.Series:
    """Some values not known."""
    lost = pl.Series(rng.random(len(values)) < share)
    return pl.select(pl.when(lost).then(None).otherwise(values)).to_series()


def load(connection: psycopg.Connection, frame: pl.DataFrame) -> None:
    """The same rows as an analysed table."""
    connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
    connection.execute(
        f"CREATE UNLOGGED TABLE {TABLE} (region bigint, age smallint, ability_level smallint, empty_nest boolean)"
    )
    with connection.cursor() as cursor, cursor.copy(f"COPY {TABLE} FROM STDIN (FORMAT csv)") as copy:
        for part in frame.iter_slices(500_000):
            copy.write(part.write_csv(include_header=False).encode())
    connection.execute(f"VACUUM (ANALYZE, FREEZE) {TABLE}")


def bounds() -> list[Bound]:
    """The two indicators: a share and a count."""

    def measure(text: str) -> BoundMeasure:
        tree = parse_expression(text, {}, facts=VIEWS["persons"].columns, expect="bool")
        return BoundMeasure("persons", bind(tree, AS_OF, {}), "count", None)

    return [Bound("share", measure(SHARE), measure(SHARE_OF)), Bound("count", measure(COUNT), None)]


def engine_figures(found: pl.DataFrame) -> dict[int, tuple[int, ...]]:
    """Region to the seven counts, of the engine's tally."""
    held: dict[int, list[int]] = {}
    for row in found.sort("indicator", descending=True).iter_rows(named=True):
        counts = held.setdefault(int(row["region_code"]), [])
        counts += [row["numerator"], row["denominator"]] if row["indicator"] == "share" else [row["numerator"]]
        counts += [row["outside"], row["unknown"]]
    return {code: tuple(counts) for code, counts in held.items()}


def best(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """The best of several runs: seconds by the clock, and this process's seconds of processor time in that run."""
    times = []
    for _n in range(runs):
        began, worked = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - began, time.process_time() - worked))
    return min(times)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args(arguments)
    address = os.environ.get("DATABASE_URL") or pgserver.ensure_running(
        Path(os.environ.get("YINIAN_DATA") or ROOT / "var").resolve()
    )
    print(describe())
    frame = rows(options.rows)
    wanted = bounds()
    found: list[pl.DataFrame] = [pl.DataFrame()]

    def here() -> None:
        found[0] = tally({"persons": frame}, wanted)

    ours, worked = best(here, options.runs)
    figures = engine_figures(found[0])
    with psycopg.connect(address, autocommit=True) as connection:
        try:
            load(connection, frame)
            for setting in ("work_mem = '1GB'", "hash_mem_multiplier = 2", "max_parallel_workers_per_gather = 4",
                            "min_parallel_table_scan_size = 0", "jit = off"):
                connection.execute(f"SET {setting}")
            # Warm, and with the planner's own choice of sorting or hashing where that is the quicker.
            theirs = {}
            for name, statement in (("ROLLUP", ROLLUP), ("grouped once by hand", BY_HAND)):
                took: dict[str, float] = {}
                for sort in ("off", "on"):
                    connection.execute(f"SET enable_sort = {sort}")
                    took[sort] = best(lambda s=statement: connection.execute(s).fetchall(), 1)[0]
                connection.execute(f"SET enable_sort = {min(took, key=lambda sort: took[sort])}")
                answer = connection.execute(statement).fetchall()
                again = best(lambda s=statement: connection.execute(s).fetchall(), options.runs - 1)[0]
                theirs[name] = min(again, *took.values())
                same = {row[0]: tuple(row[1:]) for row in answer if row[0] is not None}
                if same != figures:
                    print(f"the figures differ from those of PostgreSQL ({name})", file=sys.stderr)
                    return 1
        finally:
            connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
    print(f"{options.rows:,} rows, {len(figures):,} regions on five levels, two indicators; figures identical")
    print(f"  this engine             {ours:7.2f} s   ({worked:.2f} s of processor time)")
    for name, seconds in theirs.items():
        print(f"  PostgreSQL, {name:<20}{seconds:7.2f} s   {seconds / ours:5.1f} times as long")
    ratio = theirs["ROLLUP"] / ours
    print(f"  ratio {ratio:.1f}, wanted {TARGET:.0f}: {'reached' if ratio >= TARGET else 'MISSED'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
