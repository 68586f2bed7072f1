"""The views that the room's work is divided into."""

from django.utils.translation import gettext_lazy as _

from yinian.core.navigation import desk

ROOM = "plans"

desk(ROOM, "documents", 80, _("Plan documents"), "plans:list", "plans.view")
