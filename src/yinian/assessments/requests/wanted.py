"""For whom a service waits for the ability level: rooms above say so, this one asks."""

from collections.abc import Callable

from django.db.models import Q

Condition = Callable[[], Q]
_CONDITIONS: dict[str, Condition] = {}


def register(name: str, condition: Condition) -> None:
    """Add a condition on persons; ``name`` is ``room.thing``."""
    _CONDITIONS[name] = condition


def is_known() -> bool:
    """Whether any room can say it."""
    return bool(_CONDITIONS)


def wanted_by_services() -> Q:
    """Persons for whom some service waits for the level."""
    found = Q(pk__in=[])
    for condition in _CONDITIONS.values():
        found |= condition()
    return found
