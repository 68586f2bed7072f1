"""All tables of the room, gathered for Django; each lives with its noun."""

from yinian.homes.absences.models import Absence
from yinian.homes.beds.models import BedOut, StatedBed, WatchedRoom, WatchedSite
from yinian.homes.care.models import BedTag, CareRecord, Duty, HandOver, HandOverRead, Regime, Vital
from yinian.homes.directors.models import Appointment
from yinian.homes.economy.models import Harvest, HarvestHelper, Holding, ProduceUse
from yinian.homes.fees.accounts.models import (
    BankStatement,
    MoneyBalance,
    MoneyEntry,
    MoneyPosting,
    Payment,
    Prepaid,
    Prepayment,
    Refund,
    SupervisedAccount,
)
from yinian.homes.fees.bills.models import Bill, BillCorrection, BillLine, BillRun, Charge
from yinian.homes.incidents.models import Incident, IncidentStep
from yinian.homes.living.activities.models import Activity, Participation
from yinian.homes.living.meals.models import Diet, Dish, Intake, Menu, MenuDish
from yinian.homes.living.messages.models import FamilyMessage, FamilyNotice, FamilyRead
from yinian.homes.living.outings.models import Outing
from yinian.homes.living.visits.models import Visit, VisitHours
from yinian.homes.medicines.models import Giving, MedicineOrder
from yinian.homes.placing.models import Move, Rebalancing, Unmoved
from yinian.homes.reviews.models import Finding, FindingStep, GuidanceVisit, HomeGoal
from yinian.homes.rosters.models import Roster, RosterShift
from yinian.homes.shadowing.models import ShadowDay, Shadowing
from yinian.homes.stays.models import Stay, StayLevel
from yinian.homes.stores.models import Distribution, Parcel, StoreBalance, StoreMove, StoreWish
from yinian.homes.thresholds.models import HomeThreshold
from yinian.homes.transfers.models import Transfer
from yinian.homes.way.applications.models import BedApplication, BedStep, BedWish, Lift, LiftStep, PlaceChange
from yinian.homes.way.intake.models import Agreement, RiskAssessment
from yinian.homes.way.offers.models import Offer

__all__ = [
    "Absence",
    "Activity",
    "Agreement",
    "Appointment",
    "BankStatement",
    "BedApplication",
    "BedOut",
    "BedStep",
    "BedTag",
    "BedWish",
    "Bill",
    "BillCorrection",
    "BillLine",
    "BillRun",
    "CareRecord",
    "Charge",
    "Diet",
    "Dish",
    "Distribution",
    "Duty",
    "FamilyMessage",
    "FamilyNotice",
    "FamilyRead",
    "Finding",
    "FindingStep",
    "Giving",
    "GuidanceVisit",
    "HandOver",
    "HandOverRead",
    "Harvest",
    "HarvestHelper",
    "Holding",
    "HomeGoal",
    "HomeThreshold",
    "Incident",
    "IncidentStep",
    "Intake",
    "Lift",
    "LiftStep",
    "MedicineOrder",
    "Menu",
    "MenuDish",
    "MoneyBalance",
    "MoneyEntry",
    "MoneyPosting",
    "Move",
    "Offer",
    "Outing",
    "Parcel",
    "Participation",
    "Payment",
    "PlaceChange",
    "Prepaid",
    "Prepayment",
    "ProduceUse",
    "Rebalancing",
    "Refund",
    "Regime",
    "RiskAssessment",
    "Roster",
    "RosterShift",
    "ShadowDay",
    "Shadowing",
    "StatedBed",
    "Stay",
    "StayLevel",
    "StoreBalance",
    "StoreMove",
    "StoreWish",
    "SupervisedAccount",
    "Transfer",
    "Unmoved",
    "Visit",
    "VisitHours",
    "Vital",
    "WatchedRoom",
    "WatchedSite",
]
