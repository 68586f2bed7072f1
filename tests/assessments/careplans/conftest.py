"""A person with a severe result in force, and a plan brought to any stage, in a line each."""

import pytest

from tests.assessments.careplans.making import result_for
from tests.cast import A1, make_person, make_spell


@pytest.fixture
def laid(bench):
    """The bench with ``laid.person``, who lives with her husband, and her result in force, of severe loss."""
    bench.person = make_person(A1)
    make_spell(bench.person, "living", "spouse", department="village")
    bench.result = result_for(bench.person, bench, 3)
    return bench
