"""Work items of this room, one for each step that waits for somebody."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

# The days stand in for the pack's: every item is asked with the deadline that its request keeps.
ASSIGN = work_kind(
    "assessments.assign", _("Name assessors in %(area)s (requests: %(count)s)"), _("Name assessors"), Role.DISPATCHER, 5
).name
VISIT = work_kind(
    "assessments.visit", _("Visit and assess %(name)s, %(village)s (%(scale)s)"), _("Open the assessment"),
    Role.ASSESSOR, 10,
).name
CONFIRM = work_kind(
    "assessments.confirm", _("Confirm the record of %(name)s, %(village)s, that your colleague has finished"),
    _("Look and confirm"), Role.ASSESSOR, 3,
).name
RETURNED = work_kind(
    "assessments.returned", _("The result of %(name)s, %(village)s, came back: %(reason)s"), _("Put it right"),
    Role.ASSESSOR, 3,
).name
ISSUE = work_kind(
    "assessments.issue", _("Review and issue the result of %(name)s, %(village)s (%(scale)s)"), _("Review"),
    Role.BUREAU_OFFICER, 5,
).name
DELIVER = work_kind(
    "assessments.deliver", _("Hand the notice of the result to %(name)s, %(village)s"), _("Record the delivery"),
    Role.VILLAGE_WORKER, 5,
).name
CHECK = work_kind(
    "assessments.check", _("Check the assessment of another body for %(name)s, %(village)s"), _("Check the paper"),
    Role.BUREAU_OFFICER, 5,
).name
CERTIFICATE = work_kind(
    "assessments.certificate", _("The certificate of assessor %(name)s runs out on %(day)s"), _("Open the profile"),
    Role.BUREAU_OFFICER, 10,
).name
# Care plans: one line a town for those to be drawn up, one a plan for what follows.
PLAN_DRAFT = work_kind(
    "assessments.plan_draft", _("Draw up care plans in %(area)s (people: %(count)s)"), _("Draw up the plans"),
    Role.TOWN_OFFICER, 10,
).name
PLAN_AGREE = work_kind(
    "assessments.plan_agree", _("Go through the care plan with %(name)s, %(village)s, and record the agreement"),
    _("Open the plan"), Role.VILLAGE_WORKER, 5,
).name
PLAN_REVIEW = work_kind(
    "assessments.plan_review", _("Review the care plan of %(name)s, %(village)s: %(why)s"), _("Review the plan"),
    Role.TOWN_OFFICER, 5,
).name
