"""Django's entry to the base floor."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "yinian.core"
    label = "core"
    verbose_name = _("Base")

    def ready(self) -> None:
        """Every room's registrations, whichever process this is: job kinds, work kinds, search, figures, papers."""
        from yinian.core import exports  # noqa: F401 - registers the work that makes a long list's workbook
        from yinian.core.audit import checks  # noqa: F401 - registers the check of the chain

        autodiscover_modules("jobs", "workkinds", "search", "figures", "postings", "papers", "acts")
