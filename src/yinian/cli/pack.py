"""Checks a policy pack, or shows the merged pack in force on a day. Works on files: it knows no county's amendments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from yinian.cli.arguments import add_as_of, input_errors, loaded_pack, print_json
from yinian.core.packfiles import packs_beside, read_examples, read_pack_sources, read_text
from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.evaluate import check_arithmetic
from yinian.engines.entitlement.examples import run_examples
from yinian.engines.entitlement.explain import as_json, clause_of, parameters_used
from yinian.engines.entitlement.located import read_yaml
from yinian.engines.entitlement.model import Pack, Parameter, Service
from yinian.engines.entitlement.pack import PACK_FILE, load_pack
from yinian.engines.entitlement.review import VERIFIED, confidences, review
from yinian.engines.entitlement.tree import Value, round_half_away


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    ways = parser.add_subparsers(dest="way", required=True, metavar="check|show")
    check = ways.add_parser("check", help="validates the pack, all it extends, and the worked examples beside it")
    check.add_argument("path", metavar="PATH", help="a pack's folder, or a path such as cn/hunan")
    check.add_argument("--json", action="store_true", help="print one JSON document")
    show = ways.add_parser(
        "show", help="shows the merged pack in force, by its files alone; a county's amendments are in its database"
    )
    show.add_argument("path", metavar="PATH", help="a pack's folder, or a path such as cn/hunan")
    add_as_of(show)
    show.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Checks or shows."""
    pack = loaded_pack(args.path)
    if args.way == "check":
        return _check(pack, args)
    with input_errors():
        shown = shown_pack(pack, args.as_of)
    if args.json:
        print_json(shown)
    else:
        _print(shown)
    return 0


def _check(pack: Pack, args: argparse.Namespace) -> int:
    warnings = list(pack.warnings)
    usable_from = None
    for day in pack.turning_days():
        try:
            pack.services_on(day)
        except PackError as error:
            if day == pack.turning_days()[-1]:
                warnings.append(str(error))
            usable_from = None
            continue
        usable_from = usable_from or day
        with input_errors():
            check_arithmetic(pack, day)
    with input_errors():
        folder, beside = packs_beside(args.path)
        _check_region(pack, folder, beside)
        examples = run_examples(pack, read_examples(folder), str(args.path))
    notes = review(pack, _below(folder, beside))
    standing = confidences(pack)
    for warning in warnings:
        print(warning, file=sys.stderr)
    if args.json:
        print_json(
            {
                "ok": True, "pack": pack.name, "region": pack.region, "hash": pack.hash,
                "services": len(pack.services), "parameters": len(pack.parameters),
                "documents": len(pack.documents), "indicators": len(pack.indicators),
                "usable_from": as_json(usable_from), "examples": examples, "warnings": warnings,
                "notes": [{"file": note.file, "line": note.line, "text": note.text} for note in notes],
                "confidence": {confidence: list(names) for confidence, names in standing.items()},
            }
        )  # fmt: skip
    else:
        print(
            f"{args.path}: right; {len(pack.services)} services, {len(pack.parameters)} parameters, "
            f"{len(pack.documents)} documents, {len(pack.indicators)} indicators, {examples} worked examples; "
            f"{'' if usable_from is None else f'every figure known from {usable_from}; '}hash {pack.hash}"
        )
        for note in notes:
            print(f"  {note}")
        for confidence, names in standing.items():
            if names:
                told = "" if confidence == VERIFIED else f": {', '.join(names)}"
                print(f"  {confidence} {len(names)}{told}")
    return 0


def _check_region(pack: Pack, folder: Path, beside: Mapping[str, Path]) -> None:
    """Raises PackError where another pack beside this one is for the same region: only one can be in force."""
    for name, other in beside.items():
        if other == folder:
            continue
        head = read_yaml(read_text(other / PACK_FILE), f"{name}/{PACK_FILE}")
        if isinstance(head.data, dict) and head.data.get("region") == pack.region:
            own = read_yaml(read_text(folder / PACK_FILE), f"{pack.name}/{PACK_FILE}")
            raise own.fail(f"region {pack.region} is claimed by `{name}`, too; one region has one pack", ("region",))


