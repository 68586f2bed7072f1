"""Synthetic counties: a whole population with its circumstances, and the places that care for it.

Pure computation on plain data; reading the data files is ``yinian.demo.sources``.
"""

from yinian.engines.population.divisions import (
    Division,
    DivisionError,
    Divisions,
    from_detailed_snapshot,
    from_document,
    from_prefecture_list,
    to_document,
)
from yinian.engines.population.generate import Population, generate
from yinian.engines.population.geometry import feature_collection, schematic
from yinian.engines.population.records import BENEFITS
from yinian.engines.population.spec import Assumed, CountySpec, Figure, HomeSpec, SpecError, assumed_county

__all__ = [
    "BENEFITS",
    "Assumed",
    "CountySpec",
    "Division",
    "DivisionError",
    "Divisions",
    "Figure",
    "HomeSpec",
    "Population",
    "SpecError",
    "assumed_county",
    "feature_collection",
    "from_detailed_snapshot",
    "from_document",
    "from_prefecture_list",
    "generate",
    "schematic",
    "to_document",
]
