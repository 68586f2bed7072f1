"""The work item of stores: goods that a home counts and confirms."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

PARCEL = work_kind(
    "homes.parcel", _("%(home)s: count what has arrived (%(title)s) and confirm it"), _("Confirm the goods"),
    Role.HOME_MANAGER, 5,
).name


def key(distribution: int, site: int) -> str:
    """The key of the item that asks a home to count what a round sent it."""
    return f"{PARCEL}:{distribution}:{site}"
