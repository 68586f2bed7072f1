"""The work items of a cycle: the town's review, the county's check and its approval."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role

# Days stand for cycles of packs that do not rule the review; an item carries its own day.
_DAYS = 5

TOWN = work_kind(
    "entitlements.cycle_town", _("Review the payments of %(month)s: %(services)s services, differences: %(count)s"),
    _("Review"), Role.TOWN_OFFICER, _DAYS,
).name
CHECK = work_kind(
    "entitlements.cycle_check", _("Check %(service)s of %(month)s: all towns are through (people: %(count)s)"),
    _("Check"), Role.BUREAU_OFFICER, _DAYS,
).name
APPROVE = work_kind(
    "entitlements.cycle_approve", _("Approve %(service)s of %(month)s: checked by %(who)s (people: %(count)s)"),
    _("Approve"), Role.BUREAU_OFFICER, _DAYS,
).name


def month_words(month: dt.date) -> str:
    """2026年11月: what stands in a work item, which is shown as it was written."""
    return f"{month.year}年{month.month}月"


def town_key(month: dt.date, town: str) -> str:
    return f"cycle-town:{month:%Y-%m}:{town}"


def check_key(cycle: int) -> str:
    return f"cycle-check:{cycle}"


def approve_key(cycle: int) -> str:
    return f"cycle-approve:{cycle}"
