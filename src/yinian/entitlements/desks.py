"""The views that the room's work is divided into, in the order of the loop: due, decided, paid, received, planned."""

from django.utils.translation import gettext_lazy as _

from yinian.core.navigation import desk

ROOM = "entitlements"

desk(ROOM, "overview", 10, _("Overview"), "entitlements:overview", "entitlements.view")
desk(ROOM, "cycles", 20, _("Monthly review"), "entitlements:cycles", "entitlements.view")
desk(ROOM, "applications", 25, _("Applications"), "entitlements:applications", "entitlements.names")
desk(ROOM, "grants", 30, _("Grants"), "entitlements:determinations", "entitlements.names")
desk(ROOM, "proposals", 35, _("Changes of grants"), "entitlements:proposals", "entitlements.names")
desk(ROOM, "corrections", 40, _("Arrears and recoveries"), "entitlements:corrections", "entitlements.names")
desk(ROOM, "paid", 55, _("Reconciliation"), "entitlements:paid", "entitlements.names")
desk(ROOM, "coverage", 60, _("Coverage"), "entitlements:coverage", "entitlements.view")
desk(ROOM, "drafts", 80, _("What-ifs"), "entitlements:drafts", "entitlements.compare")
desk(ROOM, "services", 90, _("Service list"), "entitlements:services", "entitlements.view")
