"""What homes' own plans hang on the rooms below: their views, desk figures, papers and work items."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core import figures
from yinian.core.navigation import desk
from yinian.core.users.models import User
from yinian.homes.reviews import papers, workkinds  # noqa: F401 - they register themselves
from yinian.homes.reviews.queries import findings, overdue

desk("homes", "guidance", 10, gettext_lazy("Plans of homes"), "homes:guidance", "reviews.view", "running")
desk("homes", "findings", 20, gettext_lazy("Findings in homes"), "homes:findings", "reviews.view", "running")


def desk_figures(actor: User) -> list[figures.Stat]:
    """Findings that are overdue in the actor's homes."""
    late = findings(actor).filter(overdue()).count()
    if not late:
        return []
    return [figures.Stat(_("Overdue findings in homes"), late, "", reverse("homes:findings") + "?overdue=1")]


figures.register("homes.reviews", "reviews.view", desk_figures, order=41)
