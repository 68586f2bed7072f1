"""What the tests of fees stand on: a home with prices, residents with levels, a month that is over."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.cast import A1, make_person
from yinian.assessments.models import Request, Result
from yinian.assessments.scales import ABILITY_SCALE
from yinian.homes.fees import grants
from yinian.homes.fees.accounts.models import SupervisedAccount
from yinian.homes.fees.bills import actions
from yinian.homes.models import Stay
from yinian.places.models import Price

LONG_AGO = dt.date(2020, 1, 1)
PRICES = (
    ("护理型床位费", "bed", 60000, "nursing", []),
    ("普通床位费", "bed", 45000, "plain", []),
    ("照料护理费(全护理)", "care", 120000, "", [3, 4]),
    ("照料护理费(自理)", "care", 30000, "", [0, 1, 2]),
    ("餐费", "meal", 60000, "", []),
)


def last_month():
    return (timezone.localdate().replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def price_home(home):
    Price.objects.bulk_create(
        Price(site=home, item=item, category=category, amount_fen=fen, bed_kind=kind, levels=levels,
              from_date=LONG_AGO, synthetic=True)
        for item, category, fen, kind, levels in PRICES
    )


def level(actor, person, value, since=LONG_AGO):
    """An ability level in force since a day."""
    request = Request.objects.create(
        person=person, scale=ABILITY_SCALE, kind="first", channel="village", reason="入住评估", state="done",
        requested_on=since, requested_by=actor, due_on=since, result_due_on=since, rules={"assessors": 0, "medical": 0},
    )
    return Result.objects.create(
        request=request, person=person, scale=ABILITY_SCALE, items={}, total=0, initial=value, final=value,
        assessed_on=since, in_force_on=since, state="in_force", issued_on=since, reviewed_by=actor,
        reviewed_at=timezone.now(),
    )


def lives(person, bed, since=LONG_AGO, until=None, basis="private"):
    more = {} if until is None else {"end_kind": Stay.End.WISH}
    return Stay.objects.create(person=person, bed=bed, period=(since, until), basis=basis, **more)


@pytest.fixture
def priced(site_cast, beds):
    """Home A with prices, an account and two residents: 李桂花 (level 4, nursing bed), 刘长庚 (level 1, plain bed)."""
    home = site_cast.home_a
    price_home(home)
    SupervisedAccount.objects.create(site=home, bank="汨罗农商行", tail="0099")
    site_cast.gui, site_cast.liu = make_person(A1, "李桂花"), make_person(A1, "刘长庚", sex="male")
    level(site_cast.bureau, site_cast.gui, 4)
    level(site_cast.bureau, site_cast.liu, 1)
    site_cast.stay_gui, site_cast.stay_liu = lives(site_cast.gui, beds["1"]), lives(site_cast.liu, beds["3"])
    return site_cast


@pytest.fixture
def granting():
    """Says what public money grants: a list of ``Granted`` by person, put back afterwards."""
    kept, said = list(grants._lookups), {}
    grants.provide(lambda people, first, after, services: {p: said[p] for p in people if p in said})
    yield said
    grants._lookups[:] = kept


def closed_run(cast, month=None):
    """Home A's month, drafted and closed by its manager."""
    run = actions.draft(cast.manager_a, cast.home_a, month or last_month())
    return actions.close_run(cast.manager_a, run.pk, run.version)
