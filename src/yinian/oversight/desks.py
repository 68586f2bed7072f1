"""The views that the room's work is divided into."""

from django.utils.translation import gettext_lazy as _

from yinian.core.navigation import desk

ROOM = "oversight"

desk(ROOM, "rounds", 10, _("Evaluations"), "oversight:rounds", "oversight.view")
desk(ROOM, "applications", 20, _("Evaluation applications"), "oversight:applications", "oversight.view")
desk(ROOM, "awards", 30, _("Awards"), "oversight:awards", "oversight.view")
desk(ROOM, "readings", 40, _("My reviews"), "oversight:readings", "schemes.score")
