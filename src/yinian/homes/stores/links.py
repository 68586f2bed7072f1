"""What stores hang on the rooms below: their views, the desk's figure of what runs low, what a merge moves."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core import figures
from yinian.core.navigation import desk
from yinian.core.users.models import User
from yinian.homes.stores import workkinds  # noqa: F401 - registers itself
from yinian.homes.stores.models import StoreMove
from yinian.homes.stores.queries import low
from yinian.people.duplicates.movers import rows_mover

desk("homes", "stores", 30, gettext_lazy("Stores"), "homes:stores", "stores.view", "running")
desk("homes", "rounds", 31, gettext_lazy("Sending goods"), "homes:rounds", "stores.view", "running")
desk("homes", "store_moves", 32, gettext_lazy("Movements of goods"), "homes:store_moves", "stores.view", "running")


def desk_figures(actor: User) -> list[figures.Stat]:
    """Goods of which a store within reach holds less than it wishes for."""
    found = low(actor).count()
    return [figures.Stat(_("Goods running low"), found, "", reverse("homes:stores") + "?low=1")] if found else []


figures.register("homes.stores", "stores.view", desk_figures, order=43)
rows_mover("homes.stores", StoreMove)
