"""Published against generated, figure by figure, counted anew from the tables."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from yinian.engines.population.divisions import Divisions
from yinian.engines.population.spec import CountySpec

CALIBRATION_SCHEMA: Final = {
    "key": pl.String,
    "label_zh": pl.String,
    "label_en": pl.String,
    "published": pl.Int64,
    "expected": pl.Int64,
    "generated": pl.Int64,
    "scales": pl.Boolean,
    "document": pl.String,
    "quote": pl.String,
    "offset": pl.Int64,
    "note": pl.String,
}


def count_figures(tables: dict[str, pl.DataFrame], divisions: Divisions, as_of: date) -> dict[str, int]:
    """Every published figure counted from the generated tables, by key. Spells count if in force on ``as_of``."""
    spells = tables["spells"].filter(
        (pl.col("valid_from") <= as_of) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > as_of))
    )

    def holders(kind: str, value: str | None = None) -> int:
        rows = spells.filter(pl.col("kind") == kind)
        return rows.filter(pl.col("value") == value).height if value is not None else rows.height

    def certificates(kind: str) -> int:
        return tables["certificates"].filter(pl.col("kind") == kind)["staff_no"].n_unique()

    homes, beds, stations = tables["homes"], tables["beds"], tables["stations"]
    return {
        "people_60": tables["people"].height,
        "streets": sum(t.kind == "street" for t in divisions.towns),
        "towns": len(divisions.towns),
        "villages": sum(v.kind == "village" for v in divisions.villages),
        "communities": sum(v.kind == "community" for v in divisions.villages),
        "advanced_age": tables["receiving"].filter(pl.col("benefit") == "advanced_age").height,
        "meal_service": tables["receiving"].filter(pl.col("benefit") == "meal_service").height,
        "meal_delivery": tables["receiving"].filter(pl.col("benefit") == "meal_delivery").height,
        "dibao": holders("relief", "dibao"),
        "tekun": holders("relief", "tekun"),
        "marginal": holders("relief", "marginal"),
        "disabled": holders("disability"),
        "unable": spells.filter((pl.col("kind") == "ability") & (pl.col("grade") >= 2)).height,
        "homes": homes.height,
        "township_homes": homes.filter("counts_as_township").height,
        "public_beds": beds.join(homes.filter("public"), on="home_code", how="semi").height,
        "residents": tables["residents"].height,
        "urban_stations": stations.filter(pl.col("kind") == "urban").height,
        "rural_stations": stations.filter(pl.col("kind") == "rural").height,
        "hamlet_points": tables["hamlets"].height,
        "carers": tables["staff"].filter(pl.col("post") == "carer").height,
        "certified": certificates("skill"),
        "trained": certificates("training"),
        "fire_certified": certificates("fire_safety"),
    }


def calibrate(
    spec: CountySpec, divisions: Divisions, tables: dict[str, pl.DataFrame], scale: float, as_of: date
) -> pl.DataFrame:
    """One row per figure (schema ``CALIBRATION_SCHEMA``); assumed counts of places are left out.

    ``published`` is null where no document gives the figure; ``expected`` is it at this scale.
    """
    counted = count_figures(tables, divisions, as_of)
    return pl.DataFrame(
        [
            (
                key, f.label_zh, f.label_en, f.value if f.document else None, spec.count(key, scale), counted[key],
                f.scales, f.document or None, f.quote or None, f.offset, f.note,
            )
            for key, f in spec.figures.items()
            if key in counted and (f.document or (f.scales and f.value))
        ],
        schema=CALIBRATION_SCHEMA,
        orient="row",
    )  # fmt: skip
