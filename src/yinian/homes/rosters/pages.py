"""Pages of duty rosters: an area's homes, one home's week as a grid, changes after publication, one's own shifts."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import day as day_words
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.engines.staffing import Standing
from yinian.homes.care.book import book, group_words, shift_words
from yinian.homes.care.pages import crumbs
from yinian.homes.rosters import actions, queries
from yinian.homes.rosters.actions import cell_name
from yinian.homes.rosters.forms import AddForm, ChangeForm
from yinian.homes.rosters.models import RosterShift
from yinian.homes.rosters.queries import Week
from yinian.homes.rosters.rules import not_counted_words, shadow_rule_for
from yinian.places.models import Site
from yinian.workforce.models import Post
from yinian.workforce.queries import told_apart

CELL = re.compile(r"c-(\d{1,12})-(\d{8})")
WEEKDAYS = (
    gettext_lazy("Mon"),
    gettext_lazy("Tue"),
    gettext_lazy("Wed"),
    gettext_lazy("Thu"),
    gettext_lazy("Fri"),
    gettext_lazy("Sat"),
    gettext_lazy("Sun"),
)


def week_words(monday: dt.date) -> str:
    return _("%(first)s – %(last)s") % {
        "first": day_words(monday), "last": day_words(monday + dt.timedelta(days=6)),
    }  # fmt: skip


def standing_words(found: Standing, *, unplanned: bool = False) -> tuple[str, str]:
    """How a shift or day stands, and how pressing that is."""
    if unplanned:
        return _("no roster"), "mute"
    return {
        Standing.ENOUGH: (_("enough"), "ok"),
        Standing.SHORT: (_("too few"), "bad"),
        Standing.UNSURE: (_("depends on the unknown"), "warn"),
        Standing.UNKNOWN: (_("no ratio on file"), "mute"),
    }[found]


def need_words(wanted: Any) -> str:
    """Staff needed: one number, or from … to … where abilities are unknown."""
    if wanted is None:
        return _("not known")
    return str(wanted.least) if wanted.least == wanted.most else f"{wanted.least}–{wanted.most}"


def _week(request: StaffRequest) -> dt.date:
    """The week asked for, else this one. A day that is none is this week too."""
    try:
        asked = parse_date(request.GET.get("week", ""))
    except ValueError:
        asked = None
    today = timezone.localdate()
    if asked is None or abs(asked - today) > actions.REACH:
        asked = today
    return queries.monday_of(asked)


# --- the homes of an area ------------------------------------------------------------------------------------------


def _state(home: Any) -> tuple[str, str]:
    week: Week = home.staffing
    if week.roster is None:
        return _("no roster"), "warn"
    return (_("published"), "ok") if week.published else (_("draft"), "info")


def _stands(home: Any) -> tuple[str, str]:
    week: Week = home.staffing
    if not week.published:
        return _("not published"), "mute"
    if not week.ratio.per:
        return _("no ratio on file"), "mute"
    if week.short:
        return ngettext("%(n)d shift too few", "%(n)d shifts too few", week.short) % {"n": week.short}, "bad"
    if week.unsure:
        return _("depends on the unknown"), "warn"
    return _("enough"), "ok"


def _figure(name: str) -> Any:
    def cell(home: Any) -> int | None:
        week: Week = home.staffing
        return getattr(week, name) if week.published and week.ratio.per else None

    return cell


def _needed(home: Any) -> str:
    """The day's need over the week, from the lowest to the highest."""
    wanted = [day.need for day in home.staffing.days if day.need is not None]
    if not wanted:
        return _("not known")
    low, high = min(one.least for one in wanted), max(one.most for one in wanted)
    return str(low) if low == high else f"{low}–{high}"


