"""Django's entry to the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HomesConfig(AppConfig):
    name = "yinian.homes"
    label = "homes"
    verbose_name = _("Care homes")

    def ready(self) -> None:
        # They register themselves.
        from yinian.homes import desks, links, workkinds  # noqa: F401
        from yinian.homes.directors import leaving as directors_after  # noqa: F401
        from yinian.homes.economy import links as garden_links  # noqa: F401
        from yinian.homes.fees import jobs as fee_jobs  # noqa: F401
        from yinian.homes.fees import links as fee_links  # noqa: F401
        from yinian.homes.living import links as living_links  # noqa: F401
        from yinian.homes.placing import jobs as moving_jobs  # noqa: F401
        from yinian.homes.placing import links as moves  # noqa: F401
        from yinian.homes.reviews import links as review_links  # noqa: F401
        from yinian.homes.rosters import leaving as rosters_after  # noqa: F401
        from yinian.homes.shadowing import leaving as shadowing_after  # noqa: F401
        from yinian.homes.stores import links as store_links  # noqa: F401
        from yinian.homes.way import links as way_links  # noqa: F401
