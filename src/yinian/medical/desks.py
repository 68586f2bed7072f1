"""The views the room's work is divided into, as tabs at the head of each, and the way to them from the homes."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.navigation import desk

ROOM = "homes"  # whose room the views stand in, in its group for medical care
_GROUP = "medical"

desk(ROOM, "m_homes", 10, gettext_lazy("Homes and medical care"), "medical:homes", "medical.view", _GROUP)
desk(ROOM, "m_referrals", 20, gettext_lazy("Referrals"), "medical:referrals", "health.view", _GROUP)
desk(ROOM, "m_people", 30, gettext_lazy("Check-ups and family doctors due"), "medical:people", "health.view", _GROUP)
desk(ROOM, "m_checkups", 40, gettext_lazy("Check-ups"), "medical:checkups", "health.view", _GROUP)
desk(ROOM, "m_doctors", 50, gettext_lazy("Family doctors"), "medical:doctors", "health.view", _GROUP)
desk(ROOM, "m_lying", 60, gettext_lazy("Five linked beds"), "medical:lying", "medical.view", _GROUP)
desk(ROOM, "m_contracts", 70, gettext_lazy("Contracts with institutions"), "medical:contracts", "medical.view", _GROUP)
desk(ROOM, "m_licences", 75, gettext_lazy("Clinics in homes"), "medical:licences", "medical.view", _GROUP)
desk(ROOM, "m_institutions", 80, gettext_lazy("Medical institutions"), "medical:institutions", "medical.view", _GROUP)


def crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """Where a page of the room stands."""
    return [(_("Homes and beds"), reverse("homes:list")), (_("Medical care"), reverse("medical:homes")), *more]
