"""Lists of people somebody works through, and the indicators that count the same people.

A room names its list here; a pack's indicator says by that name which list it counts (``list``), so each links to the
other and neither room knows of the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from yinian.core.users.models import User

Counting = Callable[[User, str, str], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Worklist:
    """``page`` is the list's name among addresses; it takes ``?region=``. ``right`` is needed to open it."""

    name: str
    label: Promise | str
    page: str
    right: str

    def address(self, region: str) -> str:
        return f"{reverse(self.page)}?region={region}"


_lists: dict[str, Worklist] = {}
_counting: list[Counting] = []


def register(name: str, label: Promise | str, page: str, right: str) -> None:
    """Name a list, so that an indicator can say that it counts whom the list names."""
    _lists[name] = Worklist(name, label, page, right)


def known() -> Sequence[str]:
    return tuple(_lists)


def opened(actor: User, name: str) -> Worklist | None:
    """The list of a name, where the actor may open it."""
    found = _lists.get(name)
    return found if found is not None and actor.may(found.right) else None


def count_by(counting: Counting) -> None:
    """Offer ``counting(actor, list, region code)``: the indicators that count a list's people, by name and address;
    an empty region code is the widest the actor reaches."""
    _counting[:] = [counting]


def counted_by(actor: User, name: str, region: str = "") -> Sequence[tuple[str, str]]:
    """The indicators that count whom a list names, with their addresses; none where the actor sees no indicators."""
    return [pair for counting in _counting for pair in counting(actor, name, region)]
