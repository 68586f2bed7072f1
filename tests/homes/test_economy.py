"""Gardens and animals of homes: harvested, used, sold; residents help of their own will."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests import cast as people
from tests.homes.conftest import days
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.homes.economy import actions, queries
from yinian.homes.models import Harvest, HarvestHelper, Holding, ProduceUse
from yinian.people.duplicates.movers import MOVERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def plot(site_cast):
    return actions.begin(site_cast.manager_a, site_cast.home_a.pk, kind="plot", what="白菜", place="东菜园",
                         size=Decimal(60), began=days(-40))


def picked(plot, actor, amount="12.5", **more):
    given = {"unit": "kg", "on": days(0)}
    return actions.harvest(actor, plot.pk, amount=Decimal(amount), **(given | more))


def used(plot, actor, amount, kind="eaten", **more):
    given = {"unit": "kg", "on": days(0)}
    return actions.use(actor, plot.pk, kind=kind, amount=Decimal(amount), **(given | more))


def test_no_more_is_used_than_was_harvested(plot, site_cast):
    picked(plot, site_cast.carer_a)
    used(plot, site_cast.manager_a, "10")
    with pytest.raises(Refused) as refusal:
        used(plot, site_cast.manager_a, "2.6")
    assert set(refusal.value.fields) == {"amount"}
    with pytest.raises(IntegrityError, match="no more is used"), transaction.atomic():
        ProduceUse.objects.create(holding=plot, kind="eaten", on=days(0), amount=3, unit="kg",
                                  made_by=site_cast.manager_a)
    assert queries.left_of(plot) == {"kg": Decimal("2.5")}


def test_a_sale_says_what_it_brought_and_where_the_money_went(plot, site_cast):
    picked(plot, site_cast.carer_a)
    with pytest.raises(Refused) as refusal:
        used(plot, site_cast.manager_a, "5", "sold", income_fen=2000)
    assert set(refusal.value.fields) == {"account", "purpose"}
    with pytest.raises(Refused):
        used(plot, site_cast.manager_a, "5", "eaten", income_fen=2000)
    made = used(plot, site_cast.manager_a, "5", "sold", income_fen=2000, account="镇财政专户", purpose="添置菜种")
    assert made.income_fen == 2000
    with pytest.raises(IntegrityError, match="accounted_for"), transaction.atomic():
        ProduceUse.objects.create(holding=plot, kind="sold", on=days(0), amount=1, unit="kg", income_fen=100,
                                  made_by=site_cast.manager_a)


def test_who_helps_lives_there_and_is_named_once(plot, resident, site_cast):
    made = picked(plot, site_cast.carer_a, helpers=[resident.person, resident.person])
    assert made.helpers.get().person == resident.person
    with pytest.raises(Refused) as refusal:
        picked(plot, site_cast.carer_a, helpers=[people.make_person(name="王外人")])
    assert set(refusal.value.fields) == {"helpers"}
    assert Harvest.objects.count() == 1


def test_a_slip_is_taken_back_and_counts_no_more_but_not_from_under_its_use(plot, site_cast):
    made = picked(plot, site_cast.carer_a)
    eaten = used(plot, site_cast.manager_a, "10")
    with pytest.raises(Refused):
        actions.take_back_harvest(site_cast.manager_a, made.pk, "多记")
    actions.take_back_use(site_cast.manager_a, eaten.pk, "多记")
    actions.take_back_harvest(site_cast.manager_a, made.pk, "多记")
    assert queries.left_of(plot) == {}
    with pytest.raises(IntegrityError, match="only taken back"), transaction.atomic():
        Harvest.objects.update(amount=99)


def test_what_is_missing_is_said_beside_its_field(plot, site_cast):
    with pytest.raises(Refused) as refusal:
        picked(plot, site_cast.carer_a, "0", unit="ton", on=days(1))
    assert set(refusal.value.fields) == {"amount", "unit", "on"}
    with pytest.raises(Refused) as refusal:
        picked(plot, site_cast.carer_a, on=days(-60))
    assert set(refusal.value.fields) == {"on"}


def test_who_is_of_another_home_or_only_looks_on_enters_nothing(plot, site_cast):
    for actor, error in ((site_cast.manager_b, NotVisible), (site_cast.bureau, Forbidden)):
        with pytest.raises(error):
            picked(plot, actor)
    with pytest.raises(Forbidden):
        used(plot, site_cast.carer_a, "1")


def test_quarters_are_whole_and_follow_one_another():
    assert queries.days_of("2026Q4") == (dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    assert queries.days_of("2026Q1") == (dt.date(2026, 1, 1), dt.date(2026, 3, 31))
    assert queries.quarters(dt.date(2026, 4, 1))[:2] == ["2026Q2", "2026Q1"]
    assert queries.quarter_of(dt.date(2026, 9, 30)) == "2026Q3"


def test_a_quarter_by_home_counts_what_was_not_taken_back(plot, site_cast):
    actor = site_cast.manager_a
    picked(plot, actor, "12.5")
    picked(plot, actor, "30", unit="piece")
    actions.take_back_harvest(actor, picked(plot, actor, "99").pk, "误记")
    used(plot, actor, "4", "sold", income_fen=1600, account="专户", purpose="菜种")
    row = queries.by_home(site_cast.bureau, queries.quarter_of(days(0))).get(pk=site_cast.home_a.pk)
    assert (row.kept, row.kg, row.pieces, row.income) == (1, Decimal("12.5"), 30, 1600)
    total = queries.totals(queries.by_home(site_cast.bureau, queries.quarter_of(days(0))))
    assert (total["homes"], total["kg"], total["income"]) == (1, Decimal("12.5"), 1600)


def test_helping_goes_along_when_two_entries_become_one(plot, resident, site_cast):
    picked(plot, site_cast.carer_a, helpers=[resident.person])
    kept, mover = people.make_person(name="李桂华"), MOVERS["homes.economy"]
    moved = mover.move(site_cast.bureau, kept, resident.person, "同一人")
    assert HarvestHelper.objects.get().person == kept
    mover.restore(site_cast.bureau, kept, resident.person, moved, "误并")
    assert HarvestHelper.objects.get().person == resident.person


def test_a_harvest_takes_three_fields_on_the_gardens_page(plot, resident, site_cast):
    carer, manager = people.client_for(site_cast.carer_a), people.client_for(site_cast.manager_a)
    garden = reverse("homes:garden", args=[site_cast.home_a.pk])
    assert f'href="{garden}"' in carer.get(reverse("homes:economy")).content.decode()
    given = {"holding": plot.pk, "amount": "8.5", "unit": "kg", "on": days(0)}
    refused = carer.post(garden, given | {"amount": "-1"})
    assert refused.status_code == 422
    assert carer.post(garden, given | {"helpers": [resident.pk]}).url == garden
    assert HarvestHelper.objects.get().person == resident.person
    address = reverse("homes:holding", args=[plot.pk])
    form = {"use-kind": "sold", "use-amount": "2", "use-unit": "kg", "use-on": days(0), "use-income_fen": "8.00"}
    assert manager.post(reverse("homes:holding_use", args=[plot.pk]), form).status_code == 422
    form |= {"use-account": "镇财政专户", "use-purpose": "添置菜种"}
    assert manager.post(reverse("homes:holding_use", args=[plot.pk]), form).url == address
    page = manager.get(address).content.decode()
    assert resident.person.name in page and "镇财政专户" in page
    bureau = people.client_for(site_cast.bureau)
    assert "8.5" in bureau.get(reverse("homes:economy")).content.decode()
    assert bureau.get(reverse("homes:economy") + "?format=xlsx").status_code == 200
    assert "镇财政专户" in bureau.get(reverse("homes:produce_uses")).content.decode()
    assert manager.post(reverse("homes:holding_end", args=[plot.pk]),
                        {"end-on": days(0), "end-note": "收完"}).url == address
    assert Holding.objects.get().ended == days(0)
