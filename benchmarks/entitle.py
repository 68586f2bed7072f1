"""Who is due what: openfisca-core, DuckDB, Polars and Spark over the same made-up people and rules, in one run.

Run: `./run bench entitle [--people 137000,5000000,13500000] [--engines polars,openfisca,duckdb,spark]`. Every engine's
rows are the same, or the run fails: their number and the sum of their hashes are compared (Spark's over the whole,
others' piece by piece; people come in pieces of a million, so that every engine has room, and nobody depends on
another). All are warmed up on the first piece; of up to a million people the best of three is taken.

OpenFisca is measured twice. "Country package" (`_fisca_country`) is what its guide and its published packages teach,
and what its users have: the promises are held against it. "Tight" (`_fisca`) has the same rules as tightly as NumPy
allows, without Enums and parameters: nobody writes that, but it bounds what OpenFisca can do. "Statuses and amounts"
are the arrays that OpenFisca gives; "full rows" are made of them with Polars, like for like with ours. Facts lie ready
in memory for all: Enums and whole numbers for OpenFisca, compact columns for Polars; making these is told apart.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
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
import _fisca_country
import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from _machine import ROOT, describe

from yinian.cli.factfiles import FactFile
from yinian.core.packfiles import read_pack_sources
from yinian.engines.entitlement import LONG_SCHEMA, Pack, compiled, load_pack
from yinian.engines.entitlement.duck import evaluate_duckdb
from yinian.engines.entitlement.prepare import compact_facts
from yinian.engines.entitlement.profiles import Book

MILUO = "cn/hunan/yueyang/miluo"
AS_OF = _fisca.AS_OF
COUNTY_PEOPLE = 137_000
PIECE = 1_000_000
NATION = 300_000_000
MEMORY_ALLOWED = 24 * 1024  # MiB
FULL_ROWS_PROMISED, PROFILES_PROMISED = 20, 150  # times the speed of OpenFisca's country package
# Rounds up to so many people: where one takes milliseconds, the best of a few is still a matter of what lies in caches.
ROUNDS = ((200_000, 9), (1_000_000, 3))
SPARK = "Spark, Parquet to Parquet"
PEERS = {"country package": _fisca_country, "tight": _fisca}
PROFILES, PROFILES_NUMPY, ROWS, TEXTS = (
    "Yinian, profile form", "Yinian, profile form without Numba", "Yinian, full rows", "Yinian, full rows as texts",
)
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
    """Seconds by name and round: of the clock, and of all processors of this process together."""

    def __init__(self) -> None:
        self.spent: dict[str, list[tuple[float, float]]] = {}

    def time(self, name: str, work: Callable[[], Any], number: int = 0) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        outcome = work()
        rounds = self.spent.setdefault(name, [])
        while len(rounds) <= number:
            rounds.append((0.0, 0.0))
        before = rounds[number]
        rounds[number] = (before[0] + time.perf_counter() - wall, before[1] + time.process_time() - cpu)
        return outcome

    def best(self, name: str) -> tuple[float, float]:
        """The least seconds of a round by the clock, and the least of processors."""
        wall, cpu = zip(*self.spent[name], strict=True)
        return min(wall), min(cpu)


def fingerprint(rows: pl.DataFrame) -> tuple[int, int]:
    """Height and sum of the rows' hashes: the same for the same rows in whatever order."""
    return rows.height, int(rows.hash_rows(seed=1).sum() or 0) % 2**64


def added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], (one[1] + other[1]) % 2**64


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
    """Compact facts with the free texts that conditions look into as codes, each column in one piece as the peer's."""
    texts = [name for name in ("hukou_region", "residence_region") if facts.schema[name] == pl.String]
    codes = (pl.col(name).cast(pl.Enum(facts[name].drop_nulls().unique().sort())) for name in texts)
    return facts.with_columns(codes).rechunk()


