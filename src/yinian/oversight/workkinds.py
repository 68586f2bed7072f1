"""Work items of this room, one for each step that waits for somebody. Deadlines are the round's own."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

APPLY = work_kind(
    "oversight.apply", _("Apply for %(scheme)s %(year)s, if your county takes part"), _("Open the evaluation"),
    Role.BUREAU_OFFICER, 20,
).name
RECOMMEND = work_kind(
    "oversight.recommend", _("Mark, visit and recommend applicants for %(scheme)s %(year)s"), _("Open the desk"),
    Role.REVIEWER, 10,
).name
SEND = work_kind(
    "oversight.send", _("Look through the recommendation for %(scheme)s %(year)s and send it; a colleague proposed it"),
    _("Open the desk"), Role.REVIEWER, 3,
).name
PANEL = work_kind(
    "oversight.panel", _("Have the recommended applicants for %(scheme)s %(year)s read by experts"),
    _("Open the panel"), Role.REVIEWER, 10,
).name
READ = work_kind(
    "oversight.read", _("Read and score %(name)s (%(scheme)s %(year)s)"), _("Score"), Role.SCHEME_EXPERT, 10
).name
REPLACE = work_kind(
    "oversight.replace", _("An expert stepped back from %(name)s (%(scheme)s %(year)s); name another"),
    _("Open the panel"), Role.REVIEWER, 2,
).name
DECIDE = work_kind(
    "oversight.decide", _("Approve the list for %(scheme)s %(year)s that a colleague proposed"), _("Open the ranking"),
    Role.REVIEWER, 5,
).name
RECOGNISE = work_kind(
    "oversight.recognise", _("The public notice of %(scheme)s %(year)s is over: recognise"), _("Open the notice"),
    Role.REVIEWER, 5,
).name
OBJECTION = work_kind(
    "oversight.objection", _("Answer an objection to the list of %(scheme)s %(year)s"), _("Open the notice"),
    Role.REVIEWER, 5,
).name
AWARD = work_kind(
    "oversight.award", _("Set the awards of %(scheme)s %(year)s"), _("Open the awards"), Role.REVIEWER, 20
).name
AWARD_APPROVE = work_kind(
    "oversight.award_approve", _("Approve the award of %(name)s (%(scheme)s %(year)s)"), _("Open the award"),
    Role.REVIEWER, 5,
).name
USE = work_kind(
    "oversight.use", _("Report how the award of %(scheme)s %(year)s is used"), _("Open the award"),
    Role.BUREAU_OFFICER, 60,
).name
