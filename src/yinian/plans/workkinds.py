"""Work items of this room, one for each step that waits for somebody."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

# The days stand in where a thing has no day of its own: reports and answers are asked for with theirs.
REPORT = work_kind(
    "plans.report", _("%(unit)s: report on “%(task)s”, due %(day)s"), _("Report on it"), Role.UNIT_OFFICER, 15
).name
RETURNED = work_kind(
    "plans.returned", _("%(unit)s: the report on “%(task)s” came back: %(reason)s"), _("Put it right"),
    Role.UNIT_OFFICER, 3,
).name
CONFIRM = work_kind(
    "plans.confirm", _("%(unit)s as lead: “%(task)s” is reported as done"), _("Look and confirm"),
    Role.UNIT_OFFICER, 3,
).name
CHECK = work_kind(
    "plans.check", _("Check “%(task)s”, reported as done by %(unit)s"), _("Check the task"), Role.BUREAU_OFFICER, 5
).name
LETTER = work_kind(
    "plans.letter", _("Supervision letter to %(unit)s is drafted (overdue tasks: %(count)s)"), _("Read and send"),
    Role.BUREAU_OFFICER, 2,
).name
ANSWER = work_kind(
    "plans.answer", _("%(unit)s: answer the supervision letter %(number)s"), _("Read and answer"),
    Role.UNIT_OFFICER, 10,
).name