def _below(folder: Path, beside: Mapping[str, Path]) -> list[Pack]:
    """The packs in folders under this one, as far as they are right; checking them says what is wrong with them."""
    found = []
    for other in beside.values():
        if other != folder and other.is_relative_to(folder):
            with suppress(PackError):
                found.append(load_pack(read_pack_sources(other)))
    return found


def shown_pack(pack: Pack, as_of: date) -> dict[str, Any]:
    """The merged pack in force on a day as plain data. Raises PackError."""
    pack.services_on(as_of)
    values = pack.parameters_on(as_of)
    return {
        "pack": pack.name,
        "region": pack.region,
        "label": as_json(pack.label),
        "as_of": as_of.isoformat(),
        "hash": pack.hash,
        "documents": [as_json(document) for document in pack.documents.values()],
        "parameters": {
            name: _parameter(pack, parameter, values[name], as_of)
            for name, parameter in pack.parameters.items()
            if name in values
        },
        "services": [_service(pack, service) for service in pack.services if service.in_force(as_of)],
        "off": {name: as_json(source) for name, source in pack.off.items()},
        **{name: pack.canonical[name] for name in pack.extras},
    }


def _parameter(pack: Pack, parameter: Parameter, value: Value, as_of: date) -> dict[str, Any]:
    used = parameters_used(pack, (parameter.id,), as_of)[0]
    return {
        "label": as_json(parameter.label),
        "unit": parameter.unit,
        "value": plain_value(value, parameter.unit),
        "exact": str(value),
        "given": used.text,
        "from": used.since.isoformat(),
        "source": as_json(used.clause),
        "reference": as_json(used.reference),
        "note": as_json(parameter.note),
        "pack": parameter.pack,
    }


def plain_value(value: Value, unit: str) -> int | float | str | bool | None:
    """A parameter as a reader expects it: money in whole fen, whole numbers whole, ratios as decimals."""
    if isinstance(value, Fraction):
        if unit == "fen":
            return int(round_half_away(value))
        return int(value) if value.denominator == 1 else float(value)
    return value.isoformat() if isinstance(value, date) else value


def _service(pack: Pack, service: Service) -> dict[str, Any]:
    return {
        "id": service.id,
        "label": as_json(service.label),
        "description": as_json(service.description),
        "national_item": service.national_item,
        "kind": service.kind,
        "group": service.group,
        "department": as_json(service.department),
        "who": [
            {"id": test.id, "test": test.text, "label": as_json(test.label), "source": as_json(test.source)}
            for test in service.tests
        ],
        "gives": {"amount": service.amount_text, "period": service.period},
        "higher_of": service.higher_of,
        "not_with": list(service.not_with),
        "apply": service.apply,
        "effective": {"from": as_json(service.effective_from), "to": as_json(service.effective_to)},
        "source": as_json(clause_of(pack, service.source)),
        "reference": as_json(service.reference),
        "note": as_json(service.note),
        "pack": service.pack,
    }


def _print(shown: dict[str, Any]) -> None:
    print(f"{shown['pack']} ({shown['region']}) on {shown['as_of']}\nhash {shown['hash']}\n")
    for name, parameter in shown["parameters"].items():
        borrowed = f"  {parameter['reference']['label']['zh']}" if parameter["reference"] else ""
        print(
            f"  {name} = {parameter['value']} {parameter['unit']}  {parameter['label']['zh']} "
            f"[{parameter['source']['confidence']}]{borrowed}"
        )
    print()
    for service in shown["services"]:
        print(f"  {service['id']}  {service['label']['zh']}  [{service['source']['confidence']}]  {service['pack']}")
        for test in service["who"]:
            print(f"      {test['id']}: {test['test']}")
        if service["gives"]["amount"]:
            print(f"      gives {' '.join(service['gives']['amount'].split())} a {service['gives']['period']}")
