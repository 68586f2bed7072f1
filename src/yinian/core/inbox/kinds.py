"""The kinds of work item: the sentence shown, who gets it, how long they have. Rooms register theirs."""

from dataclasses import dataclass

from django.utils.functional import Promise

from yinian.core.roles import Role


@dataclass(frozen=True)
class WorkKind:
    """``sentence`` is filled with the item's params; ``verb`` is the one button; ``days`` are working days.

    ``rises``: whether an overdue item goes up to the next level. One that does not stays where it is until it is done;
    its room tells whoever is above by an item of their own.
    """

    name: str
    sentence: Promise | str
    verb: Promise | str
    role: Role
    days: int
    rises: bool = True


KINDS: dict[str, WorkKind] = {}


def work_kind(
    name: str, sentence: Promise | str, verb: Promise | str, role: Role, days: int, rises: bool = True
) -> WorkKind:
    """Register a kind; ``name`` is ``room.thing``."""
    kind = WorkKind(name, sentence, verb, role, days, rises)
    KINDS[name] = kind
    return kind
