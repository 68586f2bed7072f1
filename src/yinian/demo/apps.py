"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    name = "yinian.demo"
    label = "demo"
    verbose_name = _("Demo county")
