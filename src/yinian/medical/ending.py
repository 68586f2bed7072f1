"""Ending what holds from a day to a day (``keeping.Held``): one way for contracts, family doctors and medical beds.

Each is a step within the caller's transaction; who may end it, and the audit row, are the caller's.
"""

import datetime as dt
from typing import TypeVar

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.errors import Changed, Refused
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.medical.keeping import Held

H = TypeVar("H", bound=Held)


def lock(seen: H, version: int, *beside: str) -> H:
    """The row, locked, with what stands ``beside`` it. Raises Changed where it is no longer as seen, Refused where it
    has been ended."""
    locked: H = (
        type(seen)._default_manager.select_for_update(of=("self",)).select_related(*beside).get(pk=seen.pk)
    )
    if locked.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if locked.stopped_by_id is not None:
        raise Refused(_("It has been ended already."))
    return locked


def end_after(locked: Held, last: dt.date) -> None:
    """Let it hold until ``last``, that day included. Raises Refused beside ``last``."""
    upper = last + dt.timedelta(days=1)
    if last < locked.period.lower:
        raise Refused(fields={"last": _("It began on %(day)s.") % {"day": day(locked.period.lower)}})
    if last > timezone.localdate():
        raise Refused(fields={"last": _("This day lies in the future.")})
    if locked.period.upper is not None and upper > locked.period.upper:
        raise Refused(fields={"last": _("It ends before that by itself.")})
    locked.period = DateRange(locked.period.lower, upper)


def write(actor: User, locked: Held, reason: str) -> None:
    """Keep who ended it, when and why."""
    locked.stopped_by, locked.stopped_at, locked.stop_reason = actor, timezone.now(), reason
    locked.version += 1
    locked.save(update_fields=["period", "in_error", "stopped_by", "stopped_at", "stop_reason", "version"])
