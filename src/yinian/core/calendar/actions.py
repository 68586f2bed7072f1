"""Editing the holiday table."""

import datetime as dt
from typing import Any

import yaml
from django.conf import settings
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


def _file() -> list[dict[str, Any]]:
    with (settings.ROOT / "data" / "calendar" / "cn.yaml").open(encoding="utf-8") as handle:
        years: list[dict[str, Any]] = yaml.safe_load(handle)["years"]
    return years


def years_in_file() -> list[int]:
    """Years for which the national holidays come with the platform."""
    return [int(entry["year"]) for entry in _file()]


def load_holidays(actor: User | None = None) -> int:
    """Enter the national holidays that come with the platform; what the county has set itself stays. Returns how many.

    Without an actor (setting up a county) nobody is named as the one who entered them.
    """
    if actor is not None:
        actor.require("calendar.edit")
    made = [
        Holiday(day=day, works=works, name=name, source=entry["source"][:120], set_by=actor)
        for entry in _file() for works, key in ((False, "closed"), (True, "works"))
        for name, days in entry[key].items() for day in days
    ]
    with transaction.atomic():
        known = set(Holiday.objects.filter(day__in=[holiday.day for holiday in made]).values_list("day", flat=True))
        new = [holiday for holiday in made if holiday.day not in known]
        Holiday.objects.bulk_create(new, ignore_conflicts=True)
        if actor is not None:
            record(actor, "calendar.load", detail={"days": len(new), "years": years_in_file()})
    return len(new)
