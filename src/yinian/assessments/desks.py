"""The views that the room's work is divided into: one's own, the area's, and what stands behind them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.navigation import desk

ROOM = "assessments"

desk(ROOM, "mine", 10, _("My visits"), "assessments:mine", "assessments.assess")
desk(ROOM, "list", 20, _("Requests"), "assessments:list", "assessments.area")
desk(ROOM, "to_assess", 30, _("To be assessed"), "assessments:to_assess", "assessments.request")
desk(ROOM, "assigning", 40, _("Naming assessors"), "assessments:assigning", "assessments.assign")
desk(ROOM, "results", 50, _("Results"), "assessments:results", "assessments.view")
desk(ROOM, "objections", 60, _("Objections"), "assessments:objections", "assessments.area")
desk(ROOM, "recognitions", 70, pgettext_lazy("assessments", "Of other bodies"), "assessments:recognitions",
     "assessments.area")
desk(ROOM, "assessors", 80, _("Assessors"), "assessments:assessors", "assessments.area")
desk(ROOM, "comparison", 85, _("Quality of assessing"), "assessments:comparison", "assessments.statistics")
desk(ROOM, "rules", 90, pgettext_lazy("assessments", "Rules"), "assessments:rules", "assessments.view")
desk(ROOM, "plans", 55, _("Care plans"), "assessments:careplans", "careplans.view")
desk(ROOM, "plans_wanted", 56, _("Plans to be drawn up"), "assessments:careplans_wanted", "careplans.edit")
