"""The work items of changes to determinations: what a run found, and what waits for the checker."""

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

FOUND_DAYS, CHECK_DAYS = 5, 3

FOUND = work_kind(
    "entitlements.grants_found", _("Look into grants that may have to stop (people: %(count)s)"), _("Look into it"),
    Role.TOWN_OFFICER, FOUND_DAYS,
).name
CHECK = work_kind(
    "entitlements.grant_check", _("Check: %(kind)s %(service)s, proposed by %(who)s"), _("Check"),
    Role.BUREAU_OFFICER, CHECK_DAYS,
).name


def found_prefix(county: str) -> str:
    return f"grants-found:{county}"


def found_key(town: str) -> str:
    return f"grants-found:{town}"


def check_key(proposal: int) -> str:
    return f"grant-check:{proposal}"