def _list_view(request: StaffRequest, monday: dt.date) -> ListView:
    this = queries.monday_of(timezone.localdate())
    weeks = [this + dt.timedelta(days=7 * n) for n in (-2, -1, 0, 1)]

    def attach(homes: Any) -> None:
        found = queries.weeks_of(homes, monday)
        for home in homes:
            home.staffing = found[home.pk]

    def which(qs: Any, value: str) -> Any:
        found = queries.weeks_of(qs, monday).values()
        wanted = {
            "none": lambda week: week.roster is None,
            "draft": lambda week: week.roster is not None and not week.published,
            "published": lambda week: week.published,
            "short": lambda week: week.published and week.short > 0,
        }.get(value)
        return qs.filter(pk__in=[week.home.pk for week in found if wanted is not None and wanted(week)])

    return ListView(
        title=_("Duty rosters and staff"),
        subtitle=week_words(monday),
        columns=[
            Column("name", _("Care home"), lambda h: h.name, sort="name"),
            Column("town", _("Town"), lambda h: (h.region.parent if h.region.level == 5 else h.region).name,
                   sort="region_id"),
            Column("state", _("Roster"), _state, kind="badge"),
            Column("stands", _("Against the ratio"), _stands, kind="badge"),
            Column("short", _("Shifts too few"), _figure("short"), kind="number"),
            Column("short_days", _("Days too few, all shifts together"), _figure("short_days"), kind="number"),
            Column("unsure", _("Shifts that depend on the unknown"), _figure("unsure"), kind="number"),
            Column("needed", _("Staff needed a day"), _needed),
        ],
        filters=[
            Filter(
                "week",
                _("Week of (this week if none is chosen)"),
                lambda qs, v: qs,
                lambda a: [(w.isoformat(), week_words(w)) for w in weeks],
            ),
            Filter("region", _("Area"), lambda qs, code: qs.filter(region__code__startswith=code), kind="region"),
            Filter(
                "stands",
                _("Roster"),
                which,
                lambda a: [
                    ("short", _("too few staff")),
                    ("none", _("no roster")),
                    ("draft", _("draft")),
                    ("published", _("published")),
                ],
            ),
        ],
        search=lambda qs, text: qs.filter(name__contains=text),
        default_sort=("name", "asc"),
        excel_right="rosters.view",
        region_field="region__code",
        site_field="pk",
        row_url=lambda h: reverse("homes:roster", args=[h.pk]) + f"?week={monday.isoformat()}",
        search_hint=_("Name of the home"),
        empty=_("No home is on record here yet"),
        desk=("homes", "rosters"),
        key="homes:rosters",
        per_row=attach,
    )


@page("rosters.view", methods=("GET", "POST"))
def rosters(request: StaffRequest) -> HttpResponse:
    """Homes with their roster of a week and how it stands to the ratio."""
    monday = _week(request)
    homes = queries.homes_of(request.user)
    extra: dict[str, Any] = {}
    if request.GET.get("format") != "xlsx" and not request.headers.get("HX-Request"):
        found = list(queries.weeks_of(homes, monday).values())
        here = f"?week={monday.isoformat()}&stands="
        extra = {
            "count": len(found),
            "without": sum(week.roster is None for week in found),
            "short": sum(week.published and week.short > 0 for week in found),
            "shifts": sum(week.short for week in found if week.published),
            "published": sum(week.published for week in found),
            "here": reverse("homes:rosters") + here,
            "ratio": found[0].ratio if found else None,
        }
    return render_list(request, _list_view(request, monday), homes, "homes/rosters.html", extra)


# --- one home's week -----------------------------------------------------------------------------------------------


@dataclass
class GridCell:
    """One worker's day: the shifts that stand and fell away, what the form's cell holds, what is wrong with it."""

    day: dt.date
    name: str
    employed: bool
    shifts: list[RosterShift] = field(default_factory=list)
    value: str = ""
    error: str = ""


@dataclass
class GridRow:
    worker_id: int
    who: str
    post: str
    counts: bool
    why: str
    cells: list[GridCell] = field(default_factory=list)


def _free(week: Week, today: dt.date) -> set[int]:
    """Shifts to come of a published week that somebody does not come to and for which nobody has been found yet."""
    shifts: list[RosterShift] = week.roster.all_shifts if week.published else []  # type: ignore[union-attr]
    return {
        one.pk for one in shifts
        if not one.stands and one.day >= today and not any(
            other.stands and (other.covers_id == one.pk or (
                (other.day, other.shift) == (one.day, one.shift) and one.gone_at and other.at > one.gone_at))
            for other in shifts)
    }


