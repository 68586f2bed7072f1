"""Reviews of care plans: called for by the day, a new result, a death, a move or a person; held; what follows."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import workkinds
from yinian.assessments.careplans import actions, queries, rules
from yinian.assessments.careplans.actions import TOWN_DIGITS, end_plan, locked_plan
from yinian.assessments.careplans.models import CarePlan, Goal, GoalOutcome, PlanReview
from yinian.core.audit.actions import record
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day as words_of_day
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.people.models import Person

WHY_GONE = {Person.State.DEAD: CarePlan.Ending.DIED, Person.State.MOVED_OUT: CarePlan.Ending.MOVED}


def ask_for(actor: User, pk: int, version: int, reason: str) -> PlanReview:
    """Put a plan under review because somebody says so: a fall, a stay in hospital, a carer who can no longer."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say what has changed; it is kept.")})
    with transaction.atomic():
        plan = locked_plan(actor, "careplans.agree", pk, version, CarePlan.State.IN_FORCE)
        return open_review(actor, plan, PlanReview.Why.ASKED, reason[:200])


def open_review(actor: User, plan: CarePlan, why: str, note: str = "", on: dt.date | None = None) -> PlanReview:
    """Put a locked plan in force under review."""
    today = on or timezone.localdate()
    due = add_working_days(today, int(plan.rules["change"]))
    review = PlanReview.objects.create(
        plan=plan, why=why, note=note[:200], opened_on=today, opened_by=actor, due_on=due
    )
    plan.state, plan.version = CarePlan.State.UNDER_REVIEW, plan.version + 1
    plan.save(update_fields=["state", "version"])
    inbox.settle(actor, f"{workkinds.PLAN_REVIEW}:{plan.pk}", _("The review has begun."))
    ask_to_review(actor, plan, due, PlanReview.Why(why).label)
    record(actor, "assessments.plan_review_open", plan, region=plan.person.region_id, reason=note[:200],
           detail={"why": why, "due": due.isoformat()})
    return review


def ask_to_review(actor: User, plan: CarePlan, due: dt.date, why: object) -> None:
    """Ask the town to look at a plan; escalation by the desk's own rules."""
    inbox.ask(
        actor, workkinds.PLAN_REVIEW, key=f"{workkinds.PLAN_REVIEW}:{plan.pk}", due_on=due,
        region=plan.person.region_id[:TOWN_DIGITS],
        params={"name": plan.person.name, "village": plan.person.region.name, "why": str(why)},
        url=reverse("assessments:careplan", args=[plan.pk]),
    )


def hold(
    actor: User, pk: int, version: int, *, on: dt.date | None, present: str, findings: str,
    outcomes: Mapping[int, tuple[str, str]], decision: str, next_review: dt.date | None = None, ending: str = "",
) -> PlanReview:
    """Record a review: what was found, how far each goal has come (``outcomes``: goal to state and remark), and what
    follows. Raises :class:`Refused` with every field that is not as it must be."""
    present, findings = present.strip()[:120], findings.strip()[:2000]
    with transaction.atomic():
        plan = locked_plan(actor, "careplans.edit", pk, version, CarePlan.State.UNDER_REVIEW)
        review = PlanReview.objects.select_for_update().get(plan=plan, held_on__isnull=True)
        goals = {goal.pk: goal for goal in Goal.objects.filter(need__plan=plan)}
        faults = _faults(plan, review, on, findings, goals, outcomes, decision, next_review, ending)
        if faults:
            raise Refused(fields=faults)
        review.held_on, review.held_by, review.present, review.findings = on, actor, present, findings
        review.decision = decision
        review.next_review = next_review if decision == PlanReview.Decision.CONTINUE else None
        review.save()
        GoalOutcome.objects.bulk_create(
            GoalOutcome(review=review, goal=goal, state=outcomes[key][0], note=outcomes[key][1].strip()[:120])
            for key, goal in goals.items()
        )
        for key, goal in goals.items():
            if goal.state != outcomes[key][0]:
                goal.state = outcomes[key][0]
                goal.save(update_fields=["state"])
        later = queries.later_result(plan)
        plan.state, plan.version = CarePlan.State.IN_FORCE, plan.version + 1
        plan.seen_region_id = plan.person.region_id
        plan.seen_result_id = plan.result_id if later is None else later.pk
        if review.next_review is not None:
            plan.review_due = review.next_review
        elif decision == PlanReview.Decision.REVISE and on is not None:
            # The changed plan brings its own day; until then this one is not called for again.
            plan.review_due = max(plan.review_due or on, rules.review_after(plan.rules, plan.level, on))
        plan.save(update_fields=["state", "version", "seen_region", "seen_result", "review_due"])
        inbox.settle(actor, f"{workkinds.PLAN_REVIEW}:{plan.pk}", _("The review was held."))
        record(actor, "assessments.plan_review", plan, region=plan.person.region_id,
               detail={"decision": decision, "met": sum(state == "met" for state, _note in outcomes.values()),
                       "goals": len(goals), "next": review.next_review and review.next_review.isoformat()})
        if decision == PlanReview.Decision.END:
            end_plan(actor, plan, on or timezone.localdate(), ending, findings[:200])
        elif decision == PlanReview.Decision.REVISE:
            actions.draft_from(actor, plan.person, queries.result_of_changed(plan))
    return review


