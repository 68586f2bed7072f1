"""The views that the room's work is divided into."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.navigation import desk

ROOM = "plans"

desk(ROOM, "overview", 10, pgettext_lazy("plans", "Overview"), "plans:overview", "plans.area")
desk(ROOM, "mine", 15, _("My unit"), "plans:mine", "plans.report")
desk(ROOM, "tasks", 20, pgettext_lazy("plans", "Tasks"), "plans:tasks", "plans.view")
desk(ROOM, "gantt", 25, _("Tasks over time"), "plans:gantt", "plans.view")
desk(ROOM, "month", 30, _("Month of deadlines"), "plans:month", "plans.view")
desk(ROOM, "targets", 40, _("Targets"), "plans:targets", "plans.area")
desk(ROOM, "projects", 45, _("Projects"), "plans:projects", "plans.area")
desk(ROOM, "meetings", 50, _("Joint meetings"), "plans:meetings", "plans.area")
desk(ROOM, "letters", 55, _("Supervision letters"), "plans:letters", "plans.view")
desk(ROOM, "dispatches", 60, _("Dispatch reports"), "plans:dispatches", "plans.area")
desk(ROOM, "units", 70, _("Units"), "plans:units", "plans.area")
desk(ROOM, "documents", 80, _("Plan documents"), "plans:list", "plans.view")
