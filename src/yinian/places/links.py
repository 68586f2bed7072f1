"""What places add to the search box and to the desk."""


from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core import figures, search
from yinian.core.renewals import days_said
from yinian.core.users.models import User
from yinian.places.regions import queries as regions
from yinian.places.sites import queries as sites


def find_sites(actor: User, text: str) -> list[search.Hit]:
    found = sites.search(sites.visible_to(actor), text).select_related("region").defer("region__outline")
    return [
        search.Hit(
            site.name, reverse("places:site", args=[site.pk]), f"{site.get_kind_display()} · {site.region.name}"
        )
        for site in found[: search.LIMIT]
    ]


def find_regions(actor: User, text: str) -> list[search.Hit]:
    return [
        search.Hit(
            region.name,
            reverse("places:region", args=[region.code]),
            region.parent.name if region.parent is not None else "",
        )
        for region in regions.search(regions.visible_to(actor), text, search.LIMIT)
    ]


def desk_figures(actor: User) -> list[figures.Stat]:
    """Licences to renew, for those who can."""
    regions = actor.scope("places.view").regions
    late, days = sites.to_renew(sites.visible_to(actor), regions=regions).count(), days_said(regions)
    return (
        [
            figures.Stat(
                _("Licences to renew"),
                late,
                _("sites"),
                reverse("places:list") + "?licence=soon",
                "" if days is None else _("within %(days)d days") % {"days": days},
            )
        ]
        if late
        else []
    )


search.register(
    "places.sites",
    gettext_lazy("Sites"),
    "places.view",
    find_sites,
    more=lambda text: reverse("places:list") + "?" + urlencode({"q": text}),
    order=40,
)
search.register(
    "places.regions",
    gettext_lazy("Divisions"),
    "places.view",
    find_regions,
    more=lambda text: reverse("places:regions") + "?" + urlencode({"q": text}),
    order=50,
)
figures.register("places.licences", "places.edit", desk_figures, order=70)
