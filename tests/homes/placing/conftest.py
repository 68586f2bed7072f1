"""What the tests of proposals stand on."""

import pytest

from tests.cast import A1, B1
from tests.homes.placing.sample import RULES
from yinian.core.models import Region
from yinian.homes.placing import working
from yinian.homes.way.offers import matching
from yinian.places.models import Site


@pytest.fixture
def homes(site_cast, beds, monkeypatch):
    """Two homes, villages with positions, and a rule that sends severe and total to home B."""
    Region.objects.filter(pk=A1).update(lat=28.80, lon=113.00)
    Region.objects.filter(pk=B1).update(lat=28.80, lon=113.30)
    Site.objects.filter(pk=site_cast.home_a.pk).update(lat=28.80, lon=113.02, levels=[0, 1, 2, 3, 4])
    Site.objects.filter(pk=site_cast.home_b.pk).update(lat=28.80, lon=113.28, levels=[0, 1, 2, 3, 4])
    for module in (working, matching):
        monkeypatch.setattr(module, "rules_for", lambda code: RULES)
    return site_cast
