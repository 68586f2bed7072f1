"""What rooms above show on the page of a stay. A room registers a panel; homes know nothing of its content."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from yinian.core.users.models import User
from yinian.homes.stays.models import Stay

Content = Callable[[User, Stay], dict[str, Any] | None]


@dataclass(frozen=True)
class Panel:
    """``content`` returns what ``template`` shows as ``panel``, or None when there is nothing for this reader."""

    name: str
    order: int
    template: str
    content: Content


PANELS: dict[str, Panel] = {}


def stay_panel(name: str, order: int, template: str) -> Callable[[Content], Content]:
    """Register a panel; ``name`` is ``room.thing``, a lower ``order`` stands higher."""

    def register(content: Content) -> Content:
        PANELS[name] = Panel(name, order, template, content)
        return content

    return register


def panels_for(actor: User, stay: Stay) -> list[tuple[str, dict[str, Any]]]:
    """(template, content) of every panel that has something to show, in order."""
    found = []
    for panel in sorted(PANELS.values(), key=lambda p: (p.order, p.name)):
        content = panel.content(actor, stay)
        if content is not None:
            found.append((panel.template, content))
    return found
