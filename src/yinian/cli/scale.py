"""The assessment scales: which there are, whether the county's files for them are right, and files to fill in."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from yinian.cli.arguments import print_json, write_whole
from yinian.cli.errors import InputError
from yinian.core.scalefiles import overlaid, read_scale, scale_ids
from yinian.core.scalesheets import write_wording_sheet
from yinian.engines.scale import Scale, ScaleError


def add_overlay(parser: argparse.ArgumentParser) -> None:
    """The `--region` and `--overlay` arguments, which say whose scales are meant."""
    parser.add_argument(
        "--region", default="", metavar="CODE", help="division code, where a region has files of its own"
    )
    parser.add_argument(
        "--overlay", type=Path, metavar="FOLDER", help="the county's files (default: scales in the data folder)"
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    ways = parser.add_subparsers(dest="way", required=True, metavar="list|show|check|template")
    for name, text in (("list", "the scales there are"), ("show", "one scale with all its parts and sources")):
        way = ways.add_parser(name, help=text)
        if name == "show":
            way.add_argument("scale", metavar="ID")
        add_overlay(way)
        way.add_argument("--json", action="store_true", help="print one JSON document")
    check = ways.add_parser("check", help="every scale, and every file a county has laid over one")
    check.add_argument("--overlay", type=Path, metavar="FOLDER", help="default: scales in the data folder")
    template = ways.add_parser("template", help="a file to fill in")
    template.add_argument("kind", choices=("wording", "confirmation"))
    template.add_argument("scale", metavar="ID")
    template.add_argument("--out", required=True, type=Path, metavar="FILE", help=".xlsx for wording, else .yaml")


def run(args: argparse.Namespace) -> int:
    """Lists, shows, checks, or writes a file to fill in."""
    try:
        return {"list": _list, "show": _show, "check": _check, "template": _template}[args.way](args)
    except ScaleError as error:
        raise InputError(str(error)) from None


def _list(args: argparse.Namespace) -> int:
    scales = [read_scale(scale_id, args.region, args.overlay) for scale_id in scale_ids()]
    if args.json:
        print_json([_summary(scale) for scale in scales])
    else:
        for scale in scales:
            print(_line(scale))
    return 0


def _summary(scale: Scale) -> dict[str, Any]:
    return {
        "id": scale.id,
        "version": scale.version,
        "name": asdict(scale.name),
        "items": len(scale.items),
        "max": scale.max,
        "confidence": scale.confidence,
        "decisive": scale.decisive,
        "not_decisive": None if scale.not_decisive is None else asdict(scale.not_decisive),
        "unverified": list(scale.unverified),
        "confirmation": None if scale.confirmation is None else _plain(asdict(scale.confirmation)),
        "wording": None if scale.wording is None else asdict(scale.wording),
        "hash": scale.hash,
    }


def _line(scale: Scale) -> str:
    said = "decides" if scale.decisive else f"decides nothing: {', '.join(scale.unverified)} to be confirmed"
    words = "our own wording" if scale.wording is None else f"wording of {scale.wording.document}"
    return (
        f"{scale.id} {scale.version}  {scale.name.zh}  {len(scale.items)} items, at most {scale.max}; {said}; {words}"
    )


def _show(args: argparse.Namespace) -> int:
    scale = read_scale(args.scale, args.region, args.overlay)
    if args.json:
        print_json(_whole(scale))
        return 0
    print(_line(scale))
    for dimension in scale.dimensions:
        print(f"\n{dimension.code} {dimension.name.zh} ({dimension.max})")
        for item in scale.items_of(dimension.code):
            print(f"  {item.code} {item.name.zh} [{item.source.confidence}, points {item.points_source.confidence}]")
            for option in item.options:
                print(f"    {option.score:>3}  {option.text.zh}")
    print()
    for level in scale.levels:
        bounds = "" if level.min is None else f" {level.min} to {level.max}"
        print(f"{level.level} {level.name.zh}{bounds} [{level.source.confidence}]")
    for point in scale.open_points:
        print(f"? {point.note.zh}")
    return 0


def _whole(scale: Scale) -> Any:
    document = {name: value for name, value in asdict(scale).items() if name not in ("by_code", "by_name")}
    return _plain({**document, "confidence": scale.confidence, "max": scale.max})


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case date():
            return value.isoformat()
        case _:
            return value


def _check(args: argparse.Namespace) -> int:
    for region, scale in overlaid(args.overlay):
        print(f"{region or 'everywhere'}: {_line(scale)}")
    return 0


def _template(args: argparse.Namespace) -> int:
    scale = read_scale(args.scale)
    if args.kind == "confirmation" and not scale.unverified:
        raise ScaleError(f"{scale.id} has nothing left to confirm")
    if args.kind == "wording" and args.out.suffix == ".xlsx":

        def write(draft: Path) -> None:
            with draft.open("wb") as stream:
                write_wording_sheet(scale, stream)

        write_whole(args.out, write)
        return 0
    if args.out.suffix != ".yaml":
        expected = ".xlsx or .yaml" if args.kind == "wording" else ".yaml"
        raise InputError(f"{args.out}: expected a file name that ends in {expected}")
    lines = list(_wording_lines(scale) if args.kind == "wording" else _confirmation_lines(scale))

    def write_lines(draft: Path) -> None:
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")

    write_whole(args.out, write_lines)
    return 0


def _head(scale: Scale) -> Iterator[str]:
    number = scale.standard.number
    yield f"scale: {scale.id}"
    yield f'version: "{scale.version}"'
    yield f"document: {{title: {scale.standard.title}, number: {'null' if number is None else number}}}"


def _wording_lines(scale: Scale) -> Iterator[str]:
    yield "# 把每一条的标准原文填入引号内；没有 score 的是释义，不填的整条删去"
    yield from _head(scale)
    yield "texts:"
    for item in scale.items:
        yield f"  # {item.code} {item.name.zh}"
        yield f"  - item: {item.code}"
        yield '    text: ""'
        for option in item.options:
            yield f"  - item: {item.code}"
            yield f"    score: {option.score}   # {option.text.zh}"
            yield '    text: ""'


def _confirmation_lines(scale: Scale) -> Iterator[str]:
    yield "# 对照正式文本，把下列各部分的数值逐项重新填写；#后是本平台未核实的数值，仅供对照"
    yield from _head(scale)
    yield "confirmed_by:      # 核对的单位"
    yield "confirmed_on:      # 核对日期，如2025-03-01"
    if "points" in scale.unverified:
        yield "points:"
        for item in scale.items:
            yield f"  {item.code}:   # {item.name.zh} {sorted(item.scores)}"
    if "dimension_levels" in scale.unverified:
        yield "dimension_levels:"
        for dimension in scale.dimensions:
            ranges = [list(pair) for pair in scale.dimension_levels[dimension.code].ranges]
            yield f"  {dimension.code}:   # {dimension.name.zh} {ranges}"
    if "combination" in scale.unverified and scale.combination is not None:
        names = "、".join(name.zh for name in scale.dimension_level_names)
        yield "combination:"
        yield f"  matrix:   # 行、列依次为{names} {[list(row) for row in scale.combination.matrix]}"
