"""Duty rosters over REST: how the homes of an area stand in a week, and one home's week. Thin."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema

from yinian.core.access import needs
from yinian.core.errors import Refused
from yinian.core.users.models import User
from yinian.homes.rosters import queries
from yinian.homes.rosters.actions import REACH
from yinian.homes.rosters.queries import Week

router = Router(tags=["homes"])


class WeekOut(Schema):
    home: int
    name: str
    week: dt.date
    state: str  # none, draft, published
    short: int | None  # None: not published, or no ratio is on file
    unsure: int | None
    short_days: int | None


class ShiftOut(Schema):
    shift: str
    counted: list[int]
    not_counted: list[int]
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


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the API's own authentication has seen to it
    return request.user


def _monday(week: dt.date | None) -> dt.date:
    asked = week or timezone.localdate()
    if abs(asked - timezone.localdate()) > REACH:
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
    }


@router.get("rosters", auth=needs("rosters.view"), response=list[WeekOut], url_name="rosters")
def list_rosters(request: HttpRequest, week: dt.date | None = None) -> Any:
    """How each open home in reach stands in a week (this one)."""
    monday = _monday(week)
    return [_out(one) for one in queries.weeks_of(queries.homes_of(_actor(request)).order_by("pk"), monday).values()]


@router.get("{int:pk}/roster", auth=needs("rosters.view", "homes.view"), response=RosterOut, url_name="home_roster")
def home_roster(request: HttpRequest, pk: int, week: dt.date | None = None) -> Any:
    """One home's week, day by day and shift by shift; staff by their ids."""
    found = queries.week_of(queries.get_home(_actor(request), pk), _monday(week))
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
                    "standing": on.standing.value,
                }
                for on in day.shifts
            ],
        }
        for day in found.days
    ]
    return _out(found) | {"days": days}
