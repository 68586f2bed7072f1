"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "yinian.people"
    label = "people"
    verbose_name = _("Older people")

    def ready(self) -> None:
        from yinian.people import figures, jobs, movers, papers, search, workkinds  # noqa: F401 - they register themselves
        from yinian.people.imports import jobs as import_jobs  # noqa: F401 - likewise
        from yinian.people.representatives import person_part  # noqa: F401 - likewise
