"""Places over REST: divisions, organisations, sites, prices. Thin: the room's queries and actions."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.places.models import Site
from yinian.places.regions import actions as region_actions
from yinian.places.regions import queries as regions
from yinian.places.sites import actions, queries

router = Router(tags=["places"])
PAGE = 100


class RegionOut(Schema):
    code: str
    name: str
    level: int
    kind: str
    parent: str | None = Field(alias="parent_id")
    lat: float | None
    lon: float | None
    schematic: bool


class SiteOut(Schema):
    id: int
    organisation: int = Field(alias="organisation_id")
    kind: str
    name: str
    ownership: str
    region: str = Field(alias="region_id")
    state: str
    address: str
    phone: str
    lat: float | None
    lon: float | None
    schematic: bool
    opening_hours: str
    licence_number: str
    licence_expires: dt.date | None
    levels: list[int]
    filed_beds: int
    usable_beds: int
    version: int


class OrganisationOut(Schema):
    id: int
    name: str
    kind: str
    credit_code: str
    region: str = Field(alias="region_id")
    sites: int = Field(alias="site_count")


class PriceOut(Schema):
    item: str
    amount_fen: int
    unit: str
    from_date: dt.date


class PriceIn(Schema):
    item: str = Field(min_length=1, max_length=60)
    amount_fen: int = Field(ge=0, le=1_000_000_000)
    unit: str = Field(pattern="^(month|day|meal|time)$")
    from_date: dt.date


class LicenceIn(Schema):
    version: int
    licence_number: str = Field(max_length=60)
    licence_expires: dt.date | None = None


class HamletIn(Schema):
    name: str = Field(min_length=2, max_length=20)
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)


@router.get("regions", auth=needs("places.view"), response=list[RegionOut], url_name="places_regions")
def list_regions(request: HttpRequest, under: str = "", q: str = "", after: str = "") -> list[Any]:
    """Divisions in code order, 100 at a time (``after``: the last code seen), or what ``q`` finds."""
    visible = regions.visible_to(caller(request))
    if under:
        visible = visible.filter(code__startswith=under[:14])
    if q:
        return regions.search(visible, q[:60])
    return list(visible.filter(code__gt=after[:14]).order_by("code").defer("outline")[:PAGE])


@router.get("regions/{code}/map", auth=needs("places.view"), url_name="places_map")
def region_map(request: HttpRequest, code: str) -> dict[str, Any]:
    """GeoJSON of a region, the areas below it and its sites."""
    actor = caller(request)
    return regions.map_of(actor, regions.get_region(actor, code))


@router.post(
    "regions/{code}/hamlets", auth=needs("places.edit"), response={201: RegionOut}, url_name="places_add_hamlet"
)
def add_hamlet(request: HttpRequest, code: str, given: HamletIn) -> Status[Any]:
    """Add a hamlet to a village."""
    return Status(201, region_actions.add_hamlet(caller(request), code, given.name, given.lat, given.lon))


@router.get(
    "organisations", auth=needs("places.view"), response=list[OrganisationOut], url_name="places_organisations"
)
def list_organisations(request: HttpRequest, after: int = 0) -> list[Any]:
    """Organisations by id, 100 at a time (``after``: the last id seen)."""
    return list(queries.organisations_listed(caller(request)).filter(pk__gt=after).order_by("pk")[:PAGE])


@router.get("sites", auth=needs("places.view"), response=list[SiteOut], url_name="places_sites")
def list_sites(request: HttpRequest, kind: str = "", region: str = "", after: int = 0) -> list[Site]:
    """Sites by id, 100 at a time (``after``: the last id seen)."""
    sites = queries.listed(caller(request)).filter(pk__gt=after)
    if kind:
        sites = sites.filter(kind=kind[:20])
    if region:
        sites = sites.filter(region__code__startswith=region[:14])
    return list(sites.order_by("pk")[:PAGE])


@router.get("sites/{int:pk}", auth=needs("places.view"), response=SiteOut, url_name="places_site")
def get_site(request: HttpRequest, pk: int) -> Site:
    """One site."""
    actor = caller(request)
    queries.get_site(actor, pk)
    return queries.listed(actor).get(pk=pk)


@router.get("sites/{int:pk}/prices", auth=needs("places.view"), response=list[PriceOut], url_name="places_prices")
def list_prices(request: HttpRequest, pk: int) -> list[Any]:
    """Every dated price of a site."""
    return list(queries.get_site(caller(request), pk).prices.all())


@router.post(
    "sites/{int:pk}/prices", auth=needs("places.edit"), response={201: PriceOut}, url_name="places_set_price"
)
def set_price(request: HttpRequest, pk: int, given: PriceIn) -> Status[Any]:
    """Set a price from a day on."""
    return Status(201, actions.set_price(caller(request), pk, **given.dict()))


@router.post("sites/{int:pk}/licence", auth=needs("places.edit"), response=SiteOut, url_name="places_licence")
def set_licence(request: HttpRequest, pk: int, given: LicenceIn) -> Site:
    """Enter a renewed licence; 409 when the site was changed since ``version``."""
    actor = caller(request)
    actions.edit_site(
        actor, pk, given.version, licence_number=given.licence_number, licence_expires=given.licence_expires
    )
    return queries.listed(actor).get(pk=pk)
