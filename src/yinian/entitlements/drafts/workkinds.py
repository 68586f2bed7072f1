"""The work items of drafts: one to review, one returned; and what the audit chain calls the acts."""

from django.utils.translation import gettext_lazy as _

from yinian.core.audit.labels import register
from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

REVIEW, RETURNED = "entitlements.draft_review", "entitlements.draft_returned"
REVIEW_DAYS, RETURNED_DAYS = 5, 10

work_kind(REVIEW, _("Review the draft “%(name)s”, to begin on %(day)s"), _("Review"), Role.BUREAU_OFFICER, REVIEW_DAYS)
work_kind(RETURNED, _("The draft “%(name)s” was returned"), _("Open the draft"), Role.BUREAU_OFFICER, RETURNED_DAYS)

register(
    {
        "entitlements.draft": _("Made a draft of the service list"),
        "entitlements.draft_changed": _("Changed a draft of the service list"),
        "entitlements.draft_renewed": _("Compared a draft anew with the list in force"),
        "entitlements.draft_share": _("Shared a draft or ended that"),
        "entitlements.draft_discard": _("Discarded a draft of the service list"),
        "entitlements.draft_submit": _("Submitted a draft of the service list"),
        "entitlements.draft_withdraw": _("Took a draft back from review"),
        "entitlements.draft_return": _("Returned a draft of the service list"),
        "entitlements.promote": _("Put an amendment of the service list in force"),
        "entitlements.amendment_end": _("Ended an amendment of the service list"),
    },
    {
        "entitlements.draft": _("draft of the service list"),
        "entitlements.amendment": _("amendment of the service list"),
    },
)
