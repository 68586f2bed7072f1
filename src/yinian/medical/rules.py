"""What the place's pack rules about health: data with its source, or not known."""

from dataclasses import dataclass

from yinian.core.errors import Refused
from yinian.core.packs import pack_for

CHECK_UP_AGE = "yearly-check-up-age"  # of standards.yaml: from which age the yearly check-up is offered to everybody


@dataclass(frozen=True)
class Age:
    """Completed years from which on, and how sure that is."""

    years: int
    confidence: str


def check_up_age(region_code: str) -> Age | None:
    """From which age everybody is offered a yearly check-up; None where the pack in force says nothing."""
    try:
        found = pack_for(region_code).standards.get(CHECK_UP_AGE)
    except Refused:
        return None
    if found is None or found.value.at_least is None:
        return None
    return Age(int(found.value.at_least), found.confidence)
