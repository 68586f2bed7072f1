"""Reading units: those of the actor's county, those the actor speaks for, and names that nobody has assigned yet."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.models import User
from yinian.core.regions.models import Region
from yinian.plans.tasks.models import TaskUnit
from yinian.plans.units.models import Unit, UnitUser

COUNTY_DIGITS = 6


def visible_to(actor: User, right: str = "plans.area") -> QuerySet[Unit]:
    """Units of the areas whose plans the actor sees in full."""
    actor.require(right)
    return Unit.objects.filter(actor.scope(right).q("region__code")).select_related("region", "territory").defer(
        "region__outline", "territory__outline"
    )


def get_unit(actor: User, pk: int, right: str = "plans.area") -> Unit:
    """A unit of the actor's area. Raises NotVisible."""
    found = visible_to(actor, right).filter(pk=pk).first()
    if found is None:
        raise NotVisible("unit")
    return found


def spoken_for(actor: User) -> QuerySet[Unit]:
    """The units the actor speaks for: named for them, or the town's of an officer posted there."""
    condition = Q(pk__in=UnitUser.objects.filter(user=actor, ended_at__isnull=True).values("unit"))
    towns = [code for code in actor.scope("plans.report").regions if len(code) > COUNTY_DIGITS]
    if towns:
        condition |= Q(territory__in=towns)
    return Unit.objects.filter(condition, active=True)


def speakers(unit: Unit) -> list[User]:
    """The active accounts that speak for a unit: named ones, and a town's officers."""
    named = Q(speaks_for__unit=unit, speaks_for__ended_at__isnull=True)
    if unit.territory_id:
        named |= Q(
            postings__region=unit.territory_id, postings__role="town_officer", postings__site_ref__isnull=True,
            postings__period__contains=timezone.localdate(),
        )
    return list(User.objects.filter(named, is_active=True, is_machine=False).distinct().order_by("pk"))


def unmatched(actor: User) -> list[dict[str, Any]]:
    """Names in the actor's plans of which nobody has said whose they are: ``surface``, ``region``, ``tasks``."""
    actor.require("plans.drive")
    scope = actor.scope("plans.drive")
    rows: Any = (
        TaskUnit.objects.filter(scope.q("task__document__region__code"), unit__isnull=True)
        .exclude(task__state="withdrawn")
        .values("surface", "task__document__region").annotate(tasks=Count("task", distinct=True))
        .order_by("-tasks", "surface")
    )
    return list(rows)


def county_name(region: str) -> str:
    """The name of the county a plan is for; empty for a wider region."""
    if len(region) < COUNTY_DIGITS:
        return ""
    return Region.objects.filter(pk=region[:COUNTY_DIGITS]).values_list("name", flat=True).first() or ""
