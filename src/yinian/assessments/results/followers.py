"""What follows when the result that holds for a person changes: other parts of the room say so here."""

from collections.abc import Callable

from yinian.core.users.models import User

Follower = Callable[[User, int], None]
_FOLLOWERS: dict[str, Follower] = {}


def register(name: str, follower: Follower) -> None:
    """Add a follower; it is told the person's id in the transaction of the change. ``name`` is ``room.thing``."""
    _FOLLOWERS[name] = follower


def tell(actor: User, person_pk: int) -> None:
    """Tell all of them that another result holds now, or none."""
    for follower in _FOLLOWERS.values():
        follower(actor, person_pk)
