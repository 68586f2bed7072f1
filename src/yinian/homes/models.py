"""All tables of the room, gathered for Django; each lives with its noun."""

from yinian.homes.absences.models import Absence
from yinian.homes.beds.models import BedOut, StatedBed, WatchedSite
from yinian.homes.placing.models import Move, Rebalancing
from yinian.homes.stays.models import Stay, StayLevel
from yinian.homes.transfers.models import Transfer

__all__ = [
    "Absence", "BedOut", "Move", "Rebalancing", "StatedBed", "Stay", "StayLevel", "Transfer", "WatchedSite",
]  # fmt: skip
