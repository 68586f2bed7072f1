"""Duty rosters over REST: how the homes of an area stand in a week, one home's week, planning and changing it. Thin.

A home's own system sends the cells of a week's grid and publishes it; a published week is changed shift by shift.
"""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.core.errors import Refused
from yinian.homes.rosters import actions, queries
from yinian.homes.rosters.models import RosterShift
from yinian.homes.rosters.queries import OnShift, Week

router = Router(tags=["homes"])


class WeekOut(Schema):
    home: int
    name: str
    week: dt.date
    state: str  # none, draft, published
    short: int | None  # None: not published, or no ratio is on file
    unsure: int | None
    short_days: int | None
    roster: int | None  # its number, for publishing and changing it
    version: int | None


class EntryOut(Schema):
    """Somebody on a shift. ``why``: why they do not count as looking after residents, empty where they do."""

    id: int
    worker: int
    why: str


class ShiftOut(Schema):
    shift: str
    counted: list[int]
    not_counted: list[int]
    people: list[EntryOut]
    standing: str


class DayOut(Schema):
    day: dt.date
    residents: int
    unknown: int
    needed_least: int | None
    needed_most: int | None
    people: int
    standing: str
    shifts: list[ShiftOut]


class RosterOut(WeekOut):
    days: list[DayOut]


class CellIn(Schema):
    """Whom a shift of a day is given to; an empty ``shift`` is a day off."""

    worker: int
    day: dt.date
    shift: str = Field("", max_length=40)


class WeekIn(Schema):
    """``version``: the draft that was looked at, none where there was none. Cells not sent stay as they are."""

    week: dt.date
    version: int | None = None
    cells: list[CellIn] = Field(min_length=1, max_length=2000)


class VersionIn(Schema):
    version: int


class AddIn(Schema):
    worker: int
    day: dt.date
    shift: str = Field(max_length=40)
    reason: str = Field(min_length=1, max_length=120)


class ChangeIn(Schema):
    """``cover``: who comes instead; none where nobody does."""

    gone: str = Field(pattern="^(leave|sick|swap|other)$")
    reason: str = Field(min_length=1, max_length=120)
    cover: int | None = None


class RosterShiftOut(Schema):
    id: int
    worker: int = Field(alias="worker_id")
    day: dt.date
    shift: str
    gone: str
    covers: int | None = Field(alias="covers_id")


def _monday(week: dt.date | None) -> dt.date:
    asked = week or timezone.localdate()
    if abs(asked - timezone.localdate()) > actions.REACH:
        raise Refused(fields={"week": _("A week so far from today is not planned.")})
    return queries.monday_of(asked)


def _out(week: Week) -> dict[str, Any]:
    judged = week.published and bool(week.ratio.per)
    return {
        "home": week.home.pk,
        "name": week.home.name,
        "week": week.monday,
        "state": "none" if week.roster is None else week.roster.state,
        "short": week.short if judged else None,
        "unsure": week.unsure if judged else None,
        "short_days": week.short_days if judged else None,
        "roster": week.roster.pk if week.roster else None,
        "version": week.roster.version if week.roster else None,
    }


def _entries(on: OnShift) -> list[dict[str, Any]]:
    both = [*((one, "") for one in on.counted), *on.others]
    return [{"id": one.pk, "worker": one.worker_id, "why": why} for one, why in both]


@router.get("rosters", auth=needs("rosters.view"), response=list[WeekOut], url_name="rosters")
def list_rosters(request: HttpRequest, week: dt.date | None = None) -> Any:
    """How each open home in reach stands in a week (this one)."""
    monday = _monday(week)
    return [_out(one) for one in queries.weeks_of(queries.homes_of(caller(request)).order_by("pk"), monday).values()]


@router.get("{int:pk}/roster", auth=needs("rosters.view", "homes.view"), response=RosterOut, url_name="home_roster")
def home_roster(request: HttpRequest, pk: int, week: dt.date | None = None) -> Any:
    """One home's week, day by day and shift by shift; staff by their ids."""
    return _whole(queries.week_of(queries.get_home(caller(request), pk), _monday(week)))


def _whole(found: Week) -> dict[str, Any]:
    days = [
        {
            "day": day.day,
            "residents": sum(day.residents.values()),
            "unknown": day.unknown,
            "needed_least": day.need.least if day.need else None,
            "needed_most": day.need.most if day.need else None,
            "people": day.people,
            "standing": day.standing.value,
            "shifts": [
                {
                    "shift": on.shift.id,
                    "counted": [one.worker_id for one in on.counted],
                    "not_counted": [one.worker_id for one, why in on.others],
                    "people": _entries(on),
                    "standing": on.standing.value,
                }
                for on in day.shifts
            ],
        }
        for day in found.days
    ]
    return _out(found) | {"days": days}


@router.post("{int:pk}/roster", auth=needs("rosters.plan", "rosters.view", "homes.view"), response=RosterOut,
             url_name="home_roster_plan")
def plan(request: HttpRequest, pk: int, given: WeekIn) -> Any:
    """Put cells of a home's week; the answer is the week as it stands then."""
    actor = caller(request)
    cells = {(cell.worker, cell.day): cell.shift for cell in given.cells}
    roster = actions.save_week(actor, pk, given.week, cells, given.version)
    return _whole(queries.week_of(queries.get_home(actor, pk), roster.week))


@router.post("rosters/{int:pk}/publish", auth=needs("rosters.plan", "rosters.view"), response=WeekOut,
             url_name="roster_publish")
def publish(request: HttpRequest, pk: int, given: VersionIn) -> Any:
    """Publish a week; from then on each change says why."""
    roster = actions.publish(caller(request), pk, given.version)
    return _out(queries.week_of(roster.site, roster.week))


@router.post("rosters/{int:pk}/shifts", auth=needs("rosters.plan", "rosters.view"), response={201: RosterShiftOut},
             url_name="roster_add")
def add(request: HttpRequest, pk: int, given: AddIn) -> Status[RosterShift]:
    """Put somebody on a shift of a published week besides."""
    return Status(201, actions.add_shift(caller(request), pk, **given.dict()))


@router.post("roster-shifts/{int:pk}/gone", auth=needs("rosters.plan", "rosters.view"), response=list[RosterShiftOut],
             url_name="roster_gone")
def gone(request: HttpRequest, pk: int, given: ChangeIn) -> list[RosterShift]:
    """Record that somebody does not come to a published shift, and who comes instead: the one, then the other."""
    shift, cover = actions.change_shift(
        caller(request), pk, gone=given.gone, reason=given.reason, cover=given.cover
    )
    return [shift, cover] if cover else [shift]
