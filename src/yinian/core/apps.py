"""Django's entry to the base floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "yinian.core"
    label = "core"
    verbose_name = _("Base")
