"""On what a plan's services may rest: what the person is due. Rooms above say so; this one only shows it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import get_language

from yinian.core.errors import Refused
from yinian.core.packs import pack_for
from yinian.core.users.models import User
from yinian.people.models import Person


@dataclass(frozen=True)
class Due:
    """A service of the pack that the person is due, or may be due once something is found out (``sure`` False)."""

    id: str
    name: str
    amount: str
    receiving: bool
    sure: bool = True
    url: str = ""


Provider = Callable[[User, Person], list[Due]]
_PROVIDERS: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Offer what a person is due; ``name`` is ``room.thing``. It returns nothing to whoever may not see it."""
    _PROVIDERS[name] = provider


def dues_of(actor: User, person: Person) -> list[Due]:
    """What the person is due, as far as the actor may see it."""
    return [due for provider in _PROVIDERS.values() for due in provider(actor, person)]


def due_name(region_code: str, service_id: str) -> str:
    """A service of the pack in the reader's language; its id where the pack knows it no longer."""
    try:
        label = pack_for(region_code).service(service_id).label
    except (KeyError, Refused):
        return service_id
    return label.in_language("en" if get_language() == "en" else "zh")
