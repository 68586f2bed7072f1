"""Who is due what: one row per person and service, from a policy pack and a table of facts.

Columns: person_id, service_id, status, amount_fen, period, unknown_tests, false_tests, pack_hash, as_of. The two
lists of tests are ids joined by ';', in CSV and in Parquet alike.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

from yinian.cli.arguments import add_as_of, input_errors, loaded_pack, print_json, write_whole
from yinian.cli.errors import InputError
from yinian.cli.factfiles import read_facts
from yinian.engines.entitlement.evaluate import STATUS_NAMES, evaluate

ENGINES = ("polars", "duckdb")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--pack", required=True, metavar="PATH", help="a pack's folder, or a path such as cn/hunan")
    parser.add_argument("--facts", required=True, type=Path, metavar="FILE", help=".parquet or .csv")
    add_as_of(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help=".parquet or .csv")
    parser.add_argument(
        "--engine", default="polars", metavar="|".join(ENGINES),
        help="polars (default), or duckdb, the independent second engine; others are not part of this release",
    )  # fmt: skip
    parser.add_argument("--with-not-due", action="store_true", help="keep the rows that are not due as well")
    parser.add_argument("--json", action="store_true", help="print counts by service and status as JSON")


def run(args: argparse.Namespace) -> int:
    """Evaluates and writes; prints how many rows of each status."""
    if args.engine not in ENGINES:
        raise InputError(f"--engine {args.engine}: expected {' or '.join(ENGINES)}")
    if args.out.suffix.lower() not in (".parquet", ".csv"):
        raise InputError(f"{args.out}: expected a name ending in .parquet or .csv")
    pack = loaded_pack(args.pack)
    facts = read_facts(args.facts)
    with input_errors(str(args.facts)):
        if args.engine == "duckdb":
            from yinian.engines.entitlement.duck import evaluate_duckdb

            answers = evaluate_duckdb(pack, facts, args.as_of, with_not_due=args.with_not_due)
        else:
            answers = evaluate(pack, facts, args.as_of, with_not_due=args.with_not_due)
    write_whole(args.out, lambda draft: _write(answers, draft, args.out.suffix.lower()))
    counts = dict(answers.group_by("status").len().iter_rows())
    ordered = {status: counts.get(status, 0) for status in STATUS_NAMES if status in counts or status == "due"}
    if args.json:
        print_json(
            {
                "people": facts.height, "rows": answers.height, "pack_hash": pack.hash,
                "as_of": args.as_of.isoformat(), "status": ordered,
            }
        )  # fmt: skip
    else:
        words = ", ".join(f"{count} {status}" for status, count in ordered.items())
        print(f"{args.out}: {answers.height} rows for {facts.height} people ({words})")
    return 0


def _write(answers: pl.DataFrame, draft: Path, suffix: str) -> None:
    if suffix == ".csv":
        empty_lists = [
            pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in ("unknown_tests", "false_tests")
        ]
        answers.with_columns(empty_lists).write_csv(draft)
    else:
        answers.write_parquet(draft, compression="zstd")
