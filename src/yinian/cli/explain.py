"""Every service for one person: every test with its value and the facts it read, the clause, a plain sentence."""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

from yinian.cli.arguments import add_as_of, input_errors, loaded_pack, print_json
from yinian.cli.errors import InputError
from yinian.cli.factfiles import read_facts
from yinian.engines.entitlement.explain import explain

_SHORT = {"due": "应享受", "check": "待核实", "superseded": "不重复", "not_due": "不符合"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--pack", required=True, metavar="PATH", help="a pack's folder, or a path such as cn/hunan")
    parser.add_argument("--facts", required=True, type=Path, metavar="FILE", help=".parquet or .csv")
    add_as_of(parser)
    parser.add_argument("--person", required=True, metavar="ID", help="the person_id to explain")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--language", choices=("zh", "en"), default="zh", help="of the plain sentences")


def run(args: argparse.Namespace) -> int:
    """Explains one person."""
    pack = loaded_pack(args.pack)
    facts = read_facts(args.facts)
    found = facts.filter(pl.col("person_id") == args.person)
    if not found.height:
        raise InputError(f"{args.facts}: no row has the person_id given by --person; expected one of its person_ids")
    with input_errors(str(args.facts)):
        explanation = explain(pack, found.row(0, named=True), args.as_of)
    if args.json:
        print_json(explanation.to_json())
    else:
        for service in explanation.services:
            status = _SHORT[service.status] if args.language == "zh" else service.status
            print(f"[{status}] {service.sentence.in_language(args.language)}")
    return 0
