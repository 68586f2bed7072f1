"""Work items of daily life in a home."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

OUT_LATE = work_kind(
    "homes.out_late",
    _("%(name)s, bed %(bed)s, was to be back from an outing at %(time)s. Ask, and record how it ended."),
    _("Open the outing"),
    Role.HOME_MANAGER,
    1,
).name
UNANSWERED = work_kind(
    "homes.family_waits",
    _("The family of %(name)s, bed %(bed)s, has waited for an answer since %(day)s."),
    _("Answer"),
    Role.HOME_MANAGER,
    1,
).name
