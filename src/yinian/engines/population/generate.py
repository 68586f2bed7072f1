"""A whole synthetic county in one call: people, what is known of them, and the places that care for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from yinian.engines.population import facilities, records
from yinian.engines.population.calibration import calibrate
from yinian.engines.population.demography import populate
from yinian.engines.population.divisions import Divisions
from yinian.engines.population.geometry import schematic
from yinian.engines.population.spec import CountySpec, SpecError
from yinian.engines.population.spells import record_spells
from yinian.engines.population.status import draw_status


@dataclass(frozen=True, slots=True)
class Population:
    """The tables of a synthetic county. Every number in them is synthetic; see ``calibration`` and ``notes``.

    ``people`` are the living; ``deceased`` (same columns, numbers continuing) died within the last year and
    have their spells in ``deceased_spells``.
    """

    people: pl.DataFrame
    spells: pl.DataFrame
    roll_coverage: pl.DataFrame
    kin: pl.DataFrame
    receiving: pl.DataFrame
    conflicts: pl.DataFrame
    duplicates: pl.DataFrame
    deceased: pl.DataFrame
    deceased_spells: pl.DataFrame
    homes: pl.DataFrame
    rooms: pl.DataFrame
    beds: pl.DataFrame
    prices: pl.DataFrame
    residents: pl.DataFrame
    stations: pl.DataFrame
    hamlets: pl.DataFrame
    staff: pl.DataFrame
    certificates: pl.DataFrame
    calibration: pl.DataFrame
    notes: tuple[str, ...]

    def tables(self) -> dict[str, pl.DataFrame]:
        """Every table by name."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: table for name, table in found.items() if isinstance(table, pl.DataFrame)}


def generate(
    county: CountySpec,
    divisions: Divisions,
    seed: int,
    scale: float,
    as_of: date,
    boundary: Mapping[str, Any] | None = None,
) -> Population:
    """Build the county: the same arguments give the same tables, and another seed other people.

    ``scale`` multiplies the counts of people (at 1.0 the published figures are hit exactly); homes, stations,
    hamlet points and staff are kept whole. ``boundary`` (GeoJSON) only places the facilities. Raises
    ``SpecError`` where the description cannot be met.
    """
    if not 0 < scale <= 1000:
        raise SpecError(f"scale is {scale}; it must lie above 0 and not above 1000")
    if county.code != divisions.county.code:
        raise SpecError(f"the figures are of {county.code}, the divisions of {divisions.county.code}")
    n = county.count("people_60", scale)
    if n < 200:
        raise SpecError(f"{n} people are too few for a county: take a larger scale than {scale}")
    places = schematic(divisions, boundary)
    deceased = round(county.assume("share_deceased_last_year") * n)
    d = populate(county, divisions, seed, n, deceased, as_of)
    s = draw_status(county, divisions, d, seed, scale)

    # A resident lives where the home is, and is a household of her own.
    resident = s.home >= 0
    at = facilities.home_settlements(county, divisions)
    if resident.any():
        d.village = np.where(resident, at[np.maximum(s.home, 0)], d.village)
        own = np.where(resident, len(d) + np.arange(len(d)), d.household)
        d.household = np.unique(own, return_inverse=True)[1].astype(np.int64)

    hamlets = facilities.hamlet_table(county, divisions, places, seed)
    hamlet = facilities.hamlet_of(d, s, divisions, hamlets, seed)
    everybody, surname, _ = records.people_table(
        county, divisions, d, s, hamlet, facilities.home_addresses(county, divisions), seed
    )
    spells, rolls = record_spells(county, divisions, d, s, seed, as_of)
    tables = facilities.home_tables(county, divisions, places, as_of)
    tables["residents"] = facilities.resident_table(county, d, s, tables["beds"], seed, as_of)
    tables["stations"] = facilities.station_table(county, divisions, places, seed)
    tables["staff"], tables["certificates"] = facilities.staff_tables(county, seed, as_of)
    tables["hamlets"] = hamlets
    tables["people"] = everybody.head(n)
    tables["deceased"] = everybody.slice(n)
    tables["spells"] = spells.filter(pl.col("person_no") <= n)
    tables["deceased_spells"] = spells.filter(pl.col("person_no") > n)
    tables["roll_coverage"] = rolls
    tables["kin"] = records.kin_table(county, d, s, everybody, surname, seed)
    tables["receiving"] = records.receiving_table(county, d, s, hamlet.is_not_null().to_numpy(), seed, scale, as_of)
    # Who is on record as outside every pension scheme draws no pension.
    outside = spells.filter((pl.col("kind") == "pension") & (pl.col("value") == "none")).select("person_no")
    drawing = pl.col("benefit").is_in(["pension_resident", "pension_employee"])
    tables["receiving"] = pl.concat(
        [
            tables["receiving"].filter(~drawing),
            tables["receiving"].filter(drawing).join(outside, on="person_no", how="anti"),
        ]
    ).sort("person_no", "benefit")
    tables["conflicts"] = records.conflict_table(county, d, s, everybody, seed, as_of)
    tables["duplicates"] = records.duplicate_table(county, d, everybody, seed)
    tables["calibration"] = calibrate(county, divisions, tables, scale, as_of)
    return Population(notes=county.notes, **tables)
