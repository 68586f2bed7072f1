"""The sites home staff can be posted to: care homes, told to the users' pages on the base floor."""

from yinian.core.users.sites import PostingSite, register_sites
from yinian.places.models import Site


def homes(region_prefix: str, site_id: int | None) -> list[PostingSite]:
    """Care homes under a region, or the one of that id."""
    found = Site.objects.filter(kind="home")
    if site_id is not None:
        found = found.filter(pk=site_id)
    elif not region_prefix:
        return []
    else:
        found = found.filter(region__code__startswith=region_prefix)
    return [PostingSite(pk, name, code) for pk, name, code in found.values_list("pk", "name", "region_id")]


register_sites(homes)
