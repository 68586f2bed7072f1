"""The list behind a live figure: keys from the engine, rows through the owning room's own scoped query and columns."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.lists import Column, Filter, ListView
from yinian.core.models import Region, User
from yinian.core.regions import queries as regions
from yinian.homes.beds import queries as homes
from yinian.homes.stays import queries as stays
from yinian.people.persons import lists as people_lists
from yinian.people.persons import queries as people
from yinian.places.models import Bed
from yinian.places.sites import queries as sites
from yinian.places.sites.pages import site_filters
from yinian.workforce import queries as workforce

Keys = Sequence[int] | Sequence[str]

NEEDS: dict[str, tuple[str, ...]] = {
    "person": ("people.view",), "site": ("places.view",), "bed": ("homes.view",), "stay": ("homes.view", "people.view"),
    "worker": ("workforce.view",), "region": ("indicators.view",),
}
"""The rights of the owning room that the list of a kind of thing takes besides ``indicators.view``."""


def may_open(actor: User, opens: str) -> bool:
    """Whether the actor may see the list of such things."""
    return all(actor.may(right) for right in NEEDS[opens])


def _only(rows: QuerySet[Any], keys: Keys) -> QuerySet[Any]:
    """The rows with these keys. One array and not a parameter each: there may be a hundred thousand."""
    return rows.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [list(keys)]))


def _persons(actor: User, keys: Keys) -> tuple[ListView, QuerySet[Any]]:
    rows = people.standing(actor).select_related("region__parent").defer(
        "id_number", "phone", "address", "region__outline", "region__parent__outline"
    )
    return people_lists.list_view(actor), _only(rows, keys)


def _sites(actor: User, keys: Keys) -> tuple[ListView, QuerySet[Any]]:
    view = ListView(
        title="", columns=[
            Column("name", _("Name of the site"), lambda s: s.name, sort="name"),
            Column("kind", _("Kind"), lambda s: s.get_kind_display(), sort="kind"),
            Column("place", _("Place"), lambda s: s.region.name, sort="region_id"),
            Column("ownership", _("How it is run"), lambda s: s.get_ownership_display()),
            Column("beds", _("Usable beds"), lambda s: s.usable_beds or None, kind="number", sort="usable_beds"),
            Column("state", _("State"), lambda s: s.get_state_display(), sort="state"),
        ],
        filters=site_filters(), search=sites.search, search_label=_("Find a site"), default_sort=("name", "asc"),
        row_url=lambda s: reverse("places:site", args=[s.pk]), region_field="region__code",
    )
    return view, _only(sites.listed(actor), keys)


def _beds(actor: User, keys: Keys) -> tuple[ListView, QuerySet[Any]]:
    rows = Bed.objects.filter(site__in=homes.visible_to(actor)).select_related("site__region", "room").defer(
        "site__region__outline"
    )
    view = ListView(
        title="", columns=[
            Column("label", _("Bed"), lambda b: b.label, sort="label"),
            Column("site", _("Care home"), lambda b: b.site.name, sort="site__name"),
            Column("kind", _("Kind"), lambda b: b.get_kind_display(), sort="kind"),
            Column("state", _("State"), lambda b: b.get_state_display(), sort="state"),
            Column("place", _("Place"), lambda b: b.site.region.name, sort="site__region_id"),
        ],
        filters=[
            Filter("kind", _("Kind"), lambda q, v: q.filter(kind=v), lambda actor: Bed.Kind.choices),
            Filter("region", _("Area"), lambda q, v: q.filter(site__region__code__startswith=v), kind="region"),
        ],
        search=lambda q, text: q.filter(site__name__contains=text), search_label=_("Find a care home"),
        default_sort=("site__name", "asc"), row_url=lambda b: reverse("homes:bed", args=[b.pk]),
        region_field="site__region__code",
    )
    return view, _only(rows, keys)


def _stays(actor: User, keys: Keys) -> tuple[ListView, QuerySet[Any]]:
    rows = stays.stays_visible_to(actor).select_related("person", "bed__site__region").defer(
        "person__id_number", "person__phone", "person__address", "bed__site__region__outline"
    )
    view = ListView(
        title="", columns=[
            Column("person", _("Name"), lambda s: s.person.name, sort="person__name_pinyin"),
            Column("site", _("Care home"), lambda s: s.bed.site.name, sort="bed__site__name"),
            Column("bed", _("Bed"), lambda s: s.bed.label),
            Column("basis", _("Basis"), lambda s: s.get_basis_display(), sort="basis"),
            Column("since", _("Since"), lambda s: s.period.lower, kind="day", sort="period"),
        ],
        filters=[Filter("region", _("Area"), lambda q, v: q.filter(bed__site__region__code__startswith=v),
                        kind="region")],
        search=lambda q, text: q.filter(person__name__contains=text), search_label=_("Find a person"),
        default_sort=("person__name_pinyin", "asc"), row_url=lambda s: reverse("homes:stay", args=[s.pk]),
        region_field="bed__site__region__code",
    )
    return view, _only(rows, keys)


def _workers(actor: User, keys: Keys) -> tuple[ListView, QuerySet[Any]]:
    rows = workforce.posts_visible_to(actor).select_related("worker", "site__region").defer("site__region__outline")
    view = ListView(
        title="", columns=[
            Column("worker", _("Name"), lambda p: p.worker.name, sort="worker__name"),
            Column("kind", _("Post"), lambda p: p.get_kind_display(), sort="kind"),
            Column("site", _("Site"), lambda p: p.site.name, sort="site__name"),
            Column("since", _("Since"), lambda p: p.period.lower, kind="day", sort="period"),
        ],
        filters=[Filter("region", _("Area"), lambda q, v: q.filter(site__region__code__startswith=v), kind="region")],
        search=lambda q, text: q.filter(worker__name__contains=text), search_label=_("Find somebody"),
        default_sort=("site__name", "asc"), row_url=lambda p: reverse("workforce:worker", args=[p.worker_id]),
        region_field="site__region__code",
    )
    return view, _only(rows, keys)


def _regions(actor: User, keys: Keys) -> tuple[ListView, QuerySet[Any]]:
    rows = regions.visible_to(actor).select_related("parent").defer("outline", "parent__outline")
    view = ListView(
        title="", columns=[
            Column("name", _("Name"), lambda r: r.name, sort="name"),
            Column("kind", _("Kind"), lambda r: r.kind, sort="kind"),
            Column("above", _("Belongs to"), lambda r: r.parent.name if r.parent else "", sort="parent_id"),
        ],
        filters=[Filter("region", _("Area"), lambda q, v: q.filter(code__startswith=v), kind="region")],
        search=lambda q, text: q.filter(name__contains=text), search_label=_("Find an area"),
        default_sort=("pk", "asc"), row_url=_region_url, region_field="code",
    )
    return view, rows.filter(pk__in=RawSQL("SELECT unnest(%s::text[])", [list(keys)]))


def _region_url(region: Region) -> str:
    return f"{reverse('indicators:list')}?region={region.pk}"


_LISTS: dict[str, Callable[[User, Keys], tuple[ListView, QuerySet[Any]]]] = {
    "person": _persons, "site": _sites, "bed": _beds, "stay": _stays, "worker": _workers, "region": _regions,
}


def list_behind(actor: User, opens: str, keys: Keys, title: str, subtitle: str) -> tuple[ListView, QuerySet[Any]]:
    """The list of the things with these keys that the actor may see, with the owning room's columns and masks.

    Exported by whoever may export figures; of people by whoever may export people.
    """
    view, rows = _LISTS[opens](actor, keys)
    return replace(
        view, title=title, subtitle=subtitle, desk=None, key=f"indicators.behind.{opens}",
        excel_right=view.excel_right or "indicators.export", empty=_("Nothing is behind this figure here"),
        empty_text=_("By today's records nothing is counted so in this area."),
    ), rows