def measure(pack: Pack, path: Path, people: int, engines: list[str]) -> bool:
    """One size: prints seconds and ratios; whether the promises were kept."""
    watch, rounds = Watch(), next((rounds for most, rounds in ROUNDS if people <= most), 1)
    systems = {name: peer.system() for name, peer in PEERS.items()} if "openfisca" in engines else {}
    needed = Book(pack, AS_OF).facts
    _warm_up(pack, systems, next(pieces(path, needed)).head(PIECE // 4), engines)
    forms = (PROFILES, PROFILES_NUMPY, ROWS)
    books = {name: [Book(pack, AS_OF, people=people) for _ in range(rounds)] for name in forms}
    everything, done = (0, 0), 0
    for piece in pieces(path, needed):
        ready = watch.time("facts to codes, Yinian", lambda piece=piece: with_codes(piece))
        for number in range(rounds):
            met, table, rows = _ours(books, number, ready, watch)
        expected = fingerprint(rows)
        assert fingerprint(pl.DataFrame(pl.from_arrow(table)).cast(LONG_SCHEMA)) == expected, "texts and codes differ"
        numpy = books[PROFILES_NUMPY][0]
        plain = numpy.read(ready)
        assert _renumbered(met.profile, plain.profile), "the profiles of Numba and NumPy differ"
        assert fingerprint(numpy.long(ready["person_id"], plain)) == expected, "Numba and NumPy differ"
        everything = added(everything, expected)
        for name, rules in systems.items():
            _openfisca(name, rules, piece, pack, watch, rounds, expected)
        if "duckdb" in engines:
            for number in range(rounds):
                duck = watch.time("DuckDB, full rows", lambda piece=piece: evaluate_duckdb(pack, piece, AS_OF), number)
            assert fingerprint(duck) == expected, "Polars and DuckDB differ"
        done += piece.height
        if people > PIECE:
            print(f"  ... {done:,}", file=sys.stderr, flush=True)
    print(f"\n{people:,} people, {len(pack.services_on(AS_OF))} services, {everything[0]:,} rows, "
          f"{len(books[ROWS][0]):,} profiles; best of {rounds}; Numba {'' if compiled.possible() else 'not '}there; "
          f"load {_load()}")  # fmt: skip
    for name in watch.spent:
        wall, cpu = watch.best(name)
        print(f"  {name:<54}{wall:9.3f} s  {cpu:9.3f} s of processors  {cpu / people * 1e9:8.0f} ns a person")
    kept = _ratios(watch) if systems else True
    print(f"  the rows of {', '.join(engine for engine in ENGINES[:3] if engine in engines)} are the same", flush=True)
    if "spark" in engines:
        _spark(path, watch, everything, people)
    return kept


def _renumbered(one: pl.Series, other: pl.Series) -> bool:
    """Whether both put the same people together, whatever number they have."""
    pairs = pl.DataFrame({"one": one, "other": other}).n_unique()
    return one.n_unique() == other.n_unique() == pairs


def _ours(books: dict[str, list[Book]], number: int, ready: pl.DataFrame, watch: Watch) -> tuple[Any, Any, Any]:
    """One round over one piece: the profiles, the rows as a table of codes, and the rows as texts."""
    people = ready["person_id"]
    compiled.load()
    met = watch.time(PROFILES, lambda: books[PROFILES][number].read(ready), number)
    book = books[ROWS][number]
    table = watch.time(ROWS, lambda: book.coded(people, book.read(ready)), number)
    rows = watch.time(TEXTS, lambda: book.long(people, book.read(ready)), number)
    compiled.unload()
    watch.time(PROFILES_NUMPY, lambda: books[PROFILES_NUMPY][number].read(ready), number)
    return met, table, rows


def _warm_up(pack: Pack, systems: dict[str, Any], facts: pl.DataFrame, engines: list[str]) -> None:
    """Everything once, so that nothing is compiled, read or made for the first time within what is measured. What that
    costs for the pack is told: it is paid once for a pack and a day."""
    book_watch, ready = Watch(), with_codes(facts)
    compiled.unload()
    fresh = load_pack(read_pack_sources(MILUO))
    book_watch.time("pack", lambda: Book(fresh, AS_OF, people=PIECE))
    print(f"  a pack's keys worked out for the first time: {book_watch.best('pack')[1]:.3f} s of processors, once")
    for load in (compiled.unload, compiled.load):
        load()
        book = Book(pack, AS_OF, people=PIECE)
        book.coded(facts["person_id"], book.read(ready))
    for name, rules in systems.items():
        _openfisca(name, rules, facts, pack, Watch(), 1, None)
    if "duckdb" in engines:
        evaluate_duckdb(pack, facts.head(1000), AS_OF)


def _openfisca(
    name: str, rules: Any, piece: pl.DataFrame, pack: Pack, watch: Watch, rounds: int, expected: tuple[int, int] | None
) -> None:
    """One way to write the rules, over one piece; its rows must be the expected ones."""
    peer, services = PEERS[name], pack.services_on(AS_OF)
    given = watch.time(f"facts to numbers, OpenFisca {name}", lambda: peer.inputs(piece))
    for number in range(rounds):
        found = watch.time(f"OpenFisca {name}, statuses and amounts", lambda: peer.run(rules, given), number)
        rows = watch.time(
            f"OpenFisca {name}, these as rows",
            lambda found=found: _fisca.rows(piece["person_id"], found, services, pack.hash), number,
        )  # fmt: skip
    assert expected is None or fingerprint(rows) == expected, f"Polars and OpenFisca ({name}) differ"


def _ratios(watch: Watch) -> bool:
    """Prints how many times OpenFisca's speed ours is; whether the promises were kept, by the time of processors, which
    depends less than the clock on what else the machine does, against the country package."""
    kept = True
    for name in PEERS:
        arrays, rows = (watch.best(f"OpenFisca {name}, {what}") for what in ("statuses and amounts", "these as rows"))
        whole = (arrays[0] + rows[0], arrays[1] + rows[1])
        for ours, theirs, what, promised in (
            (ROWS, whole, "full rows", FULL_ROWS_PROMISED),
            (TEXTS, whole, "full rows as texts", None),
            (ROWS, arrays, "our full rows, its statuses and amounts alone", None),
            (PROFILES, arrays, "profile form, its statuses and amounts", PROFILES_PROMISED),
            (PROFILES_NUMPY, arrays, "the same without Numba", None),
        ):  # fmt: skip
            wall, cpu = (their / our for their, our in zip(theirs, watch.best(ours), strict=True))
            told = ""
            if promised is not None and name == "country package":
                kept &= cpu >= promised
                told = f"  promised {promised}: {'reached' if cpu >= promised else 'MISSED'}"
            print(f"  times OpenFisca ({name}), {what:<48}{cpu:7.1f} by processors {wall:7.1f} by the clock{told}")
    if "DuckDB, full rows" in watch.spent:
        duck, ours = watch.best("DuckDB, full rows"), watch.best(TEXTS)
        by = f"{duck[1] / ours[1]:.1f} by processors {duck[0] / ours[0]:.1f} by the clock"
        print(f"  times DuckDB, full rows as texts {by}")
    return kept


def _load() -> str:
    return ", ".join(f"{value:.1f}" for value in os.getloadavg())


def _spark(path: Path, watch: Watch, expected: tuple[int, int], people: int) -> None:
    """From file to folder by Spark on this machine; the rows must be those of Polars."""
    from yinian.cli import sparkengine

    pack = load_pack(read_pack_sources(MILUO))
    with tempfile.TemporaryDirectory() as folder, sparkengine.session() as spark:
        given = sparkengine.facts_view(spark, path.resolve().as_uri(), str(path))
        table = sparkengine.answers(spark, pack, AS_OF, given, with_not_due=False)
        out = Path(folder) / "due"
        watch.time(SPARK, lambda: table.write.parquet(out.as_uri()))
        found = (0, 0)
        for part in sorted(out.glob("*.parquet")):
            with pq.ParquetFile(part) as source:
                for batch in source.iter_batches(batch_size=PIECE):
                    rows = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))
                    found = added(found, fingerprint(rows))
        assert found == expected, "Polars and Spark differ"
    speed = people / watch.best(SPARK)[0]
    told = f"{watch.best(SPARK)[0]:.0f} s, {speed:,.0f} people a second by the clock"
    print(f"  the rows of spark are the same: {told}", flush=True)


