"""What rooms above hang on a person, moved along in a merge and given back when it is taken back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model

from yinian.core.errors import Refused
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


def rows_mover(name: str, *models: type[Model], clash: Any = "", once_in: str = "") -> Mover:
    """A mover of every row of ``models`` whose ``person`` is the gone entry, in that order.

    ``clash`` is what is said, as Refused, where the tables do not let rows of both entries belong to one person.
    ``once_in`` names a field: where the kept entry has a row of the same value there, the gone entry's stays its own.
    """

    def move(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, list[int]]:
        moved = {}
        try:
            with transaction.atomic():
                for model in models:
                    table = model._default_manager
                    found: Any = table.select_for_update(of=("self",)).filter(person=gone)
                    if once_in:
                        found = found.exclude(**{f"{once_in}__in": table.filter(person=kept).values(once_in)})
                    moved[str(model._meta.model_name)] = pks = list(found.values_list("pk", flat=True))
                    table.filter(pk__in=pks).update(person=kept)
        except IntegrityError as error:
            if not clash:
                raise
            raise Refused(str(clash)) from error
        return moved

    def restore(actor: User, kept: Person, gone: Person, moved: Any, reason: str) -> None:
        for model in models:
            pks = (moved or {}).get(model._meta.model_name, [])
            model._default_manager.filter(pk__in=pks, person=kept).update(person=gone)

    return mover(name, move, restore)
