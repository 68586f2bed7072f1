"""Linkage of person records: which lines of a list are whom in the register, and who stands there twice.

Pure computation on polars frames; the deciding and the merging belong to people and to the room above.
"""

from yinian.engines.linkage.duplicates import REASONS, find_duplicates
from yinian.engines.linkage.link import LinkResult, Outcome, link
from yinian.engines.linkage.model import DIFFERENT, FIELDS, LOWER_WEIGHT, UNKNOWN, UPPER_WEIGHT
from yinian.engines.linkage.score import PAIR_FIELDS, PEOPLE_SCHEMA

__all__ = [
    "DIFFERENT",
    "FIELDS",
    "LOWER_WEIGHT",
    "PAIR_FIELDS",
    "PEOPLE_SCHEMA",
    "REASONS",
    "UNKNOWN",
    "UPPER_WEIGHT",
    "LinkResult",
    "Outcome",
    "find_duplicates",
    "link",
]
