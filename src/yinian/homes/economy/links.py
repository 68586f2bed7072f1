"""What gardens and animals hang on the rooms below: their views, and what a merge moves."""

from django.utils.translation import gettext_lazy

from yinian.core.navigation import desk
from yinian.homes.economy.models import HarvestHelper
from yinian.people.duplicates.movers import rows_mover

desk("homes", "economy", 50, gettext_lazy("Gardens and animals"), "homes:economy", "economy.view", "running")
desk("homes", "harvests", 51, gettext_lazy("Harvests"), "homes:harvests", "economy.view", "running")
desk("homes", "produce_uses", 52, gettext_lazy("Use and sale"), "homes:produce_uses", "economy.view", "running")

# Who helped with a harvest is named once.
rows_mover("homes.economy", HarvestHelper, once_in="harvest")
