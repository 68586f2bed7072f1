"""What rooms above show and offer on the page of a family member's account. This room knows nothing of its content."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from yinian.core.users.models import User
from yinian.people.persons.models import Person

Content = Callable[[User, Person], dict[str, Any] | None]
Acts = Callable[[User, Person], "list[OwnAct]"]


@dataclass(frozen=True)
class OwnAct:
    """Something the family can do: words on the button, what it is for, where it leads, its icon."""

    label: Promise | str
    text: Promise | str
    url: str
    icon: str


@dataclass(frozen=True)
class _Panel:
    order: int
    template: str
    content: Content


PANELS: dict[str, _Panel] = {}
ACTS: dict[str, tuple[int, Acts]] = {}


def own_panel(name: str, order: int, template: str) -> Callable[[Content], Content]:
    """Register a part of the page: ``content(user, person)`` gives ``panel`` of ``template``, or None. The person is
    one the account acts for; whatever else is read must be that person's own."""

    def register(content: Content) -> Content:
        PANELS[name] = _Panel(order, template, content)
        return content

    return register


def own_acts(name: str, order: int) -> Callable[[Acts], Acts]:
    """Register what the family can do: ``acts(user, person)`` gives a list of :class:`OwnAct`."""

    def register(acts: Acts) -> Acts:
        ACTS[name] = (order, acts)
        return acts

    return register


def panels_for(actor: User, person: Person) -> list[tuple[str, dict[str, Any]]]:
    """(template, content) of every part that has something to show, in order."""
    found = [(panel.template, panel.content(actor, person)) for panel in sorted(PANELS.values(), key=lambda p: p.order)]
    return [(template, content) for template, content in found if content is not None]


def acts_for(actor: User, person: Person) -> list[OwnAct]:
    """What the account can do for the person, in order."""
    return [act for _order, acts in sorted(ACTS.values(), key=lambda pair: pair[0]) for act in acts(actor, person)]