def _faults(
    plan: CarePlan, review: PlanReview, on: dt.date | None, findings: str, goals: Mapping[int, Goal],
    outcomes: Mapping[int, tuple[str, str]], decision: str, next_review: dt.date | None, ending: str,
) -> dict[str, str]:
    faults: dict[str, str] = {}
    if on is None or not review.opened_on <= on <= timezone.localdate():
        faults["on"] = _("A day from %(day)s until today.") % {"day": words_of_day(review.opened_on)}
    if not findings:
        faults["findings"] = _("Say what was found.")
    for key in goals:
        state = outcomes.get(key, ("", ""))[0]
        if state not in Goal.State.values:
            faults[f"goal-{key}"] = _("Say how far it has come.")
    gone = WHY_GONE.get(Person.State(plan.person.state))
    if decision not in PlanReview.Decision.values:
        faults["decision"] = _("Say what follows.")
    elif gone is not None and decision != PlanReview.Decision.END:
        faults["decision"] = _("The person no longer lives here; the plan can only be ended.")
    if decision == PlanReview.Decision.CONTINUE and (next_review is None or on is None or next_review <= on):
        faults["next_review"] = _("Give a day after the review.")
    if decision == PlanReview.Decision.END:
        try:
            _check_ending(plan, on, ending)
        except Refused as refused:
            faults.update(refused.fields)
    return faults


def _check_ending(plan: CarePlan, on: dt.date | None, ending: str) -> None:
    if ending not in (CarePlan.Ending.DIED, CarePlan.Ending.MOVED, CarePlan.Ending.MET, CarePlan.Ending.DECLINED):
        raise Refused(fields={"ending": _("Choose why it ends.")})
    actions.check_end(plan, on, ending)


# --- by themselves -------------------------------------------------------------------------------------------------


def follow(actor: User, person_pk: int) -> None:
    """Put a person's plan under review where something has overtaken it, and give up a draft of who died or moved
    away. Called in the transaction of what happened."""
    for plan in queries.overtaken(CarePlan.objects.filter(person=person_pk)):
        _overtaken(actor, plan.pk)
    _drop_drafts(actor, person_pk)


def _overtaken(actor: User, pk: int) -> bool:
    locked = (
        CarePlan.objects.select_for_update(of=("self",), skip_locked=True).select_related("person__region")
        .filter(pk=pk, state=CarePlan.State.IN_FORCE).first()
    )
    plan = queries.overtaken(CarePlan.objects.filter(pk=pk)).first()
    if locked is None or plan is None:
        return False
    why, note = _ground(plan)
    open_review(actor, locked, why, note)
    return True


def _ground(plan: CarePlan) -> tuple[str, str]:
    """Why a plan that was overtaken is to be looked at."""
    person = plan.person
    if person.state == Person.State.DEAD:
        return PlanReview.Why.DIED, _("Died on %(day)s.") % {"day": words_of_day(person.died_on)}
    if person.state == Person.State.MOVED_OUT:
        return PlanReview.Why.MOVED, _("Has moved out of the county.")
    if getattr(plan, "newer", None) is not None:
        return PlanReview.Why.RESULT, ""
    if person.region_id != plan.seen_region_id:
        return PlanReview.Why.MOVED, _("From %(origin)s to %(to)s.") % {
            "origin": plan.seen_region.name, "to": person.region.name
        }
    return PlanReview.Why.VOID, ""


def _drop_drafts(actor: User, person_pk: int) -> None:
    gone = CarePlan.objects.filter(
        person=person_pk, state__in=("draft", "agreed"), person__state__in=list(WHY_GONE)
    ).select_related("person__region", "paper").select_for_update(of=("self",))
    for plan in gone:
        ending = WHY_GONE[Person.State(plan.person.state)]
        end_plan(actor, plan, timezone.localdate(), ending, str(CarePlan.Ending(ending).label))


def look_after(today: dt.date | None = None) -> dict[str, int]:
    """By the clock: plans that something has overtaken or whose day has come go under review, coming reviews are put
    on the desk, drafts of the dead are given up, towns are asked to draw up plans. How many of each."""
    today, actor = today or timezone.localdate(), platform_user()
    done = {"overtaken": 0, "due": 0, "announced": 0}
    for pk in list(queries.overtaken().values_list("pk", flat=True)):
        with transaction.atomic():
            done["overtaken"] += _overtaken(actor, pk)
    for pk in list(queries.due_for_review(today).values_list("pk", flat=True)):
        with transaction.atomic():
            plan = (
                CarePlan.objects.select_for_update(of=("self",), skip_locked=True).select_related("person__region")
                .filter(pk=pk, state=CarePlan.State.IN_FORCE, review_due__lte=today).first()
            )
            if plan is not None:
                open_review(actor, plan, PlanReview.Why.DUE, on=today)
                done["due"] += 1
    done["announced"] = _announce(actor, today)
    gone = CarePlan.objects.filter(state__in=("draft", "agreed"), person__state__in=list(WHY_GONE))
    for person_pk in list(gone.values_list("person_id", flat=True)):
        with transaction.atomic():
            _drop_drafts(actor, person_pk)
    actions.ask_all_towns(actor)
    return done


def _announce(actor: User, today: dt.date) -> int:
    """Put reviews that fall due soon on the desk of their town."""
    until: dict[int, dt.date] = {}
    count = 0
    plans = CarePlan.objects.filter(state=CarePlan.State.IN_FORCE, review_due__gt=today).select_related(
        "person__region"
    )
    for plan in plans.defer("sheet", "situation", "wishes").iterator(500):
        ahead = int(plan.rules["ahead"])
        if ahead not in until:
            until[ahead] = rules.announced_until(plan.rules, today)
        if plan.review_due is not None and plan.review_due <= until[ahead]:
            with transaction.atomic():
                ask_to_review(actor, plan, plan.review_due, PlanReview.Why.DUE.label)
            count += 1
    return count
