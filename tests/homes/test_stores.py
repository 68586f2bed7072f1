"""Stores: movements that only add up, rounds sent and counted, what runs low."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from tests import cast as people
from tests.homes.conftest import days, lies
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem
from yinian.homes.models import Distribution, Parcel, StoreBalance, StoreMove, StoreWish
from yinian.homes.stores import actions, queries
from yinian.people.duplicates.movers import MOVERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def central(site_cast):
    """The county's store with 20 winter quilts in it."""
    store = queries.county_store(site_cast.bureau, people.COUNTY, "stores.manage")
    actions.enter(site_cast.bureau, store, "receipt", good="quilt-winter", quantity=20, on=days(0), text="政府采购")
    return store


@pytest.fixture
def store(site_cast):
    return queries.store_of(site_cast.manager_a, site_cast.home_a.pk)


@pytest.fixture
def sent(central, resident, site_cast):
    """Two quilts a resident, sent; one person lives in home A."""
    made = actions.plan(site_cast.bureau, people.COUNTY, title="冬被配送", per_head={"quilt-winter": 2})
    return actions.send(site_cast.bureau, made.pk, 1)


def there(store, good="quilt-winter"):
    return {line.good: line.balance for line in queries.lines_of(store)}[good]


def test_a_balance_is_the_sum_of_its_movements(store, resident, site_cast):
    actor = site_cast.manager_a

    def enter(kind, n, **more):
        return actions.enter(actor, store, kind, good="coat", quantity=n, on=days(0), **({"text": "说明"} | more))

    enter("receipt", 10)
    enter("hand", 2, person=resident.person)
    enter("loss", 1, text="虫蛀")
    assert there(store, "coat") == 7
    assert enter("count", 9).quantity == 2  # what was counted less what stood there
    assert enter("count", 9).quantity == 0
    assert there(store, "coat") == 9 == sum(StoreMove.objects.values_list("quantity", flat=True))


def test_no_more_goes_out_than_is_there(store, resident, site_cast):
    with pytest.raises(Refused) as refusal:
        actions.enter(site_cast.manager_a, store, "hand", good="coat", quantity=1, on=days(0), person=resident.person)
    assert set(refusal.value.fields) == {"quantity"}
    with pytest.raises(IntegrityError, match="never_below_nothing"), transaction.atomic():
        StoreMove.objects.create(**store.own, good="coat", kind="loss", quantity=-1, on=days(0), text="x",
                                 made_by=site_cast.manager_a)


def test_goods_are_handed_to_who_lives_there_on_that_day(store, site_cast):
    actions.enter(site_cast.manager_a, store, "receipt", good="coat", quantity=5, on=days(0), text="捐赠")
    stranger = people.make_person(name="王外人")
    with pytest.raises(Refused) as refusal:
        actions.enter(site_cast.manager_a, store, "hand", good="coat", quantity=1, on=days(0), person=stranger)
    assert set(refusal.value.fields) == {"person"}


def test_what_is_missing_is_said_beside_its_field(store, site_cast):
    with pytest.raises(Refused) as refusal:
        actions.enter(site_cast.manager_a, store, "loss", good="moon", quantity=0, on=days(1))
    assert set(refusal.value.fields) == {"good", "quantity", "on", "text"}


def test_movements_and_balances_are_not_written_over(central, site_cast):
    with pytest.raises(IntegrityError, match="stays as it was entered"), transaction.atomic():
        StoreMove.objects.update(quantity=99)
    with pytest.raises(IntegrityError, match="written by its movements"), transaction.atomic():
        StoreBalance.objects.update(balance=99)
    with pytest.raises(IntegrityError, match="lies in the county"), transaction.atomic():
        StoreWish.objects.create(county_id="430621", site=site_cast.home_a, good="coat", wished=1,
                                 set_by=site_cast.bureau)


def test_a_round_is_planned_by_who_lives_where_changed_and_sent(central, resident, site_cast):
    lies(people.make_person(name="张二"), site_cast.home_b.beds.first())
    made = actions.plan(site_cast.bureau, people.COUNTY, title="冬被配送", per_head={"quilt-winter": 11, "coat": 0})
    assert {one.site.name: (one.heads, one.planned) for one in made.parcels.all()} == {
        site_cast.home_a.name: (1, 11), site_cast.home_b.name: (1, 11)}
    with pytest.raises(Refused, match="22"):
        actions.send(site_cast.bureau, made.pk, 1)
    of_b = made.parcels.get(site=site_cast.home_b)
    actions.change(site_cast.bureau, made.pk, 1, {of_b.pk: 0})
    with pytest.raises(Changed):
        actions.send(site_cast.bureau, made.pk, 1)
    actions.send(site_cast.bureau, made.pk, 2)
    assert there(central) == 9
    # Nothing is sent to home B, so nothing is asked of it.
    assert WorkItem.objects.get(kind="homes.parcel").site_ref == site_cast.home_a.pk


