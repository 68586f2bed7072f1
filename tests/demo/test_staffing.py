"""What the demo gives the staff of homes: rosters the tables' triggers allow, training, shadowings, directors."""

import datetime as dt

import pytest
from django.utils import timezone
from tests import cast as people

from yinian.core.models import Region, WorkItem
from yinian.demo import staffing
from yinian.homes.models import Appointment, Roster, ShadowDay, Shadowing
from yinian.homes.rosters import queries
from yinian.workforce.models import Attendance, Post, Trainer, Worker

pytestmark = pytest.mark.django_db


def test_every_home_gets_a_published_week_and_the_staff_their_training(site_cast):
    today = timezone.localdate()
    people.make_user("bureau_two", people.Role.BUREAU_OFFICER)
    for home in (site_cast.home_a, site_cast.home_b):
        held = (("manager", 900), ("carer", 900), ("carer", 800), ("carer", 90), ("cook", 70))
        for n, (kind, ago) in enumerate(held):
            worker = Worker.objects.create(name=f"员工{n}", synthetic=True)
            Post.objects.create(worker=worker, site=home, kind=kind, period=(today - dt.timedelta(days=ago), None))
    staffing.build(Region.objects.get(code=people.COUNTY), today)
    assert Roster.objects.filter(week=queries.monday_of(today), state="published").count() == 2
    assert Trainer.objects.count() == 3 and Attendance.objects.filter(outcome="passed").exists()
    assert Appointment.objects.count() == 1
    signed = Shadowing.objects.filter(director_at__isnull=False)
    assert signed.exists() and all(one.noted.count() == one.days for one in signed)
    assert Shadowing.objects.filter(director_at__isnull=True).exists() and ShadowDay.objects.exists()
    assert queries.own_shifts(site_cast.carer_a)
    assert not WorkItem.objects.filter(kind="homes.roster_short").exists()  # nobody lives there
