"""Cycles of the small county: opened, reviewed, checked and approved here and now."""

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests import cast as people
from tests.entitlements.conftest import doing
from yinian.core.models import Job, User
from yinian.core.roles import Role
from yinian.entitlements.cycles import actions, approval, opening
from yinian.entitlements.models import Cycle

MAY, JUNE, JULY = dt.date(2024, 5, 1), dt.date(2024, 6, 1), dt.date(2024, 7, 1)


@pytest.fixture
def county_team(cast: SimpleNamespace) -> SimpleNamespace:
    """The cast with a second and a third officer of the bureau: ``checker`` and ``approver``."""
    cast.checker = people.make_user("checker", Role.BUREAU_OFFICER)
    cast.approver = people.make_user("approver", Role.BUREAU_OFFICER)
    return cast


def open_now(actor: User, month: dt.date, services: tuple[str, ...] = ()) -> list[Cycle]:
    job = opening.open_cycles(actor, people.COUNTY, month, services)
    opening.perform_opening(doing(job))
    job.refresh_from_db()
    return list(Cycle.objects.filter(pk__in=job.result["cycles"]).order_by("pk"))


def approve_now(actor: User, cycle: Cycle) -> Job:
    job = approval.approve(actor, cycle.pk, cycle.version)
    approval.perform_approval(doing(job))
    job.refresh_from_db()
    return job


@pytest.fixture
def through(pack: Any, county_team: SimpleNamespace) -> Callable[..., Cycle]:
    """``through(month, service)``: a cycle from open to approved, every line accepted; ``until`` stops earlier."""

    def go(month: dt.date = JUNE, service: str = "age-allowance", until: str = "approved") -> Cycle:
        cycle = open_now(county_team.bureau, month, (service,))[0]
        return carry(county_team, cycle, until)

    return go


def carry(team: SimpleNamespace, cycle: Cycle, until: str = "approved") -> Cycle:
    """An open cycle through towns, check and approval."""
    if until == "open":
        return cycle
    for review in cycle.towns.filter(done_at__isnull=True):
        officer = team.town_a if review.region_id == people.TOWN_A else team.town_b
        actions.finish_town(officer, cycle.pk, review.region_id, review.version, accept_rest=True)
    cycle.refresh_from_db()
    if until != "town_reviewed":
        cycle = actions.check(team.checker, cycle.pk, cycle.version)
    if until == "approved":
        approve_now(team.approver, cycle)
    cycle.refresh_from_db()
    return cycle
