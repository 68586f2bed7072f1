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
