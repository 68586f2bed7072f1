"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HomesConfig(AppConfig):
    name = "yinian.homes"
    label = "homes"
    verbose_name = _("Care homes")

    def ready(self) -> None:
        from yinian.homes import desks, links, waylinks, workkinds  # noqa: F401 - they register themselves
        from yinian.homes.placing import jobs  # noqa: F401 - registers itself
        from yinian.homes.placing import links as moves  # noqa: F401 - registers itself
