"""Reading care plans: who sees which, who is to get one, what stands in it."""

import datetime as dt
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.assessments.assignments.models import Seat
from yinian.assessments.careplans import rules
from yinian.assessments.careplans.models import OPEN, STANDING, CarePlan, Goal, Need, PlannedService, PlanReview
from yinian.assessments.results.models import Result
from yinian.assessments.results.queries import visible_to as results_visible_to
from yinian.core.errors import NotVisible, Refused
from yinian.core.reading import once
from yinian.core.users.models import User
from yinian.engines.entitlement import CarePlanRules
from yinian.people.models import Person
from yinian.people.persons import queries as persons
from yinian.people.representatives.queries import get_own
from yinian.places.models import Site

COUNTY_DIGITS = 6


def visible_to(actor: User) -> QuerySet[CarePlan]:
    """Plans of people of the actor's area or site; for who has no area, those they draw up or assessed for."""
    actor.require("careplans.view")
    area = Q(persons.reached(actor, "careplans.area")) if actor.may("careplans.area") else Q(pk__in=[])
    seats = Seat.objects.filter(request=OuterRef("result__request"), assessor__user=actor, released_at__isnull=True)
    own = Q(planner=actor) | Q(Exists(seats))
    return CarePlan.objects.filter(area | (own & Q(persons.reached(actor, "careplans.view"))))


def with_person(plans: QuerySet[CarePlan]) -> QuerySet[CarePlan]:
    """For lists: with person, village and planner, without what a list never shows."""
    return plans.select_related("person__region__parent", "planner").defer(
        "person__id_number", "person__address", "person__phone", "person__region__outline",
        "person__region__parent__outline", "sheet", "situation", "wishes", "rules", "routing",
    )


def get_plan(actor: User, pk: int) -> CarePlan:
    """One visible plan with person, result and who had to do with it. Raises NotVisible."""
    found = (
        visible_to(actor)
        .select_related("person__region__parent", "result__request", "planner", "paper", "replaces", "agreed_entry",
                        "ended_by")
        .defer("person__region__outline", "person__region__parent__outline")
        .filter(pk=pk).first()
    )
    if found is None:
        raise NotVisible("care plan")
    return found


def get_own_plan(actor: User, person_pk: int, pk: int) -> CarePlan:
    """A plan of a person the family account acts for, once it was gone to print. Raises NotVisible."""
    person = get_own(actor, person_pk)
    found = (
        CarePlan.objects.filter(pk=pk, person=person, paper__isnull=False)
        .select_related("person__region__parent", "planner", "paper").first()
    )
    if found is None:
        raise NotVisible("care plan")
    return found


def needs_of(plan: CarePlan) -> list[Need]:
    """The plan's needs with their goals and services, in order."""
    services = PlannedService.objects.select_related("site").defer("site__region")
    return list(
        plan.needs.order_by("place").prefetch_related(
            Prefetch("goals", Goal.objects.order_by("place")), Prefetch("services", services.order_by("place"))
        )
    )


def reviews_of(plan: CarePlan) -> list[PlanReview]:
    """The plan's reviews, the latest first, with the goals' outcomes."""
    return list(plan.reviews.select_related("opened_by", "held_by").prefetch_related("outcomes__goal"))


def open_review(plan: CarePlan) -> PlanReview | None:
    return PlanReview.objects.filter(plan=plan, held_on__isnull=True).select_related("opened_by").first()


@once
def plans_of(actor: User, person: Person) -> list[CarePlan]:
    """A person's plans the actor sees, the latest edition first."""
    return list(visible_to(actor).filter(person=person).select_related("planner", "ended_by")
                .prefetch_related(Prefetch("reviews", PlanReview.objects.select_related("opened_by", "held_by")))
                .order_by("-edition"))


def standing_plan(person: Person) -> CarePlan | None:
    """The plan in force, for whoever has shown the person visible."""
    return CarePlan.objects.filter(person=person, state__in=STANDING).first()


def plan_in_the_making(person: Person) -> CarePlan | None:
    return CarePlan.objects.filter(person=person, state__in=("draft", "agreed")).first()


# --- who is to get one ---------------------------------------------------------------------------------------------


def _calling(region_code: str) -> Q:
    """Results in force of a level for which a plan is to be made, one of a person: where several call for one, that
    by the scale that says most."""
    ruled = rules.rules_for(region_code)
    found, before = Q(pk__in=[]), Q(pk__in=[])
    for scale in rules.SCALES:
        calls = Q(scale=scale, final__in=rules.planned(ruled, scale).value)
        more = Result.objects.filter(before, person=OuterRef("person"), state=Result.State.IN_FORCE)
        found |= calls & ~Q(Exists(more))
        before |= calls
    return found & Q(state=Result.State.IN_FORCE)


def without_plan(region_code: str) -> QuerySet[Result]:
    """Results in force of a level that is to be planned for, of living people without a plan and none begun."""
    open_plan = CarePlan.objects.filter(person=OuterRef("person"), state__in=OPEN)
    return Result.objects.filter(
        _calling(region_code), ~Exists(open_plan), person__state=Person.State.LIVING,
        person__region__code__startswith=region_code,
    )


