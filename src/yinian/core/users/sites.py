"""Which sites home staff can be posted to. Sites live one floor up; the room that keeps them registers here."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class PostingSite:
    """A site as a posting needs it."""

    id: int
    name: str
    region_code: str


Lookup = Callable[[str, int | None], list[PostingSite]]
_lookups: list[Lookup] = []


def register_sites(lookup: Lookup) -> Lookup:
    """Register ``lookup(region_prefix, site_id)``: the sites under a prefix, or the one of that id."""
    if lookup not in _lookups:
        _lookups.append(lookup)
    return lookup


def sites_under(region_prefixes: tuple[str, ...]) -> list[PostingSite]:
    """Sites under any of the prefixes, by name."""
    found = {site.id: site for prefix in region_prefixes for lookup in _lookups for site in lookup(prefix, None)}
    return sorted(found.values(), key=lambda site: (site.region_code, site.name))


def site_of(site_id: int) -> PostingSite | None:
    """The site of that id, or None."""
    return next((site for lookup in _lookups for site in lookup("", site_id)), None)
