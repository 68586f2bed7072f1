"""Reading results: who sees which, and what of a result is shown in words."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.assessments.assignments.models import Seat
from yinian.assessments.results.models import Result
from yinian.core.errors import NotVisible
from yinian.core.reading import once
from yinian.core.users.models import User
from yinian.people.models import Person
from yinian.people.persons import queries as persons

ISSUED = (Result.State.ISSUED, Result.State.IN_FORCE, Result.State.SUPERSEDED, Result.State.VOID)


def visible_to(actor: User) -> QuerySet[Result]:
    """Results about people of the actor's area or site, and those the actor assessed."""
    actor.require("assessments.view")
    mine = Seat.objects.filter(request=OuterRef("request"), assessor__user=actor, released_at__isnull=True)
    condition = Q(Exists(mine))
    if actor.may("assessments.area"):
        condition |= Q(persons.reached(actor, "assessments.area"))
    return Result.objects.filter(condition)


def get_result(actor: User, pk: int) -> Result:
    """One visible result with person, region, request and paper. Raises NotVisible."""
    found = (
        visible_to(actor)
        .select_related("person__region__parent", "request", "recognition__body", "reviewed_by", "notice", "void_by",
                        "replaces")
        .defer("person__region__outline", "person__region__parent__outline")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotVisible("result")
    return found


@once
def results_of(actor: User, person: Person) -> list[Result]:
    """A person's issued results the actor sees, the latest first."""
    return list(
        visible_to(actor).filter(person=person, state__in=ISSUED)
        .select_related("request", "recognition__body", "notice").prefetch_related("objections")
        .order_by("-assessed_on", "-pk")
    )


def in_force(person: Person, scale: str = scales.ABILITY_SCALE) -> Result | None:
    """The result that holds today, for rooms above that have shown the person visible."""
    return Result.objects.filter(person=person, scale=scale, state=Result.State.IN_FORCE).first()


def level_words(result: Result) -> str:
    """The final level as people say it, with its number where the scale is known by numbers."""
    return scales.level_name(result.scale, result.final)


def contested(result: Result) -> bool:
    """Whether an objection to it is being answered."""
    return result.objections.filter(state="lodged").exists()


def objection_open(result: Result) -> bool:
    """Whether an objection can still be raised: issued, within the window, not a re-assessment, none raised yet."""
    return (
        result.state in (Result.State.ISSUED, Result.State.IN_FORCE)
        and result.object_until is not None
        and timezone.localdate() <= result.object_until
        and not result.objections.exclude(state="withdrawn").exists()
    )


def adjustments_in_words(result: Result) -> list[str]:
    """How the level was adjusted, sentence by sentence."""
    lines = []
    for entry in result.adjustments:
        reason = entry["reason"]
        before, after = entry["from"], entry["to"]
        words = scales.in_words(_words(reason))
        if before == after:
            lines.append(_("%(reason)s: the level stays “%(level)s”.") % {
                "reason": words, "level": scales.level_name(result.scale, after)
            })
        else:
            lines.append(_("%(reason)s: from “%(before)s” to “%(after)s”.") % {
                "reason": words, "before": scales.level_name(result.scale, before),
                "after": scales.level_name(result.scale, after),
            })
    return lines


def _words(kept: dict[str, str]) -> Any:
    from yinian.engines.entitlement.facts import Words

    return Words(kept["zh"], kept["en"])
