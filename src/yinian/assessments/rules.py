"""What the county's pack rules about assessing, and the deadlines that follow. No figure of any place stands here."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yinian.assessments.requests.models import Request
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Refused
from yinian.core.packs import pack_for
from yinian.engines.entitlement import AssessmentRules, PackError, Ruled, Words

TEKUN = "tekun"
FROM_ISSUE = "issue"


def rules_for(region_code: str) -> AssessmentRules:
    """The rules in force for a region. Raises :class:`Refused` where its pack says nothing of assessing."""
    pack = pack_for(region_code)
    try:
        return pack.assessment_rules()
    except PackError as error:
        raise Refused(_("The policy pack does not say how to assess: %(reason)s") % {"reason": error}) from error


def frozen(region_code: str) -> dict[str, Any]:
    """What a request keeps of the rules as they stand on the day it is asked for."""
    rules = rules_for(region_code)
    return {
        "pack": pack_for(region_code).hash,
        "assign": rules.assign.value, "visit": rules.visit.value, "result": rules.result.value,
        "objection": rules.objection.value, "reassessment": rules.reassessment.value,
        "change": rules.change_recheck.value, "tekun": rules.tekun_recheck.value, "effect": rules.effect.value,
        "assessors": rules.assessors.value.count, "medical": rules.assessors.value.medical,
        "months": {str(level): months for level, months in rules.routine.value.items()},
    }


@dataclass(frozen=True)
class Deadlines:
    """By when assessors are to be named, and the result to be issued."""

    assign: dt.date
    result: dt.date


def deadlines(kept: dict[str, Any], kind: str, scale: str, since: dt.date) -> Deadlines:
    """Deadlines of a request made on ``since``, in working days; no stage ends after the whole."""
    if kind == Request.Kind.DISPUTED:
        whole = kept["reassessment"]
    elif kind == Request.Kind.IMMEDIATE:
        whole = kept["tekun"] if scale == TEKUN else kept["change"]
    else:
        whole = kept["assign"] + kept["visit"] + kept["result"]
    return Deadlines(
        add_working_days(since, min(kept["assign"], whole)), add_working_days(since, whole)
    )


def stage_due(request: Request, stage: str, since: dt.date) -> dt.date:
    """By when a stage (``visit``, ``result``) that begins on ``since`` ends: never after the whole, never in the past
    of its own beginning."""
    return max(since, min(add_working_days(since, int(request.rules[stage])), request.result_due_on))


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last day of that month where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(day)


def reassess_on(kept: dict[str, Any], level: int, assessed_on: dt.date) -> dt.date | None:
    """When the routine interval of the level has run since the assessment; None where the rules give none."""
    months = kept.get("months", {}).get(str(level))
    return None if months is None else months_after(assessed_on, int(months))


def in_words(words: Words) -> str:
    """A text of the pack in the reader's language."""
    return words.in_language("en" if get_language() == "en" else "zh")


def said(rule: Ruled[Any]) -> str:
    """The note of a rule that is not verified, for the page that shows its value; empty for a verified one."""
    if rule.confidence == "verified" or rule.note is None:
        return ""
    return in_words(rule.note)
