"""What rooms above do at once when a person dies, moves, or such a record is taken back.

Departmental lists that are loaded in bulk tell nobody: a room looks by the clock as well.
"""

from collections.abc import Callable

from yinian.core.users.models import User

Handler = Callable[[User, int], None]
_HANDLERS: dict[str, Handler] = {}


def register(name: str, handler: Handler) -> None:
    """Add a handler; it is told the person's id in the transaction of the change. ``name`` is ``room.thing``."""
    _HANDLERS[name] = handler


def tell(actor: User, person_pk: int) -> None:
    """Tell all of them that state or place of a person changed."""
    for handler in _HANDLERS.values():
        handler(actor, person_pk)
