"""The demo's care plans: some hundred in every state, drawn up from the assessments that lie back.

What stands in them follows from the answers; who helps, wishes and findings are synthetic. Past plans are filled in
bulk with their papers; the family's is drawn up by the room's own actions, so that it waits to be agreed to.
"""

import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils import timezone
from PIL import Image, ImageDraw
from psycopg.types.range import DateRange

from yinian.assessments import papers, scales
from yinian.assessments.careplans import actions, catalogue, queries, reviewing, routing, rules, sheet
from yinian.assessments.models import (
    CarePlan,
    Goal,
    GoalOutcome,
    Need,
    PlannedService,
    PlanReview,
    Result,
)
from yinian.core.attachments import actions as attachments
from yinian.core.models import Posting, Region, User
from yinian.core.reading import at_one_moment
from yinian.core.roles import Role
from yinian.core.users.queries import platform_user
from yinian.people.models import Kin, Person
from yinian.places.models import Site

MOST = 160  # plans
LEFT = 12  # results for which no plan was begun yet, besides those of the last days
OLDEST_DAYS = 330  # how long ago the first of them began
WISHES = (
    "想一直住在自己家里", "不想给儿女添麻烦", "希望有人来说说话", "想每天能出门坐坐", "怕摔跤，想装扶手",
    "饭菜要软一点", "不愿去养老院", "想跟老伴在一起",
)
SITUATIONS = (
    "老伴照护，白天有邻居帮忙。", "儿子在外务工，每月回来一次。", "女儿住同村，每天来做饭。",
    "独自在家，村干部常来看望。", "刚从医院回来，走路要扶。", "由儿媳照护，夜里起夜多。",
)
FINDINGS = (
    "上门看过，照护落实，精神比上次好。", "助浴按周做到，家人学会了翻身。", "饭菜能按时送到，体重没有再降。",
    "助行器在用，没有再跌倒。", "家人照护吃力，建议增加喘息服务。",
)
CHANGES = ("上周摔了一跤，走路更慢了", "住院十天，刚回家", "儿媳要外出务工，白天没人照护", "记性更差，忘了关火")
# Of a hundred plans, so many in each state.
SHARES = (
    ("in_force", 56), ("due", 6), ("under_review", 10), ("draft", 8), ("printed", 5), ("agreed", 5), ("ended", 10),
)


@dataclass
class Made:
    """A plan on its way into the tables, with its rows and how it is to end up."""

    plan: CarePlan
    rows: list[tuple[Need, list[Goal], list[PlannedService]]]
    state: str


def plan(county: Region, day: dt.date, seed: int) -> None:
    """Fill care planning for a demo county built as of ``day``."""
    rng = np.random.default_rng(seed + 11)
    town_officers = _officers(county)
    results = list(
        queries.without_plan(county.code).select_related("person__region__parent", "request")
        .filter(in_force_on__lte=day - dt.timedelta(days=20))
        .exclude(person__representatives__isnull=False).order_by("-final", "pk")[:MOST]
    )
    # Plans by the six self-care items come first: the first of all plans is one in force. Of the others the most
    # recent are left for the desk: plans to be drawn up.
    by_items = [result for result in results if result.scale == scales.SELF_CARE_SCALE]
    others = [result for result in results if result.scale != scales.SELF_CARE_SCALE]
    recent = {result.pk for result in sorted(others, key=lambda one: one.in_force_on or day)[-LEFT:]}
    chosen = [*by_items, *(result for result in others if result.pk not in recent)]
    with at_one_moment():
        made = [
            _made(result, _state(n), town_officers, day, rng) for n, result in enumerate(chosen)
            if result.person.region_id[:9] in town_officers
        ]  # fmt: skip
    _write(made, day, rng)
    _family(town_officers)
    actions.ask_all_towns(platform_user())


def _officers(county: Region) -> dict[str, User]:
    """The officer of each town, who draws its plans up."""
    postings = Posting.objects.filter(role=Role.TOWN_OFFICER, region__code__startswith=county.code)
    return {posting.region_id: posting.user for posting in postings.select_related("user")}


def _state(n: int) -> str:
    place = n * 37 % 100  # spread over towns and levels
    for state, share in SHARES:
        if place < share:
            return state
        place -= share
    raise AssertionError(n)


def _made(result: Result, state: str, officers: dict[str, User], day: dt.date, rng: np.random.Generator) -> Made:
    """One plan as it was drawn up, whole, in the state of a draft."""
    person, kept = result.person, rules.frozen(result.person.region_id, result.scale)
    start = _start(result, state, kept, day, rng)
    officer = officers[person.region_id[:9]]
    review = rules.review_after(kept, result.final, start)
    content = _filled(
        sheet.new_sheet(catalogue.suggestions(result, person, start), result.scale, start, review), person, rng
    )
    if state == "draft" and rng.random() < 0.5:  # somebody is in the middle of it
        content["needs"][0]["text"] = ""
    checked = sheet.check(content, start, queries.sites_near(person), set())
    if checked.faults and state != "draft":
        raise AssertionError(f"a demo plan is not whole: {checked.faults}")
    drafted = _at(min(start, day) - dt.timedelta(days=int(rng.integers(3, 7))))
    made = CarePlan(
        person=person, result=result, seen_result=result, seen_region_id=person.region_id, scale=result.scale,
        level=result.final, edition=1, planner=officer, saved_by=officer, drafted_at=drafted,
        saved_at=drafted + dt.timedelta(hours=1),
        draft_due=rules.draft_due(person.region_id, result.in_force_on or day), rules=kept,
        catalogue=catalogue.catalogue(result.scale).hash, routing=routing.advice(person, result, start),
        sheet=json.dumps(content, ensure_ascii=False), complete=checked.complete,
        situation=checked.situation or None, wishes=checked.wishes or None,
    )
    if checked.complete:
        made.start, made.review_due = start, review
    return Made(made, checked.rows if checked.complete else [], state)


