"""A changed pack against the one in force, for a whole synthetic county: seconds from facts to every figure.

Run: `python benchmarks/whatif.py [SCALE]` in the developers' environment. The county is computed from a seed; no
database is built.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import polars as pl
from _machine import describe

from yinian.core.packfiles import read_pack_sources
from yinian.demo.sources import load_county
from yinian.engines.entitlement import FACTS, PackSource, load_pack
from yinian.engines.entitlement.whatif import behind, budget, compare, sums
from yinian.engines.population import generate

MILUO = "cn/hunan/yueyang/miluo"
AS_OF = date(2026, 3, 1)
SEED = 20250324
COVERED = ("relief", "disability_category", "special_family", "special_contribution", "mental_disorder")
"""Facts of which a department's complete list leaves nobody unknown."""
ABSENT: dict[str, Any] = {"relief": "none", "disability_category": "none"}


def county_facts(scale: float = 1.0, county: str = "430681", as_of: date = AS_OF) -> pl.DataFrame:
    """The facts of everybody in a synthetic county, with `region_code`, from the population engine alone."""
    sources = load_county(county)
    made = generate(sources.spec, sources.divisions, SEED, scale, as_of, sources.boundary)
    frame = made.people.select(
        pl.col("person_no"), pl.col("person_no").cast(pl.String).alias("person_id"),
        pl.coalesce("hamlet", "residence_region").alias("region_code"), "birth_date", "sex", "hukou_region",
        "residence_region", "urban_hukou", pl.col("household_no").alias("household_id"),
    )  # fmt: skip
    spells = made.spells.filter(
        (pl.col("valid_from") <= as_of) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > as_of))
    )
    parts: dict[str, tuple[str, pl.Expr]] = {
        "ability_level": ("ability", pl.col("grade")), "assessed_on": ("ability", pl.col("valid_from")),
        "disability_category": ("disability", pl.col("value")), "disability_grade": ("disability", pl.col("grade")),
        "self_care_failed": ("self_care", pl.col("grade")), "ltc_grade": ("ltc", pl.col("grade")),
        "in_home": ("living", pl.col("value") == "home"),
    }  # fmt: skip
    for fact in FACTS.values():
        if fact.name in frame.columns or fact.name in ("age", "died_on"):
            continue
        value = pl.col("value") == "true" if fact.type == "bool" else pl.col("value")
        kind, part = parts.get(fact.name, (fact.name, value))
        found = spells.filter(pl.col("kind") == kind).unique("person_no", keep="last", maintain_order=True)
        frame = frame.join(found.select("person_no", part.alias(fact.name)), on="person_no", how="left")
    known = [pl.col(name).fill_null(pl.lit(ABSENT.get(name, False))) for name in COVERED]
    return frame.drop("person_no").with_columns(known)


def changed(parameters: str = "", services: str = "") -> list[PackSource]:
    """Miluo's pack with a layer of changes on top."""
    files = {"pack.yaml": f'region: "430681"\nextends: {MILUO}\n', "parameters.yaml": parameters,
             "services/changes.yaml": services}  # fmt: skip
    return [*read_pack_sources(MILUO), PackSource("changed", files)]


FROM_75 = """
advanced_age_from:
  label: {zh: 高龄津贴起始年龄}
  unit: years
  values:
    - {from: 2020-01-01, value: 75, source: {document: miluo-2025-4, confidence: unknown}}
disability_allowance_month:
  label: {zh: 残疾人两项补贴月标准}
  unit: fen
  values:
    - {from: 2020-01-01, value: 10000, source: {document: miluo-2025-4, confidence: unknown}}
"""


def best_of(times: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """The shortest time in seconds, and the last outcome."""
    shortest, outcome = float("inf"), None
    for _turn in range(times):
        start = time.perf_counter()
        outcome = work()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest, outcome


def main(scale: float = 1.0) -> None:
    """Prints seconds, what changed, and the machine."""
    print(describe())
    facts = county_facts(scale)
    read, b = best_of(3, lambda: load_pack(changed(FROM_75)))
    a = load_pack(read_pack_sources(MILUO))
    found, compared = best_of(5, lambda: compare(a, b, facts, AS_OF))
    added, table = best_of(5, lambda: sums(compared))
    cost, lines = best_of(5, lambda: budget(compared, date(2026, 7, 1)))
    whole = table.filter((pl.col("dimension") == "") & pl.col("service").is_null()).row(0, named=True)
    listed, winners = best_of(5, lambda: behind(compared, "winners"))
    print(f"{facts.height:,} people, {len(compared.services)} services, {compared.lines.height:,} lines, "
          f"{table.height:,} rows of figures")  # fmt: skip
    print(f"reading the pack {read:.2f} s; both packs over everybody {found:.2f} s; figures by town, age, group and "
          f"service {added:.2f} s; budget {cost:.2f} s; the list of winners {listed:.2f} s")  # fmt: skip
    print(f"winners {whole['winners']:,} ({winners.height:,} listed), losers {whole['losers']:,}; fen a month "
          f"{whole['money_a']:,} -> {whole['money_b']:,}; rest of the year "
          f"{sum(line.rest_b - line.rest_a for line in lines):,} fen more")  # fmt: skip


if __name__ == "__main__":
    main(*(float(argument) for argument in sys.argv[1:]))
