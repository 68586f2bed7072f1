"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IndicatorsConfig(AppConfig):
    name = "yinian.indicators"
    label = "indicators"
    verbose_name = _("Indicators")

    def ready(self) -> None:
        from yinian.indicators import desks, jobs, links, purposes  # noqa: F401
