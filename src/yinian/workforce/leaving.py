"""What else happens when a post ends. Rooms above register; a post knows nothing of rosters."""

import datetime as dt
from collections.abc import Callable

from yinian.core.users.models import User
from yinian.workforce.models import Post

After = Callable[[User, Post, dt.date], object]
_after: list[After] = []


def on_post_ended(after: After) -> After:
    """Register ``after(actor, post, day)``: called in the transaction in which a post is ended from a day on."""
    _after.append(after)
    return after


def tell_ended(actor: User, post: Post, on: dt.date) -> None:
    """A post is held no longer from a day on."""
    for after in _after:
        after(actor, post, on)
