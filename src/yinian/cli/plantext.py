"""A plan as .txt, .html, .docx or .pdf: its outline, units, tasks, targets, money, projects and tables, with doubts."""

from __future__ import annotations

import argparse
from pathlib import Path

from yinian.cli.arguments import print_json
from yinian.cli.errors import InputError
from yinian.engines.plantext import Plan, ReadingError, read_document, to_document


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the plan: .txt .html .docx .pdf")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--tasks",
        choices=("auto", "items", "sentences"),
        default="auto",
        help="what is a task: items 一是, 二是 … or each sentence of a working section (default: as the plan does)",
    )


def run(args: argparse.Namespace) -> int:
    """Reads one plan."""
    try:
        data = args.file.read_bytes()
    except OSError as error:
        raise InputError(f"{args.file}: cannot be read: {error.strerror or error}") from None
    try:
        plan = read_document(args.file.name, data, args.tasks)
    except ReadingError as error:
        raise InputError(f"{args.file}: {error}") from None
    if args.json:
        print_json(to_document(plan))
    else:
        _tell(plan)
    return 0


def _tell(plan: Plan) -> None:
    """What a person wants to see first."""
    meta = plan.meta
    print(meta.title or "(no title)")
    print(" · ".join(part for part in (meta.issuer, meta.doc_no, meta.date) if part))
    for name in ("outline", "units", "tasks", "targets", "money", "projects", "tables", "doubts"):
        print(f"{name}: {len(getattr(plan, name))}")
    for doubt in plan.doubts:
        facts = ", ".join(f"{key} {value}" for key, value in doubt.facts.items())
        print(f"  {doubt.start}-{doubt.end} {doubt.code}{': ' + facts if facts else ''}")
