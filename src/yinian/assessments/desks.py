"""The views that the room's work is divided into: one's own, the area's, and what stands behind them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.navigation import desk, desk_group

ROOM = "assessments"

desk_group(ROOM, "work", 10, _("Requests and visits"))
desk_group(ROOM, "results", 20, _("Results and objections"))
desk_group(ROOM, "plans", 30, _("Care plans"))
desk_group(ROOM, "rules", 40, _("Assessors and rules"), rest=True)

desk(ROOM, "mine", 10, _("My visits"), "assessments:mine", "assessments.assess", "work")
desk(ROOM, "list", 20, _("Requests"), "assessments:list", "assessments.area", "work")
desk(ROOM, "to_assess", 30, _("To be assessed"), "assessments:to_assess", "assessments.request", "work")
desk(ROOM, "assigning", 40, _("Naming assessors"), "assessments:assigning", "assessments.assign", "work")
desk(ROOM, "results", 50, _("Results"), "assessments:results", "assessments.view", "results")
desk(ROOM, "objections", 60, _("Objections"), "assessments:objections", "assessments.area", "results")
desk(ROOM, "recognitions", 70, pgettext_lazy("assessments", "Of other bodies"), "assessments:recognitions",
     "assessments.area", "results")
desk(ROOM, "assessors", 80, _("Assessors"), "assessments:assessors", "assessments.area", "rules")
desk(ROOM, "comparison", 85, _("Quality of assessing"), "assessments:comparison", "assessments.statistics", "rules")
desk(ROOM, "rules", 90, pgettext_lazy("assessments", "Rules"), "assessments:rules", "assessments.view", "rules")
desk(ROOM, "plans", 55, _("Care plans"), "assessments:careplans", "careplans.view", "plans")
desk(ROOM, "plans_wanted", 56, _("Plans to be drawn up"), "assessments:careplans_wanted", "careplans.edit", "plans")
