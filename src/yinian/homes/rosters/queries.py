"""Reading duty rosters: who is on which shift, whom the residents of a day call for, and whether a shift has them."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from yinian.assessments.results.models import Result
from yinian.assessments.scales import ABILITY_SCALE
from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.engines.staffing import Need, Standing, need, standing
from yinian.homes.absences.models import Absence
from yinian.homes.beds import queries as beds
from yinian.homes.care.book import Shift, book
from yinian.homes.care.queries import local
from yinian.homes.rosters.models import Roster, RosterShift
from yinian.homes.rosters.rules import Ratio, ratio_for
from yinian.homes.shadowing.queries import counted_from
from yinian.homes.stays.models import Stay, StayLevel
from yinian.places.models import Site
from yinian.places.sites.queries import homes_where
from yinian.workforce.models import Post, Worker

OWN_AHEAD = 21  # days of one's own shifts shown


def monday_of(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def days_of(monday: dt.date) -> list[dt.date]:
    return [monday + dt.timedelta(days=n) for n in range(7)]


def span_of(day: dt.date, shift: Shift) -> tuple[dt.datetime, dt.datetime]:
    """Beginning and end of a shift that begins on a day; over midnight where it ends before it begins."""
    over = shift.start >= shift.end
    return local(day, shift.start), local(day + dt.timedelta(days=1) if over else day, shift.end)


def visible_to(actor: User) -> QuerySet[Roster]:
    """Rosters of the homes the actor answers for."""
    actor.require("rosters.view")
    return Roster.objects.filter(actor.scope("rosters.view").q("site__region__code", "site"))


def get_home(actor: User, pk: int, right: str = "rosters.view") -> Site:
    """A home whose rosters the actor may see (or do ``right`` with). Raises NotVisible."""
    home = beds.get_home(actor, pk)
    actor.require(right, home.region_id, home.pk)
    return home


def get_roster(actor: User, pk: int) -> Roster:
    found = visible_to(actor).select_related("site__region").filter(pk=pk).first()
    if found is None:
        raise NotVisible("roster")
    return found


def get_shift(actor: User, pk: int) -> RosterShift:
    found = (
        RosterShift.objects.filter(pk=pk, roster__in=visible_to(actor))
        .select_related("roster__site__region", "worker")
        .first()
    )
    if found is None:
        raise NotVisible("shift")
    return found


def homes_of(actor: User) -> QuerySet[Site]:
    """Open homes in the actor's reach, for the list of rosters."""
    actor.require("rosters.view")
    return (
        homes_where(actor, "rosters.view").filter(state=Site.State.OPEN)
        .select_related("region__parent")
        .defer("region__outline", "region__parent__outline")
    )


def employed(home: Site, monday: dt.date) -> list[Post]:
    """Posts held at a home in a week, those who look after residents first."""
    posts = Post.objects.filter(site=home, period__overlap=(monday, monday + dt.timedelta(days=7)))
    after = book().looks_after
    return sorted(
        posts.select_related("worker"),
        key=lambda p: (after.index(p.kind) if p.kind in after else len(after), p.kind, p.worker.name, p.worker_id),
    )


def may_cover(shift: RosterShift) -> list[Worker]:
    """Who of the home can come instead: employed that day, on no shift at that time anywhere, another person."""
    return free_for(shift.roster.site, shift.day, (shift.span.lower, shift.span.upper), shift.worker_id)


def free_for(
    home: Site, day: dt.date, span: tuple[dt.datetime, dt.datetime], besides: int | None = None
) -> list[Worker]:
    """Staff of a home who are on no shift at that time."""
    busy = RosterShift.objects.filter(gone="", span__overlap=span)
    held = Post.objects.filter(site=home, period__contains=day)
    found = Worker.objects.filter(pk__in=held.values("worker")).exclude(pk__in=busy.values("worker"))
    return list(found.exclude(pk=besides) if besides else found)


def own_shifts(actor: User, today: dt.date | None = None) -> list[RosterShift]:
    """The actor's own published shifts from yesterday on, those that fell away too."""
    actor.require("rosters.own")
    today = today or timezone.localdate()
    return list(
        RosterShift.objects.filter(
            worker__user=actor,
            roster__state=Roster.State.PUBLISHED,
            day__gte=today - dt.timedelta(days=1),
            day__lte=today + dt.timedelta(days=OWN_AHEAD),
        ).select_related("roster__site", "covers__worker")
    )


# --- staff needed, staff on duty -----------------------------------------------------------------------------------


@dataclass
class OnShift:
    """One shift of one day: who is on it and counts, who does not count and why, and how that stands."""

    shift: Shift
    day: dt.date
    counted: list[RosterShift] = field(default_factory=list)
    others: list[tuple[RosterShift, str]] = field(default_factory=list)
    standing: Standing = Standing.UNKNOWN


@dataclass
class Day:
    """A day of a home: residents in the house by group, staff needed, its shifts, and everybody of the day together."""

    day: dt.date
    residents: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    need: Need | None = None
    shifts: list[OnShift] = field(default_factory=list)
    people: int = 0  # different people on duty in all shifts of the day
    standing: Standing = Standing.UNKNOWN


@dataclass
class Week:
    """A home's week. Figures of short shifts and days are of a published roster; None where there is none."""

    home: Site
    monday: dt.date
    ratio: Ratio
    roster: Roster | None
    days: list[Day]

    @property
    def published(self) -> bool:
        return self.roster is not None and self.roster.is_published

    def _count(self, of: Standing) -> int:
        return sum(shift.standing == of for day in self.days for shift in day.shifts)

    @property
    def short(self) -> int:
        """Shifts below the ratio, however the unknown are counted."""
        return self._count(Standing.SHORT)

    @property
    def unsure(self) -> int:
        return self._count(Standing.UNSURE)

    @property
    def short_days(self) -> int:
        """Days on which even all shifts together have fewer people than needed."""
        return sum(day.standing == Standing.SHORT for day in self.days)


