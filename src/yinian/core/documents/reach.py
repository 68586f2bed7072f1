"""Which papers concern a site: the room that knows the older people says whose belong to it."""

from collections.abc import Callable

from django.db.models import Q

SiteCondition = Callable[[tuple[int, ...]], Q]
_CONDITIONS: list[SiteCondition] = []


def register(condition: SiteCondition) -> SiteCondition:
    """Add a condition on papers for the holders of a posting at given sites (such as: about whom they house)."""
    if condition not in _CONDITIONS:
        _CONDITIONS.append(condition)
    return condition


def of_sites(sites: tuple[int, ...]) -> Q:
    """Papers that concern the sites."""
    found = Q(pk__in=[])
    for condition in _CONDITIONS if sites else ():
        found |= condition(sites)
    return found
