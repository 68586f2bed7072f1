"""The views the room's work is divided into, as tabs at the head of each, and the way to them from the homes."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.navigation import desk

ROOM = "medical"

desk("homes", "medical", 55, gettext_lazy("Medical care"), "medical:homes", "medical.view")

desk(ROOM, "homes", 10, gettext_lazy("Homes and medical care"), "medical:homes", "medical.view")
desk(ROOM, "referrals", 20, gettext_lazy("Referrals"), "medical:referrals", "health.view")
desk(ROOM, "people", 30, gettext_lazy("Check-ups and family doctors due"), "medical:people", "health.view")
desk(ROOM, "checkups", 40, gettext_lazy("Check-ups"), "medical:checkups", "health.view")
desk(ROOM, "doctors", 50, gettext_lazy("Family doctors"), "medical:doctors", "health.view")
desk(ROOM, "lying", 60, gettext_lazy("Five linked beds"), "medical:lying", "medical.view")
desk(ROOM, "contracts", 70, gettext_lazy("Contracts with institutions"), "medical:contracts", "medical.view")
desk(ROOM, "licences", 75, gettext_lazy("Clinics in homes"), "medical:licences", "medical.view")
desk(ROOM, "institutions", 80, gettext_lazy("Medical institutions"), "medical:institutions", "medical.view")


def crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """Where a page of the room stands."""
    return [(_("Homes and beds"), reverse("homes:list")), (_("Medical care"), reverse("medical:homes")), *more]
