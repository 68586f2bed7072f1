"""Small helpers of the tests of medical care."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.homes.conftest import beds, days, lies, resident  # noqa: F401 - fixtures
from tests.medical.sample import hospital
from yinian.medical.contracts import actions as contracts

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def clinic(site_cast):
    """The county hospital."""
    return hospital(site_cast.bureau)


@pytest.fixture
def contract(site_cast, clinic):
    """Home A's contract with the county hospital: green channel and referral, for a year from a month ago."""
    return contracts.enter_contract(
        site_cast.manager_a, site_cast.home_a.pk, clinic.pk, covers=["green", "referral"], since=days(-30),
        last=timezone.localdate() + dt.timedelta(days=334),
    )
