"""All tables of the room, gathered for Django; each lives with its noun."""

from yinian.homes.absences.models import Absence
from yinian.homes.applications.models import BedApplication, BedStep, BedWish, Lift, LiftStep, PlaceChange
from yinian.homes.beds.models import BedOut, StatedBed, WatchedSite
from yinian.homes.intake.models import Agreement, RiskAssessment
from yinian.homes.offers.models import Offer
from yinian.homes.stays.models import Stay, StayLevel
from yinian.homes.transfers.models import Transfer

__all__ = [
    "Absence",
    "Agreement",
    "BedApplication",
    "BedOut",
    "BedStep",
    "BedWish",
    "Lift",
    "LiftStep",
    "Offer",
    "PlaceChange",
    "RiskAssessment",
    "StatedBed",
    "Stay",
    "StayLevel",
    "Transfer",
    "WatchedSite",
]
