"""What a merge of two entries of one person does with care plans: they move, behind the editions of the one that stays.
Of two plans in force, or two in the making, the later stays; the other ends with the merge as its reason. Taking the
merge back lets it stand again as it stood."""

import datetime as dt
from typing import Any

from django.utils import timezone
from psycopg.types.range import DateRange

from yinian.assessments import workkinds
from yinian.assessments.careplans import actions, queries, reviewing
from yinian.assessments.careplans.models import STANDING, CarePlan
from yinian.core.audit.actions import record
from yinian.core.inbox import actions as inbox
from yinian.core.users.models import User
from yinian.people.duplicates.movers import mover
from yinian.people.models import Person

MAKING = ("draft", "agreed")
ENDED = ["state", "held", "ending", "ended_on", "ended_by", "end_reason", "merged_on", "version"]


def move(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, Any]:
    """Give the gone entry's plans to the kept one."""
    plans = list(
        CarePlan.objects.select_for_update(of=("self",)).select_related("person__region")
        .filter(person__in=(kept, gone)).order_by("edition")
    )
    today = timezone.localdate()
    fallen = [
        _fell(actor, min(rows, key=_began), today, reason)
        for states in (STANDING, MAKING) if len(rows := [plan for plan in plans if plan.state in states]) > 1
    ]
    beside = _beside([p for p in plans if p.person_id == kept.pk], [p for p in plans if p.person_id == gone.pk])
    CarePlan.objects.filter(pk__in=beside).update(merged_on=today)
    last = max((plan.edition for plan in plans if plan.person_id == kept.pk), default=0)
    moved = {}
    for n, plan in enumerate((plan for plan in plans if plan.person_id == gone.pk), 1):
        moved[str(plan.pk)] = plan.edition
        CarePlan.objects.filter(pk=plan.pk).update(person=kept, edition=last + n)
    if moved:
        actions.ask_to_draft(actor, kept.region_id)
        actions.ask_to_draft(actor, gone.region_id)
    return {"moved": moved, "fallen": fallen, "beside": beside}


def _began(plan: CarePlan) -> tuple[dt.date, int]:
    """By what the later of two plans is told: since when it holds, or when it was begun."""
    since = plan.held.lower if plan.held is not None else timezone.localtime(plan.drafted_at).date()
    return since, plan.pk


def _fell(actor: User, plan: CarePlan, today: dt.date, reason: str) -> dict[str, Any]:
    """The earlier of two plans ends; what is to be known to let it stand again."""
    was = {"pk": plan.pk, "state": plan.state, "since": plan.held.lower.isoformat() if plan.held else None}
    if plan.held is not None:
        plan.held = DateRange(plan.held.lower, max(today, plan.held.lower))
    plan.state, plan.ending, plan.ended_on, plan.ended_by = CarePlan.State.ENDED, CarePlan.Ending.MERGED, today, actor
    plan.end_reason, plan.merged_on, plan.version = reason[:200], today, plan.version + 1
    plan.save(update_fields=ENDED)
    for name in (workkinds.PLAN_AGREE, workkinds.PLAN_REVIEW):
        inbox.settle(actor, f"{name}:{plan.pk}", reason, needed=False)
    record(actor, "assessments.plan_end", plan, region=plan.person.region_id, reason=reason[:200],
           detail={"from": was["state"], "on": today.isoformat(), "ending": plan.ending})
    return was


def _beside(kept: list[CarePlan], gone: list[CarePlan]) -> list[int]:
    """Plans that held at one time with another of the other entry: of each two the one that has ended, of two ended
    ones that of the entry that goes."""
    found = set()
    for one in kept:
        for other in gone:
            if one.held is None or other.held is None or one.merged_on or other.merged_on or not _overlap(one, other):
                continue
            found.add(other.pk if other.state == CarePlan.State.ENDED else one.pk)
    return sorted(found)


def _overlap(one: CarePlan, other: CarePlan) -> bool:
    if one.held.isempty or other.held.isempty:
        return False
    return (one.held.upper is None or other.held.lower < one.held.upper) and (
        other.held.upper is None or one.held.lower < other.held.upper
    )


def restore(actor: User, kept: Person, gone: Person, done: Any, reason: str) -> None:
    """Give the plans back, and let those that fell to the merge stand again, unless another was made since."""
    for pk, edition in done["moved"].items():
        CarePlan.objects.filter(pk=int(pk), person=kept).update(person=gone, edition=edition)
    CarePlan.objects.filter(pk__in=done["beside"]).exclude(ending=CarePlan.Ending.MERGED).update(merged_on=None)
    for was in done["fallen"]:
        _stands_again(actor, was, reason)
    for person in (kept, gone) if done["moved"] else ():
        actions.ask_to_draft(actor, person.region_id)


def _stands_again(actor: User, was: dict[str, Any], reason: str) -> None:
    plan = CarePlan.objects.select_for_update(of=("self",)).select_related("person__region").get(pk=was["pk"])
    states = STANDING if was["state"] in STANDING else MAKING
    others = CarePlan.objects.filter(person=plan.person_id).exclude(pk=plan.pk)
    if plan.ending != CarePlan.Ending.MERGED or others.filter(state__in=states).exists():
        return
    since = dt.date.fromisoformat(was["since"]) if was["since"] else None
    if since is not None:
        plan.held = DateRange(since, None)
        if others.filter(held__overlap=plan.held, merged_on__isnull=True).exists():
            return
    plan.state, plan.ending, plan.ended_on, plan.ended_by = was["state"], "", None, None
    plan.end_reason, plan.merged_on, plan.version = "", None, plan.version + 1
    plan.save(update_fields=ENDED)
    review = queries.open_review(plan)
    if review is not None:
        reviewing.ask_to_review(actor, plan, review.due_on, review.get_why_display())
    elif plan.state == CarePlan.State.DRAFT and plan.paper_id is not None:
        actions.ask_to_agree(actor, plan)
    record(actor, "assessments.plan_restore", plan, region=plan.person.region_id, reason=reason,
           detail={"state": plan.state})


mover("assessments.plans", move, restore)
