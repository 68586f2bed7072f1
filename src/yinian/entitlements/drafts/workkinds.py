"""The work items of drafts: one to review, one returned."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

REVIEW, RETURNED = "entitlements.draft_review", "entitlements.draft_returned"
REVIEW_DAYS, RETURNED_DAYS = 5, 10

work_kind(REVIEW, _("Review the draft “%(name)s”, to begin on %(day)s"), _("Review"), Role.BUREAU_OFFICER, REVIEW_DAYS)
work_kind(RETURNED, _("The draft “%(name)s” was returned"), _("Open the draft"), Role.BUREAU_OFFICER, RETURNED_DAYS)
