"""The kinds of work item: the sentence shown, who gets it, how long they have. Rooms register theirs."""

from dataclasses import dataclass

from django.utils.functional import Promise

from yinian.core.roles import Role


@dataclass(frozen=True)
class WorkKind:
    """``sentence`` is filled with the item's params; ``verb`` is the one button; ``days`` are working days."""

    name: str
    sentence: Promise | str
    verb: Promise | str
    role: Role
    days: int


KINDS: dict[str, WorkKind] = {}


def work_kind(name: str, sentence: Promise | str, verb: Promise | str, role: Role, days: int) -> WorkKind:
    """Register a kind; ``name`` is ``room.thing``."""
    kind = WorkKind(name, sentence, verb, role, days)
    KINDS[name] = kind
    return kind
