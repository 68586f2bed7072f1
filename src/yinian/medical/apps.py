"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MedicalConfig(AppConfig):
    name = "yinian.medical"
    label = "medical"
    verbose_name = _("Medical care")

    def ready(self) -> None:
        from yinian.medical import desks, jobs, links  # noqa: F401 - they register themselves
