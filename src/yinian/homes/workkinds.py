"""Work items of this room."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

DIED_HERE = work_kind(
    "homes.died_here",
    _("%(name)s died in %(home)s on %(day)s, the home says. Confirm it and record the death."),
    _("Confirm and record"), Role.VILLAGE_WORKER, 3,
)
DIED = work_kind(
    "homes.died",
    _("%(name)s, bed %(bed)s, is recorded as having died on %(day)s. End the stay, or have the record put right."),
    _("Open the stay"), Role.HOME_MANAGER, 1,
)
STAY_ENDS = work_kind(
    "homes.stay_ends",
    _("%(name)s, bed %(bed)s: the %(what)s ends on %(day)s. Prepare the leaving, or agree how it goes on."),
    _("Open the stay"), Role.HOME_MANAGER, 3,
)
AWAY_LONG = work_kind(
    "homes.away_long",
    _("%(name)s, bed %(bed)s, was to be back on %(day)s. Ask, and record the return or the leaving."),
    _("Open the stay"), Role.HOME_MANAGER, 2,
)
KEPT_OVER = work_kind(
    "homes.kept_over",
    _("%(name)s, bed %(bed)s, is away; the bed is kept until %(day)s. Agree what comes then."),
    _("Open the stay"), Role.HOME_MANAGER, 2,
)
TRANSFER_ASKED = work_kind(
    "homes.transfer_asked",
    _("%(home)s asks you to take %(name)s. Choose a bed, or decline with a reason."),
    _("Answer"), Role.HOME_MANAGER, 3,
)
TRANSFERRED = work_kind(
    "homes.transferred",
    _("%(name)s moved from %(home)s to %(to)s on %(day)s."),
    _("Open the stay"), Role.HOME_MANAGER, 5,
)
TRANSFER_DECLINED = work_kind(
    "homes.transfer_declined",
    _("%(home)s does not take %(name)s: %(answer)s"),
    _("Open the stay"), Role.HOME_MANAGER, 5,
)
