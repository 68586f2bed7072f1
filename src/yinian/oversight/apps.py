"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OversightConfig(AppConfig):
    name = "yinian.oversight"
    label = "oversight"
    verbose_name = _("Oversight")

    def ready(self) -> None:
        # They register themselves.
        from yinian.core import navigation
        from yinian.oversight import desks, papers, workkinds  # noqa: F401
        from yinian.oversight.schemes.queries import has_schemes

        navigation.only_where("oversight:rounds", has_schemes)
