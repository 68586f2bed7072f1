"""Which files concern a site: rooms say it of the purposes they keep. Regions are handled by the scope itself."""

from collections.abc import Callable

from django.db.models import Q

SiteCondition = Callable[[tuple[int, ...]], Q]
_CONDITIONS: dict[str, list[SiteCondition]] = {}


def concerns_sites(purpose: str, condition: SiteCondition) -> None:
    """Files of a purpose that fulfil a condition concern the holders of a posting at given sites."""
    kept = _CONDITIONS.setdefault(purpose, [])
    if condition not in kept:
        kept.append(condition)


def of_sites(purpose: str, sites: tuple[int, ...]) -> Q:
    """Files of a purpose that concern the sites; of a purpose of which no room says so: none."""
    found = Q(pk__in=[])
    for condition in _CONDITIONS.get(purpose, ()) if sites else ():
        found |= condition(sites)
    return found