def test_a_home_confirms_what_it_counted_and_explains_what_differs(sent, central, store, site_cast):
    parcel = sent.parcels.get()
    with pytest.raises(Refused) as refusal:
        actions.confirm(site_cast.manager_a, sent.pk, site_cast.home_a.pk, {parcel.pk: (1, " ")})
    assert set(refusal.value.fields) == {f"why{parcel.pk}"}
    actions.confirm(site_cast.manager_a, sent.pk, site_cast.home_a.pk, {parcel.pk: (1, "途中破损一床")})
    assert (there(store), there(central)) == (1, 18)
    assert WorkItem.objects.get(kind="homes.parcel").state == "done"
    assert queries.rounds(site_cast.bureau).get().differing == 1
    with pytest.raises(Changed):
        actions.confirm(site_cast.manager_a, sent.pk, site_cast.home_a.pk, {parcel.pk: (1, "")})


def test_a_parcel_that_was_sent_is_only_counted_and_once(sent, site_cast):
    with pytest.raises(IntegrityError, match="only counted"), transaction.atomic():
        Parcel.objects.update(planned=9)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Distribution.objects.update(state="draft", sent_by=None, sent_at=None)


def test_who_keeps_one_store_touches_no_other(central, store, sent, site_cast):
    with pytest.raises(Forbidden):
        actions.enter(site_cast.manager_a, central, "receipt", good="coat", quantity=1, on=days(0), text="x")
    with pytest.raises(Forbidden):
        actions.enter(site_cast.bureau, store, "receipt", good="coat", quantity=1, on=days(0), text="x")
    for seek in (lambda: queries.store_of(site_cast.manager_b, site_cast.home_a.pk),
                 lambda: queries.county_store(site_cast.manager_a, people.COUNTY),
                 lambda: queries.county_store(site_cast.town_a, people.COUNTY),
                 lambda: queries.get_round(site_cast.manager_b, sent.pk)):
        with pytest.raises(NotVisible):
            seek()
    assert not queries.moves(site_cast.manager_b).exists()


def test_a_store_below_its_own_level_is_low(store, site_cast):
    actions.wish(site_cast.manager_a, store, good="coat", wished=3)
    assert queries.low(site_cast.bureau).get().good == "coat"
    actions.enter(site_cast.manager_a, store, "receipt", good="coat", quantity=3, on=days(0), text="捐赠")
    assert not queries.low(site_cast.bureau).exists()


def test_what_was_handed_out_goes_along_when_two_entries_become_one(store, resident, site_cast):
    actions.enter(site_cast.manager_a, store, "receipt", good="coat", quantity=3, on=days(0), text="捐赠")
    actions.enter(site_cast.manager_a, store, "hand", good="coat", quantity=1, on=days(0), person=resident.person)
    kept, mover = people.make_person(name="李桂华"), MOVERS["homes.stores"]
    moved = mover.move(site_cast.bureau, kept, resident.person, "同一人")
    assert StoreMove.objects.get(kind="hand").person == kept
    mover.restore(site_cast.bureau, kept, resident.person, moved, "误并")
    assert StoreMove.objects.get(kind="hand").person == resident.person
    assert there(store, "coat") == 2


def test_the_way_of_goods_through_the_pages(central, resident, site_cast):
    bureau, manager = people.client_for(site_cast.bureau), people.client_for(site_cast.manager_a)
    answer = bureau.post(reverse("homes:distribution_new"), {"title": "冬被配送", "quilt-winter": 3})
    made = Distribution.objects.get()
    assert answer.url == reverse("homes:distribution", args=[made.pk])
    one = made.parcels.get()
    change = reverse("homes:distribution_change", args=[made.pk])
    refused = bureau.post(change, {"version": 1, f"p{one.pk}": 50, "send": 1})
    assert refused.status_code == 422 and 'value="50"' in refused.content.decode()
    assert bureau.post(change, {"version": 2, f"p{one.pk}": 4, "send": 1}).status_code == 302
    counting = reverse("homes:parcels", args=[made.pk, site_cast.home_a.pk])
    assert reverse("homes:parcels", args=[made.pk, site_cast.home_a.pk]) in manager.get(
        reverse("homes:home_store", args=[site_cast.home_a.pk])).content.decode()
    assert manager.post(counting, {f"n{one.pk}": 3}).status_code == 422
    assert manager.post(counting, {f"n{one.pk}": 4}).status_code == 302
    hand = reverse("homes:home_store_enter", args=[site_cast.home_a.pk]) + "?kind=hand"
    posted = {"good": "quilt-winter", "person": resident.pk, "quantity": 1, "on": days(0)}
    assert manager.post(hand, posted).status_code == 302
    assert StoreMove.objects.get(kind="hand").person == resident.person
    balance = reverse("homes:store_moves") + f"?store={site_cast.home_a.pk}&good=quilt-winter"
    assert balance.replace("&", "&amp;") in manager.get(reverse("homes:stores")).content.decode()
    assert resident.person.name in manager.get(balance).content.decode()
    county_rows = bureau.get(reverse("homes:store_moves") + f"?store=c{people.COUNTY}").content.decode()
    assert "政府采购" in county_rows and "配送至机构" in county_rows
    assert bureau.get(reverse("homes:store_moves") + "?format=xlsx").status_code == 200
