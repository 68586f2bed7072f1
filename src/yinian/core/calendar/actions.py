"""Editing the holiday table."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.calendar.models import Holiday
from yinian.core.errors import Refused
from yinian.core.users.models import User


def set_day(actor: User, day: dt.date, *, works: bool, name: str, source: str = "") -> Holiday:
    """Enter a weekday off or a weekend day worked."""
    actor.require("calendar.edit")
    if works == (day.weekday() < 5):
        raise Refused(fields={"day": _("That day is like this already: only exceptions are entered.")})
    if not name.strip():
        raise Refused(fields={"name": _("Give the holiday's name.")})
    with transaction.atomic():
        holiday, _made = Holiday.objects.update_or_create(
            day=day, defaults={"works": works, "name": name.strip(), "source": source.strip(), "set_by": actor}
        )
        record(actor, "calendar.set", holiday, detail={"works": works, "name": name.strip()})
    return holiday


def clear_day(actor: User, day: dt.date) -> None:
    """Take an exception away."""
    actor.require("calendar.edit")
    with transaction.atomic():
        holiday = Holiday.objects.select_for_update().filter(day=day).first()
        if holiday is None:
            raise Refused(_("That day is not in the table."))
        record(actor, "calendar.clear", holiday, detail={"name": holiday.name, "works": holiday.works})
        holiday.delete()
