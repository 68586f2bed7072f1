"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    name = "yinian.assessments"
    label = "assessments"
    verbose_name = _("Assessments")

    def ready(self) -> None:
        # They register themselves.
        from yinian.assessments import desks, figures, following, links, papers, search, sitefiles, words, workkinds  # noqa: F401
        from yinian.assessments.careplans import links as plan_links  # noqa: F401
        from yinian.assessments.careplans import merging as plan_merging  # noqa: F401
        from yinian.assessments.requests import jobs  # noqa: F401
        from yinian.assessments.results import merging  # noqa: F401
