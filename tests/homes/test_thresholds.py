"""From where on a home is told: the suggestion until the home sets its own, kept with its author and reason."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import ProgrammingError
from django.urls import reverse
from django.utils import timezone

from tests import cast as people
from tests.homes.conftest import days
from tests.homes.test_family_messages import asked
from tests.homes.test_meals import ate
from tests.homes.test_visits import came
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, WorkItem
from yinian.homes.care import actions as care
from yinian.homes.care import queries as caring
from yinian.homes.living.activities import queries as activities
from yinian.homes.living.book import living
from yinian.homes.living.meals import queries as meals
from yinian.homes.living.messages import queries as letters
from yinian.homes.living.visits import queries as visits
from yinian.homes.models import HomeThreshold
from yinian.homes.thresholds import actions, queries
from yinian.homes.thresholds.catalogue import thresholds
from yinian.people.models import Representative

pytestmark = pytest.mark.django_db


def told(cast, **values):
    given = {key.replace("_", "-"): None if value is None else Decimal(value) for key, value in values.items()}
    return actions.set_thresholds(cast.manager_a, cast.home_a.pk, given, "本院情况")


def test_a_home_says_how_many_meals_and_another_keeps_the_suggestion(resident, site_cast):
    for back in (2, 1):
        ate(site_cast, resident, "little", back)
    home = site_cast.home_a
    assert queries.figure(home, "little-meals") == living().little_meals == 3
    assert not meals.eat_little(site_cast.manager_a, home)[1]
    assert told(site_cast, little_meals=2) == 1
    found, _rows, least = meals.eat_little(site_cast.manager_a, home)
    assert [stay.pk for stay in found] == [resident.pk] and least == 2
    assert queries.figure(site_cast.home_b, "little-meals") == 3
    told(site_cast, little_meals=None)
    assert queries.figure(home, "little-meals") == 3 and HomeThreshold.objects.count() == 2


def test_days_without_a_visit_and_without_an_activity_are_two_figures(resident, site_cast):
    came(site_cast, resident, 12)
    home, manager = site_cast.home_a, site_cast.manager_a
    assert not visits.visited_by_nobody(manager, home).exists()
    told(site_cast, alone_days=10)
    assert visits.visited_by_nobody(manager, home).exists()
    assert queries.figure(home, "idle-days") == living().without_days
    told(site_cast, idle_days=7)
    page = people.client_for(manager).get(reverse("homes:activity_none", args=[home.pk])).text
    assert "7" in page and activities.taken_part_in_none(manager, home).count() == 1


def test_a_family_waits_as_long_as_its_own_home_says(resident, site_cast):
    Representative.objects.create(
        user=site_cast.member, person=resident.person, relation="child", period=(days(-10), None), evidence="户口簿",
        given_by=site_cast.bureau,
    )
    asked(site_cast, resident, back=3)
    assert len(letters.unanswered()) == 1
    told(site_cast, answer_days=5)
    assert not letters.unanswered()
    told(site_cast, answer_days=3)
    assert len(letters.unanswered()) == 1


def test_a_task_is_overdue_when_the_home_says_so(resident, site_cast):
    midnight = caring.local(timezone.localdate(), 0)
    span = (midnight, midnight + dt.timedelta(days=1))
    at = midnight + dt.timedelta(minutes=600 + 45)

    def state():
        return next(s.state for s in caring.slots_between(site_cast.home_a, *span, now=at) if s.minute == 600)

    assert state() == "due"
    told(site_cast, task_late=30)
    assert state() == "late"


def test_a_value_is_out_of_bounds_where_the_home_says_and_what_was_measured_before_stays(resident, site_cast):
    before = care.measure(site_cast.carer_a, resident.pk, "pressure", Decimal(150), Decimal(80))
    told(site_cast, pressure_above=145, pressure_second_above=85)
    after = care.measure(site_cast.carer_a, resident.pk, "pressure", Decimal(140), Decimal(88))
    before.refresh_from_db()
    assert (before.crossed, after.crossed) == (False, True)
    assert WorkItem.objects.filter(kind="homes.vital").count() == 1


def test_a_figure_nobody_suggests_can_be_set(resident, site_cast):
    assert thresholds()["weight-below"].suggested is None
    assert not care.measure(site_cast.carer_a, resident.pk, "weight", Decimal(39)).crossed
    told(site_cast, weight_below=40)
    assert care.measure(site_cast.carer_a, resident.pk, "weight", Decimal("39.5")).crossed


@pytest.mark.parametrize(
    ("key", "value"), [("little-meals", "0"), ("little-meals", "2.5"), ("temperature-above", "52"), ("nothing", "1")]
)
def test_what_cannot_be_meant_is_refused_beside_its_field(site_cast, key, value):
    with pytest.raises(Refused) as refusal:
        actions.set_thresholds(site_cast.manager_a, site_cast.home_a.pk, {key: Decimal(value)}, "试")
    assert list(refusal.value.fields) == [key] and not HomeThreshold.objects.exists()


def test_too_low_lies_below_too_high_with_the_suggestion_counted(site_cast):
    with pytest.raises(Refused) as refusal:
        told(site_cast, pulse_below=120)  # the suggestion above is 110
    assert list(refusal.value.fields) == ["pulse-below"]
    assert told(site_cast, pulse_below=60, pulse_above=120) == 2


def test_only_who_runs_the_home_sets_it_with_a_reason_and_once(site_cast):
    home = site_cast.home_a
    for who, error in ((site_cast.carer_a, Forbidden), (site_cast.manager_b, NotVisible)):
        with pytest.raises(error):
            actions.set_thresholds(who, home.pk, {"little-meals": Decimal(2)}, "x")
    with pytest.raises(Refused):
        actions.set_thresholds(site_cast.manager_a, home.pk, {"little-meals": Decimal(2)}, " ")
    told(site_cast, little_meals=2)
    with pytest.raises(Refused):
        told(site_cast, little_meals=2)
    assert AuditRow.objects.filter(action="homes.thresholds").count() == HomeThreshold.objects.count() == 1


def test_the_database_keeps_every_change(site_cast):
    told(site_cast, little_meals=2)
    for write in (lambda: HomeThreshold.objects.update(value=1), HomeThreshold.objects.all().delete):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            write()
    given = {"site": site_cast.home_a, "key": "little-meals", "set_by": site_cast.manager_a}
    for more in ({"value": 0, "reason": "x"}, {"value": 2, "reason": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HomeThreshold.objects.create(**given | more)


def test_the_page_keeps_what_is_typed_and_lists_each_change(site_cast):
    address = reverse("homes:thresholds", args=[site_cast.home_a.pk])
    client = people.client_for(site_cast.manager_a)
    blank = dict.fromkeys(thresholds(), "")
    answer = client.post(address, blank | {"little-meals": "99", "answer-days": "4", "reason": "人手少"})
    assert answer.status_code == 422 and 'value="99"' in answer.text and 'value="4"' in answer.text
    answer = client.post(address, blank | {"little-meals": "2", "temperature-above": "37.5", "reason": "人手少"})
    assert answer.status_code == 302
    page = client.get(address).text
    assert "人手少" in page and "37.5" in page and site_cast.manager_a.full_name in page
    read = people.client_for(site_cast.carer_a).get(address).text
    assert "37.5" in read and "<input" not in read.split("<main", 1)[1]
    assert people.client_for(site_cast.carer_a).post(address, blank | {"reason": "x"}).status_code == 403
