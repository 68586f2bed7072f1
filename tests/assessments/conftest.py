"""A county with assessors: ``bench.anna`` and ``bench.clara`` (medical background), ``boris``, ``david``, ``eva``."""

import pytest

from tests.assessments.making import make_assessor
from tests.cast import COUNTY, NEIGHBOUR, TOWN_A, TOWN_B, make_user
from yinian.core.roles import Role


@pytest.fixture
def bench(site_cast):
    """The cast with four assessors, one of a single town, and one of the neighbouring county."""
    site_cast.anna = make_assessor("anna", medical=True)
    site_cast.boris = make_assessor("boris")
    site_cast.clara = make_assessor("clara", medical=True)
    site_cast.david = make_assessor("david", areas=(TOWN_A,))
    site_cast.eva = make_assessor("eva", areas=(TOWN_B,))
    site_cast.far = make_assessor("far", medical=True, areas=(NEIGHBOUR,))
    site_cast.officer = make_user("officer", Role.BUREAU_OFFICER, COUNTY)
    return site_cast
