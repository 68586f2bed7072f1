"""The work item that sends a village to somebody who is due a service and does not receive it."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

MISSED = work_kind(
    "entitlements.missed",
    _("%(name)s, %(village)s: due and not receiving %(services)s. Visit, and help them to it."),
    _("Open the person"), Role.VILLAGE_WORKER, 10,
)
