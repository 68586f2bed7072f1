"""Who goes to which home: the higher priority first, then the most people, then the least great-circle distance.

People have the columns id, lat, lon, level, priority (the larger number is served first), waiting_since, and may have
sex, kin_lat and kin_lon (distance is then counted from there), couple (two rows with one text stay together), refused
and preferred (ids of homes joined by ';'). Homes have id, lat, lon, levels (like 2;3;4), free_beds, and may have limits
(like 3:2;4:1, how many more of a level the staff may care for). What comes out has person_id, home_id, km. The answer
is proven; docs/placement.md says how.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

from yinian.cli.arguments import print_json, write_whole
from yinian.cli.errors import InputError
from yinian.cli.placefiles import read_homes, read_people
from yinian.engines.placement import Placement, PlacementError, Proof, place
from yinian.engines.placement.model import REASONS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--people", required=True, type=Path, metavar="FILE.csv", help="who is to be placed")
    parser.add_argument("--homes", required=True, type=Path, metavar="FILE.csv", help="homes with their free beds")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE.csv", help="person_id, home_id, km")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Places and writes; tells how many, how far and what is proven."""
    if args.out.resolve() in (args.people.resolve(), args.homes.resolve()):
        raise InputError(f"{args.out}: is read from; expected another file to write to")
    people, homes = read_people(args.people), read_homes(args.homes)
    try:
        answer = place(people, homes)
    except PlacementError as error:
        raise InputError(f"{args.people}, {args.homes}: {error}") from None
    write_whole(args.out, lambda draft: _write(draft, answer))
    if args.json:
        print_json(document(answer))
        return 0
    proven = "nothing better exists" if answer.proof.optimal else "a better placement is not ruled out"
    counted = f"{len(answer.placed)} placed, {len(answer.unplaced)} not, {answer.total_km:.3f} km in all"
    print(f"{args.out}: {counted}; {proven}")
    return 0


def document(answer: Placement) -> dict[str, Any]:
    """What the command tells of a placement."""
    return {
        "placed": len(answer.placed),
        "unplaced": [
            {"person_id": one.person_id, "reason": one.reason.value, "message": REASONS[one.reason]}
            for one in answer.unplaced
        ],
        "total_km": answer.total_km,
        "proof": proof_of(answer.proof),
    }


def proof_of(proof: Proof) -> dict[str, Any]:
    """The proof, distances in kilometres."""
    return {
        "optimal": proof.optimal,
        "method": proof.method,
        "by_priority": [
            {"priority": level, "placed": placed, "at_most": most} for level, most, placed in proof.counts
        ],
        "cost_mm": proof.cost,
        "bound_mm": proof.bound,
        "wish_mm": proof.wish,
        "gap_mm": proof.cost - proof.bound,
        "pairs": proof.pairs,
        "pairs_in_the_flow": proof.arcs,
        "rounds": proof.rounds,
    }


def _write(draft: Path, answer: Placement) -> None:
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["person_id", "home_id", "km"])
        writer.writerows((one.person_id, one.home_id, f"{one.km:.6f}") for one in answer.placed)
