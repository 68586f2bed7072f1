"""Reading recognised bodies and the assessments of theirs that were put before us."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from yinian.assessments import rules
from yinian.assessments.bodies.models import Body, Recognition
from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.engines.entitlement import Ruled
from yinian.people.persons import queries as persons

COUNTY_DIGITS = 6


def bodies_visible_to(actor: User, right: str = "assessments.area") -> QuerySet[Body]:
    """Bodies recognised by the actor's counties."""
    actor.require(right)
    codes = {posting.region_id[:COUNTY_DIGITS] for posting in actor.current_postings}
    return Body.objects.filter(county__in=codes).select_related("county").defer("county__outline")


def get_body(actor: User, pk: int, right: str = "assessments.manage") -> Body:
    found = bodies_visible_to(actor, right).filter(pk=pk).first()
    if found is None:
        raise NotVisible("body")
    return found


def recognised_now(actor: User) -> QuerySet[Body]:
    """Bodies whose results may be entered today."""
    today = timezone.localdate()
    return bodies_visible_to(actor).filter(Q(until__isnull=True) | Q(until__gt=today), since__lte=today)


def rule_of(body: Body, scale: str) -> Ruled[Any] | None:
    """What the pack rules of this kind of body and scale; None where it accepts none."""
    for rule in rules.rules_for(body.county_id).recognised:
        if rule.value.id == body.kind and rule.value.scale == scale:
            return rule
    return None


def kinds_of(region_code: str) -> list[tuple[str, str, str]]:
    """Kinds of bodies the pack accepts: (id, name, scale)."""
    return [
        (rule.value.id, rules.in_words(rule.label), rule.value.scale)
        for rule in rules.rules_for(region_code).recognised
    ]


def visible_to(actor: User) -> QuerySet[Recognition]:
    """Assessments of other bodies about people of the actor's area or site."""
    actor.require("assessments.area")
    return Recognition.objects.filter(
        person__in=persons.visible_to(actor, "assessments.area")
    ).select_related("person__region__parent", "body", "entered_by", "checked_by", "paper").defer(
        "person__region__outline", "person__region__parent__outline", "person__id_number", "person__address"
    )


def get_recognition(actor: User, pk: int) -> Recognition:
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("recognition")
    return found
