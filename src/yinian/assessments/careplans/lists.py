"""The list of care plans, and of those for whom one is to be drawn up."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yinian.assessments import scales
from yinian.assessments.careplans import catalogue, queries, rules
from yinian.assessments.careplans.models import STANDING, CarePlan
from yinian.assessments.requests.lists import search_person, village_of
from yinian.core.inbox.pages import short_day
from yinian.core.jinja import age_on
from yinian.core.lists import Column, Filter, ListView
from yinian.core.models import User

TONES = {"draft": "info", "agreed": "info", "in_force": "ok", "under_review": "warn", "ended": "mute"}
SOON_DAYS = 30  # calendar days ahead that a review is listed as coming


def state_badge(plan: CarePlan) -> tuple[str, str]:
    if plan.state == CarePlan.State.ENDED:
        return f"{plan.get_state_display()}: {plan.get_ending_display()}", "mute"
    return str(plan.get_state_display()), TONES[plan.state]


def level_name(scale: str, level: int) -> str:
    """A level in words; by the six self-care items with a remark, since its names are of another measure."""
    name = scales.level_name(scale, level)
    if scale == scales.SELF_CARE_SCALE:
        return _("%(level)s (six self-care items)") % {"level": name}
    return name


def review_badge(plan: CarePlan) -> tuple[str, str]:
    """When the plan is to be looked at again: how late, soon, or the day."""
    if plan.state not in STANDING or plan.review_due is None:
        return "", ""
    left = (plan.review_due - timezone.localdate()).days
    if left < 0:
        return _("%(count)d days late") % {"count": -left}, "bad"
    return short_day(plan.review_due), "warn" if left <= SOON_DAYS else "mute"


def _review(plans: QuerySet[CarePlan], value: str) -> QuerySet[CarePlan]:
    today = timezone.localdate()
    standing = plans.filter(state__in=STANDING)
    if value == "late":
        return standing.filter(review_due__lt=today)
    return standing.filter(review_due__range=(today, today + dt.timedelta(SOON_DAYS)))


def _level_choices(actor: User) -> list[tuple[str, str]]:
    return [
        (f"{scale}.{level}", level_name(scale, level))
        for scale in rules.SCALES for level, _name in scales.level_choices(scale)
    ]


def _of_level(field: str) -> Callable[[QuerySet[Any], str], QuerySet[Any]]:
    def filtered(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        scale, _dot, level = value.partition(".")
        return rows.filter(**{"scale": scale, field: int(level)})

    return filtered


def _planners(actor: User) -> list[tuple[int, str]]:
    rows = queries.visible_to(actor).order_by("planner__full_name").values_list("planner", "planner__full_name")
    return list(rows.distinct())


def plan_list() -> ListView:
    return ListView(
        title=_("Care plans"),
        desk=("assessments", "plans"),
        columns=[
            Column("name", _("Name"), lambda p: p.person.name, sort="person__name"),
            Column("village", _("Village"), lambda p: village_of(p.person), sort="person__region_id"),
            Column("age", _("Age"), lambda p: age_on(p.person.birth_date), kind="number", sort="person__birth_date"),
            Column("level", _("Level"), lambda p: level_name(p.scale, p.level), sort="level"),
            Column("state", pgettext("care plan", "State"), state_badge, kind="badge", sort="state"),
            Column("review", _("Next review"), review_badge, kind="badge", sort="review_due", excel=False),
            Column("review_day", _("Next review on"), lambda p: p.review_due, kind="day", sort="review_due",
                   default=False),
            Column("start", _("Begins"), lambda p: p.start, kind="day", sort="start"),
            Column("planner", _("Planner"), lambda p: p.planner.full_name, sort="planner__full_name"),
            Column("edition", _("Edition"), lambda p: p.edition, kind="number", sort="edition", default=False),
            Column("agreed", _("Agreed on"), lambda p: p.agreed_on, kind="day", sort="agreed_on", default=False),
            Column("drafted", _("Begun on"), lambda p: timezone.localtime(p.drafted_at).date(), kind="day",
                   sort="drafted_at", default=False),
            Column("number", _("Plan number"), lambda p: p.number, default=False),
        ],
        filters=[
            Filter("state", pgettext("care plan", "State"), lambda qs, v: qs.filter(state=v),
                   lambda actor: CarePlan.State.choices),
            Filter("region", _("Area"), lambda qs, v: qs.filter(person__region__code__startswith=v), kind="region"),
            Filter("level", _("Level"), _of_level("level"), _level_choices),
            Filter("review", _("Coming review"), _review, lambda actor: [
                ("late", _("Overdue")), ("soon", _("Within %(n)d days") % {"n": SOON_DAYS}),
            ]),
            Filter("planner", _("Planner"), lambda qs, v: qs.filter(planner=v), _planners),
            Filter("open", _("Not ended"), lambda qs, v: qs.exclude(state=CarePlan.State.ENDED), kind="bool"),
            Filter("service", _("With the service"),
                   lambda qs, v: qs.filter(pk__in=CarePlan.objects.filter(needs__services__service=v).values("pk")),
                   lambda actor: [(one, catalogue.service_name(one)) for one in catalogue.catalogue().services]),
        ],
        search=search_person,
        search_hint=_("Name, pinyin initials or village"),
        default_sort=("pk", "desc"),
        excel_right="assessments.export",
        region_field="person__region__code",
        row_url=lambda p: reverse("assessments:careplan", args=[p.pk]),
        empty=_("No care plan here yet"),
        empty_text=_("A plan starts from an assessment: open “Plans to be drawn up”."),
        key="assessments:careplans",
    )


def _due(result: Any) -> tuple[str, str]:
    if result.in_force_on is None:
        return "", ""
    day = rules.draft_due(result.person.region_id, result.in_force_on)
    left = (day - timezone.localdate()).days
    if left < 0:
        return _("%(count)d days late") % {"count": -left}, "bad"
    return short_day(day), "warn" if left <= 1 else "mute"


def wanted_list() -> ListView:
    return ListView(
        title=_("Plans to be drawn up"),
        desk=("assessments", "plans_wanted"),
        subtitle=_("People with a result in force that calls for a plan, and none begun."),
        columns=[
            Column("name", _("Name"), lambda r: r.person.name, sort="person__name"),
            Column("village", _("Village"), lambda r: village_of(r.person), sort="person__region_id"),
            Column("age", _("Age"), lambda r: age_on(r.person.birth_date), kind="number", sort="person__birth_date"),
            Column("level", _("Level"), lambda r: level_name(r.scale, r.final), sort="grave"),
            Column("assessed", _("Assessed on"), lambda r: r.assessed_on, kind="day", sort="assessed_on"),
            Column("since", _("Result in force since"), lambda r: r.in_force_on, kind="day", sort="in_force_on"),
            Column("due", _("Plan due"), _due, kind="badge", excel=False),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, v: qs.filter(person__region__code__startswith=v), kind="region"),
            Filter("level", _("Level"), _of_level("final"), _level_choices),
        ],
        search=search_person,
        search_hint=_("Name, pinyin initials or village"),
        default_sort=("level", "desc"),
        excel_right="assessments.export",
        region_field="person__region__code",
        row_url=lambda r: reverse("assessments:careplan_draft", args=[r.person_id]),
        empty=_("Nobody here waits for a plan"),
        key="assessments:careplans_wanted",
    )
