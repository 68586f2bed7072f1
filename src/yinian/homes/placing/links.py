"""What proposals hang on the rooms below: a desk figure, and what a merge of two entries does to moves."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core import figures
from yinian.core.users.models import User
from yinian.homes.placing.models import Move
from yinian.homes.placing.queries import standing_moves
from yinian.people.duplicates.movers import mover
from yinian.people.models import Person


def _move(actor: User, kept: Person, gone: Person, reason: str) -> list[int]:
    """Give the gone entry's moves to the kept one, save where the kept one is in the same proposal."""
    both = Move.objects.filter(person=kept).values("proposal")
    moved = list(
        Move.objects.select_for_update().filter(person=gone).exclude(proposal__in=both).values_list("pk", flat=True)
    )
    Move.objects.filter(pk__in=moved).update(person=kept)
    return moved


def _restore(actor: User, kept: Person, gone: Person, moved: Any, reason: str) -> None:
    Move.objects.filter(pk__in=list(moved or []), person=kept).update(person=gone)


mover("homes.moves", _move, _restore)


def desk_figures(actor: User) -> list[figures.Stat]:
    """Moves of the latest proposal that wait for an answer, or are agreed and not carried out."""
    if not actor.may("people.view"):
        return []
    count = standing_moves(actor).count()
    if not count:
        return []
    return [figures.Stat(_("Moves proposed or agreed"), count, _("people"), reverse("homes:balances"),
                         _("to be asked or carried out"))]  # fmt: skip


figures.register("homes.moves", "homes.balance", desk_figures, order=42)
