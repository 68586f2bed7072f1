"""Work items of this room."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

VITAL = work_kind(
    "homes.vital",
    _("%(what)s of %(name)s, bed %(bed)s, is out of bounds"),
    _("Look at the values"),
    Role.HOME_MANAGER,
    1,
).name
DOSE = work_kind(
    "homes.dose",
    _("The dose of %(time)s on %(day)s for %(name)s, bed %(bed)s, is not recorded"),
    _("Look at the doses"),
    Role.HOME_MANAGER,
    1,
).name
INCIDENT = work_kind(
    "homes.incident", _("Follow up the incident of %(name)s, %(home)s: %(what)s"), _("Open the incident"),
    Role.HOME_MANAGER, 3,
).name
GRAVE = work_kind(
    "homes.incident_told", _("%(home)s tells of an incident of %(name)s: %(what)s"), _("Look at the incident"),
    Role.BUREAU_OFFICER, 1,
).name
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
ROSTER_SHORT = work_kind(
    "homes.roster_short",
    _("%(home)s, week of %(week)s: %(n)d shifts have fewer staff than the residents call for. Find cover."),
    _("Open the roster"), Role.HOME_MANAGER, 3,
).name
SHIFTS_FREE = work_kind(
    "homes.shifts_free",
    _("%(name)s leaves %(home)s on %(on)s: %(n)d planned shifts need somebody, the first on %(first)s"),
    _("Open the roster"), Role.HOME_MANAGER, 2,
).name
MENTOR_LEFT = work_kind(
    "homes.mentor_left",
    _("%(name)s, who shows %(new)s the work, leaves on %(on)s: agree who goes on and signs"),
    _("Look and sign"), Role.HOME_MANAGER, 3,
).name
DIRECTOR_LEFT = work_kind(
    "homes.director_left",
    _("%(name)s, director of %(home)s, holds no post there from %(on)s: end the appointment and appoint another"),
    _("End the appointment"), Role.TOWN_OFFICER, 5,
).name
SHADOWING = work_kind(
    "homes.shadowing",
    _("%(name)s has shown %(new)s the work, says the record. Look at it and sign."),
    _("Look and sign"), Role.HOME_MANAGER, 5,
).name
