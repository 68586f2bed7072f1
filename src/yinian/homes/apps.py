"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HomesConfig(AppConfig):
    name = "yinian.homes"
    label = "homes"
    verbose_name = _("Care homes")

    def ready(self) -> None:
        from yinian.homes import links, waylinks  # noqa: F401 - they register themselves
