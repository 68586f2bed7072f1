"""The views the room's work is divided into, as tabs at the head of each."""

from django.utils.translation import gettext_lazy as _

from yinian.core.navigation import desk

ROOM = "workforce"

desk(ROOM, "staff", 10, _("Staff"), "workforce:list", "workforce.view")
desk(ROOM, "homes", 20, _("Certified, by home"), "workforce:homes", "workforce.view")
desk(ROOM, "trainings", 30, _("Training"), "workforce:trainings", "workforce.view")
desk(ROOM, "trainers", 40, _("Trainers"), "workforce:trainers", "workforce.view")
