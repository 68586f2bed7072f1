"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkforceConfig(AppConfig):
    name = "yinian.workforce"
    label = "workforce"
    verbose_name = _("Workforce")

    def ready(self) -> None:
        from yinian.workforce import desks, links, workkinds  # noqa: F401 - they register themselves
