"""Who is due what: openfisca-core, DuckDB, Polars and Spark over the same made-up people and rules, in one run.

Run: `./run bench entitle [--people 137000,5000000,13500000] [--engines polars,openfisca,duckdb,spark]`. People come in
pieces of a million, so that every engine has room; answers are compared row by row. OpenFisca's rules are written by
hand for every service of the list (`_fisca`). Both are given codes that lie ready in memory, OpenFisca whole numbers
and Polars small columns with its two free texts as Enum; what it takes to make them is told apart. OpenFisca gives
statuses and amounts as arrays; the others give whole rows with the tests that are unknown, so "full rows" asks more of
them than of it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import _fisca
import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from _machine import ROOT, describe

from yinian.cli.factfiles import FactFile
from yinian.core.packfiles import read_pack_sources
from yinian.engines.entitlement import Pack, Stream, load_pack
from yinian.engines.entitlement.duck import evaluate_duckdb
from yinian.engines.entitlement.prepare import compact_facts
from yinian.engines.entitlement.profiles import Book

MILUO = "cn/hunan/yueyang/miluo"
AS_OF = _fisca.AS_OF
COUNTY_PEOPLE = 137_000
PIECE = 1_000_000
NATION = 300_000_000
MEMORY_ALLOWED = 24 * 1024  # MiB
FULL_ROWS_PROMISED, PROFILES_PROMISED = 20, 150  # times OpenFisca's speed
ENGINES = ("polars", "openfisca", "duckdb", "spark")


def made_up(people: int, seed: int = 7, first: int = 0) -> pl.DataFrame:
    """Facts of as many made-up people, some facts unknown, all facts independent of one another."""
    chance = np.random.default_rng(seed)
    age = 60 + np.minimum(chance.exponential(9.0, people), 48.0)
    birth = np.datetime64("2025-12-31") - (age * 365.25).astype("timedelta64[D]")

    def of(*options: Any, weights: list[float]) -> Any:
        return chance.choice(np.array(options), people, p=weights)

    frame = pl.DataFrame(
        {
            "person_id": pl.int_range(first, first + people, eager=True).cast(pl.String),
            "birth_date": birth.astype("datetime64[D]"),
            "sex": of("male", "female", weights=[0.48, 0.52]),
            "hukou_region": of("430681100201", "430681002003", "430602001", weights=[0.6, 0.37, 0.03]),
            "residence_region": of("430681100201", "430681002003", "430602001", weights=[0.6, 0.37, 0.03]),
            "urban_hukou": of(True, False, weights=[0.3, 0.7]),
            "relief": of(*_fisca.RELIEF, weights=[0.92, 0.034, 0.0036, 0.0174, 0.025]),
            "support_form": of(*_fisca.FORM, weights=[0.2, 0.8]),
            "wants_central": of(True, False, weights=[0.1, 0.9]),
            "disability_grade": chance.integers(1, 5, people),
            "household_id": pl.int_range(first, first + people, eager=True).cast(pl.String),
            "ability_level": of(0, 1, 2, 3, 4, weights=[0.8, 0.1, 0.05, 0.03, 0.02]),
            "self_care_failed": of(0, 1, 2, 3, 4, 5, 6, weights=[0.8, 0.08, 0.04, 0.03, 0.02, 0.02, 0.01]),
            "dementia": of(True, False, weights=[0.03, 0.97]),
            "living": of("alone", "spouse", "children", "kin", "others", weights=[0.15, 0.5, 0.3, 0.04, 0.01]),
            "left_behind": of(True, False, weights=[0.1, 0.9]),
            "empty_nest": of(True, False, weights=[0.3, 0.7]),
            "special_family": of(True, False, weights=[0.01, 0.99]),
            "special_contribution": of(True, False, weights=[0.01, 0.99]),
            "in_home": of(True, False, weights=[0.01, 0.99]),
            "pension": of("employee", "resident", "none", weights=[0.2, 0.7, 0.1]),
        }
    )
    unknown_share = {"disability_grade": 0.96, "ability_level": 0.7, "person_id": 0.0}
    kept = [
        pl.when(pl.Series(chance.random(people)) >= unknown_share.get(name, 0.04)).then(pl.col(name)).alias(name)
        for name in frame.columns
    ]
    level = pl.col("ability_level")
    return frame.select(kept).with_columns(
        assessed_on=pl.when(level.is_not_null()).then(date(2024, 5, 1)), died_on=pl.lit(None, dtype=pl.Date)
    )


def write_people(path: Path, people: int) -> None:
    """Facts of as many people as a Parquet file."""
    writer: pq.ParquetWriter | None = None
    for number, start in enumerate(range(0, people, PIECE)):
        table = made_up(min(PIECE, people - start), seed=7 + number, first=start).to_arrow()
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()


class Watch:
    """Seconds by name: of the clock, and of all processors together."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    def time(self, name: str, work: Callable[[], Any]) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        outcome = work()
        self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall
        self.cpu[name] = self.cpu.get(name, 0.0) + time.process_time() - cpu
        return outcome