def file_to_file(path: Path, people: int) -> bool:
    """The command itself in a process of its own, from Parquet to Parquet; whether it stayed within the memory."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        out = Path(folder) / "due.parquet"
        command = [sys.executable, "-m", "yinian.cli", "entitle", "--pack", MILUO, "--facts", str(path), "--as-of",
                   AS_OF.isoformat(), "--out", str(out), "--json", "--timing"]  # fmt: skip
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        told = json.loads(done.stdout)
        size = out.stat().st_size / 2**20
    timing = told["timing"]
    held = timing["peak_mib"] <= MEMORY_ALLOWED
    print(f"  Parquet to Parquet: {timing['seconds']:.1f} s by the clock, {spent:.1f} s of processors, at most "
          f"{timing['peak_mib']:,} MiB in memory, {told['rows']:,} rows, {size:,.0f} MiB written; within "
          f"{MEMORY_ALLOWED:,} MiB: {'reached' if held else 'MISSED'}; load {_load()}")  # fmt: skip
    hours = NATION / people * timing["seconds"] / 3600
    print(f"  a nation at this speed on one such machine: {NATION:,} / {people:,} x {timing['seconds']:.1f} s = "
          f"{hours:.2f} h")  # fmt: skip
    return bool(held)


def main() -> int:
    """Prints the machine, its load, and every size in turn; 1 when a promise was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", default=str(COUNTY_PEOPLE), help="sizes, separated by commas")
    parser.add_argument("--engines", default=",".join(ENGINES), help="of polars, openfisca, duckdb, spark")
    args = parser.parse_args()
    print(describe())
    print(f"polars {pl.__version__}, duckdb {duckdb.__version__}; load before {_load()} on {os.cpu_count()} cores")
    pack = load_pack(read_pack_sources(MILUO))
    listed = {bound.service.id: len(bound.tests) for bound in pack.services_on(AS_OF)}
    assert listed == {service: len(tests) for service, tests in _fisca.SERVICES.items()}, "the pack has changed"
    kept, began = True, time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="yinian-bench-") as folder:
        for people in (int(size) for size in args.people.split(",")):
            path = Path(folder) / f"{people}.parquet"
            write_people(path, people)
            kept &= measure(pack, path, people, args.engines.split(","))
            kept &= file_to_file(path, people)
            path.unlink()
            print(f"  ({time.perf_counter() - began:,.0f} s into the run)", flush=True)
    print(f"load after {_load()}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
