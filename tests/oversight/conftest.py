"""Nothing of one test's evaluations is remembered in the next."""

import pytest

from yinian.oversight.schemes import queries


@pytest.fixture(autouse=True)
def _nothing_kept():
    queries.forget()
    yield
    queries.forget()
