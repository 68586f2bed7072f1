"""Small helpers of the homes tests."""

import datetime as dt

import pytest
from django.utils import timezone

from yinian.homes.models import Stay


def days(n):
    return timezone.localdate() + dt.timedelta(days=n)


def lies(person, bed, since=-30, until=None, **more):
    given = {"basis": "private", "end_kind": "" if until is None else "home"} | more
    return Stay.objects.create(
        person=person, bed=bed, period=(days(since), None if until is None else days(until)), **given
    )


@pytest.fixture
def beds(site_cast):
    """The beds of home A, by label."""
    return {bed.label[-1]: bed for bed in site_cast.home_a.beds.order_by("label")}


@pytest.fixture
def resident(beds, site_cast):
    """李桂花 in bed 1 of home A, with care for the fully dependent set since a week."""
    from tests.cast import make_person
    from yinian.homes.models import Duty, Regime

    stay = lies(make_person(), beds["1"])
    regime = Regime.objects.create(
        person=stay.person, site=site_cast.home_a, group="full", level=4, held=(days(-7), None), reason="按评估",
        set_by=site_cast.manager_a,
    )
    for task, times in (("turn", [60, 600, 960]), ("morning", [435])):
        Duty.objects.create(regime=regime, task=task, times=times, origin="level")
    stay.refresh_from_db()
    return stay
