"""Work items of this room."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

LICENCE = work_kind(
    "places.licence",
    _("%(site)s: the licence (filing) runs out on %(day)s. Renew it and enter the new date."),
    _("Open the site"),
    Role.TOWN_OFFICER,
    10,
)
