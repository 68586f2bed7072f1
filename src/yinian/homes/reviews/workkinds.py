"""Work items of a home's own plan: a finding to put right, one to check, findings that are overdue."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

# The days stand in where no day was agreed; an item is asked with the finding's own.
FINDING = work_kind(
    "homes.finding", _("%(home)s: put right what was found (%(area)s) and report it"), _("Open the finding"),
    Role.HOME_MANAGER, 10,
).name
CHECK = work_kind(
    "homes.finding_check", _("%(home)s reports a finding as put right (%(area)s): check it"), _("Check the finding"),
    Role.DISPATCHER, 5,
).name
OVERDUE = work_kind(
    "homes.findings_overdue", _("%(home)s: %(n)d findings are overdue"), _("Look at the findings"),
    Role.DISPATCHER, 3,
).name


def key(kind: str, pk: object) -> str:
    """The key of an item of one finding or home."""
    return f"{kind}:{pk}"