def _start(result: Result, state: str, kept: dict[str, Any], day: dt.date, rng: np.random.Generator) -> dt.date:
    """The first day: soon after the result, though not too long ago; for those still to begin, ahead of today."""
    if state in ("draft", "printed"):
        return day + dt.timedelta(days=int(rng.integers(0, 10)))
    if state == "agreed":
        return day + dt.timedelta(days=int(rng.integers(2, 15)))
    soonest = (result.in_force_on or day) + dt.timedelta(days=int(rng.integers(5, 12)))
    start = max(soonest, day - dt.timedelta(days=int(rng.integers(40, OLDEST_DAYS))))
    if state == "due":  # its review falls due in the coming days
        months = int(kept["months"][str(result.final)])
        start = max(soonest, day - dt.timedelta(days=30 * months - int(rng.integers(-5, 10))))
    return min(start, day - dt.timedelta(days=2))


def _filled(content: sheet.Sheet, person: Person, rng: np.random.Generator) -> sheet.Sheet:
    """Wishes, who helps by name, and here and there something left out."""
    content["wishes"] = WISHES[int(rng.integers(len(WISHES)))]
    content["situation"] = SITUATIONS[int(rng.integers(len(SITUATIONS)))]
    kin = Kin.objects.filter(person=person, ended_at__isnull=True).order_by("pk").first()
    station = Site.objects.filter(kind=Site.Kind.STATION, region__code__startswith=person.region_id[:9]).first()
    for n, need in enumerate(content["needs"]):
        if n and rng.random() < 0.12:
            need["on"] = False
        for one in need["services"]:
            if one["provider"] == "family" and kin is not None:
                one["who"] = kin.name
            elif one["provider"] in ("home_visit", "day_care", "meal", "home_bed") and station is not None:
                one["who"] = station.name
            if one["per"] == "week" and one["times"] in ("1", "2") and rng.random() < 0.5:
                one["days"] = [1] if one["times"] == "1" else [0, 3]
    return content


def _at(day: dt.date, hour: int = 10) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


# --- into the tables -----------------------------------------------------------------------------------------------


def _write(made: Sequence[Made], day: dt.date, rng: np.random.Generator) -> None:
    """Drafts with their rows first, as the tables want it; then papers, agreements, reviews and ends."""
    CarePlan.objects.bulk_create(one.plan for one in made)
    for one in made:
        for need, _goals, _services in one.rows:
            need.plan = one.plan
    Need.objects.bulk_create(need for one in made for need, _goals, _services in one.rows)
    goals: list[Goal] = []
    services: list[PlannedService] = []
    for one in made:
        for need, its_goals, its_services in one.rows:
            for place, goal in enumerate(its_goals):
                goal.need_id, goal.place = need.pk, place
            for place, row in enumerate(its_services):
                row.need_id, row.place = need.pk, place
            goals += its_goals
            services += its_services
    Goal.objects.bulk_create(goals)
    PlannedService.objects.bulk_create(services)
    beyond = [one for one in made if one.state != "draft"]
    with at_one_moment():
        for n, one in enumerate(beyond):
            _papered(one, n, day, rng)
    CarePlan.objects.bulk_update(
        [one.plan for one in beyond],
        ["paper", "state", "held", "agreed_on", "agreed_by", "agreed_name", "agreed_how", "witness", "signature",
         "agreed_entry", "ended_on", "ended_by", "ending", "end_reason", "review_due"],
    )
    _reviews([one for one in beyond if one.plan.held is not None], day, rng)
    for one in made:
        if one.state == "printed":
            actions.ask_to_agree(one.plan.planner, one.plan)