def fingerprint(rows: pl.DataFrame) -> tuple[int, int]:
    """Height and sum of the rows' hashes: the same for the same rows in whatever order."""
    return rows.height, int(rows.hash_rows(seed=1).sum() or 0) % 2**64


def added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], (one[1] + other[1]) % 2**64


def check_fisca(wide: pl.DataFrame, found: dict[str, Any]) -> None:
    """Holds OpenFisca's answers to the engine's, person by person."""
    for service in _fisca.SERVICES:
        status = found[_fisca.variable("status", service)]
        ours = wide[f"status:{service}"].to_numpy()
        assert (status == ours).all(), f"{service}: {int((status != ours).sum())} people differ"
        if service in _fisca.AMOUNTS:
            money = np.where(ours == 0, -1, found[_fisca.variable("amount", service)])
            assert (wide[f"amount:{service}"].fill_null(-1).to_numpy() == money).all(), service


def pieces(path: Path, needed: set[str]) -> Iterator[pl.DataFrame]:
    """The facts in their compact types, read before the clock runs."""
    waiting: list[pl.DataFrame] = []
    for _, piece in FactFile(path).pieces(needed):
        waiting.append(piece)
        if sum(part.height for part in waiting) >= PIECE:
            yield compact_facts(pl.concat(waiting), AS_OF)
            waiting = []
    if waiting:
        yield compact_facts(pl.concat(waiting), AS_OF)


def with_codes(facts: pl.DataFrame) -> pl.DataFrame:
    """Compact facts with the free texts that conditions look into as codes."""
    texts = [name for name in ("hukou_region", "residence_region") if facts.schema[name] == pl.String]
    return facts.with_columns(pl.col(name).cast(pl.Enum(facts[name].drop_nulls().unique().sort())) for name in texts)


def measure(pack: Pack, path: Path, people: int, engines: list[str]) -> bool:
    """One size: prints seconds and ratios; whether the promises were kept."""
    watch = Watch()
    rules = _fisca.system() if "openfisca" in engines else None
    stream = Stream(pack, AS_OF, people=people)
    compact, wide_book = Book(pack, AS_OF), Book(pack, AS_OF)
    everything = (0, 0)
    for piece in pieces(path, stream.book.facts):
        ready = watch.time("Polars, facts to codes", lambda piece=piece: with_codes(piece))
        rows = watch.time("Polars, full rows", lambda ready=ready: stream.answer(ready))
        met = watch.time("Polars, profile form", lambda ready=ready: compact.read(ready))
        watch.time("Polars, profile form, all met before", lambda ready=ready: compact.read(ready))
        names = piece["person_id"]
        wide = watch.time("Polars, statuses and amounts", lambda p=ready, n=names: wide_book.wide(n, wide_book.read(p)))
        assert wide.equals(compact.wide(piece["person_id"], met))
        everything = added(everything, fingerprint(rows))
        if rules is not None:
            given = watch.time("OpenFisca, facts to numbers", lambda piece=piece: _fisca.inputs(piece))
            found = watch.time("OpenFisca, statuses and amounts", lambda given=given: _fisca.run(rules, given))
            check_fisca(wide, found)
        if "duckdb" in engines:
            duck = watch.time("DuckDB, full rows", lambda piece=piece: evaluate_duckdb(pack, piece, AS_OF))
            assert duck.equals(rows), "Polars and DuckDB differ"
    print(f"\n{people:,} people, {len(stream.book.services)} services, {everything[0]:,} rows; by {stream.path}, "
          f"{len(stream.book):,} profiles")  # fmt: skip
    if "spark" in engines:
        _spark(path, watch, everything, people)
    for name, seconds in watch.wall.items():
        print(f"  {name:<44}{seconds:9.2f} s  ({watch.cpu[name]:.2f} s of processors)")
    return _ratios(watch) if rules is not None else True