def residents_by_group(homes: Iterable[Site], days: Sequence[dt.date]) -> dict[tuple[int, dt.date], Counter[str]]:
    """Who is in the house each night, by how much they can do alone ("unknown" among the keys). Four queries.

    By the assessment in force, else by the care level of the stay on that day. Whoever is away is not counted: to the
    day they are expected back, where one was named, else to their return.
    """
    stretch = (days[0], days[-1] + dt.timedelta(days=1))
    today = timezone.localdate()
    stays = list(
        Stay.objects.filter(bed__site__in=list(homes), period__overlap=stretch)
        .exclude(kind=Stay.Kind.DAY)
        .values_list("pk", "person", "bed__site", "period")
    )
    final = dict(
        Result.objects.filter(
            person__in={row[1] for row in stays}, scale=ABILITY_SCALE, state=Result.State.IN_FORCE
        ).values_list("person", "final")
    )
    within = {"stay__in": [row[0] for row in stays], "period__overlap": stretch}
    levels, away = defaultdict(list), defaultdict(list)
    for stay, period, given in StayLevel.objects.filter(**within).values_list("stay", "period", "level"):
        levels[stay].append((period, given))
    for stay, period, expected in Absence.objects.filter(**within).values_list("stay", "period", "expected_return"):
        away[stay].append((period, expected if period.upper is None else None))
    found: dict[tuple[int, dt.date], Counter[str]] = defaultdict(Counter)
    for stay, person, site, period in stays:
        for day in days:
            if day not in period:
                continue
            if any(day in gone and not (back and today < back <= day) for gone, back in away[stay]):
                continue
            level = final.get(person)
            said = next((group for held, group in levels[stay] if day in held), "unknown")
            found[site, day][said if level is None else book().group_of(level)] += 1
    return found


def weeks_of(homes: Iterable[Site], monday: dt.date) -> dict[int, Week]:
    """How the week stands in each of some homes. A handful of queries, however many homes."""
    homes, days = list(homes), days_of(monday)
    residents = residents_by_group(homes, days)
    shifts = RosterShift.objects.select_related("worker").order_by("worker__name", "pk")
    rosters = {
        one.site_id: one
        for one in Roster.objects.filter(site__in=homes, week=monday).prefetch_related(
            Prefetch("shifts", shifts, to_attr="all_shifts")
        )
    }
    workers = {shift.worker_id for one in rosters.values() for shift in one.all_shifts}
    counts = counted_from(homes, workers)
    posts: dict[tuple[int, int], list[Post]] = defaultdict(list)
    for post in Post.objects.filter(site__in=homes, worker__in=workers):
        posts[post.site_id, post.worker_id].append(post)
    ratios: dict[str, Ratio] = {}
    made = {}
    for home in homes:
        ratio = ratios.setdefault(home.region_id, ratio_for(home.region_id))
        roster = rosters.get(home.pk)
        lines = []
        for day in days:
            there = residents[home.pk, day]
            line = Day(day, there, there["unknown"])
            known = {group: n for group, n in there.items() if group != "unknown"}
            line.need = need(known, line.unknown, ratio.per)
            for shift in book().shifts:
                line.shifts.append(_on(home, roster, shift, day, line.need, counts, posts))
            line.people = len({one.worker_id for on in line.shifts for one in on.counted})
            if roster is not None:
                line.standing = standing(line.people, line.need)
            lines.append(line)
        made[home.pk] = Week(home, monday, ratio, roster, lines)
    return made


def _on(
    home: Site, roster: Any, shift: Shift, day: dt.date, wanted: Need | None,
    counts: dict[tuple[int, int], tuple[dt.date | None, str]], posts: dict[tuple[int, int], list[Post]],
) -> OnShift:  # fmt: skip
    made = OnShift(shift, day)
    if roster is None:
        return made
    for one in roster.all_shifts:
        if one.day != day or one.shift != shift.id or not one.stands:
            continue
        why = _why_not(home, one, counts, posts)
        if why:
            made.others.append((one, why))
        else:
            made.counted.append(one)
    made.standing = standing(len(made.counted), wanted)
    return made


def _why_not(
    home: Site, one: RosterShift, counts: dict[tuple[int, int], tuple[dt.date | None, str]],
    posts: dict[tuple[int, int], list[Post]],
) -> str:  # fmt: skip
    held = next((post for post in posts[home.pk, one.worker_id] if one.day in post.period), None)
    if held is None:
        return "left"
    if held.kind not in book().looks_after:
        return "post"
    since, why = counts.get((home.pk, one.worker_id), (one.day, ""))
    return (why or "shown") if since is None or one.day < since else ""


def week_of(home: Site, monday: dt.date) -> Week:
    return weeks_of([home], monday)[home.pk]


def short_homes(actor: User, monday: dt.date) -> list[Week]:
    """Weeks of the actor's homes that are published and short, worst first."""
    found = weeks_of(homes_of(actor), monday).values()
    return sorted((w for w in found if w.published and w.short), key=lambda w: (-w.short, w.home.name))


def elsewhere(workers: Iterable[int], roster: Roster | None, monday: dt.date) -> list[RosterShift]:
    """Standing shifts of some people around a week on other rosters: of other homes, or of the weeks beside it."""
    stretch = (local(monday - dt.timedelta(days=1), 0), local(monday + dt.timedelta(days=9), 0))
    own = Q(roster=roster) if roster is not None else Q(pk__in=[])
    return list(RosterShift.objects.filter(gone="", worker__in=list(workers), span__overlap=stretch).exclude(own))
