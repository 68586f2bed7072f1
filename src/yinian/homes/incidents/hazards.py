"""The hazards by which incidents are told apart, and within how many hours the bureau is told: both are data."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from yinian.assessments.careplans.catalogue import catalogue, risk_name
from yinian.core.errors import Refused
from yinian.core.packs import pack_for

OTHER = "other"
STANDARD = "incident-report-hours"  # of standards.yaml: hours in which a home tells the bureau


def hazards() -> list[tuple[str, str]]:
    """The hazards of the catalogue of risks, and what is none of them."""
    return [*((risk, risk_name(risk)) for risk in catalogue().risks), (OTHER, _("Another incident"))]


def hazard_words(hazard: str) -> str:
    return _("Another incident") if hazard == OTHER else risk_name(hazard)


@dataclass(frozen=True)
class Hours:
    """Hours to tell the bureau, and how sure that is."""

    hours: Decimal
    confidence: str

    def as_json(self) -> dict[str, Any]:
        return {"hours": str(self.hours), "confidence": self.confidence}


def hours_to_tell(region_code: str) -> Hours | None:
    """What the pack in force says; None where it says nothing."""
    try:
        found = pack_for(region_code).standards.get(STANDARD)
    except Refused:
        return None
    if found is None or found.value.at_most is None:
        return None
    return Hours(Decimal(str(found.value.at_most)), found.confidence)
