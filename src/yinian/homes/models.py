"""All tables of the room, gathered for Django; each lives with its noun."""

from yinian.homes.applications.models import BedApplication, BedStep, BedWish, Lift, LiftStep, PlaceChange
from yinian.homes.intake.models import Agreement, RiskAssessment
from yinian.homes.offers.models import Offer
from yinian.homes.stays.models import Stay

__all__ = [
    "Agreement",
    "BedApplication",
    "BedStep",
    "BedWish",
    "Lift",
    "LiftStep",
    "Offer",
    "PlaceChange",
    "RiskAssessment",
    "Stay",
]
