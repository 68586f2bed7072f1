"""The views that the room's work is divided into."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.navigation import desk, desk_group

ROOM = "plans"

desk_group(ROOM, "work", 10, _("Tasks and progress"))
desk_group(ROOM, "aims", 20, _("Targets and indicators"))
desk_group(ROOM, "driving", 30, _("Dispatch and supervision"))
desk_group(ROOM, "papers", 40, _("Documents and units"), rest=True)

desk(ROOM, "overview", 10, pgettext_lazy("plans", "Overview"), "plans:overview", "plans.area", "work")
desk(ROOM, "mine", 15, _("My unit"), "plans:mine", "plans.report", "work")
desk(ROOM, "tasks", 20, pgettext_lazy("plans", "Tasks"), "plans:tasks", "plans.view", "work")
desk(ROOM, "gantt", 25, _("Tasks over time"), "plans:gantt", "plans.view", "work")
desk(ROOM, "month", 30, _("Month of deadlines"), "plans:month", "plans.view", "work")
desk(ROOM, "targets", 40, _("Targets"), "plans:targets", "plans.area", "aims")
desk(ROOM, "projects", 45, _("Projects"), "plans:projects", "plans.area", "aims")
desk(ROOM, "meetings", 50, _("Joint meetings"), "plans:meetings", "plans.area", "driving")
desk(ROOM, "letters", 55, _("Supervision letters"), "plans:letters", "plans.view", "driving")
desk(ROOM, "dispatches", 60, _("Dispatch reports"), "plans:dispatches", "plans.area", "driving")
desk(ROOM, "units", 70, _("Units"), "plans:units", "plans.area", "papers")
desk(ROOM, "documents", 80, _("Plan documents"), "plans:list", "plans.view", "papers")
