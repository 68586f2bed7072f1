"""The views that the room's work is divided into, in the order of the loop: due, decided, paid, received, planned."""

from django.utils.translation import gettext_lazy as _

from yinian.core.navigation import desk, desk_group

ROOM = "entitlements"

desk_group(ROOM, "deciding", 10, _("Review and decision"))
desk_group(ROOM, "money", 20, _("Payment and coverage"))
desk_group(ROOM, "rules", 30, _("Services and policy"), rest=True)

desk(ROOM, "overview", 10, _("Overview"), "entitlements:overview", "entitlements.view", "deciding")
desk(ROOM, "cycles", 20, _("Monthly review"), "entitlements:cycles", "entitlements.view", "deciding")
desk(ROOM, "applications", 25, _("Applications"), "entitlements:applications", "entitlements.names", "deciding")
desk(ROOM, "grants", 30, _("Grants"), "entitlements:determinations", "entitlements.names", "deciding")
desk(ROOM, "proposals", 35, _("Changes of grants"), "entitlements:proposals", "entitlements.names", "deciding")
desk(ROOM, "corrections", 40, _("Arrears and recoveries"), "entitlements:corrections", "entitlements.names", "money")
desk(ROOM, "paid", 55, _("Reconciliation"), "entitlements:paid", "entitlements.names", "money")
desk(ROOM, "coverage", 60, _("Coverage"), "entitlements:coverage", "entitlements.view", "money")
desk(ROOM, "drafts", 80, _("What-ifs"), "entitlements:drafts", "entitlements.compare", "rules")
desk(ROOM, "services", 90, _("Service list"), "entitlements:services", "entitlements.view", "rules")
