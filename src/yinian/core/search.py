"""The one search box: each room registers what it can find; this module only asks them and groups the answers."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from yinian.core.users.models import User

LIMIT = 8  # hits per group; a group's own list has the rest


@dataclass(frozen=True)
class Hit:
    """One find: a title, a line below it without sensitive data, and where it leads."""

    title: str
    url: str
    text: str = ""


Provider = Callable[[User, str], list[Hit]]


@dataclass(frozen=True)
class _Source:
    name: str
    label: Promise | str
    right: str
    provider: Provider
    more: Callable[[str], str] | None
    order: int


@dataclass(frozen=True)
class Group:
    label: Promise | str
    hits: list[Hit]
    more_url: str


_sources: dict[str, _Source] = {}


def register(
    name: str, label: Promise | str, right: str, provider: Provider, *, more: Callable[[str], str] | None = None,
    order: int = 50,
) -> None:
    """Register a source. ``provider(actor, text)`` returns at most a few hits the actor may see; ``more(text)`` is
    the address of the full list. It is asked only when the actor holds ``right``."""
    _sources[name] = _Source(name, label, right, provider, more, order)


def find(actor: User, text: str) -> list[Group]:
    """What the rooms found, in order; empty groups are left out."""
    text = " ".join(text.replace("\x00", "").split())[:60]
    if not text:
        return []
    groups = []
    for source in sorted(_sources.values(), key=lambda s: (s.order, s.name)):
        if not actor.may(source.right):
            continue
        hits = source.provider(actor, text)[:LIMIT]
        if hits:
            groups.append(Group(source.label, hits, source.more(text) if source.more else ""))
    return groups
