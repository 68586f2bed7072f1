"""What the county's pack rules about care plans, and the days that follow. No figure of any place stands here."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from yinian.assessments.rules import months_after
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Refused
from yinian.core.packs import pack_for
from yinian.engines.entitlement import CarePlanRules, PackError


def rules_for(region_code: str) -> CarePlanRules:
    """The rules in force for a region. Raises :class:`Refused` where its pack says nothing of care plans."""
    pack = pack_for(region_code)
    try:
        return pack.care_plan_rules()
    except PackError as error:
        raise Refused(_("The policy pack does not say how care is planned: %(reason)s") % {"reason": error}) from error


def frozen(region_code: str) -> dict[str, Any]:
    """What a plan keeps of the rules as they stand on the day it is drawn up."""
    rules = rules_for(region_code)
    return {
        "pack": pack_for(region_code).hash, "draft": rules.draft.value, "agree": rules.agree.value,
        "ahead": rules.ahead.value, "change": rules.change.value,
        "months": {str(level): months for level, months in rules.review.value.items()},
    }


def draft_due(region_code: str, since: dt.date) -> dt.date:
    """By when a plan is to be drawn up for a result in force since a day."""
    return add_working_days(since, rules_for(region_code).draft.value)


def review_after(kept: dict[str, Any], level: int, since: dt.date) -> dt.date:
    """The next regular review of a plan for a level, counted from a day."""
    return months_after(since, int(kept["months"][str(level)]))


def announced_until(kept: dict[str, Any], today: dt.date) -> dt.date:
    """Reviews due by this day are put on the desk today."""
    return add_working_days(today, int(kept["ahead"]))
