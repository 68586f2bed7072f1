"""Reading absences: who is away, and for how long the bed is kept."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.absences.models import Absence
from yinian.homes.stays.queries import stays_visible_to


def absences_visible_to(actor: User) -> QuerySet[Absence]:
    """Absences from the homes in which the actor may see older people."""
    return Absence.objects.filter(stay__in=stays_visible_to(actor))


def get_absence(actor: User, pk: int) -> Absence:
    found = (
        absences_visible_to(actor)
        .select_related("stay__person", "stay__bed__site__region", "stay__bed__room")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotVisible("absence")
    return found


def away(today: dt.date | None = None) -> QuerySet[Absence]:
    """Who is away on a day (today). All homes: narrow it by stay or site."""
    return Absence.objects.filter(period__contains=today or timezone.localdate())
