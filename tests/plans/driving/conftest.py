"""The cast with a plan that is being driven: ``driven.plan``."""

import pytest

from tests.plans.driving.making import make_plan


@pytest.fixture
def driven(cast):
    cast.plan = make_plan(cast)
    return cast
