"""Who goes to which home: priority first, then numbers, wishes, distance and waiting, with a checked proof."""

from yinian.engines.placement.model import (
    Beds,
    Home,
    Person,
    Placed,
    Placement,
    PlacementError,
    Proof,
    Reason,
    Staff,
    Unplaced,
)
from yinian.engines.placement.placing import place

__all__ = [
    "Beds", "Home", "Person", "Placed", "Placement", "PlacementError", "Proof", "Reason", "Staff", "Unplaced",
    "place",
]  # fmt: skip
