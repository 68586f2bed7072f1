"""What rooms above hang on a person, moved along in a merge and given back when it is taken back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from yinian.core.users.models import User
from yinian.people.persons.models import Person

Move = Callable[[User, Person, Person, str], Any]
Restore = Callable[[User, Person, Person, Any, str], None]


@dataclass(frozen=True)
class Mover:
    """``move(actor, kept, gone, reason)`` moves rows and returns what it did as JSON;
    ``restore(actor, kept, gone, that, reason)`` undoes it. The reason is that of the merge, or of its undoing.

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
