"""The views the room's work is divided into, as tabs at the head of each, and the words they stand under."""

from django.utils.translation import gettext_lazy as _

from yinian.core.navigation import desk, desk_group

ROOM = "homes"

desk_group(ROOM, "beds", 10, _("Beds and stays"))
desk_group(ROOM, "waiting", 20, _("Waiting and placing"))
desk_group(ROOM, "care", 30, _("Care and safety"))
desk_group(ROOM, "life", 40, _("Life in the home"))
desk_group(ROOM, "medical", 50, _("Medical care"))
desk_group(ROOM, "fees", 60, _("Fees"))
desk_group(ROOM, "staff", 70, _("Staff and shifts"))
desk_group(ROOM, "running", 80, _("Running the homes"), rest=True)

desk(ROOM, "homes", 10, _("Homes"), "homes:list", "homes.view", "beds")
desk(ROOM, "occupancy", 20, _("Occupancy over time"), "homes:occupancy", "homes.view", "beds")
desk(ROOM, "ending", 30, _("Ending soon"), "homes:ending", "people.view", "beds")
desk(ROOM, "away", 40, _("Who is away"), "homes:away", "people.view", "beds")
desk(ROOM, "transfers", 50, _("Transfers"), "homes:transfers", "people.view", "beds")
desk(ROOM, "leavings", 60, _("Leavings"), "homes:leavings", "people.view", "beds")
desk(ROOM, "incidents", 50, _("Incidents in homes"), "homes:incidents", "incidents.view", "care")
desk(ROOM, "balances", 60, _("Who would better live where"), "homes:balances", "homes.balance", "waiting")
desk(ROOM, "rosters", 10, _("Duty rosters"), "homes:rosters", "rosters.view", "staff")
desk(ROOM, "shadowings", 20, _("New staff"), "homes:shadowings", "workforce.view", "staff")
desk(ROOM, "directors", 30, _("Directors"), "homes:directors", "workforce.view", "staff")
