"""Reading a home's own plan: visits, findings and goals within reach, and the figures that stand beside the goals."""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.beds import queries as beds
from yinian.homes.care.queries import local
from yinian.homes.incidents.models import Incident
from yinian.homes.reviews.models import Finding, FindingStep, GuidanceVisit, HomeGoal
from yinian.homes.stays.models import Stay, StayLevel
from yinian.places.models import Site
from yinian.places.sites.queries import homes_where
from yinian.workforce.models import Post

YEAR = dt.timedelta(days=365)
CARING = (Post.Kind.CARER, Post.Kind.NURSE)


def homes(actor: User) -> QuerySet[Site]:
    """Homes whose own plan the actor may see."""
    actor.require("reviews.view")
    return homes_where(actor, "reviews.view")


def get_home(actor: User, pk: int, right: str = "reviews.view") -> Site:
    """A home whose plan the actor may see (or do ``right`` in). Raises NotVisible."""
    found = homes(actor).select_related("region__parent", "organisation").filter(pk=pk).first()
    if found is None:
        raise NotVisible("home")
    actor.require(right, found.region_id, found.pk)
    return found


def overdue(today: dt.date | None = None) -> Q:
    """Findings whose home has not reported by the day it was given."""
    return Q(state=Finding.State.OPEN, due_on__lt=today or timezone.localdate())


def listed(actor: User, today: dt.date | None = None) -> QuerySet[Any]:
    """Homes with beds, open and overdue findings, those to check, visits of twelve months and the last one."""
    today = today or timezone.localdate()

    def count(rows: QuerySet[Any]) -> Coalesce:
        of_home = rows.filter(site=OuterRef("pk")).order_by().values("site").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(of_home), 0)

    visits = GuidanceVisit.objects.all()
    last = visits.filter(site=OuterRef("pk")).order_by("-on").values("on")[:1]
    found = beds.with_figures(homes(actor), today).select_related("region__parent")
    return found.defer("region__outline", "region__parent__outline").annotate(
        open_findings=count(Finding.objects.exclude(state=Finding.State.CLOSED)),
        overdue_findings=count(Finding.objects.filter(overdue(today))),
        to_check=count(Finding.objects.filter(state=Finding.State.REPORTED)),
        visits_of_year=count(visits.filter(on__gt=today - YEAR)),
        last_visit=Subquery(last),
    )


def findings(actor: User) -> QuerySet[Finding]:
    """Findings of the homes the actor answers for."""
    return Finding.objects.filter(site__in=homes(actor)).select_related("site", "visit")


def get_finding(actor: User, pk: int) -> Finding:
    found = findings(actor).select_related("site__region", "visit", "photo", "found_by").filter(pk=pk).first()
    if found is None:
        raise NotVisible("finding")
    return found


def steps_of(finding: Finding) -> list[FindingStep]:
    return list(finding.steps.select_related("by", "evidence"))


def get_visit(actor: User, pk: int) -> GuidanceVisit:
    found = GuidanceVisit.objects.filter(pk=pk, site__in=homes(actor)).select_related("site__region", "made_by").first()
    if found is None:
        raise NotVisible("visit")
    return found


def get_goal(actor: User, pk: int) -> HomeGoal:
    found = HomeGoal.objects.filter(pk=pk, site__in=homes(actor)).select_related("site").first()
    if found is None:
        raise NotVisible("goal")
    return found


@dataclass(frozen=True)
class Figures:
    """What a home is today: counts, and the measured figures a goal can be set for (None: cannot be worked out)."""

    usable: int
    occupied: int
    nursing: int
    carers: int
    levels: dict[str, int]  # residents by care level; "" for those without one
    incidents: int
    incidents_open: int
    last_visit: dt.date | None
    open: int
    overdue: int

    def of(self, figure: str) -> Decimal | None:
        """One of :class:`HomeGoal.Figure`, to one place."""
        if figure == HomeGoal.Figure.INCIDENTS:
            return Decimal(self.incidents)
        part, whole = {
            HomeGoal.Figure.OCCUPANCY.value: (100 * self.occupied, self.usable),
            HomeGoal.Figure.NURSING.value: (100 * self.nursing, self.usable),
            HomeGoal.Figure.PER_CARER.value: (self.occupied, self.carers),
        }[figure]
        if not whole:
            return None
        return (Decimal(part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def figures_of(home: Site, today: dt.date | None = None) -> Figures:
    """The figures of one home as of a day. The caller has shown the home visible."""
    today = today or timezone.localdate()
    counted = beds.with_figures(Site.objects.filter(pk=home.pk), today).get()
    living = Stay.objects.filter(bed__site=home, bed__kind__in=beds.IN_A_ROOM, period__contains=today)
    graded = dict(
        StayLevel.objects.filter(stay__in=living, period__contains=today).order_by().values_list("level")
        .annotate(n=Count("pk"))
    )
    known = sum(graded.values())
    incidents = Incident.objects.filter(site=home)
    return Figures(
        usable=counted.usable, occupied=counted.occupied, nursing=counted.nursing,
        carers=Post.objects.filter(site=home, kind__in=CARING, period__contains=today).values("worker").distinct()
        .count(),
        levels={**graded, **({"": counted.occupied - known} if counted.occupied > known else {})},
        incidents=incidents.filter(happened_at__gte=local(today - YEAR, 0)).count(),
        incidents_open=incidents.filter(state=Incident.State.OPEN).count(),
        last_visit=GuidanceVisit.objects.filter(site=home).values_list("on", flat=True).first(),
        open=Finding.objects.filter(site=home).exclude(state=Finding.State.CLOSED).count(),
        overdue=Finding.objects.filter(overdue(today), site=home).count(),
    )


LESS_IS_BETTER = (HomeGoal.Figure.PER_CARER, HomeGoal.Figure.INCIDENTS)


@dataclass(frozen=True)
class GoalLine:
    """A goal beside what is measured; ``reached`` None where the figure cannot be worked out."""

    goal: HomeGoal
    now: Decimal | None
    reached: bool | None
    late: bool


def goals_of(home: Site, figures: Figures, today: dt.date | None = None) -> list[GoalLine]:
    """The goals in force, each beside its figure."""
    today = today or timezone.localdate()
    lines = []
    for goal in HomeGoal.objects.filter(site=home, ended_at__isnull=True).select_related("set_by"):
        now = figures.of(goal.figure)
        reached = None if now is None else now <= goal.target if goal.figure in LESS_IS_BETTER else now >= goal.target
        lines.append(GoalLine(goal, now, reached, not reached and goal.by < today))
    return lines


def open_findings(home: Site) -> list[Finding]:
    """What is not closed yet, the earliest day first."""
    found = Finding.objects.filter(site=home).exclude(state=Finding.State.CLOSED)
    return list(found.select_related("visit").order_by(F("due_on"), "pk"))


def visits_of(home: Site) -> list[Any]:
    """Visits with how many findings each made, and how many of them are not closed."""
    return list(
        GuidanceVisit.objects.filter(site=home).select_related("made_by").annotate(
            made=Count("findings"), left=Count("findings", filter=~Q(findings__state=Finding.State.CLOSED))
        )[:20]
    )
