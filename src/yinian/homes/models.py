"""All tables of the room, gathered for Django; each lives with its noun."""

from yinian.homes.care.models import BedTag, CareRecord, Duty, HandOver, HandOverRead, Regime, Vital
from yinian.homes.incidents.models import Incident, IncidentStep
from yinian.homes.medicines.models import Giving, MedicineOrder
from yinian.homes.stays.models import Stay

__all__ = ["BedTag", "CareRecord", "Duty", "Giving", "HandOver", "HandOverRead", "Incident", "IncidentStep",
           "MedicineOrder", "Regime", "Stay", "Vital"]
