"""What gardens and animals hang on the rooms below: their views, and what a merge moves."""

from typing import Any

from django.utils.translation import gettext_lazy

from yinian.core.navigation import desk
from yinian.core.users.models import User
from yinian.homes.economy.models import HarvestHelper
from yinian.people.duplicates.movers import mover
from yinian.people.models import Person

desk("homes", "economy", 50, gettext_lazy("Gardens and animals"), "homes:economy", "economy.view", "running")
desk("homes", "harvests", 51, gettext_lazy("Harvests"), "homes:harvests", "economy.view", "running")
desk("homes", "produce_uses", 52, gettext_lazy("Use and sale"), "homes:produce_uses", "economy.view", "running")


def _move(actor: User, kept: Person, gone: Person, reason: str) -> list[int]:
    """Give the gone entry's helping to the kept one, save where the kept one helped with the same harvest."""
    both = HarvestHelper.objects.filter(person=kept).values("harvest")
    moved = list(
        HarvestHelper.objects.select_for_update().filter(person=gone).exclude(harvest__in=both)
        .values_list("pk", flat=True)
    )
    HarvestHelper.objects.filter(pk__in=moved).update(person=kept)
    return moved


def _restore(actor: User, kept: Person, gone: Person, moved: Any, reason: str) -> None:
    HarvestHelper.objects.filter(pk__in=list(moved or []), person=kept).update(person=gone)


mover("homes.economy", _move, _restore)
