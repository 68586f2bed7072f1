"""One bed and two hands: two offers, or an offer and an admission, at one moment."""

import pytest

from tests.cast import A1, make_person
from tests.homes.conftest import days
from tests.homes.test_race import together
from tests.homes.way.making import levelled, waits
from yinian.core.errors import Refused
from yinian.homes.models import Offer, Stay
from yinian.homes.stays import actions as staying
from yinian.homes.way.offers import actions as offering

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_officers_offer_one_bed_and_one_of_them_is_told_that_it_is_gone(site_cast, beds):
    first, second = waits(site_cast, levelled()), waits(site_cast, levelled())
    outcome = together(*(
        lambda one=one: offering.offer(site_cast.dispatcher, one.pk, one.version, beds["1"].pk, "前一位另有安排")
        for one in (first, second)
    ))
    made = [one for one in outcome if isinstance(one, Offer)]
    assert len(made) == 1 and Offer.objects.filter(bed=beds["1"]).count() == 1
    (told,) = [one for one in outcome if not isinstance(one, Offer)]
    assert isinstance(told, Refused) and "bed" in told.fields


def test_a_bed_is_offered_or_admitted_to_but_not_both(site_cast, beds):
    waiting, other = waits(site_cast, levelled()), make_person(A1, "何满姑")
    outcome = together(
        lambda: offering.offer(site_cast.dispatcher, waiting.pk, waiting.version, beds["1"].pk),
        lambda: staying.admit(site_cast.bureau, other.pk, beds["1"].pk, "private", days(0)),
    )
    assert Offer.objects.count() + Stay.objects.count() == 1
    assert sum(isinstance(one, Refused) for one in outcome) == 1
