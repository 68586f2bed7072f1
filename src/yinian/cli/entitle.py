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
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from yinian.cli.answerfiles import AnswerFile
from yinian.cli.arguments import add_as_of, input_errors, loaded_pack, print_json, write_whole
from yinian.cli.errors import InputError
from yinian.cli.factfiles import FactFile, Persons
from yinian.engines.entitlement.errors import FactsError
from yinian.engines.entitlement.evaluate import STATUS_NAMES, Stream, coded
from yinian.engines.entitlement.model import Pack

ENGINES = ("polars", "duckdb")
SUFFIXES = (".parquet", ".csv")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--pack", required=True, metavar="PATH", help="a pack's folder, or a path such as cn/hunan")
    parser.add_argument("--facts", required=True, type=Path, metavar="FILE", help=".parquet or .csv")
    add_as_of(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help=".parquet or .csv")
    parser.add_argument(
        "--engine", default="polars", metavar="|".join(ENGINES),
        help="polars (default), or duckdb, the independent second engine",
    )  # fmt: skip
    parser.add_argument("--with-not-due", action="store_true", help="keep the rows that are not due as well")
    parser.add_argument(
        "--path", choices=("profiles", "rows"),
        help="work out each distinct profile once, or row by row; without it the engine chooses",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print counts by service and status as JSON")
    parser.add_argument("--timing", action="store_true", help="say which way was taken, time and memory")


def run(args: argparse.Namespace) -> int:
    """Evaluates and writes; prints how many rows of each status."""
    begun = time.perf_counter()
    if args.engine not in ENGINES:
        raise InputError(f"--engine {args.engine}: expected {' or '.join(ENGINES)}")
    suffix = args.out.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{args.out}: expected a name ending in .parquet or .csv")
    pack = loaded_pack(args.pack)
    facts = FactFile(args.facts)
    told: dict[str, Any] = {}

    def write(draft: Path) -> None:
        with AnswerFile(draft, suffix) as answers:
            for piece in _answers(args, pack, facts, told):
                answers.write(piece)
        told.update(rows=answers.rows, status=answers.status)

    write_whole(args.out, write)
    counts = told["status"]
    ordered = {status: counts.get(status, 0) for status in STATUS_NAMES if status in counts or status == "due"}
    timing = {
        "engine": args.engine, **told["way"], "seconds": round(time.perf_counter() - begun, 3),
        "peak_mib": peak_mib(),
    }  # fmt: skip
    if args.json:
        document = {
            "people": told["people"], "rows": told["rows"], "pack_hash": pack.hash,
            "as_of": args.as_of.isoformat(), "status": ordered,
        }  # fmt: skip
        print_json({**document, "timing": timing} if args.timing else document)
        return 0
    words = ", ".join(f"{count} {status}" for status, count in ordered.items())
    print(f"{args.out}: {told['rows']} rows for {told['people']} people ({words})")
    if args.timing:
        print(", ".join(f"{name} {value}" for name, value in timing.items()))
    return 0


def _answers(
    args: argparse.Namespace, pack: Pack, facts: FactFile, told: dict[str, Any]
) -> Iterator[pl.DataFrame | pa.Table]:
    """The answers piece by piece; `told` learns how many people there were and which way was taken."""
    persons = Persons(facts)
    with input_errors(str(args.facts)):
        stream = Stream(pack, args.as_of, with_not_due=args.with_not_due, people=facts.people, path=args.path)
    people = 0
    for start, piece in facts.pieces(stream.book.facts):
        persons.add(start, piece["person_id"])
        people += piece.height
        with input_errors(str(args.facts)):
            try:
                answers = _answered(args, pack, stream, piece)
            except FactsError as error:
                row = None if error.row is None else start + error.row
                raise FactsError(error.reason, row, error.column) from None
        yield answers
    persons.check()
    way: dict[str, Any] = {}
    if args.engine == "polars":
        way["path"] = stream.path
        if stream.path == "profiles":
            way["profiles"] = len(stream.book)
    told.update(people=people, way=way)


def _answered(args: argparse.Namespace, pack: Pack, stream: Stream, piece: pl.DataFrame) -> pl.DataFrame | pa.Table:
    as_csv = args.out.suffix.lower() == ".csv"
    if args.engine == "duckdb":
        from yinian.engines.entitlement.duck import evaluate_duckdb

        rows = evaluate_duckdb(pack, piece, args.as_of, with_not_due=args.with_not_due)
        return rows if as_csv else coded(rows)
    return stream.answer(piece) if as_csv else stream.answer_coded(piece)


def peak_mib() -> int:
    """The most memory this process has held, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1 << 20 if sys.platform == "darwin" else 1 << 10)
