"""Who is due what: one row per person and service, from a policy pack and a table of facts.

Columns: person_id, service_id, status, amount_fen, period, unknown_tests, false_tests, pack_hash, as_of. The two
lists of tests are ids joined by ';', in CSV and in Parquet alike. Both files are read and written piece by piece, so
that memory does not grow with the number of people.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from yinian.cli.answerfiles import AnswerFile
from yinian.cli.arguments import add_as_of, input_errors, loaded_pack, print_json, write_whole
from yinian.cli.errors import InputError
from yinian.cli.factfiles import FactFile, Persons
from yinian.engines.entitlement import compiled
from yinian.engines.entitlement.errors import FactsError
from yinian.engines.entitlement.evaluate import STATUS_NAMES, Stream, coded
from yinian.engines.entitlement.model import Pack

ENGINES = ("polars", "spark", "duckdb")
SUFFIXES = (".parquet", ".csv")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--pack", required=True, metavar="PATH", help="a pack's folder, or a path such as cn/hunan")
    parser.add_argument("--facts", required=True, metavar="FILE", help=".parquet or .csv; Spark: a folder, an address")
    add_as_of(parser)
    parser.add_argument("--out", required=True, metavar="FILE", help=".parquet or .csv; Spark: a folder, an address")
    parser.add_argument(
        "--engine", default="polars", metavar="|".join(ENGINES),
        help="polars (default), spark for a cluster, or duckdb, the independent second engine",
    )  # fmt: skip
    parser.add_argument("--with-not-due", action="store_true", help="keep the rows that are not due as well")
    parser.add_argument(
        "--path", choices=("profiles", "rows"),
        help="work out each distinct profile once, or row by row; without it the engine chooses",
    )  # fmt: skip
    parser.add_argument("--master", metavar="URL", help="Spark: the cluster; this machine where it is not given")
    parser.add_argument("--spark", action="append", default=[], metavar="KEY=VALUE", help="Spark: one of its settings")
    parser.add_argument("--partition", metavar="COLUMN", help="Spark: lay the answers by this column of the facts")
    parser.add_argument("--json", action="store_true", help="print counts by service and status as JSON")
    parser.add_argument("--timing", action="store_true", help="say which way was taken, time and memory")


@dataclass
class Told:
    """What a run came to."""

    people: int = 0
    rows: int = 0
    status: dict[str, int] = field(default_factory=dict)
    way: dict[str, Any] = field(default_factory=dict)


def run(args: argparse.Namespace) -> int:
    """Evaluates and writes; prints how many rows of each status."""
    begun = time.perf_counter()
    _check(args)
    pack = loaded_pack(args.pack)
    if args.engine == "spark":
        from yinian.cli.sparkrun import run_on_spark

        told = run_on_spark(args, pack)
    else:
        told = _run_here(args, pack)
    ordered = {name: told.status.get(name, 0) for name in STATUS_NAMES if name in told.status or name == "due"}
    seconds = round(time.perf_counter() - begun, 3)
    timing = {"engine": args.engine, **told.way, "seconds": seconds, "peak_mib": peak_mib()}
    if args.json:
        document = {
            "people": told.people, "rows": told.rows, "pack_hash": pack.hash,
            "as_of": args.as_of.isoformat(), "status": ordered,
        }  # fmt: skip
        print_json({**document, "timing": timing} if args.timing else document)
        return 0
    words = ", ".join(f"{count} {status}" for status, count in ordered.items())
    print(f"{args.out}: {told.rows} rows for {told.people} people ({words})")
    if args.timing:
        print(", ".join(f"{name} {value}" for name, value in timing.items()))
    return 0


def _check(args: argparse.Namespace) -> None:
    if args.engine not in ENGINES:
        raise InputError(f"--engine {args.engine}: expected {', '.join(ENGINES[:-1])} or {ENGINES[-1]}")
    for name in ("master", "spark", "partition"):
        if getattr(args, name) and args.engine != "spark":
            raise InputError(f"--{name} belongs to --engine spark")
    if args.path and args.engine != "polars":
        raise InputError("--path belongs to --engine polars")
    if Path(args.out).suffix.lower() not in SUFFIXES and args.engine != "spark":
        raise InputError(f"{args.out}: expected a name ending in .parquet or .csv")


def _run_here(args: argparse.Namespace, pack: Pack) -> Told:
    facts, told, out = FactFile(Path(args.facts)), Told(), Path(args.out)

    def write(draft: Path) -> None:
        with AnswerFile(draft, out.suffix.lower()) as file:
            for piece in _answers(args, pack, facts, told):
                file.write(piece)
        told.rows, told.status = file.rows, file.status

    write_whole(out, write)
    return told


def _answers(args: argparse.Namespace, pack: Pack, facts: FactFile, told: Told) -> Iterator[pl.DataFrame | pa.Table]:
    """The answers piece by piece; `told` learns how many people there were and which way was taken."""
    persons = Persons(facts)
    if (facts.people or 0) >= compiled.PEOPLE:
        compiled.load()
    with input_errors(args.facts):
        stream = Stream(pack, args.as_of, with_not_due=args.with_not_due, people=facts.people, path=args.path)
    for start, piece in facts.pieces(stream.book.facts):
        persons.add(start, piece["person_id"])
        told.people += piece.height
        with input_errors(args.facts):
            try:
                answers = _answered(args, pack, stream, piece)
            except FactsError as error:
                row = None if error.row is None else start + error.row
                raise FactsError(error.reason, row, error.column) from None
        yield answers
    persons.check()
    if args.engine == "polars":
        told.way["path"] = stream.path
        if stream.path == "profiles":
            told.way["profiles"] = len(stream.book)


def _answered(args: argparse.Namespace, pack: Pack, stream: Stream, piece: pl.DataFrame) -> pl.DataFrame | pa.Table:
    as_csv = args.out.lower().endswith(".csv")
    if args.engine == "duckdb":
        from yinian.engines.entitlement.duck import evaluate_duckdb

        rows = evaluate_duckdb(pack, piece, args.as_of, with_not_due=args.with_not_due)
        return rows if as_csv else coded(rows)
    return stream.answer(piece) if as_csv else stream.answer_coded(piece)


def peak_mib() -> int:
    """The most memory this process has held, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1 << 20 if sys.platform == "darwin" else 1 << 10)
