"""All tables of the medical room, gathered for Django; each lives with its noun."""

from yinian.medical.checklists.models import CheckList
from yinian.medical.checkups.models import CheckUp
from yinian.medical.contracts.models import Contract, Licence
from yinian.medical.doctors.models import FamilyDoctor
from yinian.medical.health.models import Allergy, Condition
from yinian.medical.institutions.models import Institution
from yinian.medical.lying.models import MedicalBed
from yinian.medical.referrals.models import Referral

__all__ = [
    "Allergy",
    "CheckList",
    "CheckUp",
    "Condition",
    "Contract",
    "FamilyDoctor",
    "Institution",
    "Licence",
    "MedicalBed",
    "Referral",
]
