"""The result of an assessment: the scale's points, initial level, what adjusts it, final level, from a JSON file.

The file holds {"items": {code: points}, …}; an item may also be named by its Chinese name. An input of the scale's
adjustments that the file leaves out counts as absent, and the result lists it under `assumed`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yinian.cli.arguments import print_json
from yinian.cli.errors import InputError
from yinian.cli.scale import add_overlay
from yinian.core.scalefiles import read_scale, read_text
from yinian.engines.scale import Scale, ScaleError, Scored, score, self_assess

COMMON_INPUTS = {"coma": False, "dementia": False, "mental_disorder": False, "risk_events": 0}
"""What the file may always hold; a scale that does not read one takes it only where it says no."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--scale", required=True, metavar="ID", help="gbt42195, ltci or tekun")
    parser.add_argument("file", type=Path, metavar="FILE.json", help="the answers")
    add_overlay(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--language", choices=("zh", "en"), default="zh", help="of names and reasons")
    parser.add_argument(
        "--self-assessment", action="store_true", help="the file is a self-assessment: {item: independent|…}"
    )


def run(args: argparse.Namespace) -> int:
    """Scores one file."""
    try:
        scale = read_scale(args.scale, args.region, args.overlay)
    except ScaleError as error:
        raise InputError(str(error)) from None
    answers = _read(args.file)
    try:
        document = _self_assessed(scale, answers) if args.self_assessment else _scored(scale, answers, args.language)
    except ScaleError as error:
        raise InputError(f"{args.file}: {error}") from None
    if args.json:
        print_json(document)
    else:
        for key, value in document.items():
            print(f"{key}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    return 0


def _scored(scale: Scale, answers: Mapping[str, Any], language: str) -> dict[str, Any]:
    given = dict(answers)
    own = {entry.id: entry.type for entry in scale.inputs}
    for name, absent in COMMON_INPUTS.items():
        if name in given and name not in own:
            if given[name] is not absent and (isinstance(absent, bool) or given[name] != 0):
                raise ScaleError(f"is not part of {scale.id}, which has no such adjustment; leave it out", item=name)
            del given[name]
    assumed = [name for name in own if name not in given]
    given |= {name: False if own[name] == "boolean" else 0 for name in assumed}
    result: Scored = score(scale, given)
    return {**result.to_json(language), "assumed": assumed}


def _self_assessed(scale: Scale, answers: Mapping[str, Any]) -> dict[str, Any]:
    result = self_assess(scale, answers)
    return {
        "scale": scale.id,
        "grade": result.grade,
        "may_apply": result.may_apply,
        "dependent": {"a": result.dependent_a, "b": result.dependent_b},
    }


def _read(file: Path) -> Mapping[str, Any]:
    """The one JSON object of a file. Raises InputError."""
    try:
        text = read_text(file)
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except ScaleError as error:
        raise InputError(str(error)) from None
    except json.JSONDecodeError as error:
        raise InputError(f"{file}:{error.lineno}: is not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: is not usable JSON: {error}") from None
    if not isinstance(document, dict):
        raise InputError(f'{file}: holds no JSON object; expected {{"items": {{code: points}}, …}}')
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"item {key} is given twice; expected once")
        found[key] = value
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a number")