def _papered(one: Made, n: int, day: dt.date, rng: np.random.Generator) -> None:
    """Paper, agreement, and from when to when the plan held."""
    made, officer = one.plan, one.plan.planner
    start = made.start or day
    printed = min(start, day) - dt.timedelta(days=int(rng.integers(1, 3)))
    actions.issue_paper(officer, made, printed)
    if one.state == "printed":
        return
    made.agreed_on, made.agreed_entry = min(start, day), officer
    kin = Kin.objects.filter(person=made.person, ended_at__isnull=True).order_by("pk").first()
    by_family = kin is not None and made.level >= 3
    made.agreed_by = CarePlan.By.FAMILY if by_family else CarePlan.By.PERSON
    made.agreed_name = kin.name if kin is not None and by_family else made.person.name
    if n % 3 == 0:
        made.agreed_how = CarePlan.How.SIGNATURE
        made.signature = attachments.store(
            officer, _signed_page(rng), papers.PLAN_SIGNED, made.person.region_id, name="签字页.png"
        )
    else:
        made.agreed_how, made.witness = CarePlan.How.ORAL, "村(社区)干部"
    made.state = CarePlan.State.AGREED
    if one.state == "agreed":
        return
    made.state, made.held = CarePlan.State.IN_FORCE, DateRange(start, None)
    if one.state == "ended":
        ended = day - dt.timedelta(days=int(rng.integers(0, max(1, (day - start).days))))
        made.state, made.held = CarePlan.State.ENDED, DateRange(start, ended)
        made.ended_on, made.ended_by = ended, officer
        made.ending = CarePlan.Ending.DECLINED if n % 2 else CarePlan.Ending.MET
        made.end_reason = "家人自己照护，不再需要上门" if n % 2 else "身体恢复，能够自理"


def _reviews(made: Sequence[Made], day: dt.date, rng: np.random.Generator) -> None:
    """Regular reviews that lie back, and for those under review the one that stands open."""
    held: list[PlanReview] = []
    outcomes: list[GoalOutcome] = []
    moved: dict[int, str] = {}
    for one in made:
        made_plan = one.plan
        until = made_plan.ended_on or day
        while made_plan.review_due is not None and made_plan.review_due < until and one.state != "due":
            on = made_plan.review_due
            following = rules.review_after(made_plan.rules, made_plan.level, on)
            review = PlanReview(
                plan=made_plan, why=PlanReview.Why.DUE, opened_on=on, opened_by=platform_user(), opened_at=_at(on, 1),
                due_on=on + dt.timedelta(days=7), held_on=on, held_by=made_plan.planner, present="本人、家属、村干部",
                findings=FINDINGS[int(rng.integers(len(FINDINGS)))], decision=PlanReview.Decision.CONTINUE,
                next_review=following,
            )
            held.append(review)
            for _need, goals, _services in one.rows:
                for goal in goals:
                    moved[goal.pk] = str(rng.choice(["met", "met", "partly", "partly", "not_met", "open"]))
                    outcomes.append(GoalOutcome(review=review, goal=goal, state=moved[goal.pk]))
            made_plan.review_due = following
    PlanReview.objects.bulk_create(held)
    for outcome in outcomes:
        outcome.review_id = outcome.review.pk
    GoalOutcome.objects.bulk_create(outcomes)
    for state in Goal.State.values:
        Goal.objects.filter(pk__in=[pk for pk, now in moved.items() if now == state]).update(state=state)
    CarePlan.objects.bulk_update([one.plan for one in made], ["review_due"])
    for n, one in enumerate(one for one in made if one.state == "under_review"):
        reviewing.open_review(one.plan.planner, one.plan, PlanReview.Why.ASKED, CHANGES[n % len(CHANGES)], day)
    # Those whose day has come or comes soon: by the room's own clockwork.
    reviewing.look_after(day)


def _family(officers: dict[str, User]) -> None:
    """For whom the demo's family account acts: a plan that was printed and waits to be agreed to."""
    own = Result.objects.filter(
        Q(person__representatives__isnull=False), scale=scales.ABILITY_SCALE, state=Result.State.IN_FORCE,
        final__gte=1,
    ).select_related("person").order_by("-in_force_on", "pk")
    for result in own[:1]:
        officer = officers.get(result.person.region_id[:9])
        if officer is None or queries.plan_in_the_making(result.person) or queries.standing_plan(result.person):
            continue
        drafted = actions.draft(officer, result.person_id)
        content = _filled(sheet.read(drafted), result.person, np.random.default_rng(1))
        drafted.sheet = json.dumps(content, ensure_ascii=False)
        drafted.save(update_fields=["sheet"])
        saved, _place = actions.save(officer, drafted.pk, drafted.version, _Nothing())
        actions.print_paper(officer, saved.plan.pk, saved.plan.version)


class _Nothing:
    """A page that sends nothing."""

    def get(self, name: str) -> Any:
        return None

    def getlist(self, name: str) -> list[Any]:
        return []


def _signed_page(rng: np.random.Generator) -> io.BytesIO:
    """A stand-in for a photographed page: lines, and a wavy line under them."""
    picture = Image.new("RGB", (420, 594), "white")
    draw = ImageDraw.Draw(picture)
    for n in range(12):
        draw.line([(50, 70 + 32 * n), (370 - int(rng.integers(0, 120)), 70 + 32 * n)], fill=(120, 130, 140), width=3)
    xs = np.linspace(220, 370, 40)
    ys = 520 + 14 * np.sin(xs / float(rng.uniform(6, 12)))
    draw.line(list(zip(xs.tolist(), ys.tolist(), strict=True)), fill=(29, 39, 51), width=3)
    out = io.BytesIO()
    picture.save(out, "PNG")
    out.seek(0)
    return out