def _ratios(watch: Watch) -> bool:
    """Prints how much longer OpenFisca takes, by the clock and by processors, from codes and with their making; whether
    the promises were kept by the clock and from codes on both sides."""
    kept = True
    for name, promised in (
        ("Polars, full rows", FULL_ROWS_PROMISED), ("Polars, statuses and amounts", None),
        ("Polars, profile form", PROFILES_PROMISED), ("Polars, profile form, all met before", None),
    ):  # fmt: skip
        ratios = []
        for seconds in (watch.wall, watch.cpu):
            fisca, ours = seconds["OpenFisca, statuses and amounts"], seconds[name]
            making = seconds["OpenFisca, facts to numbers"], seconds["Polars, facts to codes"]
            ratios += [fisca / ours, (fisca + making[0]) / (ours + making[1])]
        held = promised is None or ratios[0] >= promised
        kept &= held
        wanted = "" if promised is None else f"  (promised {promised}{'' if held else ', MISSED'})"
        print(f"  OpenFisca / {name}: {ratios[0]:.1f}{wanted}; with the making of codes {ratios[1]:.1f}; "
              f"of processors {ratios[2]:.1f} and {ratios[3]:.1f}")  # fmt: skip
    if "DuckDB, full rows" in watch.wall:
        print(f"  DuckDB / Polars, full rows: {watch.wall['DuckDB, full rows'] / watch.wall['Polars, full rows']:.1f}")
    return kept


def _spark(path: Path, watch: Watch, expected: tuple[int, int], people: int) -> None:
    """From file to folder by Spark on this machine; the rows must be those of Polars."""
    from yinian.cli import sparkengine

    pack = load_pack(read_pack_sources(MILUO))
    with tempfile.TemporaryDirectory() as folder, sparkengine.session() as spark:
        given = sparkengine.facts_view(spark, path.resolve().as_uri(), str(path))
        table = sparkengine.answers(spark, pack, AS_OF, given, with_not_due=False)
        out = Path(folder) / "due"
        watch.time("Spark, Parquet to Parquet, full rows", lambda: table.write.parquet(out.as_uri()))
        found = (0, 0)
        for part in sorted(out.glob("*.parquet")):
            with pq.ParquetFile(part) as source:
                for batch in source.iter_batches(batch_size=PIECE):
                    rows = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))
                    found = added(found, fingerprint(rows))
        assert found == expected, "Polars and Spark differ"
    print(f"  Spark {people / watch.wall['Spark, Parquet to Parquet, full rows']:,.0f} people a second")


def file_to_file(path: Path, people: int) -> bool:
    """The command itself in a process of its own, from Parquet to Parquet; whether it stayed within the memory."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        out = Path(folder) / "due.parquet"
        command = [sys.executable, "-m", "yinian.cli", "entitle", "--pack", MILUO, "--facts", str(path), "--as-of",
                   AS_OF.isoformat(), "--out", str(out), "--json", "--timing"]  # fmt: skip
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True)
        told = json.loads(done.stdout)
        size = out.stat().st_size / 2**20
    timing = told["timing"]
    print(f"  Parquet to Parquet: {timing['seconds']:.1f} s, at most {timing['peak_mib']:,} MiB in memory, "
          f"{told['rows']:,} rows, {size:,.0f} MiB written")  # fmt: skip
    hours = NATION / people * timing["seconds"] / 3600
    print(f"  a nation at this speed on one such machine: {NATION:,} / {people:,} x {timing['seconds']:.1f} s = "
          f"{hours:.2f} h")  # fmt: skip
    return bool(timing["peak_mib"] <= MEMORY_ALLOWED)


def main() -> int:
    """Prints the machine, its load, and every size in turn; 1 when a promise was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", default=str(COUNTY_PEOPLE), help="sizes, separated by commas")
    parser.add_argument("--engines", default=",".join(ENGINES), help="of polars, openfisca, duckdb, spark")
    args = parser.parse_args()
    print(describe())
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"polars {pl.__version__}, duckdb {duckdb.__version__}; load before {load} on {os.cpu_count()} cores")
    pack = load_pack(read_pack_sources(MILUO))
    listed = {bound.service.id: len(bound.tests) for bound in pack.services_on(AS_OF)}
    assert listed == {service: len(tests) for service, tests in _fisca.SERVICES.items()}, "the pack has changed"
    kept = True
    with tempfile.TemporaryDirectory(prefix="yinian-bench-") as folder:
        for people in (int(size) for size in args.people.split(",")):
            path = Path(folder) / f"{people}.parquet"
            write_people(path, people)
            kept &= measure(pack, path, people, args.engines.split(","))
            kept &= file_to_file(path, people)
            path.unlink()
    print("load after " + ", ".join(f"{value:.1f}" for value in os.getloadavg()))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
