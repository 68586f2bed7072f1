"""`entitle --engine spark`: which way the facts come in and the answers go out."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from yinian.cli import sparkengine
from yinian.cli.arguments import input_errors, write_whole
from yinian.cli.entitle import SUFFIXES, Told
from yinian.cli.errors import InputError
from yinian.cli.factfiles import FactFile
from yinian.engines.entitlement.facts import FACTS
from yinian.engines.entitlement.model import Pack


def run_on_spark(args: argparse.Namespace, pack: Pack) -> Told:
    """One file in and out on this machine, in the order of the facts; or folders and addresses of a cluster."""
    settings = dict(_setting(text) for text in args.spark)
    to_file = Path(args.out).suffix.lower() in SUFFIXES and "://" not in args.out
    if to_file and args.partition:
        raise InputError(f"{args.out}: with --partition the answers are a folder; expected a name without ending")
    with tempfile.TemporaryDirectory(prefix="yinian-facts-") as folder:
        facts = _readable(args.facts, Path(folder))
        with sparkengine.session(args.master, settings) as spark, input_errors(args.facts):
            given = sparkengine.facts_view(spark, facts, args.facts, args.partition)
            if args.partition and (args.partition not in given or args.partition in FACTS):
                raise InputError(f"--partition {args.partition}: expected a column of the facts that is no fact")
            people = sparkengine.check_facts(spark, pack, args.as_of, args.facts, given)
            told = Told(people, way={"spark": spark.version, "master": spark.sparkContext.master})
            if to_file:
                sparkengine.put_in_order(spark, people)
            table = sparkengine.answers(spark, pack, args.as_of, given, args.with_not_due, args.partition)
            if to_file:
                out = Path(args.out)

                def write(draft: Path) -> None:
                    told.rows, told.status = sparkengine.write_file(table, draft, out.suffix.lower())

                write_whole(out, write)
            else:
                address = args.out if "://" in args.out else Path(args.out).resolve().as_uri()
                told.rows, told.status = sparkengine.write_folder(spark, table, address, args.partition)
    return told


def _readable(facts: str, folder: Path) -> str:
    """The address that Spark reads; a CSV is checked and made Parquet first."""
    if "://" in facts:
        return facts
    path = Path(facts)
    if not path.is_dir():
        file = FactFile(path)
        if file.suffix == ".csv":
            path = sparkengine.as_parquet(file, folder)
    return path.resolve().as_uri()


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.startswith("spark."):
        raise InputError(f"--spark {text}: expected a setting such as spark.executor.memory=8g")
    return key, value