def _rows(week: Week, typed: Mapping[str, str], faults: Mapping[str, str]) -> list[GridRow]:
    days = queries.days_of(week.monday)
    posts: dict[int, list[Post]] = {}
    for post in queries.employed(week.home, week.monday):
        posts.setdefault(post.worker_id, []).append(post)
    all_shifts: list[RosterShift] = [] if week.roster is None else week.roster.all_shifts  # type: ignore[attr-defined]
    whys = {one.worker_id: why for day in week.days for on in day.shifts for one, why in on.others}
    fresh = queries.counted_from([week.home], list(posts))
    rows = []
    people = {pk: held[0].worker for pk, held in posts.items()}
    people |= {one.worker_id: one.worker for one in all_shifts if one.worker_id not in people}
    for worker, who in told_apart(people.values()).items():
        held = posts.get(worker, [])
        counts = any(post.kind in book().looks_after for post in held)
        why = whys.get(worker, "") if counts or not held else ""
        if not why and counts and fresh.get((week.home.pk, worker), (week.monday, ""))[0] is None:
            why = fresh[week.home.pk, worker][1]
        row = GridRow(worker, who, str(held[0].get_kind_display()) if held else "", counts,
                      not_counted_words(why) if why else "")
        for day in days:
            name = cell_name(worker, day)
            mine = [one for one in all_shifts if one.worker_id == worker and one.day == day]
            value = typed.get(name, next((one.shift for one in mine if one.stands), ""))
            row.cells.append(
                GridCell(day, name, any(day in post.period for post in held), mine, value, faults.get(name, ""))
            )
        rows.append(row)
    return rows


def _grid(
    request: StaffRequest, home: Site, monday: dt.date, status: int = 200, *,
    typed: Mapping[str, str] | None = None, refusal: Refused | None = None,
) -> HttpResponse:  # fmt: skip
    week = queries.week_of(home, monday)
    today = timezone.localdate()
    days = queries.days_of(monday)
    may_plan = request.user.scope("rosters.plan").covers(home.region_id, home.pk)
    faults = dict(refusal.fields) if refusal else {}
    return render(
        request,
        "homes/roster.html",
        {
            "home": home,
            "week": week,
            "roster": week.roster,
            "rows": _rows(week, typed or {}, faults),
            "days": [(day, WEEKDAYS[day.weekday()]) for day in days],
            "open_day": days.index(today) if today in days else 0,
            "monday": monday,
            "words": week_words(monday),
            "before": monday - dt.timedelta(days=7),
            "after": monday + dt.timedelta(days=7),
            "shifts": book().shifts,
            "group_words": group_words,
            "shift_words": shift_words,
            "standing_words": standing_words,
            "need_words": need_words,
            "not_counted": not_counted_words,
            "may_plan": may_plan,
            "free": _free(week, today),
            "planning": may_plan and not week.published,
            "refused": refusal.message if refusal else "",
            "faults": len(faults),
            "shadow": shadow_rule_for(home),
            "crumbs": crumbs(home, (_("Duty roster"), None)),
        },
        status=status,
    )


@page("rosters.view", methods=("GET", "POST"), also=("homes.view",), post="rosters.plan")
def roster(request: StaffRequest, pk: int) -> HttpResponse:
    """A home's week: planned in a grid while it is a draft; how each shift stands to what the residents call for."""
    monday = _week(request)
    if request.method != "POST":
        return _grid(request, queries.get_home(request.user, pk), monday)
    home = queries.get_home(request.user, pk, "rosters.plan")
    typed = {name: request.POST[name] for name in request.POST if CELL.fullmatch(name)}
    cells: dict[actions.Cell, str] = {}
    for name, value in typed.items():
        worker, text = CELL.fullmatch(name).groups()  # type: ignore[union-attr]
        day = _day(text)
        if day is not None:
            cells[int(worker), day] = value
    version = request.POST.get("version", "")
    try:
        actions.save_week(request.user, pk, monday, cells, int(version) if version.isdigit() else None)
    except Refused as refusal:
        status = 409 if isinstance(refusal, Changed) else 422
        return _grid(request, home, monday, status, typed=typed, refusal=refusal)
    messages.success(request, _("The roster is kept as a draft."))
    return _to(home.pk, monday)


