"""Writing duty rosters: planned, copied from the week before, published, changed afterwards with reason and cover."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.users.models import User
from yinian.homes import workkinds
from yinian.homes.care.actions import constraint_of
from yinian.homes.care.book import Shift, book
from yinian.homes.rosters.models import Roster, RosterShift
from yinian.homes.rosters.queries import (
    days_of,
    elsewhere,
    employed,
    get_home,
    get_roster,
    get_shift,
    may_cover,
    monday_of,
    span_of,
    week_of,
)
from yinian.places.models import Site
from yinian.workforce.models import Post

REACH = dt.timedelta(days=400)  # how far from today a week can be planned
Cell = tuple[int, dt.date]  # a worker and a day


def cell_name(worker: int, day: dt.date) -> str:
    """The name of a cell of the grid, in forms and refusals."""
    return f"c-{worker}-{day:%Y%m%d}"


def _shift(name: str, field: str = "shift") -> Shift:
    found = next((one for one in book().shifts if one.id == name), None)
    if found is None:
        raise Refused(fields={field: _("Choose a shift.")})
    return found


def _monday(day: dt.date) -> dt.date:
    monday = monday_of(day)
    if abs(monday - timezone.localdate()) > REACH:
        raise Refused(_("A week so far from today is not planned."))
    return monday


def _range(day: dt.date, shift: Shift) -> DateTimeTZRange:
    return DateTimeTZRange(*span_of(day, shift))


def _locked(actor: User, home: Site, monday: dt.date) -> Roster:
    """The draft of a week, made where there is none, and locked."""
    Roster.objects.bulk_create([Roster(site=home, week=monday, made_by=actor)], ignore_conflicts=True)
    found = Roster.objects.select_for_update().get(site=home, week=monday)
    if found.is_published:
        raise Changed(_("The week is published: change single shifts, with a reason."))
    return found


def save_week(
    actor: User, home_pk: int, week: dt.date, cells: Mapping[Cell, str], version: int | None = None
) -> Roster:
    """Put a home's week as the grid says: the shift's id for each worker and day, empty for a day off.

    Cells that are not given stay as they are. ``version`` is the draft that was looked at, None where there was none.
    """
    home, monday = get_home(actor, home_pk, "rosters.plan"), _monday(week)
    with transaction.atomic():
        roster = _locked(actor, home, monday)
        if version is not None and roster.version != version:
            raise Changed(_("Somebody has changed this roster meanwhile; look at it again."))
        _put(actor, home, roster, cells)
        _keep(actor, roster, "homes.roster_plan", {"week": monday.isoformat()})
    return roster


def _keep(actor: User, roster: Roster, act: str, detail: dict[str, Any]) -> None:
    roster.version += 1
    roster.save(update_fields=["version"])
    record(actor, act, roster, region=roster.site.region_id, detail={"site": roster.site_id, **detail})


def _put(actor: User, home: Site, roster: Roster, cells: Mapping[Cell, str]) -> None:
    standing: dict[Cell, list[RosterShift]] = defaultdict(list)
    for one in roster.shifts.all():
        standing[one.worker_id, one.day].append(one)
    faults, away, fresh = _checked(home, roster, cells, standing)
    if faults:
        raise Refused(fields=faults)
    RosterShift.objects.filter(pk__in=away).delete()
    try:
        with transaction.atomic():
            RosterShift.objects.bulk_create(
                RosterShift(roster=roster, worker_id=worker, day=day, shift=shift.id, span=_range(day, shift), by=actor)
                for worker, day, shift in fresh
            )
    except IntegrityError as error:
        raise _refusal(error) from error


def _checked(
    home: Site, roster: Roster, cells: Mapping[Cell, str], standing: Mapping[Cell, list[RosterShift]]
) -> tuple[dict[str, str], list[int], list[tuple[int, dt.date, Shift]]]:
    """What is wrong with the cells, which shifts go, and which come."""
    posts: dict[int, list[Any]] = defaultdict(list)
    for post in employed(home, roster.week):
        posts[post.worker_id].append(post.period)
    days, faults, away, fresh = days_of(roster.week), {}, [], []
    for (worker, day), name in cells.items():
        here = standing.get((worker, day), [])
        if day not in days or (name and [one.shift for one in here] == [name]):
            continue
        away += [one.pk for one in here]
        if not name:
            continue
        if not any(day in period for period in posts[worker]):
            faults[cell_name(worker, day)] = _("Not employed at the home on this day.")
            continue
        fresh.append((worker, day, _shift(name, cell_name(worker, day))))
    busy: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for one in elsewhere({worker for worker, _day, _s in fresh}, roster, roster.week):
        busy[one.worker_id].append((one.span.lower, one.span.upper))
    for one in (one for held in standing.values() for one in held if one.pk not in away):
        busy[one.worker_id].append((one.span.lower, one.span.upper))
    for worker, day, shift in fresh:
        start, end = span_of(day, shift)
        if any(start < upper and lower < end for lower, upper in busy[worker]):
            faults[cell_name(worker, day)] = _("Already on another shift at this time, here or in another home.")
        busy[worker].append((start, end))
    return faults, away, fresh


def copy_week(actor: User, home_pk: int, week: dt.date) -> tuple[int, int]:
    """Plan a week as the week before was planned. Returns how many shifts were copied and how many could not be."""
    home, monday = get_home(actor, home_pk, "rosters.plan"), _monday(week)
    before = Roster.objects.filter(site=home, week=monday - dt.timedelta(days=7)).first()
    # What was planned, not who came in the end: covers and additions are of their own week.
    planned = [] if before is None else list(before.shifts.filter(reason="", covers__isnull=True))
    if not planned:
        raise Refused(_("The week before has no roster to copy."))
    with transaction.atomic():
        roster = _locked(actor, home, monday)
        roster.shifts.all().delete()
        wanted: dict[Cell, str] = {}
        known = {shift.id for shift in book().shifts}
        for one in planned:
            if one.shift in known:
                wanted.setdefault((one.worker_id, one.day + dt.timedelta(days=7)), one.shift)
        faults = _checked(home, roster, wanted, {})[0]
        fits = {cell: name for cell, name in wanted.items() if cell_name(*cell) not in faults}
        _put(actor, home, roster, fits)
        _keep(actor, roster, "homes.roster_copy", {"week": monday.isoformat(), "shifts": len(fits)})
    return len(fits), len(planned) - len(fits)


def publish(actor: User, pk: int, version: int) -> Roster:
    """Publish a week: from now on each change says why, and staff see their shifts."""
    seen = get_roster(actor, pk)
    actor.require("rosters.plan", seen.site.region_id, seen.site_id)
    with transaction.atomic():
        roster = Roster.objects.select_for_update(of=("self",)).select_related("site").get(pk=pk)
        if roster.is_published or roster.version != version:
            raise Changed(_("Somebody has changed this roster meanwhile; look at it again."))
        if not roster.shifts.exists():
            raise Refused(_("Nobody is on this roster yet."))
        roster.state, roster.published_by, roster.published_at = Roster.State.PUBLISHED, actor, timezone.now()
        roster.save(update_fields=["state", "published_by", "published_at"])
        _keep(actor, roster, "homes.roster_publish", {"week": roster.week.isoformat()})
        tell(actor, roster)
    return roster


def _key(roster: Roster) -> str:
    return f"{workkinds.ROSTER_SHORT}:{roster.pk}"


def tell(actor: User, roster: Roster) -> None:
    """Ask the manager to look after a published week that falls short: once, and again only when it got worse."""
    week = week_of(roster.site, roster.week)
    if not week.short:
        settle(actor, _key(roster), _("No shift is below the ratio any more."), needed=False)
    elif week.short > roster.told_short:
        ask(
            actor,
            workkinds.ROSTER_SHORT,
            key=_key(roster),
            region=roster.site.region_id,
            site=roster.site_id,
            params={"home": roster.site.name, "week": roster.week.isoformat(), "n": week.short},
            url=reverse("homes:roster", args=[roster.site_id]) + f"?week={roster.week.isoformat()}",
        )
    if roster.told_short != week.short:
        roster.told_short = week.short
        roster.save(update_fields=["told_short"])


def settle_free(actor: User, roster: Roster) -> None:
    """Close the duties about shifts of somebody who left once each of those shifts of the home has somebody.

    Somebody counts for a shift whom the roster took up after it fell free. Drafts are looked through by the manager.
    """
    site = roster.site_id
    free = RosterShift.objects.filter(
        roster__site=site, gone=RosterShift.Gone.LEFT, day__gte=timezone.localdate(), cover__isnull=True
    )
    for one in free:
        if not RosterShift.objects.filter(
            roster=one.roster_id, day=one.day, shift=one.shift, gone="", at__gt=one.gone_at
        ).exists():
            return
    for worker in set(free.values_list("worker", flat=True)):
        for pk in Post.objects.filter(worker=worker, site=site).values_list("pk", flat=True):
            settle(actor, f"{workkinds.SHIFTS_FREE}:{pk}", _("Every shift that fell free has somebody."))


def _published(actor: User, roster: Roster) -> Roster:
    actor.require("rosters.plan", roster.site.region_id, roster.site_id)
    found = Roster.objects.select_for_update(of=("self",)).select_related("site").get(pk=roster.pk)
    if not found.is_published:
        raise Refused(_("The roster is a draft: change it in its grid."))
    return found


def change_shift(
    actor: User, pk: int, *, gone: str, reason: str, cover: int | None = None
) -> tuple[RosterShift, RosterShift | None]:
    """Record that somebody does not come to a published shift, why, and who comes instead (None: nobody)."""
    seen, reason = get_shift(actor, pk), reason.strip()
    faults = {}
    if gone not in RosterShift.Gone.values or gone == RosterShift.Gone.LEFT:  # said by the end of the post alone
        faults["gone"] = _("Choose why they do not come.")
    if not reason:
        faults["reason"] = _("Write the reason; it is kept.")
    if cover is not None and cover not in {one.pk for one in may_cover(seen)}:
        faults["cover"] = _("They are on another shift at this time, or not employed here.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        roster = _published(actor, seen.roster)
        shift = RosterShift.objects.select_for_update().get(pk=pk)
        if not shift.stands:
            raise Changed(_("Somebody has changed this shift meanwhile."))
        shift.gone, shift.gone_reason, shift.gone_by, shift.gone_at = gone, reason[:120], actor, timezone.now()
        shift.save(update_fields=["gone", "gone_reason", "gone_by", "gone_at"])
        made = None
        if cover is not None:
            made = _add(actor, roster, cover, shift.day, shift.shift, shift.span, reason[:120], covers=shift)
        _keep(actor, roster, "homes.roster_change", {"gone": gone, "covered": made is not None})
        tell(actor, roster)
    return shift, made


def add_shift(actor: User, pk: int, *, worker: int, day: dt.date, shift: str, reason: str) -> RosterShift:
    """Put somebody on a shift of a published week besides, with a reason."""
    seen, reason = get_roster(actor, pk), reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Write the reason; it is kept.")})
    if day not in days_of(seen.week):
        raise Refused(fields={"day": _("Choose a day of this week.")})
    found = _shift(shift)
    with transaction.atomic():
        roster = _published(actor, seen)
        made = _add(actor, roster, worker, day, found.id, _range(day, found), reason[:120])
        _keep(actor, roster, "homes.roster_add", {"day": day.isoformat(), "shift": shift})
        tell(actor, roster)
        settle_free(actor, roster)
    return made


def _add(
    actor: User, roster: Roster, worker: int, day: dt.date, shift: str, span: Any, reason: str,
    covers: RosterShift | None = None,
) -> RosterShift:  # fmt: skip
    try:
        with transaction.atomic():
            return RosterShift.objects.create(
                roster=roster, worker_id=worker, day=day, shift=shift, span=span, reason=reason, covers=covers, by=actor
            )
    except IntegrityError as error:
        raise _refusal(error) from error


def _refusal(error: IntegrityError) -> Exception:
    words = {
        "nobody_on_two_shifts_at_once": Refused(
            fields={"worker": _("Already on another shift at this time, here or in another home.")}
        ),
        "works_in_the_home_that_day": Refused(fields={"worker": _("Not employed at the home on this day.")}),
    }
    return words.get(constraint_of(error), error)
