"""What the county's pack rules about care plans, and the days that follow. No figure of any place stands here."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.assessments.rules import months_after
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Refused
from yinian.core.packs import pack_for
from yinian.engines.entitlement import CarePlanRules, PackError, Ruled

# A plan may start from a result by one of these; the first says more than the next.
SCALES = (scales.ABILITY_SCALE, scales.SELF_CARE_SCALE)


def rules_for(region_code: str) -> CarePlanRules:
    """The rules in force for a region. Raises :class:`Refused` where its pack says nothing of care plans."""
    pack = pack_for(region_code)
    try:
        return pack.care_plan_rules()
    except PackError as error:
        raise Refused(_("The policy pack does not say how care is planned: %(reason)s") % {"reason": error}) from error


def planned(rules: CarePlanRules, scale_id: str) -> Ruled[tuple[int, ...]]:
    """The levels of a scale for which a plan is to be made."""
    return rules.planned if scale_id == scales.ABILITY_SCALE else rules.planned_self_care


def reviewed(rules: CarePlanRules, scale_id: str) -> Ruled[Mapping[int, int]]:
    """The months between regular reviews by level of a scale."""
    return rules.review if scale_id == scales.ABILITY_SCALE else rules.review_self_care


def frozen(region_code: str, scale_id: str = scales.ABILITY_SCALE) -> dict[str, Any]:
    """What a plan by a scale keeps of the rules as they stand on the day it is drawn up."""
    rules = rules_for(region_code)
    return {
        "pack": pack_for(region_code).hash, "draft": rules.draft.value, "agree": rules.agree.value,
        "ahead": rules.ahead.value, "change": rules.change.value,
        "months": {str(level): months for level, months in reviewed(rules, scale_id).value.items()},
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
