"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EntitlementsConfig(AppConfig):
    name = "yinian.entitlements"
    label = "entitlements"
    verbose_name = _("Entitlements")

    def ready(self) -> None:
        # They register themselves.
        from yinian.core import packs as lookup
        from yinian.entitlements import (  # noqa: F401
            desks,
            figures,
            homefees,
            jobs,
            movers,
            own_dues,
            packs,
            person_pages,
            plans,
            search,
            wanting,
            workkinds,
        )
        from yinian.entitlements.adjustments import movers as correction_movers  # noqa: F401
        from yinian.entitlements.adjustments import workkinds as correction_workkinds  # noqa: F401
        from yinian.entitlements.applications import jobs as application_jobs  # noqa: F401
        from yinian.entitlements.applications import own_pages  # noqa: F401
        from yinian.entitlements.applications import workkinds as application_workkinds  # noqa: F401
        from yinian.entitlements.coverage import workkinds as coverage_workkinds  # noqa: F401
        from yinian.entitlements.cycles import jobs as cycle_jobs  # noqa: F401
        from yinian.entitlements.determinations import pages as determination_pages  # noqa: F401
        from yinian.entitlements.determinations import workkinds as determination_workkinds  # noqa: F401
        from yinian.entitlements.drafts import jobs as draft_jobs  # noqa: F401
        from yinian.entitlements.drafts import workkinds as draft_workkinds  # noqa: F401
        from yinian.entitlements.reconciliation import workkinds as paid_workkinds  # noqa: F401

        lookup.provide(lambda region: packs.in_force(region).pack)