def wanted(actor: User) -> QuerySet[Any]:
    """Results of the actor's area for which a plan is to be drawn up, for a list."""
    actor.require("careplans.edit")
    home = actor.home_region
    if home is None or len(home.code) < COUNTY_DIGITS:
        raise Refused("")
    any_plan = CarePlan.objects.filter(person=OuterRef("person"), state__in=OPEN)
    return (
        results_visible_to(actor).filter(
            _calling(home.code[:COUNTY_DIGITS]), ~Exists(any_plan),
            person__in=persons.visible_to(actor, "careplans.edit"), person__state=Person.State.LIVING,
        )
        # How grave a level is, on one measure for all scales: 4 is the worst of each.
        .annotate(grave=Case(When(scale=scales.SELF_CARE_SCALE, then=F("final") * 2), default=F("final"),
                             output_field=IntegerField()))
        .select_related("person__region__parent")
        .defer("person__id_number", "person__address", "person__phone", "person__region__outline",
               "person__region__parent__outline", "items", "inputs", "dimensions", "adjustments")
    )


def results_to_plan_for(actor: User, person_pk: int) -> list[Result]:
    """The results in force, one a scale, from which a plan for the person can start: those whose level calls for one
    first, then by how much the scale says. Raises NotVisible."""
    person = persons.get_person(actor, person_pk, "careplans.edit")
    ruled = rules.rules_for(person.region_id)
    found = results_visible_to(actor).filter(
        person=person, scale__in=rules.SCALES, state=Result.State.IN_FORCE
    ).select_related("request", "person__region")
    return sorted(found, key=lambda one: _rank(one, ruled))


def result_to_plan_for(actor: User, person_pk: int, scale: str = "") -> Result:
    """The result in force from which a plan starts, by a scale or by the one that says most, of a person the actor may
    plan for. Raises NotVisible, or Refused where there is none."""
    found = [one for one in results_to_plan_for(actor, person_pk) if scale in ("", one.scale)]
    if not found:
        raise Refused(_(
            "A plan starts from an assessment of ability, or of the six self-care items; no result is in force for"
            " %(name)s that you can see."
        ) % {"name": persons.get_person(actor, person_pk, "careplans.edit").name})
    return found[0]


def later_result(plan: CarePlan) -> Result | None:
    """A result in force that is later than the one the plan was drawn up from."""
    results = Result.objects.filter(person=plan.person_id)
    return _later(results, plan.result_id, plan.scale, plan.result.in_force_on).first()


def _later(results: QuerySet[Result], pk: Any, scale: Any, since: Any) -> QuerySet[Result]:
    """Of a person's results those in force that are later than one, of which pk, scale and day in force are given. One
    of another scale counts only where it came into force after that; else two would call for reviews of each other."""
    return results.filter(
        Q(scale=scale) | Q(in_force_on__gt=since), scale__in=rules.SCALES, state=Result.State.IN_FORCE
    ).exclude(pk=pk)


def result_of_changed(plan: CarePlan) -> Result:
    """The result from which a changed plan starts: that in force which says most, else the plan's own."""
    ruled = rules.rules_for(plan.person.region_id)
    found = Result.objects.filter(person=plan.person_id, scale__in=rules.SCALES, state=Result.State.IN_FORCE)
    return min(found, key=lambda one: _rank(one, ruled), default=plan.result)


def _rank(result: Result, ruled: CarePlanRules) -> tuple[bool, int]:
    """Results whose level calls for a plan first, then by how much the scale says."""
    return result.final not in rules.planned(ruled, result.scale).value, rules.SCALES.index(result.scale)


def sites_near(person: Person) -> dict[str, int]:
    """Places of the person's county by name, for who provides a service; of two of one name, the nearer."""
    code = person.region_id
    rows = Site.objects.filter(
        region__code__startswith=code[:COUNTY_DIGITS], state=Site.State.OPEN
    ).values_list("name", "pk", "region_id")
    nearest: dict[str, tuple[int, int]] = {}
    for name, pk, region in rows:
        shared = next((n for n in range(len(code), 0, -1) if region.startswith(code[:n])), 0)
        if shared > nearest.get(name, (-1, 0))[0]:
            nearest[name] = (shared, pk)
    return {name: pk for name, (_shared, pk) in nearest.items()}


# --- what the clock looks for --------------------------------------------------------------------------------------


def due_for_review(today: dt.date) -> QuerySet[CarePlan]:
    """Plans in force whose day of review has come."""
    return CarePlan.objects.filter(state=CarePlan.State.IN_FORCE, review_due__lte=today)


def overtaken(plans: QuerySet[CarePlan] | None = None) -> QuerySet[Any]:
    """Plans in force that something has overtaken: the person died or moved, the result is void, or a later one is in
    force (``newer``)."""
    newer = _later(
        Result.objects.filter(person=OuterRef("person")), OuterRef("seen_result"), OuterRef("seen_result__scale"),
        OuterRef("seen_result__in_force_on"),
    ).values("pk")[:1]
    told = PlanReview.objects.filter(plan=OuterRef("pk"), why=PlanReview.Why.VOID)
    return (
        (CarePlan.objects.all() if plans is None else plans).filter(state=CarePlan.State.IN_FORCE)
        .annotate(newer=Subquery(newer))
        .filter(
            ~Q(person__state=Person.State.LIVING) | Q(newer__isnull=False)
            | (Q(result__state=Result.State.VOID) & ~Exists(told)) | ~Q(seen_region=F("person__region"))
        )
        .select_related("person__region", "result", "seen_region")
    )
