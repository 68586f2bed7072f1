"""Work items of this room."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

CONFLICT = work_kind(
    "people.conflict",
    _("%(name)s, %(village)s: %(department)s and the register disagree about “%(fact)s”. Decide which holds."),
    _("Decide"), Role.TOWN_OFFICER, 5,
)
MOVED_IN = work_kind(
    "people.moved_in",
    _("%(name)s has moved to you from %(origin)s on %(day)s. Visit, and check how they live."),
    _("Open the person"), Role.VILLAGE_WORKER, 10,
)
