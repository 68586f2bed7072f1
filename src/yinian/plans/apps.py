"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "yinian.plans"
    label = "plans"
    verbose_name = _("Plans")

    def ready(self) -> None:
        # They register themselves.
        from yinian.plans import desks, driving_search, drivingwords, figures, papers, words, workkinds  # noqa: F401
