"""What else happens when somebody leaves a home for good. Nouns of the room register; a stay knows nothing of them."""

import datetime as dt
from collections.abc import Callable

from yinian.core.users.models import User
from yinian.homes.stays.models import Stay

After = Callable[[User, Stay, dt.date], object]
_after: list[After] = []


def on_leaving(after: After) -> After:
    """Register ``after(actor, stay, day)``: called in the transaction in which somebody leaves a home."""
    _after.append(after)
    return after


def tell_left(actor: User, stay: Stay, on: dt.date) -> None:
    """Somebody has left the home of a stay on a day."""
    for after in _after:
        after(actor, stay, on)
