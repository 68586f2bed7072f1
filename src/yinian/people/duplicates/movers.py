"""What rooms above hang on a person, moved along in a merge and given back when it is taken back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from yinian.people.persons.models import Person

Move = Callable[[Person, Person], Any]
Restore = Callable[[Person, Person, Any], None]


@dataclass(frozen=True)
class Mover:
    """``move(kept, gone)`` moves rows and returns what it did as JSON; ``restore(kept, gone, that)`` undoes it.

    Both run inside the merge's transaction. ``move`` raises Refused where the two cannot be one person, such as
    two people in two beds at one time.
    """

    name: str
    move: Move
    restore: Restore


MOVERS: dict[str, Mover] = {}


def mover(name: str, move: Move, restore: Restore) -> Mover:
    """Register a mover; ``name`` is ``room.thing``."""
    MOVERS[name] = Mover(name, move, restore)
    return MOVERS[name]
