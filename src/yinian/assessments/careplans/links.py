"""What care plans hang on the rooms below and beside: the person's page, the timeline, the family's page, and what
puts a plan under review by itself."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.assessments.careplans import actions, catalogue, lists, queries, reviewing
from yinian.assessments.careplans.models import STANDING, CarePlan, PlannedService
from yinian.assessments.results import followers
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.people.models import Person
from yinian.people.persons import events
from yinian.people.persons.panels import AnswerLine, person_answer, person_panel
from yinian.people.persons.timeline import Entry, entry, timeline_source
from yinian.people.representatives.panels import OwnAct, own_acts, own_panel

SHOWN = 6  # services of a plan named on a panel


def _services(plan: CarePlan) -> list[str]:
    """The plan's first services in short, each named once."""
    rows = PlannedService.objects.filter(need__plan=plan).order_by("need__place", "place")
    lines = dict.fromkeys(
        _("%(service)s %(often)s (%(who)s)") % {
            "service": catalogue.service_name(row.service), "who": row.who or catalogue.provider_name(row.provider),
            "often": catalogue.often_words(row.times, row.per, row.days),
        }
        for row in rows
    )
    return list(lines)[:SHOWN]


@person_panel("assessments.plans", 25, "assessments/plan_panel.html")
def panel(actor: User, person: Person) -> dict[str, Any] | None:
    """The plan in force and the one being drawn up; whether one can be begun."""
    if not actor.may("careplans.view"):
        return None
    plans = queries.plans_of(actor, person)
    shown = [plan for plan in plans if plan.is_open] or plans[:1]
    may_draft = (
        person.state == Person.State.LIVING and not any(plan.is_open for plan in plans)
        and actor.may("careplans.edit") and actor.scope("careplans.edit").covers(person.region_id)
    )
    if not shown and not may_draft:
        return None
    standing = next((plan for plan in shown if plan.stands), None)
    return {
        "plans": [(plan, *lists.state_badge(plan)) for plan in shown], "person": person, "may_draft": may_draft,
        "services": _services(standing) if standing is not None else [],
    }


@person_answer("care", "assessments.plan")
def answer(actor: User, person: Person) -> AnswerLine | None:
    """Under "who looks after": the plan in force and when it is looked at again."""
    if not actor.may("careplans.view"):
        return None
    plan = next((one for one in queries.plans_of(actor, person) if one.is_open), None)
    if plan is None:
        return None
    words, tone = lists.state_badge(plan)
    note = (
        _("review by %(day)s") % {"day": day(plan.review_due)} if plan.review_due and plan.stands
        else plan.planner.full_name
    )
    return AnswerLine(_("Care plan"), words, note, reverse("assessments:careplan", args=[plan.pk]),
                      "warn" if tone == "warn" else "")


@timeline_source("careplans", gettext_lazy("Care plans"))
def timeline(actor: User, person: Person) -> list[Entry]:
    """What has happened to a person's plans."""
    if not actor.may("careplans.view"):
        return []
    found: list[Entry] = []
    for plan in queries.plans_of(actor, person):
        url, number = reverse("assessments:careplan", args=[plan.pk]), {"n": plan.edition}
        found.append(entry(plan.drafted_at, _("Care plan begun, edition %(n)s") % number,
                           text=lists.level_name(plan.scale, plan.level), who=plan.planner.full_name, tone="info",
                           icon="notes", url=url))
        if plan.agreed_on is not None:
            found.append(entry(plan.agreed_on, _("Care plan agreed, edition %(n)s") % number,
                               text=f"{plan.agreed_name} · {plan.get_agreed_how_display()}", tone="ok",
                               icon="signature", url=url))
        for review in plan.reviews.all():
            found.append(entry(review.opened_at, _("Care plan under review: %(why)s") % {
                "why": review.get_why_display()}, text=review.note, who=review.opened_by.full_name, tone="warn",
                icon="flag", url=url))
            if review.held_on is not None and review.held_by is not None:
                found.append(entry(review.held_on, _("Review of the care plan held"),
                                   text=review.get_decision_display(), who=review.held_by.full_name, icon="list-check",
                                   url=url))
        if plan.ended_on is not None:
            found.append(entry(plan.ended_on, _("Care plan ended: %(why)s") % {"why": plan.get_ending_display()},
                               text=plan.end_reason, who=plan.ended_by.full_name if plan.ended_by else "", icon="x",
                               url=url))
    return found


# --- the family's own page -----------------------------------------------------------------------------------------


def _own_plans(person: Person) -> list[CarePlan]:
    """Plans the family sees: the one in force, and one that was printed for them to agree to."""
    return list(
        CarePlan.objects.filter(person=person, paper__isnull=False, state__in=("draft", "agreed", *STANDING))
        .order_by("-edition")
    )


@own_acts("assessments.plan", 25)
def own_act(actor: User, person: Person) -> list[OwnAct]:
    """Agreeing to a plan that was printed."""
    return [
        OwnAct(_("Look through the care plan and agree"), _("It holds once you agree."),
               reverse("assessments:own_careplan", args=[person.pk, plan.pk]), "signature")
        for plan in _own_plans(person) if plan.state == CarePlan.State.DRAFT and actor.may("own.act")
    ]


@own_panel("assessments.plans", 35, "assessments/plan_own_panel.html")
def own_content(actor: User, person: Person) -> dict[str, Any] | None:
    """The plan in plain words: who helps how often, and when it is looked at again."""
    plans = _own_plans(person)
    if not plans:
        return None
    return {"person": person, "plans": [(plan, *lists.state_badge(plan), _services(plan)) for plan in plans]}


# --- by themselves -------------------------------------------------------------------------------------------------


def _followed(actor: User, person_pk: int) -> None:
    """Another result holds: the plan is looked at again, or one is to be drawn up."""
    reviewing.follow(actor, person_pk)
    actions.ask_to_draft(actor, Person.objects.values_list("region_id", flat=True).get(pk=person_pk))


followers.register("assessments.plans", _followed)
events.register("assessments.plans", reviewing.follow)
