"""The demonstration county's homes as they run: people in beds and on the list, a month of care, incidents, bills."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.browser.conftest import ROOT, SCALE

pytestmark = pytest.mark.browser

COUNT = """
import datetime as dt, json
from django.db.models import Count, Max, Min
from django.utils import timezone
from yinian.homes.models import Bill, BedApplication, CareRecord, Giving, Incident, Intake, Roster, Stay, Visit
from yinian.places.models import Bed, Site
today = timezone.localdate()
lying = Stay.objects.filter(period__contains=today, bed__kind__in=("nursing", "plain"))
span = CareRecord.objects.aggregate(first=Min("day"), last=Max("day"))
bills = Bill.objects.values("month").annotate(n=Count("pk")).order_by("month")
print(json.dumps({
    "homes": Site.objects.filter(kind="home").count(),
    "residents": lying.count(), "beds_taken": lying.values("bed").distinct().count(),
    "people": lying.values("person").distinct().count(),
    "waiting": BedApplication.objects.filter(state="waiting").count(),
    "placed": BedApplication.objects.filter(state="waiting", place__isnull=False).count(),
    "care_days": (span["last"] - span["first"]).days + 1,
    "care": CareRecord.objects.count(),
    "doses": Giving.objects.count(), "meals": Intake.objects.count(), "visits": Visit.objects.count(),
    "incidents": Incident.objects.count(), "rosters": Roster.objects.filter(state="published").count(),
    "bills": [[str(row["month"]), row["n"]] for row in bills], "closed": Bill.objects.filter(state="closed").count(),
}))
"""


def test_the_countys_homes_run_with_residents_a_waiting_list_a_month_of_care_incidents_and_bills(site):
    found = json.loads(site.python(COUNT))
    told = yaml.safe_load((ROOT / "data/counties/430681/figures.yaml").read_text("utf-8"))["figures"]
    assert found["homes"] == told["homes"]["value"] == 14
    # Nobody who lies in a home is counted twice, nor a bed; at full size they are the 514 the county published.
    assert found["residents"] == round(told["residents"]["value"] * float(SCALE))
    assert found["residents"] == found["beds_taken"] == found["people"]
    assert found["waiting"] == found["placed"] > 0, "everybody who waits has a place on the list"
    assert found["care_days"] >= 28 and min(found[name] for name in ("care", "doses", "meals", "visits")) > 0
    assert found["incidents"] > 0 and found["rosters"] >= found["homes"]
    assert found["closed"] > 0 and len(found["bills"]) >= 2, "a month closed, and one that runs"
