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
