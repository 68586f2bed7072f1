"""The figures under the work desk: each room registers what it can say to whom; the desk shows the first few."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from yinian.core.users.models import User

SHOWN = 4


@dataclass(frozen=True)
class Stat:
    """A figure with its unit, its as-of date and scope (``note``), its change, and the list behind it."""

    label: Promise | str
    value: int | float | str
    unit: Promise | str = ""
    url: str = ""
    note: str = ""
    change: str = ""


Provider = Callable[[User], list[Stat]]
_providers: dict[str, tuple[int, str, Provider]] = {}


def register(name: str, right: str, provider: Provider, *, order: int = 50) -> None:
    """Register a provider; it is asked only for an actor who holds ``right``. Low ``order`` comes first."""
    _providers[name] = (order, right, provider)


def figures_for(actor: User) -> list[Stat]:
    """The few figures this actor answers for."""
    found: list[Stat] = []
    for _order, right, provider in sorted(_providers.values(), key=lambda p: p[0]):
        if len(found) >= SHOWN:
            break
        if actor.may(right):
            found += provider(actor)
    return found[:SHOWN]
