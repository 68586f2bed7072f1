"""Whom home staff see: rooms above say which persons belong to a site. Regions are handled by the scope itself."""

from collections.abc import Callable

from django.db.models import Q

from yinian.core.users.models import User

SiteCondition = Callable[[tuple[int, ...]], Q]
_CONDITIONS: list[SiteCondition] = []


def register(condition: SiteCondition) -> SiteCondition:
    """Add a condition on persons for the holders of a posting at given sites (such as: who lies in a bed there)."""
    if condition not in _CONDITIONS:
        _CONDITIONS.append(condition)
    return condition


def persons_of(actor: User, right: str) -> Q:
    """The condition of a person whom the actor reaches with ``right``."""
    scope = actor.scope(right)
    return scope.q("region__code") | of_sites(scope.sites)


def of_sites(sites: tuple[int, ...]) -> Q:
    """The condition of a person who belongs to one of the sites."""
    reach = Q(pk__in=[])
    for condition in _CONDITIONS if sites else ():
        reach |= condition(sites)
    return reach
