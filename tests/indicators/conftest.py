"""A county with two towns whose people, homes and staff are enough to count."""

import datetime as dt
from types import SimpleNamespace

import pytest

from tests import cast as people
from yinian.homes.models import Stay
from yinian.indicators import live
from yinian.places.models import Bed, Organisation, Site
from yinian.workforce.models import Certificate, Post, Worker

SINCE = dt.date(2020, 1, 1)


@pytest.fixture(autouse=True)
def _nothing_kept():
    live.forget()
    yield
    live.forget()


@pytest.fixture
def measured(site_cast: SimpleNamespace) -> SimpleNamespace:
    """Town A: 4 older people (2 assessed, 1 of them disabled), a home with 4 beds (2 nursing, 1 taken), 2 carers (1
    certified); a station in village A1. Town B: 2 older people, none assessed, a home with 4 beds (2 nursing)."""
    cast = site_cast
    Site.objects.update(opened_on=SINCE)
    cast.people_a = [people.make_person(people.A1, f"甲{n}", birth=dt.date(1940, 1, n + 1)) for n in range(4)]
    cast.people_b = [people.make_person(people.B1, f"乙{n}", birth=dt.date(1950, 1, n + 1)) for n in range(2)]
    people.make_spell(cast.people_a[0], "ability", grade=3)
    people.make_spell(cast.people_a[1], "ability", grade=0)
    Stay.objects.create(bed=Bed.objects.filter(site=cast.home_a, kind="nursing").earliest("pk"),
                        person=cast.people_a[0], period=(SINCE, None), basis="tekun")
    workers = [Worker.objects.create(name=f"护{n}") for n in range(2)]
    for worker in workers:
        Post.objects.create(worker=worker, site=cast.home_a, kind="carer", period=(SINCE, None))
    Certificate.objects.create(worker=workers[0], kind="training", issued_on=SINCE)
    station = Organisation.objects.create(name="汴塘村", kind="village", region_id=people.A1)
    Site.objects.create(organisation=station, kind="station", name="汴塘村居家养老服务站", region_id=people.A1,
                        opened_on=SINCE)
    return cast
