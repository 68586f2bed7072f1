"""How outcomes are packed into numbers: a service and its status in one code, unknown facts in one bit mask.

No database access here. Numbers once given are never given to anything else: they stand in stored rows.
"""

from collections.abc import Iterable, Iterator

from yinian.entitlements.models import Status

STATUS_BITS = 2
RECEIVING = 1 << STATUS_BITS  # set where the person receives the service
CODE_BITS = STATUS_BITS + 1
_STATUS_MASK = (1 << STATUS_BITS) - 1

FACT_BITS: dict[str, int] = {
    "birth_date": 0,
    "sex": 1,
    "hukou_region": 2,
    "residence_region": 3,
    "urban_hukou": 4,
    "relief": 5,
    "support_form": 6,
    "wants_central": 7,
    "disability_category": 8,
    "disability_grade": 9,
    "household_id": 10,
    "died_on": 11,
    "ability_level": 12,
    "assessed_on": 13,
    "self_care_failed": 14,
    "ltc_grade": 15,
    "dementia": 16,
    "mental_disorder": 17,
    "living": 18,
    "left_behind": 19,
    "empty_nest": 20,
    "special_family": 21,
    "special_contribution": 22,
    "in_home": 23,
    "medical_insurance": 24,
    "ltc_insured": 25,
    "pension": 26,
}
"""The bit of each fact that can be unknown. Age is none: whoever lacks it lacks a birth date."""


MEASURES: dict[str, tuple[tuple[Status, bool], ...]] = {
    "due": ((Status.DUE, False), (Status.DUE, True)),
    "missing": ((Status.DUE, False),),
    "receiving": ((Status.DUE, True),),
    "to_check": ((Status.CHECK, False), (Status.CHECK, True)),
    "superseded": ((Status.SUPERSEDED, False), (Status.SUPERSEDED, True)),
    "undue": ((Status.NOT_DUE, True), (Status.SUPERSEDED, True)),
}
"""Each measure that a standing has by itself: the statuses it counts, with or without receiving."""


def code_of(number: int, status: int, receiving: bool) -> int:
    """The code of a service's number with a status, and whether the person receives it."""
    return number << CODE_BITS | (RECEIVING if receiving else 0) | status


def split(code: int) -> tuple[int, Status, bool]:
    """A code's service number, status, and whether the person receives it."""
    return code >> CODE_BITS, Status(code & _STATUS_MASK), bool(code & RECEIVING)


def codes_for(numbers: Iterable[int], measure: str) -> list[int]:
    """The codes of services that count for a measure of MEASURES."""
    return [code_of(number, *pair) for number in numbers for pair in MEASURES[measure]]


def facts_in(mask: int) -> Iterator[str]:
    """The facts whose bits are set, in the order of the bits."""
    return (name for name, bit in FACT_BITS.items() if mask >> bit & 1)
