"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlacesConfig(AppConfig):
    name = "yinian.places"
    label = "places"
    verbose_name = _("Places")

    def ready(self) -> None:
        from yinian.places import links, postings, workkinds  # noqa: F401 - they register themselves