def _day(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None


def _to(home: int, monday: dt.date) -> HttpResponse:
    return redirect(reverse("homes:roster", args=[home]) + f"?week={monday.isoformat()}")


@page("rosters.plan", methods=("POST",), also=("homes.view", "rosters.view"))
def copy_week(request: StaffRequest, pk: int) -> HttpResponse:
    home, monday = queries.get_home(request.user, pk, "rosters.plan"), _week(request)
    try:
        copied, left = actions.copy_week(request.user, pk, monday)
    except Refused as refusal:
        return _grid(request, home, monday, 409 if isinstance(refusal, Changed) else 422, refusal=refusal)
    said = _("%(n)d shifts are copied from the week before.") % {"n": copied}
    if left:
        said += " " + _("%(n)d could not be: not employed any more, or on another shift.") % {"n": left}
    messages.success(request, said)
    return _to(pk, monday)


@page("rosters.plan", methods=("POST",), also=("homes.view", "rosters.view"))
def publish(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_roster(request.user, pk)
    version = request.POST.get("version", "")
    try:
        actions.publish(request.user, pk, int(version) if version.isdigit() else 0)
    except Changed:
        raise
    except Refused as refusal:
        return _grid(request, queries.get_home(request.user, found.site_id), found.week, 422, refusal=refusal)
    messages.success(request, _("The roster is published; staff see their shifts."))
    return _to(found.site_id, found.week)


@page("rosters.plan", methods=("GET", "POST"), also=("homes.view", "rosters.view"))
def change_shift(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody does not come to a published shift."""
    shift = queries.get_shift(request.user, pk)
    home, week = shift.roster.site, shift.roster.week
    request.user.require("rosters.plan", home.region_id, home.pk)
    back = reverse("homes:roster", args=[home.pk]) + f"?week={week.isoformat()}"
    what = f"{day_words(shift.day)} {shift_words(shift.shift)}"
    context: dict[str, Any] = {
        "title": _("%(name)s does not come: %(what)s") % {"name": shift.worker.name, "what": what},
        "save": _("Keep the change"),
        "back": back,
        "crumbs": crumbs(home, (_("Duty roster"), back), (_("Change"), None)),
    }
    form = ChangeForm(request.POST or None, free=queries.may_cover(shift))
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        actions.change_shift(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The change is kept."))
    return redirect(back)


@page("rosters.plan", methods=("GET", "POST"), also=("homes.view", "rosters.view"))
def add_shift(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody more on a shift of a published week."""
    found = queries.get_roster(request.user, pk)
    home = found.site
    request.user.require("rosters.plan", home.region_id, home.pk)
    back = reverse("homes:roster", args=[home.pk]) + f"?week={found.week.isoformat()}"
    context: dict[str, Any] = {
        "title": _("One more on a shift"),
        "save": _("Put them on the shift"),
        "back": back,
        "crumbs": crumbs(home, (_("Duty roster"), back), (_("One more on a shift"), None)),
    }
    workers = {post.worker_id: post.worker for post in queries.employed(home, found.week)}.values()
    form = AddForm(
        request.POST or None,
        workers=workers,
        days=queries.days_of(found.week),
        initial={"day": request.GET.get("day", ""), "shift": request.GET.get("shift", "")},
    )
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        actions.add_shift(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("They are on the shift."))
    return redirect(back)


def hours_of(one: RosterShift) -> str:
    """From when to when a shift goes, by the county's clock."""
    start, end = timezone.localtime(one.span.lower), timezone.localtime(one.span.upper)
    return f"{start:%H:%M}–{end:%H:%M}"


@page("rosters.own")
def my_shifts(request: StaffRequest) -> HttpResponse:
    """One's own shifts, and whom one shows the work."""
    from yinian.homes.shadowing import queries as shadowing
    from yinian.homes.shadowing.pages import stage_words

    return render(
        request,
        "homes/my_shifts.html",
        {
            "shifts": queries.own_shifts(request.user),
            "known": hasattr(request.user, "worker"),
            "present": timezone.localdate(),
            "now": timezone.now(),
            "shift_words": shift_words,
            "hours": hours_of,
            "weekdays": WEEKDAYS,
            "stage_words": stage_words,
            "shadowings": shadowing.with_here(shadowing.mine(request.user)).select_related("worker", "mentor", "place"),
        },
    )
