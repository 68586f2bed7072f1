"""What proposals hang on the rooms below: a desk figure, and what a merge of two entries does to moves."""

from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core import figures
from yinian.core.users.models import User
from yinian.homes.placing.models import Move, Unmoved
from yinian.homes.placing.queries import standing_moves
from yinian.people.duplicates.movers import rows_mover

# A proposal moves a person once.
rows_mover("homes.moves", Move, Unmoved, once_in="proposal")


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
