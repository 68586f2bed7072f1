"""`verify-audit`: recompute the audit chain, outside the database that keeps it."""

import argparse
import json

from yinian.cli import platform, supervisor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--head", default="", metavar="HASH", help="a head exported earlier that must be in the chain")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """0 when the chain is whole, 1 when it is not."""

    def verify() -> int:
        with platform.database():
            platform.setup_django()
            from yinian.core.audit.queries import verify as check

            verdict = check(args.head)
            platform.close_connections()
        if args.json:
            print(json.dumps({"whole": verdict.whole, **verdict.__dict__}, ensure_ascii=False))
        elif verdict.whole:
            print(f"The audit chain is whole: {verdict.rows:,} rows, head {verdict.head or '(empty)'}")
        else:
            where = f" at position {verdict.broken_at}" if verdict.broken_at else ""
            print(f"The audit chain is NOT whole{where}: {verdict.problem}. Rows read: {verdict.rows:,}.")
        return 0 if verdict.whole else 1

    return supervisor.guarded(verify)
