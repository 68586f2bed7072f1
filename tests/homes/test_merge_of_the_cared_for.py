"""Two entries of one person become one: what was set, measured and ordered goes along, and comes back."""

import pytest

from tests import cast as people
from yinian.homes.models import Regime
from yinian.people.duplicates.movers import MOVERS

pytestmark = pytest.mark.django_db


def test_care_goes_to_the_kept_entry_and_comes_back(resident, site_cast):
    kept = people.make_person(name="李桂华")
    mover = MOVERS["homes.care"]
    moved = mover.move(site_cast.bureau, kept, resident.person, "同一人")
    assert Regime.objects.get().person == kept
    mover.restore(site_cast.bureau, kept, resident.person, moved, "误并")
    assert Regime.objects.get().person == resident.person
