"""What an assessment says a person needs, and what may be offered for it: the catalogue read, checked and applied.

Pure computation: the catalogue arrives as a text, the assessment as plain mappings; nothing here touches disk, clock or
Django. What comes out are suggestions; a human decides.
"""

from yinian.engines.careplan.derive import Assessed, Reason, Suggested, derive
from yinian.engines.careplan.frequency import PER, Frequency
from yinian.engines.careplan.load import load_catalogue
from yinian.engines.careplan.model import Catalogue, Degree, GoalOffer, Named, NeedRule, Service, ServiceOffer

__all__ = [
    "PER",
    "Assessed",
    "Catalogue",
    "Degree",
    "Frequency",
    "GoalOffer",
    "Named",
    "NeedRule",
    "Reason",
    "Service",
    "ServiceOffer",
    "Suggested",
    "derive",
    "load_catalogue",
]
