"""The probabilistic model: which fields are compared, at which levels, with which fixed weights.

The weights are set by hand and never estimated from the data at hand, so that the same two records score the
same on any day and the reason can be read in this file. `m` is the chance of a level among pairs that are the
same person, `u` among pairs that are not (Fellegi and Sunter, 1969). Nothing here runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement: its name, the SQL condition on l and r, and the two probabilities."""

    name: str
    condition: str
    m: float
    u: float


@dataclass(frozen=True, slots=True)
class Field:
    """A compared field. The first level that holds counts; a field missing on either side counts nothing."""

    name: str
    column: str
    levels: tuple[Level, ...]
    frequency: bool = False


UNKNOWN: Final = "unknown"
"""Agreement of a field that is missing on at least one side."""
DIFFERENT: Final = "different"

PRIOR: Final = 1e-5
"""Chance that a pair taken at random is the same person: about one in the older people of a county."""
UPPER_WEIGHT: Final = 6.0
"""Bits from which a pair is 'probable' (about 98 in 100) and goes to the review queue first."""
LOWER_WEIGHT: Final = 0.0
"""Bits from which a pair is 'possible' (even odds); below it the pair is not reported."""
RAREST_NAME: Final = 1e-5
"""Floor of a name's frequency, so that one rare name alone cannot outweigh all that disagrees."""

_NAME_ONE = (
    "length(name_l) >= 3 AND length(name_l) = length(name_r) AND "
    "(substr(name_l, 1, 1) = substr(name_r, 1, 1))::int + (substr(name_l, 2, 1) = substr(name_r, 2, 1))::int + "
    "(substr(name_l, 3, 1) = substr(name_r, 3, 1))::int + (substr(name_l, 4, 1) = substr(name_r, 4, 1))::int "
    "= 3"
)
_SWAPPED = "substr(birth_l, 1, 4) || substr(birth_l, 7, 2) || substr(birth_l, 5, 2) = birth_r"
_LUNAR_DAYS = 60
"""A lunar birthday entered as a solar one falls 18 to 55 days early; both are found in county lists."""

FIELDS: Final[tuple[Field, ...]] = (
    Field(
        "name",
        "name",
        (
            # u of 'same' is replaced by the frequency of that very name in the two lists
            Level("same", "name_l = name_r", 0.93, 0.0004),
            Level("same_sound", "pinyin_l = pinyin_r", 0.03, 0.0012),
            Level("one_character", _NAME_ONE, 0.02, 0.0084),
            Level(DIFFERENT, "ELSE", 0.02, 0.99),
        ),
        frequency=True,
    ),
    Field(
        "birth_date",
        "birth",
        (
            Level("same", "birth_l = birth_r", 0.90, 0.0001),
            Level("month_and_day_swapped", _SWAPPED, 0.01, 0.0001),
            Level("one_digit", "damerau_levenshtein(birth_l, birth_r) = 1", 0.04, 0.0038),
            Level("within_60_days", f"abs(birth_day_l - birth_day_r) <= {_LUNAR_DAYS}", 0.02, 0.011),
            Level("same_year", "substr(birth_l, 1, 4) = substr(birth_r, 1, 4)", 0.01, 0.025),
            Level(DIFFERENT, "ELSE", 0.02, 0.96),
        ),
    ),
    Field("sex", "sex", (Level("same", "sex_l = sex_r", 0.98, 0.5), Level(DIFFERENT, "ELSE", 0.02, 0.5))),
    Field(
        "village",
        "village",
        (
            Level("same", "village_l = village_r", 0.75, 0.007),
            Level("same_town", "town_l = town_r", 0.15, 0.063),
            Level(DIFFERENT, "ELSE", 0.10, 0.93),
        ),
    ),
    # spouses and children share a telephone and a door, hence the high u of both
    Field(
        "phone",
        "phone_key",
        (Level("same", "phone_key_l = phone_key_r", 0.5, 0.005), Level(DIFFERENT, "ELSE", 0.5, 0.995)),
    ),
    Field(
        "address",
        "address",
        (
            Level("same", "address_l = address_r", 0.3, 0.01),
            Level(
                "one_within_other",
                "contains(address_l, address_r) OR contains(address_r, address_l)",
                0.2,
                0.02,
            ),
            Level(DIFFERENT, "ELSE", 0.5, 0.97),
        ),
    ),
    Field(
        "id_number",
        "identifier",
        (
            Level("same", "identifier_l = identifier_r", 0.90, 0.0000005),
            # equal lengths only: half a number agrees with too many
            Level(
                "one_digit_or_swap",
                "length(number_l) = 18 AND length(number_r) = 18 AND damerau_levenshtein(number_l, number_r) = 1",
                0.07,
                0.00002,
            ),
            Level(DIFFERENT, "ELSE", 0.03, 0.9999795),
        ),
    ),
)
"""The documented table. Within a field the m and the u each add up to 1."""

BLOCKS: Final[tuple[str, ...]] = (
    "l.identifier = r.identifier",
    "l.name = r.name AND l.birth = r.birth",
    "l.name = r.name AND l.town = r.town",
    "l.pinyin = r.pinyin AND l.birth_month = r.birth_month",
    "l.birth = r.birth AND l.town = r.town AND l.sex = r.sex",
    "l.phone_key = r.phone_key AND l.name_head = r.name_head",
    # an ID number with one wrong or two swapped digits keeps at least one of these pieces
    "l.number_a = r.number_a",
    "l.number_b = r.number_b",
    "l.number_c = r.number_c",
    "l.number_d = r.number_d",
    "l.number_e = r.number_e",
)
"""Only pairs that share one of these are compared; see prepare() for the pieces."""


def comparisons() -> list[dict[str, Any]]:
    """FIELDS in the form splink takes."""
    result: list[dict[str, Any]] = []
    for field in FIELDS:
        levels: list[dict[str, Any]] = [
            {
                "sql_condition": f"{field.column}_l IS NULL OR {field.column}_r IS NULL",
                "label_for_charts": UNKNOWN,
                "is_null_level": True,
            }
        ]
        for level in field.levels:
            entry: dict[str, Any] = {
                "sql_condition": level.condition,
                "label_for_charts": level.name,
                "m_probability": level.m,
                "u_probability": level.u,
            }
            if field.frequency and level.name == "same":
                entry["tf_adjustment_column"] = field.column
                entry["tf_minimum_u_value"] = RAREST_NAME
            levels.append(entry)
        result.append({"output_column_name": field.name, "comparison_levels": levels})
    return result
