"""The views the room's work is divided into, as tabs at the head of each."""

from django.utils.translation import gettext_lazy as _

from yinian.core.navigation import desk

ROOM = "homes"

desk(ROOM, "homes", 10, _("Homes"), "homes:list", "homes.view")
desk(ROOM, "occupancy", 20, _("Occupancy over time"), "homes:occupancy", "homes.view")
desk(ROOM, "ending", 30, _("Ending soon"), "homes:ending", "people.view")
desk(ROOM, "away", 40, _("Who is away"), "homes:away", "people.view")
desk(ROOM, "transfers", 50, _("Transfers"), "homes:transfers", "people.view")
desk(ROOM, "leavings", 60, _("Leavings"), "homes:leavings", "people.view")
desk(ROOM, "rosters", 70, _("Duty rosters"), "homes:rosters", "rosters.view")
desk(ROOM, "shadowings", 80, _("New staff"), "homes:shadowings", "workforce.view")
desk(ROOM, "directors", 90, _("Directors"), "homes:directors", "workforce.view")
