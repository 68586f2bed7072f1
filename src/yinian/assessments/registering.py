"""What a result in force tells the register of people: the level, and a diagnosis that decided it."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import override

from yinian.assessments import scales
from yinian.assessments.results.models import Result
from yinian.core.users.models import User
from yinian.people.circumstances.actions import disown, establish
from yinian.people.circumstances.models import Spell
from yinian.people.kinds import Department
from yinian.people.models import Person

# Diagnoses on form A that are circumstances of the register, too.
DIAGNOSES = ("dementia", "mental_disorder")


def evidence_of(result: Result) -> str:
    """What the register's record names as its proof: the notice, or the other body's paper. The same words for ever."""
    with override("zh-hans"):
        if result.recognition_id is not None and result.recognition is not None:
            return _("%(body)s, No. %(number)s (recognised result %(id)d)") % {
                "body": result.recognition.body.name[:80], "number": result.recognition.number, "id": result.pk,
            }
        number = result.notice.number if result.notice is not None else ""
        return _("Assessment result %(number)s (No. %(id)d)") % {"number": number, "id": result.pk}


def facts_of(result: Result) -> Iterable[tuple[str, str, int | None]]:
    """The circumstances the result tells: (kind, value, grade).

    A scale of ours that may decide nothing tells nothing; a level that another body found is that body's word.
    """
    kind = scales.main_fact(result.scale)
    scale = scales.scale_for(result.person.region_id, result.scale)
    if kind is not None and (scale.decisive or result.origin == Result.Origin.RECOGNISED):
        if scale.counts_failed:
            if result.items:
                yield kind, "", sum(
                    1 for item in scale.items if result.items.get(item.code) == item.min
                )
        else:
            yield kind, "", result.final
    for diagnosis in DIAGNOSES:
        if result.inputs.get(diagnosis) is True:
            yield diagnosis, "true", None


def tell(actor: User, result: Result, person: Person) -> None:
    """Record in the register what the result says, from the day of the assessment. ``person`` is locked."""
    evidence = evidence_of(result)
    for kind, value, grade in facts_of(result):
        if kind in DIAGNOSES and Spell.objects.filter(
            person=person, kind=kind, value=value, retracted_at__isnull=True, valid__contains=result.assessed_on
        ).exists():
            continue  # known already; the earlier record says since when
        establish(actor, person, kind, value, grade, result.assessed_on, Department.CIVIL_AFFAIRS, evidence)


def untell(actor: User, result: Result, person: Person, reason: str) -> None:
    """Take back what the result told. ``person`` is locked."""
    disown(actor, person, evidence_of(result), reason)
