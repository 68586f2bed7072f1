"""What the notice to the person says: level, how it came about, from when, how to object. Plain data for the paper."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from yinian.assessments import rules, scales
from yinian.assessments.assignments.models import Seat
from yinian.assessments.requests.models import Request
from yinian.assessments.results.models import Result
from yinian.assessments.results.queries import adjustments_in_words
from yinian.core import identity
from yinian.core.calendar.queries import add_working_days
from yinian.core.models import Level
from yinian.core.users.models import User
from yinian.people.models import Person

COUNTY_DIGITS = 6


def notice_data(result: Result, request: Request, person: Person, reviewer: User) -> dict[str, Any]:
    """The words of the notice, in Chinese whatever the reviewer's language: the older person reads it.

    The ID number is masked; the notice is handed over, and the paper on file needs no more of it.
    """
    with override("zh-hans"):
        scale = scales.scale_for(person.region_id, result.scale)
        seats = Seat.objects.filter(request=request, released_at__isnull=True).select_related("assessor__user")
        ruled = rules.rules_for(person.region_id)
        region = person.region
        return {
            "name": person.name,
            "sex": person.get_sex_display() if person.sex else "",
            "id_number": identity.mask_id(str(person.id_number)) if person.id_number else "",
            "place": "".join(
                part.name for part in (region.parent, region) if part is not None and part.level >= Level.TOWN
            ),
            "number": request.number,
            "kind": request.get_kind_display(),
            "scale": scales.in_words(scale.name),
            "standard": " ".join(p for p in (f"《{scale.standard.title}》", scale.standard.number or "") if p),
            "assessed_on": result.assessed_on.isoformat(),
            "assessors": [seat.assessor.user.full_name for seat in seats],
            "dimensions": [
                [scales.in_words(d.name), result.dimensions.get(d.code), d.max] for d in scale.dimensions
            ],
            "total": result.total, "most": scale.max,
            "initial": scales.level_name(result.scale, result.initial),
            "adjustments": adjustments_in_words(result),
            "final": scales.level_name(result.scale, result.final),
            "decisive": scale.decisive,
            "not_decisive": scales.in_words(scale.not_decisive),
            "final_answer": request.disputes_id is not None,
            "holds_from": timezone.localdate().isoformat()
            if request.disputes_id is not None or request.rules["effect"] == rules.FROM_ISSUE
            else None,
            "object_days": int(request.rules["objection"]),
            "object_until": None if request.disputes_id is not None
            else add_working_days(timezone.localdate(), int(request.rules["objection"])).isoformat(),
            "reassess_days": int(request.rules["reassessment"]),
            "reassess_on": result.reassess_on.isoformat() if result.reassess_on else None,
            "assumed": _("The periods above are assumed until the county confirms them.")
            if rules.said(ruled.objection) or rules.said(ruled.reassessment) else "",
            "reviewer": reviewer.full_name,
        }
